/* mlp.c - layers of weighted sums and non-linearities: the lecture's traditional net, and a stack without
 * the non-linearities
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * s_k = W_k z_k + b_k, z_k+1 = f(s_k), on the handwritten digits.  Without f the layers collapse into one:
 * the stack computes x (W_n ... W_1)^T. */
#include <stdio.h>
#include <string.h>
#include "models/build.h"

static int
fits(const plumb_model *m, const plumb_settings *s, const plumb_dataset *d, plumb_diag *diag)
{
    if (s->sizes[0] == d->features && (int64_t)s->sizes[s->layers] >= d->classes)
        return 1;
    plumb_fail(diag, PLUMB_ESHAPE, "model:%s: sizes begin with %zu and end with %zu; the data have %zu features and %lld classes", m->name,
        s->sizes[0], s->sizes[s->layers], d->features, (long long)d->classes);
    return 0;
}

static plumb_graph *
build(const plumb_settings *s)
{
    plumb_graph *g = plumb_graph_new();
    char name[16], suffix[16];
    int h;
    if (!g)
        return NULL;
    h = plumb_graph_input(g, "x", (plumb_shape){ 2, { s->batch, s->sizes[0] } });
    for (int l = 0; l < s->layers; l++) {
        snprintf(suffix, sizeof suffix, "%d", l), snprintf(name, sizeof name, "s%d", l);
        h = plumb_layer(g, name, suffix, h, s->sizes[l + 1], s->sizes[l]);
        snprintf(name, sizeof name, "z%d", l + 1);
        if (l + 1 < s->layers)
            h = plumb_graph_apply(g, plumb_op_find(s->act), name, NULL, &h);
    }
    plumb_cost(g, s, h, s->batch, s->sizes[s->layers]);
    return g;
}

static plumb_subject *
finish(const plumb_model *m, const char *options, const plumb_settings *s, plumb_graph *g, const plumb_dataset *d, uint64_t seed,
    int check_x, plumb_diag *diag)
{
    plumb_subject *subject = plumb_model_subject(m, options, s, g, check_x, diag);
    if (!subject)
        return NULL;
    plumb_draw_parameters(subject, s->act, seed);
    if (!plumb_draw_samples(subject, s, d, seed, diag))
        return subject;
    plumb_subject_free(subject);
    return NULL;
}

/* A net for other data than ours: its samples are drawn. */
static plumb_subject *
drawn(const plumb_model *m, const char *options, const plumb_settings *s, plumb_graph *g, uint64_t seed, plumb_diag *diag)
{
    plumb_subject *subject = plumb_model_subject(m, options, s, g, 0, diag);
    if (!subject)
        return NULL;
    if (plumb_subject_draw(subject, seed, 0)) {
        plumb_subject_free(subject);
        return plumb_fail(diag, PLUMB_ENOMEM, "out of memory for model:%s", m->name), NULL;
    }
    plumb_draw_parameters(subject, s->act, seed);
    return subject;
}

static plumb_subject *
open_mlp(const char *options, const plumb_dataset *d, uint64_t seed, plumb_diag *diag)
{
    plumb_settings s = { .act = "tanh", .cost = "cross_entropy", .reduction = "mean", .batch = 8, .sizes = { 64, 32, 10 }, .layers = 2 };
    if (plumb_settings_read(&plumb_model_mlp, options, &s, diag))
        return NULL;
    if (s.sizes[0] == d->features && (int64_t)s.sizes[s.layers] >= d->classes)
        return finish(&plumb_model_mlp, options, &s, build(&s), d, seed, 0, diag);
    return drawn(&plumb_model_mlp, options, &s, build(&s), seed, diag);
}

static const char *const mlp_variants[] = { "act=tanh", "act=relu", NULL };
const plumb_model plumb_model_mlp = { "mlp", "layers of weighted sums and non-linearities on handwritten digits (other sizes: on drawn samples)",
    "act=tanh|relu|sigmoid|..., batch=8, sizes=64:32:10, cost=cross_entropy|squared, reduction=mean|sum", mlp_variants, "digits.csv",
    open_mlp, plumb_load_digits };

/* ---- linear_stack ---- */

static plumb_graph *
build_stack(const plumb_settings *s)
{
    plumb_graph *g = plumb_graph_new();
    char name[16];
    int h;
    if (!g)
        return NULL;
    h = plumb_graph_input(g, "x", (plumb_shape){ 2, { s->batch, s->sizes[0] } });
    for (int l = 0; l < s->layers; l++) {
        int W, T;
        snprintf(name, sizeof name, "W%d", l);
        W = plumb_graph_param(g, name, (plumb_shape){ 2, { s->sizes[l + 1], s->sizes[l] } });
        snprintf(name, sizeof name, "T%d", l);
        T = plumb_graph_apply(g, plumb_op_find("transpose"), name, NULL, &W);
        snprintf(name, sizeof name, "s%d", l);
        h = plumb_graph_apply(g, plumb_op_find("matmul"), name, NULL, (int[]){ h, T });
    }
    plumb_cost(g, s, h, s->batch, s->sizes[s->layers]);
    return g;
}

static plumb_subject *
open_stack(const char *options, const plumb_dataset *d, uint64_t seed, plumb_diag *diag)
{
    plumb_settings s = { .cost = "squared", .reduction = "mean", .batch = 6, .sizes = { 4, 6, 5, 3 }, .layers = 3 };
    if (plumb_settings_read(&plumb_model_linear_stack, options, &s, diag) || !fits(&plumb_model_linear_stack, &s, d, diag))
        return NULL;
    return finish(&plumb_model_linear_stack, options, &s, build_stack(&s), d, seed, 1, diag);
}

static const char *const plain[] = { "", NULL };
const plumb_model plumb_model_linear_stack = { "linear_stack", "layers without non-linearities on the irises: one product of matrices",
    "batch=6, sizes=4:6:5:3, cost=squared|cross_entropy, reduction=mean|sum", plain, "iris.csv", open_stack, plumb_load_iris };
