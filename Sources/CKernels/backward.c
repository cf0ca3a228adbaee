#include "ckernels.h"
#include "optimizer.h"
#include "vectors.h"

typedef float four __attribute__((vector_size(16)));

// Half way to the sums of the lanes of two vectors: those of one in the even places, of the other in the odd.
DK_INLINE void fold(const lanes *one, const lanes *other, four *out) {
    lanes sums = __builtin_shufflevector(*one, *other, 0, 8, 1, 9, 4, 12, 5, 13);
    sums += __builtin_shufflevector(*one, *other, 2, 10, 3, 11, 6, 14, 7, 15);
    *out = __builtin_shufflevector(sums, sums, 0, 1, 2, 3) + __builtin_shufflevector(sums, sums, 4, 5, 6, 7);
}

// Adds the products of a row with four rows of delta.
DK_INLINE void add_four_dots(const lanes row[8], const float *delta, const dk_entry *entries, float *out,
                             const int vectors) {
    lanes sums[4] = {0};
    for (int v = 0; v < vectors; v++) {
        for (int k = 0; k < 4; k++) sums[k] += row[v] * ((const lanes *)(delta + entries[k].offset))[v];
    }
    four one, other, total;
    fold(&sums[0], &sums[1], &one);
    fold(&sums[2], &sums[3], &other);
    memcpy(&total, out, sizeof total);
    total += __builtin_shufflevector(one, other, 0, 1, 4, 5) + __builtin_shufflevector(one, other, 2, 3, 6, 7);
    memcpy(out, &total, sizeof total);
}

// The same for one row of delta.
DK_INLINE void add_dot(const lanes row[8], const float *delta, const dk_entry *entry, float *out,
                       const int vectors) {
    lanes sum = {0};
    for (int v = 0; v < vectors; v++) sum += row[v] * ((const lanes *)(delta + entry->offset))[v];
    four half;
    fold(&sum, &sum, &half);
    *out += half[0] + half[2];
}

// The derivatives by an input and the gradient of its weights read the same rows of delta, one after the
// other: in one loop they would need more registers than there are. The weights and the optimiser's memory
// pass through the cache once.
DK_INLINE void backward(const dk_lists *lists, size_t units, const float *restrict delta, float *restrict dots,
                        bool starts_dots, dk_weights panel, const dk_optimizer *optimizer,
                        float *restrict squares, const int vectors, const bool adam, const bool with_dots) {
    // Rows of weights to fetch ahead: the hardware sees the streams too late, as they pause between rows.
    enum { AHEAD = 2 };
    const size_t width = (size_t)vectors * LANES;
    lanes *norms = (lanes *)squares;
    for (int v = 0; norms && v < vectors; v++) norms[v] = (lanes){0};
    for (size_t i = 0; i < units; i++) {
        const dk_entry *list = lists->columns + i * lists->capacity;
        const uint32_t count = lists->counts[i];
        lanes *weights = (lanes *)(panel.weights + i * width);
        lanes *first = (lanes *)(panel.first + i * width);
        lanes *second = adam ? (lanes *)(panel.second + i * width) : first;
        for (int v = 0; v < vectors; v += 2) {
            __builtin_prefetch(weights + AHEAD * vectors + v, 1);
            __builtin_prefetch(first + AHEAD * vectors + v, 1);
            if (adam) __builtin_prefetch(second + AHEAD * vectors + v, 1);
        }
        if (with_dots) {
            float *dot = dots + i * lists->capacity;
            if (starts_dots) memset(dot, 0, count * sizeof *dot);
            lanes row[8];
            for (int v = 0; v < vectors; v++) row[v] = weights[v];
            uint32_t n = 0;
            for (; n + 4 <= count; n += 4) add_four_dots(row, delta, list + n, dot + n, vectors);
            for (; n < count; n++) add_dot(row, delta, list + n, dot + n, vectors);
        }
        lanes sums[8];
        for (int v = 0; v < vectors; v++) sums[v] = (lanes){0};
        uint32_t n = 0;
        for (; n + 2 <= count; n += 2) {
            const lanes *one = (const lanes *)(delta + list[n].offset);
            const lanes *other = (const lanes *)(delta + list[n + 1].offset);
            for (int v = 0; v < vectors; v++) {
                sums[v] += list[n].value * one[v];
                sums[v] += list[n + 1].value * other[v];
            }
        }
        if (n < count) {
            const lanes *one = (const lanes *)(delta + list[n].offset);
            for (int v = 0; v < vectors; v++) sums[v] += list[n].value * one[v];
        }
        for (int v = 0; v < vectors; v++) move(&sums[v], weights + v, first + v, second + v, optimizer, adam);
        for (int v = 0; norms && v < vectors; v++) norms[v] += weights[v] * weights[v];
    }
}

#define DK_BACKWARD(vectors, adam, with_dots)                                                                  \
    backward(lists, units, delta, dots, starts_dots, weights, optimizer, squares, vectors, adam, with_dots)
#define DK_FOR_WIDTH(vectors)                                                                                  \
    if (optimizer->adam) {                                                                                     \
        if (dots) DK_BACKWARD(vectors, true, true);                                                            \
        else DK_BACKWARD(vectors, true, false);                                                                \
    } else {                                                                                                   \
        if (dots) DK_BACKWARD(vectors, false, true);                                                           \
        else DK_BACKWARD(vectors, false, false);                                                               \
    }

DK_VECTORISED void dk_backward(const dk_lists *lists, size_t units, const float *delta, float *dots,
                               bool starts_dots, dk_weights weights, const dk_optimizer *optimizer,
                               float *squares) {
    switch (lists->width) {
    case 8: DK_FOR_WIDTH(1) break;
    case 16: DK_FOR_WIDTH(2) break;
    case 32: DK_FOR_WIDTH(4) break;
    default: DK_FOR_WIDTH(8) break;
    }
}

DK_INLINE void move_bias(dk_weights biases, size_t unit, float sum, const dk_optimizer *optimizer) {
    float *first = biases.first + unit, *second = optimizer->adam ? biases.second + unit : first;
    move_one(&sum, biases.weights + unit, first, second, optimizer, optimizer->adam);
}

DK_VECTORISED void dk_spread(const dk_lists *lists, size_t units, size_t count, const float *dots, float scale,
                             float *delta, size_t width, dk_weights biases, const dk_optimizer *optimizer) {
    const size_t panels = (units + width - 1) / width;
    const int shift = __builtin_ctz(lists->width);
    for (size_t panel = 0; panel < panels; panel++) {
        memset(delta + panel * lists->capacity * width, 0, count * width * sizeof *delta);
    }
    for (size_t unit = 0; unit < units; unit++) {
        const dk_entry *list = lists->columns + unit * lists->capacity;
        const float *values = dots + unit * lists->capacity;
        float *out = delta + unit / width * lists->capacity * width + unit % width;
        float sum = 0;
        for (uint32_t n = 0; n < lists->counts[unit]; n++) {
            float value = values[n] * scale;
            out[(size_t)(list[n].offset >> shift) * width] = value;
            sum += value;
        }
        move_bias(biases, unit, sum, optimizer);
    }
}

DK_VECTORISED void dk_move_biases(const float *delta, size_t count, size_t width, dk_weights biases,
                                  const dk_optimizer *optimizer) {
    for (size_t unit = 0; unit < width; unit++) {
        float sum = 0;
        for (size_t i = 0; i < count; i++) sum += delta[i * width + unit];
        move_bias(biases, unit, sum, optimizer);
    }
}
