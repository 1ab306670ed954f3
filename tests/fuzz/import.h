/* SPDX-License-Identifier: MIT */
/*
 * import.h - what the entry points of the importers share.
 */
#ifndef NEV_TESTS_FUZZ_IMPORT_H
#define NEV_TESTS_FUZZ_IMPORT_H

#include <stddef.h>
#include <stdint.h>

#include "weights/weights.h"

#define FUZZ_UNITS     53u /* layers with weights of MobileNetV2 */
#define FUZZ_SPECS_MAX (5 * FUZZ_UNITS)

/*
 * fuzz_import_specs - a list of tensors as small as an importer lets pass: what tells the network has its true shape, all
 * else one element. Lists: an ONNX graph's (53 layers), a darknet file's, and one a network for files with names.
 * Returns the number of rows.
 */
uint32_t fuzz_import_specs(int kind, enum nev_net net, struct nev_tensor_spec specs[FUZZ_SPECS_MAX]);

/*
 * fuzz_import - all that `nevus convert` does with a source, in exactly the arena the query states: one byte less is
 * refused, a refusal says what and where, what is stored is finite and whole.
 */
void fuzz_import(const uint8_t *data, size_t bytes);

#endif
