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
    // 32 MB is the largest value that mallopt accepts. Setting a threshold also stops glibc from adapting both.
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

void dk_prefer_large_pages(void *memory, size_t bytes) {
#if defined(__linux__)
    // Only advice, so the result is ignored: without large pages everything works, but slower.
    madvise(memory, bytes, MADV_HUGEPAGE);
#endif
}
