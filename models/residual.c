/* residual.c - a residual net whose blocks share one weight: z_k+1 = z_k + f(W z_k + b)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every z has two consumers and W one per block: cotangents that meet add up. */
#include <stdio.h>
#include "models/build.h"

enum { FEATURES = 4, CLASSES = 3 };

static plumb_graph *
build(const plumb_settings *s)
{
    plumb_graph *g = plumb_graph_new();
    int z, W, b;
    char name[32];
    if (!g)
        return NULL;
    z = plumb_graph_input(g, "x", (plumb_shape){ 2, { s->batch, FEATURES } });
    W = plumb_graph_param(g, "W", (plumb_shape){ 2, { FEATURES, FEATURES } });
    b = plumb_graph_param(g, "b", (plumb_shape){ 1, { FEATURES } });
    for (size_t k = 0; k < s->blocks; k++) {
        int h;
        snprintf(name, sizeof name, "s%zu", k);
        h = plumb_graph_apply(g, plumb_op_find("linear"), name, NULL, (int[]){ z, W, b });
        snprintf(name, sizeof name, "h%zu", k);
        h = plumb_graph_apply(g, plumb_op_find(s->act), name, NULL, &h);
        snprintf(name, sizeof name, "z%zu", k + 1);
        z = plumb_graph_apply(g, plumb_op_find("add"), name, NULL, (int[]){ z, h });
    }
    z = plumb_layer(g, "y", "y", z, CLASSES, FEATURES);
    plumb_cost(g, s, z, s->batch, CLASSES);
    return g;
}

static plumb_subject *
open_residual(const char *options, const plumb_dataset *d, uint64_t seed, plumb_diag *diag)
{
    plumb_settings s = { .act = "tanh", .cost = "cross_entropy", .reduction = "mean", .batch = 4, .blocks = 3 };
    plumb_subject *subject;
    if (plumb_settings_read(&plumb_model_residual, options, &s, diag))
        return NULL;
    if (s.blocks > 200) {
        plumb_fail(diag, PLUMB_EINPUT, "model:residual: blocks=%zu is more than 200", s.blocks);
        return NULL;
    }
    subject = plumb_model_subject(&plumb_model_residual, options, &s, build(&s), 1, diag);
    if (!subject)
        return NULL;
    plumb_draw_parameters(subject, s.act, seed);
    if (!plumb_draw_samples(subject, &s, d, seed, diag))
        return subject;
    plumb_subject_free(subject);
    return NULL;
}

static const char *const plain[] = { "", NULL };
const plumb_model plumb_model_residual = { "residual", "blocks z + f(W z + b) that share W and b, on the irises",
    "act=tanh|relu|..., batch=4, blocks=3, cost=cross_entropy|squared, reduction=mean|sum", plain, "iris.csv", open_residual, plumb_load_iris };
