#ifndef DK_VECTORS_H
#define DK_VECTORS_H

#include "ckernels.h"

#include <string.h>

// Compiles a function once per instruction set; the dynamic loader selects one at start. min_vector_width keeps the
// compiler from splitting 512-bit vectors.
#if defined(__x86_64__) && defined(__linux__)
#define DK_VECTORISED                                                                                          \
    __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), min_vector_width(512)))
// For code that needs 32 vector registers of 512 bits.
#define DK_AVX512 __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#define DK_HAS_AVX512 __builtin_cpu_supports("x86-64-v4")
#else
#define DK_VECTORISED
#endif

// Inlined into every copy: a separate function would be compiled for the default instruction set only.
#define DK_INLINE static inline __attribute__((always_inline))

enum { LANES = DK_LANES };

typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef uint32_t lane_words __attribute__((vector_size(4 * LANES)));
typedef bool lane_mask __attribute__((ext_vector_type(LANES)));

// Shuffles of a transpose: interleave single numbers (pairs) or pairs (fours) of two rows within each 128-bit
// quarter.
#define DK_LOW_PAIRS(a, b)                                                                                     \
    __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define DK_HIGH_PAIRS(a, b)                                                                                    \
    __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define DK_LOW_FOURS(a, b)                                                                                     \
    __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define DK_HIGH_FOURS(a, b)                                                                                    \
    __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)

DK_INLINE uint64_t bits_of(lane_mask mask) {
    uint16_t bits;
    memcpy(&bits, &mask, sizeof bits);
    return bits;
}

// Mask of the numbers above zero, among sixteen.
DK_INLINE uint64_t positive_mask(const float *values) {
    lanes v;
    memcpy(&v, values, sizeof v);
    return bits_of(__builtin_convertvector(v > 0, lane_mask));
}

// Mask of the non-zero numbers, among sixteen.
DK_INLINE uint64_t nonzero_mask(const float *values) {
    lanes v;
    memcpy(&v, values, sizeof v);
    return bits_of(__builtin_convertvector(v != 0, lane_mask));
}

// Sums by halving, in the same order on every machine, so that results are equal bit by bit.
DK_INLINE float sum_of_lanes(const lanes *v) {
    float part[LANES];
    memcpy(part, v, sizeof part);
    for (int width = LANES / 2; width > 0; width /= 2) {
        for (int l = 0; l < width; l++) part[l] += part[l + width];
    }
    return part[0];
}

#endif
