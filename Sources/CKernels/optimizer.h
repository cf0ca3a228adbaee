#ifndef DK_OPTIMIZER_H
#define DK_OPTIMIZER_H

#include "ckernels.h"
#include "vectors.h"

// The optimiser's step for sixteen weights (`move`) or one (`move_one`). SQUARE_ROOT is a builtin, because sqrtf may
// set errno and is therefore not vectorised.
#define SQUARE_ROOT(x) __builtin_elementwise_sqrt(x)

#define DK_MOVE(name, type)                                                                                    \
    DK_INLINE void name(const type *sum, type *weight, type *first_moment, type *second_moment,                \
                        const dk_optimizer *optimizer, const dk_optimizer_kind kind) {                         \
        type gradient = *sum * optimizer->gradient_scale;                                                      \
        if (kind == DK_ADAM) {                                                                                 \
            *first_moment = optimizer->beta1 * *first_moment + (1 - optimizer->beta1) * gradient;              \
            *second_moment = optimizer->beta2 * *second_moment + (1 - optimizer->beta2) * gradient * gradient; \
            *weight -= optimizer->learning_rate * *first_moment /                                              \
                       (SQUARE_ROOT(*second_moment) * optimizer->second_correction + optimizer->epsilon);      \
        } else {                                                                                               \
            *first_moment = optimizer->beta1 * *first_moment + gradient;                                       \
            *weight -= optimizer->learning_rate * *first_moment;                                               \
        }                                                                                                      \
    }

DK_MOVE(move, lanes)
DK_MOVE(move_one, float)

#endif
