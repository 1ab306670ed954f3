/* SPDX-License-Identifier: MIT */
/*
 * calibration_block.h - where everything stands in the block CALB, for its writer and its reader.
 *
 * Source     forest/FORMAT.md, section 12
 */
#ifndef NEV_FOREST_CALIBRATION_BLOCK_H
#define NEV_FOREST_CALIBRATION_BLOCK_H

#define NEV_CALIBRATION_TAG "CALB"

enum {
    CALB_HOLDS = 0,
    CALB_POSITIVE = 4,
    CALB_ROWS = 8,
    CALB_POSITIVE_ROWS = 12,
    CALB_METHOD = 16,
    CALB_POOLS = 20,
    CALB_A = 24,
    CALB_B = 32,
    CALB_RULE = 40,
    CALB_VALUE = 44,
    CALB_SCORE = 48,
    CALB_COUNTS = 56,
    CALB_LEVEL = 72,
    CALB_BY_CLASS = 76,
    CALB_ZERO = 80,
    CALB_HEAD = 128
};

/* Bits of CALB_HOLDS. */
#define CALB_HAS_CALIBRATION 1u
#define CALB_HAS_THRESHOLD   2u
#define CALB_HAS_SETS        4u

#endif
