/* SPDX-License-Identifier: MIT */
/* The table of subcommands and what all of them share: help, usage errors, and that standard output arrived.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "nn/base/real.h"
#include "tools/base/report.h"
#include "tools/command.h"
#include "tools/files/ending.h"

/* In the order in which a newcomer meets them. */
/* clang-format off */
const struct nev_command *const nev_commands[] = {
    &nev_command_convert,
    &nev_command_pack,
    &nev_command_info,
    &nev_command_decode,
    &nev_command_extract,
    &nev_command_train,
    &nev_command_predict,
    &nev_command_evaluate,
    &nev_command_classify,
    &nev_command_reproduce,
    &nev_command_demo,
    &nev_command_selftest,
    &nev_command_table_merge,
    &nev_command_forest_merge,
    &nev_command_forest_importance,
    &nev_command_forest_nearest,
    &nev_command_forest_threshold,
    &nev_command_forest_conformal,
    &nev_command_forest_calibrate,
    &nev_command_forest_explain,
    &nev_command_forest_replay,
    &nev_command_forest_dump,
    &nev_command_forest_draw,
    &nev_command_forest_export,
    &nev_command_forest_import,
    NULL,
};
/* clang-format on */

static void print_program_help(FILE *out)
{
    size_t i;

    fprintf(out, "nevus " NEV_VERSION
                 " - from the photograph of a skin lesion to 1,000 features of a network to a "
                 "Random Forest\n\n"
                 "Usage: nevus COMMAND [OPTIONS] ...\n"
                 "       nevus COMMAND --help\n\nCommands:\n");
    for (i = 0; nev_commands[i] != NULL; i++) {
        fprintf(out, "  %-18s %s\n", nev_commands[i]->name, nev_commands[i]->summary);
    }
    fprintf(out, "\nExit codes:\n");
#define PRINT_EXIT(name, code, text) fprintf(out, "  %2d  %s\n", code, text);
    NEV_EXIT_LIST(PRINT_EXIT)
#undef PRINT_EXIT
    fprintf(out, "\nResults go to standard output, messages and progress to standard error. Not a medical "
                 "device.\n");
}

static void print_command_help(const struct nev_command *c, FILE *out)
{
    fprintf(out, "nevus %s - %s\n\nUsage: nevus %s %s\n\n%s\nOptions:\n", c->name, c->summary, c->name,
            c->synopsis, c->text);
    nev_options_print(c->options, out);
}

static enum nev_exit usage(const struct nev_command *c, const char *message)
{
    nev_report_text(NEV_EXIT_USAGE, c->name, "%s", message);
    fprintf(stderr, "Usage: nevus %s %s\nMore: nevus %s --help\n", c->name, c->synopsis, c->name);
    return NEV_EXIT_USAGE;
}

static enum nev_exit run_command(const struct nev_command *c, int argc, char **argv)
{
    union {
        max_align_t align;
        uint64_t number;
        char bytes[NEV_COMMAND_VALUES_MAX];
    } values;
    char message[NEV_PARSE_MESSAGE_LEN];
    struct nev_arguments args;
    struct nev_error err;

    if (c->values_bytes > sizeof values) {
        return nev_report_text(NEV_EXIT_INTERNAL, c->name, "its options do not fit NEV_COMMAND_VALUES_MAX");
    }
    memset(&values, 0, sizeof values);
    if (c->values_bytes > 0) {
        memcpy(&values, c->defaults, c->values_bytes);
    }
    switch (nev_options_parse(c->options, argc, argv, &values, &args, message)) {
    case NEV_PARSE_HELP:
        print_command_help(c, stdout);
        return NEV_EXIT_OK;
    case NEV_PARSE_ERROR:
        return usage(c, message);
    default:
        break;
    }
    if (args.len < c->args_min) {
        return usage(c, "an argument is missing");
    }
    if (args.len > c->args_max) {
        return usage(c, "there are too many arguments");
    }
    if (nev_environment_check(&err) != NEV_OK) {
        return nev_report(NULL, &err);
    }
    return c->run(&values, &args);
}

int nev_command_words(const char *name, int argc, char **argv)
{
    int words = 0;

    for (; words < argc; words++) {
        size_t len = strcspn(name, " ");

        if (strlen(argv[words]) != len || memcmp(argv[words], name, len) != 0) {
            return 0;
        }
        if (name[len] == '\0') {
            return words + 1;
        }
        name += len + 1;
    }
    return 0;
}

/* Lists the commands whose names start with a word of their own; false if there is none. */
static bool print_group(const char *word, FILE *out)
{
    size_t len = strlen(word), i;
    bool has_any = false;

    for (i = 0; nev_commands[i] != NULL; i++) {
        const char *name = nev_commands[i]->name;

        if (strncmp(name, word, len) == 0 && name[len] == ' ') {
            fprintf(out, "%s  nevus %-18s %s\n", has_any ? "" : "Commands:\n", name,
                    nev_commands[i]->summary);
            has_any = true;
        }
    }
    return has_any;
}

static enum nev_exit dispatch(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    size_t i;

    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_program_help(stdout);
        return NEV_EXIT_OK;
    }
    if (strcmp(name, "--version") == 0) {
        printf("nevus " NEV_VERSION "\n");
        return NEV_EXIT_OK;
    }
    for (i = 0; nev_commands[i] != NULL; i++) {
        int words = argc < 2 ? 0 : nev_command_words(nev_commands[i]->name, argc - 1, argv + 1);

        if (words > 0) {
            return run_command(nev_commands[i], argc - 1 - words, argv + 1 + words);
        }
    }
    if (argc == 3 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0) &&
        print_group(name, stdout)) {
        return NEV_EXIT_OK;
    }
    if (argc < 2) {
        print_program_help(stderr);
    } else if (print_group(name, stderr)) {
        nev_report_text(NEV_EXIT_USAGE, name,
                        "this word starts several commands, listed above; name one of them");
    } else {
        nev_report_text(NEV_EXIT_USAGE, name, "there is no such command; see nevus --help");
    }
    return NEV_EXIT_USAGE;
}

enum nev_exit nev_commands_main(int argc, char **argv)
{
    enum nev_exit code;

    nev_ending_begin();
    code = dispatch(argc, argv);

    /* A result that did not arrive is no result, whatever the command thinks of it. */
    if (fflush(stdout) != 0 || ferror(stdout)) {
        nev_report_text(NEV_EXIT_IO, "standard output", "writing failed; is the disk full?");
        if (code == NEV_EXIT_OK || code == NEV_EXIT_PARTIAL) {
            code = NEV_EXIT_IO;
        }
    }
    nev_ending_end();
    return code;
}
