/* SPDX-License-Identifier: MIT */
/*
 * votes.c - the library without its command: a forest file and a row of features in, each class's votes out.
 *
 *     cc -std=c11 -O2 -I. tools/examples/votes.c build/libnevus.a -fopenmp -o votes
 *     ./features MODEL.nvw <PIXELS | ./votes FOREST.nvf
 *
 * A row is the forest's number of features, float32 of this machine. Printed: class, votes, probability; then the answer.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "forest/forest.h"
#include "nn/base/real.h"

static void must(enum nev_status status, const struct nev_error *err)
{
    if (status != NEV_OK) {
        fprintf(stderr, "votes: %s (%s)\n", err->what, err->name);
        exit(1);
    }
}

static void *need(void *p, const char *what)
{
    if (p == NULL) {
        fprintf(stderr, "votes: %s\n", what);
        exit(1);
    }
    return p;
}

int main(int argc, char **argv)
{
    FILE *file =
        need(argc == 2 ? fopen(argv[1], "rb") : NULL, "give the name of a forest file that can be read");
    struct nev_error err;
    struct nev_forest_batch batch;
    struct nev_forest forest;
    double *probability;
    size_t bytes, memory;
    long end;
    uint32_t *votes;
    uint8_t *image;
    float *row;

    must(nev_environment_check(&err), &err);
    end = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    rewind(file);
    need(end > 0 && end < LONG_MAX ? file : NULL, "the forest is no file of a known size, or it is empty");
    bytes = (size_t)end;
    image = need(malloc(bytes + 1), "not enough memory");
    need(fread(image, 1, bytes, file) == bytes ? image : NULL, "the forest file cannot be read");
    fclose(file);
    must(nev_forest_open(&forest, image, bytes, &err),
         &err); /* all of it is checked: nothing it states can hurt */

    row = need(malloc(forest.features * sizeof *row), "not enough memory");
    votes = need(malloc(forest.classes * sizeof *votes), "not enough memory");
    probability = need(malloc(forest.classes * sizeof *probability), "not enough memory");
    need(fread(row, sizeof *row, forest.features, stdin) == forest.features && getchar() == EOF ? row : NULL,
         "the row has another number of features than the forest");
    memory = nev_forest_predict_bytes(&forest, 1);
    batch = (struct nev_forest_batch){row, forest.features, 1, forest.features, probability, votes};
    must(nev_forest_predict(&forest, &batch, need(malloc(memory + 1), "not enough memory"), memory, NULL,
                            &err),
         &err);
    for (uint32_t c = 0; c < forest.classes; c++) {
        printf("%s %u %.6f\n", nev_forest_class_name(&forest, c), (unsigned)votes[c], probability[c]);
    }
    printf("answer: %s\n", nev_forest_class_name(&forest, nev_forest_label(votes, forest.classes)));
    return 0; /* the system takes the memory back */
}
