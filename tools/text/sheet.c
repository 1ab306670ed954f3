/* SPDX-License-Identifier: MIT */
#include "tools/text/sheet.h"

#include <string.h>

#include "nn/base/sha256.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"

void nev_sheet_init(struct nev_sheet *s)
{
    nev_csv_writer_init(&s->csv, NULL, 0);
    s->has_failed = false;
}

/* Room for `more` bytes of text, all of them quotes, and a number's worth besides. */
static void make_room(struct nev_sheet *s, size_t more)
{
    size_t need = s->csv.used + 2 * more + 64, capacity = s->csv.capacity;
    char *grown;

    if (need <= capacity || s->has_failed) {
        return;
    }
    capacity = need < 4096 ? 4096 : need * 2;
    grown = nev_memory_grow(s->csv.out, s->csv.used, capacity);
    if (grown == NULL) {
        s->has_failed = true;
        return;
    }
    s->csv.out = grown;
    s->csv.capacity = capacity;
}

void nev_sheet_text(struct nev_sheet *s, const char *text)
{
    make_room(s, strlen(text));
    if (!s->has_failed) {
        nev_csv_put_string(&s->csv, text);
    }
}

void nev_sheet_uint(struct nev_sheet *s, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    nev_sheet_text(s, text);
}

void nev_sheet_real(struct nev_sheet *s, double value)
{
    make_room(s, 0);
    if (!s->has_failed) {
        nev_csv_put_f64(&s->csv, value);
    }
}

void nev_sheet_sha256(struct nev_sheet *s, const uint8_t digest[32])
{
    char hex[NEV_SHA256_HEX_BYTES];

    nev_sha256_hex(digest, hex);
    nev_sheet_text(s, hex);
}

void nev_sheet_end_row(struct nev_sheet *s)
{
    make_room(s, 0);
    if (!s->has_failed) {
        nev_csv_end_row(&s->csv);
    }
}

enum nev_exit nev_sheet_bytes(struct nev_sheet *s, const char **text, size_t *bytes)
{
    if (s->has_failed || nev_csv_writer_end(&s->csv, bytes, NULL) != NEV_OK) {
        return nev_report_memory("the table");
    }
    *text = s->csv.out;
    return NEV_EXIT_OK;
}

enum nev_exit nev_sheet_print(struct nev_sheet *s, FILE *out)
{
    const char *text = NULL;
    size_t bytes = 0;
    enum nev_exit code = nev_sheet_bytes(s, &text, &bytes);

    if (code == NEV_EXIT_OK && bytes > 0) {
        (void)fwrite(text, 1, bytes, out);
    }
    return code;
}

void nev_sheet_free(struct nev_sheet *s)
{
    nev_memory_give(s->csv.out);
    nev_sheet_init(s);
}
