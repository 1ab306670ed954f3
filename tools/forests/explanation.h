/* SPDX-License-Identifier: MIT */
/*
 * explanation.h - an explanation as text and as JSON, and a JSON one held against the forest again.
 */
#ifndef NEV_TOOLS_EXPLANATION_H
#define NEV_TOOLS_EXPLANATION_H

#include <stdbool.h>
#include <stdint.h>

#include "forest/explain/explain.h"
#include "tools/base/exit.h"
#include "tools/files/files.h"

#define NEV_EXPLANATION_KIND    "nevus forest explanation"
#define NEV_EXPLANATION_VERSION 1u
#define NEV_EXPLANATION_UNIT    "2^-32 / trees"

/* What is explained, and how it is shown. */
struct nev_explained {
    const struct nev_forest *forest;
    const float *x; /* [features] the row */
    struct nev_forest_explanation e;
    void *memory;          /* of e, to be given back */
    const uint32_t *votes; /* [classes] */
    const char *origin;    /* the table or the picture */
    uint64_t row;          /* of the table, if it is one */
    bool is_table;
    uint32_t *order; /* [order_len] features that paths asked for: greatest contribution first */
    uint32_t order_len;
};

/*
 * nev_explained_make - explain a row: fills e, memory and order.
 * Range      forest and x are set; class_id < classes
 * Errors     reported; *s holds nothing to be freed then
 */
enum nev_exit nev_explained_make(struct nev_explained *s, uint32_t class_id);
void nev_explained_free(struct nev_explained *s);

/* nev_explanation_print_text - the greatest `top` contributions, and with has_paths every step. */
void nev_explanation_print_text(const struct nev_explained *s, uint32_t top, bool has_paths);

/* nev_explanation_print_json - everything: tools/README.md, "Explanations". */
void nev_explanation_print_json(const struct nev_explained *s);

/* What a replay has seen. */
struct nev_replayed {
    uint32_t class_id;
    size_t paths, steps, features;
    int64_t bias, sum;
    double probability;
};

/*
 * nev_explanation_replay - hold every statement of a JSON explanation against the forest.
 * Computes   the values on the paths are taken from the text, everything else is computed again and compared: each
 *            step's node, threshold, direction and change, each leaf and vote, each contribution and their order, bias and
 *            sum
 * Errors     reported, with the byte offset or the tree and step: FORMAT if it is malformed or anything in it is not so;
 *            MISFIT if it is about another forest; MEMORY
 */
enum nev_exit nev_explanation_replay(const struct nev_forest *f, const struct nev_file *json,
                                     const char *name, struct nev_replayed *out);

#endif
