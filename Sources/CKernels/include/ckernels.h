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
/// a list of entries for the gradients.
///
/// Words, the same here and in Swift:
///
/// - A unit is a pixel, a hidden unit or an output. A layer reads its inputs, the units below, and gives its
///   outputs; its weights are W[input][output], its biases b[output].
/// - A word is 64 (DK_WORD) neighbouring units, from a multiple of 64 on: what one mask covers. Its number counts
///   the words of the layer (`layer_word`) or of the group (`group_word`, 0 or 1).
/// - A group is 128 (DK_GROUP) neighbouring units that a layer reads, from a multiple of 128 on.
/// - A panel is 64 (DK_PANEL) neighbouring outputs of a layer, from a multiple of 64 on: they give a word of the
///   units that the layer above reads. Its `width` is 64, and in the layer's last panel the outputs that are left,
///   filled up with zeros to a multiple of 16 (DK_LANES): 16, 32, 48 or 64. Weights lie in panels,
///   [panel][input][width].
/// - An example's number counts the batch, from 0. Its row is where it lies in the set that the batch was drawn
///   from; nothing else is called a row but those of a matrix. `examples` is how many the batch has.
/// - An entry is one activation that is not zero, with its example; a unit's entries are its list, in the order of
///   the examples.
/// - A moment is what an optimiser remembers of a parameter: SGD's velocity is its first moment and it has no
///   second; Adam has both.
///
/// In the formulas, e is an example, i an input, j an output, n the number of examples, a[e][i] an activation,
/// z[e][j] = b[j] + Σ_i a[e][i] W[i][j] what goes into an output, and δ[e][j] = ∂ℓ_e/∂z[e][j] the derivative of
/// one example's loss: the division by n comes with the optimiser's step.
///
/// Contract, for all functions:
///
/// - Shapes are row-major, in elements. Pointers to float and to a group's memory are aligned to 64 bytes unless
///   said otherwise, and pieces that begin inside a buffer begin at a multiple of 16 floats. Nothing is checked.
/// - Nothing is kept past a call, and nothing is shared in secret: calls may run at once on any threads if neither
///   writes what the other reads or writes. What a call writes is said with it.
/// - Every sum runs over its terms in one fixed order, sixteen lanes at a time whatever the machine offers, so
///   results depend neither on the threads nor on where examples lie in a batch.
/// - Denormal numbers give right results and cost a hundred times as much; the caller sets the mode of its thread
///   (`dk_flush_denormals`), always the same for the same bits.

/// Units in a word and in a group, and words in a group. A group's part of a panel (32 KB) stays in the first-level
/// cache.
enum { DK_GROUP = 128, DK_WORD = 64, DK_GROUP_WORDS = DK_GROUP / DK_WORD };

/// Outputs in a panel, which give a word of the units above, and what a panel's width is a multiple of.
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
    /// Which of them are not zero, the first unit's the lowest bit: [capacity][DK_GROUP_WORDS], aligned to 8 bytes;
    /// zero to begin with.
    uint64_t *masks;
    /// By unit: [units][capacity + DK_UNROLL], aligned to 8 bytes, a list in the first entry_counts[unit] of each;
    /// NULL where no gradient is wanted.
    dk_entry *entries;
    /// [units], aligned to 4 bytes; NULL where `entries` is.
    uint32_t *entry_counts;
    /// Units in the group, 1 to DK_GROUP.
    size_t units;
    /// Examples for which there is room, a multiple of DK_UNROLL.
    size_t capacity;
} dk_group;

/// Dropout by counter (Philox4x32-10): whether a unit is kept is a function of key, stream, epoch, position of the
/// example in the epoch and unit alone.
typedef struct {
    uint32_t key[2];
    uint32_t stream;
    uint32_t epoch;
    /// A unit is dropped where its 16-bit random number is below this, at most 65535.
    uint32_t threshold;
    /// By which what is kept is multiplied: 1 / (1 - share that is dropped).
    float scale;
    /// One mask for the whole batch, that of its first example.
    bool batchwise;
} dk_dropout;

/// Which units of a word are kept for the example at a position in the epoch: bit by bit, the lowest first.
uint64_t dk_kept(const dk_dropout *dropout, uint32_t layer_word, uint32_t epoch_position);

/// What a number of an example is: an unsigned byte, or a float of 16 or 32 bits, little-endian.
typedef enum { DK_U8, DK_F16, DK_F32 } dk_element;

/// a[e][i] = scale * (features[rows[e]][first_input + i] - references[first_input + i]), before dropout; to be followed
/// by `dk_activate` for each word of the group.
///
/// features: [set][inputs], numbers of the element, and rows: [examples], each below the set's size, both of any
/// alignment. references: [inputs, filled up to a multiple of DK_WORD]. scale: of a number's unit into an activation's.
/// Writes the group's values; what fills up the last word is of no meaning.
void dk_load_features(const void *features, dk_element element, const uint32_t *rows, size_t examples, size_t inputs,
                      size_t first_input, const float *references, float scale, const dk_group *group);

/// What a unit makes of the value v that goes into it.
typedef enum {
    /// max(0, v), as of hidden units.
    DK_RECTIFIED,
    /// v, as of inputs.
    DK_LINEAR,
} dk_activation;

/// a[e][i] = f(v) * scale where unit i is kept for example e, else 0, of the v that stand in a word of `values` for
/// all examples; with masks and, unless `entries` is NULL, lists.
///
/// `layer_word` is the word's number in its layer, and `first_position` that of example 0 in the epoch, both for
/// dropout; dropout is NULL for none (scale 1, all kept).
/// Returns Σ_e Σ_i a[e][i]². Writes values, masks, entries and entry_counts of the word's units.
float dk_activate(const dk_group *group, size_t group_word, size_t examples, dk_activation f,
                  uint32_t layer_word, const dk_dropout *dropout, uint32_t first_position);

/// Sets a word of an example that no batch has, and that `dk_activate` leaves alone: a[example][i] = values[i].
///
/// values: [units of the word]. Writes values and masks of that example.
void dk_set_example(const dk_group *group, size_t group_word, size_t example, const float *values);

/// Appends the word's activations of an example that no batch has to the lists that `dk_activate` has made. Such an
/// example stands for all of a batch: with the value -μ[i] for unit i, and for δ the sum of the others' (`sums` of
/// `dk_spread`), the gradient becomes that of activations a - μ, of which none need be zero, and W need not be read
/// once more.
///
/// Writes entries and entry_counts of the word's units.
void dk_append_example(const dk_group *group, size_t group_word, size_t example);

/// z[e][j] = b[j] + Σ_i a[e][i] W[i][j], for a group's inputs i, a panel's outputs j and the `examples` examples
/// from `first_example` on; z[e][j] += Σ_i ... where biases is NULL, as for all groups but a layer's first.
///
/// weights: [units][width] of the group and panel. What follows it in memory is fetched ahead, so the panel's next
/// group should lie there; it is not read, and need not exist.
/// biases: [width] or NULL. z: that of `first_example` on, [examples][z_stride], the first `width` of each; z_stride
/// is a multiple of DK_LANES.
/// Writes z.
void dk_product(const dk_group *group, size_t first_example, size_t examples, const float *weights,
                size_t width, const float *biases, float *z, size_t z_stride);

/// How gradients g become steps.
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
    /// For Adam divided by 1 - beta1^t, t the number of the step from 1 on.
    float learning_rate;
    /// SGD's momentum, or Adam's decay of the first moment.
    float beta1;
    /// Adam's decay of the second moment.
    float beta2;
    /// Adam's 1 / √(1 - beta2^t).
    float second_correction;
    float epsilon;
} dk_optimizer;

/// A group's weights of one panel, [units][width], or a panel's biases, [width], with what the optimiser keeps for
/// each of them in the same layout.
typedef struct {
    float *parameters;
    float *first_moment;
    /// NULL for SGD.
    float *second_moment;
} dk_parameters;

/// One pass over a group's weights of one panel: derivatives by the group's activations, gradient, and the
/// optimiser's step.
///
///     dots[i][k] += Σ_j W[i][j] δ[e][j]   for the k-th entry of unit i, which is of example e
///     g[i][j]     = (1 / n) Σ_e a[e][i] δ[e][j]
///     W, moments  = the optimiser's step by g
///     squares[j]  = Σ_i W[i][j]²           of the new weights
///
/// delta: [examples][width], zeros in what fills up the last panel. width: 16, 32, 48 or 64.
/// dots: [units][capacity], aligned to 4 bytes, and set rather than added to if `starts_dots`, as by a layer's first
/// panel; what it holds beyond a list's entries is of no meaning. NULL for none, as in the lowest layer.
/// squares: [width], set; NULL for none.
/// Returns Σ_i Σ_j g[i][j]². Writes weights, moments, dots, squares.
///
/// A unit without entries (an input that is blank in the whole batch, a hidden unit that is silent) has the
/// gradient 0. If its moments are zero too, its weights are passed over, and so is the memory that they lie in: they
/// stay as they are. What moves a weight without a gradient (decoupled weight decay, weight noise) can therefore
/// not be had by another kind of optimiser here. Nor can what needs the whole gradient before the first step
/// (clipping by its norm): the gradient is never in memory, a weight has moved when the next one's is made.
float dk_backward(const dk_group *group, const float *delta, float *dots, bool starts_dots,
                  dk_parameters weights, size_t width, const dk_optimizer *optimizer, float *squares);

/// The same to the bit, on any machine with the same fused multiplication and addition.
float dk_backward_portably(const dk_group *group, const float *delta, float *dots, bool starts_dots,
                            dk_parameters weights, size_t width, const dk_optimizer *optimizer, float *squares);

/// From the derivatives by some of a group's activations to those by what goes into these units, as the layer
/// below needs them, and the step of their biases:
///
///     δ[e][u] = dropout_scale * dots[u][k]   where e has the k-th entry of unit u, else 0: the derivative of
///                                            dropout after max(0, z)
///     g[u]    = (1 / n) Σ_e δ[e][u]
///
/// units: how many, from `first_unit` of the group on: those that a panel of the layer below gives, at most `width`.
/// dots: [group's units][capacity], as `dk_backward` left it after the layer's last panel, aligned to 4 bytes.
/// delta: [examples][width]. dropout_scale: `scale` of these activations' dropout, 1 for none.
/// biases: of these units. sums: [width], Σ_e δ[e][u], aligned to 4 bytes.
/// Writes delta and sums (zeros in what fills up the panel), biases and their moments.
void dk_spread(const dk_group *group, size_t first_unit, size_t units, size_t examples, const float *dots,
               float dropout_scale, float *delta, size_t width, dk_parameters biases,
               const dk_optimizer *optimizer, float *sums);

/// The step of a panel's biases by g[j] = (1 / n) Σ_e δ[e][j].
///
/// delta: [examples][width]. sums: [width], Σ_e δ[e][j], aligned to 4 bytes.
/// Writes biases and their moments, and sums; what fills up the panel stays zero, as its delta is.
void dk_move_biases(const float *delta, size_t examples, size_t width, dk_parameters biases,
                    const dk_optimizer *optimizer, float *sums);

/// W[i][j] *= limit / √squares[j] for the outputs j of a panel whose incoming weights are longer than `limit`
/// (squares[j] > limit²).
///
/// weights: [inputs][width], of all groups. squares: [width], summed over all groups. Writes weights.
void dk_limit_norms(float *weights, size_t inputs, size_t width, const float *squares, float limit);

/// average += share * (parameters - average), for `count` parameters, of any alignment. Writes average.
void dk_average(float *average, const float *parameters, size_t count, float share);

#endif
