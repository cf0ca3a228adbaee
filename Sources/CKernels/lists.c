#include "ckernels.h"
#include "random.h"

DK_VECTORISED uint64_t dk_kept(const dk_dropout *dropout, uint32_t group, uint32_t example) {
    return kept_mask(dropout, group, example);
}

// The mask of 64 units from `unit` on for an example, or that of the batch, drawn once.
DK_INLINE uint64_t mask(const dk_dropout *dropout, const uint64_t *batch, size_t word, size_t unit,
                        uint32_t example) {
    if (!dropout) return ~(uint64_t)0;
    return dropout->batchwise ? batch[word] : kept_mask(dropout, (uint32_t)(unit / 64), example);
}

DK_INLINE void draw_batch(const dk_dropout *dropout, size_t first, uint32_t first_example, uint64_t out[2]) {
    if (!dropout || !dropout->batchwise) return;
    for (size_t word = 0; word < DK_GROUP / 64; word++) {
        out[word] = kept_mask(dropout, (uint32_t)(first / 64 + word), first_example);
    }
}

DK_INLINE void clear(const dk_lists *lists, size_t units) {
    lists->starts[0] = 0;
    if (lists->columns) memset(lists->counts, 0, units * sizeof *lists->counts);
}

// Appends a value to the list of its example, and to that of its unit.
DK_INLINE void append(const dk_lists *lists, uint32_t *end, size_t unit, size_t example, float value) {
    lists->entries[(*end)++] = (dk_entry){(uint32_t)unit * lists->width, value};
    if (lists->columns) {
        uint32_t position = lists->counts[unit]++;
        lists->columns[unit * lists->capacity + position] = (dk_entry){(uint32_t)example * lists->width, value};
    }
}

typedef uint8_t bytes __attribute__((ext_vector_type(64)));

DK_INLINE uint64_t nonzero_mask(const uint8_t *pixels, size_t count) {
    bytes values = 0;
    memcpy(&values, pixels, count < 64 ? count : 64);
    unit_mask mask = __builtin_convertvector(values != 0, unit_mask);
    uint64_t bits;
    memcpy(&bits, &mask, sizeof bits);
    return bits;
}

DK_VECTORISED void dk_load(const uint8_t *images, const uint32_t *rows, size_t count, size_t stride,
                           size_t first, size_t units, float scale, const dk_dropout *dropout,
                           uint32_t first_example, const dk_lists *lists) {
    clear(lists, units);
    uint64_t batch[2];
    draw_batch(dropout, first, first_example, batch);
    if (dropout) scale *= dropout->scale;
    uint32_t end = 0;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *pixels = images + (size_t)rows[i] * stride + first;
        for (size_t start = 0; start < units; start += 64) {
            uint64_t bits = nonzero_mask(pixels + start, units - start);
            // Most of the border is blank, and needs no random numbers.
            if (bits) bits &= mask(dropout, batch, start / 64, first + start, first_example + (uint32_t)i);
            for (; bits; bits &= bits - 1) {
                size_t unit = start + (size_t)__builtin_ctzll(bits);
                append(lists, &end, unit, i, (float)pixels[unit] * scale);
            }
        }
        lists->starts[i + 1] = end;
    }
}

DK_VECTORISED void dk_activate(const float *z, size_t width, size_t count, size_t first, size_t units,
                               const dk_dropout *dropout, uint32_t first_example, const dk_lists *lists) {
    clear(lists, units);
    uint64_t batch[2];
    draw_batch(dropout, first, first_example, batch);
    const float scale = dropout ? dropout->scale : 1;
    uint32_t end = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t start = 0; start < units; start += width) {
            const float *values = z + (start / width * lists->capacity + i) * width;
            uint64_t bits = 0;
            for (size_t j = 0; j < width; j += LANES) bits |= positive_mask(values + j) << j;
            bits &= mask(dropout, batch, start / 64, first + start, first_example + (uint32_t)i);
            for (; bits; bits &= bits - 1) {
                size_t j = (size_t)__builtin_ctzll(bits);
                append(lists, &end, start + j, i, values[j] * scale);
            }
        }
        lists->starts[i + 1] = end;
    }
}
