#include "csystem.h"

#include <stdlib.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif
#if defined(__linux__)
#include <sys/mman.h>
#endif

void dk_keep_freed_memory(void) {
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

void dk_prefer_large_pages(void *memory, size_t bytes) {
#if defined(__linux__)
    // A wish: where it is not granted, all works as well, and slower.
    madvise(memory, bytes, MADV_HUGEPAGE);
#endif
}
