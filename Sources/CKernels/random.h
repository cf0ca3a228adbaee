#ifndef DK_RANDOM_H
#define DK_RANDOM_H

#include "ckernels.h"
#include "vectors.h"

// Philox4x32-10 on eight consecutive counters at once: 64 numbers of 16 bits. Output word w of counter l is used for
// units 16 w + 2 l and 16 w + 2 l + 1, which is the order in memory, so no shuffle is needed.
DK_INLINE void random_numbers(const dk_dropout *dropout, uint32_t layer_word, uint32_t epoch_position,
                              uint16_t numbers[DK_WORD]) {
    enum { COUNTERS = 8 };
    uint32_t c0[COUNTERS], c1[COUNTERS], c2[COUNTERS], c3[COUNTERS];
    for (int l = 0; l < COUNTERS; l++) {
        c0[l] = layer_word * COUNTERS + (uint32_t)l;
        c1[l] = epoch_position;
        c2[l] = dropout->epoch;
        c3[l] = dropout->stream;
    }
    uint32_t k0 = dropout->key[0], k1 = dropout->key[1];
    for (int round = 0; round < 10; round++) {
        for (int l = 0; l < COUNTERS; l++) {
            uint64_t product0 = (uint64_t)c0[l] * 0xD2511F53u, product2 = (uint64_t)c2[l] * 0xCD9E8D57u;
            c0[l] = (uint32_t)(product2 >> 32) ^ c1[l] ^ k0;
            c1[l] = (uint32_t)product2;
            c2[l] = (uint32_t)(product0 >> 32) ^ c3[l] ^ k1;
            c3[l] = (uint32_t)product0;
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    uint32_t outputs[4 * COUNTERS];
    for (int l = 0; l < COUNTERS; l++) {
        outputs[l] = c0[l];
        outputs[COUNTERS + l] = c1[l];
        outputs[2 * COUNTERS + l] = c2[l];
        outputs[3 * COUNTERS + l] = c3[l];
    }
    for (int i = 0; i < 4 * COUNTERS; i++) {
        numbers[2 * i] = (uint16_t)outputs[i];
        numbers[2 * i + 1] = (uint16_t)(outputs[i] >> 16);
    }
}

typedef uint16_t half_words __attribute__((ext_vector_type(64)));
typedef bool unit_mask __attribute__((ext_vector_type(64)));

DK_INLINE uint64_t kept_mask(const dk_dropout *dropout, uint32_t layer_word, uint32_t epoch_position) {
    uint16_t numbers[DK_WORD];
    random_numbers(dropout, layer_word, epoch_position, numbers);
    half_words values;
    memcpy(&values, numbers, sizeof values);
    // The threshold fits 16 bits, because dropout rates are below 1.
    unit_mask mask = __builtin_convertvector(values >= (uint16_t)dropout->threshold, unit_mask);
    uint64_t bits;
    memcpy(&bits, &mask, sizeof bits);
    return bits;
}

#endif
