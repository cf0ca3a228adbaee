#include "ckernels.h"
#include "optimizer.h"

DK_VECTORISED void dk_limit_norms(float *weights, size_t inputs, size_t width, const float *squares,
                                  float limit) {
    float scales[DK_PANEL];
    bool any = false;
    for (size_t j = 0; j < width; j++) {
        bool longer = squares[j] > limit * limit;
        scales[j] = longer ? limit / SQUARE_ROOT(squares[j]) : 1;
        any |= longer;
    }
    // Most panels have no output above the limit and need no pass over their weights.
    if (!any) return;
    for (size_t i = 0; i < inputs; i++) {
        for (size_t j = 0; j < width; j++) weights[i * width + j] *= scales[j];
    }
}

DK_VECTORISED void dk_average(float *restrict average, const float *restrict parameters, size_t count,
                              float share) {
    for (size_t i = 0; i < count; i++) average[i] += share * (parameters[i] - average[i]);
}
