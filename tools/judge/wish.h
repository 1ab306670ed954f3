/* SPDX-License-Identifier: MIT */
/*
 * wish.h - calibration, threshold and sets as words: options in, lines and JSON out.
 */
#ifndef NEV_TOOLS_WISH_H
#define NEV_TOOLS_WISH_H

#include <stdbool.h>
#include <stdint.h>

#include "forest/file/calibration.h"
#include "tools/base/exit.h"
#include "tools/text/json.h"

extern const char *const nev_choices_rule[];        /* in the order of enum nev_rule */
extern const char *const nev_choices_calibration[]; /* in the order of enum nev_calibration_kind */

/* nev_millionths_read - "0.95" as 950000: digits, and up to six behind a point; false for anything else, or above 4,294. */
bool nev_millionths_read(const char *text, uint32_t *value);

/* nev_rule_needs_value - does the rule take a value? */
bool nev_rule_needs_value(enum nev_rule rule);

/*
 * nev_wish_positive - the class that calibration is about: the one named, or malignant, or of two classes the second.
 * Errors     USAGE, reported: no such class, or none is named and there is no such default
 */
enum nev_exit nev_wish_positive(const struct nev_forest *f, const char *name, uint32_t *positive);

/* nev_wish_value - --value, checked against the rule. Errors USAGE, reported */
enum nev_exit nev_wish_value(const char *command, enum nev_rule rule, const char *text, uint32_t *value);

/* nev_wish_level - --level: at least 0 (none), less than 1. Errors USAGE, reported */
enum nev_exit nev_wish_level(const char *command, const char *text, uint32_t *level);

/* nev_calibration_print - what a forest carries, a line each with a heading of 16 columns. */
void nev_calibration_print(const struct nev_forest *f, const struct nev_calibration *c);

/* nev_calibration_json - the same as members: "calibration", "threshold", "sets", those that there are. */
void nev_calibration_json(const struct nev_forest *f, const struct nev_calibration *c, struct nev_json *j);

#endif
