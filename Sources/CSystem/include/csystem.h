#ifndef DK_CSYSTEM_H
#define DK_CSYSTEM_H

#include <stddef.h>
#include <sys/types.h>

/// Hints to the processor that this thread is spinning.
static inline void dk_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// Floating-point control register of a thread: rounding mode and treatment of denormal numbers.
typedef unsigned long dk_float_mode;

/// Makes the calling thread treat denormal numbers as zero. Returns the previous mode, to be restored by
/// `dk_restore_float_mode`. Costs a few nanoseconds.
dk_float_mode dk_flush_denormals(void);

/// Restores a mode of the calling thread.
void dk_restore_float_mode(dk_float_mode mode);

/// Number of processors that the calling thread may run on, at least 1: from its affinity mask if the system has one,
/// otherwise the number online.
int dk_allowed_processors(void);

/// Makes glibc's allocator keep up to 64 MB of freed memory for later allocations, and use it for blocks below 32 MB.
/// Otherwise large buffers are requested from the kernel again each time and their pages faulted in anew, which takes
/// a third of the time for writing shards.
void dk_keep_freed_memory(void);

/// Size of a large page in bytes.
enum { DK_LARGE_PAGE = 2 << 20 };

/// Requests large pages for memory that has not been written yet, on systems where programs can. With small pages,
/// every few rows of a weight matrix need another address translation.
void dk_prefer_large_pages(void *memory, size_t bytes);

/// Atomically exchanges two directory entries. In C, because neither Foundation nor the Glibc module offers it.
/// Returns 0, or -1 with errno set.
int dk_exchange(const char *first, const char *second);

/// Like `write`, but a pipe without a reader gives the error EPIPE and never the signal SIGPIPE, which ends a
/// program.
ssize_t dk_write_quietly(int descriptor, const void *bytes, size_t count);

/// Whether the system would grant this much memory now: 1 or 0.
int dk_has_memory(size_t bytes);

#endif
