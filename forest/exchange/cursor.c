/* SPDX-License-Identifier: MIT */
#include "forest/exchange/cursor.h"

#include <string.h>

#include "nn/base/bytes.h"

struct nev_cursor nev_cursor_begin(const uint8_t *mem, uint64_t at, uint64_t end, uint32_t number,
                                   uint32_t item, struct nev_error *err)
{
    struct nev_cursor c = {{mem, at, end, err}, {mem, end, end, err}, number, item};

    return c;
}

/* The next value of a packed run that is not empty. */
static enum nev_status next_packed(struct nev_cursor *c, struct nev_cursor_value *value)
{
    const uint8_t *p = c->packed.mem + c->packed.at;

    value->at = c->packed.at;
    if (c->item == NEV_CURSOR_VARINT) {
        return nev_pb_varint(&c->packed, &value->bits);
    }
    value->bits = c->item == NEV_CURSOR_F32 ? nev_load_u32le(p) : nev_load_u64le(p);
    c->packed.at += c->item;
    return NEV_OK;
}

/* Is this field one value, or several packed ones? */
static enum nev_status take_field(struct nev_cursor *c, const struct nev_pb_field *f,
                                  struct nev_cursor_value *value, bool *is_one)
{
    static const char wrong[] = "a list holds values of another type";

    *is_one = true;
    value->bits = f->value;
    value->at = f->at;
    value->len = f->len;
    switch (f->wire) {
    case NEV_PB_VARINT:
        return c->item == NEV_CURSOR_VARINT ? NEV_OK
                                            : nev_fail(c->message.err, NEV_ERR_FORMAT, f->at, "list", wrong);
    case NEV_PB_FIXED32:
        return c->item == NEV_CURSOR_F32 ? NEV_OK
                                         : nev_fail(c->message.err, NEV_ERR_FORMAT, f->at, "list", wrong);
    case NEV_PB_FIXED64:
        return c->item == NEV_CURSOR_F64 ? NEV_OK
                                         : nev_fail(c->message.err, NEV_ERR_FORMAT, f->at, "list", wrong);
    default:
        break;
    }
    if (c->item == NEV_CURSOR_TEXT) {
        return NEV_OK;
    }
    *is_one = false;
    c->packed = nev_pb_inside(&c->message, f);
    if (c->item != NEV_CURSOR_VARINT && f->len % c->item != 0) {
        return nev_fail(c->message.err, NEV_ERR_FORMAT, f->at, "list", "a packed list ends within a number");
    }
    return NEV_OK;
}

enum nev_status nev_cursor_next(struct nev_cursor *c, struct nev_cursor_value *value, bool *is_end)
{
    struct nev_pb_field f;
    enum nev_status status = NEV_OK;
    bool is_one = false;

    memset(value, 0, sizeof *value);
    *is_end = false;
    while (status == NEV_OK && !is_one && c->packed.at >= c->packed.end) {
        if (c->message.at >= c->message.end) {
            *is_end = true;
            return NEV_OK;
        }
        if ((status = nev_pb_next(&c->message, &f)) == NEV_OK && f.number == c->number) {
            status = take_field(c, &f, value, &is_one);
        }
    }
    return status != NEV_OK || is_one ? status : next_packed(c, value);
}
