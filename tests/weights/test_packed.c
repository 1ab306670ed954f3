/* SPDX-License-Identifier: MIT */
/* The packed form: weights/packed.c and weights/reader.c against weights/FORMAT.md. */
#include "tests/support/test.h"

#include "tests/weights/sample.h"

#define SMALL_LEN       4u
#define ENTRY(i, field) (NEV_NVW_HEADER_BYTES + (i)*NEV_NVW_ENTRY_BYTES + (field))
#define LIST            (NEV_NVW_HEADER_BYTES + SAMPLE_PACKED_LEN * NEV_NVW_ENTRY_BYTES)
#define FIRST           (LIST + 64)

/* Opens and verifies a copy of exactly `bytes` bytes, so that a sanitizer sees any read past them. */
static enum nev_status judge(const uint8_t *file, size_t bytes, struct nev_error *err)
{
    uint8_t *copy = malloc(bytes + (bytes == 0));
    struct nev_weights w;
    enum nev_status s;

    assert_non_null(copy);
    memcpy(copy, file, bytes);
    s = nev_weights_open(&w, copy, bytes, err);
    s = s == NEV_OK ? nev_weights_verify(&w, err) : s;
    free(copy);
    return s;
}

/* Verifies: NEV-WT-040 (what the writer wrote is what the reader shows: form, profile, canonical digest, algorithms) */
static void test_round_trip(void **state)
{
    static const size_t lens[SAMPLE_PACKED_LEN] = {9 * 16, 16, 2 * 3 * 16, 2 * 16, 2 * 16 * 16 * 16, 2 * 16};
    struct nev_weights w;
    struct nev_tensor t;
    struct nev_error err;
    uint8_t canonical[NEV_SHA256_BYTES];
    size_t bytes, at = FIRST;
    uint8_t *file = sample_packed(SAMPLE_PACKED_LEN, &bytes);

    (void)state;
    memset(canonical, 0x5A, sizeof canonical);
    assert_int_equal(nev_weights_open(&w, file, bytes, &err), NEV_OK);
    assert_int_equal(nev_weights_verify(&w, &err), NEV_OK);
    assert_int_equal(w.form, NEV_FORM_PACKED);
    assert_int_equal(w.profile, NEV_PROFILE_FAST);
    assert_memory_equal(w.canonical_sha256, canonical, sizeof canonical);
    assert_memory_not_equal(w.head_sha256, canonical, sizeof canonical);
    assert_int_equal(w.payload_offset, FIRST);
    assert_int_equal(w.chunk_len, 1);
    for (uint32_t i = 0; i < SAMPLE_PACKED_LEN; i++) {
        nev_weights_tensor(&w, i, &t);
        assert_string_equal(t.name, sample_packed_specs[i].name);
        assert_int_equal(t.algorithm, sample_packed_algorithms[i]);
        assert_memory_equal(t.dim, sample_packed_specs[i].dim, sizeof t.dim);
        assert_int_equal(t.len, lens[i]);
        assert_int_equal(t.offset, at);
        assert_int_equal(t.entry, ENTRY(i, 0));
        at += 4 * lens[i];
    }
    assert_int_equal(at, bytes);
    free(file);
    file = sample_file(&bytes);
    assert_int_equal(nev_weights_open(&w, file, bytes, &err), NEV_OK);
    assert_int_equal(w.form, NEV_FORM_CANONICAL);
    assert_memory_equal(w.canonical_sha256, w.head_sha256, sizeof w.head_sha256);
    free(file);
}

/* Verifies: NEV-WT-041 (every length but the right one, and any flipped bit, is refused) */
static void test_damage(void **state)
{
    struct nev_error err;
    size_t bytes, i;
    uint8_t *file = sample_packed(SMALL_LEN, &bytes);

    (void)state;
    assert_int_equal(judge(file, bytes, &err), NEV_OK);
    for (i = 0; i < bytes; i++) {
        assert_int_equal(judge(file, i, &err), NEV_ERR_TRUNCATED);
        assert_int_equal(err.offset, i);
    }
    for (i = 0; i < 8 * bytes; i++) {
        file[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_int_not_equal(judge(file, bytes, &err), NEV_OK);
        assert_non_null(err.what);
        file[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    free(file);
}

/* Changes signed with right digests: only the rule itself can refuse them. */
static const struct forgery {
    size_t at;
    uint32_t value;
    enum nev_status status;
    size_t offset; /* where the error must point; 0: at */
} forgeries[] = {
    {NEV_NVW_AT_FORM, 1, NEV_ERR_FORMAT, NEV_NVW_AT_CANONICAL_SHA256},
    {NEV_NVW_AT_PROFILE, 0, NEV_ERR_UNSUPPORTED, 0},
    {NEV_NVW_AT_PROFILE, 3, NEV_ERR_UNSUPPORTED, 0},
    {NEV_NVW_AT_CHUNK_LEN, 2, NEV_ERR_FORMAT, 0},
    {NEV_NVW_AT_PAYLOAD, FIRST + 64, NEV_ERR_FORMAT, 0},
    {ENTRY(0, NEV_NVW_IN_KIND), NEV_TENSOR_BIAS, NEV_ERR_SHAPE, ENTRY(0, NEV_NVW_IN_NDIM)},
    {ENTRY(1, NEV_NVW_IN_KIND), NEV_TENSOR_GAMMA, NEV_ERR_FORMAT, 0},
    {ENTRY(1, NEV_NVW_IN_KIND), NEV_TENSOR_VAR, NEV_ERR_FORMAT, 0},
    {ENTRY(0, NEV_NVW_IN_ALGORITHM), NEV_LAYER_NONE, NEV_ERR_UNSUPPORTED, 0},
    {ENTRY(0, NEV_NVW_IN_ALGORITHM), NEV_LAYER_LEN, NEV_ERR_UNSUPPORTED, 0},
    {ENTRY(0, NEV_NVW_IN_ALGORITHM), 0xFFFFFFFF, NEV_ERR_UNSUPPORTED, 0},
    {ENTRY(0, NEV_NVW_IN_ALGORITHM), NEV_LAYER_WINOGRAD_F4, NEV_ERR_SHAPE,
     0}, /* one channel, not a panel of them */
    {ENTRY(1, NEV_NVW_IN_ALGORITHM), NEV_LAYER_DIRECT, NEV_ERR_FORMAT, 0},
    {ENTRY(2, NEV_NVW_IN_ALGORITHM), NEV_LAYER_DEPTHWISE, NEV_ERR_SHAPE, 0},
    {ENTRY(2, NEV_NVW_IN_ALGORITHM), NEV_LAYER_WINOGRAD_S2, NEV_ERR_SHAPE, 0},
    {ENTRY(4, NEV_NVW_IN_ALGORITHM), NEV_LAYER_DEPTHWISE, NEV_ERR_SHAPE, 0},
    {ENTRY(4, NEV_NVW_IN_ALGORITHM), NEV_LAYER_WINOGRAD_7X7, NEV_ERR_SHAPE, 0},
    {ENTRY(4, NEV_NVW_IN_ALGORITHM), NEV_LAYER_WINOGRAD_F4, NEV_ERR_SHAPE,
     ENTRY(4, NEV_NVW_IN_BYTES)}, /* 36 points */
    {ENTRY(4, NEV_NVW_IN_ALGORITHM), NEV_LAYER_DIRECT, NEV_ERR_SHAPE,
     ENTRY(4, NEV_NVW_IN_BYTES)}, /* 9 taps */
    {ENTRY(4, NEV_NVW_IN_DIM), 16, NEV_ERR_SHAPE, ENTRY(4, NEV_NVW_IN_BYTES)},
    {ENTRY(4, NEV_NVW_IN_DIM + 4), 24, NEV_ERR_SHAPE, ENTRY(4, NEV_NVW_IN_ALGORITHM)},
    {ENTRY(4, NEV_NVW_IN_DIM + 8), 5, NEV_ERR_SHAPE, ENTRY(4, NEV_NVW_IN_ALGORITHM)},
    {ENTRY(4, NEV_NVW_IN_BYTES), 17 * 16 * 16 * 4, NEV_ERR_SHAPE, 0}, /* channels without their panel */
    {ENTRY(5, NEV_NVW_IN_BYTES), 17 * 4, NEV_ERR_SHAPE, 0},
    {ENTRY(2, NEV_NVW_IN_OFFSET), FIRST, NEV_ERR_FORMAT, 0}, /* overlaps the first */
    {ENTRY(2, NEV_NVW_IN_OFFSET), FIRST + 9 * 64 + 128, NEV_ERR_FORMAT, 0},
    {ENTRY(3, NEV_NVW_IN_OFFSET + 4), 1, NEV_ERR_FORMAT, ENTRY(3, NEV_NVW_IN_OFFSET)},
    {ENTRY(5, NEV_NVW_IN_ZERO), 1, NEV_ERR_FORMAT, 0},
    {ENTRY(5, NEV_NVW_ENTRY_BYTES - 4), 1, NEV_ERR_FORMAT, 0},
    {FIRST, 0x7FC00000, NEV_ERR_VALUE, 0},
    {FIRST + 9 * 64 + 60, 0xFF800000, NEV_ERR_VALUE, 0},   /* the last bias of a */
    {FIRST + 10 * 64 + 3 * 64 + 16, 1, NEV_ERR_FORMAT, 0}, /* b's second panel has channels 16 to 19 */
    {FIRST + 10 * 64 + 5 * 64 + 60, 0x80000000, NEV_ERR_FORMAT, FIRST + 10 * 64 + 5 * 64 + 63},
    {FIRST + 16 * 64 + 64 + 16, 0x3F800000, NEV_ERR_FORMAT,
     FIRST + 16 * 64 + 64 + 18}, /* and so has its bias */
};

/* Verifies: NEV-WT-042 (each rule of the packed form refuses by itself, with its status and its offset) */
static void test_forgeries(void **state)
{
    size_t bytes, i;

    (void)state;
    for (i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++) {
        const struct forgery *f = &forgeries[i];
        uint8_t *file = sample_packed(SAMPLE_PACKED_LEN, &bytes);
        struct nev_error err;

        nev_store_u32le(file + f->at, f->value);
        sample_sign(file, bytes, LIST, FIRST);
        if (judge(file, bytes, &err) != f->status || err.offset != (f->offset != 0 ? f->offset : f->at)) {
            fail_msg("forgery %zu: %s at %llu: %s", i, nev_status_name(err.status),
                     (unsigned long long)err.offset, err.what);
        }
        free(file);
    }
}

/* Verifies: NEV-WT-042 (a packed file that names no canonical one is neither read nor written) */
static void test_origin(void **state)
{
    static const uint8_t zeros[NEV_SHA256_BYTES] = {0};
    const struct nev_packing packing = {NEV_PROFILE_FAST, zeros, sample_packed_algorithms};
    struct nev_model m = sample_model();
    struct nev_error err;
    size_t bytes;
    uint8_t *file = sample_packed(SAMPLE_PACKED_LEN, &bytes);

    (void)state;
    memset(file + NEV_NVW_AT_CANONICAL_SHA256, 0, NEV_SHA256_BYTES);
    sample_sign(file, bytes, LIST, FIRST);
    assert_int_equal(judge(file, bytes, &err), NEV_ERR_FORMAT);
    assert_int_equal(err.offset, NEV_NVW_AT_CANONICAL_SHA256);
    assert_string_equal(err.name, "canonical_sha256");
    for (size_t i = 0; i < NEV_SHA256_BYTES; i++) { /* any byte is a statement */
        file[NEV_NVW_AT_CANONICAL_SHA256 + i] = 1;
        sample_sign(file, bytes, LIST, FIRST);
        assert_int_equal(judge(file, bytes, &err), NEV_OK);
        file[NEV_NVW_AT_CANONICAL_SHA256 + i] = 0;
    }
    assert_int_equal(
        nev_weights_write_packed_begin(&m, &packing, sample_packed_specs, SAMPLE_PACKED_LEN, file, bytes),
        NEV_ERR_ARGUMENT);
    free(file);
}

/* Verifies: NEV-WT-043 (sizes past the format's limits are refused before anything of that size is looked at) */
static void test_sizes(void **state)
{
    static const enum nev_layer_algorithm algorithms[] = {NEV_LAYER_WINOGRAD_F4, NEV_LAYER_DIRECT};
    const uint8_t canonical[NEV_SHA256_BYTES] = {1};
    const struct nev_packing packing = {NEV_PROFILE_FAST, canonical, algorithms}, f4 = packing;
    struct nev_packing wrong = packing;
    struct nev_tensor_spec spec = {"x.weight", NEV_TENSOR_WEIGHT, 4, {4096, 4096, 3, 3}};
    struct nev_model m = sample_model();
    struct nev_error err;
    size_t bytes, file_bytes;
    uint8_t *file = sample_packed(SAMPLE_PACKED_LEN, &file_bytes), one[64];

    (void)state;
    /* 4096 * 4096 * 9 * 4 bytes fit in the canonical form; 36 points do not */
    assert_int_equal(nev_weights_write_bytes(&spec, 1, &bytes), NEV_OK);
    assert_int_equal(nev_weights_write_packed_bytes(&f4, &spec, 1, &bytes), NEV_ERR_LIMIT);
    assert_int_equal(bytes, 0);
    nev_store_u32le(file + ENTRY(4, NEV_NVW_IN_DIM), 4096);
    nev_store_u32le(file + ENTRY(4, NEV_NVW_IN_DIM + 4), 4096);
    nev_store_u32le(file + ENTRY(4, NEV_NVW_IN_ALGORITHM), NEV_LAYER_WINOGRAD_F4);
    sample_sign(file, file_bytes, LIST, FIRST);
    assert_int_equal(judge(file, file_bytes, &err), NEV_ERR_LIMIT);
    assert_int_equal(err.offset, ENTRY(4, NEV_NVW_IN_DIM));
    assert_string_equal(err.name, "c.weight");
    free(file);
    spec.kind = NEV_TENSOR_GAMMA;
    spec.ndim = 1;
    spec.dim[1] = spec.dim[2] = spec.dim[3] = 1;
    assert_int_equal(nev_weights_write_packed_bytes(&packing, &spec, 1, &bytes), NEV_ERR_FORMAT);
    wrong.profile = NEV_PROFILE_NONE;
    assert_int_equal(nev_weights_write_packed_begin(&m, &wrong, sample_packed_specs, 1, one, sizeof one),
                     NEV_ERR_ARGUMENT);
}

/* Verifies: NEV-WT-044 (algorithms have names, and a number without one is no algorithm) */
static void test_names(void **state)
{
    (void)state;
    for (int i = NEV_LAYER_DIRECT; i < NEV_LAYER_LEN; i++) {
        for (int j = NEV_LAYER_NONE; j < i; j++) {
            assert_string_not_equal(nev_layer_algorithm_name((enum nev_layer_algorithm)i),
                                    nev_layer_algorithm_name((enum nev_layer_algorithm)j));
        }
    }
    assert_string_equal(nev_layer_algorithm_name(NEV_LAYER_WINOGRAD_F4), "winograd-f4");
    assert_string_equal(nev_layer_algorithm_name(NEV_LAYER_LEN), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_damage), cmocka_unit_test(test_forgeries),
        cmocka_unit_test(test_origin),     cmocka_unit_test(test_sizes),  cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests_name("packed", tests, NULL, NULL);
}
