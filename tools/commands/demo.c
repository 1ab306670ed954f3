/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "io/png_write.h"
#include "nn/nn.h"
#include "tools/base/memory.h"
#include "tools/base/progress.h"
#include "tools/base/report.h"
#include "tools/base/shared_options.h"
#include "tools/command.h"
#include "tools/files/files.h"
#include "tools/forests/forests.h"
#include "tools/networks/seeded.h"
#include "tools/study/demo_folder.h"
#include "tools/study/study.h"
#include "tools/study/synth.h"
#include "tools/tables/tables.h"

#define NETS 3u
#define SIDE 224u

struct values {
    uint64_t train, test, seed, seeds, threads;
    bool is_quiet;
};

static const struct values defaults = {.train = 32, .test = 16, .seed = 1, .seeds = 20};

static const struct nev_option options[] = {
    {"train", 0, NEV_OPTION_NUMBER, offsetof(struct values, train), "N",
     "pictures of each class to train on (default 32)", 2, 10000, NULL},
    {"test", 0, NEV_OPTION_NUMBER, offsetof(struct values, test), "N",
     "pictures of each class to test on (default 16)", 2, 10000, NULL},
    {"seed", 0, NEV_OPTION_NUMBER, offsetof(struct values, seed), "N",
     "of the drawings and of the weights (default 1)", 0, 65535, NULL},
    {"seeds", 0, NEV_OPTION_NUMBER, offsetof(struct values, seeds), "N",
     "forests for each network (default 20)", 1, NEV_STUDY_SEEDS_MAX, NULL},
    NEV_OPTION_THREADS(struct values, threads),
    NEV_OPTION_QUIET(struct values, is_quiet),
    NEV_OPTION_END,
};

static const enum nev_net nets[NETS] = {NEV_NET_RESNET18, NEV_NET_DARKNET19, NEV_NET_MOBILENETV2};

struct demo {
    const struct values *v;
    const char *folder;
    char weights[NETS][NEV_WRITER_PATH_LEN];
    uint8_t *rgb, *png, *scratch;
    size_t png_bytes, scratch_bytes;
    size_t drawn;
    struct nev_progress progress;
};

static enum nev_exit write_drawing(struct demo *d, const char *path)
{
    struct nev_picture picture = {d->rgb, SIDE, SIDE, 3};
    struct nev_error err;
    size_t written;

    if (nev_png_write(&picture, d->png, d->png_bytes, d->scratch, d->scratch_bytes, &written, &err) !=
            NEV_OK ||
        nev_file_write(path, d->png, written, &err) != NEV_OK) {
        return nev_report(path, &err);
    }
    return NEV_EXIT_OK;
}

static enum nev_exit draw_one(struct demo *d, uint32_t number, bool is_malignant)
{
    char path[NEV_WRITER_PATH_LEN];

    if (!nev_demo_path(d->folder, number, (uint32_t)d->v->train, is_malignant, path, sizeof path)) {
        return nev_report_text(NEV_EXIT_IO, d->folder, "the path is too long");
    }
    nev_synth_lesion(d->v->seed, number, is_malignant, SIDE, SIDE, d->rgb);
    nev_progress_set(&d->progress, ++d->drawn);
    return write_drawing(d, path);
}

static enum nev_exit draw_all(struct demo *d)
{
    uint32_t train = (uint32_t)d->v->train, test = (uint32_t)d->v->test, i;
    enum nev_exit code = nev_demo_claim(d->folder, train, test);

    nev_progress_begin(&d->progress, "drawings", 2 * (d->v->train + d->v->test), d->v->is_quiet);
    for (i = 0; i < train + test && code == NEV_EXIT_OK; i++) {
        code = draw_one(d, i, false);
        if (code == NEV_EXIT_OK) {
            code = draw_one(d, i, true);
        }
    }
    nev_progress_end(&d->progress);
    return code;
}

static enum nev_exit draw(struct demo *d)
{
    struct nev_picture picture = {NULL, SIDE, SIDE, 3};
    struct nev_error err;
    enum nev_exit code;

    d->rgb = nev_memory_take((size_t)SIDE * SIDE * 3, 1);
    picture.pixels = d->rgb;
    if (d->rgb == NULL) {
        return nev_report_memory("the drawings");
    }
    if (nev_png_write_sizes(&picture, &d->png_bytes, &d->scratch_bytes, &err) != NEV_OK) {
        nev_memory_give(d->rgb);
        return nev_report(d->folder, &err);
    }
    d->png = nev_memory_take(d->png_bytes, 1);
    d->scratch = nev_memory_take(d->scratch_bytes, 1);
    code = d->png != NULL && d->scratch != NULL ? draw_all(d) : nev_report_memory("the drawings");
    nev_memory_give(d->rgb);
    nev_memory_give(d->png);
    nev_memory_give(d->scratch);
    return code;
}

static enum nev_exit make_weights(struct demo *d)
{
    enum nev_exit code = NEV_EXIT_OK;
    struct nev_model model;
    uint32_t i;

    for (i = 0; i < NETS && code == NEV_EXIT_OK; i++) {
        int n = snprintf(d->weights[i], sizeof d->weights[i], "%s/%s.nvw", d->folder, nev_net_name(nets[i]));

        if (n < 0 || (size_t)n >= sizeof d->weights[i]) {
            return nev_report_text(NEV_EXIT_IO, d->folder, "the path is too long");
        }
        nev_net_model(nets[i], &model);
        code = nev_seeded_write(&model, (uint32_t)d->v->seed, d->weights[i]);
    }
    return code;
}

static enum nev_exit show_tables(const struct demo *d)
{
    struct nev_study studies[NETS];
    struct nev_study_plan plan = {.dataset = d->folder,
                                  .seeds = (uint32_t)d->v->seeds,
                                  .trees = 50,
                                  .threads = nev_threads_of(d->v->threads),
                                  .fit = NEV_RESIZE_SQUASH,
                                  .path = NEV_PATH_FAST,
                                  .is_quiet = d->v->is_quiet};
    enum nev_exit code = NEV_EXIT_OK;
    uint32_t i, len = 0;

    for (i = 0; i < NETS && code == NEV_EXIT_OK; i++) {
        code = nev_study_run(&plan, d->weights[i], &studies[i]);
        len += code == NEV_EXIT_OK ? 1 : 0;
    }
    if (len == NETS) {
        nev_studies_print(&plan, studies, NETS, stdout);
    }
    for (i = 0; i < len; i++) {
        nev_study_free(&studies[i]);
    }
    return code;
}

/* Runs another command as the shell would, and shows it. */
static enum nev_exit follow(int argc, char **argv)
{
    int i;

    printf("\n$");
    for (i = 0; i < argc; i++) {
        char word[1024];

        nev_text_safe(argv[i], word, sizeof word);
        printf(" %s", word);
    }
    printf("\n");
    fflush(stdout);
    return nev_commands_main(argc, argv);
}

/* Train once more, with a file this time, and ask it about one unseen drawing of each class. */
static enum nev_exit classify_two(const struct demo *d)
{
    char train[NEV_WRITER_PATH_LEN], forest[NEV_WRITER_PATH_LEN], one[NEV_WRITER_PATH_LEN],
        two[NEV_WRITER_PATH_LEN], weights[NEV_WRITER_PATH_LEN], threads[24];
    char program[] = "nevus", t[] = "train", c[] = "classify", w[] = "--weights", f[] = "--forest",
         o[] = "-o", n[] = "--threads";
    char *training[] = {program, t, w, weights, train, o, forest, n, threads};
    char *asking[] = {program, c, w, weights, f, forest, one, two, n, threads};
    uint32_t first = (uint32_t)d->v->train;
    enum nev_exit code;

    snprintf(weights, sizeof weights, "%s", d->weights[0]);
    snprintf(train, sizeof train, "%.3900s/train", d->folder);
    snprintf(forest, sizeof forest, "%.3900s/resnet18.nvf", d->folder);
    if (!nev_demo_path(d->folder, first, first, false, one, sizeof one) ||
        !nev_demo_path(d->folder, first, first, true, two, sizeof two)) {
        return nev_report_text(NEV_EXIT_IO, d->folder, "the path is too long");
    }
    snprintf(threads, sizeof threads, "%u", (unsigned)nev_threads_of(d->v->threads));
    code = follow((int)(sizeof training / sizeof training[0]), training);
    return code == NEV_EXIT_OK ? follow((int)(sizeof asking / sizeof asking[0]), asking) : code;
}

static enum nev_exit run_steps(struct demo *d)
{
    enum nev_exit code;

    printf("THIS IS A DEMONSTRATION: the pictures are drawn by a program, the networks' weights are random "
           "numbers.\n"
           "The figures below show that everything runs; they say nothing about skin, and cannot be compared "
           "with\n"
           "the paper's. For real figures: real weights and photographs, see README.md.\n\n");
    printf("Drawing %u + %u pictures of each class into %s ...\n", (unsigned)d->v->train,
           (unsigned)d->v->test, d->folder);
    fflush(stdout);
    code = draw(d);
    if (code == NEV_EXIT_OK) {
        printf("Making seeded weights of the three networks ...\n");
        fflush(stdout);
        code = make_weights(d);
    }
    if (code == NEV_EXIT_OK) {
        printf("Extracting features, training and testing %u forests for each network ...\n\n",
               (unsigned)d->v->seeds);
        fflush(stdout);
        code = show_tables(d);
    }
    return code == NEV_EXIT_OK ? classify_two(d) : code;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    struct demo *d = nev_memory_take_zeroed(1, sizeof *d);
    double start = nev_clock_seconds();
    enum nev_exit code;

    if (d == NULL) {
        return nev_report_memory("the demonstration");
    }
    d->v = values;
    d->folder = args->text[0];
    code = run_steps(d);
    nev_memory_give(d);
    if (code == NEV_EXIT_OK) {
        printf("\nDone in %.1f s. Once more: these were drawings and random weights.\n",
               nev_clock_seconds() - start);
    }
    return code;
}

const struct nev_command nev_command_demo = {
    "demo",
    "the whole pipeline on drawn pictures and random weights",
    "FOLDER",
    "Draws a small set of synthetic lesions into FOLDER/train and FOLDER/test, makes seeded weights of the "
    "three\n"
    "networks, extracts features, trains forests, prints the paper's Table 1 beside the outcome and "
    "classifies two\n"
    "pictures. Nothing is downloaded. The same seed gives the same pictures, weights and forests "
    "everywhere.\n",
    options,
    &defaults,
    sizeof defaults,
    1,
    1,
    run,
};
