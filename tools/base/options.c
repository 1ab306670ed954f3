/* SPDX-License-Identifier: MIT */
#include "tools/base/options.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

/* Where the parser stands in argv. */
struct cursor {
    char **argv;
    int argc, next;
    uint64_t given; /* bit i: option i of the table stood there */
    char *message;
};

static enum nev_parse wrong(const struct cursor *at, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vsnprintf(at->message, NEV_PARSE_MESSAGE_LEN, format, list);
    va_end(list);
    return NEV_PARSE_ERROR;
}

static const struct nev_option *find_name(const struct nev_option *options, const char *name, size_t len)
{
    for (; options->name != NULL; options++) {
        if (strlen(options->name) == len && memcmp(options->name, name, len) == 0) {
            return options;
        }
    }
    return NULL;
}

static const struct nev_option *find_letter(const struct nev_option *options, char letter)
{
    for (; options->name != NULL; options++) {
        if (options->letter == letter) {
            return options;
        }
    }
    return NULL;
}

static enum nev_parse parse_number(const struct cursor *at, const struct nev_option *o, const char *text,
                                   uint64_t *value)
{
    uint64_t v = 0;
    const char *p = text;

    for (; *p >= '0' && *p <= '9' && v <= (UINT64_MAX - 9) / 10; p++) {
        v = v * 10 + (uint64_t)(*p - '0');
    }
    if (p == text || *p != '\0' || v < o->min || v > o->max) {
        return wrong(at, "--%s: '%.40s' is not a whole number from %llu to %llu", o->name, text,
                     (unsigned long long)o->min, (unsigned long long)o->max);
    }
    *value = v;
    return NEV_PARSE_OK;
}

static enum nev_parse parse_choice(const struct cursor *at, const struct nev_option *o, const char *text,
                                   uint64_t *value)
{
    uint64_t i;
    size_t used = 0;
    char known[128] = "";

    for (i = 0; o->choices[i] != NULL; i++) {
        if (strcmp(o->choices[i], text) == 0) {
            *value = i;
            return NEV_PARSE_OK;
        }
        used +=
            (size_t)snprintf(known + used, sizeof known - used, "%s%s", i == 0 ? "" : ", ", o->choices[i]);
        if (used >= sizeof known) {
            used = sizeof known - 1;
        }
    }
    return wrong(at, "--%s: '%.40s' is not one of %s", o->name, text, known);
}

static bool is_option(const char *text)
{
    return text[0] == '-' && text[1] != '\0';
}

/* No option's letter is a digit: -1 where a value is wanted is one, and told what it should be. */
static bool is_value(const char *text)
{
    return !is_option(text) || (text[1] >= '0' && text[1] <= '9');
}

static enum nev_parse parse_texts(struct cursor *at, const struct nev_option *o, const char *text,
                                  struct nev_texts *texts)
{
    for (;;) {
        if (texts->len >= o->max || texts->len >= NEV_TEXTS_MAX) {
            return wrong(at, "--%s is given more than %llu values", o->name, (unsigned long long)o->max);
        }
        texts->text[texts->len++] = text;
        if (at->next >= at->argc || is_option(at->argv[at->next])) {
            return NEV_PARSE_OK;
        }
        text = at->argv[at->next++];
    }
}

/* Text: the value that stands with the option (--name=VALUE, -nVALUE), or NULL: the next argument is it. */
static enum nev_parse store(struct cursor *at, const struct nev_option *o, const char *text, void *values)
{
    char *where = (char *)values + o->offset;
    union {
        bool flag;
        const char *text;
        uint64_t number;
        struct nev_texts texts;
    } v;
    enum nev_parse result = NEV_PARSE_OK;

    memset(&v, 0, sizeof v);
    if (o->kind == NEV_OPTION_FLAG) {
        v.flag = true;
        memcpy(where, &v.flag, sizeof v.flag);
        return text == NULL ? NEV_PARSE_OK : wrong(at, "--%s takes no value", o->name);
    }
    if (text == NULL) {
        if (at->next >= at->argc || !is_value(at->argv[at->next])) {
            return wrong(at, "--%s needs a value: %s", o->name, o->value);
        }
        text = at->argv[at->next++];
    }
    if (text[0] == '\0') {
        return wrong(at, "--%s needs a value that is not empty: %s", o->name, o->value);
    }
    switch (o->kind) {
    case NEV_OPTION_NUMBER:
    case NEV_OPTION_CHOICE:
        result = o->kind == NEV_OPTION_NUMBER ? parse_number(at, o, text, &v.number)
                                              : parse_choice(at, o, text, &v.number);
        if (result == NEV_PARSE_OK) {
            memcpy(where, &v.number, sizeof v.number);
        }
        return result;
    case NEV_OPTION_TEXTS:
        memcpy(&v.texts, where, sizeof v.texts);
        result = parse_texts(at, o, text, &v.texts);
        memcpy(where, &v.texts, sizeof v.texts);
        return result;
    default:
        v.text = text;
        memcpy(where, &v.text, sizeof v.text);
        return NEV_PARSE_OK;
    }
}

static enum nev_parse parse_option(struct cursor *at, const struct nev_option *options, const char *text,
                                   void *values)
{
    const struct nev_option *o;
    const char *value = NULL;
    uint64_t bit;

    if (text[1] == '-') {
        size_t len = strcspn(text + 2, "=");

        o = find_name(options, text + 2, len);
        value = text[2 + len] == '=' ? text + 3 + len : NULL;
        if (o == NULL) {
            return wrong(at, "there is no option %.*s", (int)(len + 2 > 60 ? 60 : len + 2), text);
        }
    } else {
        o = find_letter(options, text[1]);
        value = text[2] != '\0' ? text + 2 : NULL;
        if (o == NULL) {
            return wrong(at, "there is no option -%c", text[1]);
        }
    }
    /* Which of two values is meant, nobody knows. Bounds: 64 options; a test counts every command's. */
    bit = (uint64_t)1 << ((size_t)(o - options) & 63u);
    if ((at->given & bit) != 0 && o->kind != NEV_OPTION_TEXTS) {
        return wrong(at, "--%s is given more than once", o->name);
    }
    at->given |= bit;
    return store(at, o, value, values);
}

enum nev_parse nev_options_parse(const struct nev_option *options, int argc, char **argv, void *values,
                                 struct nev_arguments *args, char message[NEV_PARSE_MESSAGE_LEN])
{
    struct cursor at = {argv, argc, 0, 0, message};
    enum nev_parse result = NEV_PARSE_OK;
    int i;

    message[0] = '\0';
    args->len = 0;
    args->text = argv;
    for (i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return NEV_PARSE_HELP;
        }
    }
    while (at.next < argc && result == NEV_PARSE_OK) {
        char *text = argv[at.next++];

        if (strcmp(text, "--") == 0) {
            break;
        }
        if (is_option(text)) {
            result = parse_option(&at, options, text, values);
        } else {
            argv[args->len++] = text; /* never past what was read */
        }
    }
    while (at.next < argc && result == NEV_PARSE_OK) {
        argv[args->len++] = argv[at.next++];
    }
    return result;
}

/* What a number may be: "1 to 256"; the greatest as 2^60 - 1 where that is shorter. */
static void print_range(const struct nev_option *o, FILE *out)
{
    unsigned bits = 0;

    while (bits < 64 && (o->max >> bits) != 0) {
        bits++;
    }
    if (bits > 31 && (o->max & (o->max + 1)) == 0) {
        fprintf(out, "; %llu to 2^%u - 1", (unsigned long long)o->min, bits);
    } else {
        fprintf(out, "; %llu to %llu", (unsigned long long)o->min, (unsigned long long)o->max);
    }
}

void nev_options_print(const struct nev_option *options, FILE *out)
{
    char left[64];
    size_t i;

    for (; options->name != NULL; options++) {
        const struct nev_option *o = options;

        snprintf(left, sizeof left, "%c%c%s--%s%s%s%s", o->letter != 0 ? '-' : ' ',
                 o->letter != 0 ? o->letter : ' ', o->letter != 0 ? ", " : "  ", o->name,
                 o->value != NULL ? " " : "", o->value != NULL ? o->value : "",
                 o->kind == NEV_OPTION_TEXTS ? "..." : "");
        fprintf(out, "  %-26s %s", left, o->help);
        for (i = 0; o->kind == NEV_OPTION_CHOICE && o->choices[i] != NULL; i++) {
            fprintf(out, "%s%s", i == 0 ? ": " : " | ", o->choices[i]);
        }
        if (o->kind == NEV_OPTION_NUMBER) {
            print_range(o, out);
        }
        fprintf(out, "\n");
    }
    fprintf(out, "  %-26s %s\n", "-h, --help", "this text");
}

uint64_t nev_threads_default(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n > 256 ? 256 : (uint64_t)n;
}
