/* SPDX-License-Identifier: MIT */
/*
 * folder.h - which pictures a command works on, in an order that is the same everywhere.
 *
 * An input is a file, "-" (standard input) or a folder. A folder with folders in it holds classes: each
 * folder one class, its name the label; the classes are taken in the byte order of their names, the files of
 * each in the byte order of theirs, whatever the locale. A folder without folders is a flat list of files.
 * Names that start with a dot are left out. What a file is, its bytes decide later, never its name.
 */
#ifndef NEV_TOOLS_FOLDER_H
#define NEV_TOOLS_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/base/status.h"
#include "tools/base/exit.h"
#include "tools/base/options.h"

#define NEV_INPUTS_MAX ((size_t)10000000)

struct nev_input {
    char *path;
    char *label; /* the class folder's name; NULL where there is none */
};

/* What lies in a folder and is not used, with the reason. */
struct nev_skip {
    char *path;
    const char *why;
    bool is_note; /* no picture: nothing is lost by leaving it out */
};

/* All zero is empty. */
struct nev_inputs {
    struct nev_input *item;
    size_t len, room;
    struct nev_skip *skip;
    size_t skip_len, skip_room;
    bool is_shard; /* others work on the rest: no good picture among these, or none at all, is no error */
};

/*
 * nev_inputs_add - append a file, "-" or what a folder holds.
 * Errors     IO: not there or not readable; DATA: a folder with no file, or a class folder with none (its
 *            name in the error); LIMIT; MEMORY. What was appended before stays
 */
NEV_MUST_CHECK enum nev_status nev_inputs_add(struct nev_inputs *in, const char *path, struct nev_error *err);

/*
 * nev_inputs_add_classes - append a folder of class folders, as training and evaluation need it.
 * Errors     as add; DATA: no class folder, or one only
 */
NEV_MUST_CHECK enum nev_status nev_inputs_add_classes(struct nev_inputs *in, const char *path,
                                                      struct nev_error *err);

/*
 * nev_inputs_add_all - what the arguments of a command name; one that is missing, unreadable or without an image is
 * reported and left out, as a bad picture among others is.
 * Errors     OK; PARTIAL: some were left out; the first one's code if nothing is left; LIMIT and MEMORY at once
 */
enum nev_exit nev_inputs_add_all(struct nev_inputs *in, const struct nev_arguments *args);

/* nev_inputs_report - print the skipped ones on standard error; returns how many of them may be missed. */
size_t nev_inputs_report(const struct nev_inputs *in);

/* nev_inputs_keep - leave only the inputs [first, end), first <= end <= in->len. */
void nev_inputs_keep(struct nev_inputs *in, size_t first, size_t end);

void nev_inputs_free(struct nev_inputs *in);

/* The classes that occur, in order. */
struct nev_classes {
    const char **name; /* the texts they were taken from */
    uint32_t len;
    bool is_by_value;
};

/* nev_class_name_is_valid - may a forest file hold it as a class name (forest/FORMAT.md, section 4)? */
bool nev_class_name_is_valid(const char *text);

/* What is wrong with one that it may not, after "a label" or "a class name". */
#define NEV_CLASS_NAME_RULE "is empty, longer than 63 bytes, not UTF-8 or has control characters"

/*
 * nev_classes_of - the distinct ones of len texts: in byte order; or, if is_by_value, by the value of the
 * whole numbers that they are then.
 * Errors     MEMORY; LIMIT: more than 1,024 classes; VALUE: a name that a forest cannot hold: empty, longer than 63
 *            bytes, not UTF-8, or with control characters
 */
NEV_MUST_CHECK enum nev_status nev_classes_of(struct nev_classes *classes, const char *const *text,
                                              size_t len, bool is_by_value, struct nev_error *err);

/* nev_classes_find - the number of a class, or classes->len if it is not among them. */
uint32_t nev_classes_find(const struct nev_classes *classes, const char *name);

void nev_classes_free(struct nev_classes *classes);

#endif
