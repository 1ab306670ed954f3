/* SPDX-License-Identifier: MIT */
#include "weights/import/torch.h"

#include <string.h>

#include "weights/import/pickle.h"
#include "weights/import/zip.h"

#define DIMS_MAX 8u

/* An archive, its pickle and the folder in which its entries lie. */
struct archive {
    struct nev_zip zip;
    struct nev_zip_entry *pickle;
    struct nev_slice folder; /* "resnet18/" or "" */
    struct nev_pickle machine;
    struct nev_error *err;
};

static enum nev_status missing_pickle(struct nev_error *err)
{
    return nev_fail(err, NEV_ERR_MISSING, NEV_NO_OFFSET, "data.pkl",
                    "this zip archive is no PyTorch checkpoint: it has no data.pkl");
}

static bool is_pickle(struct nev_slice name)
{
    return nev_slice_is(name, "data.pkl") || nev_slice_ends(name, "/data.pkl");
}

/* data.pkl at the top or in one folder. TorchScript archives have code and constants beside it. */
static enum nev_status find_pickle(struct archive *a)
{
    uint32_t i;

    a->pickle = NULL;
    for (i = 0; i < a->zip.len; i++) {
        struct nev_zip_entry *e = &a->zip.entry[i];

        if (nev_slice_ends(e->name, "constants.pkl")) {
            return nev_fail_slice(a->err, NEV_ERR_UNSUPPORTED, e->offset, e->name,
                                  "this is a TorchScript program, not a state_dict; load it in PyTorch and "
                                  "torch.save(model.state_dict(), FILE)");
        }
        if (a->pickle == NULL && is_pickle(e->name)) {
            a->pickle = e;
            a->folder = (struct nev_slice){e->name.text, e->name.len - strlen("data.pkl")};
        }
    }
    return a->pickle == NULL ? missing_pickle(a->err) : NEV_OK;
}

/* Archives say "little" or nothing; the storages of the others would have to be turned. */
static enum nev_status check_byte_order(struct archive *a)
{
    const struct nev_zip_entry *e = nev_zip_find(&a->zip, a->folder, (struct nev_slice){"byteorder", 9});

    if (e != NULL && !nev_slice_is(nev_slice_of(a->zip.mem + e->offset, (size_t)e->bytes), "little")) {
        return nev_fail_slice(a->err, NEV_ERR_UNSUPPORTED, e->offset, e->name,
                              "the checkpoint's numbers are not little-endian; save it on another machine");
    }
    return NEV_OK;
}

enum nev_status nev_torch_arena_bytes(const uint8_t *mem, size_t bytes, size_t *arena_bytes,
                                      struct nev_error *err)
{
    struct nev_zip zip;
    struct nev_zip_entry e;
    enum nev_status s = nev_zip_begin(&zip, mem, bytes, err);
    uint64_t pickle_bytes = 0;
    uint32_t i;

    *arena_bytes = 0;
    for (i = 0; s == NEV_OK && i < zip.len; i++) {
        s = nev_zip_next(&zip, &e, err);
        if (s == NEV_OK && pickle_bytes == 0 && is_pickle(e.name)) {
            pickle_bytes = e.bytes < NEV_PICKLE_BYTES_MAX ? e.bytes : NEV_PICKLE_BYTES_MAX;
        }
    }
    if (s == NEV_OK) {
        *arena_bytes = zip.len * sizeof(struct nev_zip_entry) + nev_pickle_arena_bytes((size_t)pickle_bytes) +
                       NEV_SOURCE_TENSORS_MAX * sizeof(struct nev_source_tensor) + (size_t)2 * 8;
    }
    return s;
}

static enum nev_status bad_tensor(const struct archive *a, const struct nev_source_tensor *t,
                                  const struct nev_pickle_value *v, const char *what)
{
    return nev_fail_slice(a->err, NEV_ERR_FORMAT, v->n, t->name, what);
}

/* The entry data/KEY that holds a storage, its size and CRC checked. */
static enum nev_status find_storage(struct archive *a, const struct nev_pickle_value *storage,
                                    const struct nev_source_tensor *t, struct nev_zip_entry **entry)
{
    const struct nev_pickle_value *id = &a->machine.value[storage->a];
    struct nev_slice key = nev_pickle_text(&a->machine, nev_pickle_item(&a->machine, id, 2));
    uint64_t len = nev_pickle_item(&a->machine, id, 4)->n, width = nev_dtype_bytes(t->dtype);
    char path[64] = "data/";

    if (key.len == 0 || key.len > sizeof path - 5) {
        return nev_fail_slice(a->err, NEV_ERR_FORMAT, a->pickle->offset, key,
                              "a storage's key is empty or too long");
    }
    memcpy(path + 5, key.text, key.len);
    *entry = nev_zip_find(&a->zip, a->folder, (struct nev_slice){path, key.len + 5});
    if (*entry == NULL) {
        return nev_fail_slice(a->err, NEV_ERR_MISSING, a->pickle->offset,
                              (struct nev_slice){path, key.len + 5},
                              "the archive lacks a storage that a tensor refers to");
    }
    if (len > (*entry)->bytes / width || len * width != (*entry)->bytes) {
        return nev_fail_slice(a->err, NEV_ERR_SHAPE, (*entry)->offset, (*entry)->name,
                              "a storage has not the size that the pickle states");
    }
    return nev_zip_check(&a->zip, *entry, a->err);
}

/* A tuple of non-negative integers below 2^32. */
static bool load_numbers(const struct nev_pickle *m, const struct nev_pickle_value *tuple, uint64_t *to,
                         uint32_t *len)
{
    uint32_t i;

    if (tuple == NULL || tuple->type != NEV_PICKLE_TUPLE || tuple->a > DIMS_MAX) {
        return false;
    }
    *len = tuple->a;
    for (i = 0; i < tuple->a; i++) {
        const struct nev_pickle_value *v = nev_pickle_item(m, tuple, i);

        if (v->type != NEV_PICKLE_INT || v->n > UINT32_MAX) {
            return false;
        }
        to[i] = v->n;
    }
    return true;
}

/* Strides may be anything as long as the last element lies in the storage. */
static bool is_inside(struct nev_source_tensor *t, const uint64_t *stride, uint64_t first,
                      uint64_t storage_len)
{
    uint64_t room;
    uint32_t d;

    if (t->len == 0 || t->ndim > NEV_TENSOR_DIMS) {
        return first <= storage_len && t->len <= storage_len - first; /* never read: no network has it */
    }
    if (first >= storage_len) {
        return false;
    }
    room = storage_len - 1 - first;
    for (d = 0; d < t->ndim; d++) {
        uint64_t span = (t->dim[d] - (uint64_t)1) * stride[d]; /* Bounds: both are below 2^32 */

        if (span > room) {
            return false;
        }
        room -= span;
        t->stride[d] = stride[d];
    }
    return true;
}

static enum nev_status read_tensor(struct archive *a, const struct nev_pickle_value *v,
                                   struct nev_source_tensor *t)
{
    const struct nev_pickle *m = &a->machine;
    const struct nev_pickle_value *args = &m->value[v->a], *storage = nev_pickle_item(m, args, 0);
    const struct nev_pickle_value *first = nev_pickle_item(m, args, 1);
    uint64_t dim[DIMS_MAX], stride[DIMS_MAX];
    uint32_t ndim, strides;
    struct nev_zip_entry *e = NULL;
    enum nev_status s;

    if (storage == NULL || storage->type != NEV_PICKLE_STORAGE || first == NULL ||
        first->type != NEV_PICKLE_INT || first->n > UINT32_MAX ||
        !load_numbers(m, nev_pickle_item(m, args, 2), dim, &ndim) ||
        !load_numbers(m, nev_pickle_item(m, args, 3), stride, &strides) || ndim != strides) {
        return bad_tensor(a, t, v, "a tensor is not described by a storage, an offset, sizes and strides");
    }
    t->dtype = nev_pickle_dtype(nev_pickle_item(m, &m->value[storage->a], 1));
    if ((s = find_storage(a, storage, t, &e)) != NEV_OK) {
        return s;
    }
    t->offset = e->offset;
    if ((s = nev_source_shape(t, dim, ndim, a->err)) != NEV_OK) {
        return s;
    }
    if (!is_inside(t, stride, first->n, e->bytes / nev_dtype_bytes(t->dtype))) {
        return nev_fail_slice(a->err, NEV_ERR_SHAPE, t->offset, t->name,
                              "a tensor reaches past the end of its storage");
    }
    t->offset += first->n * nev_dtype_bytes(t->dtype);
    t->data = a->zip.mem + t->offset;
    return NEV_OK;
}

/* The dict with the tensors: the root, or what stands in it under one of the usual keys. */
static const struct nev_pickle_value *find_dict(const struct nev_pickle *m, uint32_t root)
{
    const struct nev_pickle_value *dict = &m->value[root];
    uint32_t c;

    if (dict->type != NEV_PICKLE_DICT) {
        return NULL;
    }
    for (c = dict->a; c != NEV_PICKLE_NIL; c = m->cell[c].next) {
        struct nev_slice key = nev_pickle_text(m, &m->value[m->cell[c].key]);
        const struct nev_pickle_value *v = &m->value[m->cell[c].value];

        if (v->type == NEV_PICKLE_DICT && (nev_slice_is(key, "state_dict") || nev_slice_is(key, "model") ||
                                           nev_slice_is(key, "model_state_dict"))) {
            return v;
        }
    }
    return dict;
}

static enum nev_status read_dict(struct archive *a, uint32_t root, struct nev_source_tensor *tensor,
                                 uint32_t *len)
{
    const struct nev_pickle *m = &a->machine;
    const struct nev_pickle_value *dict = find_dict(m, root);
    enum nev_status s;
    uint32_t c;

    *len = 0;
    for (c = dict == NULL ? NEV_PICKLE_NIL : dict->a; c != NEV_PICKLE_NIL; c = m->cell[c].next) {
        const struct nev_pickle_value *v = &m->value[m->cell[c].value];

        if (v->type != NEV_PICKLE_TENSOR) {
            continue;
        }
        if (*len == NEV_SOURCE_TENSORS_MAX) {
            return nev_fail(a->err, NEV_ERR_LIMIT, v->n, "state_dict", "there are more than 4096 tensors");
        }
        memset(&tensor[*len], 0, sizeof tensor[0]);
        tensor[*len].name = nev_pickle_text(m, &m->value[m->cell[c].key]);
        if ((s = read_tensor(a, v, &tensor[*len])) != NEV_OK) {
            return s;
        }
        (*len)++;
    }
    return *len > 0
               ? NEV_OK
               : nev_fail(a->err, NEV_ERR_MISSING, a->pickle->offset, "state_dict",
                          "the checkpoint holds no tensors by name; torch.save(model.state_dict(), FILE)");
}

enum nev_status nev_torch_read(const uint8_t *mem, size_t bytes, struct nev_arena *arena,
                               struct nev_source_tensor **tensor, uint32_t *tensor_len, struct nev_error *err)
{
    struct archive a;
    enum nev_status s;
    uint32_t root;

    a.err = err;
    if ((s = nev_zip_begin(&a.zip, mem, bytes, err)) != NEV_OK) {
        return s;
    }
    a.zip.entry = nev_arena_take_array(arena, a.zip.len, sizeof a.zip.entry[0], 8);
    *tensor = nev_arena_take_array(arena, NEV_SOURCE_TENSORS_MAX, sizeof **tensor, 8);
    if (a.zip.entry == NULL || *tensor == NULL) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, "arena", "the arena is too small");
    }
    if ((s = nev_zip_read(&a.zip, err)) != NEV_OK || (s = find_pickle(&a)) != NEV_OK ||
        (s = check_byte_order(&a)) != NEV_OK || (s = nev_zip_check(&a.zip, a.pickle, err)) != NEV_OK ||
        (s = nev_pickle_run(&a.machine, mem + a.pickle->offset, (size_t)a.pickle->bytes, a.pickle->offset,
                            arena, &root, err)) != NEV_OK) {
        return s;
    }
    return read_dict(&a, root, *tensor, tensor_len);
}
