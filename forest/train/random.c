/* SPDX-License-Identifier: MIT */
#include "forest/train/random.h"

#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u /* golden ratio */
#define PHILOX_W1 0xBB67AE85u /* sqrt(3) - 1 */

void nev_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1], round;

    for (round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)PHILOX_M0 * c0, p1 = (uint64_t)PHILOX_M1 * c2;

        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += PHILOX_W0;
        k1 += PHILOX_W1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

void nev_random_init(struct nev_random *r, uint64_t seed, uint32_t tree, enum nev_random_purpose purpose,
                     uint64_t path)
{
    r->key[0] = (uint32_t)seed;
    r->key[1] = (uint32_t)(seed >> 32);
    r->counter[0] = 0;
    r->counter[1] = (uint32_t)purpose << 24 | tree;
    r->counter[2] = (uint32_t)path;
    r->counter[3] = (uint32_t)(path >> 32);
    r->used = 4;
}

uint32_t nev_random_next(struct nev_random *r)
{
    if (r->used == 4) {
        nev_philox4x32(r->counter, r->key, r->word);
        r->counter[0]++;
        r->used = 0;
    }
    return r->word[r->used++];
}

uint32_t nev_random_below(struct nev_random *r, uint32_t n)
{
    uint64_t m = (uint64_t)nev_random_next(r) * n;

    if ((uint32_t)m < n) {
        uint32_t least = (0u - n) % n; /* 2^32 mod n: what would make some results likelier */

        while ((uint32_t)m < least) {
            m = (uint64_t)nev_random_next(r) * n;
        }
    }
    return (uint32_t)(m >> 32);
}

void nev_random_children(uint64_t seed, uint32_t tree, uint64_t path, uint64_t *left, uint64_t *right)
{
    struct nev_random r;

    nev_random_init(&r, seed, tree, NEV_RANDOM_PATH, path);
    nev_philox4x32(r.counter, r.key, r.word);
    *left = (uint64_t)r.word[1] << 32 | r.word[0];
    *right = (uint64_t)r.word[3] << 32 | r.word[2];
}
