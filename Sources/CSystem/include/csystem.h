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

/// Exchanges two directory entries in one atomic step, which neither Foundation nor Glibc's module offers.
/// Returns 0, or -1 with errno set.
int dk_exchange(const char *first, const char *second);

#endif
