/* mlp.c - layers of weighted sums and non-linearities, a cross-entropy averaged over the samples
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The lecture's traditional net: s_k = W_k z_k + b_k, z_k+1 = f(s_k), on the handwritten digits. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/base/random.h"
#include "plumbline/model.h"

enum { MAXLAYERS = 20 };
typedef struct settings {
    char act[16];
    size_t batch, sizes[MAXLAYERS + 1];
    int layers;
} settings;

static plumb_status
read_sizes(const char *text, settings *s)
{
    char *end;
    s->layers = -1;
    for (const char *p = text;; p = end + 1) {
        long v = strtol(p, &end, 10);
        if (end == p || v < 1 || v > 100000 || s->layers == MAXLAYERS || (*end && *end != ':'))
            return PLUMB_EINPUT;
        s->sizes[++s->layers] = (size_t)v;
        if (!*end)
            return s->layers < 1 ? PLUMB_EINPUT : PLUMB_OK;
    }
}

static plumb_status
read_settings(const char *text, settings *s, plumb_diag *diag)
{
    char copy[256], *rest;
    *s = (settings){ .act = "tanh", .batch = 8, .sizes = { 64, 32, 10 }, .layers = 2 };
    if ((size_t)snprintf(copy, sizeof copy, "%s", text) >= sizeof copy)
        return plumb_fail(diag, PLUMB_EINPUT, "model:mlp: the options are too long");
    for (char *one = strtok_r(copy, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
        char *end;
        long v;
        if (!strncmp(one, "act=", 4) && strlen(one + 4) < sizeof s->act)
            strcpy(s->act, one + 4);
        else if (!strncmp(one, "batch=", 6) && (v = strtol(one + 6, &end, 10)) > 0 && v <= 100000 && !*end)
            s->batch = (size_t)v;
        else if (!strncmp(one, "sizes=", 6) && !read_sizes(one + 6, s))
            ;
        else
            return plumb_fail(diag, PLUMB_EINPUT, "model:mlp: \"%s\" cannot be used; options are act=tanh|relu|sigmoid|softplus, "
                "batch=N, sizes=64:32:10 (at most %d layers)", one, MAXLAYERS);
    }
    return PLUMB_OK;
}

static plumb_graph *
build(const settings *s, int64_t classes)
{
    plumb_graph *g = plumb_graph_new();
    const plumb_op *linear = plumb_op_find("linear"), *act = plumb_op_find(s->act);
    char name[32];
    int h, t;
    if (!g)
        return NULL;
    h = plumb_graph_input(g, "x", (plumb_shape){ 2, { s->batch, s->sizes[0] } });
    t = plumb_graph_label(g, "t", (plumb_shape){ 1, { s->batch } }, classes);
    for (int l = 0; l < s->layers; l++) {
        int W, b;
        snprintf(name, sizeof name, "W%d", l);
        W = plumb_graph_param(g, name, (plumb_shape){ 2, { s->sizes[l + 1], s->sizes[l] } });
        snprintf(name, sizeof name, "b%d", l);
        b = plumb_graph_param(g, name, (plumb_shape){ 1, { s->sizes[l + 1] } });
        snprintf(name, sizeof name, "s%d", l);
        h = plumb_graph_apply(g, linear, name, NULL, (int[]){ h, W, b });
        snprintf(name, sizeof name, "z%d", l + 1);
        if (l + 1 < s->layers)
            h = plumb_graph_apply(g, act, name, NULL, (int[]){ h });
    }
    plumb_graph_apply(g, plumb_op_find("cross_entropy"), "C", NULL, (int[]){ h, t });
    return g;
}

/* Glorot and Bengio (2010) for smooth units, He et al. (2015) for ReLU; every number a value of f32. */
static void
draw(plumb_subject *s, const settings *o, const plumb_dataset *d, uint64_t seed)
{
    plumb_random r = plumb_random_named(seed, "model:mlp");
    size_t start = plumb_random_below(&r, d->n - o->batch + 1);
    double boost = strcmp(o->act, "relu") ? 1 : 2;
    for (int v = 0; v < plumb_graph_values(s->graph); v++) {
        const plumb_value *leaf = plumb_graph_value(s->graph, v);
        size_t n = plumb_shape_size(&leaf->shape);
        double gain = leaf->shape.rank == 2 ? sqrt(3 * boost / (double)leaf->shape.dim[1]) : 0.1;
        s->checked[v] = leaf->role == PLUMB_PARAM;
        for (size_t i = 0; i < n && leaf->role == PLUMB_PARAM; i++)
            s->point[v][i] = (double)(float)(gain * plumb_random_between(&r, -1, 1));
        for (size_t i = 0; i < n && leaf->role == PLUMB_INPUT; i++)
            s->point[v][i] = (double)(float)d->x[start * d->features + i];
        for (size_t i = 0; i < n && leaf->role == PLUMB_LABEL; i++)
            s->label[v][i] = d->label[start + i];
    }
}

static plumb_subject *
open_mlp(const char *options, const plumb_dataset *d, uint64_t seed, plumb_diag *diag)
{
    settings o;
    char name[320], target[400] = "";
    plumb_graph *g;
    plumb_subject *s;
    if (read_settings(options, &o, diag))
        return NULL;
    if (!plumb_op_find(o.act) || plumb_op_find(o.act)->nin != 1 || plumb_op_find(o.act)->structure != PLUMB_POINTWISE) {
        plumb_fail(diag, PLUMB_EINPUT, "model:mlp: act=%s is not a pointwise op of one input", o.act);
        return NULL;
    }
    if (o.sizes[0] != d->features || (int64_t)o.sizes[o.layers] < d->classes) {
        plumb_fail(diag, PLUMB_ESHAPE, "model:mlp: sizes begin with %zu and end with %zu; the data have %zu features and %lld classes",
            o.sizes[0], o.sizes[o.layers], d->features, (long long)d->classes);
        return NULL;
    }
    if (o.batch > d->n) {
        plumb_fail(diag, PLUMB_EINPUT, "model:mlp: batch=%zu is more than the %zu samples there are", o.batch, d->n);
        return NULL;
    }
    snprintf(name, sizeof name, "model:mlp(%s)", *options ? options : "act=tanh");
    g = build(&o, d->classes);
    plumb_shell_quote(target, sizeof target, name);
    s = plumb_subject_new(name, "", target, g, g ? plumb_graph_values(g) - 1 : -1, diag);
    if (s)
        draw(s, &o, d, seed);
    return s;
}

static plumb_dataset *
load(const char *path, plumb_diag *diag)
{
    return plumb_dataset_read(path, 64, 16, 10, diag);
}

static const char *const variants[] = { "act=tanh", "act=relu", NULL };
static const plumb_model mlp = { "mlp", "64-32-10 layers on handwritten digits, cross-entropy, average loss",
    "act=tanh|relu|sigmoid|softplus, batch=8, sizes=64:32:10", variants, "digits.csv", open_mlp, load };

const plumb_model *const plumb_models[] = { &mlp, NULL };

const plumb_model *
plumb_model_find(const char *name)
{
    for (int i = 0; plumb_models[i]; i++)
        if (!strcmp(plumb_models[i]->name, name))
            return plumb_models[i];
    return NULL;
}
