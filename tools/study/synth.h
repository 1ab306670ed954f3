/* SPDX-License-Identifier: MIT */
/*
 * synth.h - drawings of skin lesions, for demonstrations and tests where no photographs are at hand.
 *
 * They are drawings, not data: nothing that a classifier does on them says anything about patients. The two
 * classes differ as the ABCD rule describes them (asymmetry, border, colour, diameter), each by a severity
 * drawn from distributions that overlap, so that no classifier can be right every time.
 */
#ifndef NEV_TOOLS_SYNTH_H
#define NEV_TOOLS_SYNTH_H

#include <stdbool.h>
#include <stdint.h>

#define NEV_SYNTH_SIDE_MAX 4096u /* pixels */

/*
 * nev_synth_lesion - draw one picture.
 * Shapes     rgb [height, width, 3] u8
 * Range      1 <= width, height <= NEV_SYNTH_SIDE_MAX; a picture depends on seed, index, class and size only
 * Numerics   integers throughout: the same bytes on every machine
 * Threads    pure
 * Source     the features drawn: Nachbar et al., The ABCD rule of dermatoscopy, J Am Acad Dermatol 30, 1994
 * Tests      tests/tools/test_synth.c
 */
void nev_synth_lesion(uint64_t seed, uint32_t index, bool is_malignant, uint32_t width, uint32_t height,
                      uint8_t *rgb);

#endif
