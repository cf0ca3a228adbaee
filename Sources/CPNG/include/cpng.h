#ifndef DK_CPNG_H
#define DK_CPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// PNG images by libpng. In C, because libpng reports errors by longjmp, which must not cross Swift frames.

/// Size of a message buffer in bytes, including the terminating zero.
enum { DK_PNG_MESSAGE = 128 };

/// Header of an image.
typedef struct {
    uint32_t rows;
    uint32_t columns;
    /// 1 for grey, 3 for colour; a palette with only greys counts as grey.
    uint32_t channels;
    /// Bits per channel, 1 to 16.
    uint32_t bits;
} dk_png_header;

/// Reads the header of an image of `count` bytes.
/// Returns false on an error, with the reason in `message`.
bool dk_png_read_header(const uint8_t *bytes, size_t count, dk_png_header *header,
                        char message[DK_PNG_MESSAGE]);

/// Decodes an image into 8-bit pixels [rows][columns][channels], without gamma correction. Fewer bits are scaled up
/// to 8; 16 bits and transparent pixels are refused.
///
/// channels: 1 or 3; for 3, a grey value is repeated.
/// pixels: with room for the header's rows and columns.
/// Returns false on an error, with the reason in `message`.
bool dk_png_read(const uint8_t *bytes, size_t count, uint32_t channels, uint8_t *pixels,
                 char message[DK_PNG_MESSAGE]);

/// Encodes 8-bit pixels [rows][columns][channels] with 1 or 3 channels. If `file` is NULL, it only sets `count` to
/// the largest possible size in bytes; otherwise it writes at most `count` bytes and sets `count` to their number.
/// Returns false on an error.
bool dk_png_write(const uint8_t *pixels, uint32_t rows, uint32_t columns, uint32_t channels, uint8_t *file,
                  size_t *count);

#endif
