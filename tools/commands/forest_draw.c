/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "forest/explain/draw.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/command.h"
#include "tools/files/collide.h"
#include "tools/files/sink.h"
#include "tools/forests/forests.h"

struct values {
    const char *out;
    uint64_t tree, depth;
};

static const struct values defaults = {.depth = 4};

static const struct nev_option options[] = {
    {"tree", 'k', NEV_OPTION_NUMBER, offsetof(struct values, tree), "K",
     "which tree, by its place from 0 (default: the first)", 0, NEV_FOREST_TREES_MAX, NULL},
    {"depth", 'd', NEV_OPTION_NUMBER, offsetof(struct values, depth), "D",
     "levels drawn below the root (default: 4)", 0, NEV_DRAW_DEPTH_MAX, NULL},
    {"out", 'o', NEV_OPTION_TEXT, offsetof(struct values, out), "TREE.svg", "where to write the picture", 0,
     0, NULL},
    NEV_OPTION_END,
};

static enum nev_exit draw(const struct values *v, const struct nev_forest *f, const struct nev_drawing *what)
{
    size_t bytes = nev_forest_draw_bytes(f, what);
    void *memory = nev_memory_take(bytes, 1);
    struct nev_text_file file;
    struct nev_error err;
    enum nev_status status;

    if (memory == NULL) {
        return nev_report_memory("the picture");
    }
    if ((status = nev_text_file_open(&file, v->out, &err)) == NEV_OK) {
        status = nev_forest_draw(f, what, memory, bytes, &file.sink, &err);
        status = nev_text_file_finish(&file, status, &err);
        if (status == NEV_OK) {
            status = nev_writer_commit(&file.writer, &err);
        }
        nev_writer_close(&file.writer);
    }
    nev_memory_give(memory);
    return status == NEV_OK ? NEV_EXIT_OK : nev_report_output(v->out, &err);
}

static enum nev_exit run(const void *values, const struct nev_arguments *args)
{
    const struct values *v = values;
    const struct nev_collide collide = {{v->out}, {args->text[0]}, NULL};
    const struct nev_drawing what = {(uint32_t)v->tree, (uint32_t)v->depth};
    struct nev_grown grown;
    enum nev_exit code;

    if (v->out == NULL) {
        return nev_report_text(NEV_EXIT_USAGE, "forest draw", "--out is needed");
    }
    if ((code = nev_collide_check(&collide)) != NEV_EXIT_OK ||
        (code = nev_grown_open(&grown, args->text[0])) != NEV_EXIT_OK) {
        return code;
    }
    code = nev_place_check(&grown.forest, v->tree, args->text[0]);
    if (code == NEV_EXIT_OK) {
        code = draw(v, &grown.forest, &what);
    }
    nev_grown_close(&grown);
    return code;
}

const struct nev_command nev_command_forest_draw = {
    "forest draw",
    "draw a tree as SVG",
    "F.nvf [--tree K] [--depth D] -o TREE.svg",
    "Features are f0, f1 ... by their column. A bar shows the classes of the draws that reach a node, a "
    "line's width\n"
    "how many take it; a dashed box stands for what lies deeper.\n",
    options,
    &defaults,
    sizeof defaults,
    1,
    1,
    run,
};
