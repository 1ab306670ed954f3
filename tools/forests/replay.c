/* SPDX-License-Identifier: MIT */
/* A JSON explanation held against the forest: what it says is collected first, then compared. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "forest/key.h"
#include "tools/base/memory.h"
#include "tools/base/report.h"
#include "tools/forests/explanation.h"
#include "tools/text/json_read.h"

/* A contribution as stated. */
struct part {
    uint32_t feature, steps;
    float value;
    int64_t units;
};

/* All that an explanation states; the arrays have the most that one of this forest can need. */
struct claim {
    char forest[NEV_JSON_TEXT_LEN];
    uint32_t trees, class_id;
    char (*class_name)[NEV_JSON_TEXT_LEN]; /* [classes] */
    uint32_t *votes;                       /* [classes] */
    size_t classes;
    int64_t bias, sum;
    double probability;
    struct part *part; /* [features] */
    size_t parts;
    struct nev_forest_path *path; /* [trees] */
    size_t paths;
    struct nev_forest_step *step; /* [steps_max] */
    size_t steps, steps_max;
    uint64_t seen; /* bit i: member i of `member` stood there */
};

/* Everything that a replay works with. */
struct replay {
    const struct nev_forest *f;
    const char *name;
    struct claim claim;
    float *x; /* [features] the values stated, NaN where there is none */
    void *memory;
    struct nev_forest_explanation e;
};

static const char *const member[] = {"kind",          "version",    "forest",    "trees",
                                     "class",         "bias_units", "sum_units", "probability",
                                     "contributions", "paths",      "classes",   "unit"};
#define MEMBERS (sizeof member / sizeof member[0])

static void read_part(struct nev_json_source *j, struct part *p)
{
    char key[NEV_JSON_TEXT_LEN];
    size_t len = 0;

    memset(p, 0, sizeof *p);
    nev_json_enter(j, '{');
    while (nev_json_more(j, '{', &len) && nev_json_key(j, key)) {
        if (strcmp(key, "feature") == 0) {
            nev_json_read_uint(j, &p->feature);
        } else if (strcmp(key, "value") == 0) {
            nev_json_read_f32(j, &p->value);
        } else if (strcmp(key, "units") == 0) {
            nev_json_read_int(j, &p->units);
        } else if (strcmp(key, "steps") == 0) {
            nev_json_read_uint(j, &p->steps);
        } else {
            nev_json_skip(j);
        }
    }
}

static void read_goes(struct nev_json_source *j, bool *is_right)
{
    char text[NEV_JSON_TEXT_LEN];

    nev_json_read_text(j, text);
    *is_right = strcmp(text, "right") == 0;
    if (!*is_right && strcmp(text, "left") != 0) {
        nev_json_fail_here(j, "goes", "a row goes left or right");
    }
}

static void read_step(struct nev_json_source *j, struct nev_forest_step *s)
{
    char key[NEV_JSON_TEXT_LEN];
    size_t len = 0;

    memset(s, 0, sizeof *s);
    nev_json_enter(j, '{');
    while (nev_json_more(j, '{', &len) && nev_json_key(j, key)) {
        if (strcmp(key, "node") == 0) {
            nev_json_read_uint(j, &s->node);
        } else if (strcmp(key, "feature") == 0) {
            nev_json_read_uint(j, &s->feature);
        } else if (strcmp(key, "threshold") == 0) {
            nev_json_read_f32(j, &s->threshold);
        } else if (strcmp(key, "value") == 0) {
            nev_json_read_f32(j, &s->value);
        } else if (strcmp(key, "goes") == 0) {
            read_goes(j, &s->is_right);
        } else if (strcmp(key, "to") == 0) {
            nev_json_read_uint(j, &s->next);
        } else if (strcmp(key, "units") == 0) {
            nev_json_read_int(j, &s->change);
        } else {
            nev_json_skip(j);
        }
    }
}

static void read_steps(struct nev_json_source *j, struct claim *c, struct nev_forest_path *p)
{
    size_t len = 0;

    p->first_step = c->steps;
    nev_json_enter(j, '[');
    while (nev_json_more(j, '[', &len)) {
        if (c->steps == c->steps_max) {
            nev_json_fail_here(j, "steps", "more steps than the forest's trees are deep");
            return;
        }
        read_step(j, &c->step[c->steps++]);
        p->step_len++;
    }
}

static void read_path(struct nev_json_source *j, struct claim *c, struct nev_forest_path *p)
{
    char key[NEV_JSON_TEXT_LEN];
    size_t len = 0;
    bool has_steps = false;

    memset(p, 0, sizeof *p);
    nev_json_enter(j, '{');
    while (nev_json_more(j, '{', &len) && nev_json_key(j, key)) {
        if (strcmp(key, "tree") == 0) {
            nev_json_read_uint(j, &p->tree);
        } else if (strcmp(key, "leaf") == 0) {
            nev_json_read_uint(j, &p->leaf);
        } else if (strcmp(key, "vote") == 0) {
            nev_json_read_uint(j, &p->vote);
        } else if (strcmp(key, "root_units") == 0) {
            nev_json_read_int(j, &p->root_value);
        } else if (strcmp(key, "leaf_units") == 0) {
            nev_json_read_int(j, &p->leaf_value);
        } else if (strcmp(key, "steps") == 0) {
            if (has_steps) {
                nev_json_fail_here(j, "steps", "this member stands here twice");
            }
            has_steps = true;
            read_steps(j, c, p);
        } else {
            nev_json_skip(j);
        }
    }
}

static void read_parts(struct nev_json_source *j, const struct nev_forest *f, struct claim *c)
{
    size_t len = 0;

    nev_json_enter(j, '[');
    while (nev_json_more(j, '[', &len)) {
        if (c->parts == f->features) {
            nev_json_fail_here(j, "contributions", "more contributions than the forest has features");
            return;
        }
        read_part(j, &c->part[c->parts++]);
    }
}

static void read_paths(struct nev_json_source *j, const struct nev_forest *f, struct claim *c)
{
    size_t len = 0;

    nev_json_enter(j, '[');
    while (nev_json_more(j, '[', &len)) {
        if (c->paths == f->params.trees) {
            nev_json_fail_here(j, "paths", "more paths than the forest has trees");
            return;
        }
        read_path(j, c, &c->path[c->paths++]);
    }
}

static void read_classes(struct nev_json_source *j, const struct nev_forest *f, struct claim *c)
{
    char key[NEV_JSON_TEXT_LEN];
    size_t len = 0, members;

    nev_json_enter(j, '[');
    while (nev_json_more(j, '[', &len)) {
        if (c->classes == f->classes) {
            nev_json_fail_here(j, "classes", "more classes than the forest has");
            return;
        }
        members = 0;
        c->class_name[c->classes][0] = '\0';
        c->votes[c->classes] = 0;
        nev_json_enter(j, '{');
        while (nev_json_more(j, '{', &members) && nev_json_key(j, key)) {
            if (strcmp(key, "name") == 0) {
                nev_json_read_text(j, c->class_name[c->classes]);
            } else if (strcmp(key, "votes") == 0) {
                nev_json_read_uint(j, &c->votes[c->classes]);
            } else {
                nev_json_skip(j);
            }
        }
        c->classes++;
    }
}

static void read_kind(struct nev_json_source *j)
{
    char text[NEV_JSON_TEXT_LEN];

    if (nev_json_read_text(j, text) && strcmp(text, NEV_EXPLANATION_KIND) != 0) {
        nev_json_fail_here(j, "kind", "this is not what nevus forest explain --json writes");
    }
}

static void read_version(struct nev_json_source *j)
{
    uint32_t version;

    if (nev_json_read_uint(j, &version) && version != NEV_EXPLANATION_VERSION) {
        nev_json_fail_here(j, "version", "the explanation's version is not 1");
        j->err.status = NEV_ERR_VERSION;
    }
}

static void read_unit(struct nev_json_source *j)
{
    char text[NEV_JSON_TEXT_LEN];

    if (nev_json_read_text(j, text) && strcmp(text, NEV_EXPLANATION_UNIT) != 0) {
        nev_json_fail_here(j, "unit", "contributions are stated in units of " NEV_EXPLANATION_UNIT);
    }
}

static void read_member(struct nev_json_source *j, const struct nev_forest *f, struct claim *c, size_t which)
{
    switch (which) {
    case 0:
        read_kind(j);
        break;
    case 1:
        read_version(j);
        break;
    case 2:
        nev_json_read_text(j, c->forest);
        break;
    case 3:
        nev_json_read_uint(j, &c->trees);
        break;
    case 4:
        nev_json_read_uint(j, &c->class_id);
        break;
    case 5:
        nev_json_read_int(j, &c->bias);
        break;
    case 6:
        nev_json_read_int(j, &c->sum);
        break;
    case 7:
        nev_json_read_f64(j, &c->probability);
        break;
    case 8:
        read_parts(j, f, c);
        break;
    case 9:
        read_paths(j, f, c);
        break;
    case 10:
        read_classes(j, f, c);
        break;
    case 11:
        read_unit(j);
        break;
    default:
        nev_json_skip(j);
    }
}

static enum nev_exit read_claim(struct replay *r, const struct nev_file *json)
{
    char key[NEV_JSON_TEXT_LEN];
    struct nev_json_source j;
    size_t len = 0, which;

    nev_json_open(&j, json->data, json->bytes);
    nev_json_enter(&j, '{');
    while (nev_json_more(&j, '{', &len) && nev_json_key(&j, key)) {
        for (which = 0; which < MEMBERS && strcmp(key, member[which]) != 0; which++) {
        }
        if ((r->claim.seen >> which & 1) != 0 && which < MEMBERS) {
            nev_json_fail_here(&j, key, "this member stands here twice");
        }
        r->claim.seen |= (uint64_t)1 << which;
        read_member(&j, r->f, &r->claim, which);
    }
    for (which = 0; which < MEMBERS; which++) {
        if ((r->claim.seen >> which & 1) == 0) {
            nev_json_fail_here(&j, member[which], "this member is missing");
        }
    }
    return nev_json_close(&j) ? NEV_EXIT_OK : nev_report(r->name, &j.err);
}

static enum nev_exit wrong(const struct replay *r, const char *what)
{
    return nev_report_text(NEV_EXIT_FORMAT, r->name, "%s", what);
}

static enum nev_exit wrong_step(const struct replay *r, size_t path, size_t step, const char *what)
{
    return nev_report_text(NEV_EXIT_FORMAT, r->name, "path %zu, step %zu: %s", path, step, what);
}

/* The same value as far as a forest can tell: both zeros are one. */
static bool is_same(float a, float b)
{
    return !nev_key_is_nan(a) && !nev_key_is_nan(b) && nev_key_from_f32(a) == nev_key_from_f32(b);
}

/* Is it about this forest, and whole? */
static enum nev_exit check_head(const struct replay *r)
{
    const struct claim *c = &r->claim;
    char hex[NEV_SHA256_HEX_BYTES];

    nev_sha256_hex(r->f->file_sha256, hex);
    if (strcmp(hex, c->forest) != 0) {
        return nev_report_text(NEV_EXIT_MISFIT, r->name, "the explanation is of another forest, %.64s",
                               c->forest);
    }
    if (c->trees != r->f->params.trees || c->paths != c->trees) {
        return wrong(r, "there is not one path for each of the forest's trees");
    }
    if (c->class_id >= r->f->classes) {
        return wrong(r, "the forest has no class of that number");
    }
    return NEV_EXIT_OK;
}

/* The row, as far as the paths state it. */
static enum nev_exit gather(struct replay *r)
{
    const struct claim *c = &r->claim;
    size_t k, i;
    uint32_t n;

    for (n = 0; n < r->f->features; n++) {
        r->x[n] = nev_f32_from_bits(0x7FC00000u);
    }
    for (k = 0; k < c->paths; k++) {
        for (i = 0; i < c->path[k].step_len; i++) {
            const struct nev_forest_step *s = c->step + c->path[k].first_step + i;

            if (s->feature >= r->f->features) {
                return wrong_step(r, k, i, "the forest has no such feature");
            }
            if (!nev_key_is_nan(r->x[s->feature]) && !is_same(r->x[s->feature], s->value)) {
                return wrong_step(r, k, i, "the feature has another value than in a step before");
            }
            r->x[s->feature] = s->value;
        }
    }
    return NEV_EXIT_OK;
}

static const char *step_fault(const struct nev_forest_step *said, const struct nev_forest_step *is)
{
    return said->node != is->node                     ? "the row is not at this node"
           : said->feature != is->feature             ? "the node asks for another feature"
           : !is_same(said->threshold, is->threshold) ? "the node has another threshold"
           : said->is_right != is->is_right           ? "the row goes the other way"
           : said->next != is->next                   ? "the child has another number"
           : said->change != is->change               ? "the contribution is another"
                                                      : NULL;
}

static enum nev_exit check_paths(const struct replay *r)
{
    size_t k, i;

    for (k = 0; k < r->claim.paths; k++) {
        const struct nev_forest_path *said = r->claim.path + k, *is = r->e.path + k;

        for (i = 0; i < said->step_len && i < is->step_len; i++) {
            const char *what =
                step_fault(r->claim.step + said->first_step + i, r->e.step + is->first_step + i);

            if (what != NULL) {
                return wrong_step(r, k, i, what);
            }
        }
        if (said->step_len != is->step_len || said->tree != is->tree || said->leaf != is->leaf ||
            said->vote != is->vote || said->root_value != is->root_value ||
            said->leaf_value != is->leaf_value) {
            return wrong_step(r, k, i, "the path's number, length, leaf, vote or values are others");
        }
    }
    return NEV_EXIT_OK;
}

/* The classes' names and votes. */
static enum nev_exit check_classes(const struct replay *r)
{
    const struct claim *c = &r->claim;
    uint32_t k, id;

    for (k = 0; k < r->f->params.trees && c->classes == r->f->classes; k++) {
        c->votes[r->e.path[k].vote]--;
    }
    for (id = 0; id < c->classes; id++) {
        if (c->votes[id] != 0 || strcmp(c->class_name[id], nev_forest_class_name(r->f, id)) != 0) {
            break;
        }
    }
    return c->classes == r->f->classes && id == c->classes
               ? NEV_EXIT_OK
               : wrong(r, "the classes or their votes are others");
}

/* The greatest contribution first; of equal ones the lower feature. Those given are true ones: no size overflows. */
static bool is_in_order(const struct part *a, const struct part *b)
{
    int64_t left = a->units < 0 ? -a->units : a->units, right = b->units < 0 ? -b->units : b->units;

    return left != right ? left > right : a->feature < b->feature;
}

/* Contributions: those of the paths, each once, and what they sum to. Bounds: units are compared before they are added,
 * and the true ones sum to less than 2^49. */
static enum nev_exit check_sum(const struct replay *r)
{
    const struct claim *c = &r->claim;
    int64_t sum = c->bias;
    uint32_t used = 0, i;
    size_t k;

    for (i = 0; i < r->f->features; i++) {
        used += r->e.used[i] > 0;
    }
    for (k = 0; k < c->parts; k++) {
        const struct part *p = c->part + k;

        if (p->feature >= r->f->features || p->steps == 0 || p->steps != r->e.used[p->feature] ||
            p->units != r->e.contribution[p->feature] || !is_same(p->value, r->x[p->feature])) {
            return nev_report_text(NEV_EXIT_FORMAT, r->name,
                                   "the contribution of feature %" PRIu32 " is not what its steps sum to",
                                   p->feature);
        }
        r->x[p->feature] = nev_f32_from_bits(0x7FC00000u); /* once only */
        sum += p->units;
        if (k > 0 && !is_in_order(p - 1, p)) {
            return nev_report_text(NEV_EXIT_FORMAT, r->name,
                                   "the contribution of feature %" PRIu32
                                   " stands after a lesser one, or after an equal one of a later feature",
                                   p->feature);
        }
    }
    if (c->parts != used) {
        return wrong(r, "there is not one contribution for each feature on the paths");
    }
    if (c->bias != r->e.bias || c->sum != r->e.sum || sum != c->sum) {
        return wrong(r, "bias, contributions and sum do not agree");
    }
    return c->probability == r->e.probability ? NEV_EXIT_OK : wrong(r, "the probability is not the sum's");
}

static enum nev_exit replay(struct replay *r, const struct nev_file *json)
{
    size_t bytes = nev_forest_explain_bytes(r->f);
    struct nev_error err;
    enum nev_exit code = read_claim(r, json);

    if (code != NEV_EXIT_OK || (code = check_head(r)) != NEV_EXIT_OK || (code = gather(r)) != NEV_EXIT_OK) {
        return code;
    }
    if (nev_forest_explain(r->f, r->x, r->claim.class_id, r->memory, bytes, &r->e, &err) != NEV_OK) {
        return nev_report_text(NEV_EXIT_FORMAT, r->name,
                               "feature %" PRId64 " is asked for on a path, but no step states its value",
                               err.col);
    }
    if ((code = check_paths(r)) != NEV_EXIT_OK || (code = check_classes(r)) != NEV_EXIT_OK) {
        return code;
    }
    return check_sum(r);
}

/* Room for all that an explanation of this forest can state; false if there is none. */
static bool take(struct replay *r)
{
    uint64_t steps = nev_forest_explain_steps(r->f);
    struct claim *c = &r->claim;

    c->steps_max = steps > SIZE_MAX ? SIZE_MAX : (size_t)steps;
    c->part = nev_memory_take(r->f->features, sizeof *c->part);
    c->path = nev_memory_take(r->f->params.trees, sizeof *c->path);
    c->step = nev_memory_take(c->steps_max, sizeof *c->step);
    c->class_name = nev_memory_take(r->f->classes, sizeof *c->class_name);
    c->votes = nev_memory_take(r->f->classes, sizeof *c->votes);
    r->x = nev_memory_take(r->f->features, sizeof *r->x);
    r->memory = nev_memory_take(nev_forest_explain_bytes(r->f), 1);
    return c->part != NULL && c->path != NULL && c->step != NULL && c->class_name != NULL &&
           c->votes != NULL && r->x != NULL && r->memory != NULL;
}

static void give(struct replay *r)
{
    nev_memory_give(r->claim.part);
    nev_memory_give(r->claim.path);
    nev_memory_give(r->claim.step);
    nev_memory_give(r->claim.class_name);
    nev_memory_give(r->claim.votes);
    nev_memory_give(r->x);
    nev_memory_give(r->memory);
}

enum nev_exit nev_explanation_replay(const struct nev_forest *f, const struct nev_file *json,
                                     const char *name, struct nev_replayed *out)
{
    struct replay r;
    enum nev_exit code;

    memset(&r, 0, sizeof r);
    memset(out, 0, sizeof *out);
    r.f = f;
    r.name = name;
    code = take(&r) ? replay(&r, json) : nev_report_memory("the replay");
    if (code == NEV_EXIT_OK) {
        out->class_id = r.e.class_id;
        out->paths = r.claim.paths;
        out->steps = r.claim.steps;
        out->features = r.claim.parts;
        out->bias = r.e.bias;
        out->sum = r.e.sum;
        out->probability = r.e.probability;
    }
    give(&r);
    return code;
}
