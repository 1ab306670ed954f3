/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "forest/file/part.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/base/shared_options.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/forests/forests.h"
#include "tools/judge/wish.h"

struct values {
    const char *out, *positive, *value, *level;
    uint64_t method, rule;
    bool by_class, is_json;
};

static const struct values defaults = {
    .method = NEV_CALIBRATION_PLATT, .rule = NEV_RULE_YOUDEN, .level = "0.9"};

static const struct nev_option options[] = {
    {"out", 'o', NEV_OPTION_TEXT, offsetof(struct values, out), "G.nvf",
     "where to write the forest that carries it (default: only print)", 0, 0, NULL},
    {"method", 0, NEV_OPTION_CHOICE, offsetof(struct values, method), "NAME",
     "calibrated probability (default: platt)", 0, 0, nev_choices_calibration},
    {"rule", 0, NEV_OPTION_CHOICE, offsetof(struct values, rule), "NAME", "threshold (default: youden)", 0, 0,
     nev_choices_rule},
    {"value", 0, NEV_OPTION_TEXT, offsetof(struct values, value), "X",
     "of the rule: the sensitivity or specificity wanted, or what a miss costs in false alarms", 0, 0, NULL},
    {"level", 0, NEV_OPTION_TEXT, offsetof(struct values, level), "X", "of the sets (default: 0.9; 0: none)",
     0, 0, NULL},
    {"by-class", 0, NEV_OPTION_FLAG, offsetof(struct values, by_class), NULL, "the level in each class", 0, 0,
     NULL},
    {"positive", 0, NEV_OPTION_TEXT, offsetof(struct values, positive), "CLASS",
     "that probability and threshold are about (default: malignant, or of two classes the second)", 0, 0,
     NULL},
    NEV_OPTION_JSON(struct values, is_json),
    NEV_OPTION_END,
};

/* Mean squared errors of the positive class's probability on the rows out of bag, as the trees give it and calibrated. */
struct brier {
    double before, after;
};

static bool brier_of(const struct nev_forest *f, const struct nev_calibration *c, struct brier *b)
{
    uint32_t *votes = nev_memory_take(f->classes, sizeof *votes), i, row, trees;
    struct nev_forest_part part = {0};

    memset(b, 0, sizeof *b);
    for (i = 0; votes != NULL && i < f->parts; i++) {
        nev_part_step(f, i, &part);
        for (row = 0; part.has_oob && row < part.rows; row++) {
            if ((trees = nev_forest_oob_votes(&part, row, votes)) != 0) {
                uint64_t score = nev_score_of_sum(nev_forest_oob_sum(&part, row, c->positive), trees);
                double truth = nev_forest_oob_label(&part, row) == c->positive;
                double before = nev_score_real(score) - truth;
                double after = nev_calibration_probability(c, score) - truth;

                b->before += before * before / c->rows;
                b->after += after * after / c->rows;
            }
        }
    }
    nev_memory_give(votes);
    return votes != NULL;
}

static enum nev_exit show(const struct values *v, const struct nev_forest *f, const struct nev_calibration *c)
{
    struct nev_json j;
    struct brier b;

    if (c->kind != NEV_CALIBRATION_NONE && !brier_of(f, c, &b)) {
        return nev_report_memory("the votes");
    }
    if (v->is_json) {
        nev_json_init(&j, stdout);
        nev_json_object_begin(&j, NULL);
        nev_json_uint(&j, "rows", c->rows);
        nev_calibration_json(f, c, &j);
        if (c->kind != NEV_CALIBRATION_NONE) {
            nev_json_real(&j, "oob_brier_before", b.before);
            nev_json_real(&j, "oob_brier_after", b.after);
        }
        nev_json_object_end(&j);
        nev_json_end(&j);
        return NEV_EXIT_OK;
    }
    nev_calibration_print(f, c);
    if (c->kind != NEV_CALIBRATION_NONE) {
        printf("%-16s %.6f before, %.6f calibrated, on the rows it was fitted to\n", "Brier score", b.before,
               b.after);
    }
    return NEV_EXIT_OK;
}

static enum nev_exit write_forest(const struct values *v, const struct nev_forest *f,
                                  const struct nev_calibration *c)
{
    size_t room = nev_calibration_file_bytes(f, c), bytes;
    uint8_t *file = nev_memory_take(room, 1);
    struct nev_error err;
    enum nev_exit code = NEV_EXIT_OK;

    if (file == NULL) {
        return nev_report_memory("the forest");
    }
    if (nev_calibration_write(f, c, file, room, &bytes, &err) != NEV_OK ||
        nev_file_write(v->out, file, bytes, &err) != NEV_OK) {
        code = nev_report_output(v->out, &err);
    }
    nev_memory_give(file);
    return code;
}

static enum nev_exit calibrate(const struct values *v, const struct nev_forest *f, const char *name,
                               struct nev_calibration_wish *wish)
{
    size_t bytes = nev_calibrate_bytes(f);
    struct nev_calibration c;
    struct nev_error err;
    enum nev_exit code = NEV_EXIT_OK;
    void *memory;

    if (wish->kind != NEV_CALIBRATION_NONE || wish->rule != NEV_RULE_NONE) { /* sets are of all classes */
        code = nev_wish_positive(f, v->positive, &wish->positive);
    }
    if (code != NEV_EXIT_OK) {
        return code;
    }
    if ((memory = nev_memory_take(bytes, 1)) == NULL) {
        return nev_report_memory("the votes");
    }
    if (nev_calibrate(f, wish, memory, bytes, &c, &err) != NEV_OK) {
        code = nev_report(name, &err);
    } else if (v->out != NULL) {
        code = write_forest(v, f, &c);
    }
    if (code == NEV_EXIT_OK && (v->out == NULL || strcmp(v->out, "-") != 0)) {
        code = show(v, f, &c);
    }
    nev_memory_give(memory);
    return code;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    const struct nev_collide collide = {{v->out}, {args->text[0]}, NULL};
    struct nev_calibration_wish wish = {
        (enum nev_calibration_kind)v->method, (enum nev_rule)v->rule, 0, 0, 0, v->by_class};
    struct nev_grown grown;
    enum nev_exit code = nev_collide_check(&collide);

    if (code != NEV_EXIT_OK ||
        (code = nev_wish_value("forest calibrate", wish.rule, v->value, &wish.value)) != NEV_EXIT_OK ||
        (code = nev_wish_level("forest calibrate", v->level, &wish.level)) != NEV_EXIT_OK) {
        return code;
    }
    if (wish.kind == NEV_CALIBRATION_NONE && wish.rule == NEV_RULE_NONE && wish.level == 0) {
        return nev_report_text(NEV_EXIT_USAGE, "forest calibrate", "nothing is left to make");
    }
    if (v->by_class && wish.level == 0) {
        return nev_report_text(
            NEV_EXIT_USAGE, "forest calibrate",
            "--by-class is about the sets, and --level 0 makes none; leave out one of the two");
    }
    if (v->positive != NULL && wish.kind == NEV_CALIBRATION_NONE && wish.rule == NEV_RULE_NONE) {
        return nev_report_text(NEV_EXIT_USAGE, "forest calibrate", "--positive: sets are of all classes");
    }
    code = nev_grown_open(&grown, args->text[0]);
    if (code == NEV_EXIT_OK) {
        code = calibrate(v, &grown.forest, args->text[0], &wish);
        nev_grown_close(&grown);
    }
    return code;
}

const struct nev_command nev_command_forest_calibrate = {
    "forest calibrate",
    "calibrated probability, threshold and sets from the votes out of bag",
    "F.nvf [-o G.nvf] [--method platt|isotonic|none] [--rule NAME [--value X]] [--level X [--by-class]]",
    "Needs the forest alone: it keeps its votes out of bag. G.nvf has the same trees and carries all three; "
    "classify,\n"
    "predict, evaluate and info then show them. Rules: youden (sensitivity + specificity greatest), "
    "sensitivity X and\n"
    "specificity X (at least X, the other one greatest), equal (as many per cent of misses as of false "
    "alarms), cost X\n"
    "(a missed positive costs X false alarms).\n",
    options,
    &defaults,
    sizeof defaults,
    1,
    1,
    run,
};
