/* SPDX-License-Identifier: MIT */
/*
 * Rows of pixels, in the colours and at the place that the caller asked for.
 */
#include "io/jpeg_parts.h"

#include <string.h>

/*
 * Row y of an RGB picture to its upright place. Orientation 1..8 says where the first row and column of the
 * stored picture are: top left, top right, bottom right, bottom left; left top, right top, right bottom, left
 * bottom (Exif 2.32, 4.6.4). From 5 on, stored rows are columns.
 */
static void place_row(const struct nev_jpeg *j, const uint8_t *rgb, uint32_t y, uint8_t *out)
{
    uint32_t o = j->orientation;
    bool is_turned = o >= 5, is_x_back = o == 2 || o == 3 || o == 7 || o == 8;
    bool is_y_back = o == 3 || o == 4 || o == 6 || o == 7;
    size_t step = is_turned ? j->height : 1, line = is_turned ? 1 : j->width, x;

    out += 3 * line * (is_y_back ? j->height - 1 - y : y);
    for (x = 0; x < j->width; x++) {
        memcpy(out + 3 * step * (is_x_back ? j->width - 1 - x : x), rgb + 3 * x, 3);
    }
}

static void write_row(struct nev_jpeg_output *o, uint32_t y)
{
    const struct nev_jpeg *j = o->j;
    const uint8_t *rows[NEV_JPEG_COMPONENTS_MAX] = {NULL, NULL, NULL, NULL};
    bool is_direct = o->is_raw || (j->component_len == 3 && j->orientation == 1);
    uint8_t *raw = is_direct ? o->out + (size_t)y * j->width * j->component_len : o->raw;
    uint32_t i;

    for (i = 0; i < j->component_len; i++) {
        rows[i] = nev_jpeg_row_upsample(j, &j->components[i], y, o->rows[i]);
    }
    nev_jpeg_row_convert(j->colour, rows, j->width, raw);
    if (is_direct) {
        return;
    }
    if (j->component_len != 3) {
        nev_jpeg_row_rgb(j->colour, raw, j->width, o->rgb);
        raw = o->rgb;
    }
    place_row(j, raw, y, o->out);
}

void nev_jpeg_output_until(struct nev_jpeg_output *o, uint64_t end)
{
    for (; o->next < o->j->height && o->next < end; o->next++) {
        write_row(o, o->next);
    }
}
