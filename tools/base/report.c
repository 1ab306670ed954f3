/* SPDX-License-Identifier: MIT */
#include "tools/base/report.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LINE_LEN 1024

static bool is_tail(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

size_t nev_utf8_len(const char *p)
{
    const uint8_t *b = (const uint8_t *)p;

    if (b[0] == 0) {
        return 0;
    }
    if (b[0] < 0x80) {
        return 1;
    }
    if (b[0] >= 0xC2 && b[0] <= 0xDF) {
        return is_tail(b[1]) ? 2 : 0;
    }
    if ((b[0] & 0xF0) == 0xE0) {
        /* E0: no overlong forms; ED: no surrogates. */
        if (!is_tail(b[1]) || (b[0] == 0xE0 && b[1] < 0xA0) || (b[0] == 0xED && b[1] > 0x9F)) {
            return 0;
        }
        return is_tail(b[2]) ? 3 : 0;
    }
    if (b[0] >= 0xF0 && b[0] <= 0xF4) {
        if (!is_tail(b[1]) || (b[0] == 0xF0 && b[1] < 0x90) || (b[0] == 0xF4 && b[1] > 0x8F)) {
            return 0;
        }
        return is_tail(b[2]) && is_tail(b[3]) ? 4 : 0;
    }
    return 0;
}

/* Characters that change how the rest of a line looks, or cannot be seen. */
static bool is_deceptive(const uint8_t *b, size_t len)
{
    uint32_t c;

    if (len == 1) {
        return b[0] < 0x20 || b[0] == 0x7F;
    }
    if (len == 2) {
        return b[0] == 0xC2 && b[1] < 0xA0; /* U+0080..U+009F: C1 controls */
    }
    if (len != 3) {
        return false;
    }
    c = (uint32_t)(b[0] & 0x0F) << 12 | (uint32_t)(b[1] & 0x3F) << 6 | (uint32_t)(b[2] & 0x3F);
    return (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
           c == 0xFEFF;
}

void nev_text_safe(const char *text, char *out, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    size_t used = 0;

    if (size == 0) {
        return;
    }
    while (*text != '\0') {
        const uint8_t *b = (const uint8_t *)text;
        size_t len = nev_utf8_len(text);

        if (len == 0 || is_deceptive(b, len)) {
            if (used + 4 >= size) {
                break;
            }
            out[used++] = '\\';
            out[used++] = 'x';
            out[used++] = digits[b[0] >> 4];
            out[used++] = digits[b[0] & 15];
            text++; /* the bytes after it, now alone, are malformed and follow in the same form */
        } else {
            if (used + len >= size) {
                break;
            }
            memcpy(out + used, text, len);
            used += len;
            text += len;
        }
    }
    out[used] = '\0';
}

void nev_report_format(const struct nev_error *err, char *out, size_t size)
{
    const char *what = err->what != NULL ? err->what : nev_status_text(err->status);
    char name[4 * NEV_ERROR_NAME_LEN], where[240] = "", place[128] = "";
    size_t used = 0; /* Bounds: three numbers of at most 20 digits with their words stay below 128 */

    nev_text_safe(err->name, name, sizeof name);
    if (err->row != NEV_NO_ROW) {
        used = (size_t)snprintf(place, sizeof place, "row %lld", (long long)err->row);
    }
    if (err->col != NEV_NO_ROW) {
        used += (size_t)snprintf(place + used, sizeof place - used, "%scolumn %lld", used > 0 ? ", " : "",
                                 (long long)err->col);
    }
    if (err->offset != NEV_NO_OFFSET) {
        snprintf(place + used, sizeof place - used, "%sbyte offset %llu", used > 0 ? ", " : "",
                 (unsigned long long)err->offset);
    }
    if (name[0] != '\0' || place[0] != '\0') {
        snprintf(where, sizeof where, " (%.100s%s%s)", name, name[0] != '\0' && place[0] != '\0' ? ", " : "",
                 place);
    }
    snprintf(out, size, "%s%s", what, where);
}

static void print_line(const char *file, const char *text)
{
    char name[LINE_LEN], line[LINE_LEN];

    nev_text_safe(text, line, sizeof line);
    if (file != NULL) {
        nev_text_safe(strcmp(file, "-") == 0 ? "standard input" : file, name, sizeof name);
        fprintf(stderr, "nevus: %s: %s\n", name, line);
    } else {
        fprintf(stderr, "nevus: %s\n", line);
    }
}

enum nev_exit nev_report_output(const char *file, const struct nev_error *err)
{
    return nev_report(strcmp(file, "-") == 0 ? "standard output" : file, err);
}

enum nev_exit nev_report(const char *file, const struct nev_error *err)
{
    char text[LINE_LEN];

    nev_report_format(err, text, sizeof text);
    print_line(file, text);
    return nev_exit_of(err->status);
}

enum nev_exit nev_report_text(enum nev_exit code, const char *file, const char *format, ...)
{
    char text[LINE_LEN];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    print_line(file, text);
    return code;
}

enum nev_exit nev_report_memory(const char *what)
{
    return nev_report_text(NEV_EXIT_MEMORY, NULL, "not enough memory for %s", what);
}
