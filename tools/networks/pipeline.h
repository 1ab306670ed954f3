/* SPDX-License-Identifier: MIT */
/*
 * pipeline.h - pictures to features: read, decode, resize, normalise, run the network; many at once.
 *
 * Each thread takes the next picture that nobody has taken and works in an arena of its own; a picture's row
 * depends on nothing but the picture and the model, so the result does not depend on the threads. A bad
 * picture is recorded with its reason and does not stop the others.
 */
#ifndef NEV_TOOLS_PIPELINE_H
#define NEV_TOOLS_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/resize.h"
#include "nn/base/sha256.h"
#include "tools/files/folder.h"
#include "tools/networks/engine.h"

#define NEV_PICTURE_FILE_MAX ((uint64_t)1 << 30) /* bytes */

struct nev_pipeline {
    const struct nev_engine *engine;
    enum nev_resize_fit fit;
    uint32_t threads;
    bool is_quiet;
};

/* What became of one input. */
struct nev_photo {
    bool is_good;
    struct nev_error err;   /* if it is not */
    uint32_t width, height; /* pixels, upright */
    uint64_t bytes;         /* of the file */
    uint8_t bytes_sha256[NEV_SHA256_BYTES];
    uint8_t pixels_sha256[NEV_SHA256_BYTES]; /* of the decoded pixels, R, G, B, upright, before resizing */
};

/* All zero is empty. */
struct nev_features {
    float *x; /* [rows, cols], only the good pictures, in the order of the inputs */
    size_t rows, cols;
    size_t *input;           /* [rows] which input a row comes from */
    struct nev_photo *photo; /* [inputs] */
    size_t photos, bad;
};

/*
 * nev_pipeline_run - features of all inputs.
 * Errors     bad pictures and skipped files are reported here. OK: all good; PARTIAL: some bad or skipped, at
 *            least one good; otherwise none was good, or memory ended, and the code says why; *out is then
 * empty
 */
enum nev_exit nev_pipeline_run(const struct nev_pipeline *p, const struct nev_inputs *inputs,
                               struct nev_features *out);

void nev_features_free(struct nev_features *f);

#endif
