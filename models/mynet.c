/* mynet.c - the lecture's PyTorch example: an image 3x10x20, then layers 600-60-40-10 with ReLU
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The image is drawn from a normal distribution, as in the lecture; no data file. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "lib/base/random.h"
#include "models/build.h"

static plumb_graph *
build(const plumb_settings *s)
{
    static const size_t sizes[] = { 600, 60, 40, 10 };
    plumb_graph *g = plumb_graph_new();
    char name[16], suffix[16];
    int h;
    if (!g)
        return NULL;
    h = plumb_graph_input(g, "x", (plumb_shape){ 4, { s->batch, 3, 10, 20 } });
    h = plumb_graph_apply(g, plumb_op_find("reshape"), "z0", "dims=-1:600", &h);
    for (int l = 0; l < 3; l++) {
        snprintf(suffix, sizeof suffix, "%d", l), snprintf(name, sizeof name, "s%d", l);
        h = plumb_layer(g, name, suffix, h, sizes[l + 1], sizes[l]);
        snprintf(name, sizeof name, "z%d", l + 1);
        if (l < 2)
            h = plumb_graph_apply(g, plumb_op_find("relu"), name, NULL, &h);
    }
    plumb_cost(g, s, h, s->batch, 10);
    return g;
}

/* Box and Muller 1958 */
static double
normal(plumb_random *r)
{
    double u = plumb_random_between(r, 0x1p-40, 1), v = plumb_random_between(r, 0, 1);
    return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

static void
draw(plumb_subject *subject, uint64_t seed)
{
    plumb_random r = plumb_random_named(seed, "mynet");
    for (int v = 0; v < plumb_graph_values(subject->graph); v++) {
        const plumb_value *leaf = plumb_graph_value(subject->graph, v);
        size_t n = plumb_shape_size(&leaf->shape);
        for (size_t i = 0; i < n && leaf->role == PLUMB_INPUT; i++)
            subject->point[v][i] = !strcmp(leaf->name, "t") ? i % 10 == (3 * (i / 10) + 7) % 10 : (double)(float)normal(&r);
        for (size_t i = 0; i < n && leaf->role == PLUMB_LABEL; i++)
            subject->label[v][i] = (int64_t)((3 * i + 7) % 10);
    }
}

static plumb_subject *
open_mynet(const char *options, const plumb_dataset *d, uint64_t seed, plumb_diag *diag)
{
    plumb_settings s = { .cost = "cross_entropy", .reduction = "mean", .batch = 2 };
    plumb_subject *subject;
    (void)d;
    if (plumb_settings_read(&plumb_model_mynet, options, &s, diag))
        return NULL;
    subject = plumb_model_subject(&plumb_model_mynet, options, &s, build(&s), 1, diag);
    if (!subject)
        return NULL;
    plumb_draw_parameters(subject, "relu", seed);
    draw(subject, seed);
    return subject;
}

static const char *const variants[] = { "cost=cross_entropy", "cost=squared", NULL };
const plumb_model plumb_model_mynet = { "mynet", "the lecture's image classifier: 3x10x20, then 600-60-40-10 with ReLU",
    "batch=2, cost=cross_entropy|squared, reduction=mean|sum", variants, NULL, open_mynet, NULL };
