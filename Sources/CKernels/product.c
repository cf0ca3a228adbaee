#include "ckernels.h"
#include "vectors.h"

// Prefetches one example's share of the next group's weights. The hardware cannot predict which rows the masks will
// select, and reading a row from the third-level cache costs as much as its arithmetic.
DK_INLINE void fetch_ahead(const float *next, size_t width, size_t example, size_t examples) {
    enum { LINE = 16, MOST = 8 };
    size_t lines = (DK_GROUP * width / LINE + examples - 1) / examples;
    if (lines > MOST) lines = MOST;
    next += example * lines * LINE;
    for (size_t line = 0; line < lines; line++) __builtin_prefetch(next + line * LINE, 0, 2);
}

// Adds activation * row of weights, for the unit of the lowest set bit.
DK_INLINE void add_row(lanes *sums, const float *values, const float *rows, uint64_t bits, const int vectors) {
    const size_t unit = (size_t)__builtin_ctzll(bits);
    const lanes *row = (const lanes *)(rows + unit * (size_t)vectors * LANES);
    for (int v = 0; v < vectors; v++) sums[v] += values[unit] * row[v];
}

DK_INLINE void product(const dk_group *group, size_t first_example, size_t examples, const float *weights,
                       const float *biases, float *z, size_t z_stride, const int vectors) {
    const size_t width = (size_t)vectors * LANES;
    // Four independent sums hide the latency of the multiply-add. A narrow panel has fewer vectors, so it gets
    // further sums by processing several activations at once.
    const int chains = 4 / vectors;
    for (size_t i = 0; i < examples; i++) {
        lanes *out = (lanes *)(z + i * z_stride);
        const lanes *initial = biases ? (const lanes *)biases : out;
        fetch_ahead(weights + group->units * width, width, i, examples);
        lanes sums[4];
        for (int s = 0; s < 4; s++) sums[s] = s < vectors ? initial[s] : (lanes){0};
        for (size_t group_word = 0; group_word < DK_GROUP_WORDS; group_word++) {
            const float *values = group->values + (first_example + i) * DK_GROUP + group_word * DK_WORD;
            const float *rows = weights + group_word * DK_WORD * width;
            uint64_t bits = group->masks[(first_example + i) * DK_GROUP_WORDS + group_word];
            for (int left = __builtin_popcountll(bits); chains > 1 && left >= chains; left -= chains) {
                for (int chain = 0; chain < chains; chain++, bits &= bits - 1) {
                    add_row(sums + chain * vectors, values, rows, bits, vectors);
                }
            }
            for (; bits; bits &= bits - 1) add_row(sums, values, rows, bits, vectors);
        }
        for (int s = vectors; s < chains * vectors; s++) sums[s % vectors] += sums[s];
        for (int v = 0; v < vectors; v++) out[v] = sums[v];
    }
}

DK_VECTORISED void dk_product(const dk_group *group, size_t first_example, size_t examples,
                              const float *weights, size_t width, const float *biases, float *z,
                              size_t z_stride) {
    switch (width / LANES) {
    case 1: product(group, first_example, examples, weights, biases, z, z_stride, 1); break;
    case 2: product(group, first_example, examples, weights, biases, z, z_stride, 2); break;
    case 3: product(group, first_example, examples, weights, biases, z, z_stride, 3); break;
    default: product(group, first_example, examples, weights, biases, z, z_stride, 4); break;
    }
}
