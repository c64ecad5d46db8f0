/* plan.c - which planes, lanes and cotangents exist, and one filled-in call per node
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Three sweeps over the graph: forward (laned, active, needed), backward (reached), and backward
 * once more for the modes: the first consumer met in the order of the reverse pass gets SET. */
#include <string.h>
#include "lib/base/alloc.h"
#include "lib/run/plan.h"

static const char *
flag(const char *flags, int i)
{
    return flags && flags[i] ? flags + i : NULL;
}

static void
sweep_forward(plumb_run *r, const plumb_run_options *o)
{
    for (int i = 0; i < r->values; i++) {
        const plumb_value *v = plumb_graph_value(r->graph, i);
        plumb_slot *s = &r->slot[i];
        s->n = plumb_shape_size(&v->shape);
        s->wanted = v->element == PLUMB_REAL && (o->wanted ? !!flag(o->wanted, i) : v->role == PLUMB_PARAM);
        s->needed = s->wanted;
        if (v->node < 0) {
            s->laned = !!flag(o->laned, i);
            s->active = !!flag(o->active, i);
            continue;
        }
        for (int k = 0; k < plumb_graph_node(r->graph, v->node)->op->nin; k++) {
            const plumb_slot *in = &r->slot[plumb_graph_node(r->graph, v->node)->in[k]];
            s->laned |= in->laned, s->active |= in->active, s->needed |= in->needed;
        }
        r->step[v->node].laned = s->laned;
    }
}

static void
sweep_backward(plumb_run *r)
{
    r->slot[r->root].reached = 1;
    for (int i = r->nodes - 1; i >= 0; i--) {
        const plumb_node *node = plumb_graph_node(r->graph, i);
        for (int k = 0; k < node->op->nout; k++)
            r->step[i].reached |= r->slot[node->out + k].reached;
        for (int k = 0; k < node->op->nin && r->step[i].reached; k++)
            r->slot[node->in[k]].reached = 1;
    }
}

static int
any_active(const plumb_run *r)
{
    for (int i = 0; i < r->values; i++)
        if (r->slot[i].active)
            return 1;
    return 0;
}

static plumb_status
take_storage(plumb_run *r)
{
    const plumb_num *R = r->num;
    int bar_planes = any_active(r) ? R->planes : R->constants;
    size_t largest = 1;
    plumb_status st = PLUMB_OK;
    for (int i = 0; i < r->values && !st; i++) {
        const plumb_value *v = plumb_graph_value(r->graph, i);
        plumb_slot *s = &r->slot[i];
        int planes = s->active ? R->planes : v->node < 0 ? 1 : R->constants;
        int kept = s->wanted || (s->needed && s->reached) || i == r->root || (v->node >= 0 && r->step[v->node].reached);
        if (v->element == PLUMB_INDEX) {
            s->index = v->node < 0 ? NULL : plumb_alloc(s->laned ? s->n * r->lanes : s->n, sizeof *s->index);
            st |= v->node >= 0 && !s->index ? PLUMB_ENOMEM : PLUMB_OK;
            continue;
        }
        largest = s->n > largest ? s->n : largest;
        st |= plumb_take_planes(r->store, R, s->laned ? s->n * r->lanes : s->n, planes, &s->value);
        if (kept)
            st |= plumb_take_planes(r->store, R, s->n * r->lanes, bar_planes, &s->bar);
        if (kept && !st)
            st |= plumb_zero(R, &s->bar, s->n * r->lanes);
    }
    st |= st ? PLUMB_OK : plumb_take_planes(r->store, R, largest, 1, &r->ones);
    for (size_t i = 0; i < largest && !st; i++)
        plumb_set_d(R, &r->ones, i, 1);
    return st;
}

/* The lanes as one more leading axis of what is laned. */
static void
widen(const plumb_run *r, const plumb_node *node, plumb_step *s, unsigned laned)
{
    int rank = s->call.out[0].rank;
    s->wide = s->call;
    for (int k = 0; k < node->op->nin + node->op->nout; k++) {
        int is_in = k < node->op->nin;
        plumb_shape *shape = is_in ? &s->wide.in[k] : &s->wide.out[k - node->op->nin];
        int own = shape->rank;
        if (is_in && !(laned >> k & 1))
            continue;
        memmove(shape->dim + 1 + rank - own, shape->dim, (size_t)own * sizeof *shape->dim);
        for (int i = 1; i < 1 + rank - own; i++)
            shape->dim[i] = 1;
        shape->dim[0] = r->lanes, shape->rank = rank + 1;
    }
}

static plumb_status
fill_call(plumb_run *r, int i)
{
    const plumb_node *node = plumb_graph_node(r->graph, i);
    const plumb_op *op = node->op;
    plumb_step *s = &r->step[i];
    plumb_call *c = &s->call;
    unsigned laned = 0;
    plumb_status st = PLUMB_OK;
    *c = (plumb_call){ .num = r->num, .work = r->work, .op = op, .attr = node->attr, .compiled = node->compiled,
        .nin = op->nin, .ones = r->ones };
    for (int k = 0; k < op->nin; k++) {
        const plumb_slot *in = &r->slot[node->in[k]];
        c->in[k] = plumb_graph_value(r->graph, node->in[k])->shape;
        c->x[k] = in->value, c->x_bar[k] = in->bar, c->index[k] = in->index;
        laned |= (unsigned)in->laned << k;
    }
    for (int k = 0; k < op->nout; k++) {
        c->out[k] = plumb_graph_value(r->graph, node->out + k)->shape;
        c->y[k] = r->slot[node->out + k].value, c->y_bar[k] = r->slot[node->out + k].bar;
    }
    c->chosen = r->slot[node->out].index;
    s->saved = op->saved ? op->saved(c->in, c->attr) : 0;
    if (s->saved)
        st = plumb_take_planes(r->store, r->num, s->laned ? s->saved * r->lanes : s->saved,
            r->slot[node->out].active ? r->num->planes : r->num->constants, &c->saved);
    s->folded = s->laned && r->lanes > 1 && op->fold && op->fold(c->in, c->attr, laned);
    if (s->folded)
        widen(r, node, s, laned);
    return st;
}

static void
set_modes(plumb_run *r, const plumb_run_options *o)
{
    for (int i = r->nodes - 1; i >= 0; i--) {
        const plumb_node *node = plumb_graph_node(r->graph, i);
        for (int k = 0; k < node->op->nin && r->step[i].reached; k++) {
            plumb_slot *in = &r->slot[node->in[k]];
            if (!in->needed || !in->bar.plane[0])
                continue;
            r->step[i].call.want[k] = 1;
            r->step[i].call.mode[k] = in->met || (o->accumulate && in->wanted) ? PLUMB_ADD : PLUMB_SET;
            in->met = 1;
        }
    }
}

plumb_status
plumb_plan(plumb_run *r, const plumb_run_options *o)
{
    plumb_status st;
    sweep_forward(r, o);
    sweep_backward(r);
    st = take_storage(r);
    for (int i = 0; i < r->nodes && !st; i++)
        st |= fill_call(r, i);
    if (!st)
        set_modes(r, o);
    return st;
}
