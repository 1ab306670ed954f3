/* SPDX-License-Identifier: MIT */
/*
 * The two headers that say what is coded: of the frame (B.2.2) and of a scan (B.2.3).
 */
#include "io/jpeg_parts.h"

#include <string.h>

#include "io/jpeg.h"
#include "nn/base/bytes.h"

static enum nev_status malformed(struct nev_jpeg *j, size_t at, const char *name, const char *what)
{
    return nev_fail(j->err, NEV_ERR_FORMAT, at, name, what);
}

static enum nev_status unsupported(struct nev_jpeg *j, size_t at, const char *what)
{
    return nev_fail(j->err, NEV_ERR_UNSUPPORTED, at, "SOF", what);
}

static uint32_t ceil_div(uint32_t a, uint32_t b)
{
    return (a + b - 1) / b;
}

/* Sizes of A.1.1 and A.2.4. Bounds: sides <= 65535, factors <= 4, so every product stays below 2^19. */
static void measure(struct nev_jpeg *j)
{
    uint32_t i;

    j->mcus_w = ceil_div(j->width, 8 * j->h_max);
    j->mcus_h = ceil_div(j->height, 8 * j->v_max);
    //@ loop unroll NEV_JPEG_COMPONENTS_MAX;
    for (i = 0; i < j->component_len; i++) {
        struct nev_jpeg_component *c = &j->components[i];

        c->width = ceil_div(j->width * c->h, j->h_max);
        c->height = ceil_div(j->height * c->v, j->v_max);
        c->blocks_w = ceil_div(c->width, 8);
        c->blocks_h = ceil_div(c->height, 8);
        c->stored_w = j->mcus_w * c->h;
        c->stored_h = j->mcus_h * c->v;
        memset(c->low_bit, -1, sizeof c->low_bit);
    }
}

static enum nev_status read_components(struct nev_jpeg *j, size_t at, const uint8_t *data)
{
    uint32_t i, k;

    j->h_max = j->v_max = 1;
    //@ loop unroll NEV_JPEG_COMPONENTS_MAX;
    for (i = 0; i < j->component_len; i++, data += 3) {
        struct nev_jpeg_component *c = &j->components[i];
        uint8_t h = data[1] >> 4, v = data[1] & 15;

        if (h < 1 || h > 4 || v < 1 || v > 4) {
            return malformed(j, at, "SOF", "a sampling factor is outside 1..4");
        }
        if (data[2] >= NEV_JPEG_TABLES_LEN) {
            return malformed(j, at, "SOF", "a component names a quantisation table above 3");
        }
        c->id = data[0];
        c->h = h;
        c->v = v;
        c->quant_index = data[2];
        for (k = 0; k < i; k++) {
            if (j->components[k].id == c->id) {
                return malformed(j, at, "SOF", "two components have the same identifier");
            }
        }
        j->h_max = c->h > j->h_max ? c->h : j->h_max;
        j->v_max = c->v > j->v_max ? c->v : j->v_max;
    }
    //@ loop unroll NEV_JPEG_COMPONENTS_MAX;
    for (i = 0; i < j->component_len; i++) {
        if (j->h_max % j->components[i].h != 0 || j->v_max % j->components[i].v != 0) {
            return unsupported(j, at, "sampling factors whose ratio is no whole number are not read");
        }
    }
    return NEV_OK;
}

enum nev_status nev_jpeg_frame_read(struct nev_jpeg *j, size_t at, const uint8_t *data, size_t bytes,
                                    bool is_progressive)
{
    enum nev_status status;
    uint32_t len;

    if (j->has_frame) {
        return malformed(j, at, "SOF", "a second frame header");
    }
    //@ split bytes;
    if (bytes < 6 || bytes != 6 + 3 * (size_t)data[5] || data[5] == 0) {
        return malformed(j, at, "SOF",
                         "the length of the frame header does not fit its number of components");
    }
    if (data[0] == 12) {
        return unsupported(j, at, "12 bits a sample are not read; save the picture with 8");
    }
    if (data[0] != 8) {
        return malformed(j, at, "SOF", "the number of bits a sample is not 8");
    }
    j->height = nev_load_u16be(data + 1);
    j->width = nev_load_u16be(data + 3);
    len = (uint32_t)(bytes - 6) / 3;
    if (j->height == 0) {
        return unsupported(
            j, at, "the picture has 0 lines, or their number stands after it (DNL), which is not read");
    }
    if (j->width == 0) {
        return malformed(j, at, "SOF", "the picture has 0 columns");
    }
    if (len != 1 && len != 3 && len != 4) {
        return unsupported(j, at, "only pictures of 1, 3 or 4 components are read");
    }
    if ((uint64_t)j->width * j->height > j->pixels_max) {
        return nev_fail(j->err, NEV_ERR_LIMIT, at, "SOF",
                        "the picture has more pixels than the limit allows");
    }
    j->component_len = len;
    status = read_components(j, at, data + 6);
    if (status != NEV_OK) {
        return status;
    }
    j->has_frame = true;
    j->is_progressive = is_progressive;
    measure(j);
    return NEV_OK;
}

/* The components of a scan, each once. */
static enum nev_status read_selectors(struct nev_jpeg *j, size_t at, const uint8_t *data)
{
    uint32_t i, k, blocks = 0;

    //@ loop unroll NEV_JPEG_COMPONENTS_MAX;
    for (i = 0; i < j->scan_len; i++, data += 2) {
        struct nev_jpeg_component *c;
        uint8_t dc, ac;

        for (k = 0; k < j->component_len && j->components[k].id != data[0]; k++) {
        }
        if (k >= j->component_len) {
            return malformed(j, at, "SOS", "a scan names a component that the frame has not");
        }
        //@ split k;
        c = &j->components[k];
        j->scan[i] = k;
        for (k = 0; k < i; k++) {
            if (j->scan[k] == j->scan[i]) {
                return malformed(j, at, "SOS", "a scan names a component twice");
            }
        }
        dc = data[1] >> 4;
        ac = data[1] & 15;
        if (dc >= NEV_JPEG_TABLES_LEN || ac >= NEV_JPEG_TABLES_LEN) {
            return malformed(j, at, "SOS", "a scan names a Huffman table above 3");
        }
        c->dc_table = dc;
        c->ac_table = ac;
        blocks += (uint32_t)c->h * c->v;
    }
    if (j->scan_len > 1 && blocks > NEV_JPEG_MCU_BLOCKS_MAX) {
        return malformed(j, at, "SOS", "a scan has more than 10 blocks in a unit (B.2.3)");
    }
    return NEV_OK;
}

/* What a progressive scan adds to a component must not be there yet, and what it builds on must (G.1.1.1). */
static bool advance(struct nev_jpeg *j, struct nev_jpeg_component *c)
{
    uint32_t k;

    if (j->band_begin > 0 && c->low_bit[0] < 0) {
        return false;
    }
    for (k = j->band_begin; k <= j->band_end; k++) {
        if (c->low_bit[k] != (j->bit_high == 0 ? -1 : (int)j->bit_high)) {
            return false;
        }
        c->low_bit[k] = (int8_t)j->bit_low;
    }
    return true;
}

static enum nev_status check_progression(struct nev_jpeg *j, size_t at)
{
    bool is_dc = j->band_begin == 0;
    uint32_t i;

    if (j->band_end > 63 || (is_dc ? j->band_end != 0 : j->band_end < j->band_begin || j->scan_len != 1)) {
        return malformed(j, at, "SOS",
                         "a progressive scan has an impossible band of coefficients (G.1.1.1.1)");
    }
    if (j->bit_low > 13 || (j->bit_high != 0 && j->bit_high != j->bit_low + 1)) {
        return malformed(j, at, "SOS", "a progressive scan has impossible bit positions (G.1.1.1.2)");
    }
    for (i = 0; i < j->scan_len; i++) {
        struct nev_jpeg_component *c;

        //@ split j->scan[i];
        c = &j->components[j->scan[i]];
        if (!advance(j, c)) {
            return malformed(j, at, "SOS",
                             "a progressive scan repeats or refines what does not fit those before it");
        }
    }
    return NEV_OK;
}

static enum nev_status check_tables(struct nev_jpeg *j, size_t at)
{
    bool needs_dc = j->band_begin == 0 && j->bit_high == 0;
    bool needs_ac = !j->is_progressive || j->band_begin > 0;
    uint32_t i;

    for (i = 0; i < j->scan_len; i++) {
        struct nev_jpeg_component *c;

        //@ split j->scan[i];
        c = &j->components[j->scan[i]];
        if (!c->is_coded) {
            if (!j->has_quant[c->quant_index]) {
                return malformed(j, at, "SOS", "a component's quantisation table is not defined");
            }
            memcpy(c->quant, j->quant[c->quant_index], sizeof c->quant);
            c->is_coded = true;
        }
        if (j->tables == NULL) {
            continue;
        }
        if ((needs_dc && !j->tables->dc[c->dc_table].is_defined) ||
            (needs_ac && !j->tables->ac[c->ac_table].is_defined)) {
            return malformed(j, at, "SOS", "a scan uses a Huffman table that is not defined");
        }
    }
    return NEV_OK;
}

enum nev_status nev_jpeg_scan_read(struct nev_jpeg *j, size_t at, const uint8_t *data, size_t bytes)
{
    enum nev_status status;
    uint32_t i;

    if (!j->has_frame) {
        return malformed(j, at, "SOS", "a scan stands before the frame header");
    }
    if (bytes < 4 || bytes > 4 + 2 * 4 || data[0] < 1 || data[0] > 4 || bytes != 4 + 2 * (size_t)data[0]) {
        return malformed(j, at, "SOS", "the length of the scan header does not fit its number of components");
    }
    //@ split bytes;
    j->scan_len = (uint32_t)(bytes - 4) / 2;
    status = read_selectors(j, at, data + 1);
    if (status != NEV_OK) {
        return status;
    }
    data += bytes - 3;
    if (j->is_progressive) {
        j->band_begin = data[0];
        j->band_end = data[1];
        j->bit_high = data[2] >> 4;
        j->bit_low = data[2] & 15;
        status = check_progression(j, at);
    } else {
        /* The three bytes have one legal value here and no meaning; some writers leave zeros. */
        j->band_begin = j->bit_high = j->bit_low = 0;
        j->band_end = 63;
        for (i = 0; i < j->scan_len && status == NEV_OK; i++) {
            if (j->components[j->scan[i]].is_coded) {
                status = malformed(j, at, "SOS", "a component stands in two scans of a sequential picture");
            }
        }
        if (j->tables != NULL) {
            nev_jpeg_huffman_default(j->tables);
        }
    }
    return status != NEV_OK ? status : check_tables(j, at);
}
