/* SPDX-License-Identifier: MIT */
/* weights/reader.c and weights/model.c against weights/FORMAT.md. */
#include "tests/support/test.h"

#include "tests/weights/sample.h"

/* Opens and verifies a copy of exactly `bytes` bytes, so that a sanitizer sees any read past them. */
static enum nev_status judge(const uint8_t *file, size_t bytes, struct nev_error *err)
{
    uint8_t *copy = malloc(bytes + (bytes == 0));
    struct nev_weights w;
    enum nev_status s;

    assert_non_null(copy);
    memcpy(copy, file, bytes);
    s = nev_weights_open(&w, copy, bytes, err);
    if (s == NEV_OK) {
        s = nev_weights_verify(&w, err);
    } else {
        static const struct nev_weights zero;
        assert_memory_equal(&w, &zero, sizeof w);
    }
    free(copy);
    return s;
}

/* Verifies: NEV-WT-001 (what the writer wrote is what the reader shows, field by field) */
static void test_round_trip(void **state)
{
    struct nev_model m = sample_model();
    struct nev_weights w;
    struct nev_tensor t;
    struct nev_error err;
    size_t bytes;
    uint8_t *file = sample_file(&bytes);
    uint32_t i;

    (void)state;
    assert_int_equal(nev_weights_open(&w, file, bytes, &err), NEV_OK);
    assert_int_equal(nev_weights_verify(&w, &err), NEV_OK);
    assert_int_equal(w.model.net, m.net);
    assert_int_equal(w.model.padding, m.padding);
    assert_int_equal(w.model.bn_form, m.bn_form);
    assert_true(nev_f64_bits(w.model.bn_eps) == nev_f64_bits(m.bn_eps));
    assert_int_equal(w.model.prep.width, m.prep.width);
    assert_int_equal(w.model.prep.height, m.prep.height);
    assert_int_equal(w.model.prep.order, m.prep.order);
    assert_memory_equal(w.model.prep.mean, m.prep.mean, sizeof m.prep.mean);
    assert_memory_equal(w.model.prep.std, m.prep.std, sizeof m.prep.std);
    assert_memory_equal(w.model.source_sha256, m.source_sha256, sizeof m.source_sha256);
    assert_string_equal(w.model.source_name, m.source_name);
    assert_int_equal(w.tensor_len, SAMPLE_LEN);
    for (i = 0; i < SAMPLE_LEN; i++) {
        nev_weights_tensor(&w, i, &t);
        assert_string_equal(t.name, sample_specs[i].name);
        assert_int_equal(t.kind, sample_specs[i].kind);
        assert_int_equal(t.ndim, sample_specs[i].ndim);
        assert_memory_equal(t.dim, sample_specs[i].dim, sizeof t.dim);
        assert_int_equal(t.len, t.dim[0] * t.dim[1] * t.dim[2] * t.dim[3]);
        assert_int_equal(t.offset % NEV_ALIGN, 0);
        assert_ptr_equal(t.data, file + t.offset);
    }
    assert_int_equal(nev_weights_find(&w, "fc.weight", &t, &err), NEV_OK);
    assert_int_equal(t.dim[1], 7);
    assert_int_equal(nev_weights_find(&w, "fc.bias", &t, &err), NEV_ERR_MISSING);
    assert_string_equal(err.name, "fc.bias");
    free(file);
}

/* Verifies: NEV-WT-002 (every length but the right one is refused) */
static void test_every_truncation(void **state)
{
    struct nev_error err;
    size_t bytes, cut;
    uint8_t *file = sample_file(&bytes), *longer;

    (void)state;
    for (cut = 0; cut < bytes; cut++) {
        assert_int_equal(judge(file, cut, &err), NEV_ERR_TRUNCATED);
        assert_int_equal(err.offset, cut);
    }
    longer = calloc(1, bytes + 64);
    assert_non_null(longer);
    memcpy(longer, file, bytes);
    assert_int_equal(judge(longer, bytes + 1, &err), NEV_ERR_FORMAT);
    assert_int_equal(err.offset, bytes);
    assert_int_equal(judge(longer, bytes + 64, &err), NEV_ERR_FORMAT);
    free(longer);
    free(file);
}

/* Verifies: NEV-WT-003 (any single flipped bit of the file is noticed) */
static void test_every_bit(void **state)
{
    struct nev_error err;
    size_t bytes, bit;
    uint8_t *file = sample_file(&bytes);

    (void)state;
    assert_int_equal(judge(file, bytes, &err), NEV_OK);
    for (bit = 0; bit < 8 * bytes; bit++) {
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(judge(file, bytes, &err), NEV_OK);
        assert_non_null(err.what);
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(file);
}

/* A change that its author signed with right digests: only the field's own check can refuse it. */
struct forgery {
    size_t at;
    uint32_t value;
    enum nev_status status;
    size_t offset; /* where the error must point; 0: at */
};

#define ENTRY(i, field) (NEV_NVW_HEADER_BYTES + (i)*NEV_NVW_ENTRY_BYTES + (field))
#define LIST            (NEV_NVW_HEADER_BYTES + SAMPLE_LEN * NEV_NVW_ENTRY_BYTES)
#define FIRST           (LIST + 64) /* one digest and zeros */

static const struct forgery forgeries[] = {
    {0, 0x4957564E, NEV_ERR_FORMAT, 0},
    {NEV_NVW_AT_VERSION, 0, NEV_ERR_VERSION, 0},
    {NEV_NVW_AT_VERSION, 1, NEV_ERR_VERSION, 0},
    {NEV_NVW_AT_VERSION, 3, NEV_ERR_VERSION, 0},
    {NEV_NVW_AT_FORM, 2, NEV_ERR_UNSUPPORTED, NEV_NVW_AT_PROFILE},
    {NEV_NVW_AT_FORM, 0, NEV_ERR_FORMAT, 0},
    {NEV_NVW_AT_FORM, 3, NEV_ERR_FORMAT, 0},
    {NEV_NVW_AT_HEADER_BYTES, 256, NEV_ERR_FORMAT, 0},
    {NEV_NVW_AT_TENSOR_LEN, 0, NEV_ERR_LIMIT, 0},
    {NEV_NVW_AT_TENSOR_LEN, 1025, NEV_ERR_LIMIT, 0},
    {NEV_NVW_AT_TENSOR_LEN, 0xFFFFFFFF, NEV_ERR_LIMIT, 0},
    {NEV_NVW_AT_TENSOR_LEN, SAMPLE_LEN - 1, NEV_ERR_FORMAT, NEV_NVW_AT_PAYLOAD},
    {NEV_NVW_AT_TABLE, 576, NEV_ERR_FORMAT, 0},
    {NEV_NVW_AT_TABLE + 4, 1, NEV_ERR_FORMAT, NEV_NVW_AT_TABLE},
    {NEV_NVW_AT_PAYLOAD, FIRST + 64, NEV_ERR_FORMAT, 0},
    {NEV_NVW_AT_NET, 0, NEV_ERR_NETWORK, 0},
    {NEV_NVW_AT_NET, 4, NEV_ERR_NETWORK, 0},
    {NEV_NVW_AT_PADDING, 2, NEV_ERR_FORMAT, 0},
    {NEV_NVW_AT_BN_FORM, 2, NEV_ERR_FORMAT, 0},
    {NEV_NVW_AT_ORDER, 2, NEV_ERR_FORMAT, 0},
    {NEV_NVW_AT_BN_EPS + 4, 0x7FF00000, NEV_ERR_VALUE, NEV_NVW_AT_BN_EPS},
    {NEV_NVW_AT_BN_EPS + 4, 0xBF000000, NEV_ERR_VALUE, NEV_NVW_AT_BN_EPS},
    {NEV_NVW_AT_BN_EPS + 4, 0x3FF00001, NEV_ERR_VALUE, NEV_NVW_AT_BN_EPS},
    {NEV_NVW_AT_WIDTH, 0, NEV_ERR_VALUE, 0},
    {NEV_NVW_AT_WIDTH, NEV_DIM_MAX + 1, NEV_ERR_VALUE, 0},
    {NEV_NVW_AT_HEIGHT, 0, NEV_ERR_VALUE, 0},
    {NEV_NVW_AT_HEIGHT, 0xFFFFFFFF, NEV_ERR_VALUE, 0},
    {NEV_NVW_AT_MEAN + 4, 0x7FC00000, NEV_ERR_VALUE, 0},
    {NEV_NVW_AT_MEAN + 8, 0xFF800000, NEV_ERR_VALUE, 0},
    {NEV_NVW_AT_STD, 0, NEV_ERR_VALUE, 0},
    {NEV_NVW_AT_STD + 4, 0x7F800000, NEV_ERR_VALUE, 0},
    {NEV_NVW_AT_STD + 4, 0xBF800000, NEV_ERR_VALUE, 0},
    {NEV_NVW_AT_STD + 8, 0x007FFFFF, NEV_ERR_VALUE, 0},
    {NEV_NVW_AT_ZERO0, 1, NEV_ERR_FORMAT, 0},
    {NEV_NVW_AT_SOURCE_NAME, 0x20201B20, NEV_ERR_FORMAT, 0},
    {NEV_NVW_AT_SOURCE_NAME + 40, 0x20, NEV_ERR_FORMAT, NEV_NVW_AT_SOURCE_NAME},
    {NEV_NVW_AT_CANONICAL_SHA256, 1, NEV_ERR_FORMAT, 0},
    {NEV_NVW_AT_PROFILE, 1, NEV_ERR_FORMAT, 0},
    {NEV_NVW_AT_CHUNK_LEN, 0, NEV_ERR_FORMAT, NEV_NVW_AT_PAYLOAD},
    {NEV_NVW_AT_CHUNK_LEN, 2, NEV_ERR_FORMAT,
     0}, /* 64 bytes of digests like one, but more than the payload needs */
    {NEV_NVW_AT_CHUNK_LEN, 0xFFFFFFFF, NEV_ERR_FORMAT, NEV_NVW_AT_PAYLOAD},
    {NEV_NVW_AT_ZERO1, 1, NEV_ERR_FORMAT, 0},
    {NEV_NVW_AT_ZERO2, 1, NEV_ERR_FORMAT, 0},
    {LIST + NEV_SHA256_BYTES, 1, NEV_ERR_FORMAT, 0}, /* after the only digest */
    {ENTRY(1, NEV_NVW_IN_NAME), 0, NEV_ERR_FORMAT, 0},
    {ENTRY(1, NEV_NVW_IN_NAME + 60), 0x20, NEV_ERR_FORMAT, ENTRY(1, 0)},
    {ENTRY(2, NEV_NVW_IN_KIND), 6, NEV_ERR_FORMAT, 0},
    {ENTRY(2, NEV_NVW_IN_KIND), 0, NEV_ERR_SHAPE, ENTRY(2, NEV_NVW_IN_NDIM)},
    {ENTRY(0, NEV_NVW_IN_NDIM), 3, NEV_ERR_SHAPE, 0},
    {ENTRY(0, NEV_NVW_IN_NDIM), 2, NEV_ERR_SHAPE, ENTRY(0, NEV_NVW_IN_DIM + 12)},
    {ENTRY(0, NEV_NVW_IN_NDIM), 0xFFFFFFFF, NEV_ERR_SHAPE, 0},
    {ENTRY(0, NEV_NVW_IN_DIM), 0, NEV_ERR_LIMIT, 0},
    {ENTRY(0, NEV_NVW_IN_DIM + 4), NEV_DIM_MAX + 1, NEV_ERR_LIMIT, 0},
    {ENTRY(0, NEV_NVW_IN_DIM + 4), 0x80000000, NEV_ERR_LIMIT, 0},
    {ENTRY(0, NEV_NVW_IN_DIM), 3, NEV_ERR_SHAPE, ENTRY(0, NEV_NVW_IN_BYTES)},
    {ENTRY(0, NEV_NVW_IN_OFFSET), FIRST + 64, NEV_ERR_FORMAT, 0},
    {ENTRY(0, NEV_NVW_IN_OFFSET + 4), 1, NEV_ERR_FORMAT, ENTRY(0, NEV_NVW_IN_OFFSET)},
    {ENTRY(1, NEV_NVW_IN_OFFSET), FIRST, NEV_ERR_FORMAT, 0},
    {ENTRY(0, NEV_NVW_IN_BYTES), 68, NEV_ERR_SHAPE, 0},
    {ENTRY(0, NEV_NVW_IN_BYTES + 4), 1, NEV_ERR_SHAPE, ENTRY(0, NEV_NVW_IN_BYTES)},
    {ENTRY(3, NEV_NVW_IN_ALGORITHM), 1, NEV_ERR_FORMAT, 0},
    {ENTRY(3, NEV_NVW_IN_ZERO), 1, NEV_ERR_FORMAT, 0},
    {ENTRY(3, NEV_NVW_ENTRY_BYTES - 4), 1, NEV_ERR_FORMAT, 0},
    {FIRST + 4, 0x7FC00000, NEV_ERR_VALUE, 0},
    {FIRST, 0xFF800000, NEV_ERR_VALUE, 0},
    {FIRST + 128, 0x80000001, NEV_ERR_VALUE, 0},
    {FIRST + 72, 1, NEV_ERR_FORMAT, 0}, /* padding after the first payload */
};

/* Verifies: NEV-WT-004 (each rule of FORMAT.md refuses by itself, with its status and its offset) */
static void test_forgeries(void **state)
{
    size_t bytes, i;

    (void)state;
    for (i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++) {
        const struct forgery *f = &forgeries[i];
        uint8_t *file = sample_file(&bytes);
        struct nev_error err;

        nev_store_u32le(file + f->at, f->value);
        sample_sign(file, bytes, LIST, FIRST);
        assert_int_equal(judge(file, bytes, &err), f->status);
        assert_int_equal(err.status, f->status);
        assert_int_equal(err.offset, f->offset != 0 ? f->offset : f->at);
        free(file);
    }
}

/* Verifies: NEV-WT-004 (names that stand twice; minus zero is an allowed variance; sizes at 2^64) */
static void test_forgeries_in_two_places(void **state)
{
    struct nev_error err;
    size_t bytes;
    uint8_t *file = sample_file(&bytes);

    (void)state;
    nev_store_u32le(file + FIRST + 128, 0x80000000);
    sample_sign(file, bytes, LIST, FIRST);
    assert_int_equal(judge(file, bytes, &err), NEV_OK);

    memcpy(file + ENTRY(2, 0), file + ENTRY(0, 0), NEV_TENSOR_NAME_LEN);
    sample_sign(file, bytes, LIST, FIRST);
    assert_int_equal(judge(file, bytes, &err), NEV_ERR_FORMAT);
    assert_int_equal(err.offset, ENTRY(2, 0));
    assert_string_equal(err.name, "conv.weight");
    free(file);

    file = sample_file(&bytes);
    nev_store_u32le(file + ENTRY(0, NEV_NVW_IN_DIM), 16384); /* 2^14 * 2^14 * 3 * 4 bytes */
    nev_store_u32le(file + ENTRY(0, NEV_NVW_IN_DIM + 4), 16384);
    sample_sign(file, bytes, LIST, FIRST);
    assert_int_equal(judge(file, bytes, &err), NEV_ERR_LIMIT);

    memset(file + NEV_NVW_AT_FILE_BYTES, 0xFF, 8);
    assert_int_equal(judge(file, bytes, &err), NEV_ERR_TRUNCATED);
    assert_int_equal(err.offset, bytes);
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_every_bit),
        cmocka_unit_test(test_forgeries),
        cmocka_unit_test(test_forgeries_in_two_places),
    };

    return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
