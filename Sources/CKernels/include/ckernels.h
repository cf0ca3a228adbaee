#ifndef DK_CKERNELS_H
#define DK_CKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Kernels of a multilayer perceptron that skip zeros. In C, because a Swift package cannot compile one function for
/// several instruction sets in any other way.
///
/// Four fifths of MNIST's pixels are zero, and so are most hidden activations after ReLU and dropout. Activations are
/// therefore stored with indexes of the non-zero ones: a mask per example for the forward product, and a list of
/// entries per unit for the gradients.
///
/// Terms, the same here and in Swift:
///
/// - Unit: a pixel, a hidden unit or an output. A layer reads the units below as inputs and computes its outputs; its
///   weights are W[input][output], its biases b[output].
/// - Word: 64 (DK_WORD) neighbouring units, aligned to a multiple of 64, covered by one mask. Words are numbered
///   within the layer (`layer_word`) or within the group (`group_word`, 0 or 1).
/// - Group: 128 (DK_GROUP) neighbouring inputs of a layer, aligned to a multiple of 128.
/// - Panel: 64 (DK_PANEL) neighbouring outputs of a layer, aligned to a multiple of 64; they form one word of the
///   layer above. Its `width` is 64; a layer's last panel has the remaining outputs, padded with zeros to a multiple
///   of 16 (DK_LANES): 16, 32, 48 or 64. Weights are stored by panel: [panel][input][width].
/// - Example: numbered within the batch, from 0; `examples` is the size of the batch. The row of an example is its
///   position in the data set; otherwise only rows of matrices are called rows.
/// - Entry: a non-zero activation with its example. A unit's list contains its entries in the order of the examples.
/// - Moment: the optimiser's state of a parameter. SGD's velocity is the first moment; Adam has two.
///
/// In the formulas, e is an example, i an input, j an output, n the number of examples, a[e][i] an activation,
/// z[e][j] = b[j] + Σ_i a[e][i] W[i][j] the pre-activation of an output, and δ[e][j] = ∂ℓ_e/∂z[e][j] the derivative
/// of one example's loss; the optimiser's step divides by n.
///
/// Contract, for all functions:
///
/// - Shapes are row-major, in elements. Float pointers and a group's memory are aligned to 64 bytes unless documented
///   otherwise, and parts of a buffer begin at a multiple of 16 floats. Nothing is checked.
/// - No pointer is kept after a call, and there is no hidden shared state: calls may run concurrently if neither
///   writes memory that the other uses. Each function documents the memory that it writes.
/// - Every sum has one fixed order, with sixteen lanes on every machine, so results depend neither on the number of
///   threads nor on an example's position in the batch.
/// - Denormal numbers give correct results but are about a hundred times slower. The caller sets its thread's mode
///   (`dk_flush_denormals`); reproducible results need the same mode.

/// Units per word and per group, and words per group. A group's part of a panel, 128 x 64 floats or 32 KB, fits the
/// first-level cache.
enum { DK_GROUP = 128, DK_WORD = 64, DK_GROUP_WORDS = DK_GROUP / DK_WORD };

/// Outputs per panel, equal to a word of the layer above, and the divisor of every panel's width.
enum { DK_PANEL = DK_WORD, DK_LANES = 16 };

/// Entries that the backward pass processes at once; each unit's list is padded with zeros to a multiple of this.
enum { DK_UNROLL = 4 };

/// A non-zero activation of a unit.
typedef struct {
    uint32_t example;
    float value;
} dk_entry;

/// The activations of one group of units, for all examples of a batch.
typedef struct {
    /// Activations by example: [capacity][DK_GROUP]; initially zero.
    float *values;
    /// Masks of non-zero activations, the first unit in the lowest bit: [capacity][DK_GROUP_WORDS], aligned to 8
    /// bytes; initially zero.
    uint64_t *masks;
    /// Lists by unit: [units][capacity + DK_UNROLL], aligned to 8 bytes; the first entry_counts[unit] entries of each
    /// are valid. NULL if no gradient is needed.
    dk_entry *entries;
    /// Lengths of the lists: [units], aligned to 4 bytes; NULL if `entries` is.
    uint32_t *entry_counts;
    /// Units in the group, 1 to DK_GROUP.
    size_t units;
    /// Allocated number of examples, a multiple of DK_UNROLL.
    size_t capacity;
} dk_group;

/// Dropout with counter-based random numbers (Philox4x32-10): whether a unit is kept depends only on key, stream,
/// epoch, the example's position in the epoch, and the unit.
typedef struct {
    uint32_t key[2];
    uint32_t stream;
    uint32_t epoch;
    /// A unit is dropped if its 16-bit random number is below this value, at most 65535.
    uint32_t threshold;
    /// Factor of kept activations: 1 / (1 - dropout rate).
    float scale;
    /// Whether the whole batch shares the mask of its first example.
    bool batchwise;
} dk_dropout;

/// Mask of the kept units of a word, the first unit in the lowest bit, for the example at a position in the epoch.
uint64_t dk_kept(const dk_dropout *dropout, uint32_t layer_word, uint32_t epoch_position);

/// Element type of the features: unsigned byte, or little-endian float of 16 or 32 bits.
typedef enum { DK_U8, DK_F16, DK_F32 } dk_element;

/// a[e][i] = scale * (features[rows[e]][first_input + i] - references[first_input + i]), before dropout. Call
/// `dk_activate` for each word of the group afterwards.
///
/// features: [set][inputs] of type `element`. rows: [examples], each below the set's size. Both may have any
/// alignment.
/// references: [inputs, padded to a multiple of DK_WORD]. scale: factor from features to activations.
/// Writes the group's values; padding in the last word is undefined.
void dk_load_features(const void *features, dk_element element, const uint32_t *rows, size_t examples, size_t inputs,
                      size_t first_input, const float *references, float scale, const dk_group *group);

/// Activation function of a unit with pre-activation v.
typedef enum {
    /// max(0, v), for hidden units.
    DK_RECTIFIED,
    /// v, for inputs.
    DK_LINEAR,
} dk_activation;

/// a[e][i] = f(v) * scale if unit i is kept for example e, else 0, for all examples; v are the present `values` of
/// the word. Also builds the masks and, unless `entries` is NULL, the lists.
///
/// layer_word: number of the word in its layer, and first_position: position of example 0 in the epoch, both for
/// dropout. dropout: NULL for none (scale 1, all units kept).
/// Returns Σ_e Σ_i a[e][i]².
/// Writes values, masks, entries and entry_counts of the word's units.
float dk_activate(const dk_group *group, size_t group_word, size_t examples, dk_activation f,
                  uint32_t layer_word, const dk_dropout *dropout, uint32_t first_position);

/// Sets a word of an additional example behind the batch, which `dk_activate` does not process:
/// a[example][i] = values[i].
///
/// values: [units of the word].
/// Writes values and masks of this example.
void dk_set_example(const dk_group *group, size_t group_word, size_t example, const float *values);

/// Appends the word's activations of an additional example to the lists that `dk_activate` has built. One such
/// example centres the whole batch: with the value -μ[i] for unit i, and as δ the sum over the batch (`sums` of
/// `dk_spread`), the gradient is that of the activations a - μ, of which all may be non-zero, and no second pass over
/// W is needed.
///
/// Writes entries and entry_counts of the word's units.
void dk_append_example(const dk_group *group, size_t group_word, size_t example);

/// z[e][j] = b[j] + Σ_i a[e][i] W[i][j], for a group's inputs i, a panel's outputs j and the `examples` examples
/// from `first_example` on. If biases is NULL, as for all groups but a layer's first, z[e][j] += Σ_i a[e][i] W[i][j].
///
/// weights: [units][width] of the group and panel. The memory behind it is prefetched, so the panel's next group
/// should follow; it is not read and need not exist.
/// biases: [width] or NULL. z: from `first_example` on, [examples][z_stride], of which the first `width` columns are
/// used; z_stride is a multiple of DK_LANES.
/// Writes z.
void dk_product(const dk_group *group, size_t first_example, size_t examples, const float *weights,
                size_t width, const float *biases, float *z, size_t z_stride);

/// Update rule for a gradient g.
typedef enum {
    /// m = beta1 m + g; w -= learning_rate m.
    DK_SGD,
    /// m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g²;
    /// w -= learning_rate m / (second_correction √v + epsilon).
    DK_ADAM,
} dk_optimizer_kind;

/// One step of an optimiser.
typedef struct {
    dk_optimizer_kind kind;
    /// 1 / n.
    float gradient_scale;
    /// For Adam already divided by 1 - beta1^t, where t counts steps from 1.
    float learning_rate;
    /// SGD's momentum, or Adam's decay of the first moment.
    float beta1;
    /// Adam's decay of the second moment.
    float beta2;
    /// Adam's 1 / √(1 - beta2^t).
    float second_correction;
    float epsilon;
} dk_optimizer;

/// A group's weights of one panel, [units][width], or a panel's biases, [width], with the moments in the same layout.
typedef struct {
    float *parameters;
    float *first_moment;
    /// NULL for SGD.
    float *second_moment;
} dk_parameters;

/// One pass over a group's weights of one panel: derivatives by the group's activations, gradient, optimiser step.
///
///     dots[i][k] += Σ_j W[i][j] δ[e][j]   for the k-th entry of unit i, which is of example e
///     g[i][j]     = (1 / n) Σ_e a[e][i] δ[e][j]
///     W, moments  = optimiser step with g
///     squares[j]  = Σ_i W[i][j]²           of the new weights
///
/// delta: [examples][width], zero in the last panel's padding. width: 16, 32, 48 or 64.
/// dots: [units][capacity], aligned to 4 bytes; overwritten instead of added to if `starts_dots`, as by a layer's
/// first panel; undefined beyond a list's entries. NULL if not needed, as in the lowest layer.
/// squares: [width], overwritten; NULL if not needed.
/// Returns Σ_i Σ_j g[i][j]².
/// Writes weights, moments, dots, squares.
///
/// A unit without entries (an input that is blank, or a hidden unit that is inactive, in the whole batch) has
/// gradient 0. If its moments are zero too, its weights are not updated, and without `squares` not even read. Update
/// rules that change a weight without a gradient (decoupled weight decay, weight noise) therefore cannot be added as
/// another optimiser kind. Neither can rules that need the whole gradient before the first step (clipping by its
/// norm): the gradient is never stored, and each weight is updated before the next one's gradient is computed.
float dk_backward(const dk_group *group, const float *delta, float *dots, bool starts_dots,
                  dk_parameters weights, size_t width, const dk_optimizer *optimizer, float *squares);

/// The same as `dk_backward`, but without the combined loop for AVX-512. Results are equal bit by bit on machines
/// that contract multiplication and addition alike.
float dk_backward_portably(const dk_group *group, const float *delta, float *dots, bool starts_dots,
                            dk_parameters weights, size_t width, const dk_optimizer *optimizer, float *squares);

/// Computes the derivatives by the pre-activations of some of a group's units, as the layer below needs them, from
/// those by their activations; and the step of their biases:
///
///     δ[e][u] = dropout_scale * dots[u][k]   where e has the k-th entry of unit u, else 0: the derivative of
///                                            dropout after max(0, z)
///     g[u]    = (1 / n) Σ_e δ[e][u]
///
/// units: number of units from `first_unit` of the group on: the outputs of a panel of the layer below, at most
/// `width`.
/// dots: [group's units][capacity], as `dk_backward` left it after the layer's last panel, aligned to 4 bytes.
/// delta: [examples][width]. dropout_scale: `scale` of these activations' dropout, 1 for none.
/// biases: of these units. sums: [width], Σ_e δ[e][u], aligned to 4 bytes.
/// Writes delta and sums (zero in the panel's padding), biases and their moments.
void dk_spread(const dk_group *group, size_t first_unit, size_t units, size_t examples, const float *dots,
               float dropout_scale, float *delta, size_t width, dk_parameters biases,
               const dk_optimizer *optimizer, float *sums);

/// The optimiser step of a panel's biases with g[j] = (1 / n) Σ_e δ[e][j].
///
/// delta: [examples][width]. sums: [width], Σ_e δ[e][j], aligned to 4 bytes.
/// Writes biases and their moments, and sums; the panel's padding stays zero, because its delta is.
void dk_move_biases(const float *delta, size_t examples, size_t width, dk_parameters biases,
                    const dk_optimizer *optimizer, float *sums);

/// W[i][j] *= limit / √squares[j] for the outputs j of a panel whose incoming weights have a norm above `limit`
/// (squares[j] > limit²).
///
/// weights: [inputs][width], of all groups. squares: [width], summed over all groups.
/// Writes weights.
void dk_limit_norms(float *weights, size_t inputs, size_t width, const float *squares, float limit);

/// average += share * (parameters - average), for `count` parameters of any alignment.
/// Writes average.
void dk_average(float *average, const float *parameters, size_t count, float share);

#endif
