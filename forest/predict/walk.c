/* SPDX-License-Identifier: MIT */
#include "forest/predict/walk.h"

#include <stddef.h>

#include "forest/file/node.h"
#include "nn/base/cpu.h"

/* Each walk has variables of its own, so that compilers turn its steps into straight code: loops over arrays took half
 * as long again. */
#define EACH_10(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9)
#define EACH_16(DO) EACH_10(DO) DO(10) DO(11) DO(12) DO(13) DO(14) DO(15)

/* What walks have in common; a walk defines BEGIN(k), where it starts, and NEXT(k), where a step leads. */
#define STEP(k) a##k = NEXT(k);
#define LOOK(k)                                                                                              \
    {                                                                                                        \
        const uint32_t next = NEXT(k);                                                                       \
                                                                                                             \
        moved |= next ^ a##k;                                                                                \
        a##k = next;                                                                                         \
    }
#define END(k) at[k] = a##k;
#define WALK(EACH)                                                                                           \
    EACH(BEGIN)                                                                                              \
    for (; steps < NEV_WALK_FREE; steps++) {                                                                 \
        EACH(STEP)                                                                                           \
    }                                                                                                        \
    do {                                                                                                     \
        moved = 0;                                                                                           \
        EACH(STEP)                                                                                           \
        EACH(LOOK)                                                                                           \
        steps += 2;                                                                                          \
    } while (moved != 0 && steps < depth);                                                                   \
    EACH(END)

struct nev_walk_kernel nev_walk_select(uint32_t isas)
{
    struct nev_walk_kernel kernel = {nev_walk_keys_c, nev_walk_lay_c};

#if defined(NEV_BUILD_avx2)
    if ((isas & NEV_ISA_AVX2) != 0) {
        kernel.keys = nev_walk_keys_avx2;
        kernel.lay = nev_walk_lay_avx2;
    }
#endif
#if defined(NEV_BUILD_avx512)
    if ((isas & NEV_ISA_AVX512) != 0) {
        kernel.keys = nev_walk_keys_avx512;
        kernel.lay = nev_walk_lay_avx512;
    }
#endif
    (void)isas;
    return kernel;
}

static inline uint32_t laid_step(const uint8_t *node, const struct nev_walk_tree *laid, uint32_t at,
                                 const uint32_t *row)
{
    return laid->left[at] + (uint32_t)(nev_node_key(node, at) < row[laid->feature[at]]);
}

void nev_walk_laid(const uint8_t *node, const struct nev_walk_tree *laid, uint32_t depth,
                   const uint32_t *const *row, uint32_t *at)
{
    uint32_t steps = 0, moved;
#define BEGIN(k)                                                                                             \
    uint32_t a##k = 1;                                                                                       \
    const uint32_t *const r##k = row[k];
#define NEXT(k) laid_step(node, laid, a##k, r##k)
    WALK(EACH_16)
#undef NEXT
#undef BEGIN
}

void nev_walk_file(const uint8_t *const *node, uint32_t feature_bits, uint32_t depth,
                   const uint32_t *const *row, uint32_t *at)
{
    const uint32_t bits = feature_bits, mask = ((uint32_t)1 << bits) - 1;
    uint32_t steps = 0, moved;
#define BEGIN(k)                                                                                             \
    uint32_t a##k = 1;                                                                                       \
    const uint32_t *const r##k = row[k];                                                                     \
    const uint8_t *const n##k = node[k];
#define NEXT(k) nev_node_step(n##k, a##k, bits, mask, r##k)
    WALK(EACH_10)
#undef NEXT
#undef BEGIN
}
