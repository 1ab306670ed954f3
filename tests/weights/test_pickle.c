/* SPDX-License-Identifier: MIT */
/* weights/import/pickle.c: it reads what a state_dict is made of, and nothing else. */
#include "tests/support/test.h"

#include "tests/weights/build.h"
#include "weights/import/pickle.h"

#define OFFSET 1000u /* where the pickle stands in its file */

static struct nev_pickle machine;
static void *memory;

/* Runs a pickle of exactly these bytes; the arena has not a byte more than the query says. */
static enum nev_status run(const uint8_t *p, size_t bytes, struct nev_error *err)
{
    size_t need = nev_pickle_arena_bytes(bytes);
    uint8_t *copy = build_exact(p, bytes);
    struct nev_arena arena;
    enum nev_status s;
    uint32_t root;

    free(memory);
    memory = malloc(need);
    assert_non_null(memory);
    nev_arena_init(&arena, memory, need);
    s = nev_pickle_run(&machine, copy, bytes, OFFSET, &arena, &root, err);
    free(copy);
    return s;
}

static enum nev_status run_text(const char *text, size_t bytes, struct nev_error *err)
{
    return run((const uint8_t *)text, bytes, err);
}
#define RUN(literal, err) run_text(literal, sizeof(literal) - 1, err)

static void make_state_dict(struct build *b)
{
    static const struct build_tensor t = {"FloatStorage", "0", 6, 0, 2, {2, 3}, {3, 1}};

    memset(b, 0, sizeof *b);
    build_text(b, "\x80\x02");
    build_pickle_dict(b);
    build_text(b, "q\1(");
    build_pickle_text(b, "fc.weight");
    build_pickle_tensor(b, &t);
    build_pickle_text(b, "again");
    build_text(b, "h\1u");
    build_text(b, "}"); /* the attributes: _metadata */
    build_pickle_text(b, "_metadata");
    build_text(b, "Nsb.");
}

/* Verifies: NEV-WT-013 (a state_dict as PyTorch writes it) */
static void test_state_dict(void **state)
{
    struct nev_error err;
    struct build b;

    (void)state;
    make_state_dict(&b);
    assert_int_equal(run(b.p, b.len, &err), NEV_OK);
    build_free(&b);
    assert_int_equal(RUN("\x80\x04\x95\0\0\0\0\0\0\0\0}\x94(\x8c\1aK\1\x8c\1b]\x94(K\2M\3\4eu.", &err),
                     NEV_OK);
    assert_int_equal(RUN("(K\1\x8a\2\xff\xffG\0\0\0\0\0\0\0\0\x88t.", &err), NEV_OK);
}

/* Verifies: NEV-WT-014 (every function but the few on the list is named and refused; nothing is called) */
static void test_forbidden(void **state)
{
    static const struct {
        const char *text;
        size_t bytes;
        const char *name;
        uint64_t offset;
    } bad[] = {
#define BAD(text, name, at) {text, sizeof(text) - 1, name, OFFSET + (at)}
        BAD("\x80\x02"
            "cos\nsystem\nX\x0a\0\0\0touch pwnd\x85R.",
            "os.system", 2),
        BAD("cposix\nsystem\n(X\1\0\0\0atR.", "posix.system", 0),
        BAD("c__builtin__\neval\n.", "__builtin__.eval", 0),
        BAD("cbuiltins\ngetattr\n.", "builtins.getattr", 0),
        BAD("\x8c\2os\x8c\6system\x93.", "os.system", 12),
        BAD("ctorch._utils\n_rebuild_tensor\n.", "torch._utils._rebuild_tensor", 0),
        BAD("ctorch\nFloatStorage.os\n.", "torch.FloatStorage.os", 0),
        BAD("ccollections\nOrderedDict \n.", "collections.OrderedDict ", 0),
        BAD("(S'id'\nios\nsystem\n.", "opcode 0x53", 1),
        BAD("(ios\nsystem\n.", "opcode 0x69", 1),
        BAD("(cos\nsystem\no.", "os.system", 1),
        BAD("ccollections\nOrderedDict\n)\x81.", "opcode 0x81", 26),
        BAD("\x82\1.", "opcode 0x82", 0),
        BAD("P0\n.", "opcode 0x50", 0),
        BAD("ctorch\nFloatStorage\n)R.", "REDUCE", 21),
        BAD("K\1)R.", "REDUCE", 3),
        BAD("K\1}b.", "BUILD", 3),
    };
    struct nev_error err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(run_text(bad[i].text, bad[i].bytes, &err), NEV_ERR_FORBIDDEN);
        assert_string_equal(err.name, bad[i].name);
        assert_int_equal(err.offset, bad[i].offset);
    }
}

/* Verifies: NEV-WT-015 (operands that are missing, memos out of range, huge lengths) */
static void test_malformed(void **state)
{
    struct nev_error err;

    (void)state;
    assert_int_equal(RUN("", &err), NEV_ERR_LIMIT);
    assert_int_equal(RUN(".", &err), NEV_ERR_FORMAT);
    assert_int_equal(RUN("(.", &err), NEV_ERR_FORMAT);
    assert_int_equal(RUN("NN.", &err), NEV_ERR_FORMAT);
    assert_int_equal(RUN("t.", &err), NEV_ERR_FORMAT);
    assert_int_equal(RUN("N\x86.", &err), NEV_ERR_FORMAT);
    assert_int_equal(RUN("(N\x86.", &err), NEV_ERR_FORMAT);
    assert_int_equal(RUN("Ns.", &err), NEV_ERR_FORMAT);
    assert_int_equal(RUN("}(Nu.", &err), NEV_ERR_FORMAT);
    assert_int_equal(RUN("](Nu.", &err), NEV_ERR_FORMAT);
    assert_int_equal(RUN("N(NNu.", &err), NEV_ERR_FORMAT);
    assert_int_equal(RUN("R.", &err), NEV_ERR_FORMAT);
    assert_int_equal(RUN("NNR.", &err), NEV_ERR_FORMAT);
    assert_int_equal(RUN("b.", &err), NEV_ERR_FORMAT);
    assert_int_equal(RUN("NQ.", &err), NEV_ERR_FORMAT);
    assert_int_equal(RUN(")Q.", &err), NEV_ERR_FORMAT);
    assert_int_equal(RUN("h\0.", &err), NEV_ERR_FORMAT);
    assert_int_equal(RUN("(q\0h\0.", &err), NEV_ERR_FORMAT);
    assert_int_equal(RUN("Nr\xff\xff\xff\xff.", &err), NEV_ERR_LIMIT);
    assert_int_equal(RUN("q\0.", &err), NEV_ERR_LIMIT);
    assert_int_equal(RUN("\x80\x06N.", &err), NEV_ERR_VERSION);
    assert_int_equal(RUN("X\xff\xff\xff\xff"
                         "abc.",
                         &err),
                     NEV_ERR_TRUNCATED);
    assert_int_equal(RUN("\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
                         "a.",
                         &err),
                     NEV_ERR_TRUNCATED);
    assert_int_equal(RUN("\x8a\x09"
                         "123456789.",
                         &err),
                     NEV_ERR_LIMIT);
    assert_int_equal(RUN("cos", &err), NEV_ERR_TRUNCATED);
    assert_int_equal(RUN("N", &err), NEV_ERR_TRUNCATED);
    assert_int_equal(err.offset, OFFSET + 1);
}

/* Verifies: NEV-WT-015 (memo bombs: doubling by reference stays as small as the pickle) */
static void test_bombs(void **state)
{
    struct nev_error err;
    struct build b = {NULL, 0, 0};
    unsigned i;

    (void)state;
    /* Tuples of tuples: 3^100 leaves, if anybody unfolded them. */
    build_bytes(&b, ")q\0", 3);
    for (i = 0; i < 100; i++) {
        build_bytes(&b, "h\0h\0\x87q\0", 7);
    }
    build_u8(&b, '.');
    assert_int_equal(run(b.p, b.len, &err), NEV_OK);
    assert_true(machine.item_len <= b.len && machine.value_len <= b.len && machine.stack_len <= b.len);
    build_free(&b);
    for (i = 0; i < 10000; i++) { /* deep nesting costs no stack */
        build_u8(&b, '(');
    }
    for (i = 0; i < 10000; i++) {
        build_u8(&b, 't');
    }
    build_u8(&b, '.');
    assert_int_equal(run(b.p, b.len, &err), NEV_OK);
    build_free(&b);
}

/* Verifies: NEV-WT-015 (cut anywhere: refused; any byte changed to any other: no harm done) */
static void test_every_byte(void **state)
{
    struct nev_error err;
    struct build b;
    size_t at, accepted = 0;
    unsigned v;

    (void)state;
    make_state_dict(&b);
    for (at = 0; at < b.len; at++) {
        assert_int_not_equal(run(b.p, at, &err), NEV_OK);
        for (v = 0; v < 256; v++) {
            uint8_t old = b.p[at];

            b.p[at] = (uint8_t)v;
            accepted += run(b.p, b.len, &err) == NEV_OK;
            b.p[at] = old;
        }
    }
    assert_true(accepted < 256 * b.len); /* the loop is for the sanitizers */
    build_free(&b);
}

static int tear_down(void **state)
{
    (void)state;
    free(memory);
    memory = NULL;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state_dict), cmocka_unit_test(test_forbidden),
        cmocka_unit_test(test_malformed),  cmocka_unit_test(test_bombs),
        cmocka_unit_test(test_every_byte),
    };

    return cmocka_run_group_tests_name("pickle", tests, NULL, tear_down);
}
