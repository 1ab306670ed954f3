/* SPDX-License-Identifier: MIT */
/* The class names half of folder.h. */
#include <stdlib.h>
#include <string.h>

#include "forest/forest.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/files/folder.h"

#define CLASSES_MAX 1024u

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Decimal numbers without leading zeros: the longer one is further from zero. */
static int compare_values(const char *a, const char *b)
{
    bool is_negative = a[0] == '-';
    size_t m = strlen(a), n = strlen(b);
    int order;

    if (is_negative != (b[0] == '-')) {
        return is_negative ? -1 : 1;
    }
    order = m != n ? (m < n ? -1 : 1) : strcmp(a, b);
    return is_negative ? -order : order;
}

static int by_value(const void *a, const void *b)
{
    return compare_values(*(const char *const *)a, *(const char *const *)b);
}

bool nev_class_name_is_valid(const char *text)
{
    size_t used = 0, len;

    while (text[used] != '\0') {
        len = nev_utf8_len(text + used);
        if (len == 0 || (len == 1 && ((unsigned char)text[used] < 0x20 || text[used] == 0x7F)) ||
            (len == 2 && (unsigned char)text[used] == 0xC2 && (unsigned char)text[used + 1] < 0xA0)) {
            return false; /* U+0080 to U+009F are control characters too */
        }
        used += len;
    }
    return used > 0 && used < NEV_FOREST_NAME_LEN;
}

enum nev_status nev_classes_of(struct nev_classes *classes, const char *const *text, size_t len,
                               bool is_by_value, struct nev_error *err)
{
    const char **sorted = nev_memory_take(len, sizeof *sorted);
    size_t i, n = 0;

    classes->name = NULL;
    classes->len = 0;
    classes->is_by_value = is_by_value;
    if (sorted == NULL) {
        return nev_fail(err, NEV_ERR_MEMORY, NEV_NO_OFFSET, NULL, "not enough memory for the class names");
    }
    for (i = 0; i < len; i++) {
        sorted[i] = text[i];
    }
    if (len > 0) {
        qsort(sorted, len, sizeof *sorted, is_by_value ? by_value : by_bytes);
    }
    for (i = 0; i < len; i++) {
        if (!nev_class_name_is_valid(sorted[i])) {
            (void)nev_fail(err, NEV_ERR_VALUE, NEV_NO_OFFSET, sorted[i], "a class name " NEV_CLASS_NAME_RULE);
            nev_memory_give(sorted);
            return NEV_ERR_VALUE;
        }
        if (n == 0 || strcmp(sorted[n - 1], sorted[i]) != 0) {
            sorted[n++] = sorted[i];
        }
    }
    if (n > CLASSES_MAX) {
        nev_memory_give(sorted);
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, NULL, "there are more than 1,024 classes");
    }
    classes->name = sorted;
    classes->len = (uint32_t)n;
    return NEV_OK;
}

uint32_t nev_classes_find(const struct nev_classes *classes, const char *name)
{
    uint32_t low = 0, high = classes->len;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        int order = classes->is_by_value ? compare_values(classes->name[mid], name)
                                         : strcmp(classes->name[mid], name);

        if (order < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < classes->len && strcmp(classes->name[low], name) == 0 ? low : classes->len;
}

void nev_classes_free(struct nev_classes *classes)
{
    nev_memory_give(classes->name);
    classes->name = NULL;
    classes->len = 0;
}
