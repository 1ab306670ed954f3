/* SPDX-License-Identifier: MIT */
/*
 * demo_folder.h - a folder for the demonstration's drawings, without ever touching another's files.
 *
 * A hidden file says how many drawings lie there. A folder that holds anything but lacks that file is
 * refused; one that has it is rid of the drawings that it counts.
 */
#ifndef NEV_TOOLS_DEMO_FOLDER_H
#define NEV_TOOLS_DEMO_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/base/exit.h"

/*
 * nev_demo_path - the path of a drawing: FOLDER/train or test/benign or malignant/NNNNN.png. Training
 * drawings are numbered from 0, test drawings go on where they end. Errors     false if it does not fit
 */
bool nev_demo_path(const char *folder, uint32_t number, uint32_t train, bool is_malignant, char *path,
                   size_t size);

/* nev_demo_claim - make the folder and its class folders, empty of old drawings. Errors IO, reported */
enum nev_exit nev_demo_claim(const char *folder, uint32_t train, uint32_t test);

#endif
