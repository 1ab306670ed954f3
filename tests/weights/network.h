/* SPDX-License-Identifier: MIT */
/*
 * network.h - a whole network's seeded tensors, as foreign files hold them, and the way back.
 */
#ifndef NEV_TESTS_WEIGHTS_NETWORK_H
#define NEV_TESTS_WEIGHTS_NETWORK_H

#include "nn/nn.h"
#include "tests/weights/build.h"
#include "tools/networks/tensors.h"
#include "weights/import/import.h"

/* A network's list and its tensors, little-endian float32, one after another. */
struct network {
    struct nev_tensor_list list;
    uint8_t *data[NEV_TENSORS_MAX];
    size_t len[NEV_TENSORS_MAX];
};

static inline struct network *network_new(enum nev_net net)
{
    struct network *n = calloc(1, sizeof *n);
    uint32_t i;

    assert_non_null(n);
    nev_tensor_list_fill(&n->list, net);
    assert_true(n->list.len > 0);
    for (i = 0; i < n->list.len; i++) {
        const struct nev_tensor_spec *s = &n->list.spec[i];

        n->len[i] = (size_t)s->dim[0] * s->dim[1] * s->dim[2] * s->dim[3];
        n->data[i] = malloc(4 * n->len[i]);
        assert_non_null(n->data[i]);
    }
    return n;
}

static inline struct network *network_seeded(enum nev_net net)
{
    struct network *n = network_new(net);
    uint32_t i;

    for (i = 0; i < n->list.len; i++) {
        nev_seeded_fill(&n->list.spec[i], i, n->data[i]);
    }
    return n;
}

static inline void network_free(struct network *n)
{
    uint32_t i;

    for (i = 0; n != NULL && i < n->list.len; i++) {
        free(n->data[i]);
    }
    free(n);
}

/* Everything nevus convert does with a source, in exactly the arena that the query asks for. */
static inline enum nev_status network_import(const uint8_t *data, size_t bytes, struct nev_model *model,
                                             struct network **out, struct nev_error *err)
{
    enum nev_source_kind kind;
    struct nev_import imp;
    struct nev_arena arena;
    size_t need;
    uint32_t i;
    enum nev_status s = nev_import_probe(data, bytes, &kind, &need, err);
    void *memory = malloc(need + 1);

    *out = NULL;
    assert_non_null(memory);
    nev_arena_init(&arena, memory, need);
    if (s == NEV_OK) {
        s = nev_import_open(&imp, data, bytes, &arena, err);
    }
    if (s == NEV_OK) {
        s = nev_import_identify(&imp, model, err);
    }
    if (s == NEV_OK) {
        *out = network_new(model->net);
        s = nev_import_bind(&imp, model->net, (*out)->list.spec, (*out)->list.len, err);
    }
    for (i = 0; s == NEV_OK && i < (*out)->list.len; i++) {
        s = nev_import_store(&imp, i, &(*out)->list.spec[i], (*out)->data[i], err);
    }
    free(memory);
    return s;
}

static inline void assert_network_equal(const struct network *a, const struct network *b)
{
    uint32_t i;

    assert_int_equal(a->list.len, b->list.len);
    for (i = 0; i < a->list.len; i++) {
        assert_string_equal(a->list.name[i], b->list.name[i]);
        assert_memory_equal(a->data[i], b->data[i], 4 * a->len[i]);
    }
}

/* A .safetensors of a network under other names; `rows` 1001 puts a background row before the classes. */
static inline void network_safetensors(const struct network *n,
                                       void (*rename)(const char *from, char to[128]), uint32_t rows,
                                       struct build *b)
{
    struct build header = {NULL, 0, 0};
    char text[512], name[128];
    uint64_t at = 0;
    uint32_t i, d;

    for (i = 0; i < n->list.len; i++) {
        const struct nev_tensor_spec *s = &n->list.spec[i];
        uint32_t extra = s->dim[0] == 1000 && rows == 1001 ? 1 : 0;
        uint64_t bytes = 4 * n->len[i] / s->dim[0] * (s->dim[0] + extra);

        rename(s->name, name);
        snprintf(text, sizeof text, "%c\"%s\":{\"dtype\":\"F32\",\"data_offsets\":[%llu,%llu],\"shape\":[",
                 i == 0 ? '{' : ',', name, (unsigned long long)at, (unsigned long long)(at + bytes));
        build_text(&header, text);
        for (d = 0; d < s->ndim; d++) {
            snprintf(text, sizeof text, d == 0 ? "%u" : ",%u", s->dim[d] + (d == 0 ? extra : 0));
            build_text(&header, text);
        }
        build_text(&header, "]}");
        at += bytes;
    }
    build_text(&header, "}");
    build_u64(b, header.len);
    build_bytes(b, header.p, header.len);
    for (i = 0; i < n->list.len; i++) {
        if (n->list.spec[i].dim[0] == 1000 && rows == 1001) {
            memset(build_room(b, 4 * n->len[i] / 1000), 0x7F, 4 * n->len[i] / 1000); /* NaN, were it read */
        }
        build_bytes(b, n->data[i], 4 * n->len[i]);
    }
    build_free(&header);
}

#endif
