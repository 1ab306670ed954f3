/* SPDX-License-Identifier: MIT */
/* Refusals of the importers and of weights/reader.c that files hardly run into: limits, arenas, lists that do not fit. */
#include "tests/support/test.h"

#include "tests/weights/build.h"
#include "tests/weights/sample.h"
#include "weights/import/darknet.h"
#include "weights/import/import.h"
#include "weights/import/onnx.h"
#include "weights/import/pickle.h"
#include "weights/import/safetensors.h"
#include "weights/import/torch.h"
#include "weights/import/zip.h"

static void assert_said(enum nev_status s, const struct nev_error *err, enum nev_status status,
                        uint64_t offset, const char *name)
{
    assert_int_equal(s, status);
    assert_int_equal(err->status, status);
    assert_int_equal(err->offset, offset);
    assert_string_equal(err->name, name);
    assert_non_null(err->what);
}

/* Verifies: NEV-SAFE-021 (darknet.c: cut within the header; versions of no darknet) */
static void test_darknet(void **state)
{
    static const uint8_t zero[16];
    uint8_t other[16] = {0};
    struct nev_error err;
    uint64_t header;

    (void)state;
    assert_said(nev_darknet_header(zero, 15, &header, &err), &err, NEV_ERR_TRUNCATED, 15, "darknet header");
    nev_store_u32le(other, 2001);
    assert_said(nev_darknet_header(other, 16, &header, &err), &err, NEV_ERR_FORMAT, 0, "darknet header");
    nev_store_u32le(other, 0);
    nev_store_u32le(other + 4, 0x80000000u);
    assert_said(nev_darknet_header(other, 16, &header, &err), &err, NEV_ERR_FORMAT, 0, "darknet header");
}

/* Verifies: NEV-SAFE-021 (an archive that says it has more than 8,192 entries) */
static void test_zip_entries(void **state)
{
    uint8_t end[22] = {0};
    struct nev_error err;
    struct nev_zip zip;

    (void)state;
    nev_store_u32le(end, 0x06054b50);
    nev_store_u16le(end + 8, 8193);
    nev_store_u16le(end + 10, 8193);
    assert_int_equal(nev_zip_begin(&zip, end, sizeof end, &err), NEV_ERR_LIMIT);
    assert_true(err.name[0] != '\0' && err.offset <= sizeof end);
}

/* Verifies: NEV-SAFE-021 (a header of more than 16 MiB; 4,097 tensors) */
static void test_safetensors(void **state)
{
    size_t bytes = 8 + (16u << 20) + 1, arena_bytes;
    uint8_t *large = calloc(1, bytes);
    struct build b = {NULL, 0, 0};
    struct nev_source_tensor *tensor;
    struct nev_arena arena;
    struct nev_error err;
    uint32_t len;
    char text[96];
    void *memory;
    int i;

    (void)state;
    assert_non_null(large);
    nev_store_u64le(large, (16u << 20) + 1);
    assert_said(nev_safetensors_arena_bytes(large, bytes, &arena_bytes, &err), &err, NEV_ERR_LIMIT, 0,
                "safetensors");
    free(large);
    build_u64(&b, 0);
    for (i = 0; i < 4097; i++) {
        snprintf(text, sizeof text, "%c\"t%d\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}",
                 i == 0 ? '{' : ',', i);
        build_text(&b, text);
    }
    build_text(&b, "}");
    nev_store_u64le(b.p, b.len - 8);
    assert_int_equal(nev_safetensors_arena_bytes(b.p, b.len, &arena_bytes, &err), NEV_OK);
    memory = malloc(arena_bytes);
    assert_non_null(memory);
    nev_arena_init(&arena, memory, arena_bytes);
    assert_int_equal(nev_safetensors_read(b.p, b.len, &arena, &tensor, &len, &err), NEV_ERR_LIMIT);
    assert_string_equal(err.name, "safetensors");
    assert_true(err.offset > b.len - 100 && err.offset < b.len);
    free(memory);
    build_free(&b);
}

/* Verifies: NEV-SAFE-021 (a graph of 4,097 nodes) */
static void test_onnx_nodes(void **state)
{
    struct build graph = {NULL, 0, 0}, model = {NULL, 0, 0};
    struct nev_error err;
    size_t need, at;
    int i;

    (void)state;
    for (i = 0; i < 4097; i++) {
        build_pb_bytes(&graph, 1, "", 0);
    }
    build_pb_bytes(&model, 7, graph.p, graph.len);
    at = model.len;
    build_pb_bytes(&model, 8, "\x10\x0d", 2);
    assert_said(nev_onnx_arena_bytes(model.p, model.len, &need, &err), &err, NEV_ERR_LIMIT, at, "graph");
    build_free(&graph);
    build_free(&model);
}

/* Verifies: NEV-SAFE-021 (no memory at all for any importer, whatever its size query said) */
static void test_no_memory(void **state)
{
    static const uint8_t json[] = "\2\0\0\0\0\0\0\0{}", pickle[] = "\x80\2}.";
    struct build graph = {NULL, 0, 0}, model = {NULL, 0, 0};
    struct build_zip z = {0};
    struct nev_source_tensor *tensor;
    struct nev_pickle machine;
    struct nev_arena arena;
    struct nev_error err;
    struct nev_onnx g;
    uint8_t one[8];
    uint32_t n;

    (void)state;
    nev_arena_init(&arena, one, 0);
    assert_said(nev_safetensors_read(json, 10, &arena, &tensor, &n, &err), &err, NEV_ERR_MEMORY,
                NEV_NO_OFFSET, "arena");
    build_pb_bytes(&graph, 1, "", 0);
    build_pb_bytes(&model, 7, graph.p, graph.len);
    build_pb_bytes(&model, 8, "\x10\x0d", 2);
    assert_said(nev_onnx_read(&g, model.p, model.len, &arena, &err), &err, NEV_ERR_MEMORY, NEV_NO_OFFSET,
                "arena");
    build_zip_add(&z, "a/data.pkl", pickle, 4);
    build_zip_end(&z);
    assert_said(nev_torch_read(z.out.p, z.out.len, &arena, &tensor, &n, &err), &err, NEV_ERR_MEMORY,
                NEV_NO_OFFSET, "arena");
    assert_int_equal(nev_pickle_run(&machine, pickle, 4, 0, &arena, &n, &err), NEV_ERR_MEMORY);
    assert_true(err.name[0] != '\0');
    build_zip_free(&z);
    build_free(&graph);
    build_free(&model);
}

/* Verifies: NEV-SAFE-021 (no tensors wanted, too many, one that was not bound) */
static void test_import_arguments(void **state)
{
    static const struct nev_tensor_spec spec = {"w", NEV_TENSOR_BIAS, 1, {1, 1, 1, 1}};
    struct nev_import imp = {0};
    struct nev_error err;
    uint8_t payload[4];

    (void)state;
    assert_said(nev_import_bind(&imp, NEV_NET_RESNET18, &spec, 0, &err), &err, NEV_ERR_ARGUMENT,
                NEV_NO_OFFSET, "specs");
    assert_said(nev_import_bind(&imp, NEV_NET_RESNET18, &spec, NEV_TENSORS_MAX + 1, &err), &err,
                NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "specs");
    assert_said(nev_import_store(&imp, 0, &spec, payload, &err), &err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "w");
    imp.kind = NEV_SOURCE_ONNX;
    assert_said(nev_import_bind(&imp, NEV_NET_RESNET18, &spec, 1, &err), &err, NEV_ERR_MISSING, NEV_NO_OFFSET,
                "w");
}

/* Verifies: NEV-SAFE-021 (reader.c: a table longer than the file; a file longer than its payloads, by less than a chunk) */
static void test_reader(void **state)
{
    struct nev_weights w;
    struct nev_error err;
    size_t bytes;
    uint8_t *file = sample_file(&bytes), *longer = calloc(1, bytes + 64);

    (void)state;
    assert_non_null(longer);
    memcpy(longer, file, bytes);
    nev_store_u64le(longer + NEV_NVW_AT_FILE_BYTES, bytes + 64);
    assert_said(nev_weights_open(&w, longer, bytes + 64, &err), &err, NEV_ERR_FORMAT, NEV_NVW_AT_FILE_BYTES,
                "file_bytes");
    nev_store_u32le(file + NEV_NVW_AT_TENSOR_LEN, 1000);
    nev_store_u64le(file + NEV_NVW_AT_PAYLOAD, nev_nvw_payload_offset(1000, 1));
    assert_said(nev_weights_open(&w, file, bytes, &err), &err, NEV_ERR_TRUNCATED, bytes, "table");
    free(longer);
    free(file);
}

/* Verifies: NEV-SAFE-021 (a pickle that ends within a number) */
static void test_pickle(void **state)
{
    struct nev_pickle machine;
    struct nev_arena arena;
    struct nev_error err;
    uint64_t memory[512];
    uint32_t root;

    (void)state;
    nev_arena_init(&arena, memory, sizeof memory);
    assert_int_equal(nev_pickle_run(&machine, (const uint8_t *)"\x80\2\x8a\2\1", 5, 100, &arena, &root, &err),
                     NEV_ERR_TRUNCATED);
    assert_true(err.status == NEV_ERR_TRUNCATED && err.name[0] != '\0' && err.offset >= 100 &&
                err.offset <= 105);
}

/* Verifies: NEV-SAFE-021 (a checkpoint of 4,097 tensors, all of them the same one) */
static void test_torch(void **state)
{
    const struct build_tensor tensor = {"FloatStorage", "0", 1, 0, 1, {1}, {1}};
    struct nev_source_tensor *out;
    struct build_zip z = {0};
    struct build b = {NULL, 0, 0};
    struct nev_arena arena;
    struct nev_error err;
    size_t need;
    uint32_t len;
    char text[16];
    void *memory;
    int i;

    (void)state;
    build_text(&b, "\x80\2}(");
    for (i = 0; i < 4097; i++) {
        snprintf(text, sizeof text, "t%d", i);
        build_pickle_text(&b, text);
        if (i == 0) {
            build_pickle_tensor(&b, &tensor);
        }
        build_bytes(&b, i == 0 ? "q\0" : "h\0", 2);
    }
    build_text(&b, "u.");
    build_zip_add(&z, "a/data.pkl", b.p, b.len);
    build_zip_add(&z, "a/data/0", "\0\0\0\0", 4);
    build_zip_end(&z);
    assert_int_equal(nev_torch_arena_bytes(z.out.p, z.out.len, &need, &err), NEV_OK);
    memory = malloc(need);
    assert_non_null(memory);
    nev_arena_init(&arena, memory, need);
    assert_int_equal(nev_torch_read(z.out.p, z.out.len, &arena, &out, &len, &err), NEV_ERR_LIMIT);
    assert_string_equal(err.name, "state_dict");
    assert_true(err.offset < z.out.len);
    free(memory);
    build_zip_free(&z);
    build_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_darknet),     cmocka_unit_test(test_zip_entries),
        cmocka_unit_test(test_safetensors), cmocka_unit_test(test_onnx_nodes),
        cmocka_unit_test(test_no_memory),   cmocka_unit_test(test_import_arguments),
        cmocka_unit_test(test_reader),      cmocka_unit_test(test_pickle),
        cmocka_unit_test(test_torch),
    };

    return cmocka_run_group_tests_name("refusals", tests, NULL, NULL);
}
