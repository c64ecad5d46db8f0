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

/* Puts elements 0 and 2 of the first input on the kink of a one-node subject: at 0, or level with the
 * second input. */
static void
onto_kink(plumb_subject *s)
{
    const plumb_node *node = plumb_graph_node(s->graph, 0);
    size_t n = plumb_shape_size(&plumb_graph_value(s->graph, node->in[0])->shape);
    for (size_t i = 0; i < n && i < 3; i += 2)
        s->point[node->in[0]][i] = node->op->nin > 1 ? s->point[node->in[1]][i] : 0;
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
