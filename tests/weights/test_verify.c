/* SPDX-License-Identifier: MIT */
/* weights/verify.c on a file of several chunks: the same answer for any number of threads and any SHA-256. */
#include "tests/support/test.h"

#include "nn/base/cpu.h"
#include "tests/weights/sample.h"

#define SIDE   512u /* of the weight: 1 MiB, so that the variances behind it begin the fifth chunk */
#define LIST   (NEV_NVW_HEADER_BYTES + 2 * NEV_NVW_ENTRY_BYTES)
#define CHUNKS 5u
#define FIRST  (LIST + 192) /* five digests of 32 bytes, padded to 64 */
#define SECOND (FIRST + 4 * SIDE * SIDE)

static uint8_t *make_file(size_t *bytes)
{
    static const struct nev_tensor_spec specs[2] = {
        {"fc.weight", NEV_TENSOR_WEIGHT, 2, {SIDE, SIDE, 1, 1}},
        {"bn.running_var", NEV_TENSOR_VAR, 1, {SIDE + 3, 1, 1, 1}}};
    struct nev_model m = sample_model();
    uint8_t *file;
    size_t len;

    assert_int_equal(nev_weights_write_bytes(specs, 2, bytes), NEV_OK);
    file = malloc(*bytes);
    assert_non_null(file);
    assert_int_equal(nev_weights_write_begin(&m, specs, 2, file, *bytes), NEV_OK);
    for (uint32_t i = 0; i < 2; i++) {
        nev_seeded_fill(&specs[i], i, nev_weights_payload(file, i, &len));
    }
    nev_weights_write_end(file, *bytes);
    return file;
}

/* By every number of threads and kernel: one answer. Fails the test if the offset is another. */
static void all_say(const uint8_t *file, size_t bytes, enum nev_status status, uint64_t offset)
{
    static const uint32_t parts[] = {1, 2, 3, 7};
    struct nev_weights w;
    struct nev_error err;

    assert_int_equal(nev_weights_open(&w, file, bytes, &err), NEV_OK);
    for (size_t i = 0; i < 2 * sizeof parts / sizeof parts[0]; i++) {
        struct nev_parallel par = nev_parallel_threads(parts[i / 2]);

        par.parts = parts[i / 2]; /* without OpenMP the parts run one after another */
        assert_int_equal(nev_weights_verify_by(&w, &par, i % 2 == 0 ? NEV_ISA_C : nev_cpu_isas(), &err),
                         status);
        assert_true(status == NEV_OK || err.offset == offset);
    }
    assert_int_equal(nev_weights_verify(&w, &err), status);
    assert_true(status == NEV_OK || err.offset == offset);
}

/* Verifies: NEV-WT-045 (verification has one answer for any number of threads and any way to compute SHA-256) */
static void test_one_answer(void **state)
{
    size_t bytes;
    uint8_t *file = make_file(&bytes);

    (void)state;
    assert_int_equal(nev_load_u32le(file + NEV_NVW_AT_CHUNK_LEN), CHUNKS);
    all_say(file, bytes, NEV_OK, 0);
    for (uint32_t chunk = 0; chunk < CHUNKS; chunk++) { /* a bit in each chunk: its first byte is named */
        size_t at = FIRST + chunk * NEV_NVW_CHUNK_BYTES;

        file[at + 777] ^= 4;
        all_say(file, bytes, NEV_ERR_CHECKSUM, at);
        file[bytes - 1] ^= 1; /* and one later does not change that */
        all_say(file, bytes, NEV_ERR_CHECKSUM, at);
        file[bytes - 1] ^= 1;
        file[at + 777] ^= 4;
    }
    free(file);
}

static void forget_last(void *pool, nev_task *task, void *arg, uint32_t parts)
{
    (void)pool;
    for (uint32_t part = 0; part + 1 < parts; part++) {
        task(arg, part, parts);
    }
}

/* Verifies: NEV-WT-048 (what a caller's threads did not look at is not taken for good) */
static void test_lazy_threads(void **state)
{
    struct nev_parallel par = {.parts = 3, .run = forget_last};
    struct nev_weights w;
    struct nev_error err;
    size_t bytes;
    uint8_t *file = make_file(&bytes);

    (void)state;
    assert_int_equal(nev_weights_open(&w, file, bytes, &err), NEV_OK);
    assert_int_equal(nev_weights_verify_by(&w, &par, NEV_ISA_C, &err), NEV_ERR_CHECKSUM);
    par.run = NULL;
    assert_int_equal(nev_weights_verify_by(&w, &par, NEV_ISA_C, &err), NEV_OK);
    par.parts = 0;
    assert_int_equal(nev_weights_verify_by(&w, &par, NEV_ISA_C, &err), NEV_ERR_ARGUMENT);
    par.parts = NEV_THREADS_MAX + 1;
    assert_int_equal(nev_weights_verify_by(&w, &par, NEV_ISA_C, &err), NEV_ERR_ARGUMENT);
    free(file);
}

/* Verifies: NEV-WT-046 (NaN, infinity, negative variances and padding are found wherever they stand, the first is named) */
static void test_values(void **state)
{
    static const struct {
        size_t at;
        uint32_t bits;
        enum nev_status status;
    } bad[] = {
        {FIRST, 0x7F800000, NEV_ERR_VALUE},
        {FIRST + NEV_NVW_CHUNK_BYTES - 4, 0xFFFFFFFF,
         NEV_ERR_VALUE}, /* the last of a chunk, the first of the next */
        {FIRST + NEV_NVW_CHUNK_BYTES, 0x7F800001, NEV_ERR_VALUE},
        {SECOND - 4, 0xFF800000, NEV_ERR_VALUE},
        {SECOND, 0x80000001, NEV_ERR_VALUE}, /* the smallest negative variance */
        {SECOND + 4 * (SIDE + 2), 0xBF800000, NEV_ERR_VALUE},
        {SECOND + 4 * (SIDE + 3), 0x00000001, NEV_ERR_FORMAT}, /* padding */
    };
    size_t bytes;
    uint8_t *file = make_file(&bytes);

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint32_t old = nev_load_u32le(file + bad[i].at);

        nev_store_u32le(file + bad[i].at, bad[i].bits);
        sample_sign(file, bytes, LIST, FIRST);
        all_say(file, bytes, bad[i].status, bad[i].at);
        nev_store_u32le(file + bad[i].at, old);
    }
    nev_store_u32le(file + FIRST,
                    0x7F7FFFFF); /* the largest number, and minus zero for a variance, are numbers */
    nev_store_u32le(file + SECOND, 0x80000000);
    sample_sign(file, bytes, LIST, FIRST);
    all_say(file, bytes, NEV_OK, 0);
    free(file);
}

/* Verifies: NEV-WT-047 (a digest that its list does not have is refused at opening, before any payload is read) */
static void test_list(void **state)
{
    struct nev_weights w;
    struct nev_error err;
    size_t bytes;
    uint8_t *file = make_file(&bytes);

    (void)state;
    file[LIST + 3 * NEV_SHA256_BYTES] ^= 1;
    assert_int_equal(nev_weights_open(&w, file, bytes, &err), NEV_ERR_CHECKSUM);
    assert_int_equal(err.offset, NEV_NVW_AT_PAYLOAD_SHA256);
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_answer),
        cmocka_unit_test(test_lazy_threads),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_list),
    };

    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
