/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/base/shared_options.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/forests/forests.h"
#include "tools/judge/judge.h"
#include "tools/tables/tables.h"
#include "tools/text/sheet.h"

struct values {
    const char *forest, *features, *out, *decisions;
    uint64_t threads;
    bool is_oob;
};

static const struct values defaults;

static const struct nev_option options[] = {
    NEV_OPTION_FOREST(struct values, forest),
    {"features", 'F', NEV_OPTION_TEXT, offsetof(struct values, features), "F.npy", "the rows: .npy or CSV", 0,
     0, NULL},
    {"out", 'o', NEV_OPTION_TEXT, offsetof(struct values, out), "P.npy", "where to write the probabilities",
     0, 0, NULL},
    {"oob", 0, NEV_OPTION_FLAG, offsetof(struct values, is_oob), NULL,
     "of the training rows, by the trees that did not see them, instead of a table", 0, 0, NULL},
    {"decisions", 0, NEV_OPTION_TEXT, offsetof(struct values, decisions), "D.csv",
     "where to write label and what the forest carries: calibrated probability, decision, set", 0, 0, NULL},
    NEV_OPTION_THREADS(struct values, threads),
    NEV_OPTION_END,
};

/* Which column is which class. */
static void print_columns(const struct values *v, const struct nev_forest *f, size_t rows)
{
    char name[1024];
    uint32_t k;

    nev_text_safe(v->out, name, sizeof name);
    printf("%s: %zu rows, columns", name, rows);
    for (k = 0; k < f->classes; k++) {
        nev_text_safe(nev_forest_class_name(f, k), name, sizeof name);
        printf("%s %s", k == 0 ? "" : ",", name);
    }
    printf("\n");
}

/* The probabilities with the decisions beside them. */
static enum nev_exit write_decisions(const struct values *v, const struct nev_forest *f,
                                     const struct nev_answers *answers)
{
    struct nev_beside beside = {v->decisions, NULL, 0};
    struct nev_judgement judgement;
    struct nev_sheet sheet;
    size_t r;
    enum nev_exit code = nev_judge(f, answers, &judgement);

    if (code != NEV_EXIT_OK) {
        return code;
    }
    nev_sheet_init(&sheet);
    nev_sheet_text(&sheet, "row");
    nev_sheet_text(&sheet, "label");
    nev_judgement_heads(&judgement, &sheet);
    nev_sheet_end_row(&sheet);
    for (r = 0; r < answers->rows; r++) {
        nev_sheet_uint(&sheet, r);
        nev_sheet_text(&sheet, nev_forest_class_name(f, answers->label[r]));
        nev_judgement_cells(&judgement, r, &sheet);
        nev_sheet_end_row(&sheet);
    }
    code = nev_sheet_bytes(&sheet, &beside.text, &beside.bytes);
    if (code == NEV_EXIT_OK) {
        code = nev_probability_write(v->out, answers->probability, answers->rows, answers->classes, &beside);
    }
    nev_sheet_free(&sheet);
    nev_judgement_free(&judgement);
    return code;
}

static enum nev_exit predict(const struct values *v, const struct nev_forest *f)
{
    struct nev_answers answers;
    struct nev_matrix m;
    enum nev_exit code = nev_matrix_read(&m, v->features);

    if (code != NEV_EXIT_OK) {
        return code;
    }
    code = nev_answers_of(f, m.x, m.rows, m.cols, nev_threads_of(v->threads), v->features, &answers);
    nev_matrix_free(&m);
    if (code == NEV_EXIT_OK) {
        code = v->decisions != NULL
                   ? write_decisions(v, f, &answers)
                   : nev_probability_write(v->out, answers.probability, answers.rows, answers.classes, NULL);
        if (code == NEV_EXIT_OK && strcmp(v->out, "-") != 0) {
            print_columns(v, f, answers.rows);
        }
        nev_answers_free(&answers);
    }
    return code;
}

/* What the trees that did not see a training row say of it; NaN where all have seen it. */
static enum nev_exit predict_oob(const struct values *v, const struct nev_forest *f)
{
    struct nev_forest_part part;
    double *p = nev_memory_take(f->rows, f->classes * sizeof *p), *at = p;
    enum nev_exit code;
    uint32_t i, row, k;

    if (p == NULL) {
        return nev_report_memory("the probabilities");
    }
    for (i = 0; i < f->parts; i++) {
        nev_forest_part(f, i, &part);
        if (!part.has_oob) {
            nev_memory_give(p);
            return nev_report_text(
                NEV_EXIT_DATA, v->forest,
                "the forest has no votes out of bag: it was trained without bootstrap, or not here");
        }
        for (row = 0; row < part.rows; row++, at += f->classes) {
            bool is_known = nev_forest_oob_probability(&part, row, at);

            for (k = 0; !is_known && k < f->classes; k++) {
                at[k] = (double)NAN;
            }
        }
    }
    code = nev_probability_write(v->out, p, f->rows, f->classes, NULL);
    nev_memory_give(p);
    if (code == NEV_EXIT_OK && strcmp(v->out, "-") != 0) {
        print_columns(v, f, f->rows);
    }
    return code;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    const struct nev_collide collide = {{v->out, v->decisions}, {v->forest, v->features}, NULL};
    struct nev_grown grown;
    enum nev_exit code;

    (void)args;
    if (v->forest == NULL || v->out == NULL || (v->features == NULL) != v->is_oob ||
        (v->is_oob && v->decisions != NULL)) {
        return nev_report_text(
            NEV_EXIT_USAGE, "predict",
            "--forest, --out and either --features or --oob are needed; --decisions goes with --features");
    }
    if ((code = nev_collide_check(&collide)) != NEV_EXIT_OK ||
        (code = nev_npy_name_check(v->out, true)) != NEV_EXIT_OK) {
        return code;
    }
    code = nev_grown_open(&grown, v->forest);
    if (code == NEV_EXIT_OK) {
        code = v->is_oob ? predict_oob(v, &grown.forest) : predict(v, &grown.forest);
        nev_grown_close(&grown);
    }
    return code;
}

const struct nev_command nev_command_predict = {
    "predict",
    "class probabilities of a table of features",
    "--forest F.nvf --features F.npy -o P.npy [--decisions D.csv]\n       nevus predict --forest F.nvf --oob "
    "-o P.npy",
    "Writes float64, one row a row, one column a class in the forest's order, which is printed. With --oob "
    "the rows\n"
    "are those of the training data (of a merged forest: of each part in turn), and each row is asked only "
    "of the trees\n"
    "that did not see it; NaN where there is none. D.csv has for each row the label by votes and, where the "
    "forest "
    "carries\n"
    "them (forest calibrate), the calibrated probability of the positive class, the decision by threshold "
    "and, of each "
    "class,\n"
    "whether it is in the set.\n",
    options,
    &defaults,
    sizeof defaults,
    0,
    0,
    run,
};
