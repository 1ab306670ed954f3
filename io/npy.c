/* SPDX-License-Identifier: MIT */
#include "io/npy.h"

#include <string.h>

#include "nn/base/bytes.h"
#include "nn/base/size.h"

#define MAGIC_BYTES 6 /* 0x93, then "NUMPY"; two bytes of version and the header's length follow */

/* The header text: a Python dictionary with the keys descr, fortran_order and shape. */
struct text {
    const uint8_t *mem; /* the whole file */
    size_t at, end;     /* what is left of the header */
    unsigned seen;      /* keys already read: 1 descr, 2 fortran_order, 4 shape */
    struct nev_error *err;
};

static enum nev_status fail_here(const struct text *t, enum nev_status status, const char *what)
{
    return nev_fail(t->err, status, t->at, "header", what);
}

static void skip_blanks(struct text *t)
{
    while (t->at < t->end && (t->mem[t->at] == ' ' || t->mem[t->at] == '\t' || t->mem[t->at] == '\n')) {
        t->at++;
    }
}

/* Takes one character, blanks before it skipped. */
static bool take(struct text *t, char c)
{
    skip_blanks(t);
    if (t->at == t->end || t->mem[t->at] != (uint8_t)c) {
        return false;
    }
    t->at++;
    return true;
}

static bool take_word(struct text *t, const char *word)
{
    size_t len = strlen(word);

    skip_blanks(t);
    if (t->end - t->at < len || memcmp(t->mem + t->at, word, len) != 0) {
        return false;
    }
    t->at += len;
    return true;
}

/* Takes a quoted string without escapes; *len is 0 if there is none. */
static const uint8_t *take_string(struct text *t, size_t *len)
{
    const uint8_t *begin;
    size_t i;
    uint8_t quote;

    *len = 0;
    skip_blanks(t);
    if (t->at == t->end || (t->mem[t->at] != '\'' && t->mem[t->at] != '"')) {
        return NULL;
    }
    quote = t->mem[t->at];
    begin = t->mem + t->at + 1;
    for (i = t->at + 1; i < t->end && t->mem[i] != quote; i++) {
        if (t->mem[i] == '\\') {
            return NULL;
        }
    }
    if (i == t->end) {
        return NULL;
    }
    *len = i - t->at - 1;
    t->at = i + 1;
    return begin;
}

static bool kind_ok(char kind, uint32_t item_bytes)
{
    switch (kind) {
    case NEV_NPY_FLOAT:
        return item_bytes == 4 || item_bytes == 8;
    case NEV_NPY_INT:
    case NEV_NPY_UINT:
        return item_bytes == 1 || item_bytes == 2 || item_bytes == 4 || item_bytes == 8;
    case NEV_NPY_BOOL:
        return item_bytes == 1;
    default:
        return false;
    }
}

static enum nev_status take_descr(struct text *t, struct nev_npy *npy)
{
    size_t len, start;
    const uint8_t *s;
    char order;

    skip_blanks(t);
    start = t->at;
    s = take_string(t, &len);
    if (s == NULL) {
        return fail_here(t, NEV_ERR_UNSUPPORTED,
                         "the item type is a structure; save one plain array of numbers");
    }
    t->at = start;
    if (len >= 1 && (s[0] == 'O' || (len >= 2 && s[1] == 'O'))) {
        return fail_here(t, NEV_ERR_FORBIDDEN,
                         "an array of Python objects is a pickle, which is never executed; save numbers");
    }
    order = len == 3 ? (char)s[0] : '\0';
    npy->item_bytes = len == 3 ? (uint32_t)(s[2] - '0') : 0;
    if (len != 3 || !kind_ok((char)s[1], npy->item_bytes) ||
        (order != '<' && order != '>' && !(order == '|' && npy->item_bytes == 1))) {
        return fail_here(t, NEV_ERR_UNSUPPORTED,
                         "the item type is none of f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1; convert with astype");
    }
    npy->kind = (enum nev_npy_kind)s[1];
    npy->is_big_endian = order == '>' && npy->item_bytes > 1;
    t->at = start + len + 2;
    return NEV_OK;
}

static enum nev_status take_order(struct text *t)
{
    if (take_word(t, "False")) {
        return NEV_OK;
    }
    if (take_word(t, "True")) {
        t->at -= 4;
        return fail_here(t, NEV_ERR_UNSUPPORTED,
                         "the array is in Fortran order; save numpy.ascontiguousarray of it");
    }
    return fail_here(t, NEV_ERR_FORMAT, "fortran_order must be True or False");
}

static enum nev_status take_dim(struct text *t, size_t *dim)
{
    uint64_t value = 0;
    size_t start;

    skip_blanks(t);
    start = t->at;
    for (; t->at < t->end && t->mem[t->at] >= '0' && t->mem[t->at] <= '9'; t->at++) {
        uint32_t digit = t->mem[t->at] - (uint32_t)'0';

        if (value > (SIZE_MAX - digit) / 10) {
            return fail_here(t, NEV_ERR_LIMIT, "this dimension is larger than memory");
        }
        value = value * 10 + digit;
    }
    if (t->at == start) {
        return fail_here(t, NEV_ERR_FORMAT, "a dimension must be a whole number");
    }
    if (t->at < t->end && t->mem[t->at] == 'L') { /* Python 2 wrote 600L */
        t->at++;
    }
    *dim = (size_t)value;
    return NEV_OK;
}

static enum nev_status take_shape(struct text *t, struct nev_npy *npy)
{
    size_t dim[2] = {1, 1};
    enum nev_status status;

    if (!take(t, '(')) {
        return fail_here(t, NEV_ERR_FORMAT, "the shape must be in parentheses");
    }
    for (npy->ndim = 0; !take(t, ')'); npy->ndim++) {
        if (npy->ndim == 2) {
            return fail_here(t, NEV_ERR_UNSUPPORTED, "the array has more than 2 dimensions; reshape it");
        }
        status = take_dim(t, &dim[npy->ndim]);
        if (status != NEV_OK) {
            return status;
        }
        if (!take(t, ',')) {
            /* One number in parentheses without a comma is no tuple. */
            if (npy->ndim == 0 || !take(t, ')')) {
                return fail_here(t, NEV_ERR_FORMAT, "a comma or a parenthesis is missing in the shape");
            }
            npy->ndim++;
            break;
        }
    }
    if (npy->ndim == 0) {
        return fail_here(t, NEV_ERR_UNSUPPORTED, "the file holds a single number, not an array");
    }
    npy->rows = dim[0];
    npy->cols = dim[1];
    return NEV_OK;
}

static enum nev_status take_entry(struct text *t, struct nev_npy *npy)
{
    static const char *const keys[3] = {"descr", "fortran_order", "shape"};
    size_t len, start = t->at;
    const uint8_t *s = take_string(t, &len);
    unsigned i;

    for (i = 0; i < 3 && (s == NULL || len != strlen(keys[i]) || memcmp(s, keys[i], len) != 0); i++) {
    }
    if (i == 3 || (t->seen >> i & 1) != 0) {
        t->at = start;
        return fail_here(t, NEV_ERR_FORMAT, "the keys must be descr, fortran_order and shape, once each");
    }
    t->seen |= 1u << i;
    if (!take(t, ':')) {
        return fail_here(t, NEV_ERR_FORMAT, "a colon is missing behind this key");
    }
    return i == 0 ? take_descr(t, npy) : i == 1 ? take_order(t) : take_shape(t, npy);
}

static enum nev_status take_dictionary(struct text *t, struct nev_npy *npy)
{
    enum nev_status status;

    if (!take(t, '{')) {
        return fail_here(t, NEV_ERR_FORMAT, "the header is not a dictionary");
    }
    while (!take(t, '}')) {
        status = take_entry(t, npy);
        if (status != NEV_OK) {
            return status;
        }
        if (!take(t, ',')) {
            if (!take(t, '}')) {
                return fail_here(t, NEV_ERR_FORMAT, "a comma or a brace is missing in the header");
            }
            break;
        }
    }
    if (t->seen != 7) {
        return fail_here(t, NEV_ERR_MISSING, "the header lacks one of descr, fortran_order and shape");
    }
    skip_blanks(t);
    return t->at == t->end ? NEV_OK : fail_here(t, NEV_ERR_FORMAT, "text follows the header's dictionary");
}

/* The magic, the version and the length of the header text, which is then [t->at, t->end). */
static enum nev_status open_header(struct text *t, size_t bytes)
{
    static const uint8_t magic[MAGIC_BYTES] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
    const uint8_t *p = t->mem;
    size_t have = bytes < MAGIC_BYTES ? bytes : MAGIC_BYTES;
    uint32_t header_bytes;

    if (bytes == 0) {
        return nev_fail(t->err, NEV_ERR_TRUNCATED, 0, "magic", "the file is empty");
    }
    if (memcmp(p, magic, have) != 0) {
        return nev_fail(t->err, NEV_ERR_FORMAT, 0, "magic", "this is not an .npy file");
    }
    if (bytes < MAGIC_BYTES + 4) {
        return nev_fail(t->err, NEV_ERR_TRUNCATED, bytes, "magic", "the file ends in its first bytes");
    }
    if (p[6] < 1 || p[6] > 3 || p[7] != 0) {
        return nev_fail(t->err, NEV_ERR_VERSION, 6, "version", "only versions 1.0, 2.0 and 3.0 are read");
    }
    if (p[6] > 1 && bytes < MAGIC_BYTES + 6) {
        return nev_fail(t->err, NEV_ERR_TRUNCATED, bytes, "magic", "the file ends in its first bytes");
    }
    t->at = p[6] == 1 ? MAGIC_BYTES + 4 : MAGIC_BYTES + 6;
    header_bytes = p[6] == 1 ? nev_load_u16le(p + 8) : nev_load_u32le(p + 8);
    if (header_bytes > bytes - t->at) {
        return nev_fail(t->err, NEV_ERR_TRUNCATED, bytes, "header", "the file ends in its header");
    }
    t->end = t->at + header_bytes;
    return NEV_OK;
}

static enum nev_status open_checked(struct nev_npy *npy, struct text *t, size_t bytes)
{
    enum nev_status status = open_header(t, bytes);
    size_t data_bytes;

    if (status == NEV_OK) {
        status = take_dictionary(t, npy);
    }
    if (status != NEV_OK) {
        return status;
    }
    if (!nev_size_mul(npy->rows, npy->cols, &npy->len) ||
        !nev_size_mul(npy->len, npy->item_bytes, &data_bytes)) {
        return nev_fail(t->err, NEV_ERR_LIMIT, t->end, "shape", "the array is larger than memory");
    }
    if (data_bytes > bytes - t->end) {
        return nev_fail(t->err, NEV_ERR_TRUNCATED, bytes, "data", "the file ends before its last item");
    }
    if (data_bytes < bytes - t->end) {
        return nev_fail(t->err, NEV_ERR_FORMAT, t->end + data_bytes, "data", "bytes follow the last item");
    }
    npy->data = t->mem + t->end;
    npy->data_offset = t->end;
    return NEV_OK;
}

enum nev_status nev_npy_open(struct nev_npy *npy, const void *mem, size_t bytes, struct nev_error *err)
{
    struct text t = {mem, 0, 0, 0, err};
    enum nev_status status;

    memset(npy, 0, sizeof *npy);
    status = open_checked(npy, &t, bytes);
    if (status != NEV_OK) {
        memset(npy, 0, sizeof *npy);
    }
    return status;
}
