/* SPDX-License-Identifier: MIT */
/*
 * rig.h - one network made ready to be measured, and the digest of what it computes.
 */
#ifndef NEV_BENCH_RIG_H
#define NEV_BENCH_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "nn/nn.h"
#include "tools/base/exit.h"
#include "tools/files/files.h"

#define NEV_BENCH_BATCH_MAX 256u

/* What is measured. */
struct nev_bench_case {
    const char *model; /* the weights file */
    enum nev_path path;
    uint32_t isas; /* for nev_kernels_select */
    uint32_t threads, batch;
    bool is_trusted; /* the model's payload is not verified */
};

/* All zero is closed. */
struct nev_bench_rig {
    struct nev_bench_case what;
    struct nev_file file;
    struct nev_weights weights;
    struct nev_plan plan;
    struct nev_parallel parallel;
    struct nev_run run;
    void *packed, *arena; /* packed NULL: the model is packed and used where it lies */
    float *input;         /* [batch, height, width, 3] */
    float *features;      /* [batch, NEV_FEATURES_LEN] */
    double open_ms;       /* to map the file and check its header */
    double verify_ms;     /* to read and check every byte of it */
    double pack_ms;       /* to plan and pack */
    double picture_ms;    /* to make the pictures */
};

/*
 * nev_bench_rig_open - map, check, plan, pack what is not packed, and make the pictures: picture i of a batch is a formula of i.
 * Errors     reported; the rig is then closed. USAGE: a build without threads asked for several
 */
enum nev_exit nev_bench_rig_open(struct nev_bench_rig *rig, const struct nev_bench_case *what);

void nev_bench_rig_close(struct nev_bench_rig *rig);

/* nev_bench_rig_run - the features of every picture of the batch, taken as one batch (nev_run_batch). */
enum nev_exit nev_bench_rig_run(struct nev_bench_rig *rig);

/* nev_bench_rig_digest - SHA-256 of the features of all pictures in order, float32 little-endian. */
void nev_bench_rig_digest(const struct nev_bench_rig *rig, char hex[NEV_SHA256_HEX_BYTES]);

/*
 * nev_bench_packed - pack a model for a path, to a new file in $TMPDIR or /tmp.
 * Shapes, Errors as nev_bench_seeded
 */
enum nev_exit nev_bench_packed(const char *model, enum nev_path way, char *path, size_t size);

/*
 * nev_bench_seeded - write a network's default model with weights by formula, seed 0, to a new file in
 * $TMPDIR or /tmp.
 * Shapes     path: of size bytes; the caller removes the file
 * Errors     reported
 */
enum nev_exit nev_bench_seeded(enum nev_net net, char *path, size_t size);

#endif
