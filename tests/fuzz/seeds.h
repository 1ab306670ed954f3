/* SPDX-License-Identifier: MIT */
/*
 * seeds.h - where seeds.c and its parts put the inputs they make.
 */
#ifndef NEV_TESTS_FUZZ_SEEDS_H
#define NEV_TESTS_FUZZ_SEEDS_H

#include <stddef.h>
#include <stdint.h>

/* seed - one input for a reader: FOLDER/READER/NAME. */
void seed(const char *reader, const char *name, const void *data, size_t bytes);

/* The importers' seeds: zip, pickle, torch, onnx, safetensors, darknet. */
void seed_imports(void);

/* The seeds of weights files and forests. */
void seed_models(void);

#endif
