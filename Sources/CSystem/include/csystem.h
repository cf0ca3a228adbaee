#ifndef DK_CSYSTEM_H
#define DK_CSYSTEM_H

#include <stddef.h>
#include <sys/types.h>

/// Tells the processor that this thread is waiting in a loop.
static inline void dk_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// How the calling thread rounds and what it makes of numbers too small for a normal float.
typedef unsigned long dk_float_mode;

/// Makes the calling thread take numbers too small for a normal float as zero, until the mode that it returns is
/// restored. Costs a few nanoseconds.
dk_float_mode dk_flush_denormals(void);

/// Gives the calling thread the mode that it had.
void dk_restore_float_mode(dk_float_mode mode);

/// Processors that the calling thread may run on, at least 1: those of its affinity mask where the system has one,
/// else those that are online.
int dk_allowed_processors(void);

/// Has the allocator keep what is freed, up to 64 MB, for the next who asks. Else large buffers come from the
/// system again and again, page by page, which is a third of the time of writing shards.
void dk_keep_freed_memory(void);

/// Bytes of a large page.
enum { DK_LARGE_PAGE = 2 << 20 };

/// Asks for large pages in a piece of memory, before it is first written, where the system leaves that to the
/// program. In small ones, the processor looks up the address of every few rows of a weight matrix.
void dk_prefer_large_pages(void *memory, size_t bytes);

/// Exchanges two directory entries in one atomic step, which neither Foundation nor Glibc's module offers.
/// Returns 0, or -1 with errno set.
int dk_exchange(const char *first, const char *second);

/// As `write`; where the reader of a pipe has gone it is an error, EPIPE, and never the signal that ends a program.
ssize_t dk_write_quietly(int descriptor, const void *bytes, size_t count);

/// Whether the system gives that much memory now: 1 or 0.
int dk_has_memory(size_t bytes);

#endif
