/* SPDX-License-Identifier: MIT */
/* nevus convert and nevus info, with tensors.c between them, as a user runs them. */
#include "tests/support/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nn/nn.h"
#include "tests/weights/network.h"
#include "tools/command.h"
#include "weights/layout.h"

static char folder[256];
static char out[65536], messages[4096]; /* what the last command wrote */

static const char *in_folder(const char *name)
{
    static char path[4][320];
    static unsigned next;

    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s/%s", folder, name);
    return path[next];
}

static int redirect(int fd, const char *name)
{
    char path[320];
    int saved, to;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    saved = dup(fd);
    to = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(saved >= 0 && to >= 0 && dup2(to, fd) == fd);
    close(to);
    return saved;
}

static void restore(int fd, int saved, const char *name, char *text, size_t size)
{
    char path[320];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(dup2(saved, fd), fd);
    close(saved);
    f = fopen(path, "rb");
    assert_non_null(f);
    text[fread(text, 1, size - 1, f)] = '\0';
    fclose(f);
    remove(path);
}

/* nevus COMMAND LINE, arguments separated by blanks. */
static enum nev_exit nevus(const char *format, const char *a, const char *b)
{
    static char line[1024];
    char *argv[32] = {line}, *p = line;
    int argc = 1, saved_out, saved_err;
    enum nev_exit code;

    snprintf(line, sizeof line, format, a, b);
    while (*p != '\0' && argc < 31) {
        argv[argc++] = p;
        p += strcspn(p, " ");
        if (*p == ' ') {
            *p++ = '\0';
        }
    }
    argv[argc] = NULL;
    fflush(stdout);
    saved_out = redirect(1, "stdout");
    saved_err = redirect(2, "stderr");
    code = nev_commands_main(argc, argv);
    fflush(stdout);
    fflush(stderr);
    restore(1, saved_out, "stdout", out, sizeof out);
    restore(2, saved_err, "stderr", messages, sizeof messages);
    return code;
}

static void write_file(const char *path, const void *data, size_t bytes)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, bytes, f), bytes);
    assert_int_equal(fclose(f), 0);
}

static void rename_same(const char *from, char to[128])
{
    snprintf(to, 128, "%s", from);
}

/* Verifies: NEV-CLI-110 (seeded models of every network and padding, told apart by info) */
static void test_seeded(void **state)
{
    struct network *n = network_seeded(NEV_NET_MOBILENETV2);
    const char *model = in_folder("m.nvw");
    struct nev_weights w;
    struct nev_tensor t;
    uint8_t *data;
    size_t bytes;
    uint32_t i;

    (void)state;
    assert_int_equal(nevus("convert --seeded mobilenetv2 --padding same -o %s%s", model, ""), NEV_EXIT_OK);
    data = nev_test_read(model, &bytes);
    assert_int_equal(nev_weights_open(&w, data, bytes, NULL), NEV_OK);
    assert_int_equal(w.model.padding, NEV_PADDING_SAME);
    assert_true(w.model.bn_eps == 1e-3);
    assert_string_equal(w.model.source_name, "seeded:0");
    assert_int_equal(w.tensor_len, n->list.len);
    for (i = 0; i < w.tensor_len; i++) {
        nev_weights_tensor(&w, i, &t);
        assert_memory_equal(t.data, n->data[i], 4 * t.len);
    }
    free(data);
    network_free(n);
    assert_int_equal(nevus("info --json --tensors %s%s", model, ""), NEV_EXIT_OK);
    assert_non_null(strstr(out, "\"network\": \"mobilenetv2\""));
    assert_non_null(strstr(out, "\"padding\": \"same\""));
    assert_non_null(strstr(out, "\"verified\": true"));
    assert_non_null(strstr(out, "features.18.1.running_var"));
    assert_int_equal(nevus("convert -q --seeded resnet18 --seed 7 --size 192 -o %s%s", model, ""),
                     NEV_EXIT_OK);
    assert_string_equal(messages, "");
    assert_int_equal(nevus("info %s%s", model, ""), NEV_EXIT_OK);
    assert_non_null(strstr(out, "resnet18"));
    assert_non_null(strstr(out, "seeded:7"));
    assert_non_null(strstr(out, "192x192 rgb"));
}

/* Verifies: NEV-CLI-111 (a source converted; its own word and the command line's; another network refused) */
static void test_source(void **state)
{
    struct network *n = network_seeded(NEV_NET_MOBILENETV2);
    const char *source = in_folder("s.safetensors"), *model = in_folder("m.nvw");
    struct build b = {NULL, 0, 0};
    struct nev_weights w;
    uint8_t *data, digest[NEV_SHA256_BYTES];
    size_t bytes;

    (void)state;
    network_safetensors(n, rename_same, 1000, &b);
    write_file(source, b.p, b.len);
    nev_sha256_of(b.p, b.len, digest);
    assert_int_equal(nevus("convert %s -o %s --mean 0.5,0.25,-1 --std 1,2,0.5 --padding same --eps 0.001 "
                           "--order bgr --net mobilenetv2",
                           source, model),
                     NEV_EXIT_OK);
    data = nev_test_read(model, &bytes);
    assert_int_equal(nev_weights_open(&w, data, bytes, NULL), NEV_OK);
    assert_int_equal(nev_weights_verify(&w, NULL), NEV_OK);
    assert_true(w.model.prep.mean[1] == 0.25f && w.model.prep.mean[2] == -1.0f &&
                w.model.prep.std[1] == 2.0f);
    assert_int_equal(w.model.padding, NEV_PADDING_SAME);
    assert_int_equal(w.model.prep.order, NEV_ORDER_BGR);
    assert_true(w.model.bn_eps == 0.001);
    assert_string_equal(w.model.source_name, "s.safetensors");
    assert_memory_equal(w.model.source_sha256, digest, sizeof digest);
    free(data);
    remove(model);
    assert_int_equal(nevus("convert %s -o %s --net resnet18", source, model), NEV_EXIT_MISFIT);
    assert_non_null(strstr(messages, "mobilenetv2"));
    assert_true(access(model, F_OK) != 0);
    build_free(&b);
    network_free(n);
}

/* Verifies: NEV-CLI-112 (a pickle that calls os.system: named, refused, not called, nothing written) */
static void test_hostile(void **state)
{
    const char *source = in_folder("evil.pth"), *model = in_folder("m.nvw"), *mark = in_folder("pwned");
    struct build_zip z;
    struct build b = {NULL, 0, 0};
    char command[400];

    (void)state;
    snprintf(command, sizeof command, "touch %s", mark);
    build_pickle_global(&b, "os", "system");
    build_u8(&b, '(');
    build_pickle_text(&b, command);
    build_text(&b, "tR.");
    memset(&z, 0, sizeof z);
    build_zip_add(&z, "m/data.pkl", b.p, b.len);
    build_zip_end(&z);
    write_file(source, z.out.p, z.out.len);
    remove(model);
    assert_int_equal(nevus("convert %s -o %s", source, model), NEV_EXIT_UNSUPPORTED);
    assert_non_null(strstr(messages, "os.system"));
    assert_true(access(mark, F_OK) != 0);
    assert_true(access(model, F_OK) != 0);
    build_free(&b);
    build_zip_free(&z);
}

/* Verifies: NEV-CLI-113 (wrong command lines, absent and empty files, a folder, damaged models) */
static void test_refused(void **state)
{
    const char *model = in_folder("m.nvw"), *empty = in_folder("empty");
    static const char *const usages[] = {
        "convert %s%s",
        "convert -o %s%s",
        "convert a b -o %s%s",
        "convert a --seeded resnet18 -o %s%s",
        "convert a --seed 1 -o %s%s",
        "convert --seeded resnet18 --net resnet18 -o %s%s",
        "convert --seeded resnet50 -o %s%s",
        "convert --seeded resnet18 --padding same -o %s%s",
        "convert --seeded resnet18 --mean 1,2 -o %s%s",
        "convert --seeded resnet18 --mean 1,2,3,4 -o %s%s",
        "convert --seeded resnet18 --mean 1,2,nan -o %s%s",
        "convert --seeded resnet18 --std 1,0,1 -o %s%s",
        "convert --seeded resnet18 --std 1,1,1e99 -o %s%s",
        "convert --seeded resnet18 --eps 2 -o %s%s",
        "convert --seeded resnet18 --eps x -o %s%s",
        "convert --seeded resnet18 --size 0 -o %s%s",
        "info%s%s",
    };
    uint8_t *data;
    size_t bytes, i;

    (void)state;
    remove(model);
    for (i = 0; i < sizeof usages / sizeof usages[0]; i++) {
        bool has_path = strstr(usages[i], "info") == NULL;

        assert_int_equal(nevus(usages[i], has_path ? model : "", ""), NEV_EXIT_USAGE);
        assert_true(access(model, F_OK) != 0);
    }
    write_file(empty, "", 0);
    assert_int_equal(nevus("convert %s -o %s", empty, model), NEV_EXIT_FORMAT);
    assert_int_equal(nevus("convert %s -o %s", folder, model), NEV_EXIT_IO);
    assert_int_equal(nevus("convert %s -o %s", in_folder("absent"), model), NEV_EXIT_IO);
    assert_int_equal(nevus("info %s%s", empty, ""), NEV_EXIT_FORMAT);
    assert_int_equal(nevus("info %s%s", folder, ""), NEV_EXIT_IO);
    assert_true(access(model, F_OK) != 0);

    assert_int_equal(nevus("convert -q --seeded mobilenetv2 -o %s%s", model, ""), NEV_EXIT_OK);
    assert_int_equal(nevus("convert %s -o %s", model, empty), NEV_EXIT_FORMAT); /* a model is no source */
    data = nev_test_read(model, &bytes);
    data[bytes / 2] ^= 1;
    write_file(model, data, bytes);
    assert_int_equal(nevus("info %s%s", model, ""), NEV_EXIT_FORMAT);
    assert_string_equal(out, "");
    assert_int_equal(nevus("info --quick %s%s", model, ""), NEV_EXIT_OK);
    assert_non_null(strstr(out, "header and table only"));
    write_file(model, data, bytes - 1);
    assert_int_equal(nevus("info --quick %s%s", model, ""), NEV_EXIT_FORMAT);
    data[NEV_NVW_AT_VERSION] = NEV_NVW_VERSION - 1; /* an earlier format */
    write_file(model, data, bytes);
    assert_int_equal(nevus("info %s%s", model, ""), NEV_EXIT_UNSUPPORTED);
    free(data);
}

/* Verifies: NEV-CLI-113 (a weights file whose tensors are another network's) */
static void test_wrong_tensors(void **state)
{
    struct network *n = network_seeded(NEV_NET_MOBILENETV2);
    const char *model = in_folder("m.nvw");
    struct nev_model m;
    uint8_t *file;
    size_t bytes;

    (void)state;
    nev_net_model(NEV_NET_MOBILENETV2, &m);
    n->list.spec[0].dim[0] = 31;
    assert_int_equal(nev_weights_write_bytes(n->list.spec, n->list.len, &bytes), NEV_OK);
    file = malloc(bytes);
    assert_non_null(file);
    assert_int_equal(nev_weights_write_begin(&m, n->list.spec, n->list.len, file, bytes), NEV_OK);
    nev_weights_write_end(file, bytes);
    write_file(model, file, bytes);
    assert_int_equal(nevus("info %s%s", model, ""), NEV_EXIT_MISFIT);
    assert_non_null(strstr(messages, "features.0.0.weight"));
    free(file);
    network_free(n);
}

static int make_folder(void **state)
{
    const char *base = getenv("TMPDIR");

    (void)state;
    snprintf(folder, sizeof folder, "%s/nevus-convert-XXXXXX", base != NULL ? base : "/tmp");
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    DIR *d = opendir(folder);
    struct dirent *e;
    char path[600];

    (void)state;
    while (d != NULL && (e = readdir(d)) != NULL) {
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        (void)unlink(path);
    }
    closedir(d);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seeded),  cmocka_unit_test(test_source),        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_wrong_tensors),
    };

    return cmocka_run_group_tests_name("convert", tests, make_folder, remove_folder);
}
