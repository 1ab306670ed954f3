/* SPDX-License-Identifier: MIT */
/*
 * names.h - what other projects call the tensors of the canonical form. The table stands in
 * weights/README.md.
 */
#ifndef NEV_IMPORT_NAMES_H
#define NEV_IMPORT_NAMES_H

#include "weights/import/import.h"
#include "weights/import/source.h"

#define NEV_IMPORT_NAME_LEN 128u

/*
 * nev_name_translate - a canonical name in another naming.
 * Errors     false: that naming has no such tensor; *out is then empty
 * Tests      tests/weights/test_names.c
 */
bool nev_name_translate(enum nev_naming naming, const char *canonical, char out[NEV_IMPORT_NAME_LEN]);

/* nev_name_plain - a source's name without the wrappers' prefixes (module., model., _orig_mod.), four
 * rounds of them at most. */
struct nev_slice nev_name_plain(struct nev_slice name);

/* nev_name_is_ignored - whether a tensor carries no weights: batch norm's num_batches_tracked. */
bool nev_name_is_ignored(struct nev_slice name);

/*
 * nev_name_identify - the network that a source with this tensor has; one tensor of each naming tells.
 * Output     *naming and *net; false if the tensor tells nothing
 */
bool nev_name_identify(const struct nev_source_tensor *t, enum nev_naming *naming, enum nev_net *net);

#endif
