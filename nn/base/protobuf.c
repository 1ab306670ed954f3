/* SPDX-License-Identifier: MIT */
#include "nn/base/protobuf.h"

#include "nn/base/bytes.h"

enum nev_status nev_pb_varint(struct nev_pb *pb, uint64_t *value)
{
    uint64_t v = 0;
    unsigned shift;

    for (shift = 0; shift < 70; shift += 7) {
        uint8_t byte;

        if (pb->at >= pb->end) {
            return nev_fail(pb->err, NEV_ERR_TRUNCATED, pb->at, "protobuf", "a message ends inside a number");
        }
        byte = pb->mem[pb->at++];
        if (shift == 63 && byte > 1) {
            break;
        }
        v |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *value = v;
            return NEV_OK;
        }
    }
    return nev_fail(pb->err, NEV_ERR_FORMAT, pb->at - 1, "protobuf", "a number has more than 64 bits");
}

enum nev_status nev_pb_next(struct nev_pb *pb, struct nev_pb_field *f)
{
    uint64_t key, start = pb->at;
    enum nev_status s = nev_pb_varint(pb, &key);

    if (s != NEV_OK) {
        return s;
    }
    f->wire = (uint32_t)(key & 7);
    if (key >> 3 == 0 || key >> 3 > 0x1FFFFFFF) {
        return nev_fail(pb->err, NEV_ERR_FORMAT, start, "protobuf", "a field's number is out of range");
    }
    f->number = (uint32_t)(key >> 3);
    f->value = 0;
    f->at = pb->at;
    switch (f->wire) {
    case NEV_PB_VARINT:
        s = nev_pb_varint(pb, &f->value);
        f->len = pb->at - f->at;
        return s;
    case NEV_PB_FIXED64:
        f->len = 8;
        break;
    case NEV_PB_FIXED32:
        f->len = 4;
        break;
    case NEV_PB_BYTES:
        if ((s = nev_pb_varint(pb, &f->len)) != NEV_OK) {
            return s;
        }
        f->at = pb->at;
        break;
    default:
        return nev_fail(pb->err, NEV_ERR_FORMAT, start, "protobuf",
                        "a field has an unknown or obsolete type: another kind of file, or a damaged one");
    }
    if (f->len > pb->end - pb->at) {
        return nev_fail(pb->err, NEV_ERR_TRUNCATED, start, "protobuf",
                        "a field promises more bytes than its message has");
    }
    if (f->wire != NEV_PB_BYTES) {
        f->value = f->len == 8 ? nev_load_u64le(pb->mem + f->at) : nev_load_u32le(pb->mem + f->at);
    }
    pb->at += f->len;
    return NEV_OK;
}

struct nev_pb nev_pb_inside(const struct nev_pb *pb, const struct nev_pb_field *f)
{
    return (struct nev_pb){pb->mem, f->at, f->at + f->len, pb->err};
}
