/* SPDX-License-Identifier: MIT */
/*
 * print.h - text written piece by piece to wherever the caller wants it: a file, a buffer, a wire.
 *
 * Pieces are gathered and passed on in blocks. A sink that refuses one is not asked again; the writer goes on
 * without effect and nev_print_end tells.
 */
#ifndef NEV_FOREST_PRINT_H
#define NEV_FOREST_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/base/status.h"

#define NEV_PRINT_BUFFER_BYTES 512
#define NEV_PRINT_REAL_BYTES   32 /* room for a number that nev_sink.real writes, with the NUL */

/* Where text goes. */
struct nev_sink {
    bool (*put)(void *arg, const char *text, size_t bytes); /* false: it could not be taken */
    /* A binary32 in decimal digits that read back as the same number, NUL-terminated; returns the length. The
     * forest knows no decimals; only nev_forest_draw asks for them. */
    size_t (*real)(float value, char text[NEV_PRINT_REAL_BYTES]);
    void *arg;
};

struct nev_print {
    const struct nev_sink *sink;
    bool has_failed;
    size_t used;
    uint64_t total; /* bytes printed so far */
    char buffer[NEV_PRINT_BUFFER_BYTES];
};

void nev_print_begin(struct nev_print *p, const struct nev_sink *sink);

/* nev_print_end - pass on what is left. Errors IO: the sink refused a block */
NEV_MUST_CHECK enum nev_status nev_print_end(struct nev_print *p, struct nev_error *err);

/* nev_print_bytes - any bytes; nev_print_text - up to the NUL. */
void nev_print_bytes(struct nev_print *p, const char *text, size_t bytes);
void nev_print_text(struct nev_print *p, const char *text);

/* nev_print_uint, nev_print_int - decimal, without padding. */
void nev_print_uint(struct nev_print *p, uint64_t value);
void nev_print_int(struct nev_print *p, int64_t value);

/* nev_print_hex - "0x" and 1 to 8 digits, as many as are needed. */
void nev_print_hex(struct nev_print *p, uint32_t value);

/* nev_print_fill - a template: each '@' in text stands for `word`. */
void nev_print_fill(struct nev_print *p, const char *text, const char *word);

/* nev_print_xml - text of which no byte means anything to XML: markup escaped; the text is valid UTF-8 without control
 * characters, as class names are. */
void nev_print_xml(struct nev_print *p, const char *text);

#endif
