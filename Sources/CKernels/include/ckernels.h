#ifndef DK_CKERNELS_H
#define DK_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

/// The elementwise passes of a training step, in C because a Swift package has no way to compile one
/// function for several instruction sets. Matrices are row-major; `stride` is the distance of rows.

/// Per-example dropout by counter (Philox4x32-10): the mask is a function of key, stream, epoch, example
/// and unit alone.
typedef struct {
    uint32_t key[2];
    uint32_t stream;
    uint32_t epoch;
    /// A unit is dropped where its 16-bit random number is below this.
    uint32_t threshold;
    /// 1 / (1 - rate).
    float scale;
} dk_dropout;

/// out[i, j] = images[rows[i], j] * scale, then dropout if any. `first_example` numbers row 0.
void dk_load_rows(const uint8_t *images, const uint32_t *rows, size_t count, size_t width, float scale,
                  const dk_dropout *dropout, uint32_t first_example, float *out);

/// z[i, j] = max(0, z[i, j] + bias[j]), then dropout if any. Column 0 is unit `first_unit`.
void dk_bias_relu(float *z, size_t stride, size_t rows, size_t columns, const float *bias,
                  const dk_dropout *dropout, uint32_t first_example, uint32_t first_unit);

/// z[i, j] += bias[j].
void dk_bias(float *z, size_t stride, size_t rows, size_t columns, const float *bias);

/// d[i, j] = a[i, j] > 0 ? d[i, j] * scale : 0; a dropped unit has a = 0, so one test serves both masks.
void dk_relu_backward(float *d, const float *a, size_t stride, size_t rows, size_t columns, float scale);

/// sums[j] = beta * sums[j] + alpha * (sum of d[i, j] over i).
void dk_column_sums(const float *d, size_t stride, size_t rows, size_t columns, float alpha, float beta,
                    float *sums);

/// How weights move after the optimiser's step.
typedef struct {
    /// Rows longer than this (L2) are scaled down to it; 0 for no limit.
    float max_norm;
    /// average = decay * average + (1 - decay) * weights, where `average` is given.
    float decay;
} dk_constraint;

/// weights -= rate * velocity, row by row, then the constraint. `average` may be NULL.
void dk_sgd(float *weights, const float *velocity, float *average, size_t rows, size_t width, float rate,
            dk_constraint constraint);

/// One step of Adam as PyTorch defines it. `rate` and `correction` hold the bias corrections:
/// rate = lr / (1 - beta1^t), correction = 1 / sqrt(1 - beta2^t).
void dk_adam(float *weights, const float *gradient, float *first, float *second, float *average,
             size_t rows, size_t width, float rate, float correction, float beta1, float beta2,
             float epsilon, dk_constraint constraint);

/// Sixty-four 16-bit random numbers, for units `group * 64` and on, of one example.
void dk_random_group(const dk_dropout *dropout, uint32_t group, uint32_t example, uint16_t out[64]);

#endif
