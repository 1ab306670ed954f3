/* SPDX-License-Identifier: MIT */
#include "nn/base/status.h"

#include <stddef.h>

#define NEV_STATUS_NAME(code, text) #code,
#define NEV_STATUS_TEXT(code, text) text,
static const char *const names[NEV_STATUS_LEN] = {NEV_STATUS_LIST(NEV_STATUS_NAME)};
static const char *const texts[NEV_STATUS_LEN] = {NEV_STATUS_LIST(NEV_STATUS_TEXT)};

const char *nev_status_name(enum nev_status status)
{
    return (unsigned)status < NEV_STATUS_LEN ? names[status] : "NEV_ERR_?";
}

const char *nev_status_text(enum nev_status status)
{
    return (unsigned)status < NEV_STATUS_LEN ? texts[status] : "unknown status";
}

static enum nev_status fill(struct nev_error *err, enum nev_status status, const char *name, const char *what)
{
    size_t i = 0;

    err->status = status;
    err->offset = NEV_NO_OFFSET;
    err->row = NEV_NO_ROW;
    err->col = NEV_NO_ROW;
    err->what = what;
    //@ loop unroll NEV_ERROR_NAME_LEN;
    for (; name != NULL && name[i] != '\0' && i + 1 < NEV_ERROR_NAME_LEN; i++) {
        err->name[i] = (name[i] >= ' ' && name[i] <= '~') ? name[i] : '?';
    }
    for (; i < NEV_ERROR_NAME_LEN; i++) {
        err->name[i] = '\0';
    }
    return status;
}

enum nev_status nev_fail(struct nev_error *err, enum nev_status status, uint64_t offset, const char *name,
                         const char *what)
{
    if (err != NULL) {
        fill(err, status, name, what);
        err->offset = offset;
    }
    return status;
}

enum nev_status nev_fail_at(struct nev_error *err, enum nev_status status, int64_t row, int64_t col,
                            const char *name, const char *what)
{
    if (err != NULL) {
        fill(err, status, name, what);
        err->row = row;
        err->col = col;
    }
    return status;
}
