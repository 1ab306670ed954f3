/* SPDX-License-Identifier: MIT */
/*
 * engine.h - a weights file made ready to run: mapped, checked, planned; a canonical one packed, a packed one used
 * where it lies.
 */
#ifndef NEV_TOOLS_ENGINE_H
#define NEV_TOOLS_ENGINE_H

#include <stdint.h>

#include "nn/nn.h"
#include "tools/base/exit.h"
#include "tools/files/files.h"

#define NEV_WEIGHTS_FILE_MAX ((uint64_t)1 << 32) /* bytes */
#define NEV_PATH_OF_FILE     UINT64_MAX /* a packed file's own path, the fast one of a canonical file */

/* All zero is closed. Constant once open; any number of threads may share it. */
struct nev_engine {
    const char *path;
    struct nev_file file;
    struct nev_weights weights;
    struct nev_plan plan; /* a thread for each of many pictures */
    struct nev_plan wide; /* all threads inside one picture; the same packed weights */
    const void *packed;   /* what the kernels read: in the file, or memory */
    void *memory;         /* that memory; NULL where the file is used as it lies */
    const struct nev_kernels *kernels;
    const char *layer; /* whose output the features are; the last one by default */
    uint32_t features; /* how many they are */
    bool is_last;      /* the layer is the last one: the features are the network's own output */
};

/* How a model is opened. */
struct nev_engine_want {
    uint64_t path;     /* enum nev_path, or NEV_PATH_OF_FILE */
    const char *layer; /* a row of the network's table; NULL: the last */
    uint32_t threads;  /* for checking, packing, and one picture alone */
    bool is_trusted;   /* check header, table and list of digests only (--verify head) */
};

/*
 * nev_engine_open - read and check a weights file of either form, and pack a canonical one.
 * Errors     reported; the exit code; the engine is then closed. USAGE: no such layer, or on the fast path
 *            one that is fused with its successor. MISFIT: a packed file, and another path than its own
 */
enum nev_exit nev_engine_open(struct nev_engine *e, const char *path, const struct nev_engine_want *want);

void nev_engine_close(struct nev_engine *e);

#endif
