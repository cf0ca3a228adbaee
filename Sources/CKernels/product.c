#include "ckernels.h"
#include "vectors.h"

// Fetches an example's share of the weights that follow: the hardware cannot foresee which rows the masks will
// ask for, and in the third-level cache each costs as much as its arithmetic.
DK_INLINE void fetch_ahead(const float *next, size_t width, size_t example, size_t count) {
    enum { LINE = 16, MOST = 8 };
    size_t lines = (DK_GROUP * width / LINE + count - 1) / count;
    if (lines > MOST) lines = MOST;
    next += example * lines * LINE;
    for (size_t line = 0; line < lines; line++) __builtin_prefetch(next + line * LINE, 0, 2);
}

// Adds an activation's products with its row of weights.
DK_INLINE void add_row(lanes *sums, const float *values, const float *rows, uint64_t bits, const int vectors) {
    const size_t unit = (size_t)__builtin_ctzll(bits);
    const lanes *row = (const lanes *)(rows + unit * (size_t)vectors * LANES);
    for (int v = 0; v < vectors; v++) sums[v] += values[unit] * row[v];
}

DK_INLINE void product(const dk_activations *layer, size_t first, size_t count, const float *weights,
                       const float *bias, float *z, size_t stride, const int vectors) {
    const size_t width = (size_t)vectors * LANES;
    // Four sums at a time keep the units busy: of a narrow panel, those of different units.
    const int chains = 4 / vectors;
    for (size_t i = 0; i < count; i++) {
        lanes *out = (lanes *)(z + i * stride);
        const lanes *initial = bias ? (const lanes *)bias : out;
        fetch_ahead(weights + layer->units * width, width, i, count);
        lanes sums[4];
        for (int s = 0; s < 4; s++) sums[s] = s < vectors ? initial[s] : (lanes){0};
        for (size_t word = 0; word < DK_WORDS; word++) {
            const float *values = layer->values + (first + i) * DK_GROUP + word * DK_WORD;
            const float *rows = weights + word * DK_WORD * width;
            uint64_t bits = layer->masks[(first + i) * DK_WORDS + word];
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

DK_VECTORISED void dk_product(const dk_activations *layer, size_t first, size_t count, const float *weights,
                              size_t width, const float *bias, float *z, size_t stride) {
    switch (width / LANES) {
    case 1: product(layer, first, count, weights, bias, z, stride, 1); break;
    case 2: product(layer, first, count, weights, bias, z, stride, 2); break;
    case 3: product(layer, first, count, weights, bias, z, stride, 3); break;
    default: product(layer, first, count, weights, bias, z, stride, 4); break;
    }
}
