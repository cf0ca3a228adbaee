#include "ckernels.h"
#include "vectorise.h"

DK_VECTORISED void dk_bias(float *z, size_t stride, size_t rows, size_t columns, const float *bias) {
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++) z[i * stride + j] += bias[j];
    }
}

DK_VECTORISED void dk_relu_backward(float *restrict d, const float *restrict a, size_t stride, size_t rows,
                                    size_t columns, float scale) {
    for (size_t i = 0; i < rows; i++) {
        float *gradient = d + i * stride;
        const float *activation = a + i * stride;
        for (size_t j = 0; j < columns; j++) {
            float scaled = gradient[j] * scale;
            gradient[j] = activation[j] > 0 ? scaled : 0;
        }
    }
}

DK_VECTORISED void dk_column_sums(const float *restrict d, size_t stride, size_t rows, size_t columns,
                                  float alpha, float beta, float *restrict sums) {
    enum { WIDTH = 64 };
    for (size_t start = 0; start < columns; start += WIDTH) {
        size_t width = columns - start < WIDTH ? columns - start : WIDTH;
        float total[WIDTH] = {0};
        for (size_t i = 0; i < rows; i++) {
            const float *row = d + i * stride + start;
            for (size_t j = 0; j < width; j++) total[j] += row[j];
        }
        for (size_t j = 0; j < width; j++) {
            // A zero beta must also clear what is not a number.
            float old = beta == 0 ? 0 : beta * sums[start + j];
            sums[start + j] = old + alpha * total[j];
        }
    }
}
