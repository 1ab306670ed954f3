/* SPDX-License-Identifier: MIT */
#include "io/pnm_write.h"

#include <string.h>

#include "io/image.h"
#include "nn/base/size.h"

#define HEADER_MAX 24 /* "P6\n65535 65535\n255\n" is 19 */

static size_t put_number(char *to, uint32_t value)
{
    char digits[10];
    size_t n = 0, i;

    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (i = 0; i < n; i++) {
        to[i] = digits[n - 1 - i];
    }
    return n;
}

static size_t make_header(const struct nev_picture *picture, char header[HEADER_MAX])
{
    size_t n = 3;

    memcpy(header, picture->channels == 1 ? "P5\n" : "P6\n", 3);
    n += put_number(header + n, picture->width);
    header[n++] = ' ';
    n += put_number(header + n, picture->height);
    memcpy(header + n, "\n255\n", 5);
    return n + 5;
}

enum nev_status nev_pnm_write_size(const struct nev_picture *picture, size_t *bytes, struct nev_error *err)
{
    char header[HEADER_MAX];
    size_t samples;

    *bytes = 0;
    if ((picture->channels != 1 && picture->channels != 3) || picture->width == 0 || picture->height == 0 ||
        picture->width > NEV_IMAGE_SIDE_MAX || picture->height > NEV_IMAGE_SIDE_MAX) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "picture",
                        "a PNM holds 1 or 3 samples a pixel and sides of 1 to 65535");
    }
    if (!nev_size_mul(picture->width, picture->height, &samples) ||
        !nev_size_mul(samples, picture->channels, &samples) ||
        !nev_size_add(samples, make_header(picture, header), bytes)) {
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "picture",
                        "the file does not fit this machine's memory");
    }
    return NEV_OK;
}

enum nev_status nev_pnm_write(const struct nev_picture *picture, uint8_t *out, size_t out_bytes,
                              size_t *written, struct nev_error *err)
{
    char header[HEADER_MAX];
    size_t bytes, n;
    enum nev_status status = nev_pnm_write_size(picture, &bytes, err);

    *written = 0;
    if (status != NEV_OK) {
        return status;
    }
    if (out_bytes < bytes) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "out", "the buffer is smaller than the file");
    }
    n = make_header(picture, header);
    memcpy(out, header, n);
    memcpy(out + n, picture->pixels, bytes - n);
    *written = bytes;
    return NEV_OK;
}
