#ifndef DK_CPNG_H
#define DK_CPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// PNG images by libpng, in C because its errors jump past Swift's frames.

/// Room for a message, with its end.
enum { DK_PNG_MESSAGE = 128 };

/// What an image is before it is decoded.
typedef struct {
    uint32_t rows;
    uint32_t columns;
    /// 1 for grey, 3 for colour; a palette of greys is grey.
    uint32_t channels;
    /// Bits of a channel: 1 to 16.
    uint32_t bits;
} dk_png_header;

/// Reads the header of an image of `count` bytes. Returns whether it could; `message` then says why not.
bool dk_png_read_header(const uint8_t *bytes, size_t count, dk_png_header *header,
                        char message[DK_PNG_MESSAGE]);

/// Decodes an image into pixels [rows][columns][channels] of 8 bits, as the file has them, without a correction of
/// gamma. channels: 1, or 3, for which grey is repeated. Room for as many pixels as the header says.
/// Returns whether it could; `message` then says why not. Fewer bits are scaled up to 8; 16 bits and pixels that can be
/// seen through are refused.
bool dk_png_read(const uint8_t *bytes, size_t count, uint32_t channels, uint8_t *pixels,
                 char message[DK_PNG_MESSAGE]);

/// Encodes pixels [rows][columns][channels] of 8 bits, with 1 or 3 channels. With file NULL only says in `count` how
/// many bytes at most there will be; else writes at most `count` bytes, and says how many. Returns whether it could.
bool dk_png_write(const uint8_t *pixels, uint32_t rows, uint32_t columns, uint32_t channels, uint8_t *file,
                  size_t *count);

#endif
