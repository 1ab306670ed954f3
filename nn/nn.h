/* SPDX-License-Identifier: MIT */
/*
 * nn.h - the three networks: what they need, how much memory, and running them.
 *
 *     nev_plan_make    the model's header    -> a plan: every step, every size
 *     nev_plan_pack    the model's tensors   -> weights as the kernels read them, in caller memory, once;
 *                      or nev_plan_make_for, nev_plan_in_place: a packed file, used where it lies
 *     nev_normalise    8-bit pixels          -> the input
 *     nev_run          input, packed, arena  -> 1,000 features
 *
 * A plan and packed weights are constant afterwards and may be shared by any number of threads; an arena
 * serves one inference at a time. Features have the same bits on every instruction set and number of threads
 * (nn/NUMERICS.md).
 */
#ifndef NEV_NN_NN_H
#define NEV_NN_NN_H

#include <stddef.h>
#include <stdint.h>

#include "nn/base/parallel.h"
#include "nn/base/status.h"
#include "weights/weights.h"

#define NEV_FEATURES_LEN   1000u
#define NEV_INPUT_SIDE_MAX 2048u /* pixels */
#define NEV_STEPS_MAX      96u
#define NEV_BATCH_MAX      256u

/* nev_net_name - "resnet18", "darknet19", "mobilenetv2"; "none" outside the list. */
const char *nev_net_name(enum nev_net net);

/* nev_net_from_name - the network of that name, NEV_NET_NONE if there is none. */
enum nev_net nev_net_from_name(const char *name);

/* nev_net_model - the model a network has by default: symmetric padding, its eps and input size, scaling to
 * [0,1]. */
void nev_net_model(enum nev_net net, struct nev_model *model);

/* nev_net_tensor_len - how many tensors a network needs; 0 for NEV_NET_NONE. */
uint32_t nev_net_tensor_len(enum nev_net net);

/* nev_net_tensor_spec - the i-th of them, in canonical order; spec->name points to the caller's `name`. */
void nev_net_tensor_spec(enum nev_net net, uint32_t i, struct nev_tensor_spec *spec,
                         char name[NEV_TENSOR_NAME_LEN]);

/* nev_net_layer_len, nev_net_layer_name - the rows of a network's table, in the order they run; NULL past the
 * end. */
uint32_t nev_net_layer_len(enum nev_net net);
const char *nev_net_layer_name(enum nev_net net, uint32_t i);

/* nev_net_paper_layer - what the paper calls the layer its features come from: fc1000, conv19, Logits. */
const char *nev_net_paper_layer(enum nev_net net);

/* Fast: batch norm folded, operations fused, Winograd's convolutions where they pay. Direct: the same without
 * Winograd: half the weights' memory, other bits. Reference: layer by layer as the papers draw them. */
enum nev_path { NEV_PATH_FAST = 0, NEV_PATH_DIRECT = 1, NEV_PATH_REFERENCE = 2, NEV_PATH_LEN };

/* What one step does. The plan decides, never the machine, so that the bits do not depend on it. */
enum nev_algorithm {
    NEV_ALGORITHM_REFERENCE, /* plain loops */
    NEV_ALGORITHM_GEMM,      /* convolution as an implicit matrix product; addition and activation fused */
    NEV_ALGORITHM_DEPTHWISE, /* depthwise convolution, activation fused */
    NEV_ALGORITHM_MAXPOOL,
    NEV_ALGORITHM_AVGPOOL,
    NEV_ALGORITHM_WINOGRAD_F4, /* 3 x 3 convolution, 4 x 4 outputs a tile; addition, activation, pooling fused */
    NEV_ALGORITHM_WINOGRAD_F2, /* 2 x 2 outputs a tile */
    NEV_ALGORITHM_WINOGRAD_S2, /* stride 2, 2 x 2 outputs a tile */
    NEV_ALGORITHM_BLOCK, /* expanding convolution, depthwise, projecting convolution, addition: in strips */
    NEV_ALGORITHM_GEMM_POOL, /* GEMM, then the maximum, in strips */
    NEV_ALGORITHM_WINOGRAD_7X7, /* a picture's 7 x 7 convolution of stride 2, 4 x 4 outputs a tile, then the maximum */
    NEV_ALGORITHM_LEN
};

#define NEV_LINEAR_MAX 3u

/* One convolution, depthwise convolution or fully connected layer of a step. */
struct nev_linear {
    uint16_t row;                      /* of the table */
    uint8_t op, k, s, act;             /* enum nev_op, kernel side, stride, enum nev_act */
    uint32_t h, w, c, oh, ow, oc;      /* input and output shape */
    uint32_t pad_top, pad_left;        /* rows above, columns left */
    uint64_t weight_bytes, bias_bytes; /* in the packed weights, multiples of NEV_ALIGN */
    size_t weight_offset, bias_offset;
};

/* One step of a plan: one or more rows of the table. Offsets are bytes. */
struct nev_step {
    enum nev_algorithm algorithm;
    uint16_t first_row, last_row; /* rows done: a convolution and the addition fused into it, say */
    int16_t in, also;             /* steps whose outputs are read: -1 the picture (in) or none (also) */
    uint32_t h, w, c, oh, ow, oc; /* the step's input and output shape */
    uint32_t linear_len;          /* 0 for a pooling or an addition alone */
    struct nev_linear linear[NEV_LINEAR_MAX];
    uint8_t act;                    /* enum nev_act, after the addition */
    uint8_t pool_k, pool_s, pool_p; /* maximum pooling, alone or fused after the rest; k = 0: none */
    uint32_t phases;                /* passes over the threads; all parts finish one before the next starts */
    uint32_t batch;                 /* how many pictures it takes together at most */
    uint64_t scratch_bytes;         /* work memory that all parts share */
    uint64_t own_bytes;             /* work memory of each part */
    size_t out_offset, out_bytes;   /* the output, in the arena */
    size_t scratch_offset;
};

/* A plan: plain data, no pointers. */
struct nev_plan {
    struct nev_model model;
    enum nev_path path;
    uint32_t parts; /* the most threads it can run on */
    uint32_t batch; /* how many pictures it takes at a time */
    uint32_t joint; /* the first step that takes them together; those before run through picture by picture */
    uint32_t step_len;
    struct nev_step step[NEV_STEPS_MAX];
    size_t packed_bytes; /* what nev_plan_pack fills */
    size_t arena_bytes;  /* what nev_run_image and nev_run_batch work in */
    size_t zero_offset;  /* zeros in the arena that stand for pixels outside the picture */
    size_t zero_bytes;
    size_t
        own_offset; /* parts' own work memory, in the arena: a part's is at one place in every step, so that it stays
                          in the caches of the part's processor */
    size_t own_stride; /* from one part's to the next: the most that a step needs */
};

/*
 * nev_plan_make - choose how a model runs and what memory it needs.
 * Range      parts: the most threads an inference of this plan will use, 1..NEV_THREADS_MAX
 * Memory     plan->packed_bytes and plan->arena_bytes, multiples of NEV_ALIGN
 * Errors     NETWORK (no such network), LIMIT (input size), SHAPE (the picture vanishes at a layer), MEMORY
 *            (a size past SIZE_MAX); *plan is then zeroed
 * Threads    pure
 * Tests      tests/nn/test_plan.c
 */
NEV_MUST_CHECK enum nev_status nev_plan_make(struct nev_plan *plan, const struct nev_model *model,
                                             enum nev_path path, uint32_t parts, struct nev_error *err);

/*
 * nev_plan_make_batch - the same for several pictures at a time: a layer's weights are fetched once for all of
 *                       them. The packed weights are those of any other batch of the same path.
 * Range      batch: 1..NEV_BATCH_MAX
 * Memory     the arena grows with the batch
 * Errors     as nev_plan_make; ARGUMENT for a batch out of range
 */
NEV_MUST_CHECK enum nev_status nev_plan_make_batch(struct nev_plan *plan, const struct nev_model *model,
                                                   enum nev_path path, uint32_t parts, uint32_t batch,
                                                   struct nev_error *err);

/*
 * nev_plan_make_for - the plan for an open weights file of either form. A canonical file takes any path; a packed one
 *                     has the path it was packed for and an algorithm for each layer, which the plan follows.
 * Errors     as nev_plan_make_batch; of a packed file also UNSUPPORTED (packed for another path; an algorithm that
 *            the layer cannot have), MISSING, SHAPE (not this network's layers), with the tensor's name and the
 *            offset of its row
 * Threads    pure
 * Tests      tests/nn/test_packed.c
 */
NEV_MUST_CHECK enum nev_status nev_plan_make_for(struct nev_plan *plan, const struct nev_weights *weights,
                                                 enum nev_path path, uint32_t parts, uint32_t batch,
                                                 struct nev_error *err);

/*
 * nev_plan_in_place - a packed file's payloads, where run->packed can use them as they lie.
 * Returns    NULL where they have to go through nev_plan_pack: a canonical file; a big-endian machine, whose floats
 *            are not the file's; bytes that do not lie at a multiple of NEV_ALIGN; a plan for something else
 * Threads    pure
 */
const void *nev_plan_in_place(const struct nev_plan *plan, const struct nev_weights *weights);

/* nev_profile_path - the path of a packed file's profile. */
enum nev_path nev_profile_path(enum nev_profile profile);

/*
 * nev_packed_len - how many tensors the packed file of a plan has: a weight and a bias for each layer that has any.
 * nev_packed_spec - the i-th of them, in file order, and its algorithm; spec->name points to the caller's `name`.
 * nev_packed_store - the payloads as they stand in the file: what nev_plan_pack gives, little-endian.
 * Range      the plan is for the fast or the direct path
 * Tests      tests/nn/test_packed.c
 */
uint32_t nev_packed_len(const struct nev_plan *plan);
enum nev_layer_algorithm nev_packed_spec(const struct nev_plan *plan, uint32_t i,
                                         struct nev_tensor_spec *spec, char name[NEV_TENSOR_NAME_LEN]);
NEV_MUST_CHECK enum nev_status nev_packed_store(const struct nev_plan *plan,
                                                const struct nev_weights *weights, uint8_t *payload_le,
                                                size_t payload_bytes, const struct nev_parallel *par,
                                                struct nev_error *err);

/*
 * nev_plan_pack - the tensors as the kernels read them: folded, rounded once, in panels; or, for the
 * reference path, as they are, in the machine's byte order. Of a packed file, which must be what the plan was made
 * for: its payloads in the machine's byte order.
 * Range      packed [plan->packed_bytes], aligned to NEV_ALIGN; weights checked by nev_weights_verify
 * Errors     NETWORK, MISSING, SHAPE with the tensor's name; VALUE if folding a tensor gives NaN or infinity; MEMORY
 * Numerics   nn/NUMERICS.md, folding; the same bytes for any number of threads
 * Threads    splits layers over par
 */
NEV_MUST_CHECK enum nev_status nev_plan_pack(const struct nev_plan *plan, const struct nev_weights *weights,
                                             void *packed, size_t packed_bytes,
                                             const struct nev_parallel *par, struct nev_error *err);

/*
 * nev_normalise - 8-bit pixels to a network's input.
 * Computes   x[i,j,c] = (p[i,j,order(c)] / 255 - mean[c]) / std[c], in float64, rounded once to float32
 * Shapes     rgb [height, width, 3] u8, always R, G, B; input [height, width, 3] f32 in the model's channel
 *            order
 * Threads    pure
 */
void nev_normalise(const struct nev_prep *prep, const uint8_t *rgb, float *input);

/* One output of a running network, valid during the call. Element (i,j,c) is data[i*h_stride + j*w_stride +
 * c*c_stride]. */
struct nev_trace_event {
    const char *name;  /* of the table's row; a fused step shows its last row */
    uint32_t picture;  /* of a batch, from 0 */
    const char *stage; /* "" for the row's output; reference path: also "linear" (before the norm), "norm" */
    uint32_t h, w, c;
    const float *data;
    size_t h_stride, w_stride, c_stride;
};

struct nev_trace {
    void (*hook)(void *ctx, const struct nev_trace_event *event);
    void *ctx;
};

struct nev_kernels; /* nn/kernels/kernels.h */

/*
 * nev_kernels_select - the kernels of the best instruction set of a set (NEV_ISA_* of nn/base/cpu.h, such as
 *                      nev_cpu_isas() or less) that this build has; plain C if nothing else is left.
 *                      Never NULL
 * nev_kernels_built  - the set of instruction sets that this build has kernels for.
 * nev_kernels_name   - "c", "avx2": as nev_isa_name.
 * Threads    pure
 */
const struct nev_kernels *nev_kernels_select(uint32_t isas);
uint32_t nev_kernels_built(void);
const char *nev_kernels_name(const struct nev_kernels *kernels);

/* Everything one inference uses. */
struct nev_run {
    const struct nev_plan *plan;
    const void *packed;
    const struct nev_kernels *kernels;   /* NULL: plain C */
    const struct nev_parallel *parallel; /* NULL: the calling thread alone */
    const struct nev_trace *trace;       /* NULL: none */
    void *arena;                         /* aligned to NEV_ALIGN */
    size_t arena_bytes;
};

/*
 * nev_run_image - one picture's features.
 * Shapes     input [height, width, 3] f32 as nev_normalise makes it; features [NEV_FEATURES_LEN] f32
 * Alias      none of input, features, packed, arena may overlap
 * Range      run->parallel->parts <= run->plan->parts
 * Errors     ARGUMENT, MEMORY (arena too small); features are then zeroed
 * Numerics   fast: the same bits everywhere; reference: the same bits everywhere, and within the bound of
 *            nn/NUMERICS.md of fast
 * Threads    one call per arena
 */
NEV_MUST_CHECK enum nev_status nev_run_image(const struct nev_run *run, const float *input, float *features,
                                             struct nev_error *err);

/*
 * nev_run_batch - the features of n pictures, the plan's batch at a time.
 * Shapes     input [n, height, width, 3] f32; features [n, NEV_FEATURES_LEN] f32
 * Range      n >= 1; it need not be a multiple of the batch
 * Numerics   the bits of n calls of nev_run_image
 * Errors     as nev_run_image; ARGUMENT for n = 0
 * Tests      tests/nn/test_batch.c
 */
NEV_MUST_CHECK enum nev_status nev_run_batch(const struct nev_run *run, const float *input, size_t n,
                                             float *features, struct nev_error *err);

#endif
