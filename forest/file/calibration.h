/* SPDX-License-Identifier: MIT */
/*
 * calibration.h - what a forest may carry besides its trees: a calibrated probability, a threshold, sets of classes.
 *
 * All three come from the votes out of bag that the file holds (nev_calibrate), stand in the block CALB of the file, and
 * are asked with the scores of new rows. README.md, "Probabilities and decisions", says what each is.
 */
#ifndef NEV_FOREST_CALIBRATION_H
#define NEV_FOREST_CALIBRATION_H

#include <stdbool.h>
#include <stdint.h>

#include "forest/calibrate/platt.h"
#include "forest/calibrate/threshold.h"
#include "forest/forest.h"

enum nev_calibration_kind {
    NEV_CALIBRATION_NONE = 0,
    NEV_CALIBRATION_PLATT = 1,
    NEV_CALIBRATION_ISOTONIC = 2
};

/* What is wanted. */
struct nev_calibration_wish {
    enum nev_calibration_kind kind;
    enum nev_rule rule; /* NEV_RULE_NONE: no threshold */
    uint32_t value;     /* of the rule */
    uint32_t positive;  /* class that calibration and threshold are about */
    uint32_t level;     /* of the sets, millionths; 0: no sets */
    bool by_class;      /* the level in each class */
};

/* What there is. Pointers lie in the file, or in the memory of nev_calibrate. */
struct nev_calibration {
    enum nev_calibration_kind kind;
    uint32_t positive;            /* 0 if there is neither calibration nor threshold */
    uint32_t rows, positive_rows; /* that it comes from: those with a vote out of bag */
    struct nev_platt platt;
    const uint8_t *pool; /* isotonic: pool_len pools (isotonic.h) */
    uint32_t pool_len;
    struct nev_threshold threshold; /* rule NEV_RULE_NONE: none */
    uint32_t level;                 /* 0: no sets */
    bool by_class;
    const uint8_t *floors; /* [classes] u64: the least score for a class to be in the set */
};

/* nev_calibrate_bytes - the work memory of nev_calibrate; SIZE_MAX if there cannot be so much. */
size_t nev_calibrate_bytes(const struct nev_forest *f);

/*
 * nev_calibrate - calibration, threshold and sets from the forest's votes out of bag.
 * Computes   the score of a row and class is the probability that the trees of its part give which have not seen the
 *            row; rows without such a tree are left out; all parts together
 * Range      memory of nev_calibrate_bytes(f) bytes, which *c then points into
 * Numerics   the same bits everywhere; depends on the forest and the wish alone
 * Errors     ARGUMENT, MEMORY; DATA: no votes out of bag, or no row of the positive class, or of no other. *c is then
 *            zeroed
 * Tests      tests/forest/test_calibration.c
 */
NEV_MUST_CHECK enum nev_status nev_calibrate(const struct nev_forest *f,
                                             const struct nev_calibration_wish *wish, void *memory,
                                             size_t memory_bytes, struct nev_calibration *c,
                                             struct nev_error *err);

/* nev_calibration_file_bytes - room that suffices for the file that nev_calibration_write makes. */
size_t nev_calibration_file_bytes(const struct nev_forest *f, const struct nev_calibration *c);

/*
 * nev_calibration_write - the forest's file with this calibration in the place of the one it had, if it had one.
 * Alias      out must not overlap the forest
 * Errors     MEMORY; LIMIT: the file has as many blocks as it may
 */
NEV_MUST_CHECK enum nev_status nev_calibration_write(const struct nev_forest *f,
                                                     const struct nev_calibration *c, uint8_t *out,
                                                     size_t room, size_t *bytes, struct nev_error *err);

/* nev_calibration_of - what an open forest carries; false, and *c zeroed, if nothing. */
bool nev_calibration_of(const struct nev_forest *f, struct nev_calibration *c);

/* nev_calibration_probability - of the positive class, for its score; c->kind is not NONE. */
double nev_calibration_probability(const struct nev_calibration *c, uint64_t score);

/* nev_calibration_is_positive - the decision, for the positive class's score; there is a threshold. */
bool nev_calibration_is_positive(const struct nev_calibration *c, uint64_t score);

/* nev_calibration_holds - is the class with this score in the set? c->level is not 0. */
bool nev_calibration_holds(const struct nev_calibration *c, uint32_t class_id, uint64_t score);

/*
 * nev_calibration_check - a block CALB against every rule of FORMAT.md, section 12.
 * Returns    what is wrong, with *offset in the block; NULL if nothing is
 */
const char *nev_calibration_check(const uint8_t *block, uint64_t bytes, const struct nev_forest *f,
                                  uint64_t *offset);

#endif
