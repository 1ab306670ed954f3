/* SPDX-License-Identifier: MIT */
/* io/inflate.c: any bytes, as one piece, into a buffer of any content; the work memory holds anything. */
#include "io/inflate.h"

#include "tests/prove/prove.h"

#ifndef IN_BYTES
#define IN_BYTES 256
#endif
#ifndef OUT_BYTES
#define OUT_BYTES 64
#endif

void prove(void)
{
    static uint8_t in[IN_BYTES], out[OUT_BYTES];
    static struct nev_inflate work;
    struct nev_inflate_input input = {in, IN_BYTES, NULL, NULL};
    struct nev_error err;
    size_t in_used, out_used;
    enum nev_status status;

    //@ widen_hints global:"all", OUT_BYTES, IN_BYTES - 8, IN_BYTES, 7, 15, 63;
    any_bytes(in, sizeof in);
    any_bytes(&work.litlen, sizeof work.litlen);
    any_bytes(&work.dist, sizeof work.dist);
    any_bytes(work.lengths, sizeof work.lengths);
    any_bytes(&err, sizeof err);
    status = nev_inflate(&work, Frama_C_interval(0, 1) == 0 ? NEV_INFLATE_RAW : NEV_INFLATE_ZLIB, &input, out,
                         OUT_BYTES, &in_used, &out_used, &err);
    if (status == NEV_OK) {
        //@ assert out_used <= OUT_BYTES;
    }
}
