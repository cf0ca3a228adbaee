#include "activations.h"
#include "random.h"

DK_VECTORISED uint64_t dk_kept(const dk_dropout *dropout, uint32_t layer_word, uint32_t epoch_position) {
    return kept_mask(dropout, layer_word, epoch_position);
}

// Defines a loader for one type of number.
#define DK_LOADER(name, number)                                                                                \
    DK_INLINE void name(const uint8_t *features, const uint32_t *rows, size_t examples, size_t inputs,        \
                        size_t first_input, const float *references, float scale, const dk_group *group) {    \
        /* The rows of a batch lie far apart in a large array: each comes from memory. */                     \
        enum { AHEAD = 8, LINE = 64 };                                                                        \
        const size_t row_bytes = inputs * sizeof(number);                                                     \
        for (size_t i = 0; i < examples; i++) {                                                               \
            const uint8_t *ahead = features + (size_t)rows[i + AHEAD < examples ? i + AHEAD : i] * row_bytes; \
            for (size_t start = 0; start < group->units * sizeof(number); start += LINE) {                    \
                __builtin_prefetch(ahead + first_input * sizeof(number) + start);                             \
            }                                                                                                 \
            for (size_t start = 0; start < group->units; start += DK_WORD) {                                  \
                const size_t left = group->units - start;                                                     \
                number numbers[DK_WORD] = {0};                                                                \
                const uint8_t *source =                                                                       \
                    features + (size_t)rows[i] * row_bytes + (first_input + start) * sizeof(number);          \
                memcpy(numbers, source, (left < DK_WORD ? left : DK_WORD) * sizeof(number));                  \
                float *out = group->values + i * DK_GROUP + start;                                            \
                const float *reference = references + first_input + start;                                    \
                for (size_t j = 0; j < DK_WORD; j++) out[j] = ((float)numbers[j] - reference[j]) * scale;     \
            }                                                                                                 \
        }                                                                                                     \
    }

DK_LOADER(load_bytes, uint8_t)
DK_LOADER(load_halves, _Float16)
DK_LOADER(load_floats, float)

DK_VECTORISED void dk_load_features(const void *features, dk_element element, const uint32_t *rows,
                                    size_t examples, size_t inputs, size_t first_input, const float *references,
                                    float scale, const dk_group *group) {
    switch (element) {
    case DK_U8: return load_bytes(features, rows, examples, inputs, first_input, references, scale, group);
    case DK_F16: return load_halves(features, rows, examples, inputs, first_input, references, scale, group);
    case DK_F32: return load_floats(features, rows, examples, inputs, first_input, references, scale, group);
    }
}

// Mask of the units in a group's word; the last word of a layer may have fewer than 64.
DK_INLINE uint64_t units_mask(const dk_group *group, size_t group_word) {
    const size_t left = group->units - group_word * DK_WORD;
    return left < DK_WORD ? ((uint64_t)1 << left) - 1 : ~(uint64_t)0;
}

// Applies activation and dropout to a word of units: sets its masks, scales kept values and zeroes the others.
// Returns the sum of the squares.
DK_INLINE float mask_values(const dk_group *group, size_t group_word, size_t examples, const dk_activation f,
                            uint32_t layer_word, const dk_dropout *dropout, uint32_t first_position) {
    const float scale = dropout ? dropout->scale : 1;
    const lane_words lane_bits = {1 << 0, 1 << 1, 1 << 2,  1 << 3,  1 << 4,  1 << 5,  1 << 6,  1 << 7,
                                  1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15};
    const bool shared = dropout && dropout->batchwise;
    uint64_t kept = shared ? kept_mask(dropout, layer_word, first_position) : ~(uint64_t)0;
    const uint64_t units = units_mask(group, group_word);
    lanes squares = {0};
    for (size_t i = 0; i < examples; i++) {
        float *values = group->values + i * DK_GROUP + group_word * DK_WORD;
        uint64_t bits = 0;
        for (size_t j = 0; j < DK_WORD; j += LANES) {
            bits |= (f == DK_LINEAR ? nonzero_mask(values + j) : positive_mask(values + j)) << j;
        }
        // Most words at an image's border are blank and need no random numbers.
        if (dropout && !shared && bits) kept = kept_mask(dropout, layer_word, first_position + (uint32_t)i);
        bits &= kept & units;
        group->masks[i * DK_GROUP_WORDS + group_word] = bits;
        for (size_t j = 0; j < DK_WORD; j += LANES) {
            const lane_words chosen = ((uint32_t)(bits >> j) & lane_bits) == lane_bits;
            // Masked bitwise: multiplying by 0 would turn infinity into NaN and negative values into -0.
            lanes *part = (lanes *)(values + j);
            *part = (lanes)((lane_words)(*part * scale) & chosen);
            squares += *part * *part;
        }
    }
    return sum_of_lanes(&squares);
}

// Transposes a 16 x 16 matrix in four rounds of pairwise shuffles, so that a unit's values become contiguous.
DK_INLINE void transpose(lanes rows[LANES]) {
    // twos: from two neighbouring rows, the columns c, c + 4, c + 8 and c + 12, for two values of c.
    lanes twos[LANES], fours[LANES], eights[LANES];
    for (int r = 0; r < LANES; r += 2) {
        twos[r] = DK_LOW_PAIRS(rows[r], rows[r + 1]);
        twos[r + 1] = DK_HIGH_PAIRS(rows[r], rows[r + 1]);
    }
    // fours[r + c]: the same columns of rows r to r + 3, each column in one quarter.
    for (int r = 0; r < LANES; r += 4) {
        for (int half = 0; half < 2; half++) {
            fours[r + 2 * half] = DK_LOW_FOURS(twos[r + half], twos[r + half + 2]);
            fours[r + 2 * half + 1] = DK_HIGH_FOURS(twos[r + half], twos[r + half + 2]);
        }
    }
    for (int r = 0; r < LANES; r += 8) {
        for (int c = 0; c < 4; c++) {
            const lanes one = fours[r + c], other = fours[r + 4 + c];
            eights[r + c] = __builtin_shufflevector(one, other, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22,
                                                    23);
            eights[r + 4 + c] = __builtin_shufflevector(one, other, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15,
                                                        28, 29, 30, 31);
        }
    }
    for (int half = 0; half < 2; half++) {
        for (int c = 0; c < 4; c++) {
            const lanes one = eights[4 * half + c], other = eights[8 + 4 * half + c];
            rows[8 * half + c] = __builtin_shufflevector(one, other, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21,
                                                         22, 23);
            rows[8 * half + 4 + c] = __builtin_shufflevector(one, other, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26,
                                                             27, 28, 29, 30, 31);
        }
    }
}

// Appends the unit's values selected by `bits` to its list, for the examples from `base` on. Returns their number.
DK_INLINE uint32_t append(dk_entry *list, const float *values, uint64_t bits, uint32_t base) {
    const uint32_t count = (uint32_t)__builtin_popcountll(bits);
    // Rounded up to DK_UNROLL entries, because fewer distinct trip counts are predicted better. The list has
    // room for the surplus entries, which are overwritten or never read.
    for (uint32_t n = 0; n < count; n += DK_UNROLL) {
        for (uint32_t k = 0; k < DK_UNROLL; k++, bits &= bits - 1) {
            const uint32_t example = (uint32_t)__builtin_ctzll(bits | (uint64_t)1 << (DK_WORD - 1));
            list[n + k] = (dk_entry){base + example, values[example]};
        }
    }
    return count;
}

// Builds the lists of sixteen units from their values.
DK_INLINE void list_units(const dk_group *group, size_t examples, size_t start) {
    const size_t units = group->units - start < LANES ? group->units - start : LANES;
    uint32_t counts[LANES] = {0};
    for (size_t base = 0; base < examples; base += DK_WORD) {
        float tile[LANES][DK_WORD] __attribute__((aligned(64)));
        uint64_t masks[LANES] = {0};
        for (size_t part = 0; part < DK_WORD; part += LANES) {
            lanes rows[LANES];
            for (size_t r = 0; r < LANES; r++) {
                const size_t example = base + part + r;
                const lanes *values = (const lanes *)(group->values + example * DK_GROUP + start);
                rows[r] = example < examples ? *values : (lanes){0};
            }
            transpose(rows);
            for (size_t u = 0; u < LANES; u++) {
                *(lanes *)&tile[u][part] = rows[u];
                masks[u] |= nonzero_mask(&tile[u][part]) << part;
            }
        }
        for (size_t u = 0; u < units; u++) {
            counts[u] += append(list_of(group, start + u) + counts[u], tile[u], masks[u], (uint32_t)base);
        }
    }
    for (size_t u = 0; u < units; u++) {
        dk_entry *list = list_of(group, start + u);
        group->entry_counts[start + u] = counts[u];
        for (uint32_t n = counts[u]; n % DK_UNROLL; n++) list[n] = (dk_entry){0, 0};
    }
}

DK_VECTORISED float dk_activate(const dk_group *group, size_t group_word, size_t examples, dk_activation f,
                                uint32_t layer_word, const dk_dropout *dropout, uint32_t first_position) {
    const float squares =
        f == DK_LINEAR
            ? mask_values(group, group_word, examples, DK_LINEAR, layer_word, dropout, first_position)
            : mask_values(group, group_word, examples, DK_RECTIFIED, layer_word, dropout, first_position);
    if (!group->entries) return squares;
    const size_t end = group->units < (group_word + 1) * DK_WORD ? group->units : (group_word + 1) * DK_WORD;
    for (size_t start = group_word * DK_WORD; start < end; start += LANES) list_units(group, examples, start);
    return squares;
}

void dk_set_example(const dk_group *group, size_t group_word, size_t example, const float *values) {
    const uint64_t units = units_mask(group, group_word);
    uint64_t bits = 0;
    float *own = group->values + example * DK_GROUP + group_word * DK_WORD;
    for (size_t u = 0; u < DK_WORD && units >> u & 1; u++) {
        own[u] = values[u];
        bits |= (uint64_t)(values[u] != 0) << u;
    }
    group->masks[example * DK_GROUP_WORDS + group_word] = bits;
}

void dk_append_example(const dk_group *group, size_t group_word, size_t example) {
    uint64_t bits = group->masks[example * DK_GROUP_WORDS + group_word];
    for (; bits; bits &= bits - 1) {
        const size_t unit = group_word * DK_WORD + (size_t)__builtin_ctzll(bits);
        dk_entry *list = list_of(group, unit);
        uint32_t count = group->entry_counts[unit]++;
        list[count++] = (dk_entry){(uint32_t)example, group->values[example * DK_GROUP + unit]};
        for (; count % DK_UNROLL; count++) list[count] = (dk_entry){0, 0};
    }
}
