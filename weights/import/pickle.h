/* SPDX-License-Identifier: MIT */
/*
 * pickle.h - the part of Python's pickle language that a PyTorch state_dict needs, as data.
 *
 * A pickle is a program: it may name any function of the machine that opens it and call it. This machine
 * knows no functions. It knows a list of opcodes and a list of names; "calling" one of the names builds a
 * plain record, and every other opcode or name ends the reading with FORBIDDEN, its name and its place.
 * Source     Python 3 library, pickletools.py (protocols 0 to 5); PyTorch torch/serialization.py,
 * torch/_utils.py
 */
#ifndef NEV_IMPORT_PICKLE_H
#define NEV_IMPORT_PICKLE_H

#include "nn/base/arena.h"
#include "weights/import/source.h"

#define NEV_PICKLE_BYTES_MAX ((size_t)4 << 20)
#define NEV_PICKLE_NIL       UINT32_MAX

enum nev_pickle_type {
    NEV_PICKLE_NONE,
    NEV_PICKLE_BOOL,    /* n: 0 or 1 */
    NEV_PICKLE_INT,     /* n: the int64's bits */
    NEV_PICKLE_FLOAT,   /* its value is not kept */
    NEV_PICKLE_STRING,  /* n: its offset in the pickle, a: its length */
    NEV_PICKLE_GLOBAL,  /* a: which of the allowed names; n: where it was named */
    NEV_PICKLE_MARK,    /* only on the stack */
    NEV_PICKLE_TUPLE,   /* n: its first item, a: how many */
    NEV_PICKLE_LIST,    /* a: first cell, n: last cell */
    NEV_PICKLE_DICT,    /* the same; a cell has a key and a value */
    NEV_PICKLE_STORAGE, /* a: the tuple ('storage', type, key, device, elements) */
    NEV_PICKLE_TENSOR   /* a: the tuple (storage, offset, size, stride, ...); n: where it was called */
};

struct nev_pickle_value {
    uint32_t type; /* enum nev_pickle_type */
    uint32_t a;
    uint64_t n;
};

struct nev_pickle_cell {
    uint32_t key, value, next; /* next: NEV_PICKLE_NIL ends the list */
};

/* The machine. Every opcode is at least one byte and makes at most one value, one cell and so on, so each
 * array has one place for each byte of the pickle and can never be overrun; the code checks it all the same.
 */
struct nev_pickle {
    const uint8_t *p;
    uint32_t bytes, at;
    uint64_t offset; /* of p in the file, for errors */
    struct nev_pickle_value *value;
    struct nev_pickle_cell *cell;
    uint32_t *stack, *memo, *item; /* indices of values */
    uint32_t value_len, cell_len, stack_len, memo_len, item_len;
    bool is_stopped;
    struct nev_error *err;
};

/* nev_pickle_arena_bytes - what nev_pickle_run carves for a pickle of that size. */
size_t nev_pickle_arena_bytes(size_t bytes);

/*
 * nev_pickle_run - read a pickle; *root is the index of what it leaves on the stack.
 * Errors     FORBIDDEN (an opcode or a name that is not on the list), FORMAT, TRUNCATED, LIMIT, MEMORY
 * Tests      tests/weights/test_pickle.c
 */
NEV_MUST_CHECK enum nev_status nev_pickle_run(struct nev_pickle *m, const uint8_t *p, size_t bytes,
                                              uint64_t offset, struct nev_arena *arena, uint32_t *root,
                                              struct nev_error *err);

/* The i-th item of a tuple, NULL if the value is no tuple or has not so many. */
const struct nev_pickle_value *nev_pickle_item(const struct nev_pickle *m,
                                               const struct nev_pickle_value *tuple, uint32_t i);

/* The text of a string; empty for anything else. */
struct nev_slice nev_pickle_text(const struct nev_pickle *m, const struct nev_pickle_value *v);

/* The element type that a GLOBAL such as torch.FloatStorage stands for; NONE for other names and values. */
enum nev_dtype nev_pickle_dtype(const struct nev_pickle_value *v);

#endif
