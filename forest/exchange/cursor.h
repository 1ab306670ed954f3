/* SPDX-License-Identifier: MIT */
/*
 * cursor.h - the values of a repeated field of a protocol buffer, one after another, packed or not.
 */
#ifndef NEV_FOREST_CURSOR_H
#define NEV_FOREST_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "nn/base/protobuf.h"

enum { NEV_CURSOR_VARINT = 0, NEV_CURSOR_F32 = 4, NEV_CURSOR_F64 = 8, NEV_CURSOR_TEXT = 255 };

struct nev_cursor {
    struct nev_pb message, packed;
    uint32_t number; /* of the field */
    uint32_t item;   /* NEV_CURSOR_... */
};

struct nev_cursor_value {
    uint64_t bits;    /* of a varint or float */
    uint64_t at, len; /* its bytes in the file: the text itself */
};

/* nev_cursor_begin - the values of field `number` in the message mem[at, end). */
struct nev_cursor nev_cursor_begin(const uint8_t *mem, uint64_t at, uint64_t end, uint32_t number,
                                   uint32_t item, struct nev_error *err);

/*
 * nev_cursor_next - the next value; *is_end if there is none.
 * Errors     of the wire format; FORMAT: another type than the item's
 */
NEV_MUST_CHECK enum nev_status nev_cursor_next(struct nev_cursor *c, struct nev_cursor_value *value,
                                               bool *is_end);

#endif
