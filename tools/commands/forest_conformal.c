/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include "forest/file/part.h"
#include "nn/base/bytes.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/base/shared_options.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/forests/forests.h"
#include "tools/judge/wish.h"
#include "tools/text/sheet.h"

struct values {
    const char *level;
    bool by_class, is_json, is_csv;
};

static const struct values defaults;

static const struct nev_option options[] = {
    {"level", 0, NEV_OPTION_TEXT, offsetof(struct values, level), "X",
     "only this one (default: 0.8, 0.9, 0.95 and 0.99)", 0, 0, NULL},
    {"by-class", 0, NEV_OPTION_FLAG, offsetof(struct values, by_class), NULL, "the level in each class", 0, 0,
     NULL},
    NEV_OPTION_JSON(struct values, is_json),
    NEV_OPTION_CSV(struct values, is_csv),
    NEV_OPTION_END,
};

static const uint32_t list[] = {800000, 900000, 950000, 990000};

/* What the sets of one level do to the rows out of bag. */
struct tally {
    uint64_t classes, empty, single; /* classes in all sets; sets of none and of one */
};

struct shown {
    const struct nev_forest *f;
    struct nev_json *j;
    struct nev_sheet *sheet;
};

static void count(const struct nev_forest *f, const struct nev_calibration *c, uint32_t *votes,
                  struct tally *t)
{
    struct nev_forest_part part = {0};
    uint32_t i, row, k, trees, len;

    for (i = 0; i < f->parts; i++) {
        nev_part_step(f, i, &part);
        for (row = 0; part.has_oob && row < part.rows; row++) {
            if ((trees = nev_forest_oob_votes(&part, row, votes)) == 0) {
                continue;
            }
            for (k = 0, len = 0; k < f->classes; k++) {
                len +=
                    nev_calibration_holds(c, k, nev_score_of_sum(nev_forest_oob_sum(&part, row, k), trees));
            }
            t->classes += len;
            t->empty += len == 0;
            t->single += len == 1;
        }
    }
}

static void show_text(const struct shown *s, const struct nev_calibration *c, const struct tally *t)
{
    char name[4 * NEV_FOREST_NAME_LEN];
    uint32_t k;

    printf("level %.6g %s: on %" PRIu32
           " rows out of bag %.3f classes a set, %.4f empty, %.4f with one class\n",
           c->level / 1e6, c->by_class ? "of each class" : "of all rows", c->rows,
           (double)t->classes / c->rows, (double)t->empty / c->rows, (double)t->single / c->rows);
    for (k = 0; k < s->f->classes; k++) {
        nev_text_safe(nev_forest_class_name(s->f, k), name, sizeof name);
        printf("  %-24s from probability %.6f\n", name,
               nev_score_real(nev_load_u64le(c->floors + (size_t)k * 8)));
    }
}

static void show_csv(const struct shown *s, const struct nev_calibration *c, const struct tally *t)
{
    uint32_t k;

    for (k = 0; k < s->f->classes; k++) {
        nev_sheet_real(s->sheet, c->level / 1e6);
        nev_sheet_uint(s->sheet, c->by_class);
        nev_sheet_text(s->sheet, nev_forest_class_name(s->f, k));
        nev_sheet_real(s->sheet, nev_score_real(nev_load_u64le(c->floors + (size_t)k * 8)));
        nev_sheet_real(s->sheet, (double)t->classes / c->rows);
        nev_sheet_real(s->sheet, (double)t->empty / c->rows);
        nev_sheet_real(s->sheet, (double)t->single / c->rows);
        nev_sheet_end_row(s->sheet);
    }
}

static void show_one(const struct values *v, const struct shown *s, const struct nev_calibration *c,
                     const struct tally *t)
{
    if (v->is_csv) {
        show_csv(s, c, t);
    } else if (v->is_json) {
        nev_json_object_begin(s->j, NULL);
        nev_calibration_json(s->f, c, s->j);
        nev_json_uint(s->j, "rows", c->rows);
        nev_json_real(s->j, "classes_a_set", (double)t->classes / c->rows);
        nev_json_real(s->j, "empty", (double)t->empty / c->rows);
        nev_json_real(s->j, "single", (double)t->single / c->rows);
        nev_json_object_end(s->j);
    } else {
        show_text(s, c, t);
    }
}

static enum nev_exit each_level(const struct values *v, const struct shown *s, const char *name,
                                uint32_t level)
{
    size_t bytes = nev_calibrate_bytes(s->f), i = 0,
           len = v->level != NULL ? 1 : sizeof list / sizeof list[0];
    struct nev_calibration_wish wish = {NEV_CALIBRATION_NONE, NEV_RULE_NONE, 0, 0, level, v->by_class};
    void *memory = nev_memory_take(bytes, 1);
    uint32_t *votes = nev_memory_take(s->f->classes, sizeof *votes);
    struct nev_calibration c;
    struct nev_error err;
    enum nev_exit code = memory == NULL || votes == NULL ? nev_report_memory("the votes") : NEV_EXIT_OK;

    for (; code == NEV_EXIT_OK && i < len; i++) {
        struct tally t = {0, 0, 0};

        wish.level = v->level != NULL ? level : list[i];
        if (nev_calibrate(s->f, &wish, memory, bytes, &c, &err) != NEV_OK) {
            code = nev_report(name, &err);
        } else {
            count(s->f, &c, votes, &t);
            show_one(v, s, &c, &t);
        }
    }
    nev_memory_give(memory);
    nev_memory_give(votes);
    return code;
}

static enum nev_exit show(const struct values *v, const struct nev_forest *f, const char *name,
                          uint32_t level)
{
    static const char *const heads[] = {"level",         "by_class", "class", "floor",
                                        "classes_a_set", "empty",    "single"};
    struct nev_json j;
    struct nev_sheet sheet;
    const struct shown s = {f, &j, &sheet};
    enum nev_exit code;
    size_t i;

    nev_sheet_init(&sheet);
    nev_json_init(&j, stdout);
    if (f->oob_rows == 0) {
        nev_sheet_free(&sheet);
        return nev_report_text(NEV_EXIT_DATA, name,
                               "the forest holds no votes out of bag; train it with bootstrap");
    }
    if (v->is_json) {
        nev_json_array_begin(&j, NULL);
    }
    for (i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        nev_sheet_text(&sheet, heads[i]);
    }
    nev_sheet_end_row(&sheet);
    code = each_level(v, &s, name, level);
    if (v->is_json) {
        nev_json_array_end(&j);
        nev_json_end(&j);
    } else if (v->is_csv && code == NEV_EXIT_OK) {
        code = nev_sheet_print(&sheet, stdout);
    }
    nev_sheet_free(&sheet);
    return code;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    const struct nev_collide collide = {{NULL}, {args->text[0]}, NULL};
    struct nev_grown grown;
    uint32_t level = 0;
    enum nev_exit code = nev_collide_check(&collide);

    if (code == NEV_EXIT_OK && v->level != NULL) {
        code = nev_wish_level("forest conformal", v->level, &level);
    }
    if (code != NEV_EXIT_OK) {
        return code;
    }
    if ((code = nev_form_check("forest conformal", v->is_json, v->is_csv)) != NEV_EXIT_OK) {
        return code;
    }
    if (v->level != NULL && level == 0) {
        return nev_report_text(NEV_EXIT_USAGE, "forest conformal",
                               "--level 0 asks for no sets; it is above 0 and below 1");
    }
    code = nev_grown_open(&grown, args->text[0]);
    if (code == NEV_EXIT_OK) {
        code = show(v, &grown.forest, args->text[0], level);
        nev_grown_close(&grown);
    }
    return code;
}

const struct nev_command nev_command_forest_conformal = {
    "forest conformal",
    "sets of classes that hold the right one at a stated level, from the votes out of bag",
    "F.nvf [--level X] [--by-class] [--json | --csv]",
    "Only prints the least probability with which a class is in the set, and how large the sets are on the "
    "rows out of\n"
    "bag; forest calibrate puts one level into the forest. forest/README.md says what is guaranteed and what "
    "is not.\n",
    options,
    &defaults,
    sizeof defaults,
    1,
    1,
    run,
};
