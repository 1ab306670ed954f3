/* SPDX-License-Identifier: MIT */
/*
 * protobuf.h - the wire format of protocol buffers, one field at a time, never past its message.
 *
 * Two rooms read ONNX: weights/ its networks, forest/ its trees.
 * Source     Protocol Buffers documentation, "Encoding". Differs: groups (deprecated) are refused.
 */
#ifndef NEV_BASE_PROTOBUF_H
#define NEV_BASE_PROTOBUF_H

#include <stdint.h>

#include "nn/base/status.h"

/* A message: bytes [at, end) of the file. Reading moves `at`. */
struct nev_pb {
    const uint8_t *mem;
    uint64_t at, end;
    struct nev_error *err;
};

enum nev_pb_wire { NEV_PB_VARINT = 0, NEV_PB_FIXED64 = 1, NEV_PB_BYTES = 2, NEV_PB_FIXED32 = 5 };

struct nev_pb_field {
    uint32_t number;
    uint32_t wire;  /* enum nev_pb_wire */
    uint64_t value; /* of a varint or fixed field */
    uint64_t at;    /* of the content in the file */
    uint64_t len;   /* of the content */
};

/* nev_pb_next - the next field, when pb->at < pb->end. Errors     TRUNCATED, FORMAT, with the offset */
NEV_MUST_CHECK enum nev_status nev_pb_next(struct nev_pb *pb, struct nev_pb_field *f);

/* nev_pb_varint - a varint by itself, as in packed fields. */
NEV_MUST_CHECK enum nev_status nev_pb_varint(struct nev_pb *pb, uint64_t *value);

/* nev_pb_inside - the message that a field of wire type BYTES holds. */
struct nev_pb nev_pb_inside(const struct nev_pb *pb, const struct nev_pb_field *f);

#endif
