/* SPDX-License-Identifier: MIT */
#include "bench/program.h"

#include <string.h>

#include "nn/base/real.h"
#include "tools/base/report.h"

static void print_help(const struct nev_bench_program *program)
{
    printf("usage: %s %s\n\n%s\n", program->name, program->synopsis, program->text);
    nev_options_print(program->options, stdout);
}

bool nev_bench_parse(const struct nev_bench_program *program, int argc, char **argv, void *values,
                     struct nev_arguments *args, enum nev_exit *code)
{
    char message[NEV_PARSE_MESSAGE_LEN];
    struct nev_error err;

    *code = NEV_EXIT_OK;
    switch (nev_options_parse(program->options, argc - 1, argv + 1, values, args, message)) {
    case NEV_PARSE_HELP:
        print_help(program);
        return false;
    case NEV_PARSE_ERROR:
        *code = nev_report_text(NEV_EXIT_USAGE, NULL, "%s; try %s --help", message, program->name);
        return false;
    case NEV_PARSE_OK:
        break;
    }
    if (args->len < program->args_min || args->len > program->args_max) {
        *code = nev_report_text(NEV_EXIT_USAGE, NULL, "usage: %s %s", program->name, program->synopsis);
    } else if (nev_environment_check(&err) != NEV_OK) {
        *code = nev_report(NULL, &err);
    }
    return *code == NEV_EXIT_OK;
}

/* One fact of /proc/cpuinfo and how it is shown. */
struct fact {
    const char *key, *shown;
};

static const struct fact facts[] = {
    {"model name\t", ""}, {"cpu family\t", ", family"}, {"model\t", ", model"}, {"stepping\t", ", stepping"}};

/* PORTABILITY: /proc/cpuinfo is Linux's; elsewhere the line names the compiler alone. */
static void print_cpuinfo(FILE *out)
{
    FILE *f = fopen("/proc/cpuinfo", "r");
    char line[4096];

    for (size_t i = 0; f != NULL && i < sizeof facts / sizeof facts[0]; i++) {
        rewind(f);
        while (fgets(line, (int)sizeof line, f) != NULL) {
            char *value = strchr(line, ':');

            if (value != NULL && strncmp(line, facts[i].key, strlen(facts[i].key)) == 0) {
                value[strcspn(value, "\n")] = '\0';
                fprintf(out, "%s%s", facts[i].shown, value + (i == 0 ? 2 : 1));
                break;
            }
        }
    }
    if (f != NULL) {
        fclose(f);
    }
}

void nev_bench_machine(FILE *out)
{
    fprintf(out, "machine: ");
    print_cpuinfo(out);
    fprintf(out, "; %u processors online; compiler ", (unsigned)nev_threads_default());
#if defined(__VERSION__) && defined(__clang__)
    fprintf(out, "%s\n", __VERSION__);
#elif defined(__VERSION__)
    fprintf(out, "gcc %s\n", __VERSION__);
#else
    fprintf(out, "unknown\n");
#endif
}
