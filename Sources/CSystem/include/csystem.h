#ifndef DK_CSYSTEM_H
#define DK_CSYSTEM_H

/// Tells the processor that this thread is waiting in a loop.
static inline void dk_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// Makes the calling thread take numbers too small for a normal float as zero. Momentum that dies away would
/// else stay such a number for ever, and each costs a hundred times the work of another.
void dk_flush_denormals(void);

/// Exchanges two directory entries in one atomic step, which neither Foundation nor Glibc's module offers.
/// Returns 0, or -1 with errno set.
int dk_exchange(const char *first, const char *second);

#endif
