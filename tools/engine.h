/* SPDX-License-Identifier: MIT */
/*
 * engine.h - a weights file made ready to run: mapped, checked, planned, packed.
 */
#ifndef NEV_TOOLS_ENGINE_H
#define NEV_TOOLS_ENGINE_H

#include <stdint.h>

#include "nn/nn.h"
#include "tools/exit.h"
#include "tools/files.h"

#define NEV_WEIGHTS_FILE_MAX ((uint64_t)1 << 32) /* bytes */

/* All zero is closed. Constant once open; any number of threads may share it. */
struct nev_engine {
    const char *path;
    struct nev_file file;
    struct nev_weights weights;
    struct nev_plan plan; /* a thread for each of many pictures */
    struct nev_plan wide; /* all threads inside one picture; the same packed weights */
    void *packed;
    const struct nev_kernels *kernels;
    const char *layer; /* whose output the features are; the last one by default */
    uint32_t features; /* how many they are */
    bool is_last;      /* the layer is the last one: the features are the network's own output */
};

/*
 * nev_engine_open - read and check a weights file, down to its last byte, and pack it.
 * Range      layer: a row of the network's table, or NULL for the last; threads: for packing, and for one picture alone
 * Errors     reported; the exit code; the engine is then closed. USAGE: no such layer, or on the fast path
 * one that is fused with its successor
 */
enum nev_exit nev_engine_open(struct nev_engine *e, const char *path, enum nev_path run_path,
                              const char *layer, uint32_t threads);

void nev_engine_close(struct nev_engine *e);

#endif
