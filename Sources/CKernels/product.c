#include "ckernels.h"
#include "vectors.h"

DK_INLINE void product(const dk_lists *lists, size_t first, size_t count, const float *weights,
                       const float *bias, float *z, const int vectors) {
    const size_t width = (size_t)vectors * LANES;
    for (size_t i = 0; i < count; i++) {
        const dk_entry *entry = lists->entries + lists->starts[first + i];
        const dk_entry *end = lists->entries + lists->starts[first + i + 1];
        lanes *out = (lanes *)(z + i * width);
        const lanes *initial = bias ? (const lanes *)bias : out;
        lanes sums[8];
        for (int v = 0; v < vectors; v++) sums[v] = initial[v];
        for (; entry + 2 <= end; entry += 2) {
            const lanes *one = (const lanes *)(weights + entry[0].offset);
            const lanes *other = (const lanes *)(weights + entry[1].offset);
            for (int v = 0; v < vectors; v++) {
                sums[v] += entry[0].value * one[v];
                sums[v] += entry[1].value * other[v];
            }
        }
        if (entry < end) {
            const lanes *one = (const lanes *)(weights + entry->offset);
            for (int v = 0; v < vectors; v++) sums[v] += entry->value * one[v];
        }
        for (int v = 0; v < vectors; v++) out[v] = sums[v];
    }
}

DK_VECTORISED void dk_product(const dk_lists *lists, size_t first, size_t count, const float *weights,
                              const float *bias, float *z) {
    switch (lists->width) {
    case 8: product(lists, first, count, weights, bias, z, 1); break;
    case 16: product(lists, first, count, weights, bias, z, 2); break;
    case 32: product(lists, first, count, weights, bias, z, 4); break;
    default: product(lists, first, count, weights, bias, z, 8); break;
    }
}
