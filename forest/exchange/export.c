/* SPDX-License-Identifier: MIT */
#include "forest/exchange/export.h"

#include <string.h>

#include "forest/file/node.h"

#define PER_LINE 4u

/* In the templates '@' stands for the prefix. */
static const char *const declarations[] = {
    "#ifdef __cplusplus\n"
    "extern \"C\" {\n"
    "#endif\n\n"
    "/* SHA-256 of the forest file, hexadecimal. */\n"
    "extern const char @_sha256[65];\n\n"
    "/* Names of the classes, UTF-8. */\n"
    "extern const char *const @_class_name[@_CLASSES];\n\n",
    "/*\n"
    " * @_predict - ask the forest about one row.\n"
    " * x      [@_FEATURES]; infinities are ordinary values, -0 is 0\n"
    " * votes  [@_CLASSES]: the trees whose leaf holds more of the class than of any other (ties: the "
    "lowest)\n"
    " * share  [@_CLASSES], or a null pointer: sums over the trees of the class's share of the leaf, in "
    "units of 2^-32\n"
    " * Returns 0; or 1 + the first column that is NaN (missing), and all outputs are then 0.\n"
    " * Integers only: no floating-point operation is done, the bits of x are looked at.\n"
    " */\n"
    "int32_t @_predict(const float *x, uint32_t *votes, uint64_t *share);\n\n",
    "/* @_label - the class with the most votes, ties to the lowest: the forest's answer. */\n"
    "uint32_t @_label(const uint32_t *votes);\n\n"
    "/* @_probability - a share as a probability, 0..1: the only floating-point operation here, one "
    "division. */\n"
    "double @_probability(uint64_t share);\n\n"
    "#ifdef __cplusplus\n"
    "}\n"
    "#endif\n",
    NULL};

static const char *const functions[] = {
    "typedef char float_is_32_bits[sizeof(float) == 4 ? 1 : -1];\n\n"
    "/* The bits of a float, byte by byte: defined in C and in C++, and compilers make one load of it. */\n"
    "static uint32_t bits_of(const float *x)\n"
    "{\n"
    "    uint32_t bits = 0;\n"
    "    const unsigned char *from = (const unsigned char *)x;\n"
    "    unsigned char *to = (unsigned char *)&bits;\n\n"
    "    to[0] = from[0];\n"
    "    to[1] = from[1];\n"
    "    to[2] = from[2];\n"
    "    to[3] = from[3];\n"
    "    return bits;\n"
    "}\n\n",
    "/* An unsigned integer that orders like the float; both zeros have the same. */\n"
    "static uint32_t key_of(const float *x)\n"
    "{\n"
    "    const uint32_t bits = bits_of(x), size = bits & 0x7FFFFFFFu;\n\n"
    "    return size != bits && size != 0 ? ~bits : size | 0x80000000u;\n"
    "}\n\n",
    "/* The first of the entries of the leaf that a row comes to. A leaf leads to itself. */\n"
    "static const struct entry *leaf_of(const struct tree *t, const float *x)\n"
    "{\n"
    "    const struct node *n = nodes + t->node;\n"
    "    uint32_t i = 1, before = 0;\n\n"
    "    while (i != before) {\n"
    "        before = i;\n"
    "        i = (n[i].word >> FEATURE_BITS << 1) + (key_of(x + (n[i].word & FEATURE_MASK)) > n[i].key ? 1u "
    ": 0u);\n"
    "    }\n"
    "    return entries + t->entry + ((i & 1u) != 0 ? n[i].key : ~n[i].key);\n"
    "}\n\n",
    "int32_t @_predict(const float *x, uint32_t *votes, uint64_t *share)\n"
    "{\n"
    "    uint32_t i;\n\n"
    "    for (i = 0; i < @_CLASSES; i++) {\n"
    "        votes[i] = 0;\n"
    "        if (share != 0) {\n"
    "            share[i] = 0;\n"
    "        }\n"
    "    }\n"
    "    for (i = 0; i < @_FEATURES; i++) {\n"
    "        if ((bits_of(x + i) & 0x7FFFFFFFu) > 0x7F800000u) {\n"
    "            return (int32_t)(i + 1);\n"
    "        }\n"
    "    }\n",
    "    for (i = 0; i < @_TREES; i++) {\n"
    "        const struct entry *e = leaf_of(trees + i, x);\n\n"
    "        votes[e->class_id]++;\n"
    "        if (share != 0) {\n"
    "            for (; e->is_last == 0; e++) {\n"
    "                share[e->class_id] += e->share;\n"
    "            }\n"
    "            share[e->class_id] += e->share != 0 ? e->share : (uint64_t)1 << 32;\n"
    "        }\n"
    "    }\n"
    "    return 0;\n"
    "}\n\n",
    "uint32_t @_label(const uint32_t *votes)\n"
    "{\n"
    "    uint32_t best = 0, i;\n\n"
    "    for (i = 1; i < @_CLASSES; i++) {\n"
    "        best = votes[i] > votes[best] ? i : best;\n"
    "    }\n"
    "    return best;\n"
    "}\n\n"
    "double @_probability(uint64_t share)\n"
    "{\n"
    "    return (double)share / ((double)@_TREES * 4294967296.0);\n"
    "}\n",
    NULL};

static void fill_list(struct nev_print *p, const char *const *text, const char *word)
{
    for (; *text != NULL; text++) {
        nev_print_fill(p, *text, word);
    }
}

void nev_forest_export_size(const struct nev_forest *f, struct nev_export_size *size)
{
    size->nodes = f->node_total;
    size->entries = f->leaf_total;
    size->table_bytes = 8 * (size->nodes + size->entries + 2 * (uint64_t)f->params.trees); /* one unused */
}

/* A letter first: names that begin with _ are not the program's to give. */
static bool is_prefix(const char *text)
{
    size_t i;

    for (i = 0; text[i] != '\0' && i <= NEV_EXPORT_PREFIX_MAX; i++) {
        const char c = text[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (!is_letter && (i == 0 || !((c >= '0' && c <= '9') || c == '_'))) {
            return false;
        }
    }
    return i > 0 && i <= NEV_EXPORT_PREFIX_MAX;
}

/* A name that means itself between the quotes of #include, whatever the compiler. */
static bool is_header(const char *text)
{
    size_t i;

    for (i = 0; text[i] != '\0'; i++) {
        const char c = text[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
              c == '-' || c == '.' || c == '/')) {
            return false;
        }
    }
    return i > 0;
}

static enum nev_status check(const struct nev_forest *f, const struct nev_export *how, struct nev_error *err)
{
    struct nev_export_size size;

    nev_forest_export_size(f, &size);
    if (!is_prefix(how->prefix)) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "prefix",
                        "a prefix is a letter, then letters, digits and _, 40 characters at most");
    }
    if (how->header != NULL && !is_header(how->header)) {
        return nev_fail(err, NEV_ERR_ARGUMENT, NEV_NO_OFFSET, "header",
                        "a header's name, and the folders to it from the source, have letters, digits, '.', "
                        "'-' and '_' only");
    }
    if (size.nodes + f->params.trees > UINT32_MAX || size.entries > UINT32_MAX) {
        return nev_fail(err, NEV_ERR_LIMIT, NEV_NO_OFFSET, "nodes",
                        "the forest has too many nodes for a table of 2^32");
    }
    return NEV_OK;
}

/* A macro of the exported file: #define PREFIX_NAME value. */
static void print_define(struct nev_print *p, const char *prefix, const char *name, uint32_t value)
{
    nev_print_text(p, "#define ");
    nev_print_text(p, prefix);
    nev_print_text(p, name);
    nev_print_text(p, " ");
    nev_print_uint(p, value);
    nev_print_text(p, "u\n");
}

static void print_count(struct nev_print *p, const char *before, uint64_t value, const char *after)
{
    nev_print_text(p, before);
    nev_print_uint(p, value);
    nev_print_text(p, after);
}

/* The comment at the top: which forest this is and what it takes. */
static void print_head(struct nev_print *p, const struct nev_forest *f)
{
    struct nev_export_size size;
    char hex[NEV_SHA256_HEX_BYTES];

    nev_forest_export_size(f, &size);
    nev_sha256_hex(f->file_sha256, hex);
    nev_print_text(p, "/*\n * A Random Forest written as C by Nevus.\n *\n * Forest    ");
    nev_print_text(p, hex);
    nev_print_text(p, " (SHA-256 of the forest file)\n");
    print_count(p, " * Rows      ", f->features, " features, ");
    print_count(p, "", f->classes, " classes\n");
    print_count(p, " * Trees     ", f->params.trees, ", the deepest ");
    print_count(p, "", f->depth_max, " steps\n");
    print_count(p, " * Constant  ", size.table_bytes, " bytes of tables: ");
    print_count(p, "", size.nodes, " nodes and ");
    print_count(p, "", size.entries, " leaf entries of 8 bytes each");
    print_count(p, ",\n *           16 bytes a tree (where it begins, and a node that is not used); and ",
                f->classes, " names\n");
    nev_print_text(p, " * Writable  nothing but the outputs; no recursion, a few words of stack\n"
                      " *\n"
                      " * C99 or C++. Votes and shares have the bits of `nevus predict` on every machine.\n"
                      " * Not a medical device.\n"
                      " */\n");
}

static void print_declarations(struct nev_print *p, const struct nev_forest *f, const char *prefix)
{
    nev_print_text(p, "#include <stdint.h>\n\n");
    print_define(p, prefix, "_FEATURES", f->features);
    print_define(p, prefix, "_CLASSES", f->classes);
    print_define(p, prefix, "_TREES", f->params.trees);
    nev_print_text(p, "\n");
    fill_list(p, declarations, prefix);
}

/* A string literal. Octal escapes have three digits, so that no digit behind them is taken for theirs; '?' is
 * escaped because of trigraphs. */
static void print_literal(struct nev_print *p, const char *text)
{
    nev_print_text(p, "\"");
    for (; *text != '\0'; text++) {
        const unsigned c = (unsigned char)*text;
        const char octal[4] = {'\\', (char)('0' + (c >> 6)), (char)('0' + (c >> 3 & 7)),
                               (char)('0' + (c & 7))};

        if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\' || c == '?') {
            nev_print_bytes(p, octal, sizeof octal);
        } else {
            nev_print_bytes(p, text, 1);
        }
    }
    nev_print_text(p, "\"");
}

static void print_names(struct nev_print *p, const struct nev_forest *f, const char *prefix)
{
    char hex[NEV_SHA256_HEX_BYTES];
    uint32_t k;

    nev_sha256_hex(f->file_sha256, hex);
    nev_print_fill(p, "const char @_sha256[65] = \"", prefix);
    nev_print_text(p, hex);
    nev_print_fill(p, "\";\n\nconst char *const @_class_name[@_CLASSES] = {\n", prefix);
    for (k = 0; k < f->classes; k++) {
        nev_print_text(p, "    ");
        print_literal(p, nev_forest_class_name(f, k));
        nev_print_text(p, ",\n");
    }
    nev_print_text(p, "};\n\n");
}

/* What stands before the i-th of several elements in rows. */
static void print_gap(struct nev_print *p, uint32_t i)
{
    nev_print_text(p, i == 0 ? "    " : i % PER_LINE == 0 ? ",\n    " : ", ");
}

static void print_tree_comment(struct nev_print *p, const struct nev_forest_tree *tree)
{
    print_count(p, "    /* tree ", tree->number, " */\n");
}

static void print_nodes(struct nev_print *p, const struct nev_forest *f)
{
    struct nev_forest_tree tree;
    uint32_t k, i;

    nev_print_text(p, "/* Node 0 of a tree is unused, node 1 its root. word: pair << FEATURE_BITS | feature; "
                      "nodes 2 pair and 2 pair + 1\n"
                      " * are the children. A row goes to the right if the key of its feature is above the "
                      "node's. */\n"
                      "struct node {\n    uint32_t key, word;\n};\n"
                      "static const struct node nodes[] = {\n");
    for (k = 0; k < f->params.trees; k++) {
        nev_forest_tree(f, k, &tree);
        print_tree_comment(p, &tree);
        for (i = 0; i < tree.node_len; i++) {
            print_gap(p, i);
            nev_print_text(p, "{");
            nev_print_hex(p, nev_node_key(tree.node, i));
            nev_print_text(p, ", ");
            nev_print_hex(p, nev_node_word(tree.node, i));
            nev_print_text(p, "}");
        }
        nev_print_text(p, k + 1 == f->params.trees ? "\n" : ",\n");
    }
    nev_print_text(p, "};\n\n");
}

/* The entries of one leaf, from e on; returns the entry after its last. Bounds: a leaf's counts sum to less than
 * 2^32, so a fraction that is not 1 is off 0 and off 1 by more than 2^-32: it rounds to 1 .. 2^32 - 1. */
static uint32_t print_leaf(struct nev_print *p, const struct nev_forest_tree *tree, uint32_t e)
{
    uint64_t total = 0;
    uint32_t end = e;

    do {
        total += nev_entry_count(tree->leaf, end);
    } while (!nev_entry_is_last(tree->leaf, end++));
    for (; e < end; e++) {
        const uint64_t count = nev_entry_count(tree->leaf, e);
        const uint64_t share = count == total ? 0 : ((count << 32) + total / 2) / total;

        print_gap(p, e);
        nev_print_text(p, "{");
        nev_print_hex(p, (uint32_t)share);
        nev_print_text(p, ", ");
        nev_print_uint(p, nev_entry_class(tree->leaf, e));
        nev_print_text(p, e + 1 == end ? ", 1}" : ", 0}");
    }
    return end;
}

static void print_entries(struct nev_print *p, const struct nev_forest *f)
{
    struct nev_forest_tree tree;
    uint32_t k, e;

    nev_print_text(
        p, "/* A class in a leaf: its share in units of 2^-32, 0 for all of it. The first is the leaf's "
           "vote. */\n"
           "struct entry {\n    uint32_t share;\n    uint16_t class_id, is_last;\n};\n"
           "static const struct entry entries[] = {\n");
    for (k = 0; k < f->params.trees; k++) {
        nev_forest_tree(f, k, &tree);
        print_tree_comment(p, &tree);
        for (e = 0; e < tree.leaf_len;) {
            e = print_leaf(p, &tree, e);
        }
        nev_print_text(p, k + 1 == f->params.trees ? "\n" : ",\n");
    }
    nev_print_text(p, "};\n\n");
}

static void print_trees(struct nev_print *p, const struct nev_forest *f)
{
    struct nev_forest_tree tree;
    uint64_t node = 0, entry = 0;
    uint32_t k;

    nev_print_text(p, "/* Where a tree's nodes and leaf entries begin. */\n"
                      "struct tree {\n    uint32_t node, entry;\n};\n"
                      "static const struct tree trees[] = {\n");
    for (k = 0; k < f->params.trees; k++) {
        nev_forest_tree(f, k, &tree);
        print_gap(p, k);
        print_count(p, "{", node, ", ");
        print_count(p, "", entry, "}");
        node += tree.node_len;
        entry += tree.leaf_len;
    }
    nev_print_text(p, "\n};\n\n");
}

enum nev_status nev_forest_export_source(const struct nev_forest *f, const struct nev_export *how,
                                         const struct nev_sink *sink, struct nev_error *err)
{
    enum nev_status status = check(f, how, err);
    struct nev_print p;

    if (status != NEV_OK) {
        return status;
    }
    nev_print_begin(&p, sink);
    print_head(&p, f);
    if (how->header != NULL) {
        nev_print_fill(&p, "#include \"@\"\n", how->header);
    } else {
        print_declarations(&p, f, how->prefix);
    }
    nev_print_text(&p, "\n");
    print_define(&p, "", "FEATURE_BITS", f->feature_bits);
    print_define(&p, "", "FEATURE_MASK", ((uint32_t)1 << f->feature_bits) - 1);
    nev_print_text(&p, "\n");
    print_names(&p, f, how->prefix);
    print_nodes(&p, f);
    print_entries(&p, f);
    print_trees(&p, f);
    fill_list(&p, functions, how->prefix);
    return nev_print_end(&p, err);
}

enum nev_status nev_forest_export_header(const struct nev_forest *f, const struct nev_export *how,
                                         const struct nev_sink *sink, struct nev_error *err)
{
    enum nev_status status = check(f, how, err);
    struct nev_print p;

    if (status != NEV_OK) {
        return status;
    }
    nev_print_begin(&p, sink);
    print_head(&p, f);
    nev_print_fill(&p, "#ifndef @_INCLUDED\n#define @_INCLUDED\n\n", how->prefix);
    print_declarations(&p, f, how->prefix);
    nev_print_text(&p, "\n#endif\n");
    return nev_print_end(&p, err);
}
