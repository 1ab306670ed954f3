/* SPDX-License-Identifier: MIT */
/*
 * random.h - random numbers as a function of what they are for, never of when they are drawn.
 *
 * A stream is named by (seed, tree, purpose, path of the node); its numbers are Philox4x32-10 of a counter.
 * Nothing is shared between streams, so trees and nodes may be grown in any order on any number of threads.
 */
#ifndef NEV_FOREST_RANDOM_H
#define NEV_FOREST_RANDOM_H

#include <stdint.h>

/* What a stream is for; part of the counter, so the numbers never coincide. */
enum nev_random_purpose {
    NEV_RANDOM_BOOTSTRAP = 1,  /* rows of a tree */
    NEV_RANDOM_CANDIDATES = 2, /* features of a node */
    NEV_RANDOM_PATH = 3,       /* names of a node's children */
    NEV_RANDOM_PERMUTATION = 4 /* rows out of bag, for the importance of a feature */
};

struct nev_random {
    uint32_t key[2];
    uint32_t counter[4]; /* block, purpose and tree, path low, path high */
    uint32_t word[4];
    uint32_t used; /* words of `word` handed out, 4: none left */
};

/*
 * nev_philox4x32 - ten rounds of Philox over one counter.
 * Alias      out may be counter
 * Source     Salmon, Moraes, Dror, Shaw, Parallel random numbers: as easy as 1, 2, 3, SC11 (2011), 3.3
 * Tests      tests/forest/test_random.c, the published known answers
 */
void nev_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/*
 * nev_random_init - the start of the stream (seed, tree, purpose, path).
 * Range      tree < 2^24
 */
void nev_random_init(struct nev_random *r, uint64_t seed, uint32_t tree, enum nev_random_purpose purpose,
                     uint64_t path);

/* nev_random_next - the next 32 bits. A stream has 2^34 words; at most 2^23 are ever drawn from one. */
uint32_t nev_random_next(struct nev_random *r);

/*
 * nev_random_below - a number in 0..n-1, each equally likely.
 * Range      n >= 1
 * Source     Lemire, Fast random integer generation in an interval, ACM TOMACS 29(1), 2019, algorithm 5
 */
uint32_t nev_random_below(struct nev_random *r, uint32_t n);

/*
 * nev_random_children - the paths of a node's children, from the node's own.
 * Computes   64 bits each, of one Philox block: a path names a node whatever the order of growth, at any
 * depth. Two of a million nodes share a name with probability 3e-8, and then only share candidates
 */
void nev_random_children(uint64_t seed, uint32_t tree, uint64_t path, uint64_t *left, uint64_t *right);

#endif
