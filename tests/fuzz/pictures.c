/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/pictures.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

/* One input under judgement. */
struct input {
    const struct fuzz_picture_reader *reader;
    const uint8_t *data;
    size_t bytes;
    struct nev_image_info info;
};

static void check_info(const struct nev_image_info *i)
{
    bool is_turned = i->orientation >= 5;

    FUZZ_CHECK(i->width >= 1 && i->width <= NEV_IMAGE_SIDE_MAX);
    FUZZ_CHECK(i->height >= 1 && i->height <= NEV_IMAGE_SIDE_MAX);
    FUZZ_CHECK((uint64_t)i->width * i->height <= fuzz_pixels_max);
    FUZZ_CHECK(i->orientation >= 1 && i->orientation <= 8);
    FUZZ_CHECK(i->upright_width == (is_turned ? i->height : i->width));
    FUZZ_CHECK(i->upright_height == (is_turned ? i->width : i->height));
    FUZZ_CHECK(i->raw_channels == 1 || i->raw_channels == 3 || i->raw_channels == 4);
    FUZZ_CHECK(i->rgb_bytes == (size_t)i->width * i->height * 3);
    FUZZ_CHECK(i->raw_bytes == (size_t)i->width * i->height * i->raw_channels);
}

/* Decodes in exactly the memory stated, less what is taken away; the pixels are the caller's to give back. */
static enum nev_status decode(const struct input *in, enum nev_image_mode mode, uint8_t fill, size_t less_out,
                              size_t less_scratch, uint8_t **out)
{
    size_t out_bytes = (mode == NEV_IMAGE_RAW ? in->info.raw_bytes : in->info.rgb_bytes) - less_out;
    size_t scratch_bytes = in->info.scratch_bytes - less_scratch;
    void *scratch = fuzz_take(scratch_bytes, fill);
    struct nev_error err = {0};
    enum nev_status s;

    *out = fuzz_take(out_bytes, fill);
    s = in->reader->decode(in->data, in->bytes, &in->info, mode, *out, out_bytes, scratch, scratch_bytes,
                           &err);
    fuzz_check_written(*out, out_bytes);
    if (s != NEV_OK) {
        if (s == NEV_ERR_MEMORY || s == NEV_ERR_ARGUMENT) {
            FUZZ_CHECK(less_out + less_scratch > 0);
        } else {
            fuzz_check_error(s, &err, in->bytes);
        }
        FUZZ_CHECK(fuzz_is_zero(*out, out_bytes));
    }
    fuzz_give(scratch, scratch_bytes);
    if (less_out + less_scratch > 0) {
        fuzz_give(*out, out_bytes);
        *out = NULL;
    }
    return s;
}

/* Exif 2.32, tag 0x0112: where the stored pixel (x, y) stands in the upright picture. */
static size_t upright(const struct nev_image_info *i, size_t x, size_t y)
{
    size_t w = i->width, h = i->height, to_x, to_y;

    switch (i->orientation) {
    case 2:
        to_x = w - 1 - x, to_y = y;
        break;
    case 3:
        to_x = w - 1 - x, to_y = h - 1 - y;
        break;
    case 4:
        to_x = x, to_y = h - 1 - y;
        break;
    case 5:
        to_x = y, to_y = x;
        break;
    case 6:
        to_x = h - 1 - y, to_y = x;
        break;
    case 7:
        to_x = h - 1 - y, to_y = w - 1 - x;
        break;
    case 8:
        to_x = y, to_y = w - 1 - x;
        break;
    default:
        to_x = x, to_y = y;
        break;
    }
    return to_y * i->upright_width + to_x;
}

/* Grey is repeated, colour kept, alpha dropped; CMYK is another matter. */
static void check_upright(const struct input *in, const uint8_t *raw, const uint8_t *rgb)
{
    const struct nev_image_info *i = &in->info;
    size_t x, y, c;

    for (y = 0; y < i->height; y++) {
        for (x = 0; x < i->width; x++) {
            const uint8_t *from = raw + (y * i->width + x) * i->raw_channels,
                          *to = rgb + 3 * upright(i, x, y);

            for (c = 0; c < 3; c++) {
                FUZZ_CHECK(to[c] == from[i->raw_channels == 1 ? 0 : c]);
            }
        }
    }
}

void fuzz_picture(const struct fuzz_picture_reader *reader, const uint8_t *data, size_t bytes)
{
    struct input in = {reader, data, bytes, {0}};
    uint8_t *raw, *again, *rgb, *none;
    struct nev_error err = {0};
    enum nev_status s = reader->probe(data, bytes, fuzz_pixels_max, &in.info, &err);

    if (s != NEV_OK) {
        fuzz_check_error(s, &err, bytes);
        FUZZ_CHECK(in.info.format == NEV_IMAGE_NONE && in.info.width == 0 && in.info.height == 0);
        FUZZ_CHECK(in.info.rgb_bytes == 0 && in.info.raw_bytes == 0 && in.info.scratch_bytes == 0);
        return;
    }
    check_info(&in.info);
    s = decode(&in, NEV_IMAGE_RAW, 0xA5, 0, 0, &raw);
    FUZZ_CHECK(decode(&in, NEV_IMAGE_RGB, 0x5A, 0, 0, &rgb) == s);
    if (s == NEV_OK) {
        FUZZ_CHECK(decode(&in, NEV_IMAGE_RAW, 0x3C, 0, 0, &again) == NEV_OK);
        FUZZ_CHECK(memcmp(raw, again, in.info.raw_bytes) == 0);
        if (in.info.raw_channels < 4 || in.info.format == NEV_IMAGE_PNG) {
            check_upright(&in, raw, rgb);
        }
        fuzz_give(again, in.info.raw_bytes);
    }
    FUZZ_CHECK(decode(&in, NEV_IMAGE_RAW, 0, 1, 0, &none) != NEV_OK);
    FUZZ_CHECK(in.info.scratch_bytes == 0 || decode(&in, NEV_IMAGE_RGB, 0, 0, 1, &none) != NEV_OK);
    fuzz_give(raw, in.info.raw_bytes);
    fuzz_give(rgb, in.info.rgb_bytes);
}
