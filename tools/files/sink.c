/* SPDX-License-Identifier: MIT */
#include "tools/files/sink.h"

#include <string.h>

#include "io/number.h"

static bool put(void *arg, const char *text, size_t bytes)
{
    struct nev_text_file *t = arg;

    return nev_writer_put(&t->writer, text, bytes, &t->err) == NEV_OK;
}

enum nev_status nev_text_file_open(struct nev_text_file *t, const char *path, struct nev_error *err)
{
    memset(t, 0, sizeof *t);
    t->sink.put = put;
    t->sink.real = nev_number_write_f32;
    t->sink.arg = t;
    return nev_writer_open(&t->writer, path, err);
}

enum nev_status nev_text_file_finish(struct nev_text_file *t, enum nev_status status, struct nev_error *err)
{
    if (t->err.status != NEV_OK) {
        *err = t->err;
        status = t->err.status;
    }
    if (status != NEV_OK) {
        nev_writer_close(&t->writer);
        return status;
    }
    return nev_writer_finish(&t->writer, err);
}
