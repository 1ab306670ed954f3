/* SPDX-License-Identifier: MIT */
/*
 * build.h - small writers of the foreign formats, so that tests can make good files and break them.
 *
 * They share nothing with the readers under test but the integer stores of bytes.h.
 */
#ifndef NEV_TESTS_WEIGHTS_BUILD_H
#define NEV_TESTS_WEIGHTS_BUILD_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/base/bytes.h"
#include "nn/base/crc32.h"

/* Bytes that grow. */
struct build {
    uint8_t *p;
    size_t len, room;
};

static inline uint8_t *build_room(struct build *b, size_t n)
{
    if (b->room - b->len < n) {
        b->room = 2 * b->room + n + 256;
        b->p = realloc(b->p, b->room);
        assert_non_null(b->p);
    }
    b->len += n;
    return b->p + (b->len - n);
}

static inline void build_bytes(struct build *b, const void *data, size_t n)
{
    if (n != 0) {
        memcpy(build_room(b, n), data, n);
    }
}

static inline void build_text(struct build *b, const char *text)
{
    build_bytes(b, text, strlen(text));
}

static inline void build_u8(struct build *b, unsigned v)
{
    *build_room(b, 1) = (uint8_t)v;
}

static inline void build_u16(struct build *b, unsigned v)
{
    nev_store_u16le(build_room(b, 2), (uint16_t)v);
}

static inline void build_u32(struct build *b, uint32_t v)
{
    nev_store_u32le(build_room(b, 4), v);
}

static inline void build_u64(struct build *b, uint64_t v)
{
    nev_store_u64le(build_room(b, 8), v);
}

static inline void build_free(struct build *b)
{
    free(b->p);
    memset(b, 0, sizeof *b);
}

/* Zip archives: entries first, then the directory. */
struct build_zip {
    struct build out, directory;
    unsigned len;
    bool has_descriptors; /* sizes behind the data, as PyTorch writes them */
    bool is_zip64;        /* sizes and ends in 64 bits */
};

static inline void build_zip_header(struct build *b, const struct build_zip *z, const char *name,
                                    uint32_t crc, size_t bytes, bool is_local)
{
    bool is_hidden = is_local && z->has_descriptors;
    unsigned extra = z->is_zip64 && !is_hidden ? (is_local ? 20 : 28) : 0;

    build_u16(b, z->has_descriptors ? 8 : 0);
    build_u16(b, 0); /* stored */
    build_u32(b, 0); /* time, date */
    build_u32(b, is_hidden ? 0 : crc);
    build_u32(b, is_hidden ? 0 : z->is_zip64 ? 0xFFFFFFFF : (uint32_t)bytes);
    build_u32(b, is_hidden ? 0 : z->is_zip64 ? 0xFFFFFFFF : (uint32_t)bytes);
    build_u16(b, (unsigned)strlen(name));
    build_u16(b, extra);
}

static inline void build_zip_add(struct build_zip *z, const char *name, const void *data, size_t bytes)
{
    uint32_t crc = nev_crc32(0, data, bytes);
    size_t at = z->out.len;
    struct build *d = &z->directory;

    build_u32(&z->out, 0x04034b50);
    build_u16(&z->out, z->is_zip64 ? 45 : 20);
    build_zip_header(&z->out, z, name, crc, bytes, true);
    build_text(&z->out, name);
    if (z->is_zip64 && !z->has_descriptors) {
        build_u16(&z->out, 1);
        build_u16(&z->out, 16);
        build_u64(&z->out, bytes);
        build_u64(&z->out, bytes);
    }
    build_bytes(&z->out, data, bytes);
    if (z->has_descriptors) {
        build_u32(&z->out, 0x08074b50);
        build_u32(&z->out, crc);
        if (z->is_zip64) {
            build_u64(&z->out, bytes);
            build_u64(&z->out, bytes);
        } else {
            build_u32(&z->out, (uint32_t)bytes);
            build_u32(&z->out, (uint32_t)bytes);
        }
    }
    build_u32(d, 0x02014b50);
    build_u16(d, 45);
    build_u16(d, z->is_zip64 ? 45 : 20);
    build_zip_header(d, z, name, crc, bytes, false);
    build_u16(d, 0); /* comment */
    build_u16(d, 0); /* disk */
    build_u16(d, 0);
    build_u32(d, 0);
    build_u32(d, z->is_zip64 ? 0xFFFFFFFF : (uint32_t)at);
    build_text(d, name);
    if (z->is_zip64) {
        build_u16(d, 1);
        build_u16(d, 24);
        build_u64(d, bytes);
        build_u64(d, bytes);
        build_u64(d, at);
    }
    z->len++;
}

static inline void build_zip_end(struct build_zip *z)
{
    struct build *b = &z->out;
    size_t at = b->len, bytes = z->directory.len, end64;

    build_bytes(b, z->directory.p, bytes);
    end64 = b->len;
    if (z->is_zip64) {
        build_u32(b, 0x06064b50);
        build_u64(b, 44);
        build_u16(b, 45);
        build_u16(b, 45);
        build_u64(b, 0); /* disks */
        build_u64(b, z->len);
        build_u64(b, z->len);
        build_u64(b, bytes);
        build_u64(b, at);
        build_u32(b, 0x07064b50);
        build_u32(b, 0);
        build_u64(b, end64);
        build_u32(b, 1);
    }
    build_u32(b, 0x06054b50);
    build_u32(b, 0);
    build_u16(b, z->is_zip64 ? 0xFFFF : z->len);
    build_u16(b, z->is_zip64 ? 0xFFFF : z->len);
    build_u32(b, z->is_zip64 ? 0xFFFFFFFF : (uint32_t)bytes);
    build_u32(b, z->is_zip64 ? 0xFFFFFFFF : (uint32_t)at);
    build_u16(b, 0);
}

static inline void build_zip_free(struct build_zip *z)
{
    build_free(&z->out);
    build_free(&z->directory);
    z->len = 0;
}

/* Pickles: the opcodes PyTorch writes, without memo. */
static inline void build_pickle_text(struct build *b, const char *text)
{
    build_u8(b, 'X');
    build_u32(b, (uint32_t)strlen(text));
    build_text(b, text);
}

static inline void build_pickle_int(struct build *b, uint32_t v)
{
    build_u8(b, 'J');
    build_u32(b, v);
}

static inline void build_pickle_global(struct build *b, const char *module, const char *name)
{
    build_u8(b, 'c');
    build_text(b, module);
    build_u8(b, '\n');
    build_text(b, name);
    build_u8(b, '\n');
}

/* An empty OrderedDict on the stack. */
static inline void build_pickle_dict(struct build *b)
{
    build_pickle_global(b, "collections", "OrderedDict");
    build_text(b, ")R");
}

static inline void build_pickle_tuple(struct build *b, const uint32_t *v, uint32_t len)
{
    uint32_t i;

    build_u8(b, '(');
    for (i = 0; i < len; i++) {
        build_pickle_int(b, v[i]);
    }
    build_u8(b, 't');
}

/* One tensor of a state_dict, as a value on the stack. */
struct build_tensor {
    const char *storage; /* "FloatStorage" */
    const char *key;
    uint32_t storage_len, offset, ndim;
    uint32_t dim[5], stride[5];
};

static inline void build_pickle_tensor(struct build *b, const struct build_tensor *t)
{
    build_pickle_global(b, "torch._utils", "_rebuild_tensor_v2");
    build_text(b, "((");
    build_pickle_text(b, "storage");
    build_pickle_global(b, "torch", t->storage);
    build_pickle_text(b, t->key);
    build_pickle_text(b, "cpu");
    build_pickle_int(b, t->storage_len);
    build_text(b, "tQ");
    build_pickle_int(b, t->offset);
    build_pickle_tuple(b, t->dim, t->ndim);
    build_pickle_tuple(b, t->stride, t->ndim);
    build_u8(b, 0x89);
    build_pickle_dict(b);
    build_text(b, "tR");
}

/* Protocol buffers. */
static inline void build_varint(struct build *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7) {
        build_u8(b, (unsigned)(v & 0x7F) | 0x80);
    }
    build_u8(b, (unsigned)v);
}

static inline void build_pb_int(struct build *b, unsigned number, uint64_t v)
{
    build_varint(b, (uint64_t)number << 3);
    build_varint(b, v);
}

static inline void build_pb_bytes(struct build *b, unsigned number, const void *data, size_t n)
{
    build_varint(b, (uint64_t)number << 3 | 2);
    build_varint(b, n);
    build_bytes(b, data, n);
}

static inline void build_pb_text(struct build *b, unsigned number, const char *text)
{
    build_pb_bytes(b, number, text, strlen(text));
}

/* A copy of exactly n bytes, so that a sanitizer sees every read past them. */
static inline uint8_t *build_exact(const uint8_t *p, size_t n)
{
    uint8_t *copy = malloc(n + (n == 0));

    assert_non_null(copy);
    if (n != 0) {
        memcpy(copy, p, n);
    }
    return copy;
}

#endif
