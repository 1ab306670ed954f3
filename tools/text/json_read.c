/* SPDX-License-Identifier: MIT */
#include "tools/text/json_read.h"

#include <string.h>

#include "io/number.h"

#define DEPTH_MAX 64u

void nev_json_open(struct nev_json_source *j, const void *text, size_t bytes)
{
    memset(j, 0, sizeof *j);
    j->text = text;
    j->bytes = bytes;
}

bool nev_json_fail_here(struct nev_json_source *j, const char *name, const char *what)
{
    if (j->err.status == NEV_OK) {
        (void)nev_fail(&j->err, NEV_ERR_FORMAT, j->at, name, what);
    }
    return false;
}

static bool has_failed(const struct nev_json_source *j)
{
    return j->err.status != NEV_OK;
}

/* The next byte that is not white space, or 0 at the end. */
static char peek(struct nev_json_source *j)
{
    while (j->at < j->bytes && (j->text[j->at] == ' ' || j->text[j->at] == '\n' || j->text[j->at] == '\t' ||
                                j->text[j->at] == '\r')) {
        j->at++;
    }
    return j->at < j->bytes ? j->text[j->at] : '\0';
}

static bool take(struct nev_json_source *j, char c)
{
    if (has_failed(j)) {
        return false;
    }
    if (peek(j) != c || j->at >= j->bytes) {
        const char name[2] = {c, '\0'};

        return nev_json_fail_here(
            j, name, j->at >= j->bytes ? "the JSON ends too early" : "this is not what JSON has here");
    }
    j->at++;
    return true;
}

bool nev_json_enter(struct nev_json_source *j, char bracket)
{
    return take(j, bracket);
}

bool nev_json_more(struct nev_json_source *j, char bracket, size_t *len)
{
    const char end = bracket == '{' ? '}' : ']';

    if (has_failed(j)) {
        return false;
    }
    if (peek(j) == end && j->at < j->bytes) {
        j->at++;
        return false;
    }
    return (*len)++ == 0 || take(j, ',');
}

/* The bytes between the quotes. */
static bool string(struct nev_json_source *j, const char **text, size_t *len)
{
    if (!take(j, '"')) {
        return false;
    }
    *text = j->text + j->at;
    for (; j->at < j->bytes && j->text[j->at] != '"'; j->at++) {
        if ((unsigned char)j->text[j->at] < 0x20) {
            return nev_json_fail_here(j, NULL, "a control character in a string");
        }
        if (j->text[j->at] == '\\') {
            j->at++;
            if (j->at >= j->bytes || strchr("\"\\/bfnrtu", j->text[j->at]) == NULL ||
                j->text[j->at] == '\0') {
                return nev_json_fail_here(j, NULL, "an escape that JSON does not have");
            }
        }
    }
    if (j->at >= j->bytes) {
        return nev_json_fail_here(j, NULL, "a string without an end");
    }
    *len = (size_t)(j->text + j->at - *text);
    j->at++;
    return true;
}

/* Four hexadecimal digits at text, or UINT32_MAX. */
static uint32_t hex4(const char *text)
{
    uint32_t value = 0, i;

    for (i = 0; i < 4; i++) {
        const char c = text[i];
        const char *digits = "0123456789abcdef", *at = strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);

        if (c == '\0' || at == NULL) {
            return UINT32_MAX;
        }
        value = value << 4 | (uint32_t)(at - digits);
    }
    return value;
}

/* The character after "\u", `left` bytes after it, as UTF-8 in out; how many bytes it is there, 0 if it is none. *used:
 * of the text. Source     RFC 8259, section 7: beyond the first 65,536 characters as two surrogates */
static size_t unescape(const char *text, size_t left, size_t *used, char out[4])
{
    uint32_t code = left < 4 ? UINT32_MAX : hex4(text), low;

    *used = 4;
    if (code >= 0xD800 && code < 0xDC00) {
        low = left < 10 || text[4] != '\\' || text[5] != 'u' ? UINT32_MAX : hex4(text + 6);
        *used = 10;
        code =
            low >= 0xDC00 && low < 0xE000 ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00) : UINT32_MAX;
    }
    if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
        return 0;
    }
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 63));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 63));
        out[2] = (char)(0x80 | (code & 63));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 63));
    out[2] = (char)(0x80 | (code >> 6 & 63));
    out[3] = (char)(0x80 | (code & 63));
    return 4;
}

bool nev_json_read_text(struct nev_json_source *j, char text[NEV_JSON_TEXT_LEN])
{
    static const char letter[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
    const char *from;
    size_t len, i = 0, at = 0, used, more;

    text[0] = '\0';
    if (!string(j, &from, &len)) {
        return false;
    }
    while (i < len && at + 4 < NEV_JSON_TEXT_LEN) {
        if (from[i] != '\\') {
            text[at++] = from[i++];
        } else if (from[i + 1] != 'u') { /* string() has seen that a letter follows */
            text[at++] = plain[strchr(letter, from[i + 1]) - letter];
            i += 2;
        } else {
            more = unescape(from + i + 2, len - i - 2, &used, text + at);
            if (more == 0) {
                return nev_json_fail_here(j, NULL, "an escape that is no character");
            }
            at += more;
            i += 2 + used;
        }
    }
    text[at] = '\0';
    return i == len || nev_json_fail_here(j, NULL, "a longer text than stands here");
}

bool nev_json_key(struct nev_json_source *j, char key[NEV_JSON_TEXT_LEN])
{
    return nev_json_read_text(j, key) && take(j, ':');
}

/* The bytes of a number, its form as RFC 8259, section 6, has it. */
static bool number(struct nev_json_source *j, const char **text, size_t *len)
{
    size_t digits = 0, at;

    if (has_failed(j)) {
        return false;
    }
    (void)peek(j);
    at = j->at + (j->at < j->bytes && j->text[j->at] == '-' ? 1 : 0);
    *text = j->text + j->at;
    for (; at < j->bytes && j->text[at] != '\0' && strchr("0123456789.eE+-", j->text[at]) != NULL; at++) {
        digits += j->text[at] >= '0' && j->text[at] <= '9';
    }
    *len = (size_t)(j->text + at - *text);
    if (digits == 0 || !(j->text[at - 1] >= '0' && j->text[at - 1] <= '9')) {
        return nev_json_fail_here(j, NULL, "this is not a number");
    }
    j->at = at;
    return true;
}

bool nev_json_read_int(struct nev_json_source *j, int64_t *value)
{
    const char *text;
    size_t len;

    *value = 0;
    if (!number(j, &text, &len)) {
        return false;
    }
    return nev_number_parse_i64(text, len, value) == NEV_OK ||
           nev_json_fail_here(j, NULL, "this is not a whole number of 64 bits");
}

bool nev_json_read_uint(struct nev_json_source *j, uint32_t *value)
{
    int64_t wide;

    *value = 0;
    if (!nev_json_read_int(j, &wide)) {
        return false;
    }
    if (wide < 0 || wide > UINT32_MAX) {
        return nev_json_fail_here(j, NULL, "this number is not from 0 to 2^32 - 1");
    }
    *value = (uint32_t)wide;
    return true;
}

bool nev_json_read_f64(struct nev_json_source *j, double *value)
{
    const char *text;
    size_t len;

    *value = 0.0;
    if (!number(j, &text, &len)) {
        return false;
    }
    return nev_number_parse_f64(text, len, value) == NEV_OK ||
           nev_json_fail_here(j, NULL, "this is not a number");
}

bool nev_json_read_f32(struct nev_json_source *j, float *value)
{
    char word[NEV_JSON_TEXT_LEN];
    const char *text = word;
    size_t len;

    *value = 0.0f;
    if (!has_failed(j) && peek(j) == '"') {
        if (!nev_json_read_text(j, word)) {
            return false;
        }
        if (strcmp(word, "inf") != 0 && strcmp(word, "-inf") != 0) {
            return nev_json_fail_here(j, NULL, "of texts only \"inf\" and \"-inf\" are numbers");
        }
        len = strlen(word);
    } else if (!number(j, &text, &len)) {
        return false;
    }
    return nev_number_parse_f32(text, len, value) == NEV_OK ||
           nev_json_fail_here(j, NULL, "this is not a number");
}

static bool skip_scalar(struct nev_json_source *j)
{
    static const char *const word[] = {"true", "false", "null"};
    const char *text;
    size_t len, i;

    if (peek(j) == '"') {
        return string(j, &text, &len);
    }
    for (i = 0; i < sizeof word / sizeof word[0]; i++) {
        len = strlen(word[i]);
        if (j->bytes - j->at >= len && memcmp(j->text + j->at, word[i], len) == 0) {
            j->at += len;
            return true;
        }
    }
    return number(j, &text, &len);
}

bool nev_json_skip(struct nev_json_source *j)
{
    char open[DEPTH_MAX], key[NEV_JSON_TEXT_LEN], c;
    size_t len[DEPTH_MAX], depth = 0;

    do {
        c = has_failed(j) ? '\0' : peek(j);
        if (c == '{' || c == '[') {
            if (depth == DEPTH_MAX) {
                return nev_json_fail_here(j, NULL, "the JSON is nested too deeply");
            }
            open[depth] = c;
            len[depth++] = 0;
            j->at++;
        } else if (!has_failed(j) && !skip_scalar(j)) {
            return false;
        }
        while (depth > 0 && !nev_json_more(j, open[depth - 1], &len[depth - 1])) {
            depth--;
        }
        if (depth > 0 && open[depth - 1] == '{') {
            (void)nev_json_key(j, key);
        }
    } while (depth > 0 && !has_failed(j));
    return !has_failed(j);
}

bool nev_json_close(struct nev_json_source *j)
{
    if (!has_failed(j) && (peek(j), j->at < j->bytes)) {
        return nev_json_fail_here(j, NULL, "something follows the end of the JSON");
    }
    return !has_failed(j);
}
