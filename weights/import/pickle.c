/* SPDX-License-Identifier: MIT */
#include "weights/import/pickle.h"

#include <string.h>

#include "nn/base/bytes.h"

/* The names a pickle may use, and what they stand for. */
enum role { ROLE_DICT, ROLE_TENSOR, ROLE_PARAMETER, ROLE_STORAGE };

static const struct {
    const char *module, *name;
    enum role role;
    enum nev_dtype dtype;
} allowed[] = {
    {"collections", "OrderedDict", ROLE_DICT, NEV_DTYPE_NONE},
    {"torch._utils", "_rebuild_tensor_v2", ROLE_TENSOR, NEV_DTYPE_NONE},
    {"torch._utils", "_rebuild_parameter", ROLE_PARAMETER, NEV_DTYPE_NONE},
    {"torch", "FloatStorage", ROLE_STORAGE, NEV_DTYPE_F32},
    {"torch", "HalfStorage", ROLE_STORAGE, NEV_DTYPE_F16},
    {"torch", "BFloat16Storage", ROLE_STORAGE, NEV_DTYPE_BF16},
    {"torch", "DoubleStorage", ROLE_STORAGE, NEV_DTYPE_F64},
    {"torch", "ByteStorage", ROLE_STORAGE, NEV_DTYPE_OTHER1},
    {"torch", "CharStorage", ROLE_STORAGE, NEV_DTYPE_OTHER1},
    {"torch", "BoolStorage", ROLE_STORAGE, NEV_DTYPE_OTHER1},
    {"torch", "ShortStorage", ROLE_STORAGE, NEV_DTYPE_OTHER2},
    {"torch", "IntStorage", ROLE_STORAGE, NEV_DTYPE_OTHER4},
    {"torch", "LongStorage", ROLE_STORAGE, NEV_DTYPE_OTHER8},
};
#define ALLOWED_LEN (sizeof allowed / sizeof allowed[0])

typedef enum nev_status handler(struct nev_pickle *m, uint32_t arg);

static enum nev_status stop_with(struct nev_pickle *m, enum nev_status status, const char *what)
{
    return nev_fail(m->err, status, m->offset + m->at, "pickle", what);
}

static enum nev_status malformed(struct nev_pickle *m)
{
    return stop_with(m, NEV_ERR_FORMAT, "the pickle is malformed: an operation finds the wrong operands");
}

/* The next n bytes, NULL (and a TRUNCATED error) if there are not so many. */
static const uint8_t *take(struct nev_pickle *m, uint64_t n)
{
    const uint8_t *p = m->p + m->at;

    if (n > m->bytes - m->at) {
        (void)stop_with(m, NEV_ERR_TRUNCATED, "the pickle ends inside an operation");
        return NULL;
    }
    m->at += (uint32_t)n;
    return p;
}

static uint64_t load_le(const uint8_t *p, uint32_t n)
{
    uint64_t v = 0;

    while (n-- > 0) {
        v = v << 8 | p[n];
    }
    return v;
}

static enum nev_status push_index(struct nev_pickle *m, uint32_t index)
{
    if (m->stack_len == m->bytes) {
        return malformed(m);
    }
    m->stack[m->stack_len++] = index;
    return NEV_OK;
}

static enum nev_status push(struct nev_pickle *m, enum nev_pickle_type type, uint32_t a, uint64_t n)
{
    if (m->value_len == m->bytes) {
        return malformed(m);
    }
    m->value[m->value_len] = (struct nev_pickle_value){(uint32_t)type, a, n};
    return push_index(m, m->value_len++);
}

/* The value on top of the stack, taken off it; NULL if there is none or it is a mark. */
static struct nev_pickle_value *pop(struct nev_pickle *m)
{
    struct nev_pickle_value *v;

    if (m->stack_len == 0) {
        return NULL;
    }
    v = &m->value[m->stack[m->stack_len - 1]];
    if (v->type == NEV_PICKLE_MARK) {
        return NULL;
    }
    m->stack_len--;
    return v;
}

/* How many values stand above the last mark; NIL if there is no mark. */
static uint32_t above_mark(const struct nev_pickle *m)
{
    uint32_t n;

    for (n = 0; n < m->stack_len; n++) {
        if (m->value[m->stack[m->stack_len - 1 - n]].type == NEV_PICKLE_MARK) {
            return n;
        }
    }
    return NEV_PICKLE_NIL;
}

/* Constants and numbers. */
static enum nev_status op_push(struct nev_pickle *m, uint32_t type)
{
    return push(m, (enum nev_pickle_type)type, NEV_PICKLE_NIL, 0);
}

static enum nev_status op_true(struct nev_pickle *m, uint32_t arg)
{
    return push(m, NEV_PICKLE_BOOL, 0, arg);
}

static enum nev_status op_int(struct nev_pickle *m, uint32_t width)
{
    const uint8_t *p = take(m, width);

    if (p == NULL) {
        return NEV_ERR_TRUNCATED;
    }
    if (width == 4) {
        uint32_t v = nev_load_u32le(p);

        return push(m, NEV_PICKLE_INT, 0, v | (v >> 31 != 0 ? 0xFFFFFFFF00000000u : 0));
    }
    return push(m, NEV_PICKLE_INT, 0, load_le(p, width));
}

/* A two's complement number of 0 to 8 bytes. */
static enum nev_status op_long1(struct nev_pickle *m, uint32_t arg)
{
    const uint8_t *p = take(m, 1);
    uint32_t n;
    uint64_t v;

    (void)arg;
    if (p == NULL) {
        return NEV_ERR_TRUNCATED;
    }
    n = *p;
    if (n > 8) {
        return stop_with(m, NEV_ERR_LIMIT, "the pickle holds an integer of more than 64 bits");
    }
    p = take(m, n);
    if (p == NULL) {
        return NEV_ERR_TRUNCATED;
    }
    v = load_le(p, n);
    if (n > 0 && n < 8 && p[n - 1] >= 0x80) {
        v |= UINT64_MAX << (8 * n);
    }
    return push(m, NEV_PICKLE_INT, 0, v);
}

static enum nev_status op_float(struct nev_pickle *m, uint32_t arg)
{
    (void)arg;
    return take(m, 8) == NULL ? NEV_ERR_TRUNCATED : push(m, NEV_PICKLE_FLOAT, 0, 0);
}

/* A string whose length stands in `width` bytes before it. */
static enum nev_status op_string(struct nev_pickle *m, uint32_t width)
{
    const uint8_t *p = take(m, width);
    uint64_t len;

    if (p == NULL) {
        return NEV_ERR_TRUNCATED;
    }
    len = load_le(p, width);
    p = take(m, len);
    return p == NULL ? NEV_ERR_TRUNCATED
                     : push(m, NEV_PICKLE_STRING, (uint32_t)len, m->offset + (uint64_t)(p - m->p));
}

/* Protocol and frame headers say nothing that is needed. */
static enum nev_status op_skip(struct nev_pickle *m, uint32_t n)
{
    return take(m, n) == NULL ? NEV_ERR_TRUNCATED : NEV_OK;
}

static enum nev_status op_proto(struct nev_pickle *m, uint32_t arg)
{
    const uint8_t *p = take(m, 1);

    (void)arg;
    if (p == NULL) {
        return NEV_ERR_TRUNCATED;
    }
    return *p <= 5 ? NEV_OK : stop_with(m, NEV_ERR_VERSION, "the pickle's protocol is newer than 5");
}

/* The memo: numbered places that later operations read. */
static enum nev_status memo_put(struct nev_pickle *m, uint64_t index)
{
    if (m->stack_len == 0 || index >= m->bytes) {
        return stop_with(m, NEV_ERR_LIMIT, "the pickle numbers more memos than it has bytes");
    }
    for (; m->memo_len <= index; m->memo_len++) {
        m->memo[m->memo_len] = NEV_PICKLE_NIL;
    }
    m->memo[index] = m->stack[m->stack_len - 1];
    return NEV_OK;
}

static enum nev_status op_put(struct nev_pickle *m, uint32_t width)
{
    const uint8_t *p = take(m, width);

    return p == NULL ? NEV_ERR_TRUNCATED : memo_put(m, load_le(p, width));
}

static enum nev_status op_memoize(struct nev_pickle *m, uint32_t arg)
{
    (void)arg;
    return memo_put(m, m->memo_len);
}

static enum nev_status op_get(struct nev_pickle *m, uint32_t width)
{
    const uint8_t *p = take(m, width);
    uint64_t index;

    if (p == NULL) {
        return NEV_ERR_TRUNCATED;
    }
    index = load_le(p, width);
    if (index >= m->memo_len || m->memo[index] == NEV_PICKLE_NIL ||
        m->value[m->memo[index]].type == NEV_PICKLE_MARK) {
        return stop_with(m, NEV_ERR_FORMAT, "the pickle reads a memo that was never written");
    }
    return push_index(m, m->memo[index]);
}

/* The top n values become one tuple. */
static enum nev_status make_tuple(struct nev_pickle *m, uint32_t n)
{
    uint32_t first = m->item_len;

    if (n > m->stack_len || n > m->bytes - m->item_len) {
        return malformed(m);
    }
    m->stack_len -= n;
    memcpy(m->item + first, m->stack + m->stack_len, n * sizeof m->item[0]);
    m->item_len += n;
    return push(m, NEV_PICKLE_TUPLE, n, first);
}

static enum nev_status op_tuple_of(struct nev_pickle *m, uint32_t n)
{
    uint32_t i;

    for (i = 0; i < n && i < m->stack_len; i++) {
        if (m->value[m->stack[m->stack_len - 1 - i]].type == NEV_PICKLE_MARK) {
            return malformed(m);
        }
    }
    return make_tuple(m, n);
}

static enum nev_status op_tuple(struct nev_pickle *m, uint32_t arg)
{
    uint32_t n = above_mark(m);

    (void)arg;
    if (n == NEV_PICKLE_NIL) {
        return malformed(m);
    }
    /* The mark goes, what stood above it moves down by one. */
    memmove(m->stack + (m->stack_len - n - 1), m->stack + (m->stack_len - n), n * sizeof m->stack[0]);
    m->stack_len--;
    return make_tuple(m, n);
}

static enum nev_status append_cell(struct nev_pickle *m, struct nev_pickle_value *list, uint32_t key,
                                   uint32_t value)
{
    if (m->cell_len == m->bytes) {
        return malformed(m);
    }
    m->cell[m->cell_len] = (struct nev_pickle_cell){key, value, NEV_PICKLE_NIL};
    if (list->a == NEV_PICKLE_NIL) {
        list->a = m->cell_len;
    } else {
        m->cell[list->n].next = m->cell_len;
    }
    list->n = m->cell_len++;
    return NEV_OK;
}

/* Puts the top n values, in pairs for a dict, into the list or dict below them. */
static enum nev_status fill(struct nev_pickle *m, uint32_t n, uint32_t skip_mark, enum nev_pickle_type type)
{
    uint32_t step = type == NEV_PICKLE_DICT ? 2 : 1, i;
    struct nev_pickle_value *list;
    const uint32_t *top;

    if (n % step != 0 || m->stack_len < n + skip_mark + 1) {
        return malformed(m);
    }
    top = m->stack + (m->stack_len - n);
    list = &m->value[m->stack[m->stack_len - n - skip_mark - 1]];
    if (list->type != (uint32_t)type) {
        return malformed(m);
    }
    for (i = 0; i < n; i += step) {
        enum nev_status s = append_cell(m, list, top[i], top[i + step - 1]);

        if (s != NEV_OK) {
            return s;
        }
    }
    m->stack_len -= n + skip_mark;
    return NEV_OK;
}

static enum nev_status op_fill_one(struct nev_pickle *m, uint32_t type)
{
    return fill(m, type == NEV_PICKLE_DICT ? 2 : 1, 0, (enum nev_pickle_type)type);
}

static enum nev_status op_fill_many(struct nev_pickle *m, uint32_t type)
{
    uint32_t n = above_mark(m);

    return n == NEV_PICKLE_NIL ? malformed(m) : fill(m, n, 1, (enum nev_pickle_type)type);
}

/* Names: on the list or the end. */
static enum nev_status name_global(struct nev_pickle *m, struct nev_slice module, struct nev_slice name,
                                   uint32_t at)
{
    char full[NEV_ERROR_NAME_LEN];
    size_t n = 0, i;

    for (i = 0; i < ALLOWED_LEN; i++) {
        if (nev_slice_is(module, allowed[i].module) && nev_slice_is(name, allowed[i].name)) {
            return push(m, NEV_PICKLE_GLOBAL, (uint32_t)i, m->offset + at);
        }
    }
    for (i = 0; i < module.len && n < sizeof full - 1; i++) {
        full[n++] = module.text[i];
    }
    for (i = 0; i <= name.len && n < sizeof full - 1; i++) {
        full[n++] = i == 0 ? '.' : name.text[i - 1];
    }
    return nev_fail_slice(m->err, NEV_ERR_FORBIDDEN, m->offset + at, (struct nev_slice){full, n},
                          "the pickle names something outside a state_dict; nothing was executed. If you "
                          "trust the file, load it in PyTorch and save model.state_dict()");
}

static bool take_line(struct nev_pickle *m, struct nev_slice *line)
{
    uint32_t from = m->at;

    while (m->at < m->bytes && m->p[m->at] != '\n') {
        m->at++;
    }
    *line = nev_slice_of(m->p + from, m->at - from);
    return m->at < m->bytes && m->p[m->at++] == '\n';
}

static enum nev_status op_global(struct nev_pickle *m, uint32_t arg)
{
    struct nev_slice module, name;
    uint32_t at = m->at - 1;

    (void)arg;
    if (!take_line(m, &module) || !take_line(m, &name)) {
        return stop_with(m, NEV_ERR_TRUNCATED, "the pickle ends inside an operation");
    }
    return name_global(m, module, name, at);
}

static enum nev_status op_stack_global(struct nev_pickle *m, uint32_t arg)
{
    const struct nev_pickle_value *name = pop(m), *module = pop(m);

    (void)arg;
    if (name == NULL || module == NULL || name->type != NEV_PICKLE_STRING ||
        module->type != NEV_PICKLE_STRING) {
        return malformed(m);
    }
    return name_global(m, nev_pickle_text(m, module), nev_pickle_text(m, name), m->at - 1);
}

/* "Calls": records of what was called with what. */
static enum nev_status op_reduce(struct nev_pickle *m, uint32_t arg)
{
    const struct nev_pickle_value *args = pop(m), *callee = pop(m), *first;
    uint64_t at = m->offset + m->at - 1;

    (void)arg;
    if (args == NULL || callee == NULL || args->type != NEV_PICKLE_TUPLE) {
        return malformed(m);
    }
    if (callee->type != NEV_PICKLE_GLOBAL || allowed[callee->a].role == ROLE_STORAGE) {
        return nev_fail(m->err, NEV_ERR_FORBIDDEN, at, "REDUCE",
                        "the pickle calls what is no known function; nothing was executed");
    }
    first = nev_pickle_item(m, args, 0);
    switch (allowed[callee->a].role) {
    case ROLE_DICT:
        return args->a == 0 ? push(m, NEV_PICKLE_DICT, NEV_PICKLE_NIL, 0)
                            : stop_with(m, NEV_ERR_UNSUPPORTED,
                                        "an OrderedDict is built from a list; save it with a newer PyTorch");
    case ROLE_PARAMETER:
        return first != NULL && first->type == NEV_PICKLE_TENSOR ? push(m, NEV_PICKLE_TENSOR, first->a, at)
                                                                 : malformed(m);
    default:
        return push(m, NEV_PICKLE_TENSOR, (uint32_t)(args - m->value), at);
    }
}

/* Attributes of a dict (PyTorch's _metadata) are dropped; nothing else may have any. */
static enum nev_status op_build(struct nev_pickle *m, uint32_t arg)
{
    const struct nev_pickle_value *state = pop(m);

    (void)arg;
    if (state == NULL || m->stack_len == 0) {
        return malformed(m);
    }
    if (m->value[m->stack[m->stack_len - 1]].type != NEV_PICKLE_DICT) {
        return nev_fail(m->err, NEV_ERR_FORBIDDEN, m->offset + m->at - 1, "BUILD",
                        "the pickle sets an object's attributes; nothing was executed");
    }
    return NEV_OK;
}

static enum nev_status op_persistent(struct nev_pickle *m, uint32_t arg)
{
    const struct nev_pickle_value *id = pop(m), *key, *len;

    (void)arg;
    if (id == NULL || id->type != NEV_PICKLE_TUPLE || id->a < 5 ||
        !nev_slice_is(nev_pickle_text(m, nev_pickle_item(m, id, 0)), "storage") ||
        nev_pickle_dtype(nev_pickle_item(m, id, 1)) == NEV_DTYPE_NONE) {
        return stop_with(m, NEV_ERR_FORMAT, "the pickle refers to something that is no tensor storage");
    }
    key = nev_pickle_item(m, id, 2);
    len = nev_pickle_item(m, id, 4);
    if (key->type != NEV_PICKLE_STRING || len->type != NEV_PICKLE_INT) {
        return malformed(m);
    }
    return push(m, NEV_PICKLE_STORAGE, (uint32_t)(id - m->value), 0);
}

static enum nev_status op_stop(struct nev_pickle *m, uint32_t arg)
{
    (void)arg;
    m->is_stopped = true;
    return NEV_OK;
}

static const struct {
    uint8_t code;
    handler *run;
    uint32_t arg;
} ops[] = {
    {0x80, op_proto, 0},
    {0x95, op_skip, 8}, /* FRAME */
    {'N', op_push, NEV_PICKLE_NONE},
    {'(', op_push, NEV_PICKLE_MARK},
    {'}', op_push, NEV_PICKLE_DICT},
    {']', op_push, NEV_PICKLE_LIST},
    {0x88, op_true, 1},
    {0x89, op_true, 0},
    {'K', op_int, 1},
    {'M', op_int, 2},
    {'J', op_int, 4},
    {0x8a, op_long1, 0},
    {'G', op_float, 0},
    {0x8c, op_string, 1}, /* SHORT_BINUNICODE, BINUNICODE, BINUNICODE8 */
    {'X', op_string, 4},
    {0x8d, op_string, 8},
    {'U', op_string, 1}, /* SHORT_BINSTRING, BINSTRING: Python 2's text */
    {'T', op_string, 4},
    {'q', op_put, 1},
    {'r', op_put, 4},
    {0x94, op_memoize, 0},
    {'h', op_get, 1},
    {'j', op_get, 4},
    {')', op_tuple_of, 0},
    {0x85, op_tuple_of, 1},
    {0x86, op_tuple_of, 2},
    {0x87, op_tuple_of, 3},
    {'t', op_tuple, 0},
    {'a', op_fill_one, NEV_PICKLE_LIST},
    {'e', op_fill_many, NEV_PICKLE_LIST},
    {'s', op_fill_one, NEV_PICKLE_DICT},
    {'u', op_fill_many, NEV_PICKLE_DICT},
    {'c', op_global, 0},
    {0x93, op_stack_global, 0},
    {'R', op_reduce, 0},
    {'b', op_build, 0},
    {'Q', op_persistent, 0},
    {'.', op_stop, 0},
};

static enum nev_status step(struct nev_pickle *m)
{
    static const char digits[] = "0123456789abcdef";
    char name[] = "opcode 0x00";
    const uint8_t *code = take(m, 1);
    size_t i;

    if (code == NULL) {
        return NEV_ERR_TRUNCATED;
    }
    for (i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        if (ops[i].code == *code) {
            return ops[i].run(m, ops[i].arg);
        }
    }
    name[9] = digits[*code >> 4];
    name[10] = digits[*code & 15];
    return nev_fail(m->err, NEV_ERR_FORBIDDEN, m->offset + m->at - 1, name,
                    "the pickle uses an operation that a state_dict does not need; nothing was executed");
}

size_t nev_pickle_arena_bytes(size_t bytes)
{
    /* Bounds: bytes <= NEV_PICKLE_BYTES_MAX; 8 for each array's alignment. */
    return bytes * (sizeof(struct nev_pickle_value) + sizeof(struct nev_pickle_cell) + 3 * sizeof(uint32_t)) +
           (size_t)5 * 8;
}

enum nev_status nev_pickle_run(struct nev_pickle *m, const uint8_t *p, size_t bytes, uint64_t offset,
                               struct nev_arena *arena, uint32_t *root, struct nev_error *err)
{
    memset(m, 0, sizeof *m);
    m->p = p;
    m->offset = offset;
    m->err = err;
    if (bytes == 0 || bytes > NEV_PICKLE_BYTES_MAX) {
        return stop_with(m, NEV_ERR_LIMIT, "the pickle is empty or larger than 4 MiB");
    }
    m->bytes = (uint32_t)bytes;
    m->value = nev_arena_take_array(arena, bytes, sizeof m->value[0], 8);
    m->cell = nev_arena_take_array(arena, bytes, sizeof m->cell[0], 8);
    m->stack = nev_arena_take_array(arena, bytes, sizeof m->stack[0], 8);
    m->memo = nev_arena_take_array(arena, bytes, sizeof m->memo[0], 8);
    m->item = nev_arena_take_array(arena, bytes, sizeof m->item[0], 8);
    if (m->value == NULL || m->cell == NULL || m->stack == NULL || m->memo == NULL || m->item == NULL) {
        return stop_with(m, NEV_ERR_MEMORY, "the arena is smaller than the size query said");
    }
    while (!m->is_stopped) {
        enum nev_status s = step(m);

        if (s != NEV_OK) {
            return s;
        }
    }
    if (m->stack_len != 1 || m->value[m->stack[0]].type == NEV_PICKLE_MARK) {
        return malformed(m);
    }
    *root = m->stack[0];
    return NEV_OK;
}

const struct nev_pickle_value *nev_pickle_item(const struct nev_pickle *m,
                                               const struct nev_pickle_value *tuple, uint32_t i)
{
    if (tuple == NULL || tuple->type != NEV_PICKLE_TUPLE || i >= tuple->a) {
        return NULL;
    }
    return &m->value[m->item[tuple->n + i]];
}

struct nev_slice nev_pickle_text(const struct nev_pickle *m, const struct nev_pickle_value *v)
{
    if (v == NULL || v->type != NEV_PICKLE_STRING) {
        return (struct nev_slice){"", 0};
    }
    return nev_slice_of(m->p + (v->n - m->offset), v->a);
}

enum nev_dtype nev_pickle_dtype(const struct nev_pickle_value *v)
{
    return v != NULL && v->type == NEV_PICKLE_GLOBAL ? allowed[v->a].dtype : NEV_DTYPE_NONE;
}
