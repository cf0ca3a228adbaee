#include "activations.h"
#include "optimizer.h"
#include "vectors.h"

typedef float eight __attribute__((vector_size(32)));
typedef float four __attribute__((vector_size(16)));

// Adds the lane sums of four vectors to the four `dots`, or stores them if `sets`. Sharing the shuffles among four
// vectors is cheaper than reducing each alone.
DK_INLINE void add_sums(const lanes sums[DK_UNROLL], float *dots, bool sets) {
    const lanes one = DK_LOW_PAIRS(sums[0], sums[1]) + DK_HIGH_PAIRS(sums[0], sums[1]);
    const lanes other = DK_LOW_PAIRS(sums[2], sums[3]) + DK_HIGH_PAIRS(sums[2], sums[3]);
    const lanes all = DK_LOW_FOURS(one, other) + DK_HIGH_FOURS(one, other);
    const eight halves = __builtin_shufflevector(all, all, 0, 1, 2, 3, 4, 5, 6, 7) +
                         __builtin_shufflevector(all, all, 8, 9, 10, 11, 12, 13, 14, 15);
    four total = __builtin_shufflevector(halves, halves, 0, 1, 2, 3) +
                 __builtin_shufflevector(halves, halves, 4, 5, 6, 7);
    if (!sets) {
        four old;
        memcpy(&old, dots, sizeof old);
        total += old;
    }
    memcpy(dots, &total, sizeof total);
}

// Derivatives by the panel's outputs for the example of an entry.
DK_INLINE const lanes *delta_of(const float *delta, const dk_entry *entry, const int vectors) {
    return (const lanes *)delta + (size_t)entry->example * (size_t)vectors;
}

// sums += Σ value * delta[example] over the entries of a list.
DK_INLINE void add_gradient(const dk_entry *list, uint32_t count, const float *delta, lanes *sums,
                            const int vectors) {
    for (uint32_t n = 0; n < count; n += 2) {
        const lanes *one = delta_of(delta, &list[n], vectors);
        const lanes *other = delta_of(delta, &list[n + 1], vectors);
        for (int v = 0; v < vectors; v++) {
            sums[v] += list[n].value * one[v];
            sums[v] += list[n + 1].value * other[v];
        }
    }
}

// dots[k] += row · delta[example] for each entry k of a list.
DK_INLINE void add_dots(const dk_entry *list, uint32_t count, const float *delta, const lanes *row,
                        float *dots, bool starts, const int vectors) {
    for (uint32_t n = 0; n < count; n += DK_UNROLL) {
        lanes sums[DK_UNROLL] = {0};
        for (int v = 0; v < vectors; v++) {
            for (int k = 0; k < DK_UNROLL; k++) {
                sums[k] += row[v] * delta_of(delta, &list[n + k], vectors)[v];
            }
        }
        add_sums(sums, dots + n, starts);
    }
}

// add_dots and add_gradient in one loop, which reads delta once but needs more than sixteen vector registers.
DK_INLINE void add_both(const dk_entry *list, uint32_t count, const float *delta, const lanes *row,
                        float *dots, bool starts, lanes *gradient, const int vectors) {
    for (uint32_t n = 0; n < count; n += DK_UNROLL) {
        lanes sums[DK_UNROLL] = {0};
        for (int k = 0; k < DK_UNROLL; k++) {
            for (int v = 0; v < vectors; v++) {
                const lanes value = delta_of(delta, &list[n + k], vectors)[v];
                sums[k] += row[v] * value;
                gradient[v] += list[n + k].value * value;
            }
        }
        add_sums(sums, dots + n, starts);
    }
}

// Whether a row of moments is zero. The shift drops the sign bit, so that -0 counts as zero.
DK_INLINE bool is_zero(const lanes *row, const int vectors) {
    lane_words bits = {0};
    for (int v = 0; v < vectors; v++) bits |= (lane_words)row[v];
    return __builtin_reduce_or(bits << 1) == 0;
}

// A fused pass: gradient, dots and optimiser step of a row together, so that weights and moments are read from memory
// only once.
DK_INLINE float backward(const dk_group *group, const float *restrict delta, float *restrict dots,
                         bool starts_dots, dk_parameters panel, const dk_optimizer *optimizer,
                         float *restrict squares, const int vectors, const dk_optimizer_kind kind,
                         const bool with_dots, const bool at_once) {
    // Rows to prefetch. The hardware prefetcher reacts too late, because the accesses pause between rows.
    enum { AHEAD = 2 };
    const size_t width = (size_t)vectors * LANES;
    lanes *norms = (lanes *)squares;
    for (int v = 0; norms && v < vectors; v++) norms[v] = (lanes){0};
    lanes gradient_squares = {0};
    for (size_t i = 0; i < group->units; i++) {
        const dk_entry *list = list_of(group, i);
        const uint32_t count = group->entry_counts[i];
        lanes *weights = (lanes *)(panel.parameters + i * width);
        lanes *first_moment = (lanes *)(panel.first_moment + i * width);
        lanes *second_moment = kind == DK_ADAM ? (lanes *)(panel.second_moment + i * width) : first_moment;
        for (int v = 0; v < vectors; v++) {
            __builtin_prefetch(weights + AHEAD * vectors + v, 1);
            __builtin_prefetch(first_moment + AHEAD * vectors + v, 1);
            if (kind == DK_ADAM) __builtin_prefetch(second_moment + AHEAD * vectors + v, 1);
        }
        // For example a pixel that is always blank: without gradient and moments, a step does not change the weights.
        // Skipping the row, as documented for dk_backward, saves writing it and, without norms, reading it.
        if (count == 0 && is_zero(first_moment, vectors) &&
            (kind == DK_SGD || is_zero(second_moment, vectors))) {
            for (int v = 0; norms && v < vectors; v++) norms[v] += weights[v] * weights[v];
            continue;
        }
        lanes row[4], gradient[4];
        for (int v = 0; v < vectors; v++) {
            row[v] = weights[v];
            gradient[v] = (lanes){0};
        }
        float *dot = dots + i * group->capacity;
        if (with_dots && at_once) {
            add_both(list, count, delta, row, dot, starts_dots, gradient, vectors);
        } else {
            if (with_dots) add_dots(list, count, delta, row, dot, starts_dots, vectors);
            add_gradient(list, count, delta, gradient, vectors);
        }
        for (int v = 0; v < vectors; v++) {
            gradient_squares += gradient[v] * gradient[v];
            move(&gradient[v], weights + v, first_moment + v, second_moment + v, optimizer, kind);
            if (norms) norms[v] += weights[v] * weights[v];
        }
    }
    return sum_of_lanes(&gradient_squares) * optimizer->gradient_scale * optimizer->gradient_scale;
}

#define DK_BACKWARD(vectors, kind, with_dots, at_once)                                                         \
    return backward(group, delta, dots, starts_dots, weights, optimizer, squares, vectors, kind, with_dots, at_once)
#define DK_FOR_WIDTH(vectors, at_once)                                                                         \
    if (optimizer->kind == DK_ADAM) {                                                                          \
        if (dots) DK_BACKWARD(vectors, DK_ADAM, true, at_once);                                                \
        else DK_BACKWARD(vectors, DK_ADAM, false, at_once);                                                    \
    } else {                                                                                                   \
        if (dots) DK_BACKWARD(vectors, DK_SGD, true, at_once);                                                 \
        else DK_BACKWARD(vectors, DK_SGD, false, at_once);                                                     \
    }
#define DK_FOR_WIDTHS(at_once)                                                                                 \
    switch (width / LANES) {                                                                                   \
    case 1: DK_FOR_WIDTH(1, at_once) break;                                                                    \
    case 2: DK_FOR_WIDTH(2, at_once) break;                                                                    \
    case 3: DK_FOR_WIDTH(3, at_once) break;                                                                    \
    default: DK_FOR_WIDTH(4, at_once) break;                                                                   \
    }

DK_VECTORISED float dk_backward_portably(const dk_group *group, const float *delta, float *dots,
                                         bool starts_dots, dk_parameters weights, size_t width,
                                         const dk_optimizer *optimizer, float *squares) {
    DK_FOR_WIDTHS(false)
}

#ifdef DK_AVX512
DK_AVX512 static float backward_at_once(const dk_group *group, const float *delta, float *dots,
                                        bool starts_dots, dk_parameters weights, size_t width,
                                        const dk_optimizer *optimizer, float *squares) {
    DK_FOR_WIDTHS(true)
}
#endif

float dk_backward(const dk_group *group, const float *delta, float *dots, bool starts_dots,
                  dk_parameters weights, size_t width, const dk_optimizer *optimizer, float *squares) {
#ifdef DK_AVX512
    if (DK_HAS_AVX512) {
        return backward_at_once(group, delta, dots, starts_dots, weights, width, optimizer, squares);
    }
#endif
    return dk_backward_portably(group, delta, dots, starts_dots, weights, width, optimizer, squares);
}

DK_INLINE void move_bias(dk_parameters biases, size_t unit, float sum, const dk_optimizer *optimizer) {
    float *first_moment = biases.first_moment + unit;
    float *second_moment = optimizer->kind == DK_ADAM ? biases.second_moment + unit : first_moment;
    move_one(&sum, biases.parameters + unit, first_moment, second_moment, optimizer, optimizer->kind);
}

DK_VECTORISED void dk_spread(const dk_group *group, size_t first_unit, size_t units, size_t examples,
                             const float *dots, float dropout_scale, float *delta, size_t width,
                             dk_parameters biases, const dk_optimizer *optimizer, float *sums) {
    memset(delta, 0, examples * width * sizeof *delta);
    memset(sums, 0, width * sizeof *sums);
    for (size_t unit = 0; unit < units; unit++) {
        const dk_entry *list = list_of(group, first_unit + unit);
        const float *values = dots + (first_unit + unit) * group->capacity;
        float sum = 0;
        for (uint32_t n = 0; n < group->entry_counts[first_unit + unit]; n++) {
            float value = values[n] * dropout_scale;
            delta[list[n].example * width + unit] = value;
            sum += value;
        }
        sums[unit] = sum;
        move_bias(biases, unit, sum, optimizer);
    }
}

DK_VECTORISED void dk_move_biases(const float *delta, size_t examples, size_t width, dk_parameters biases,
                                  const dk_optimizer *optimizer, float *sums) {
    for (size_t unit = 0; unit < width; unit++) {
        float sum = 0;
        for (size_t i = 0; i < examples; i++) sum += delta[i * width + unit];
        sums[unit] = sum;
        move_bias(biases, unit, sum, optimizer);
    }
}
