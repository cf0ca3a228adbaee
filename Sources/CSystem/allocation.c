#include "csystem.h"

#include <stdlib.h>

int dk_has_memory(size_t bytes) {
    // Volatile, because the compiler may otherwise remove malloc and free, and assume success.
    void *volatile memory = malloc(bytes);
    int has = memory != NULL;
    free(memory);
    return has;
}
