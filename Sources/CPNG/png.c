#include "cpng.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

// Input buffer that libpng reads from.
typedef struct {
    const uint8_t *bytes;
    size_t left;
} source;

static void say(char message[DK_PNG_MESSAGE], const char *text) {
    strncpy(message, text, DK_PNG_MESSAGE - 1);
    message[DK_PNG_MESSAGE - 1] = 0;
}

static void fail(png_structp png, png_const_charp text) {
    say(png_get_error_ptr(png), text);
    png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void take(png_structp png, png_bytep target, size_t count) {
    source *from = png_get_io_ptr(png);
    if (count > from->left) png_error(png, "cut off");
    memcpy(target, from->bytes, count);
    from->bytes += count;
    from->left -= count;
}

static bool is_grey(png_structp png, png_infop info) {
    const int type = png_get_color_type(png, info);
    if (type != PNG_COLOR_TYPE_PALETTE) return !(type & PNG_COLOR_MASK_COLOR);
    png_colorp palette = NULL;
    int count = 0;
    png_get_PLTE(png, info, &palette, &count);
    for (int i = 0; i < count; i++) {
        if (palette[i].red != palette[i].green || palette[i].red != palette[i].blue) return false;
    }
    return true;
}

// Converts a decoded row [columns][given] to [columns][channels]; returns false if a pixel has transparency.
static bool convert(const uint8_t *row, uint32_t columns, uint32_t given, bool has_alpha, uint32_t channels,
                    uint8_t *pixels) {
    const uint32_t colours = given - has_alpha;
    for (uint32_t x = 0; x < columns; x++, row += given) {
        if (has_alpha && row[colours] != 255) return false;
        for (uint32_t c = 0; c < channels; c++) pixels[x * channels + c] = row[colours == 3 ? c : 0];
    }
    return true;
}

// Reads the header and, unless `pixels` is NULL, the image.
static bool read(const uint8_t *bytes, size_t count, dk_png_header *header, uint32_t channels, uint8_t *pixels,
                 char message[DK_PNG_MESSAGE]) {
    source from = {bytes, count};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, fail, ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    // Volatile: other locals that change after setjmp have indeterminate values once libpng has jumped back.
    uint8_t *volatile memory = NULL;
    volatile bool done = false;
    if (!info) {
        say(message, "out of memory");
    } else if (!setjmp(png_jmpbuf(png))) {
        png_set_read_fn(png, &from, take);
        png_read_info(png, info);
        const uint32_t rows = png_get_image_height(png, info), columns = png_get_image_width(png, info);
        *header = (dk_png_header){rows, columns, is_grey(png, info) ? 1 : 3, png_get_bit_depth(png, info)};
        if (pixels) {
            if (header->bits > 8) png_error(png, "more than 8 bits a channel");
            png_set_expand(png);
            png_set_interlace_handling(png);
            png_read_update_info(png, info);
            const uint32_t given = png_get_channels(png, info);
            const bool has_alpha = given == 2 || given == 4;
            const size_t row_bytes = png_get_rowbytes(png, info);
            // A single block for row pointers and pixels, so that one `free` releases both after a jump as well.
            memory = malloc(rows * (row_bytes + sizeof(png_bytep)));
            if (!memory) png_error(png, "out of memory");
            png_bytep *pointers = (png_bytep *)(void *)memory;
            uint8_t *data = memory + rows * sizeof(png_bytep);
            for (uint32_t y = 0; y < rows; y++) pointers[y] = data + y * row_bytes;
            png_read_image(png, pointers);
            png_read_end(png, NULL);
            for (uint32_t y = 0; y < rows; y++) {
                if (!convert(pointers[y], columns, given, has_alpha, channels, pixels + (size_t)y * columns * channels)) {
                    png_error(png, "pixels that can be seen through");
                }
            }
        }
        done = true;
    }
    free(memory);
    png_destroy_read_struct(&png, &info, NULL);
    return done;
}

bool dk_png_read_header(const uint8_t *bytes, size_t count, dk_png_header *header,
                        char message[DK_PNG_MESSAGE]) {
    return read(bytes, count, header, 0, NULL, message);
}

bool dk_png_read(const uint8_t *bytes, size_t count, uint32_t channels, uint8_t *pixels,
                 char message[DK_PNG_MESSAGE]) {
    dk_png_header header;
    return read(bytes, count, &header, channels, pixels, message);
}

bool dk_png_write(const uint8_t *pixels, uint32_t rows, uint32_t columns, uint32_t channels, uint8_t *file,
                  size_t *count) {
    png_image image = {
        .version = PNG_IMAGE_VERSION,
        .width = columns,
        .height = rows,
        .format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB,
    };
    png_alloc_size_t size = *count;
    const bool done = png_image_write_to_memory(&image, file, &size, 0, pixels, 0, NULL);
    png_image_free(&image);
    *count = size;
    return done;
}
