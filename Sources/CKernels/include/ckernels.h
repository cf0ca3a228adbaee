#ifndef DK_CKERNELS_H
#define DK_CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The arithmetic of a multilayer perceptron that skips zeros, in C because a Swift package has no other way
/// to compile one function for several instruction sets.
///
/// Four fifths of MNIST's pixels are zero, and after ReLU and dropout most of the hidden activations are. So a
/// layer's activations come with what tells which are not: by example, a mask for the forward product; by unit,
/// a list for the gradients. Weights lie in panels: [panel][input][width], `width` neighbouring units of the
/// layer in a panel: 64, and in the last one as many as are left, filled up with zeros to a multiple of 16.
///
/// Every sum runs over its terms in one fixed order, sixteen lanes at a time whatever the machine offers, so
/// results depend neither on the threads nor on where examples lie in a batch.

/// Units of the layer below that are worked on together, few enough that their part of a panel (32 KB) stays in
/// the first-level cache.
enum { DK_GROUP = 128, DK_WORD = 64, DK_WORDS = DK_GROUP / DK_WORD };

/// Units in a panel, which gives a word of the activations above, and what those in the last one are a multiple of.
enum { DK_PANEL = DK_WORD, DK_LANES = 16 };

/// Entries that the backward pass takes at once: a unit's list is filled up with zeros to a multiple of it.
enum { DK_UNROLL = 4 };

/// One activation of a unit that is not zero.
typedef struct {
    uint32_t example;
    float value;
} dk_entry;

/// The activations of one group of units, for all examples of a batch.
typedef struct {
    /// By example: [capacity][DK_GROUP]; zero to begin with.
    float *values;
    /// Which of them are not zero, the first unit's the lowest bit: [capacity][DK_WORDS]; zero to begin with.
    uint64_t *masks;
    /// By unit: the first counts[unit] of columns[unit * (capacity + DK_UNROLL) ...]; NULL where no gradient is
    /// wanted.
    dk_entry *columns;
    uint32_t *counts;
    /// Units in the group.
    size_t units;
    /// Examples for which there is room, a multiple of DK_UNROLL.
    size_t capacity;
} dk_activations;

/// Dropout by counter (Philox4x32-10): whether a unit is kept is a function of key, stream, epoch, example
/// and unit alone.
typedef struct {
    uint32_t key[2];
    uint32_t stream;
    uint32_t epoch;
    /// A unit is dropped where its 16-bit random number is below this.
    uint32_t threshold;
    /// 1 / (1 - rate).
    float scale;
    /// One mask for the whole batch, that of its first example.
    bool batchwise;
} dk_dropout;

/// Which of 64 units, from `group` * 64 on, are kept for one example: bit by bit, the lowest first.
uint64_t dk_kept(const dk_dropout *dropout, uint32_t group, uint32_t example);

/// values = images[rows[i], first ..< first + units] * scale, and zero in the rest of the last word.
void dk_pixels(const uint8_t *images, const uint32_t *rows, size_t count, size_t stride, size_t first,
               float scale, const dk_activations *layer);

/// Makes activations of what goes into a word of a group's units, which is to be whole in `values`: max(0,
/// values), after dropout if any, with masks and lists. `group` is the number of the word in its layer and
/// `first_example` that of example 0, both for dropout.
void dk_activate(const dk_activations *layer, size_t word, size_t count, uint32_t group,
                 const dk_dropout *dropout, uint32_t first_example);

/// z[i, :] = bias + (examples `first` + i of one group) * weights, or z += where bias is NULL.
/// weights: [group's units][width], behind which lies what is asked for next; z: [count][stride],
/// the first `width` of each row.
void dk_product(const dk_activations *layer, size_t first, size_t count, const float *weights, size_t width,
                const float *bias, float *z, size_t stride);

/// How weights move.
typedef struct {
    /// 1 / examples.
    float gradient_scale;
    /// Learning rate; for Adam divided by 1 - beta1^t.
    float rate;
    /// Momentum of SGD, or Adam's beta1.
    float beta1;
    float beta2;
    /// 1 / sqrt(1 - beta2^t).
    float correction;
    float epsilon;
    bool adam;
} dk_optimizer;

/// A group's weights of one panel, [units][width], or biases, with what the optimiser keeps for them.
typedef struct {
    float *weights;
    float *first;
    /// Adam's second moment, else NULL.
    float *second;
} dk_weights;

/// One pass over a group's weights of one panel: the panel's part of the derivatives by the group's units, the
/// gradient, and the optimiser's step.
///
/// delta: [examples][width], derivatives by the panel's units. dots: [units][capacity], to which the product
/// of the old weights and delta is added at each entry of the unit's list (set, if `starts_dots`); NULL for
/// none. squares: [width], set to the sums of the squares of the new weights; NULL for none.
void dk_backward(const dk_activations *layer, const float *delta, float *dots, bool starts_dots,
                 dk_weights weights, size_t width, const dk_optimizer *optimizer, float *squares);

/// The same to the bit, on any machine with the same fused multiplication and addition.
void dk_backward_portably(const dk_activations *layer, const float *delta, float *dots, bool starts_dots,
                          dk_weights weights, size_t width, const dk_optimizer *optimizer, float *squares);

/// Spreads the derivatives by some of a group's activations, as `dk_backward` left them in `dots`, into one panel's
/// delta [examples][width] and moves the units' biases by them: `units` units from `first` on. `scale` is that of
/// the dropout.
void dk_spread(const dk_activations *layer, size_t first, size_t units, size_t count, const float *dots,
               float scale, float *delta, size_t width, dk_weights biases, const dk_optimizer *optimizer);

/// Moves biases by the sums of delta [count][width].
void dk_move_biases(const float *delta, size_t count, size_t width, dk_weights biases,
                    const dk_optimizer *optimizer);

/// Scales units of a panel [inputs][width] down to the norm `limit`; squares are their squared norms.
void dk_limit_norms(float *weights, size_t inputs, size_t width, const float *squares, float limit);

/// average += rest * (weights - average).
void dk_average(float *average, const float *weights, size_t count, float rest);

#endif
