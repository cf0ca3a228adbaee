#ifndef DK_VECTORS_H
#define DK_VECTORS_H

#include <stdint.h>
#include <string.h>

// One compiled copy of a function for each instruction set worth having; the loader picks at start.
#if defined(__x86_64__) && defined(__linux__)
#define DK_VECTORISED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define DK_VECTORISED
#endif

// Into each of those copies.
#define DK_INLINE static inline __attribute__((always_inline))

enum { LANES = 8 };

typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef bool lane_mask __attribute__((ext_vector_type(LANES)));

// Bit by bit, which of eight numbers are above zero.
DK_INLINE uint64_t positive_mask(const float *values) {
    lanes v;
    memcpy(&v, values, sizeof v);
    lane_mask mask = __builtin_convertvector(v > 0, lane_mask);
    uint8_t bits;
    memcpy(&bits, &mask, 1);
    return bits;
}

#endif
