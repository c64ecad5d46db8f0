/* ties.c - where a run stands on a kink, or too close to one to say on which side
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each abs, step, sign, max and min of a formula has a program whose zeros are its ties; an op that
 * chooses among elements has its contest.  Both are run in the run's own number system, so that
 * rounding() brings the distance in sigmas with it. */
#include <math.h>
#include "lib/ops/ops.h"
#include "lib/run/plan.h"

/* The input whose element moves a result: one that was not stretched. */
static int
mover(const plumb_call *c, int *input)
{
    *input = 0;
    if (c->op->contest)
        return 1;
    for (int k = 0; k < c->nin; k++)
        if (plumb_shape_size(&c->in[k]) == plumb_shape_size(&c->out[0])) {
            *input = k;
            return 1;
        }
    return 0;
}

static size_t
comparisons(const plumb_call *c)
{
    return plumb_shape_size(c->op->contest ? &c->in[0] : &c->out[0]);
}

static void
scan(const plumb_run *r, int node, int which, const plumb_array *t, long bits, plumb_events *ties)
{
    const plumb_call *c = &r->step[node].call;
    int rounding = r->num->kind == PLUMB_ROUNDING, input;
    int moved = mover(c, &input);
    for (size_t i = 0; i < comparisons(c); i++) {
        double v = plumb_get_d(r->num, t, i), sigma = 0;
        if (rounding && t->plane[1])
            sigma = plumb_rounding_sigma(r->num->leaf->get_d(r->num->leaf, t->plane[1], t->off + (ptrdiff_t)i * t->inc), bits);
        if (fabs(v) > 6 * sigma || (c->op->contest && v < 0))
            continue;
        plumb_note_event(ties, (plumb_event){ .node = node, .value = plumb_graph_node(r->graph, node)->in[input],
            .element = i, .status = moved ? PLUMB_EDOMAIN : PLUMB_EUNABLE, .which = which, .at = v,
            .margin = fabs(v) + 6 * sigma });
    }
}

/* t = the differences that comparison `which` of a node looks at; 0 when it has no such comparison.
 * The caller gives the workspace back. */
static int
differences(plumb_run *r, int node, int which, plumb_array *t, plumb_status *st)
{
    plumb_compiled compiled;
    plumb_call c = r->step[node].call;
    if (c.op->contest ? which > 0 : !c.compiled || !plumb_formula_tie(&c.compiled->value, which, &compiled.value))
        return 0;
    *st |= plumb_take(r->work, r->num, comparisons(&c), t);
    if (*st & PLUMB_ENOMEM)
        return 0;
    if (c.op->contest) {
        *st |= c.op->contest(&c, t);
        return 1;
    }
    c.compiled = &compiled, c.y[0] = *t;
    *st |= plumb_pointwise_forward(&c);
    return 1;
}

plumb_status
plumb_run_ties(plumb_run *r, long bits, plumb_events *ties)
{
    plumb_status st = PLUMB_OK;
    plumb_array t;
    ties->count = 0;
    for (int i = 0; i < r->nodes; i++) {
        plumb_mark mark = plumb_work_mark(r->work);
        if (!plumb_graph_node(r->graph, i)->op->kinks)
            continue;
        for (int k = 0; differences(r, i, k, &t, &st); k++) {
            scan(r, i, k, &t, bits, ties);
            plumb_work_give(r->work, mark);
        }
    }
    return st;
}

plumb_status
plumb_run_tie_value(plumb_run *r, const plumb_event *tie, double *value)
{
    plumb_status st = PLUMB_OK;
    plumb_mark mark = plumb_work_mark(r->work);
    plumb_array t;
    *value = NAN;
    if (differences(r, tie->node, tie->which, &t, &st))
        *value = plumb_get_d(r->num, &t, tie->element);
    plumb_work_give(r->work, mark);
    return st;
}
