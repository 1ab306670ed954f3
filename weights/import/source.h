/* SPDX-License-Identifier: MIT */
/*
 * source.h - what every importer makes of a foreign file: a list of tensors that lie in it.
 *
 * Internal to weights/import/. Names and data point into the caller's mapped file; nothing is copied.
 */
#ifndef NEV_IMPORT_SOURCE_H
#define NEV_IMPORT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/base/status.h"
#include "weights/weights.h"

#define NEV_SOURCE_TENSORS_MAX 4096u

/* Bytes of the file that are text; not NUL-terminated. */
struct nev_slice {
    const char *text;
    size_t len;
};

static inline struct nev_slice nev_slice_of(const uint8_t *p, size_t len)
{
    return (struct nev_slice){(const char *)p, len};
}

bool nev_slice_equal(struct nev_slice a, struct nev_slice b);
bool nev_slice_is(struct nev_slice a, const char *text);
bool nev_slice_ends(struct nev_slice a, const char *suffix);
/* a without the prefix; a itself if it does not start with it. */
struct nev_slice nev_slice_strip(struct nev_slice a, const char *prefix);
/* nev_fail with a slice for the name; an empty one becomes "(empty name)", NUL bytes '?'. */
enum nev_status nev_fail_slice(struct nev_error *err, enum nev_status status, uint64_t offset,
                               struct nev_slice name, const char *what);

enum nev_dtype {
    NEV_DTYPE_NONE = 0, /* no tensor at all */
    NEV_DTYPE_FILL,     /* no data: every element is `fill` */
    NEV_DTYPE_F32,
    NEV_DTYPE_F16,
    NEV_DTYPE_BF16,
    NEV_DTYPE_F64,
    NEV_DTYPE_OTHER1, /* integers and booleans of 1, 2, 4, 8 bytes: listed, never read */
    NEV_DTYPE_OTHER2,
    NEV_DTYPE_OTHER4,
    NEV_DTYPE_OTHER8
};

/* Bytes of one element; 0 for NONE and FILL. */
uint32_t nev_dtype_bytes(enum nev_dtype dtype);

struct nev_source_tensor {
    struct nev_slice name;
    enum nev_dtype dtype;
    float fill;
    uint32_t ndim;                    /* as stored; with more than 4 all dims are 0, and no network has it */
    uint32_t dim[NEV_TENSOR_DIMS];    /* dims past ndim are 1 */
    uint64_t stride[NEV_TENSOR_DIMS]; /* in elements */
    uint64_t len;                     /* elements */
    const uint8_t *data;              /* the first element */
    uint64_t offset;                  /* of data in the file */
};

/*
 * nev_source_shape - set ndim, dim, len and row-major strides.
 * Errors     LIMIT: a dimension or the number of elements does not fit 32 bits
 */
NEV_MUST_CHECK enum nev_status nev_source_shape(struct nev_source_tensor *t, const uint64_t *dim,
                                                uint32_t ndim, struct nev_error *err);

/*
 * nev_source_adapt - view a source's tensor as what the network needs.
 * Computes   A fully connected layer may be stored as a 1x1 convolution and the other way round. With
 *            `may_drop_background`, 1001 rows where 1000 are needed lose the first (TensorFlow's background).
 * Errors     SHAPE, UNSUPPORTED (not a floating-point tensor); *to is then unspecified
 */
NEV_MUST_CHECK enum nev_status nev_source_adapt(const struct nev_source_tensor *from,
                                                const struct nev_tensor_spec *spec, bool may_drop_background,
                                                struct nev_source_tensor *to, struct nev_error *err);

/*
 * nev_source_store - write an adapted tensor as little-endian float32, row-major.
 * Numerics   float16 and bfloat16 are exact in float32; float64 is rounded to nearest even
 * Errors     VALUE: NaN, infinity (also by rounding), negative variance; with the offset in the source
 */
NEV_MUST_CHECK enum nev_status nev_source_store(const struct nev_source_tensor *t,
                                                const struct nev_tensor_spec *spec, uint8_t *payload_le,
                                                struct nev_error *err);

#endif
