#ifndef DK_ACTIVATIONS_H
#define DK_ACTIVATIONS_H

#include "ckernels.h"
#include "vectors.h"

// Start of a unit's list.
DK_INLINE dk_entry *list_of(const dk_group *group, size_t unit) {
    return group->entries + unit * (group->capacity + DK_UNROLL);
}

#endif
