/* SPDX-License-Identifier: MIT */
/*
 * sink.h - text that the forest writes, into a file.
 */
#ifndef NEV_TOOLS_SINK_H
#define NEV_TOOLS_SINK_H

#include "forest/print.h"
#include "tools/files/files.h"

/* A file being written by a forest's writer. */
struct nev_text_file {
    struct nev_writer writer;
    struct nev_sink sink; /* to be passed on */
    struct nev_error err; /* of the writer, once it has failed */
};

/*
 * nev_text_file_open   - begin; "-" is standard output.
 * nev_text_file_finish - what a writer of the forest returned, with the file's own error in place of "refused"; on OK the
 *                        bytes are on the disk, under the temporary name. Then nev_writer_commit(&t->writer)
 * Errors     IO; the file is then closed and nothing is left of it. nev_writer_close is always allowed
 */
NEV_MUST_CHECK enum nev_status nev_text_file_open(struct nev_text_file *t, const char *path,
                                                  struct nev_error *err);
NEV_MUST_CHECK enum nev_status nev_text_file_finish(struct nev_text_file *t, enum nev_status status,
                                                    struct nev_error *err);

#endif
