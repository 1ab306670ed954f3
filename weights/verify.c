/* SPDX-License-Identifier: MIT */
/*
 * verify.c - every byte of the payloads against its digest, every number against its range.
 *
 * Chunks are dealt to the threads; each takes two at a time, whose digests the processor computes side by side, and
 * looks for NaN and infinity while they are in the cache. What else has to hold is little and follows
 * afterwards, on one thread.
 */
#include <stdbool.h>
#include <string.h>

#include "nn/base/bytes.h"
#include "nn/base/sha256_kernels.h"
#include "weights/layout.h"
#include "weights/weights.h"

#define LINE_WORDS 16u         /* payloads are whole lines of 64 bytes */
#define EXPONENT   0x7F800000u /* all ones in NaN and infinity alone */
#define MAGNITUDE  0x7FFFFFFFu /* of a float's bits */
#define LOWEST     (MAGNITUDE - EXPONENT + 1u)

struct job {
    const struct nev_weights *w;
    const struct nev_sha256_kernels *sha;
    uint32_t
        first_bad[NEV_THREADS_MAX]; /* chunk of each part that is not known to be good; chunk_len: none */
    bool is_odd[NEV_THREADS_MAX];   /* a part has met NaN or infinity */
};

static size_t chunk_bytes(const struct nev_weights *w, size_t chunk)
{
    size_t rest = w->bytes - w->payload_offset - chunk * NEV_NVW_CHUNK_BYTES;

    return rest < NEV_NVW_CHUNK_BYTES ? rest : NEV_NVW_CHUNK_BYTES;
}

/* Whether some number of `lines` whole lines is NaN or infinite: adding LOWEST to the magnitude carries into the sign
 * for those alone. */
static bool has_odd(const uint8_t *p, size_t lines)
{
    uint32_t any = 0;

    for (; lines > 0; lines--, p += 4 * LINE_WORDS) {
        for (uint32_t i = 0; i < LINE_WORDS; i++) {
            any |= (nev_load_u32le(p + 4 * i) & MAGNITUDE) + LOWEST;
        }
    }
    return any >> 31 != 0;
}

static void check_part(void *arg, uint32_t part, uint32_t parts)
{
    struct job *job = arg;
    const struct nev_weights *w = job->w;
    const uint8_t *list = w->base + nev_nvw_list_offset(w->tensor_len);
    uint8_t digest[2][NEV_SHA256_BYTES];
    size_t begin, end;

    nev_parallel_range(w->chunk_len, part, parts, &begin, &end);
    job->first_bad[part] = (uint32_t)begin;
    while (begin < end) {
        const uint8_t *p = w->base + w->payload_offset + begin * NEV_NVW_CHUNK_BYTES;
        size_t bytes = chunk_bytes(w, begin), n = 1;

        if (begin + 1 < end && chunk_bytes(w, begin + 1) == bytes) {
            nev_sha256_two(job->sha, p, p + bytes, bytes, digest[0], digest[1]);
            n = 2;
        } else {
            nev_sha256_by(job->sha, p, bytes, digest[0]);
        }
        for (size_t i = 0; i < n; i++) {
            if (memcmp(digest[i], list + (begin + i) * NEV_SHA256_BYTES, NEV_SHA256_BYTES) != 0) {
                job->first_bad[part] = (uint32_t)(begin + i);
                return;
            }
        }
        job->is_odd[part] = has_odd(p, n * bytes / (4 * LINE_WORDS)) || job->is_odd[part];
        begin += n;
    }
    job->first_bad[part] = w->chunk_len;
}

static enum nev_status check_values(const struct nev_tensor *t, struct nev_error *err)
{
    size_t i;

    for (i = 0; i < t->len; i++) {
        uint32_t bits = nev_load_u32le(t->data + 4 * i);

        if ((bits & EXPONENT) == EXPONENT) {
            return nev_fail(err, NEV_ERR_VALUE, t->offset + 4 * i, t->name, "a weight is NaN or infinite");
        }
        if (t->kind == NEV_TENSOR_VAR && bits > 0x80000000) {
            return nev_fail(err, NEV_ERR_VALUE, t->offset + 4 * i, t->name, "a variance is negative");
        }
    }
    return NEV_OK;
}

static enum nev_status check_zeros(const struct nev_weights *w, const struct nev_tensor *t, size_t from,
                                   size_t to, struct nev_error *err)
{
    for (; from < to; from++) {
        if (w->base[from] != 0) {
            return nev_fail(err, NEV_ERR_FORMAT, from, t->name, "a padding byte is not zero");
        }
    }
    return NEV_OK;
}

/* The zeros between payloads, and in the packed form those of the channels that the last panel does not have. */
static enum nev_status check_padding(const struct nev_weights *w, const struct nev_tensor *t,
                                     struct nev_error *err)
{
    const size_t end = (size_t)t->offset + 4 * t->len, panel = 4 * NEV_NVW_PANEL;
    const size_t used = 4 * (size_t)(t->dim[0] % NEV_NVW_PANEL);
    size_t at = end - 4 * t->len / ((t->dim[0] + NEV_NVW_PANEL - 1) / NEV_NVW_PANEL);
    enum nev_status s = check_zeros(w, t, end, (size_t)nev_nvw_align(end), err);

    for (; s == NEV_OK && w->form == NEV_FORM_PACKED && used != 0 && at < end; at += panel) {
        s = check_zeros(w, t, at + used, at + panel, err);
    }
    return s;
}

static enum nev_status check_tensors(const struct nev_weights *w, bool is_odd, struct nev_error *err)
{
    enum nev_status s = NEV_OK;

    for (uint32_t i = 0; i < w->tensor_len && s == NEV_OK; i++) {
        struct nev_tensor t;

        nev_weights_tensor(w, i, &t);
        if (is_odd || t.kind == NEV_TENSOR_VAR) {
            s = check_values(&t, err);
        }
        if (s == NEV_OK) {
            s = check_padding(w, &t, err);
        }
    }
    return s;
}

enum nev_status nev_weights_verify_by(const struct nev_weights *w, const struct nev_parallel *par,
                                      uint32_t isas, struct nev_error *err)
{
    const uint32_t parts = par == NULL ? 1 : par->parts;
    uint32_t bad = w->chunk_len;
    bool is_odd = false;
    struct job job;

    if (parts < 1 || parts > NEV_THREADS_MAX) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "parts", "no such number of threads");
    }
    job.w = w;
    job.sha = nev_sha256_select(isas);
    for (uint32_t i = 0; i < parts; i++) { /* what no thread looks at is not good */
        job.first_bad[i] = 0;
        job.is_odd[i] = false;
    }
    nev_parallel_run(par, check_part, &job);
    for (uint32_t i = 0; i < parts; i++) {
        bad = job.first_bad[i] < bad ? job.first_bad[i] : bad;
        is_odd = is_odd || job.is_odd[i];
    }
    if (bad < w->chunk_len) {
        return nev_fail(err, NEV_ERR_CHECKSUM, w->payload_offset + (uint64_t)bad * NEV_NVW_CHUNK_BYTES,
                        "payload",
                        "the weights from here on differ from their SHA-256; copy or convert the file again");
    }
    return check_tensors(w, is_odd, err);
}

enum nev_status nev_weights_verify(const struct nev_weights *w, struct nev_error *err)
{
    return nev_weights_verify_by(w, NULL, 0, err);
}
