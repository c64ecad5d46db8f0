/* sample.c - drawing the point of a subject: signed, inside the domain, on kinks or clear of them
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include "lib/base/random.h"
#include "plumbline/formula.h"
#include "plumbline/run.h"
#include "plumbline/subject.h"

/* The box of a leaf: of the first op that reads it. */
static void
box(const plumb_graph *g, int leaf, double *lo, double *hi)
{
    *lo = -2, *hi = 2;
    for (int i = 0; i < plumb_graph_nodes(g); i++)
        for (int k = 0; k < plumb_graph_node(g, i)->op->nin; k++)
            if (plumb_graph_node(g, i)->in[k] == leaf) {
                const plumb_op *op = plumb_graph_node(g, i)->op;
                if (op->lo[k] != op->hi[k])
                    *lo = op->lo[k], *hi = op->hi[k];
                return;
            }
}

static void
draw_leaf(plumb_subject *s, int v, uint64_t seed)
{
    const plumb_value *leaf = plumb_graph_value(s->graph, v);
    plumb_random r = plumb_random_named(seed, leaf->name);
    size_t n = plumb_shape_size(&leaf->shape);
    double lo, hi;
    box(s->graph, v, &lo, &hi);
    for (size_t i = 0; i < n && s->point[v]; i++) {
        double x = plumb_random_between(&r, lo, hi);
        s->point[v][i] = (double)(float)(fabs(x) < 0x1p-10 ? copysign(0x1p-10, x) : x);
    }
    for (size_t i = 0; i < n && s->label[v]; i++)
        s->label[v][i] = (int64_t)plumb_random_below(&r, (size_t)(leaf->below > 0 ? leaf->below : 1));
}

/* A number at which the kinks' formula of an op of one input is 0. */
static double
kink_of(const plumb_node *node)
{
    static const char *const x[] = { "x" };
    static const double likely[] = { 0, 1, -1, 0.5, -0.5, 1.5, 2, -2 };
    plumb_constants named = { .n = 0 };
    plumb_program P;
    plumb_work *w = plumb_work_new(&plumb_f64, 1);
    double at = 0, value, *found = NULL;
    for (int i = 0; i < PLUMB_MAXATTRS && node->op->attrs[i].name; i++)
        named.name[named.n] = node->op->attrs[i].name, named.value[named.n++] = node->attr[i].real;
    for (size_t i = 0; i < sizeof likely / sizeof *likely && w && !found; i++) {
        plumb_array in = { .plane = { &at }, .inc = 1 }, out = { .plane = { &value }, .inc = 1 };
        at = likely[i];
        if (!plumb_formula_bind(node->op->kinks, x, 1, &named, 0, &P, NULL) &&
            !plumb_program_run(&plumb_f64, &P, PLUMB_SET, &out, &in, 1, w) && value == 0)
            found = &at;
    }
    plumb_work_free(w);
    return found ? at : 0;
}

/* Puts elements 0 and 2 of the first input on the kink of a one-node subject: where its kinks' formula is
 * 0, level with the second input, or, where elements compete, two on top and two at the bottom level. */
static void
onto_kink(plumb_subject *s)
{
    static const double level[] = { 3, 3, -3, -3 };
    const plumb_node *node = plumb_graph_node(s->graph, 0);
    size_t n = plumb_shape_size(&plumb_graph_value(s->graph, node->in[0])->shape);
    double *x = s->point[node->in[0]];
    for (size_t i = 0; i < n && i < 4; i++)
        if (node->op->contest)
            x[i] = level[i];
        else if (i % 2 == 0)
            x[i] = node->op->nin > 1 ? s->point[node->in[1]][i] : kink_of(node);
}

plumb_status
plumb_subject_draw(plumb_subject *s, uint64_t seed, int on_kink)
{
    for (int v = 0; v < plumb_graph_values(s->graph); v++)
        if (plumb_graph_value(s->graph, v)->node < 0)
            draw_leaf(s, v, plumb_hash_text(seed, s->name));
    if (on_kink)
        onto_kink(s);
    return PLUMB_OK;
}
