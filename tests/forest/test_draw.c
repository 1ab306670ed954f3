/* SPDX-License-Identifier: MIT */
#include "tests/forest/grow.h"

#include <stdio.h>

#include "forest/explain/draw.h"
#include "io/number.h"

struct store {
    char *text;
    size_t len, room;
};

static bool put(void *arg, const char *text, size_t bytes)
{
    struct store *s = arg;

    if (bytes > s->room - s->len) {
        return false;
    }
    memcpy(s->text + s->len, text, bytes);
    s->len += bytes;
    s->text[s->len] = '\0';
    return true;
}

/* Draws in exactly the memory asked for. */
static void draw(const struct nev_forest *f, struct nev_drawing what, struct store *s)
{
    size_t bytes = nev_forest_draw_bytes(f, &what);
    void *memory = malloc(bytes);
    struct nev_sink sink = {put, nev_number_write_f32, s};
    struct nev_error err;

    assert_true(bytes > 0);
    assert_non_null(memory);
    memset(memory, 0xA5, bytes);
    s->len = 0;
    assert_int_equal(nev_forest_draw(f, &what, memory, bytes, &sink, &err), NEV_OK);
    free(memory);
}

static void store_make(struct store *s)
{
    s->room = 1 << 22;
    s->text = malloc(s->room + 1);
    assert_non_null(s->text);
}

struct box {
    unsigned x, y, width, height;
};

/* The boxes of the nodes: the rectangles with round corners. Returns how many there are. */
static size_t boxes(const char *svg, struct box *box, size_t max)
{
    const char *at = svg;
    size_t len = 0;
    unsigned rx;

    while ((at = strstr(at, "<rect ")) != NULL) {
        assert_true(len < max);
        if (sscanf(at, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" rx=\"%u\"", &box[len].x,
                   &box[len].y, &box[len].width, &box[len].height, &rx) == 5) {
            len++;
        }
        at++;
    }
    return len;
}

static unsigned number_after(const char *text, const char *what)
{
    const char *at = strstr(text, what);
    unsigned n = 0;

    assert_non_null(at);
    assert_int_equal(sscanf(at + strlen(what), "%u", &n), 1);
    return n;
}

/* Sums the numbers that stand before each `what`. */
static unsigned sum_before(const char *text, const char *before, const char *what)
{
    unsigned sum = 0, n;

    while ((text = strstr(text, before)) != NULL) {
        text += strlen(before);
        if (sscanf(text, "%u", &n) == 1 &&
            strncmp(text + strspn(text, "0123456789"), what, strlen(what)) == 0) {
            sum += n;
        }
    }
    return sum;
}

/* Verifies: NEV-RF-095 (every node is drawn or counted in a dashed box; no two boxes overlap and none leaves the picture;
 * every parent stands above its children; the same bytes each time) */
static void test_layout(void **state)
{
    static struct box box[1100];
    struct nev_forest_job job;
    struct store s, again;
    struct table t;
    struct grown g;
    uint32_t depth, k;
    size_t i, j, len;

    (void)state;
    store_make(&s);
    store_make(&again);
    table_random(&t, 6, 900, 5, 3, 400);
    job = job_of(&t, 2, 7);
    grow(&g, &job);
    for (depth = 0; depth <= NEV_DRAW_DEPTH_MAX; depth++) {
        for (k = 0; k < 2; k++) {
            struct nev_forest_tree tree;
            unsigned wide, high;

            nev_forest_tree(&g.f, k, &tree);
            draw(&g.f, (struct nev_drawing){k, depth}, &s);
            draw(&g.f, (struct nev_drawing){k, depth}, &again);
            assert_string_equal(s.text, again.text);
            wide = number_after(s.text, " width=\"");
            high = number_after(s.text, " height=\"");
            len = boxes(s.text, box, 1100);
            assert_int_equal(len + sum_before(s.text, ">+ ", " nodes<"), tree.node_len - 1);
            assert_true(depth > 0 || len == 1);
            for (i = 0; i < len; i++) {
                assert_true(box[i].x + box[i].width <= wide && box[i].y + box[i].height <= high);
                for (j = i + 1; j < len; j++) {
                    assert_true(box[i].y + box[i].height < box[j].y || box[i].x + box[i].width < box[j].x ||
                                box[j].x + box[j].width < box[i].x);
                }
            }
            /* the bottom boxes hold all draws: leaves and dashed boxes */
            assert_non_null(strstr(s.text, "900 draws"));
        }
    }
    free(s.text);
    free(again.text);
    grown_free(&g);
    table_free(&t);
}

/* Counts how often `what` stands in a text. */
static unsigned times(const char *text, const char *what)
{
    unsigned n = 0;

    for (; (text = strstr(text, what)) != NULL; text++) {
        n++;
    }
    return n;
}

/* Verifies: NEV-RF-096 (names cannot break the markup; long ones are cut at a character; more classes than colours share
 * grey, and the legend says so) */
static void test_names(void **state)
{
    static const char *const name[] = {"<b>&\"'",
                                       "\xEF\xBF\xBF",
                                       "\xE6\xBC\xA2\xE6\xBC\xA2\xE6\xBC\xA2\xE6\xBC\xA2\xE6\xBC\xA2\xE6"
                                       "\xBC\xA2\xE6\xBC\xA2\xE6\xBC\xA2\xE6\xBC\xA2\xE6\xBC\xA2\xE6\xBC\xA2",
                                       "3",
                                       "4",
                                       "5",
                                       "6",
                                       "7",
                                       "8"};
    struct nev_forest_job job;
    struct store s;
    struct table t;
    struct grown g;

    (void)state;
    store_make(&s);
    table_random(&t, 6, 300, 3, 9, 50);
    job = job_of(&t, 1, 7);
    job.data.class_name = name;
    grow(&g, &job);
    draw(&g.f, (struct nev_drawing){0, 9}, &s);
    assert_null(strstr(s.text, "<b>"));
    assert_non_null(strstr(s.text, "&lt;b&gt;&amp;&quot;'"));
    assert_null(strstr(s.text, "\xEF\xBF\xBF"));
    /* five ideographs are ten columns of thirteen; the sixth would need twelve and leaves no room for the ellipsis */
    assert_non_null(strstr(s.text, "\xE6\xBC\xA2\xE2\x80\xA6</text>"));
    assert_non_null(strstr(s.text, ">2 other classes<"));
    assert_int_equal(times(s.text, "<g"), times(s.text, "</g>"));
    assert_int_equal(times(s.text, "<text "), times(s.text, "</text>"));
    assert_int_equal(times(s.text, "</svg>"), 1);
    free(s.text);
    grown_free(&g);
    table_free(&t);
}

/* Verifies: NEV-RF-095 (a tree that is a root; class weights are called so) */
static void test_small(void **state)
{
    struct nev_forest_job job;
    struct store s;
    struct table t;
    struct grown g;

    (void)state;
    store_make(&s);
    table_random(&t, 6, 40, 3, 2, 50);
    job = job_of(&t, 1, 7);
    job.params.min_samples_leaf = 40;
    job.params.class_weight = NEV_FOREST_WEIGHT_BALANCED;
    grow(&g, &job);
    draw(&g.f, (struct nev_drawing){0, 4}, &s);
    assert_non_null(strstr(s.text, ">1 node, depth 0; 1 shown."));
    assert_non_null(strstr(s.text, " by weight<"));
    assert_null(strstr(s.text, "<path"));
    free(s.text);
    grown_free(&g);
    table_free(&t);
}

/* Verifies: NEV-RF-097 (trees that are not there, depths out of range, a byte too little, a sink that refuses) */
static void test_refused(void **state)
{
    struct nev_drawing what = {0, 3};
    struct nev_forest_job job;
    struct nev_sink sink;
    struct nev_error err;
    struct store s;
    struct table t;
    struct grown g;
    size_t bytes, len, i;
    void *memory;

    (void)state;
    store_make(&s);
    sink = (struct nev_sink){put, nev_number_write_f32, &s};
    table_random(&t, 6, 100, 3, 2, 50);
    job = job_of(&t, 1, 7);
    grow(&g, &job);
    bytes = nev_forest_draw_bytes(&g.f, &what);
    memory = malloc(bytes);
    assert_non_null(memory);
    assert_int_equal(nev_forest_draw(&g.f, &what, memory, bytes - 1, &sink, &err), NEV_ERR_MEMORY);
    what.tree = 1;
    assert_int_equal(nev_forest_draw_bytes(&g.f, &what), 0);
    assert_int_equal(nev_forest_draw(&g.f, &what, memory, bytes, &sink, &err), NEV_ERR_ARGUMENT);
    what = (struct nev_drawing){0, NEV_DRAW_DEPTH_MAX + 1};
    assert_int_equal(nev_forest_draw(&g.f, &what, memory, bytes, &sink, &err), NEV_ERR_ARGUMENT);
    what.depth = 3;
    draw(&g.f, what, &s);
    len = s.len;
    for (i = 0; i < len; i += 37) {
        s.len = 0;
        s.room = i;
        assert_int_equal(nev_forest_draw(&g.f, &what, memory, bytes, &sink, &err), NEV_ERR_IO);
    }
    free(memory);
    free(s.text);
    grown_free(&g);
    table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
