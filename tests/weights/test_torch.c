/* SPDX-License-Identifier: MIT */
/* weights/import/torch.c: archives, storages, tensors. */
#include "tests/support/test.h"

#include "tests/weights/build.h"
#include "weights/import/torch.h"

/* What a test changes of an otherwise good checkpoint. */
struct recipe {
    struct build_tensor tensor;
    const char *outer;      /* the key under which the state_dict lies, or NULL */
    const char *extra;      /* another entry of the archive */
    const char *extra_text; /* and what it holds */
    size_t storage_bytes;
};

static const struct recipe good = {
    {"FloatStorage", "0", 6, 0, 2, {2, 3}, {3, 1}}, NULL, "byteorder", "little", 24};

static void make(struct build_zip *z, const struct recipe *r)
{
    static const uint8_t numbers[64] = {0, 0, 0x80, 0x3f, 0, 0, 0, 0x40}; /* 1.0f, 2.0f, zeros */
    struct build b = {NULL, 0, 0};

    memset(z, 0, sizeof *z);
    z->has_descriptors = true;
    if (r->outer != NULL) {
        build_text(&b, "}(");
        build_pickle_text(&b, "epoch");
        build_pickle_int(&b, 9);
        build_pickle_text(&b, r->outer);
    }
    build_pickle_dict(&b);
    build_u8(&b, '(');
    build_pickle_text(&b, "w");
    build_pickle_tensor(&b, &r->tensor);
    build_u8(&b, 'u');
    build_text(&b, r->outer != NULL ? "u." : ".");
    build_zip_add(z, "m/data.pkl", b.p, b.len);
    build_zip_add(z, "m/data/0", numbers, r->storage_bytes);
    if (r->extra != NULL) {
        char name[64];

        snprintf(name, sizeof name, "m/%s", r->extra);
        build_zip_add(z, name, r->extra_text, strlen(r->extra_text));
    }
    build_zip_end(z);
    build_free(&b);
}

/* Reads with exactly the arena that the query asks for; *first is 0 unless there is a tensor "w". */
static enum nev_status judge(const uint8_t *data, size_t bytes, float *last, struct nev_error *err)
{
    uint8_t *copy = build_exact(data, bytes);
    struct nev_source_tensor *t;
    struct nev_arena arena;
    uint32_t len, d;
    size_t need;
    enum nev_status s = nev_torch_arena_bytes(copy, bytes, &need, err);
    void *memory = malloc(need + 1);

    assert_non_null(memory);
    nev_arena_init(&arena, memory, need);
    if (s == NEV_OK && (s = nev_torch_read(copy, bytes, &arena, &t, &len, err)) == NEV_OK) {
        uint64_t at = 0;

        assert_int_equal(len, 1);
        for (d = 0; d < t->ndim && d < 4; d++) {
            at += (t->dim[d] - 1) * t->stride[d];
        }
        /* The last element, so that a sanitizer sees a tensor that reaches too far. */
        *last = t->dtype == NEV_DTYPE_F32 ? nev_load_f32le(t->data + 4 * at) : (float)t->data[at];
    }
    free(memory);
    free(copy);
    return s;
}

static enum nev_status judge_recipe(const struct recipe *r, float *last, struct nev_error *err)
{
    struct build_zip z;
    enum nev_status s;

    make(&z, r);
    s = judge(z.out.p, z.out.len, last, err);
    build_zip_free(&z);
    return s;
}

/* Verifies: NEV-WT-022 (plain, nested, a view with strides of its own) */
static void test_good(void **state)
{
    static const char *const outers[] = {"state_dict", "model", "model_state_dict"};
    struct nev_error err;
    struct recipe r = good;
    float last;
    size_t i;

    (void)state;
    assert_int_equal(judge_recipe(&r, &last, &err), NEV_OK);
    for (i = 0; i < 3; i++) {
        r.outer = outers[i];
        assert_int_equal(judge_recipe(&r, &last, &err), NEV_OK);
    }
    r = good;
    r.tensor = (struct build_tensor){"FloatStorage", "0", 6, 1, 2, {1, 1}, {9, 9}};
    assert_int_equal(judge_recipe(&r, &last, &err), NEV_OK);
    assert_true(last == 2.0f);
}

/* Verifies: NEV-WT-023 (tensors that reach past their storage, storages of another size or absent) */
static void test_reach(void **state)
{
    static const struct {
        struct build_tensor tensor;
        enum nev_status status;
    } bad[] = {
        {{"FloatStorage", "0", 6, 1, 2, {2, 3}, {3, 1}}, NEV_ERR_SHAPE},
        {{"FloatStorage", "0", 6, 0, 2, {2, 3}, {4, 1}}, NEV_ERR_SHAPE},
        {{"FloatStorage", "0", 6, 6, 1, {1}, {1}}, NEV_ERR_SHAPE},
        {{"FloatStorage", "0", 6, 0x7FFFFFFF, 1, {1}, {1}}, NEV_ERR_SHAPE},
        {{"FloatStorage", "0", 6, 0x7FFFFFFF, 1, {0}, {1}}, NEV_ERR_SHAPE},
        {{"FloatStorage", "0", 6, 0, 2, {2, 2}, {0x7FFFFFFF, 0x7FFFFFFF}}, NEV_ERR_SHAPE},
        {{"FloatStorage", "0", 6, 0, 2, {0x10000, 0x10000}, {0, 0}}, NEV_ERR_LIMIT},
        {{"FloatStorage", "0", 6, 0, 5, {2, 2, 2, 2, 2}, {1, 1, 1, 1, 1}}, NEV_ERR_SHAPE},
        {{"FloatStorage", "0", 6, 0, 1, {0x80000000}, {1}}, NEV_ERR_FORMAT}, /* negative */
        {{"FloatStorage", "0", 5, 0, 1, {1}, {1}}, NEV_ERR_SHAPE},
        {{"FloatStorage", "0", 0xFFFFFFFF, 0, 1, {1}, {1}}, NEV_ERR_SHAPE},
        {{"DoubleStorage", "0", 6, 0, 1, {1}, {1}}, NEV_ERR_SHAPE},
        {{"FloatStorage", "1", 6, 0, 1, {1}, {1}}, NEV_ERR_MISSING},
        {{"FloatStorage", "", 6, 0, 1, {1}, {1}}, NEV_ERR_FORMAT},
    };
    struct nev_error err;
    struct recipe r = good;
    float last;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        r.tensor = bad[i].tensor;
        assert_int_equal(judge_recipe(&r, &last, &err), bad[i].status);
    }
}

/* Verifies: NEV-WT-023 (TorchScript, big-endian, no pickle, no tensors: each says what to do) */
static void test_other_archives(void **state)
{
    struct nev_error err;
    struct recipe r = good;
    struct build_zip z;
    float last;

    (void)state;
    r.extra = "constants.pkl";
    assert_int_equal(judge_recipe(&r, &last, &err), NEV_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.what, "state_dict"));
    r = good;
    r.extra_text = "big";
    assert_int_equal(judge_recipe(&r, &last, &err), NEV_ERR_UNSUPPORTED);

    memset(&z, 0, sizeof z);
    build_zip_add(&z, "word/document.xml", "<a/>", 4);
    build_zip_end(&z);
    assert_int_equal(judge(z.out.p, z.out.len, &last, &err), NEV_ERR_MISSING);
    build_zip_free(&z);
    build_zip_add(&z, "m/data.pkl", "}.", 2);
    build_zip_end(&z);
    assert_int_equal(judge(z.out.p, z.out.len, &last, &err), NEV_ERR_MISSING);
    build_zip_free(&z);
    build_zip_add(&z, "m/data.pkl", "cos\nsystem\n.", 12);
    build_zip_end(&z);
    assert_int_equal(judge(z.out.p, z.out.len, &last, &err), NEV_ERR_FORBIDDEN);
    assert_string_equal(err.name, "os.system");
    build_zip_free(&z);
}

/* Verifies: NEV-WT-024 (cut anywhere: refused; any bit flipped: refused or the same numbers) */
static void test_every_byte(void **state)
{
    struct nev_error err;
    struct build_zip z;
    float right, last;
    size_t cut, bit;

    (void)state;
    make(&z, &good);
    assert_int_equal(judge(z.out.p, z.out.len, &right, &err), NEV_OK);
    for (cut = 0; cut < z.out.len; cut++) {
        assert_int_not_equal(judge(z.out.p, cut, &last, &err), NEV_OK);
    }
    for (bit = 0; bit < 8 * z.out.len; bit++) {
        z.out.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (judge(z.out.p, z.out.len, &last, &err) == NEV_OK) {
            assert_true(last == right);
        }
        z.out.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    build_zip_free(&z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_reach),
        cmocka_unit_test(test_other_archives),
        cmocka_unit_test(test_every_byte),
    };

    return cmocka_run_group_tests_name("torch", tests, NULL, NULL);
}
