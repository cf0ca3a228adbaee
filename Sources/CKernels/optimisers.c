#include "ckernels.h"
#include "vectorise.h"

// sqrtf may set errno, and so is never vectorised; the builtin does not.
#define SQUARE_ROOT(x) __builtin_elementwise_sqrt(x)

// Scales a row down to the norm that is allowed and moves the average after it.
static inline __attribute__((always_inline)) void constrain(float *restrict weights, float *restrict average,
                                                            size_t width, dk_constraint constraint) {
    if (constraint.max_norm > 0) {
        // Sixteen sums, because a single one could not be vectorised without changing its rounding.
        float parts[16] = {0};
        size_t j = 0;
        for (; j + 16 <= width; j += 16) {
            for (size_t l = 0; l < 16; l++) parts[l] += weights[j + l] * weights[j + l];
        }
        float squares = 0;
        for (; j < width; j++) squares += weights[j] * weights[j];
        for (size_t l = 0; l < 16; l++) squares += parts[l];
        if (squares > constraint.max_norm * constraint.max_norm) {
            float scale = constraint.max_norm / SQUARE_ROOT(squares);
            for (size_t i = 0; i < width; i++) weights[i] *= scale;
        }
    }
    if (average) {
        float rest = 1 - constraint.decay;
        for (size_t i = 0; i < width; i++) average[i] += rest * (weights[i] - average[i]);
    }
}

DK_VECTORISED void dk_sgd(float *weights, const float *velocity, float *average, size_t rows, size_t width,
                          float rate, dk_constraint constraint) {
    for (size_t i = 0; i < rows; i++) {
        float *restrict w = weights + i * width;
        const float *restrict v = velocity + i * width;
        for (size_t j = 0; j < width; j++) w[j] -= rate * v[j];
        constrain(w, average ? average + i * width : 0, width, constraint);
    }
}

DK_VECTORISED void dk_adam(float *weights, const float *gradient, float *first, float *second,
                           float *average, size_t rows, size_t width, float rate, float correction,
                           float beta1, float beta2, float epsilon, dk_constraint constraint) {
    for (size_t i = 0; i < rows; i++) {
        float *restrict w = weights + i * width;
        const float *restrict g = gradient + i * width;
        float *restrict m = first + i * width;
        float *restrict v = second + i * width;
        for (size_t j = 0; j < width; j++) {
            m[j] = beta1 * m[j] + (1 - beta1) * g[j];
            v[j] = beta2 * v[j] + (1 - beta2) * g[j] * g[j];
            w[j] -= rate * m[j] / (SQUARE_ROOT(v[j]) * correction + epsilon);
        }
        constrain(w, average ? average + i * width : 0, width, constraint);
    }
}
