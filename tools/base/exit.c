/* SPDX-License-Identifier: MIT */
#include "tools/base/exit.h"

enum nev_exit nev_exit_of(enum nev_status status)
{
    switch (status) {
    case NEV_OK:
        return NEV_EXIT_OK;
    case NEV_ERR_TRUNCATED:
    case NEV_ERR_FORMAT:
    case NEV_ERR_CHECKSUM:
    case NEV_ERR_VALUE:
    case NEV_ERR_MISSING:
        return NEV_EXIT_FORMAT;
    case NEV_ERR_VERSION:
    case NEV_ERR_UNSUPPORTED:
    case NEV_ERR_FORBIDDEN:
        return NEV_EXIT_UNSUPPORTED;
    case NEV_ERR_LIMIT:
        return NEV_EXIT_LIMIT;
    case NEV_ERR_SHAPE:
    case NEV_ERR_NETWORK:
        return NEV_EXIT_MISFIT;
    case NEV_ERR_DATA:
        return NEV_EXIT_DATA;
    case NEV_ERR_MEMORY:
        return NEV_EXIT_MEMORY;
    case NEV_ERR_ENVIRONMENT:
        return NEV_EXIT_ENVIRONMENT;
    case NEV_ERR_IO:
        return NEV_EXIT_IO;
    default:
        return NEV_EXIT_INTERNAL; /* ARGUMENT, CANCELLED: the tools never cause them */
    }
}
