/* SPDX-License-Identifier: MIT */
#include "tools/text/json.h"

#include <float.h>
#include <inttypes.h>

#include "io/number.h"
#include "tools/base/report.h"

void nev_json_init(struct nev_json *j, FILE *out)
{
    j->out = out;
    j->depth = 0;
    j->has_member = 0;
}

static void put_string(FILE *out, const char *text)
{
    size_t len;

    fputc('"', out);
    while (*text != '\0') {
        len = nev_utf8_len(text);
        if (len == 0) {
            fputs("\\ufffd", out);
            len = 1;
        } else if (*text == '"' || *text == '\\') {
            fprintf(out, "\\%c", *text);
        } else if (len == 1 && ((unsigned char)*text < 0x20 || *text == 0x7F)) {
            fprintf(out, "\\u%04x", (unsigned)(unsigned char)*text);
        } else {
            fwrite(text, 1, len, out);
        }
        text += len;
    }
    fputc('"', out);
}

/* Everything that stands before a value: comma, newline, indentation, key. */
static void lead(struct nev_json *j, const char *key)
{
    unsigned i;

    if (j->has_member >> j->depth & 1) {
        fputc(',', j->out);
    }
    j->has_member |= UINT32_C(1) << j->depth;
    if (j->depth > 0) {
        fputc('\n', j->out);
        for (i = 0; i < j->depth; i++) {
            fputs("  ", j->out);
        }
    }
    if (key != NULL) {
        put_string(j->out, key);
        fputs(": ", j->out);
    }
}

static void begin(struct nev_json *j, const char *key, char bracket)
{
    lead(j, key);
    fputc(bracket, j->out);
    if (j->depth < NEV_JSON_DEPTH_MAX) {
        j->depth++;
    }
    j->has_member &= ~(UINT32_C(1) << j->depth);
}

static void end(struct nev_json *j, char bracket)
{
    unsigned i;
    bool has_member = j->has_member >> j->depth & 1;

    if (j->depth > 0) {
        j->depth--;
    }
    if (has_member) {
        fputc('\n', j->out);
        for (i = 0; i < j->depth; i++) {
            fputs("  ", j->out);
        }
    }
    fputc(bracket, j->out);
}

void nev_json_object_begin(struct nev_json *j, const char *key)
{
    begin(j, key, '{');
}

void nev_json_object_end(struct nev_json *j)
{
    end(j, '}');
}

void nev_json_array_begin(struct nev_json *j, const char *key)
{
    begin(j, key, '[');
}

void nev_json_array_end(struct nev_json *j)
{
    end(j, ']');
}

void nev_json_text(struct nev_json *j, const char *key, const char *text)
{
    lead(j, key);
    if (text == NULL) {
        fputs("null", j->out);
    } else {
        put_string(j->out, text);
    }
}

void nev_json_int(struct nev_json *j, const char *key, int64_t value)
{
    lead(j, key);
    fprintf(j->out, "%" PRId64, value);
}

void nev_json_uint(struct nev_json *j, const char *key, uint64_t value)
{
    lead(j, key);
    fprintf(j->out, "%" PRIu64, value);
}

void nev_json_real(struct nev_json *j, const char *key, double value)
{
    char text[NEV_NUMBER_TEXT_BYTES];

    lead(j, key);
    if (value >= -DBL_MAX && value <= DBL_MAX) {
        nev_number_write_f64(value, text);
        fputs(text, j->out);
    } else {
        fputs("null", j->out);
    }
}

void nev_json_bool(struct nev_json *j, const char *key, bool value)
{
    lead(j, key);
    fputs(value ? "true" : "false", j->out);
}

void nev_json_end(struct nev_json *j)
{
    fputc('\n', j->out);
}
