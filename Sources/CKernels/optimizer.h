#ifndef DK_OPTIMIZER_H
#define DK_OPTIMIZER_H

#include "ckernels.h"
#include "vectors.h"

// `move` for sixteen weights, or for one. SQUARE_ROOT is a builtin because sqrtf may set errno, and so is never
// vectorised.
#define SQUARE_ROOT(x) __builtin_elementwise_sqrt(x)

#define DK_MOVE(name, type)                                                                                    \
    DK_INLINE void name(const type *sum, type *weight, type *first, type *second, const dk_optimizer *optimizer,      \
                        const bool adam) {                                                                     \
        type gradient = *sum * optimizer->gradient_scale;                                                       \
        if (adam) {                                                                                            \
            *first = optimizer->beta1 * *first + (1 - optimizer->beta1) * gradient;                            \
            *second = optimizer->beta2 * *second + (1 - optimizer->beta2) * gradient * gradient;               \
            *weight -= optimizer->rate * *first /                                                              \
                       (SQUARE_ROOT(*second) * optimizer->correction + optimizer->epsilon);                    \
        } else {                                                                                               \
            *first = optimizer->beta1 * *first + gradient;                                                     \
            *weight -= optimizer->rate * *first;                                                               \
        }                                                                                                      \
    }

DK_MOVE(move, lanes)
DK_MOVE(move_one, float)

#endif
