/* SPDX-License-Identifier: MIT */
#include "forest/print.h"

#include <string.h>

void nev_print_begin(struct nev_print *p, const struct nev_sink *sink)
{
    p->sink = sink;
    p->has_failed = false;
    p->used = 0;
    p->total = 0;
}

static void pass_on(struct nev_print *p)
{
    if (p->used > 0 && !p->has_failed) {
        p->has_failed = !p->sink->put(p->sink->arg, p->buffer, p->used);
    }
    p->used = 0;
}

enum nev_status nev_print_end(struct nev_print *p, struct nev_error *err)
{
    pass_on(p);
    if (p->has_failed) {
        return nev_fail(err, NEV_ERR_IO, NEV_NO_OFFSET, NULL, "the text could not be written");
    }
    return NEV_OK;
}

void nev_print_bytes(struct nev_print *p, const char *text, size_t bytes)
{
    p->total += bytes;
    while (bytes > 0) {
        size_t room = sizeof p->buffer - p->used, len = bytes < room ? bytes : room;

        memcpy(p->buffer + p->used, text, len);
        p->used += len;
        text += len;
        bytes -= len;
        if (p->used == sizeof p->buffer) {
            pass_on(p);
        }
    }
}

void nev_print_text(struct nev_print *p, const char *text)
{
    nev_print_bytes(p, text, strlen(text));
}

void nev_print_uint(struct nev_print *p, uint64_t value)
{
    char digits[20]; /* 2^64 has 20 */
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    nev_print_bytes(p, digits + at, sizeof digits - at);
}

void nev_print_int(struct nev_print *p, int64_t value)
{
    if (value < 0) {
        nev_print_bytes(p, "-", 1);
        nev_print_uint(p, (uint64_t)0 - (uint64_t)value);
    } else {
        nev_print_uint(p, (uint64_t)value);
    }
}

void nev_print_hex(struct nev_print *p, uint32_t value)
{
    char digits[8];
    size_t at = sizeof digits;

    do {
        digits[--at] = "0123456789ABCDEF"[value & 15];
        value >>= 4;
    } while (value != 0);
    nev_print_bytes(p, "0x", 2);
    nev_print_bytes(p, digits + at, sizeof digits - at);
}

void nev_print_fill(struct nev_print *p, const char *text, const char *word)
{
    const char *at;

    for (; (at = strchr(text, '@')) != NULL; text = at + 1) {
        nev_print_bytes(p, text, (size_t)(at - text));
        nev_print_text(p, word);
    }
    nev_print_text(p, text);
}

void nev_print_xml(struct nev_print *p, const char *text)
{
    for (; *text != '\0'; text++) {
        /* XML has no U+FFFE and U+FFFF; what stands for them is U+FFFD. Bounds: a NUL ends each comparison. */
        if (text[0] == '\xEF' && text[1] == '\xBF' && (text[2] == '\xBE' || text[2] == '\xBF')) {
            nev_print_text(p, "\xEF\xBF\xBD");
            text += 2;
            continue;
        }
        switch (*text) {
        case '&':
            nev_print_text(p, "&amp;");
            break;
        case '<':
            nev_print_text(p, "&lt;");
            break;
        case '>':
            nev_print_text(p, "&gt;");
            break;
        case '"':
            nev_print_text(p, "&quot;");
            break;
        default:
            nev_print_bytes(p, text, 1);
        }
    }
}
