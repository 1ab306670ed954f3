/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "tools/base/report.h"
#include "tools/base/shared_options.h"
#include "tools/command.h"
#include "tools/networks/engine.h"
#include "tools/study/study.h"

struct values {
    struct nev_texts weights;
    const char *positive;
    uint64_t seeds, trees, fit, path, verify, threads;
    bool is_quiet, is_json, is_csv;
};

static const struct values defaults = {.seeds = 20, .trees = 50, .path = NEV_PATH_OF_FILE};

static const struct nev_option options[] = {
    {"weights", 'w', NEV_OPTION_TEXTS, offsetof(struct values, weights), "M.nvw", "the networks' weights", 0,
     NEV_TEXTS_MAX, NULL},
    {"seeds", 0, NEV_OPTION_NUMBER, offsetof(struct values, seeds), "N",
     "train with the seeds 1 to N (default 20)", 1, NEV_STUDY_SEEDS_MAX, NULL},
    {"trees", 0, NEV_OPTION_NUMBER, offsetof(struct values, trees), "N", "trees in a forest (default 50)", 1,
     65535, NULL},
    NEV_OPTION_POSITIVE(struct values, positive),
    NEV_OPTION_FIT(struct values, fit),
    NEV_OPTION_PATH(struct values, path),
    NEV_OPTION_VERIFY(struct values, verify),
    NEV_OPTION_THREADS(struct values, threads),
    NEV_OPTION_QUIET(struct values, is_quiet),
    NEV_OPTION_JSON(struct values, is_json),
    NEV_OPTION_CSV(struct values, is_csv),
    NEV_OPTION_END,
};

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    struct nev_study studies[NEV_TEXTS_MAX];
    struct nev_study_plan plan = {.positive = v->positive,
                                  .seeds = (uint32_t)v->seeds,
                                  .trees = (uint32_t)v->trees,
                                  .threads = nev_threads_of(v->threads),
                                  .fit = (enum nev_resize_fit)v->fit,
                                  .path = v->path,
                                  .is_trusted = v->verify == NEV_VERIFY_HEAD,
                                  .is_quiet = v->is_quiet};
    enum nev_exit code = NEV_EXIT_OK, worst = NEV_EXIT_OK;
    size_t len = 0, i;

    if ((code = nev_form_check("reproduce", v->is_json, v->is_csv)) != NEV_EXIT_OK) {
        return code;
    }
    if (v->weights.len == 0 || args->len == 0) {
        return nev_report_text(NEV_EXIT_USAGE, "reproduce",
                               "give DATASET first, then --weights with one file or several");
    }
    plan.dataset = args->text[0];
    for (i = 0; i < v->weights.len && (code == NEV_EXIT_OK || code == NEV_EXIT_PARTIAL); i++) {
        code = nev_study_run(&plan, v->weights.text[i], &studies[i]);
        worst = code == NEV_EXIT_OK ? worst : code;
        len += code == NEV_EXIT_OK || code == NEV_EXIT_PARTIAL ? 1 : 0;
    }
    if (len == v->weights.len) {
        if (v->is_json) {
            nev_studies_json(&plan, studies, len, stdout);
        } else if (v->is_csv) {
            code = nev_studies_csv(studies, len, stdout);
            worst = code == NEV_EXIT_OK ? worst : code;
        } else {
            nev_studies_print(&plan, studies, len, stdout);
        }
    }
    for (i = 0; i < len; i++) {
        nev_study_free(&studies[i]);
    }
    return worst;
}

const struct nev_command nev_command_reproduce = {
    "reproduce",
    "the paper's tables on a data set, beside the paper's own figures",
    "DATASET --weights A.nvw [B.nvw C.nvw]",
    "DATASET holds train/ and test/, each with a folder for each class (benign, malignant). For each weights "
    "file the\n"
    "features of all pictures are extracted once, then one forest is trained for each seed. Prints Table 1 "
    "(mean of\n"
    "the classes) and the same with the positive class, with AUC and confusion matrix: mean and standard "
    "deviation\n"
    "over the seeds.\n",
    options,
    &defaults,
    sizeof defaults,
    0,
    1,
    run,
};
