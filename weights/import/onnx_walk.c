/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "nn/base/bytes.h"
#include "weights/import/onnx.h"

/* Where the walk is. */
struct walk {
    struct nev_onnx *g;
    struct nev_slice value;     /* the tensor that flows */
    struct nev_slice fork;      /* the value at the last fork, empty after its join */
    struct nev_onnx_node *side; /* the convolution on the shortcut, NULL for an identity */
    bool may_norm;              /* the last operation was a convolution */
    int64_t pad[4];             /* of a Pad node before the next convolution: top, left, bottom, right */
};

static enum nev_status refuse(const struct nev_onnx *g, const struct nev_onnx_node *n, const char *what)
{
    return nev_fail_slice(g->err, NEV_ERR_UNSUPPORTED, n->at, n->op, what);
}

/* Operations that hold no weights and keep the order of the layers. */
static bool is_passed(struct nev_slice op)
{
    static const char *const names[] = {
        "Relu",       "Clip",    "LeakyRelu", "MaxPool", "AveragePool", "GlobalAveragePool",
        "ReduceMean", "Flatten", "Reshape",   "Squeeze", "Unsqueeze",   "Identity",
        "Dropout",    "Cast",    "Transpose", "Softmax", "LogSoftmax"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (nev_slice_is(op, names[i])) {
            return true;
        }
    }
    return false;
}

static bool is_reader(const struct nev_onnx_node *n, struct nev_slice value)
{
    uint32_t i;

    for (i = 0; i < n->in_len; i++) {
        if (nev_slice_equal(n->in[i], value)) {
            return !n->is_done && !nev_slice_is(n->op, "Shape");
        }
    }
    return false;
}

/* The kernel's height; 0 if the weights are computed. */
static uint32_t kernel_of(const struct nev_onnx *g, const struct nev_onnx_node *n)
{
    const struct nev_source_tensor *w = n->in_len < 2 ? NULL : nev_onnx_constant(g, n->in[1]);

    return w == NULL ? 0 : w->dim[2];
}

/* Who reads a value; convolutions by the size of their kernel. */
struct readers {
    struct nev_onnx_node *conv, *side, *add, *other;
    uint32_t len;
};

static void add_reader(const struct nev_onnx *g, struct readers *r, struct nev_onnx_node *n)
{
    r->len++;
    if (nev_slice_is(n->op, "Add")) {
        r->add = n;
    } else if (!nev_slice_is(n->op, "Conv")) {
        r->other = n;
    } else if (r->conv == NULL || kernel_of(g, n) > kernel_of(g, r->conv)) {
        r->side = r->conv;
        r->conv = n;
    } else {
        r->side = n;
    }
}

/* The forks there are: convolution and addition; two convolutions; padding and addition. */
static bool is_known_fork(const struct readers *r)
{
    bool has_shortcut = (r->side != NULL) != (r->add != NULL);
    bool has_branch = (r->conv != NULL) != (r->other != NULL && nev_slice_is(r->other->op, "Pad"));

    return r->len == 2 && has_shortcut && has_branch;
}

/* The next node on the main branch (NULL: the end); a shortcut that begins here is noted in w. */
static enum nev_status choose(struct walk *w, struct nev_onnx_node **next)
{
    struct readers r = {NULL, NULL, NULL, NULL, 0};
    uint32_t i;

    for (i = 0; i < w->g->node_len; i++) {
        if (is_reader(&w->g->node[i], w->value)) {
            add_reader(w->g, &r, &w->g->node[i]);
        }
    }
    *next = r.conv != NULL ? r.conv : r.other != NULL ? r.other : r.add;
    if (r.len < 2) {
        return NEV_OK;
    }
    if (w->fork.len != 0 || !is_known_fork(&r)) {
        return refuse(w->g, *next, "the graph forks as none of the three networks does");
    }
    w->fork = w->value;
    w->side = r.side;
    return NEV_OK;
}

/* Two dimensions change places, as views do. */
static void transpose(struct nev_source_tensor *t)
{
    uint32_t dim = t->dim[0];
    uint64_t stride = t->stride[0];

    t->dim[0] = t->dim[1];
    t->stride[0] = t->stride[1];
    t->dim[1] = dim;
    t->stride[1] = stride;
}

static struct nev_source_tensor filled(float value)
{
    struct nev_source_tensor t;

    memset(&t, 0, sizeof t);
    t.dtype = NEV_DTYPE_FILL;
    t.fill = value;
    return t;
}

/* A new unit with the weights in[1] and the bias in[2], or zeros where there is none. */
static enum nev_status add_unit(struct nev_onnx *g, const struct nev_onnx_node *n,
                                struct nev_onnx_unit **unit)
{
    struct nev_onnx_unit *u = &g->unit[g->unit_len];
    const struct nev_source_tensor *weight = n->in_len < 2 ? NULL : nev_onnx_constant(g, n->in[1]);
    const struct nev_source_tensor *bias = n->in_len < 3 ? NULL : nev_onnx_constant(g, n->in[2]);

    if (weight == NULL || (n->in_len >= 3 && n->in[2].len != 0 && bias == NULL)) {
        return refuse(g, n, "a layer's weights are computed, not stored; export the model for inference");
    }
    memset(u, 0, sizeof *u);
    u->role[NEV_TENSOR_WEIGHT] = *weight;
    u->role[NEV_TENSOR_BIAS] = bias != NULL ? *bias : filled(0.0f);
    g->unit_len++;
    *unit = u;
    return NEV_OK;
}

/* pad: top, left, bottom, right. */
static bool is_padded(const int64_t pad[4], int64_t before, int64_t after)
{
    return pad[0] == before && pad[1] == before && pad[2] == after && pad[3] == after;
}

/* Notes whether a convolution pads as torchvision or as TensorFlow does. */
static enum nev_status note_padding(struct nev_onnx *g, const struct nev_onnx_node *n, const int64_t pad[4],
                                    int64_t stride, bool is_same_upper)
{
    int64_t k = kernel_of(g, n), half = (k - 1) / 2;
    bool is_even = is_padded(pad, half, half);
    /* TensorFlow's rule for an input whose side is a multiple of the stride: k - stride in all, the larger
     * half at the end. */
    int64_t total = k > stride ? k - stride : 0, before = total / 2;
    bool is_same = is_same_upper || is_padded(pad, before, total - before);

    if (k == 1 ? !is_even : !is_even && !is_same) {
        return refuse(g, n, "a convolution is padded as in none of the three networks");
    }
    if (stride == 2) {
        g->strided++;
        g->symmetric += k > 1 && !is_same;
        g->same += k > 1 && is_same;
    }
    return NEV_OK;
}

static enum nev_status check_ones(const struct nev_onnx *g, const struct nev_onnx_node *n, const char *name)
{
    struct nev_onnx_attribute a;
    enum nev_status s = nev_onnx_attribute_find(g, n, name, &a);
    uint32_t i;

    for (i = 0; s == NEV_OK && i < a.ints_len; i++) {
        if (a.ints[i] != 1) {
            return refuse(g, n, "a convolution is dilated");
        }
    }
    return s;
}

/* 1 or 2, the same both ways. */
static enum nev_status read_stride(const struct nev_onnx *g, const struct nev_onnx_node *n, int64_t *stride)
{
    struct nev_onnx_attribute a;
    enum nev_status s = nev_onnx_attribute_find(g, n, "strides", &a);

    *stride = a.ints_len == 2 ? a.ints[0] : 1;
    if (s == NEV_OK && ((a.is_present && a.ints_len != 2) || *stride < 1 || *stride > 2 ||
                        (a.ints_len == 2 && a.ints[1] != *stride))) {
        return refuse(g, n, "a convolution's stride is neither 1 nor 2");
    }
    return s;
}

/* The convolution's own padding on top of what a Pad node before it left in pad. */
static enum nev_status read_pads(const struct nev_onnx *g, const struct nev_onnx_node *n, int64_t pad[4])
{
    struct nev_onnx_attribute a;
    enum nev_status s = nev_onnx_attribute_find(g, n, "pads", &a);
    uint32_t i;

    if (s != NEV_OK) {
        return s;
    }
    if (a.is_present && a.ints_len != 4) {
        return refuse(g, n, "a convolution is not two-dimensional");
    }
    for (i = 0; i < a.ints_len; i++) {
        if (a.ints[i] < 0 || a.ints[i] > NEV_DIM_MAX) {
            return refuse(g, n, "a padding is negative or absurd");
        }
        pad[i] += a.ints[i];
    }
    return NEV_OK;
}

static enum nev_status do_conv(struct walk *w, const struct nev_onnx_node *n)
{
    struct nev_onnx_attribute mode;
    struct nev_onnx_unit *u;
    int64_t pad[4], stride;
    enum nev_status s;

    memcpy(pad, w->pad, sizeof pad);
    memset(w->pad, 0, sizeof w->pad);
    if ((s = add_unit(w->g, n, &u)) != NEV_OK || (s = check_ones(w->g, n, "dilations")) != NEV_OK ||
        (s = read_stride(w->g, n, &stride)) != NEV_OK || (s = read_pads(w->g, n, pad)) != NEV_OK ||
        (s = nev_onnx_attribute_find(w->g, n, "auto_pad", &mode)) != NEV_OK) {
        return s;
    }
    if (u->role[NEV_TENSOR_WEIGHT].ndim != 4 || nev_slice_is(mode.s, "SAME_LOWER")) {
        return refuse(w->g, n, "a convolution is not two-dimensional, or padded at its start");
    }
    w->may_norm = true;
    return note_padding(w->g, n, pad, stride, nev_slice_is(mode.s, "SAME_UPPER"));
}

/* y = x W + b, W stored either way round. */
static enum nev_status do_gemm(struct walk *w, const struct nev_onnx_node *n)
{
    struct nev_onnx_attribute alpha, beta, trans_a, trans_b;
    struct nev_onnx_unit *u;
    enum nev_status s;

    if ((s = add_unit(w->g, n, &u)) != NEV_OK ||
        (s = nev_onnx_attribute_find(w->g, n, "alpha", &alpha)) != NEV_OK ||
        (s = nev_onnx_attribute_find(w->g, n, "beta", &beta)) != NEV_OK ||
        (s = nev_onnx_attribute_find(w->g, n, "transA", &trans_a)) != NEV_OK ||
        (s = nev_onnx_attribute_find(w->g, n, "transB", &trans_b)) != NEV_OK) {
        return s;
    }
    if ((alpha.is_present && alpha.f != 1.0f) || (beta.is_present && beta.f != 1.0f) || trans_a.i != 0 ||
        u->role[NEV_TENSOR_WEIGHT].ndim != 2) {
        return refuse(w->g, n, "a fully connected layer is scaled or transposed");
    }
    if (trans_b.i == 0) {
        transpose(&u->role[NEV_TENSOR_WEIGHT]);
    }
    w->may_norm = false;
    return NEV_OK;
}

static enum nev_status do_norm(struct walk *w, const struct nev_onnx_node *n)
{
    static const enum nev_tensor_kind kinds[4] = {NEV_TENSOR_GAMMA, NEV_TENSOR_BETA, NEV_TENSOR_MEAN,
                                                  NEV_TENSOR_VAR};
    struct nev_onnx_unit *u = w->g->unit_len == 0 ? NULL : &w->g->unit[w->g->unit_len - 1];
    struct nev_onnx_attribute a;
    enum nev_status s = nev_onnx_attribute_find(w->g, n, "epsilon", &a);
    float eps = a.is_present ? a.f : 1e-5f;
    uint32_t i;

    if (s != NEV_OK) {
        return s;
    }
    if (u == NULL || !w->may_norm || u->role[NEV_TENSOR_BIAS].dtype != NEV_DTYPE_FILL || n->in_len < 5) {
        return refuse(w->g, n, "a batch norm does not follow a convolution without bias");
    }
    if (!(eps > 0.0f && eps < 1.0f) || (w->g->eps != 0.0 && w->g->eps != (double)eps)) {
        return refuse(w->g, n, "batch norms differ in their epsilon, or it is not between 0 and 1");
    }
    for (i = 0; i < 4; i++) {
        const struct nev_source_tensor *t = nev_onnx_constant(w->g, n->in[1 + i]);

        if (t == NULL) {
            return refuse(w->g, n, "a batch norm's values are computed, not stored");
        }
        u->role[kinds[i]] = *t;
    }
    u->has_norm = true;
    u->role[NEV_TENSOR_BIAS] = (struct nev_source_tensor){.dtype = NEV_DTYPE_NONE};
    w->g->eps = (double)eps;
    w->may_norm = false;
    return NEV_OK;
}

/* The numbers of a Pad node: an attribute before opset 11, a constant since. */
static enum nev_status do_pad(struct walk *w, const struct nev_onnx_node *n)
{
    static const uint32_t places[4] = {2, 3, 6, 7}; /* of N C H W begin, N C H W end */
    const struct nev_source_tensor *t = n->in_len < 2 ? NULL : nev_onnx_constant(w->g, n->in[1]);
    struct nev_onnx_attribute a;
    enum nev_status s = nev_onnx_attribute_find(w->g, n, "pads", &a);
    uint32_t i;

    if (s != NEV_OK) {
        return s;
    }
    if (!(a.ints_len == 8 || (t != NULL && t->dtype == NEV_DTYPE_OTHER8 && t->len == 8))) {
        return refuse(w->g, n, "a padding is computed, not stored; export with constant folding");
    }
    for (i = 0; i < 4; i++) {
        int64_t v = a.ints_len == 8 ? a.ints[places[i]] : (int64_t)nev_load_u64le(t->data + 8 * places[i]);

        if (v < 0 || v > NEV_DIM_MAX) {
            return refuse(w->g, n, "a padding is negative or absurd");
        }
        w->pad[i] += v;
    }
    w->may_norm = false;
    return NEV_OK;
}

/* The convolution on the shortcut, with its norm; *out is what it adds. */
static enum nev_status do_side(struct walk *w, struct nev_slice *out)
{
    struct nev_onnx_node *n = w->side;
    enum nev_status s = do_conv(w, n);
    uint32_t i;

    n->is_done = true;
    w->g->sides++;
    *out = n->out;
    for (i = 0; s == NEV_OK && i < w->g->node_len; i++) {
        struct nev_onnx_node *norm = &w->g->node[i];

        if (nev_slice_is(norm->op, "BatchNormalization") && is_reader(norm, n->out)) {
            s = do_norm(w, norm);
            norm->is_done = true;
            *out = norm->out;
        }
    }
    return s;
}

/* A bias after a MatMul, or the end of a fork. */
static enum nev_status do_add(struct walk *w, const struct nev_onnx_node *n)
{
    struct nev_onnx_unit *u = w->g->unit_len == 0 ? NULL : &w->g->unit[w->g->unit_len - 1];
    struct nev_slice other, side = w->fork;
    const struct nev_source_tensor *t;
    enum nev_status s;

    if (n->in_len != 2) {
        return refuse(w->g, n, "an addition has not two operands");
    }
    other = nev_slice_equal(n->in[0], w->value) ? n->in[1] : n->in[0];
    t = nev_onnx_constant(w->g, other);
    if (t != NULL) {
        if (u == NULL || u->has_norm || u->role[NEV_TENSOR_BIAS].dtype != NEV_DTYPE_FILL || t->ndim != 1) {
            return refuse(w->g, n, "a constant is added where no layer has a bias");
        }
        u->role[NEV_TENSOR_BIAS] = *t;
        return NEV_OK;
    }
    if (w->side != NULL && (s = do_side(w, &side)) != NEV_OK) {
        return s;
    }
    if (w->fork.len == 0 || !nev_slice_equal(other, side)) {
        return refuse(w->g, n, "an addition joins branches that did not part");
    }
    w->fork = (struct nev_slice){"", 0};
    w->side = NULL;
    w->g->joins++;
    return NEV_OK;
}

static enum nev_status visit(struct walk *w, const struct nev_onnx_node *n)
{
    enum nev_status s;

    if (nev_slice_is(n->op, "Conv")) {
        return do_conv(w, n);
    }
    if (nev_slice_is(n->op, "BatchNormalization")) {
        return do_norm(w, n);
    }
    if (nev_slice_is(n->op, "Gemm") || nev_slice_is(n->op, "MatMul")) {
        return do_gemm(w, n);
    }
    if (nev_slice_is(n->op, "Pad")) {
        return do_pad(w, n);
    }
    s = nev_slice_is(n->op, "Add") ? do_add(w, n)
        : is_passed(n->op)         ? NEV_OK
                           : refuse(w->g, n, "the graph uses an operation that none of the networks has");
    w->may_norm = false;
    return s;
}

enum nev_status nev_onnx_walk(struct nev_onnx *g)
{
    struct walk w = {.g = g, .value = g->input, .fork = {"", 0}};
    struct nev_onnx_node *n;
    enum nev_status s;
    uint32_t i;

    /* Each turn marks one node as done, so there are at most node_len of them. */
    for (;;) {
        if ((s = choose(&w, &n)) != NEV_OK) {
            return s;
        }
        if (n == NULL) {
            break;
        }
        if (n->out.len == 0) {
            return refuse(g, n, "an operation has no output");
        }
        n->is_done = true;
        if ((s = visit(&w, n)) != NEV_OK) {
            return s;
        }
        w.value = n->out;
    }
    for (i = 0; i < g->node_len; i++) {
        if (!g->node[i].is_done &&
            (nev_slice_is(g->node[i].op, "Conv") || nev_slice_is(g->node[i].op, "Gemm") ||
             nev_slice_is(g->node[i].op, "MatMul"))) {
            return refuse(g, &g->node[i], "a layer is not on the way from the graph's input");
        }
    }
    return NEV_OK;
}

/* What tells the networks apart: shapes of the first two layers, and how many of what. */
static const struct {
    enum nev_net net;
    uint32_t first[NEV_TENSOR_DIMS], second[NEV_TENSOR_DIMS];
    uint32_t units, joins, sides, strided;
} nets[] = {
    {NEV_NET_RESNET18, {64, 3, 7, 7}, {64, 64, 3, 3}, 21, 8, 3, 7},
    {NEV_NET_DARKNET19, {32, 3, 3, 3}, {64, 32, 3, 3}, 19, 0, 0, 0},
    {NEV_NET_MOBILENETV2, {32, 3, 3, 3}, {32, 1, 3, 3}, 53, 10, 0, 5},
};

static void fill_folded(struct nev_onnx *g, double eps)
{
    uint32_t i;

    for (i = 0; i < g->unit_len; i++) {
        struct nev_onnx_unit *u = &g->unit[i];

        if (!u->has_norm) {
            u->role[NEV_TENSOR_GAMMA] = filled(1.0f);
            u->role[NEV_TENSOR_BETA] = u->role[NEV_TENSOR_BIAS];
            u->role[NEV_TENSOR_MEAN] = filled(0.0f);
            u->role[NEV_TENSOR_VAR] = filled((float)(1.0 - eps));
        }
    }
}

enum nev_status nev_onnx_model(struct nev_onnx *g, struct nev_model *model)
{
    size_t i;

    memset(model, 0, sizeof *model);
    for (i = 0; i < sizeof nets / sizeof nets[0]; i++) {
        if (g->unit_len == nets[i].units && g->joins == nets[i].joins && g->sides == nets[i].sides &&
            g->strided == nets[i].strided &&
            memcmp(g->unit[0].role[NEV_TENSOR_WEIGHT].dim, nets[i].first, sizeof nets[i].first) == 0 &&
            memcmp(g->unit[1].role[NEV_TENSOR_WEIGHT].dim, nets[i].second, sizeof nets[i].second) == 0) {
            model->net = nets[i].net;
        }
    }
    if (model->net == NEV_NET_NONE ||
        (g->same != 0 && (g->symmetric != 0 || model->net != NEV_NET_MOBILENETV2))) {
        model->net = NEV_NET_NONE;
        return nev_fail(g->err, NEV_ERR_NETWORK, NEV_NO_OFFSET, "graph",
                        "the graph's layers are those of none of the three networks");
    }
    model->padding = g->same != 0 ? NEV_PADDING_SAME : NEV_PADDING_SYMMETRIC;
    model->bn_form = NEV_BN_EPS_INSIDE;
    model->bn_eps = g->eps != 0.0 ? g->eps : 0x1p-17;
    fill_folded(g, model->bn_eps);
    return NEV_OK;
}
