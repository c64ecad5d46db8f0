/* pull.c - one module of a run by itself: its vector-Jacobian products at the values that the run holds
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "lib/run/plan.h"

/* A graph of the node alone; every input is a leaf of its own. */
static plumb_graph *
alone(const plumb_graph *g, const plumb_node *node, int in[PLUMB_MAXIN], int *out)
{
    plumb_graph *own = plumb_graph_new();
    for (int k = 0; own && k < node->op->nin; k++) {
        const plumb_value *v = plumb_graph_value(g, node->in[k]);
        in[k] = v->element == PLUMB_INDEX ? plumb_graph_label(own, v->name, v->shape, v->below) : plumb_graph_input(own, v->name, v->shape);
    }
    *out = own ? plumb_graph_apply(own, node->op, node->name, node->attrs, in) : -1;
    return own;
}

/* what the whole holds: numbers, computed indices, labels */
static void
bring(const plumb_run *whole, int from, plumb_run *run, int to)
{
    const plumb_slot *s = &whole->slot[from];
    plumb_array x = plumb_run_value(run, to, 0);
    if (plumb_graph_value(whole->graph, from)->element == PLUMB_REAL) {
        if (s->n)
            (void)!whole->num->copy(whole->num, &x, &s->value, s->n);
        return;
    }
    for (int i = 0; i < whole->nodes && !s->index; i++)          /* a label: as some node was given it */
        for (int k = 0; k < plumb_graph_node(whole->graph, i)->op->nin; k++)
            if (plumb_graph_node(whole->graph, i)->in[k] == from)
                plumb_run_set_label(run, to, whole->step[i].call.index[k]);
    if (s->index)
        plumb_run_set_label(run, to, s->index);
}

plumb_status
plumb_run_pull(const plumb_run *whole, int at, int input, const double *rows, size_t count, double *products, plumb_diag *diag)
{
    const plumb_node *node = plumb_graph_node(whole->graph, at);
    int in[PLUMB_MAXIN], out;
    plumb_graph *g = alone(whole->graph, node, in, &out);
    char wanted[PLUMB_MAXIN + PLUMB_MAXOUT] = { 0 };
    plumb_run_options o = { .wanted = wanted, .root = out, .poison = 1 };
    plumb_status st = g ? plumb_graph_done(g, diag) : PLUMB_ENOMEM;
    plumb_run *run = NULL;
    if (!st) {
        wanted[in[input]] = 1;
        run = plumb_run_new(g, whole->num, &o, diag);
        st = run ? PLUMB_OK : PLUMB_ENOMEM;
    }
    for (int k = 0; run && k < node->op->nin; k++)
        bring(whole, node->in[k], run, in[k]);
    if (run)
        st |= plumb_run_forward(run);
    for (size_t r = 0; run && r < count; r++) {
        plumb_array y = plumb_run_cotangent(run, out, 0), x = plumb_run_cotangent(run, in[input], 0);
        size_t dg = run->slot[out].n, df = run->slot[in[input]].n;
        for (size_t j = 0; j < dg; j++)
            plumb_set_d(whole->num, &y, j, rows ? rows[r * dg + j] : r == j);
        st |= plumb_run_reverse(run);
        for (size_t i = 0; i < df; i++)
            products[r * df + i] = plumb_get_d(whole->num, &x, i);
    }
    plumb_run_free(run);
    plumb_graph_free(g);
    return st;
}
