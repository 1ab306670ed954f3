/* SPDX-License-Identifier: MIT */
/* Foreign files small enough to fuzz: checkpoints whose tensors have one element where an importer lets them. */
#include "tests/fuzz/seeds.h"

#include "tests/support/test.h"

#include "tests/fuzz/import.h"
#include "tests/weights/build.h"
#include "weights/import/import.h"

static void seed_build(const char *reader, const char *name, struct build *b)
{
    seed(reader, name, b->p, b->len);
    build_free(b);
}

static void seed_zips(void)
{
    struct build_zip z;
    char name[32];
    unsigned v;

    for (v = 0; v < 4; v++) {
        memset(&z, 0, sizeof z);
        z.has_descriptors = (v & 1) != 0;
        z.is_zip64 = (v & 2) != 0;
        build_zip_add(&z, "a/data.pkl", "}.", 2);
        build_zip_add(&z, "a/data/0", "\0\1\2\3", 4);
        build_zip_end(&z);
        snprintf(name, sizeof name, "own-%u.zip", v);
        seed("zip", name, z.out.p, z.out.len);
        build_zip_free(&z);
    }
}

/* A state_dict of one tensor; stride 0 lets one number be a whole tensor. */
static void put_state(struct build *b, const char *name, const struct build_tensor *t)
{
    build_pickle_dict(b);
    build_u8(b, '(');
    build_pickle_text(b, name);
    build_pickle_tensor(b, t);
    build_text(b, "u.");
}

static void seed_torch(const char *file, const char *name, const struct build_tensor *t, const char *outer)
{
    static const uint8_t numbers[16] = {0, 0, 0x80, 0x3f, 0, 0, 0, 0x40};
    struct build_zip z = {.has_descriptors = true};
    struct build b = {NULL, 0, 0};

    if (outer != NULL) {
        build_text(&b, "\x80\2}(");
        build_pickle_text(&b, outer);
    }
    put_state(&b, name, t);
    if (outer != NULL) {
        b.len--;
        build_text(&b, "u.");
    }
    seed("pickle", file, b.p, b.len);
    build_zip_add(&z, "m/data.pkl", b.p, b.len);
    build_zip_add(&z, "m/byteorder", "little", 6);
    build_zip_add(&z, "m/data/0", numbers, sizeof numbers);
    build_zip_end(&z);
    seed("torch", file, z.out.p, z.out.len);
    build_zip_free(&z);
    build_free(&b);
}

static void seed_torches(void)
{
    static const struct {
        const char *name;
        struct build_tensor t;
        const char *outer;
    } rows[] = {
        {"conv1.weight", {"FloatStorage", "0", 4, 0, 4, {64, 3, 7, 7}, {0, 0, 0, 0}}, NULL},
        {"conv1.weight", {"HalfStorage", "0", 8, 1, 4, {32, 3, 3, 3}, {0, 0, 0, 1}}, "state_dict"},
        {"module.features.0.0.weight", {"DoubleStorage", "0", 2, 0, 4, {32, 3, 3, 3}, {0, 0, 0, 0}}, "model"},
        {"features.0.0.weight", {"BFloat16Storage", "0", 8, 2, 4, {32, 3, 3, 3}, {0, 0, 1, 0}}, NULL},
        {"conv_stem.weight", {"FloatStorage", "0", 4, 0, 4, {32, 3, 3, 3}, {0, 0, 0, 0}}, NULL},
        {"steps", {"LongStorage", "0", 2, 0, 1, {2}, {1}}, "model_state_dict"},
        {"w", {"ByteStorage", "0", 16, 0, 5, {1, 1, 1, 2, 2}, {1, 1, 1, 1, 1}}, NULL},
    };
    char file[32];
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(file, sizeof file, "own-%zu", i);
        seed_torch(file, rows[i].name, &rows[i].t, rows[i].outer);
    }
}

/* Opcodes that PyTorch's own pickles use and build.h does not, and some that are refused. */
static void seed_pickles(void)
{
    static const struct {
        const char *name, *text;
        size_t bytes;
    } rows[] = {
        {"memo",
         "\x80\2}q\0(X\1\0\0\0aq\1K\1h\0r\2\0\0\0"
         "u.",
         25},
        {"ints", "(K\1M\1\2J\1\2\3\4\x8a\1\5\x8a\3\1\2\3I12\nt.", 27},
        {"strings", "(U\1aX\1\0\0\0b\x8c\1c\x8d\1\0\0\0\0\0\0\0dt.", 29},
        {"lists", "]q\0(K\1K\2e}(K\1K\2s.", 18},
        {"tuples", "N\x85N\x88\x86N\x89N\x87)\x93.", 13},
        {"proto4", "\x80\4\x95\5\0\0\0\0\0\0\0}\x94K\1.", 15},
        {"call", "cos\nsystem\n(U\2lstR.", 19},
        {"float", "G?\xf0\0\0\0\0\0\0.", 10},
        {"build", "}}b0.", 5},
        {"param", "ctorch._utils\n_rebuild_parameter\n(N\x88}tR.", 41},
    };
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        seed("pickle", rows[i].name, rows[i].text, rows[i].bytes);
    }
}

static void seed_safetensors(void)
{
    static const struct {
        const char *json;
        size_t bytes;
    } rows[] = {
        {"{\"conv1.weight\":{\"dtype\":\"F32\",\"shape\":[32,3,3,3],\"data_offsets\":[0,3456]}}", 3456},
        {"{\"__metadata__\":{\"format\":\"pt\"},\"features.0.0.weight\":{\"shape\":[32,3,3,3],\"data_"
         "offsets\":[0,1728],\"dtype\":\"F16\"},"
         "\"classifier.1.bias\":{\"dtype\":\"BF16\",\"shape\":[1000],\"data_offsets\":[1728,3728]}}",
         3728},
        {"{\"a\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"U8\",\"shape\":["
         "0],\"data_offsets\":[8,8]}}",
         8},
        {"{\"\\u0061\\\"\" : { \"shape\" : [ 1 , 2 ] , \"dtype\" : \"F64\" , \"data_offsets\" : [ 0 , 16 ] } "
         "} ",
         16},
        {"{}", 0},
        {"{\"a\":[[[[{}]]]]}", 0},
    };
    char name[32];
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct build b = {NULL, 0, 0};

        build_u64(&b, strlen(rows[i].json));
        build_text(&b, rows[i].json);
        if (rows[i].bytes > 0) {
            memset(build_room(&b, rows[i].bytes), 0x3F, rows[i].bytes);
        }
        snprintf(name, sizeof name, "own-%zu", i);
        seed_build("safetensors", name, &b);
    }
}

/* Both header widths: 16 bytes, or 20 since version 0.2. */
static void seed_darknets(void)
{
    static struct nev_tensor_spec specs[FUZZ_SPECS_MAX];
    uint32_t rows = fuzz_import_specs(NEV_SOURCE_DARKNET, NEV_NET_DARKNET19, specs), i, wide, floats = 0;

    for (i = 0; i < rows; i++) {
        floats += specs[i].dim[0] * specs[i].dim[1] * specs[i].dim[2] * specs[i].dim[3];
    }
    for (wide = 0; wide < 2; wide++) {
        struct build b = {NULL, 0, 0};

        build_u32(&b, 0);
        build_u32(&b, wide ? 2 : 1);
        build_u32(&b, 0);
        build_u32(&b, 0);
        if (wide) {
            build_u32(&b, 0);
        }
        for (i = 0; i < floats; i++) {
            build_u32(&b, nev_f32_bits(0.25f + (float)i));
        }
        seed_build("darknet", wide ? "wide" : "narrow", &b);
    }
}

/* A graph being written; MobileNetV2's 53 layers, all but the first two of one element. */
struct graph {
    struct build b;
    char value[16];
    unsigned values;
};

static void put_ints(struct build *node, const char *name, const int64_t *v, unsigned len)
{
    struct build a = {NULL, 0, 0};
    unsigned i;

    build_pb_text(&a, 1, name);
    for (i = 0; i < len; i++) {
        build_pb_int(&a, 8, (uint64_t)v[i]);
    }
    build_pb_bytes(node, 5, a.p, a.len);
    build_free(&a);
}

/* An initialiser of n elements of float16, each 0.5. */
static void put_constant(struct graph *g, const char *name, const uint32_t *dim, uint32_t ndim)
{
    struct build t = {NULL, 0, 0};
    uint32_t d, n = 1;
    void *data;

    for (d = 0; d < ndim; d++) {
        build_pb_int(&t, 1, dim[d]);
        n *= dim[d];
    }
    build_pb_int(&t, 2, 10);
    build_pb_text(&t, 8, name);
    data = malloc(2u * n);
    assert_non_null(data);
    memset(data, 0x38, 2u * n);
    build_pb_bytes(&t, 9, data, 2u * n);
    free(data);
    build_pb_bytes(&g->b, 5, t.p, t.len);
    build_free(&t);
}

/* A node of inputs a, b and those of names; `node` may hold attributes already. */
static void put_node(struct graph *g, struct build *node, const char *op, const char *const *in, unsigned len)
{
    unsigned i;

    build_pb_text(node, 4, op);
    for (i = 0; i < len; i++) {
        build_pb_text(node, 1, in[i]);
    }
    snprintf(g->value, sizeof g->value, "v%u", g->values++);
    build_pb_text(node, 2, g->value);
    build_pb_bytes(&g->b, 1, node->p, node->len);
    build_free(node);
}

static void put_layer(struct graph *g, unsigned unit, int64_t stride, bool has_norm)
{
    const uint32_t dim[4] = {unit < 2 ? 32 : 1, unit == 0 ? 3 : 1, unit < 2 ? 3 : 1, unit < 2 ? 3 : 1};
    const int64_t half = unit < 2 ? 1 : 0, pads[4] = {half, half, half, half}, strides[2] = {stride, stride};
    struct build node = {NULL, 0, 0};
    char value[16], names[5][16];
    const char *in[5] = {value, names[0], names[1], names[2], names[3]};
    unsigned i;

    snprintf(names[4], sizeof names[4], "w%u", unit);
    put_constant(g, names[4], dim, 4);
    put_ints(&node, "pads", pads, 4);
    put_ints(&node, "strides", strides, 2);
    memcpy(value, g->value, sizeof value);
    put_node(g, &node, "Conv", (const char *const[]){value, names[4]}, 2);
    if (has_norm) {
        for (i = 0; i < 4; i++) {
            snprintf(names[i], sizeof names[i], "n%u.%u", unit, i);
            put_constant(g, names[i], dim, 1);
        }
        memcpy(value, g->value, sizeof value);
        put_node(g, &node, "BatchNormalization", in, 5);
    }
    memcpy(value, g->value, sizeof value);
    put_node(g, &node, "Clip", in, 1);
}

static void put_last(struct graph *g)
{
    static const uint32_t one[2] = {1, 1};
    struct build node = {NULL, 0, 0};
    char value[16];

    put_constant(g, "fw", one, 2);
    put_constant(g, "fb", one, 1);
    memcpy(value, g->value, sizeof value);
    put_node(g, &node, "GlobalAveragePool", (const char *const[]){value}, 1);
    memcpy(value, g->value, sizeof value);
    put_node(g, &node, "Gemm", (const char *const[]){value, "fw", "fb"}, 3);
}

/* The layers of Sandler et al. 2018, table 2, as the importer counts them: 52 convolutions, 10 additions, 5 strides. */
static void put_graph(struct graph *g, bool has_norms)
{
    static const unsigned rows[7][3] = {{1, 1, 1}, {6, 2, 2}, {6, 3, 2}, {6, 4, 2},
                                        {6, 3, 1}, {6, 3, 2}, {6, 1, 1}};
    struct build node = {NULL, 0, 0};
    char start[16], end[16];
    unsigned unit = 0, r, b;

    strcpy(g->value, "in");
    put_layer(g, unit++, 2, has_norms);
    for (r = 0; r < 7; r++) {
        for (b = 0; b < rows[r][1]; b++) {
            memcpy(start, g->value, sizeof start);
            if (rows[r][0] != 1) {
                put_layer(g, unit++, 1, has_norms);
            }
            put_layer(g, unit++, b == 0 ? (int64_t)rows[r][2] : 1, has_norms);
            put_layer(g, unit++, 1, has_norms);
            if (b > 0) {
                memcpy(end, g->value, sizeof end);
                put_node(g, &node, "Add", (const char *const[]){start, end}, 2);
            }
        }
    }
    put_layer(g, unit++, 1, has_norms);
    put_last(g);
}

static void seed_graph(const char *name, bool has_norms, unsigned layers)
{
    struct graph g = {.values = 0};
    struct build in = {NULL, 0, 0}, model = {NULL, 0, 0};
    unsigned i;

    strcpy(g.value, "in");
    build_pb_text(&in, 1, "in");
    build_pb_bytes(&g.b, 11, in.p, in.len);
    build_free(&in);
    for (i = 0; i < layers; i++) {
        put_layer(&g, i, 1, has_norms);
    }
    if (layers == 0) {
        put_graph(&g, has_norms);
    }
    build_pb_int(&model, 1, 8);
    build_pb_bytes(&model, 7, g.b.p, g.b.len);
    build_pb_bytes(&model, 8, "\x10\x0D", 2); /* opset 13 */
    build_free(&g.b);
    seed_build("onnx", name, &model);
}

void seed_imports(void)
{
    seed_zips();
    seed_torches();
    seed_pickles();
    seed_safetensors();
    seed_darknets();
    seed_graph("norms", true, 0);
    seed_graph("folded", false, 0);
    seed_graph("short", true, 1);
}
