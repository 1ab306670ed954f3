/* SPDX-License-Identifier: MIT */
#include "weights/import/pickle.h"

#include "tests/fuzz/fuzz.h"

/* Every value refers to what the machine has made, so that whoever walks over them stays inside. */
static void check_value(const struct nev_pickle *m, const struct nev_pickle_value *v)
{
    uint32_t cell, i, steps = 0;

    switch (v->type) {
    case NEV_PICKLE_STRING:
        FUZZ_CHECK(v->n <= m->bytes && v->a <= m->bytes - v->n);
        FUZZ_CHECK(nev_pickle_text(m, v).len == v->a);
        break;
    case NEV_PICKLE_TUPLE:
        FUZZ_CHECK(v->n <= m->item_len && v->a <= m->item_len - v->n);
        for (i = 0; i < v->a; i++) {
            FUZZ_CHECK(m->item[v->n + i] < m->value_len && nev_pickle_item(m, v, i) != NULL);
        }
        FUZZ_CHECK(nev_pickle_item(m, v, v->a) == NULL);
        break;
    case NEV_PICKLE_LIST:
    case NEV_PICKLE_DICT:
        for (cell = v->a; cell != NEV_PICKLE_NIL; cell = m->cell[cell].next, steps++) {
            FUZZ_CHECK(cell < m->cell_len && steps <= m->cell_len);
            FUZZ_CHECK(m->cell[cell].value < m->value_len);
            FUZZ_CHECK(v->type == NEV_PICKLE_LIST || m->cell[cell].key < m->value_len);
        }
        break;
    case NEV_PICKLE_STORAGE:
    case NEV_PICKLE_TENSOR:
        FUZZ_CHECK(v->a < m->value_len && m->value[v->a].type == NEV_PICKLE_TUPLE);
        break;
    default:
        FUZZ_CHECK(v->type <= NEV_PICKLE_TENSOR);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    size_t need = nev_pickle_arena_bytes(bytes);
    void *memory = fuzz_take(need, 0xA5);
    struct nev_error err = {0};
    struct nev_arena arena;
    struct nev_pickle m;
    enum nev_status s;
    uint32_t root, i;

    nev_arena_init(&arena, memory, need);
    s = nev_pickle_run(&m, data, bytes, 0, &arena, &root, &err);
    if (s != NEV_OK) {
        fuzz_check_error(s, &err, bytes);
    } else {
        FUZZ_CHECK(root < m.value_len && m.value_len <= bytes && m.cell_len <= bytes && m.item_len <= bytes);
        for (i = 0; i < m.value_len; i++) {
            check_value(&m, &m.value[i]);
        }
        nev_arena_init(&arena, memory, need - 41); /* 5 * 8 of it are for alignment */
        FUZZ_CHECK(nev_pickle_run(&m, data, bytes, 0, &arena, &root, &err) == NEV_ERR_MEMORY);
    }
    fuzz_give(memory, need);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t max, unsigned seed)
{
    return fuzz_mutate(data, bytes, max, seed, NULL);
}
