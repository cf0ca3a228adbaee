#include "csystem.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

dk_float_mode dk_flush_denormals(void) {
    dk_float_mode mode = 0;
#if defined(__x86_64__)
    mode = _mm_getcsr();
    // Flush to zero (bit 15) and denormals are zero (bit 6).
    dk_restore_float_mode(mode | 0x8040);
#elif defined(__aarch64__)
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    // FZ (bit 24).
    dk_restore_float_mode(mode | 1UL << 24);
#endif
    return mode;
}

void dk_restore_float_mode(dk_float_mode mode) {
#if defined(__x86_64__)
    _mm_setcsr((unsigned)mode);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(mode));
#else
    (void)mode;
#endif
}
