/* SPDX-License-Identifier: MIT */
/* weights/reader.c with weights/model.c and weights/packed.c: a file of any bytes, and then every tensor in it. */
#include "weights/weights.h"

#include "tests/prove/sha256.h"

static uint8_t file[BYTES];

void prove(void)
{
    struct nev_weights w;
    struct nev_tensor t;
    struct nev_error err;
    uint32_t i;
    char name[NEV_TENSOR_NAME_LEN];

    //@ widen_hints global:"all", 4, 8, 32, 63, 64, BYTES;
    any_bytes(file, sizeof file);
    any_bytes(name, sizeof name);
    name[NEV_TENSOR_NAME_LEN - 1] = '\0';
    if (nev_weights_open(&w, file, BYTES, &err) == NEV_OK) {
        for (i = 0; i < w.tensor_len; i++) {
            nev_weights_tensor(&w, i, &t);
        }
        if (nev_weights_find(&w, name, &t, &err) == NEV_OK) {
            any_bytes(&err, sizeof err);
        }
    }
}
