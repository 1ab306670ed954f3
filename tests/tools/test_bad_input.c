/* SPDX-License-Identifier: MIT */
/* What the commands refuse: message, exit code, no partial output, the old file untouched. */
#include "tests/tools/cli.h"

#include "nn/base/bytes.h"
#include "nn/base/size.h"
#include "tools/files/files.h"

/* Fails if anything but the names given (a shell pattern for `case`) lies in out/, and empties it. */
static void assert_only(const char *pattern)
{
    char line[512];

    snprintf(
        line, sizeof line,
        "for f in $(ls -A out); do case $f in %s) ;; *) echo \"left behind: $f\" >&2; exit 9 ;; esac; done;"
        "rm -rf out; mkdir out",
        pattern);
    cli_works(line);
}

static int setup(void **state)
{
    if (cli_setup(state) != 0) {
        return 1;
    }
    cli_works("mkdir out && $nevus train --weights m.nvw set/train -o f.nvf --trees 5 &&"
              "$nevus extract --weights m.nvw set/train -o f.npy && : >empty &&"
              "printf 'a,b,label\\n1,2,x\\n3,4,y\\n' >l.csv");
    return 0;
}

/* Verifies: NEV-CLI-030 (usage errors: nothing is done and the code is 2) */
static void test_usage(void **state)
{
    (void)state;
    cli_fails(2, "Usage", "$nevus");
    cli_fails(2, "no such command", "$nevus clasify");
    cli_fails(2, "--jsn", "$nevus classify --jsn");
    cli_fails(2, "needed", "$nevus extract --weights m.nvw -o out/f.npy");
    cli_fails(2, "missing", "$nevus classify --weights m.nvw --forest f.nvf");
    cli_fails(2, "needed", "$nevus extract set/test -o out/f.npy");
    cli_fails(2, "needed", "$nevus predict --forest f.nvf");
    cli_fails(2, "--out", "$nevus train --weights m.nvw set/train");
    cli_fails(2, "--features", "$nevus train -o out/f.nvf");
    cli_fails(2, "either", "$nevus evaluate --forest f.nvf");
    cli_fails(2, "DATASET", "$nevus reproduce --weights m.nvw set");
    cli_fails(2, "too many", "$nevus demo a b");
    cli_fails(2, "--trees", "$nevus train --weights m.nvw set/train -o out/f.nvf --trees 0");
    cli_fails(2, "no layer 'x'", "$nevus extract --weights m.nvw set/test -o out/f.npy --layer x");
    cli_fails(2, "no class 'x'", "$nevus evaluate --weights m.nvw --forest f.nvf set/test --positive x");
    cli_fails(2, "several", "$nevus decode g.pgm h.pgm -o out/x.ppm");
    cli_fails(2, "not both", "$nevus classify --json --csv --weights m.nvw --forest f.nvf set");
    cli_fails(2, "more than once",
              "$nevus predict --forest f.nvf --features f.npy -o out/a.npy -o out/b.npy");
    cli_fails(2, "need a name", "$nevus extract --weights m.nvw set/test -o -");
    assert_only("-");
}

/* Verifies: NEV-CLI-880 (finite weights that overflow inside a run: no features, a reason) */
static void test_overflow(void **state)
{
    struct nev_error err;
    struct nev_weights weights;
    struct nev_file file;
    uint32_t i, k;
    uint8_t *model;
    char path[600];
    FILE *f;

    (void)state;
    cli_weights("big.nvw", NEV_NET_DARKNET19, 5);
    snprintf(path, sizeof path, "%s/big.nvw", cli_folder);
    assert_int_equal(nev_file_read(&file, path, SIZE_MAX, &err), NEV_OK);
    model = aligned_alloc(NEV_ALIGN, (file.bytes + NEV_ALIGN - 1) / NEV_ALIGN * NEV_ALIGN);
    assert_non_null(model);
    memcpy(model, file.data, file.bytes);
    assert_int_equal(nev_weights_open(&weights, model, file.bytes, &err), NEV_OK);
    for (i = 0; i < weights.tensor_len; i++) {
        struct nev_tensor t;

        nev_weights_tensor(&weights, i, &t);
        for (k = 0; t.kind == NEV_TENSOR_GAMMA && k < t.len; k++) {
            uint8_t *at = model + (t.data - model) + 4 * (size_t)k;

            nev_store_f32le(at, nev_load_f32le(at) * 1000.0f);
        }
    }
    nev_weights_write_end(model, file.bytes);
    f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(model, 1, file.bytes, f), file.bytes);
    assert_int_equal(fclose(f), 0);
    free(model);
    nev_file_close(&file);
    cli_fails(8, "no finite number", "$nevus extract --weights big.nvw set/test -o out/f.npy");
    cli_fails(8, "no finite number", "$nevus train --weights big.nvw set/train -o out/f.nvf");
    assert_only("-");
}

/* Verifies: NEV-CLI-031 (a folder where a file is needed, and a file where a folder is) */
static void test_folder_for_file(void **state)
{
    (void)state;
    cli_fails(3, "folder", "$nevus extract --weights set set/test -o out/f.npy");
    cli_fails(3, "folder", "$nevus classify --weights m.nvw --forest set set/test");
    cli_fails(3, "folder", "$nevus predict --forest f.nvf --features set -o out/p.npy");
    cli_fails(3, "folder", "$nevus train --features f.npy --labels set -o out/f.nvf");
    cli_fails(3, "folder", "$nevus decode set");
    cli_fails(3, "folder", "$nevus predict --forest f.nvf --features f.npy -o set");
    cli_fails(3, "folder", "$nevus train --weights m.nvw set/test/benign/4.ppm -o out/f.nvf");
    cli_fails(3, "No such file", "$nevus decode nothing");
    assert_only("-");
}

/* Verifies: NEV-CLI-032 (empty, cut short, of another kind) */
static void test_malformed(void **state)
{
    (void)state;
    cli_fails(4, "empty: ", "$nevus extract --weights empty set/test -o out/f.npy");
    cli_fails(4, "empty: ", "$nevus classify --weights m.nvw --forest empty set/test");
    cli_fails(4, "empty: ", "$nevus predict --forest f.nvf --features empty -o out/p.npy");
    cli_fails(4, "empty: ", "$nevus train --features f.npy --labels empty -o out/f.nvf");
    cli_fails(4, "empty: ", "$nevus decode empty");
    cli_fails(4, "empty: ", "$nevus extract --weights m.nvw empty -o out/f.npy");
    cli_fails(4, "offset", "$nevus extract --weights f.nvf set/test -o out/f.npy");
    cli_fails(4, "offset", "$nevus classify --weights m.nvw --forest m.nvw set/test");
    cli_fails(4, "offset", "head -c 100000 m.nvw >cut; $nevus extract --weights cut set/test -o out/f.npy");
    cli_fails(4, "offset", "head -c 1000 f.nvf >cut; $nevus classify --weights m.nvw --forest cut set/test");
    cli_fails(4, "cut", "head -c 1000 f.npy >cut; $nevus predict --forest f.nvf --features cut -o out/p.npy");
    cli_fails(4, "none", "$nevus train --features f.npy --labels f.csv --column none -o out/f.nvf");
    assert_only("-");
}

/* Copies a file with one byte replaced. */
static void patch(const char *from, const char *to, unsigned offset, const char *octal)
{
    char line[300];

    snprintf(line, sizeof line, "cp %s %s; printf '\\%s' | dd of=%s bs=1 seek=%u conv=notrunc 2>/dev/null",
             from, to, octal, to, offset);
    cli_works(line);
}

/* Verifies: NEV-CLI-032 (a version this program does not read; one damaged byte) */
static void test_version_and_damage(void **state)
{
    (void)state;
    patch("m.nvw", "v.nvw", 8, "011");
    cli_fails(5, "version", "$nevus extract --weights v.nvw set/test -o out/f.npy");
    patch("f.nvf", "v.nvf", 8, "011");
    cli_fails(5, "version", "$nevus classify --weights m.nvw --forest v.nvf set/test");
    patch("f.npy", "v.npy", 6, "011");
    cli_fails(5, "version", "$nevus predict --forest f.nvf --features v.npy -o out/p.npy");
    patch("m.nvw", "v.nvw", 1000000, "011");
    cli_fails(4, "v.nvw", "$nevus extract --weights v.nvw set/test -o out/f.npy");
    patch("f.nvf", "v.nvf", 1000, "176");
    cli_fails(4, "v.nvf", "$nevus classify --weights m.nvw --forest v.nvf set/test");
    assert_only("-");
}

/* Verifies: NEV-CLI-033 (weights that are not the forest's, of the same network and of another) */
static void test_wrong_model(void **state)
{
    (void)state;
    cli_weights("other.nvw", NEV_NET_MOBILENETV2, 2);
    cli_fails(7, "weights", "$nevus classify --weights other.nvw --forest f.nvf set/test");
    cli_fails(7, "weights", "$nevus evaluate --weights other.nvw --forest f.nvf set/test");
    cli_weights("other.nvw", NEV_NET_RESNET18, 1);
    cli_fails(7, "network", "$nevus classify --weights other.nvw --forest f.nvf set/test");
    assert_only("-");
}

/* Verifies: NEV-CLI-034 (no class, one class, an empty class, a class of broken pictures, an unknown class)
 */
static void test_classes(void **state)
{
    (void)state;
    cli_fails(8, "no class folder", "mkdir -p none && $nevus train --weights m.nvw none -o out/f.nvf");
    cli_fails(8, "one class folder only",
              "mkdir -p one && cp -r set/train/benign one/ && $nevus train --weights m.nvw one -o out/f.nvf");
    cli_fails(8, "no image", "mkdir -p one/malignant && $nevus train --weights m.nvw one -o out/f.nvf");
    cli_fails(8, "'malignant' has no picture",
              "echo text >one/malignant/a.jpg && $nevus train --weights m.nvw one -o out/f.nvf");
    assert_non_null(strstr(cli_err, "one/malignant/a.jpg: "));
    cli_fails(7, "no class 'third'",
              "mkdir -p more && cp -r set/test/* more/ && cp -r set/test/benign more/third &&"
              "$nevus evaluate --weights m.nvw --forest f.nvf more");
    cli_fails(8, "class",
              "printf 'label\\nx\\nx\\nx\\nx\\nx\\nx\\nx\\nx\\n' >same.csv;"
              "$nevus train --features f.npy --labels same.csv -o out/f.nvf");
    cli_fails(4, "control characters (a?b)",
              "mkdir -p odd && cp -r set/test/* odd/ && cp -r odd/benign \"odd/$(printf 'a\\tb')\" &&"
              "$nevus train --weights m.nvw odd -o out/f.nvf");
    cli_fails(8, "no image", "mkdir -p void && $nevus extract --weights m.nvw void -o out/f.npy");
    assert_only("-");
}

/* Verifies: NEV-CLI-035 (one row, no row, NaN, other numbers of rows and columns, a row without a label) */
static void test_tables(void **state)
{
    (void)state;
    cli_fails(8, "rows",
              "printf 'a,b\\n1,2\\n' >t.csv; printf 'label\\nx\\n' >t1.csv;"
              "$nevus train --features t.csv --labels t1.csv -o out/f.nvf");
    cli_fails(8, "row",
              "printf 'a,b\\n' >t.csv; $nevus predict --forest f.nvf --features t.csv -o out/p.npy");
    cli_fails(4, "row 1, column 0",
              "printf 'a,b\\n1,2\\nnan,4\\n' >t.csv;"
              "$nevus train --features t.csv --labels l.csv -o out/f.nvf");
    cli_fails(
        4, "row 1, column 1",
        "printf 'a,b\\n1,2\\n5,4\\n' >t.csv && $nevus train --features t.csv --labels l.csv -o t.nvf &&"
        "printf 'a,b\\n1,2\\n5,nan\\n' >t.csv; $nevus predict --forest t.nvf --features t.csv -o out/p.npy");
    cli_fails(4, "row 0, column 1",
              "printf 'a,b\\n1,two\\n' >t.csv;"
              "$nevus predict --forest t.nvf --features t.csv -o out/p.npy");
    cli_fails(7, "2 labels for 8 rows", "$nevus train --features f.npy --labels l.csv -o out/f.nvf");
    cli_fails(7, "1000 features, but the forest was trained on 2",
              "$nevus predict --forest t.nvf --features f.npy -o out/p.npy");
    cli_fails(7, "2 features",
              "printf 'a,b\\n1,2\\n5,4\\n' >t.csv;"
              "$nevus train --weights m.nvw --features t.csv --labels l.csv -o out/f.nvf");
    cli_fails(7, "columns", "$nevus train --features f.npy --labels f.npy -o out/f.nvf");
    cli_fails(
        4,
        "lq.csv: a label is empty, longer than 63 bytes, not UTF-8 or has control characters (label, row 1",
        "printf 'a,b\\n1,2\\n5,4\\n' >t.csv; printf 'label\\nx\\n\"y\\nz\"\\n' >lq.csv;"
        "$nevus train --features t.csv --labels lq.csv -o out/f.nvf");
    cli_fails(4, "(label, row 1",
              "{ printf 'label\\nx\\n'; head -c 64 /dev/zero | tr '\\0' a; echo; } >lq.csv;"
              "$nevus train --features t.csv --labels lq.csv -o out/f.nvf");
    cli_fails(4, "(label, row 0", /* U+0085 */
              "printf 'label\\n\\302\\205\\ny\\n' >lq.csv;"
              "$nevus train --features t.csv --labels lq.csv -o out/f.nvf");
    cli_fails(4, "--column",
              "printf 'x\\ny\\n' >lq.csv; $nevus train --features t.csv --labels lq.csv -o out/f.nvf");
    cli_fails(
        5, "labels that are texts go into a CSV",
        "{ printf '\\223NUMPY\\001\\000\\166\\000'; printf \"%-117s\\n\" \"{'descr': '<U1', 'fortran_order': "
        "False, 'shape': (2,), }\"; printf 'x\\0\\0\\0y\\0\\0\\0'; } >lq.npy;"
        "$nevus train --features t.csv --labels lq.npy -o out/f.nvf");
    cli_fails(4, "no label",
              "printf 'label,x\\n,1\\ny,1\\n' >t2.csv;"
              "$nevus train --features t.csv --labels t2.csv -o out/f.nvf");
    assert_only("-");
}

/* Verifies: NEV-CLI-036 (a bad picture among good ones is named, has no row and does not stop the others) */
static void test_bad_picture(void **state)
{
    (void)state;
    cli_fails(1, "mixed/b.ppm: ",
              "mkdir -p mixed/sub && cp set/test/benign/4.ppm mixed/a.ppm && rmdir mixed/sub &&"
              "head -c 100 mixed/a.ppm >mixed/b.ppm && cp mixed/a.ppm mixed/c.ppm &&"
              "$nevus extract --weights m.nvw mixed -o out/f.npy");
    cli_works("wc -l <out/f.csv; cut -d, -f1 out/f.csv; tail -c +11 out/f.npy | head -c 118");
    assert_int_equal(atoi(cli_out), 3);
    assert_non_null(strstr(cli_out, "mixed/a.ppm\nmixed/c.ppm\n"));
    assert_non_null(strstr(cli_out, "(2, 1000)"));
    cli_fails(1, "mixed/b.ppm: ", "$nevus classify --weights m.nvw --forest f.nvf mixed");
    assert_non_null(strstr(cli_out, "mixed/c.ppm: "));
    cli_fails(1, "nothing", "$nevus decode --crc mixed/a.ppm nothing mixed/c.ppm");
    cli_fails(1, "mixed/d.ppm: cannot be opened",
              "ln -s nowhere mixed/d.ppm; $nevus classify --weights m.nvw --forest f.nvf mixed");
    /* A control character in a name does not reach the terminal. */
    cli_fails(4, "e\\x1b[2J.ppm",
              "echo x >\"$(printf 'e\\033[2J.ppm')\"; $nevus decode \"$(printf 'e\\033[2J.ppm')\"");
    assert_only("f.npy|f.csv");
}

/* Verifies: NEV-CLI-036 (a missing file or an empty folder among several inputs; one alone; all of them) */
static void test_missing(void **state)
{
    (void)state;
    cli_fails(
        1, "nothing: there is no such file",
        "mkdir -p void; $nevus classify --weights m.nvw --forest f.nvf nothing set/test/benign/4.ppm void");
    assert_non_null(strstr(cli_err, "void: the folder holds no image"));
    assert_non_null(strstr(cli_out, "set/test/benign/4.ppm: "));
    cli_fails(1, "nothing: ", "$nevus extract --weights m.nvw set/test/benign/4.ppm nothing -o out/f.npy");
    cli_works("wc -l <out/f.csv");
    assert_int_equal(atoi(cli_out), 2);
    cli_fails(1, "nothing: ", "$nevus decode set/test/benign/4.ppm nothing");
    cli_fails(3, "nothing: ", "$nevus classify --weights m.nvw --forest f.nvf nothing");
    cli_fails(3, "nothing: ", "$nevus extract --weights m.nvw nothing void -o out/g.npy");
    cli_fails(8, "void: ", "$nevus extract --weights m.nvw void -o out/g.npy");
    cli_fails(3, "nothing: ", "$nevus decode nothing");
    assert_only("f.npy|f.csv");
}

/* Verifies: NEV-CLI-041 (a text beside class folders is a note; a picture there, and one that cannot be decoded, are not) */
static void test_strays(void **state)
{
    (void)state;
    cli_works("cp -r set stray && echo text >stray/train/readme.txt &&"
              "$nevus train --weights m.nvw stray/train -o out/f.nvf");
    assert_non_null(strstr(cli_err, "stray/train/readme.txt: note: left out"));
    cli_works("$nevus evaluate --weights m.nvw --forest f.nvf set/test && $nevus train --weights m.nvw "
              "set/train -o "
              "plain.nvf && cmp plain.nvf out/f.nvf");
    cli_fails(
        1, "stray/train/x.ppm: left out: a picture",
        "cp set/test/benign/4.ppm stray/train/x.ppm; $nevus train --weights m.nvw stray/train -o out/f.nvf");
    cli_fails(1, "benign/bad.jpg: ",
              "rm stray/train/x.ppm; echo text >stray/train/benign/bad.jpg;"
              "$nevus train --weights m.nvw stray/train -o out/f.nvf");
    assert_only("f.nvf");
}

/* Verifies: NEV-CLI-037 (no room: /dev/full, and a file that may not grow; the old file stands, nothing is
 * left) */
static void test_full_disk(void **state)
{
    (void)state;
    cli_works("printf old >out/f.nvf; printf old >out/f.npy; printf old >out/f.csv; printf old >out/p.ppm");
    cli_fails(3, "out/f.nvf: ", "ulimit -f 1; $nevus train --weights m.nvw set/train -o out/f.nvf");
    cli_fails(3, "out/f.npy: ", "ulimit -f 1; $nevus extract --weights m.nvw set/train -o out/f.npy");
    cli_fails(3, "out/p.ppm: ", "ulimit -f 1; $nevus decode set/test/benign/4.ppm -o out/p.ppm");
    cli_works("cat out/f.nvf out/f.npy out/f.csv out/p.ppm");
    assert_string_equal(cli_out, "oldoldoldold");
    assert_only("f.nvf|f.npy|f.csv|p.ppm");
    if (access("/dev/full", W_OK) == 0) {
        cli_fails(3, "full", "$nevus predict --forest f.nvf --features f.npy -o /dev/full");
        cli_fails(3, "full", "$nevus train --weights m.nvw set/train -o /dev/full");
        cli_fails(3, "standard output", "$nevus classify --weights m.nvw --forest f.nvf set/test >/dev/full");
        cli_fails(3, "standard output", "$nevus --help >/dev/full");
    }
}

/* Verifies: NEV-CLI-037 (a second file that cannot be written leaves the first one unwritten too) */
static void test_both_or_none(void **state)
{
    (void)state;
    cli_fails(
        3, "out/f.csv",
        "mkdir -p out/f.csv; printf old >out/f.npy; $nevus extract --weights m.nvw set/test -o out/f.npy");
    cli_works("cat out/f.npy");
    assert_string_equal(cli_out, "old");
    assert_only("f.npy|f.csv");
}

/* Verifies: NEV-CLI-037 (a folder that is not there, or may not be written) */
static void test_unwritable(void **state)
{
    (void)state;
    cli_fails(3, "none/f.nvf: ", "$nevus train --weights m.nvw set/train -o out/none/f.nvf");
    cli_fails(3, "out/none/x: ", "printf x >out/none; $nevus demo out/none/x");
    assert_only("none");
    if (geteuid() != 0) { /* for the superuser every folder is writable */
        cli_fails(3, "out/f.nvf: ",
                  "chmod 555 out; $nevus train --weights m.nvw set/train -o out/f.nvf; r=$?;"
                  "chmod 755 out; exit $r");
        assert_only("-");
    }
}

/* Verifies: NEV-CLI-038 (the demonstration fills no folder that holds another's pictures) */
static void test_demo_folder(void **state)
{
    (void)state;
    cli_fails(3, "not the demonstration's", "$nevus demo set");
    cli_works("ls -A set");
    assert_string_equal(cli_out, "test\ntrain\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usage),        cmocka_unit_test(test_folder_for_file),
        cmocka_unit_test(test_malformed),    cmocka_unit_test(test_version_and_damage),
        cmocka_unit_test(test_wrong_model),  cmocka_unit_test(test_classes),
        cmocka_unit_test(test_overflow),     cmocka_unit_test(test_tables),
        cmocka_unit_test(test_bad_picture),  cmocka_unit_test(test_missing),
        cmocka_unit_test(test_strays),       cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_both_or_none), cmocka_unit_test(test_unwritable),
        cmocka_unit_test(test_demo_folder),
    };

    return cmocka_run_group_tests_name("bad input", tests, setup, cli_teardown);
}
