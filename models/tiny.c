/* tiny.c - a net small enough to be followed by hand: 2-2-1 with tanh and a squared error
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include "models/build.h"

static plumb_graph *
build(const plumb_settings *s)
{
    plumb_graph *g = plumb_graph_new();
    char name[16], suffix[16];
    int z, t;
    if (!g)
        return NULL;
    z = plumb_graph_input(g, "x", (plumb_shape){ 2, { s->batch, s->sizes[0] } });
    for (int l = 1; l <= s->layers; l++) {
        snprintf(suffix, sizeof suffix, "%d", l), snprintf(name, sizeof name, "s%d", l);
        z = plumb_layer(g, name, suffix, z, s->sizes[l], s->sizes[l - 1]);
        snprintf(name, sizeof name, "z%d", l);
        if (l < s->layers)
            z = plumb_graph_apply(g, plumb_op_find(s->act), name, NULL, &z);
    }
    t = plumb_graph_input(g, "t", (plumb_shape){ 2, { s->batch, s->sizes[s->layers] } });
    z = plumb_graph_apply(g, plumb_op_find("sub"), "e", NULL, (int[]){ z, t });
    plumb_graph_apply(g, plumb_op_find("squared_norm"), "C", NULL, &z);
    return g;
}

/* numbers of one or two digits that differ */
static double
nice(size_t i, int bias)
{
    static const double table[] = { 0.5, -1, 0.75, 0.25, -0.5, 1.5, -0.75, 1, -0.25, 1.25 };
    return bias ? table[(i + 3) % 10] / 4 : table[i % 10];
}

static plumb_subject *
open_tiny(const char *options, const plumb_dataset *d, uint64_t seed, plumb_diag *diag)
{
    plumb_settings s = { .act = "tanh", .batch = 1, .sizes = { 2, 2, 1 }, .layers = 2, .reduction = "sum" };
    plumb_subject *subject;
    size_t next = 0;
    (void)d, (void)seed;
    if (plumb_settings_read(&plumb_model_tiny, options, &s, diag))
        return NULL;
    subject = plumb_model_subject(&plumb_model_tiny, options, &s, build(&s), 1, diag);
    for (int v = 0; subject && v < plumb_graph_values(subject->graph); v++)
        for (size_t i = 0; subject->point[v] && i < plumb_shape_size(&plumb_graph_value(subject->graph, v)->shape); i++)
            subject->point[v][i] = nice(next++, *plumb_graph_value(subject->graph, v)->name == 'b');
    return subject;
}

static const char *const plain[] = { "", NULL };
const plumb_model plumb_model_tiny = { "tiny", "a net to follow by hand: 2-2-1, squared error, numbers of a few digits",
    "act=tanh|relu|sigmoid|..., batch=1, sizes=2:2:1", plain, NULL, open_tiny, NULL };
