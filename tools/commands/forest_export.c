/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "forest/exchange/export.h"
#include "tools/base/report.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/files/sink.h"
#include "tools/forests/forests.h"

struct values {
    const char *out, *header, *prefix;
};

static const struct values defaults = {.prefix = "nevus_forest"};

static const struct nev_option options[] = {
    {"out", 'o', NEV_OPTION_TEXT, offsetof(struct values, out), "F.c", "where to write the source", 0, 0,
     NULL},
    {"header", 0, NEV_OPTION_TEXT, offsetof(struct values, header), "F.h",
     "write a header, too, which the source includes by its place beside it", 0, 0, NULL},
    {"prefix", 0, NEV_OPTION_TEXT, offsetof(struct values, prefix), "NAME",
     "what every exported name begins with (default: nevus_forest)", 0, 0, NULL},
    NEV_OPTION_END,
};

static enum nev_exit wrong_names(const struct nev_error *err)
{
    return nev_report_text(NEV_EXIT_USAGE, "forest export", "%s", err->what);
}

/* Both files are complete before either takes its name. */
static enum nev_exit export_both(const struct values *v, const struct nev_forest *f,
                                 const struct nev_export *how)
{
    struct nev_text_file source, header;
    struct nev_error err;
    const struct nev_writer *failed;
    const char *file = v->out;
    enum nev_status status = nev_text_file_open(&source, v->out, &err);

    memset(&header, 0, sizeof header);
    if (status == NEV_OK) {
        status = nev_forest_export_source(f, how, &source.sink, &err);
        status = nev_text_file_finish(&source, status, &err);
    }
    if (status == NEV_OK && v->header != NULL) {
        file = v->header;
        if ((status = nev_text_file_open(&header, v->header, &err)) == NEV_OK) {
            status = nev_forest_export_header(f, how, &header.sink, &err);
            status = nev_text_file_finish(&header, status, &err);
        }
        if (status == NEV_OK) {
            status = nev_writer_commit_both(&header.writer, &source.writer, &failed, &err);
            file = failed == &header.writer ? v->header : v->out;
        }
    } else if (status == NEV_OK) {
        status = nev_writer_commit(&source.writer, &err);
    }
    nev_writer_close(&header.writer);
    nev_writer_close(&source.writer);
    return status == NEV_ERR_ARGUMENT ? wrong_names(&err)
           : status == NEV_OK         ? NEV_EXIT_OK
                                      : nev_report_output(file, &err);
}

static void print_what(const struct values *v, const struct nev_forest *f)
{
    struct nev_export_size size;
    char name[1024];

    nev_forest_export_size(f, &size);
    nev_text_safe(v->out, name, sizeof name);
    printf("%s: %" PRIu32 " trees, %" PRIu64 " nodes, %" PRIu64 " leaf entries; %" PRIu64
           " bytes of constant tables (8 each, and 16 a tree); %s_predict\n",
           name, f->params.trees, size.nodes, size.entries, size.table_bytes, v->prefix);
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    const struct nev_collide collide = {{v->out, v->header}, {args->text[0]}, NULL};
    char include[NEV_WRITER_PATH_LEN];
    const struct nev_export how = {v->prefix, v->header == NULL ? NULL : include};
    struct nev_grown grown;
    enum nev_exit code;

    if (v->out == NULL) {
        return nev_report_text(NEV_EXIT_USAGE, "forest export", "--out is needed");
    }
    if (v->header != NULL && !nev_file_relative(v->out, v->header, include)) {
        return nev_report_text(NEV_EXIT_USAGE, "forest export", "--header: the path is too long");
    }
    if ((code = nev_collide_check(&collide)) != NEV_EXIT_OK ||
        (code = nev_grown_open(&grown, args->text[0])) != NEV_EXIT_OK) {
        return code;
    }
    code = export_both(v, &grown.forest, &how);
    if (code == NEV_EXIT_OK && strcmp(v->out, "-") != 0) {
        print_what(v, &grown.forest);
    }
    nev_grown_close(&grown);
    return code;
}

const struct nev_command nev_command_forest_export = {
    "forest export",
    "write a forest as C tables that need nothing",
    "F.nvf -o F.c [--header F.h] [--prefix NAME]",
    "The source compiles alone as C99 and C++, includes <stdint.h>, calls nothing and compares integers; its "
    "votes and\n"
    "probabilities have the bits of nevus predict. Its first comment says which forest it is and what it "
    "takes.\n",
    options,
    &defaults,
    sizeof defaults,
    1,
    1,
    run,
};
