#ifndef DK_ACTIVATIONS_H
#define DK_ACTIVATIONS_H

#include "ckernels.h"
#include "vectors.h"

// The list of a unit.
DK_INLINE dk_entry *column(const dk_activations *layer, size_t unit) {
    return layer->columns + unit * (layer->capacity + DK_UNROLL);
}

#endif
