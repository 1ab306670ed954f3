/* SPDX-License-Identifier: MIT */
/*
 * sheet.h - a CSV table in memory that grows as cells are put into it.
 */
#ifndef NEV_TOOLS_SHEET_H
#define NEV_TOOLS_SHEET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "io/csv.h"
#include "tools/base/exit.h"

struct nev_sheet {
    struct nev_csv_writer csv;
    bool has_failed; /* memory ended; putting goes on without effect */
};

void nev_sheet_init(struct nev_sheet *s);
void nev_sheet_text(struct nev_sheet *s, const char *text);
void nev_sheet_uint(struct nev_sheet *s, uint64_t value);
void nev_sheet_real(struct nev_sheet *s, double value); /* the fewest digits that read back the same */
void nev_sheet_sha256(struct nev_sheet *s, const uint8_t digest[32]);
void nev_sheet_end_row(struct nev_sheet *s);

/* nev_sheet_print - write the table to a stream. Errors MEMORY, reported; the stream's own stay with it */
enum nev_exit nev_sheet_print(struct nev_sheet *s, FILE *out);

/* nev_sheet_bytes - the text and its size. Errors MEMORY, reported */
enum nev_exit nev_sheet_bytes(struct nev_sheet *s, const char **text, size_t *bytes);

void nev_sheet_free(struct nev_sheet *s);

#endif
