#include "csystem.h"

#include <stdlib.h>

int dk_has_memory(size_t bytes) {
    // Volatile, or the compiler sees through it, and takes the answer to be yes.
    void *volatile memory = malloc(bytes);
    int has = memory != NULL;
    free(memory);
    return has;
}
