/* SPDX-License-Identifier: MIT */
/*
 * Inflate: the first four bytes choose the wrapping, the pieces and the room, the rest is the stream.
 */
#include "io/inflate.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

#define ROOM_MAX 65536u

/* The stream in pieces of a few bytes, some of them empty. */
struct pieces {
    const uint8_t *at, *end;
    uint32_t lengths;
};

static bool next(void *ctx, const uint8_t **piece, size_t *piece_bytes)
{
    struct pieces *p = ctx;
    size_t left = (size_t)(p->end - p->at), n = p->lengths & 7;

    if (left == 0) {
        return false;
    }
    p->lengths = p->lengths >> 3 | (p->lengths & 7) << 29 | 1u << 10;
    n = n > left ? left : n;
    *piece = p->at;
    *piece_bytes = n;
    p->at += n;
    return true;
}

struct result {
    enum nev_status status;
    size_t in_used, out_used;
    uint8_t *out;
};

static struct result inflate(const uint8_t *data, size_t bytes, uint32_t lengths, enum nev_inflate_wrap wrap,
                             size_t room, uint8_t fill)
{
    struct pieces pieces = {data, data + bytes, lengths};
    struct nev_inflate_input in = {data, bytes, NULL, NULL};
    struct nev_inflate *work = fuzz_take(sizeof *work, fill);
    struct nev_error err = {0};
    struct result r = {NEV_OK, 0, 0, fuzz_take(room, fill)};

    if (lengths != 0) {
        in = (struct nev_inflate_input){data, 0, next, &pieces};
    }
    r.status = nev_inflate(work, wrap, &in, r.out, room, &r.in_used, &r.out_used, &err);
    if (r.status != NEV_OK) {
        fuzz_check_error(r.status, &err, bytes);
        FUZZ_CHECK(r.in_used == 0 && r.out_used == 0 && fuzz_is_zero(r.out, room));
    }
    FUZZ_CHECK(r.in_used <= bytes && r.out_used <= room);
    fuzz_check_written(r.out, r.out_used);
    fuzz_give(work, sizeof *work);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    enum nev_inflate_wrap wrap;
    struct result whole, cut;
    size_t room;

    if (bytes < 4) {
        return 0;
    }
    wrap = (data[0] & 1) != 0 ? NEV_INFLATE_ZLIB : NEV_INFLATE_RAW;
    room = ((size_t)data[2] << 8 | data[3]) % ROOM_MAX;
    whole = inflate(data + 4, bytes - 4, 0, wrap, room, 0xA5);
    cut = inflate(data + 4, bytes - 4, (uint32_t)data[1] << 8 | 1, wrap, room, 0x5A);
    FUZZ_CHECK(cut.status == whole.status && cut.in_used == whole.in_used && cut.out_used == whole.out_used);
    FUZZ_CHECK(memcmp(cut.out, whole.out, whole.out_used) == 0);
    fuzz_give(cut.out, room);
    if (whole.status == NEV_OK && whole.out_used > 0) {
        cut = inflate(data + 4, bytes - 4, 0, wrap, whole.out_used, 0);
        FUZZ_CHECK(cut.status == NEV_OK && memcmp(cut.out, whole.out, whole.out_used) == 0);
        fuzz_give(cut.out, whole.out_used);
        cut = inflate(data + 4, bytes - 4, 0, wrap, whole.out_used - 1, 0);
        FUZZ_CHECK(cut.status == NEV_ERR_LIMIT);
        fuzz_give(cut.out, whole.out_used - 1);
    }
    fuzz_give(whole.out, room);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t max, unsigned seed)
{
    return fuzz_mutate(data, bytes, max, seed, NULL);
}
