/* SPDX-License-Identifier: MIT */
/*
 * features.c - the library without its command: a weights file and a picture's pixels in, 1,000 features out.
 *
 *     cc -std=c11 -O2 -I. tools/examples/features.c build/libnevus.a -fopenmp -o features
 *     ./features MODEL.nvw <PIXELS >FEATURES
 *
 * MODEL.nvw is canonical or packed. PIXELS: R, G, B, 8 bits each, row by row from the top, exactly as wide and high as the
 * model says (`nevus info`). FEATURES: 1,000 float32 of this machine, with the bits of `nevus extract`.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "nn/base/cpu.h"
#include "nn/base/real.h"
#include "nn/base/size.h"
#include "nn/nn.h"

static void must(enum nev_status status, const struct nev_error *err)
{
    if (status != NEV_OK) {
        fprintf(stderr, "features: %s (%s)\n", err->what, err->name);
        exit(1);
    }
}

static void *need(void *p, const char *what)
{
    if (p == NULL) {
        fprintf(stderr, "features: %s\n", what);
        exit(1);
    }
    return p;
}

/* What the library works in lies at multiples of NEV_ALIGN. */
static void *take(size_t bytes)
{
    return need(aligned_alloc(NEV_ALIGN, (bytes + NEV_ALIGN - 1) / NEV_ALIGN * NEV_ALIGN),
                "not enough memory");
}

int main(int argc, char **argv)
{
    FILE *file =
        need(argc == 2 ? fopen(argv[1], "rb") : NULL, "give the name of a weights file that can be read");
    struct nev_run run = {.kernels = nev_kernels_select(nev_cpu_isas())};
    struct nev_error err;
    float features[NEV_FEATURES_LEN], *input;
    struct nev_weights weights;
    struct nev_plan plan;
    size_t bytes, pixels;
    long end;
    uint8_t *model, *rgb;
    void *packed;

    /* The file, from anywhere: read, mapped, flash. */
    must(nev_environment_check(&err), &err);
    end = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    rewind(file);
    need(end > 0 && end < LONG_MAX ? file : NULL, "the weights are no file of a known size, or it is empty");
    bytes = (size_t)end;
    model = take(bytes);
    need(fread(model, 1, bytes, file) == bytes ? model : NULL, "the weights file cannot be read");
    fclose(file);
    must(nev_weights_open(&weights, model, bytes, &err),
         &err); /* header, table, digests: safe to run from here on */
    must(nev_weights_verify_by(&weights, NULL, nev_cpu_isas(), &err),
         &err); /* every number; once is enough for bytes that stay */

    /* Sizes are known now; the caller takes the memory. One thread, one picture at a time. */
    must(nev_plan_make_for(&plan, &weights, nev_profile_path(weights.profile), 1, 1, &err), &err);
    run.plan = &plan;
    run.packed = nev_plan_in_place(&plan, &weights); /* a packed file is used where it lies */
    if (run.packed == NULL) {
        packed = take(plan.packed_bytes);
        must(nev_plan_pack(&plan, &weights, packed, plan.packed_bytes, NULL, &err), &err);
        run.packed = packed;
    }
    run.arena = take(plan.arena_bytes);
    run.arena_bytes = plan.arena_bytes;

    /* A picture; more of them go through the same plan and arena. */
    pixels = (size_t)plan.model.prep.width * plan.model.prep.height;
    rgb = take(3 * pixels);
    input = take(3 * pixels * sizeof *input);
    need(fread(rgb, 3, pixels, stdin) == pixels && getchar() == EOF ? rgb : NULL,
         "the picture has another size");
    nev_normalise(&plan.model.prep, rgb, input);
    must(nev_run_image(&run, input, features, &err), &err);
    return fwrite(features, sizeof features, 1, stdout) == 1 ? 0 : 1; /* the system takes the memory back */
}
