/* SPDX-License-Identifier: MIT */
/*
 * options.h - a command line against a declarative table of options.
 *
 * Understood: --name VALUE, --name=VALUE, -n VALUE, -nVALUE, flags without a value, `--` to end the options;
 * options and other arguments in any order. An option is given once, but for NEV_OPTION_TEXTS. A lone `-` is an argument: standard input; what
 * begins with - and a digit is the value of the option before it, which is told that it will not do. Names are never abbreviated, so that adding an option cannot change what a script means.
 */
#ifndef NEV_TOOLS_OPTIONS_H
#define NEV_TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define NEV_TEXTS_MAX   8u
#define NEV_OPTIONS_MAX 64u /* in one table */

/* The values of an option that may be given more than once. */
struct nev_texts {
    size_t len;
    const char *text[NEV_TEXTS_MAX];
};

enum nev_option_kind {
    NEV_OPTION_FLAG,   /* bool: true when given */
    NEV_OPTION_TEXT,   /* const char *: the value as it stands, never empty */
    NEV_OPTION_NUMBER, /* uint64_t: decimal, min <= value <= max */
    NEV_OPTION_CHOICE, /* uint64_t: the place of the value in `choices` */
    NEV_OPTION_TEXTS   /* struct nev_texts: this and the following arguments up to the next option, at most
                        * `max`; may be repeated */
};

struct nev_option {
    const char *name; /* without the dashes; NULL ends the table */
    char letter;      /* or 0; no digit */
    enum nev_option_kind kind;
    size_t offset;              /* of the value in the command's struct: offsetof */
    const char *value;          /* what --help calls the value, such as "FILE"; NULL for a flag */
    const char *help;           /* one line, with the default where there is one */
    uint64_t min, max;          /* number: the range; texts: max is how many */
    const char *const *choices; /* ended by NULL */
};

/* Threads and quiet mean the same wherever they occur. */
#define NEV_OPTION_THREADS(type, member)                                                                     \
    {                                                                                                        \
        "threads", 't', NEV_OPTION_NUMBER, offsetof(type, member), "N",                                      \
            "how many threads; results do not depend on it (default: one for each processor)", 1, 256, NULL  \
    }
#define NEV_OPTION_QUIET(type, member)                                                                       \
    {                                                                                                        \
        "quiet", 'q', NEV_OPTION_FLAG, offsetof(type, member), NULL, "no progress bar", 0, 0, NULL           \
    }
#define NEV_OPTION_END                                                                                       \
    {                                                                                                        \
        NULL, 0, NEV_OPTION_FLAG, 0, NULL, NULL, 0, 0, NULL                                                  \
    }

/* What is not an option, in order; the texts are those of argv. */
struct nev_arguments {
    size_t len;
    char **text;
};

enum nev_parse {
    NEV_PARSE_OK,
    NEV_PARSE_HELP, /* --help or -h stands there; the rest was not looked at */
    NEV_PARSE_ERROR /* message says what is wrong */
};

#define NEV_PARSE_MESSAGE_LEN 256

/*
 * nev_options_parse - fill `values` from the command line.
 * Range      argv[0] is the first argument after the command's name; argv is reordered: the arguments that
 *            are not options end up in args, which points into it
 * Errors     ERROR with a sentence in message; values may then be partly filled
 */
enum nev_parse nev_options_parse(const struct nev_option *options, int argc, char **argv, void *values,
                                 struct nev_arguments *args, char message[NEV_PARSE_MESSAGE_LEN]);

/* nev_options_print - the table as lines of --help, with the range of each number. */
void nev_options_print(const struct nev_option *options, FILE *out);

/* nev_threads_default - how many processors are online, 1..256; 1 where the system does not say. */
uint64_t nev_threads_default(void);

#endif
