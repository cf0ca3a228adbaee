#define _GNU_SOURCE
#include "csystem.h"

#include <fcntl.h>
#include <stdio.h>

int dk_exchange(const char *first, const char *second) {
// Different system calls with the same semantics: both entries must exist, and no reader sees either missing.
#if defined(__APPLE__)
    return renamex_np(first, second, RENAME_SWAP);
#else
    return renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE);
#endif
}
