/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/base/shared_options.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/forests/forests.h"
#include "tools/judge/wish.h"
#include "tools/text/sheet.h"

struct values {
    const char *positive, *value;
    uint64_t rule;
    bool is_json, is_csv;
};

static const struct values defaults = {.rule = NEV_RULE_NONE};

static const struct nev_option options[] = {
    {"rule", 0, NEV_OPTION_CHOICE, offsetof(struct values, rule), "NAME", "only this one (default: a list)",
     0, 0, nev_choices_rule},
    {"value", 0, NEV_OPTION_TEXT, offsetof(struct values, value), "X", "of the rule", 0, 0, NULL},
    {"positive", 0, NEV_OPTION_TEXT, offsetof(struct values, positive), "CLASS",
     "the positive class (default: malignant, or of two classes the second)", 0, 0, NULL},
    NEV_OPTION_JSON(struct values, is_json),
    NEV_OPTION_CSV(struct values, is_csv),
    NEV_OPTION_END,
};

#define LIST_LEN 9

static const struct {
    enum nev_rule rule;
    uint32_t value;
} list[LIST_LEN] = {
    {NEV_RULE_YOUDEN, 0},           {NEV_RULE_EQUAL, 0},
    {NEV_RULE_COST, 1000000},       {NEV_RULE_SENSITIVITY, 900000},
    {NEV_RULE_SENSITIVITY, 950000}, {NEV_RULE_SENSITIVITY, 990000},
    {NEV_RULE_SPECIFICITY, 900000}, {NEV_RULE_SPECIFICITY, 950000},
    {NEV_RULE_SPECIFICITY, 990000},
};

struct shown {
    const struct nev_forest *f;
    struct nev_calibration c[LIST_LEN];
    size_t len;
};

static double sensitivity(const struct nev_threshold *t)
{
    return (double)t->true_positive / ((double)t->true_positive + t->false_negative);
}

static double specificity(const struct nev_threshold *t)
{
    return (double)t->true_negative / ((double)t->true_negative + t->false_positive);
}

static void print_text(const struct shown *s)
{
    char name[4 * NEV_FOREST_NAME_LEN];
    size_t i;

    nev_text_safe(nev_forest_class_name(s->f, s->c[0].positive), name, sizeof name);
    printf("%s from this probability on; %" PRIu32 " rows out of bag, %" PRIu32 " of them %s\n", name,
           s->c[0].rows, s->c[0].positive_rows, name);
    printf("%-12s %8s %12s %12s %12s %8s %8s\n", "rule", "value", "probability", "sensitivity", "specificity",
           "missed", "alarms");
    for (i = 0; i < s->len; i++) {
        const struct nev_threshold *t = &s->c[i].threshold;

        printf("%-12s ", nev_choices_rule[t->rule]);
        if (nev_rule_needs_value(t->rule)) {
            printf("%8.6g", t->value / 1e6);
        } else {
            printf("%8s", "-");
        }
        printf(" %12.6f %12.4f %12.4f %8" PRIu32 " %8" PRIu32 "\n", nev_score_real(t->score), sensitivity(t),
               specificity(t), t->false_negative, t->false_positive);
    }
}

static void print_json(const struct shown *s)
{
    struct nev_json j;
    size_t i;

    nev_json_init(&j, stdout);
    nev_json_array_begin(&j, NULL);
    for (i = 0; i < s->len; i++) {
        nev_json_object_begin(&j, NULL);
        nev_calibration_json(s->f, &s->c[i], &j);
        nev_json_object_end(&j);
    }
    nev_json_array_end(&j);
    nev_json_end(&j);
}

static enum nev_exit print_csv(const struct shown *s)
{
    static const char *const heads[] = {"class",          "rule",         "value",         "probability",
                                        "sensitivity",    "specificity",  "true_positive", "false_negative",
                                        "false_positive", "true_negative"};
    struct nev_sheet sheet;
    enum nev_exit code;
    size_t i;

    nev_sheet_init(&sheet);
    for (i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        nev_sheet_text(&sheet, heads[i]);
    }
    nev_sheet_end_row(&sheet);
    for (i = 0; i < s->len; i++) {
        const struct nev_threshold *t = &s->c[i].threshold;

        nev_sheet_text(&sheet, nev_forest_class_name(s->f, s->c[i].positive));
        nev_sheet_text(&sheet, nev_choices_rule[t->rule]);
        if (nev_rule_needs_value(t->rule)) {
            nev_sheet_real(&sheet, t->value / 1e6);
        } else {
            nev_sheet_text(&sheet, "");
        }
        nev_sheet_real(&sheet, nev_score_real(t->score));
        nev_sheet_real(&sheet, sensitivity(t));
        nev_sheet_real(&sheet, specificity(t));
        nev_sheet_uint(&sheet, t->true_positive);
        nev_sheet_uint(&sheet, t->false_negative);
        nev_sheet_uint(&sheet, t->false_positive);
        nev_sheet_uint(&sheet, t->true_negative);
        nev_sheet_end_row(&sheet);
    }
    code = nev_sheet_print(&sheet, stdout);
    nev_sheet_free(&sheet);
    return code;
}

static enum nev_exit choose(const struct values *v, const struct nev_forest *f, const char *name,
                            uint32_t value)
{
    size_t bytes = nev_calibrate_bytes(f);
    struct nev_calibration_wish wish = {NEV_CALIBRATION_NONE, (enum nev_rule)v->rule, value, 0, 0, false};
    struct shown s = {.f = f};
    struct nev_error err;
    enum nev_exit code = nev_wish_positive(f, v->positive, &wish.positive);
    void *memory;

    if (code != NEV_EXIT_OK) {
        return code;
    }
    if ((memory = nev_memory_take(bytes, 1)) == NULL) {
        return nev_report_memory("the votes");
    }
    do {
        if (v->rule == NEV_RULE_NONE) {
            wish.rule = list[s.len].rule;
            wish.value = list[s.len].value;
        }
        if (nev_calibrate(f, &wish, memory, bytes, &s.c[s.len++], &err) != NEV_OK) {
            code = nev_report(name, &err);
        }
    } while (code == NEV_EXIT_OK && v->rule == NEV_RULE_NONE && s.len < LIST_LEN);
    nev_memory_give(memory);
    if (code != NEV_EXIT_OK || v->is_csv) {
        return code != NEV_EXIT_OK ? code : print_csv(&s);
    }
    if (v->is_json) {
        print_json(&s);
    } else {
        print_text(&s);
    }
    return NEV_EXIT_OK;
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    const struct nev_collide collide = {{NULL}, {args->text[0]}, NULL};
    struct nev_grown grown;
    uint32_t value;
    enum nev_exit code = nev_collide_check(&collide);

    if (code != NEV_EXIT_OK || (code = nev_wish_value("forest threshold", (enum nev_rule)v->rule, v->value,
                                                      &value)) != NEV_EXIT_OK) {
        return code;
    }
    if ((code = nev_form_check("forest threshold", v->is_json, v->is_csv)) != NEV_EXIT_OK) {
        return code;
    }
    code = nev_grown_open(&grown, args->text[0]);
    if (code == NEV_EXIT_OK) {
        code = choose(v, &grown.forest, args->text[0], value);
        nev_grown_close(&grown);
    }
    return code;
}

const struct nev_command nev_command_forest_threshold = {
    "forest threshold",
    "which probability to decide at, by several rules, from the votes out of bag",
    "F.nvf [--rule NAME [--value X]] [--positive CLASS] [--json | --csv]",
    "Only prints; forest calibrate puts one into the forest, and says what the rules are. No picture or row "
    "that the\n"
    "threshold is to be judged on takes part: only votes of trees that had not seen the row.\n",
    options,
    &defaults,
    sizeof defaults,
    1,
    1,
    run,
};
