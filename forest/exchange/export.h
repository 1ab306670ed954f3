/* SPDX-License-Identifier: MIT */
/*
 * export.h - a forest as C source: constant tables and one short walk, for targets that hold no file.
 *
 * What is written compiles alone as C99 and as C++, includes <stdint.h>, calls nothing and compares no floats;
 * its votes and shares are those of nev_forest_predict, bit for bit.
 */
#ifndef NEV_FOREST_EXPORT_H
#define NEV_FOREST_EXPORT_H

#include "forest/forest.h"
#include "forest/print.h"

#define NEV_EXPORT_PREFIX_MAX 40 /* characters of a prefix */

/* What the source is called, and with what it shares its declarations. */
struct nev_export {
    const char *prefix; /* of every name with external linkage; a letter, then letters, digits and _ */
    const char *
        header; /* the name to include, letters, digits, '.', '-', '_', '/'; NULL: all is declared in the source */
};

/* What the tables take in the target's constant memory. */
struct nev_export_size {
    uint64_t nodes, entries; /* as the forest has them: 8 bytes each */
    uint64_t
        table_bytes; /* these, and of each tree its begin and an unused node; without class names and code */
};

/*
 * nev_forest_export_size - how large the exported tables are.
 * Threads    pure
 */
void nev_forest_export_size(const struct nev_forest *f, struct nev_export_size *size);

/*
 * nev_forest_export_source, nev_forest_export_header - write the C source, and the header that declares it.
 * Computes   PREFIX_predict(x, votes, share), PREFIX_label(votes), PREFIX_probability(share), PREFIX_class_name,
 *            PREFIX_sha256, PREFIX_FEATURES, PREFIX_CLASSES, PREFIX_TREES
 * Numerics   a leaf's fraction is stored as it is rounded by nev_forest_predict, so the target divides nothing
 * Errors     ARGUMENT: prefix or header is none; LIMIT: 2^32 nodes or more; IO: the sink refused
 * Threads    pure
 * Tests      tests/forest/test_export.c, test_export.sh
 */
NEV_MUST_CHECK enum nev_status nev_forest_export_source(const struct nev_forest *f,
                                                        const struct nev_export *how,
                                                        const struct nev_sink *sink, struct nev_error *err);
NEV_MUST_CHECK enum nev_status nev_forest_export_header(const struct nev_forest *f,
                                                        const struct nev_export *how,
                                                        const struct nev_sink *sink, struct nev_error *err);

#endif
