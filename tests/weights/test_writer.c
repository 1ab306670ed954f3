/* SPDX-License-Identifier: MIT */
/* weights/writer.c: what it refuses to write, and that it leaves nothing to chance. */
#include "tests/support/test.h"

#include "tests/weights/sample.h"

/* Verifies: NEV-WT-005 (the same model gives the same bytes whatever the memory held before) */
static void test_deterministic(void **state)
{
    struct nev_model m = sample_model();
    size_t bytes, len, i;
    uint8_t *a = sample_file(&bytes), *b = malloc(bytes);

    (void)state;
    assert_non_null(b);
    memset(b, 0xEE, bytes);
    memset(m.source_name + strlen(m.source_name) + 1, 'x', 8); /* past the NUL: not part of the name */
    assert_int_equal(nev_weights_write_begin(&m, sample_specs, SAMPLE_LEN, b, bytes), NEV_OK);
    for (i = 0; i < SAMPLE_LEN; i++) {
        nev_seeded_fill(&sample_specs[i], (uint32_t)i, nev_weights_payload(b, (uint32_t)i, &len));
    }
    nev_weights_write_end(b, bytes);
    assert_memory_equal(a, b, bytes);
    free(a);
    free(b);
}

static enum nev_status size_of(struct nev_tensor_spec spec)
{
    size_t bytes = 1;
    enum nev_status s = nev_weights_write_bytes(&spec, 1, &bytes);

    assert_true((s == NEV_OK) == (bytes != 0));
    return s;
}

/* Verifies: NEV-WT-006 (a tensor the format cannot hold is never written) */
static void test_refused_specs(void **state)
{
    static struct nev_tensor_spec many[NEV_TENSORS_MAX + 1];
    const char *long_name = "0123456789012345678901234567890123456789012345678901234567890123";
    struct nev_tensor_spec twice[2] = {sample_specs[0], sample_specs[0]};
    size_t bytes;

    (void)state;
    assert_int_equal(size_of(sample_specs[0]), NEV_OK);
    assert_int_equal(size_of((struct nev_tensor_spec){NULL, 1, 1, {1, 1, 1, 1}}), NEV_ERR_ARGUMENT);
    assert_int_equal(size_of((struct nev_tensor_spec){"", 1, 1, {1, 1, 1, 1}}), NEV_ERR_ARGUMENT);
    assert_int_equal(size_of((struct nev_tensor_spec){"a\tb", 1, 1, {1, 1, 1, 1}}), NEV_ERR_ARGUMENT);
    assert_int_equal(size_of((struct nev_tensor_spec){long_name, 1, 1, {1, 1, 1, 1}}), NEV_ERR_ARGUMENT);
    assert_int_equal(size_of((struct nev_tensor_spec){long_name + 1, 1, 1, {1, 1, 1, 1}}), NEV_OK);
    assert_int_equal(size_of((struct nev_tensor_spec){"a", 1, 2, {1, 1, 1, 1}}), NEV_ERR_SHAPE);
    assert_int_equal(size_of((struct nev_tensor_spec){"a", 0, 4, {1, 1, 0, 1}}), NEV_ERR_LIMIT);
    assert_int_equal(size_of((struct nev_tensor_spec){"a", 0, 2, {16384, 16385, 1, 1}}), NEV_ERR_LIMIT);
    assert_int_equal(size_of((struct nev_tensor_spec){"a", 0, 2, {16384, 16384, 1, 1}}), NEV_OK);
    assert_int_equal(size_of((struct nev_tensor_spec){"a", 0, 4, {16384, 16384, 2, 1}}), NEV_ERR_LIMIT);
    assert_int_equal(nev_weights_write_bytes(twice, 2, &bytes), NEV_ERR_ARGUMENT);
    assert_int_equal(nev_weights_write_bytes(twice, 0, &bytes), NEV_ERR_LIMIT);
    assert_int_equal(nev_weights_write_bytes(many, NEV_TENSORS_MAX + 1, &bytes), NEV_ERR_LIMIT);
}

/* Verifies: NEV-WT-006 (nor a model outside its ranges, nor into a buffer of another size) */
static void test_refused_models(void **state)
{
    struct nev_model m = sample_model();
    size_t bytes;
    uint8_t *file = sample_file(&bytes);

    (void)state;
    assert_int_equal(nev_weights_write_begin(&m, sample_specs, SAMPLE_LEN, file, bytes - 1), NEV_ERR_MEMORY);
    assert_int_equal(nev_weights_write_begin(&m, sample_specs, SAMPLE_LEN, file, bytes + 1), NEV_ERR_MEMORY);
    m.prep.std[1] = 0.0f;
    assert_int_equal(nev_weights_write_begin(&m, sample_specs, SAMPLE_LEN, file, bytes), NEV_ERR_VALUE);
    m = sample_model();
    m.net = NEV_NET_NONE;
    assert_int_equal(nev_weights_write_begin(&m, sample_specs, SAMPLE_LEN, file, bytes), NEV_ERR_NETWORK);
    m = sample_model();
    memset(m.source_name, 'x', sizeof m.source_name);
    assert_int_equal(nev_weights_write_begin(&m, sample_specs, SAMPLE_LEN, file, bytes), NEV_ERR_FORMAT);
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deterministic),
        cmocka_unit_test(test_refused_specs),
        cmocka_unit_test(test_refused_models),
    };

    return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
