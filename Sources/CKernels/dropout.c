#include "ckernels.h"
#include "vectorise.h"

enum { LANES = 8, GROUP = 64 };

// Philox4x32-10 on eight consecutive counters at once. Word w of lane l covers units 16 w + 2 l and
// 16 w + 2 l + 1 of the group: the order in which the words lie in memory, so nothing is shuffled.
static inline __attribute__((always_inline)) void random_group(const dk_dropout *dropout, uint32_t group,
                                                               uint32_t example, uint32_t out[4 * LANES]) {
    uint32_t c0[LANES], c1[LANES], c2[LANES], c3[LANES];
    for (int l = 0; l < LANES; l++) {
        c0[l] = group * LANES + (uint32_t)l;
        c1[l] = example;
        c2[l] = dropout->epoch;
        c3[l] = dropout->stream;
    }
    uint32_t k0 = dropout->key[0], k1 = dropout->key[1];
    for (int round = 0; round < 10; round++) {
        for (int l = 0; l < LANES; l++) {
            uint64_t first = (uint64_t)c0[l] * 0xD2511F53u, second = (uint64_t)c2[l] * 0xCD9E8D57u;
            c0[l] = (uint32_t)(second >> 32) ^ c1[l] ^ k0;
            c1[l] = (uint32_t)second;
            c2[l] = (uint32_t)(first >> 32) ^ c3[l] ^ k1;
            c3[l] = (uint32_t)first;
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    for (int l = 0; l < LANES; l++) {
        out[l] = c0[l];
        out[LANES + l] = c1[l];
        out[2 * LANES + l] = c2[l];
        out[3 * LANES + l] = c3[l];
    }
}

DK_VECTORISED void dk_random_group(const dk_dropout *dropout, uint32_t group, uint32_t example,
                                   uint16_t out[64]) {
    uint32_t words[4 * LANES];
    random_group(dropout, group, example, words);
    for (int i = 0; i < GROUP; i++) out[i] = (uint16_t)(words[i / 2] >> (i % 2 * 16));
}

// row[j] = kept ? row[j] * scale : 0, for the units first_unit and on.
static inline __attribute__((always_inline)) void drop(float *row, size_t columns, const dk_dropout *dropout,
                                                       uint32_t example, uint32_t first_unit) {
    const uint32_t threshold = dropout->threshold;
    const float scale = dropout->scale;
    size_t column = 0;
    while (column < columns) {
        uint32_t unit = first_unit + (uint32_t)column, within = unit % GROUP;
        uint32_t words[4 * LANES];
        random_group(dropout, unit / GROUP, example, words);
        size_t end = columns - column < GROUP - within ? columns - column : GROUP - within;
        float *part = row + column;
        if (end == GROUP) {
            for (size_t i = 0; i < GROUP; i += 2) {
                uint32_t word = words[i / 2];
                part[i] = (word & 0xFFFF) >= threshold ? part[i] * scale : 0;
                part[i + 1] = (word >> 16) >= threshold ? part[i + 1] * scale : 0;
            }
        } else {
            for (size_t i = 0; i < end; i++) {
                uint32_t number = words[(within + i) / 2] >> ((within + i) % 2 * 16) & 0xFFFF;
                part[i] = number >= threshold ? part[i] * scale : 0;
            }
        }
        column += end;
    }
}

DK_VECTORISED void dk_load_rows(const uint8_t *images, const uint32_t *rows, size_t count, size_t width,
                                float scale, const dk_dropout *dropout, uint32_t first_example, float *out) {
    for (size_t i = 0; i < count; i++) {
        const uint8_t *image = images + (size_t)rows[i] * width;
        float *row = out + i * width;
        for (size_t j = 0; j < width; j++) row[j] = (float)image[j] * scale;
        if (dropout) drop(row, width, dropout, first_example + (uint32_t)i, 0);
    }
}

DK_VECTORISED void dk_bias_relu(float *z, size_t stride, size_t rows, size_t columns, const float *bias,
                                const dk_dropout *dropout, uint32_t first_example, uint32_t first_unit) {
    for (size_t i = 0; i < rows; i++) {
        float *row = z + i * stride;
        for (size_t j = 0; j < columns; j++) {
            float value = row[j] + bias[j];
            row[j] = value > 0 ? value : 0;
        }
        if (dropout) drop(row, columns, dropout, first_example + (uint32_t)i, first_unit);
    }
}
