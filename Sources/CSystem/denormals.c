#include "csystem.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

void dk_flush_denormals(void) {
#if defined(__x86_64__)
    // Flush to zero (bit 15) and denormals are zero (bit 6).
    _mm_setcsr(_mm_getcsr() | 0x8040);
#elif defined(__aarch64__)
    unsigned long control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    // FZ (bit 24).
    __asm__ volatile("msr fpcr, %0" : : "r"(control | 1UL << 24));
#endif
}
