/* run.c - the life of a run, its leaves and its two passes
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include "lib/base/alloc.h"
#include "lib/num/derived.h"
#include "lib/run/plan.h"

/* ---- life ---- */

static plumb_status
constants(plumb_run *r)
{
    for (int i = 0; i < r->values; i++)
        if (plumb_graph_value(r->graph, i)->role == PLUMB_CONSTANT)
            plumb_run_set(r, i, plumb_graph_value(r->graph, i)->data);
    return PLUMB_OK;
}

plumb_run *
plumb_run_new(const plumb_graph *graph, const plumb_num *R, const plumb_run_options *options, plumb_diag *diag)
{
    static const plumb_run_options defaults = { .root = -1 };
    const plumb_run_options *o = options ? options : &defaults;
    plumb_run *r;
    int team = o->team > 1 ? o->team : 1, values = plumb_graph_values(graph), nodes = plumb_graph_nodes(graph);
    if (plumb_graph_done(graph, diag) || !values)
        return NULL;
    if (o->lanes > 1 && R->lanes > 1) {
        plumb_fail(diag, PLUMB_EINPUT, "a run of %zu lanes needs a system without lanes of its own, %s has %zu", o->lanes,
            R->name, R->lanes);
        return NULL;
    }
    r = plumb_alloc(1, sizeof *r);
    if (!r)
        goto out_of_memory;
    r->graph = graph, r->num = R, r->lanes = o->lanes ? o->lanes : 1, r->poison = o->poison;
    r->values = values, r->nodes = nodes, r->root = o->root < 0 ? values - 1 : o->root;
    r->slot = plumb_alloc((size_t)values, sizeof *r->slot);
    r->step = plumb_alloc((size_t)nodes, sizeof *r->step);
    r->store = plumb_work_new(R, 1);
    r->work = plumb_work_new(R, team);
    if (r->slot && r->step && r->store && r->work && !plumb_plan(r, o) && !constants(r))
        return r;
out_of_memory:
    plumb_fail(diag, PLUMB_ENOMEM, "out of memory for a run of %d values in %s", values, R->name);
    plumb_run_free(r);
    return NULL;
}

void
plumb_run_free(plumb_run *r)
{
    if (!r)
        return;
    plumb_work_free(r->store);
    plumb_work_free(r->work);
    for (int i = 0; r->slot && i < r->values; i++)
        plumb_release(r->slot[i].index);
    plumb_release(r->slot);
    plumb_release(r->step);
    plumb_release(r);
}

const plumb_num *
plumb_run_num(const plumb_run *r)
{
    return r->num;
}

const plumb_graph *
plumb_run_graph(const plumb_run *r)
{
    return r->graph;
}

/* ---- leaves and storage ---- */

plumb_array
plumb_shifted(const plumb_array *a, size_t by)
{
    plumb_array r = *a;
    r.off += (ptrdiff_t)by;
    return r;
}

void
plumb_run_set(plumb_run *r, int value, const double *data)
{
    const plumb_slot *s = &r->slot[value];
    for (size_t l = 0; l < (s->laned ? r->lanes : 1); l++)
        for (size_t i = 0; i < s->n; i++)
            plumb_set_d(r->num, &s->value, l * s->n + i, data[i]);
}

void
plumb_run_set_label(plumb_run *r, int value, const int64_t *labels)
{
    for (int i = 0; i < r->nodes; i++) {
        const plumb_node *node = plumb_graph_node(r->graph, i);
        for (int k = 0; k < node->op->nin; k++)
            if (node->in[k] == value)
                r->step[i].call.index[k] = r->step[i].wide.index[k] = labels;
    }
}

const int64_t *
plumb_run_index(const plumb_run *r, int value, size_t lane)
{
    const plumb_slot *s = &r->slot[value];
    return s->index ? s->index + (s->laned ? lane * s->n : 0) : NULL;
}

plumb_array
plumb_run_value(const plumb_run *r, int value, size_t lane)
{
    const plumb_slot *s = &r->slot[value];
    return plumb_shifted(&s->value, s->laned ? lane * s->n : 0);
}

plumb_array
plumb_run_cotangent(const plumb_run *r, int value, size_t lane)
{
    const plumb_slot *s = &r->slot[value];
    return plumb_shifted(&s->bar, lane * s->n);
}

int
plumb_run_is_laned(const plumb_run *r, int value)
{
    return r->slot[value].laned;
}

/* ---- events ---- */

void
plumb_note_event(plumb_events *e, plumb_event event)
{
    if (e->count < PLUMB_MAXEVENTS)
        e->at[e->count] = event;
    e->count++;
}

const plumb_events *
plumb_run_events(const plumb_run *r)
{
    return &r->events;
}

static plumb_status
answered(plumb_run *r, int node, plumb_status st)
{
    if (st)
        plumb_note_event(&r->events, (plumb_event){ .node = node, .value = plumb_graph_node(r->graph, node)->out, .status = st });
    return st;
}

void
plumb_run_inspect(plumb_run *r)
{
    for (int v = 0; v < r->values; v++) {
        const plumb_slot *s = &r->slot[v];
        for (size_t i = 0; s->value.plane[0] && i < s->n; i++)
            if (!isfinite(plumb_get_d(r->num, &s->value, i)))
                plumb_note_event(&r->events, (plumb_event){ .node = plumb_graph_value(r->graph, v)->node, .value = v,
                    .element = i, .status = PLUMB_EDOMAIN });
    }
}

/* ---- bumps ---- */

static plumb_array
one_element(const plumb_run *r, int value, size_t element, size_t lane)
{
    plumb_array a = plumb_run_value(r, value, lane);
    return plumb_at(&a, (ptrdiff_t)element);
}

/* adds the bumps of a value that has just been made (leaves: when the bump is given) */
static plumb_status
add_bump(plumb_run *r, const plumb_bump *b)
{
    plumb_status st = PLUMB_OK;
    for (size_t l = 0; l < (r->slot[b->value].laned ? r->lanes : 1); l++) {
        plumb_array x = one_element(r, b->value, b->element, l);
        st |= r->num->map2(r->num, PLUMB_FN_ADD, &x, &x, &b->delta, 1, r->work);
    }
    return st;
}

static plumb_status
take_back(plumb_run *r)
{
    plumb_status st = PLUMB_OK;
    for (int i = r->bumps - 1; i >= 0; i--) {
        const plumb_bump *b = &r->bump[i];
        for (size_t l = 0; plumb_graph_value(r->graph, b->value)->node < 0 && l < (r->slot[b->value].laned ? r->lanes : 1); l++) {
            plumb_array x = one_element(r, b->value, b->element, l);
            st |= r->num->copy(r->num, &x, &b->before, 1);
        }
    }
    r->bumps = 0;
    return st;
}

plumb_status
plumb_run_bump(plumb_run *r, int value, size_t element, double delta)
{
    plumb_bump *b = &r->bump[r->bumps];
    plumb_array x;
    plumb_status st = PLUMB_OK;
    if (value < 0)
        return take_back(r);
    if (r->bumps == PLUMB_MAXBUMPS)
        return PLUMB_EUNABLE;
    b->value = value, b->element = element;
    if (!b->delta.plane[0])             /* the first use of this place */
        st = plumb_take_constant(r->store, r->num, 0, &b->delta) | plumb_take(r->store, r->num, 1, &b->before);
    if (st)
        return st;
    plumb_set_d(r->num, &b->delta, 0, delta);
    r->bumps++;
    if (plumb_graph_value(r->graph, value)->node >= 0)
        return PLUMB_OK;
    x = one_element(r, value, element, 0);
    return r->num->copy(r->num, &b->before, &x, 1) | add_bump(r, b);
}

/* ---- passes ---- */

static plumb_array
lane_of(const plumb_run *r, const plumb_array *a, int laned, size_t n, size_t lane)
{
    (void)r;
    return laned ? plumb_shifted(a, n * lane) : *a;
}

plumb_call
plumb_step_lane(const plumb_run *r, const plumb_step *s, size_t lane)
{
    plumb_call c = s->call;
    const plumb_node *node = plumb_graph_node(r->graph, (int)(s - r->step));
    for (int k = 0; k < c.nin && lane; k++) {
        const plumb_slot *in = &r->slot[node->in[k]];
        c.x[k] = lane_of(r, &c.x[k], in->laned, in->n, lane);
        c.x_bar[k] = lane_of(r, &c.x_bar[k], 1, in->n, lane);
        if (in->index && in->laned)
            c.index[k] += lane * in->n;
    }
    for (int k = 0; k < node->op->nout && lane; k++) {
        const plumb_slot *out = &r->slot[node->out + k];
        c.y[k] = lane_of(r, &c.y[k], out->laned, out->n, lane);
        c.y_bar[k] = lane_of(r, &c.y_bar[k], 1, out->n, lane);
        if (out->index && out->laned)
            c.chosen += lane * out->n;
    }
    c.saved = lane_of(r, &c.saved, s->laned, s->saved, lane);
    return c;
}

static plumb_status
forward_call(const plumb_call *c)
{
    plumb_status st = c->op->forward(c);
    if (c->num->kind == PLUMB_ROUNDING && c->op->roundoff && !(st & PLUMB_ENOMEM))
        st |= c->op->roundoff(c, 0);
    return st;
}

static plumb_status
forward_step(plumb_run *r, int i)
{
    const plumb_step *s = &r->step[i];
    plumb_status st = PLUMB_OK;
    if (s->folded)
        st = forward_call(&s->wide);
    else if (!s->laned || r->lanes == 1)
        st = forward_call(&s->call);
    else
        for (size_t l = 0; l < r->lanes; l++) {
            plumb_call c = plumb_step_lane(r, s, l);
            st |= forward_call(&c);
        }
    for (int b = 0; b < r->bumps; b++)
        if (plumb_graph_value(r->graph, r->bump[b].value)->node == i)
            st |= add_bump(r, &r->bump[b]);
    return answered(r, i, st);
}

plumb_status
plumb_run_forward(plumb_run *r)
{
    plumb_status st = PLUMB_OK;
    r->events.count = 0;
    for (int i = 0; i < r->nodes; i++)
        st |= forward_step(r, i);
    return st;
}

plumb_status
plumb_run_vary(plumb_run *r)
{
    plumb_status st = PLUMB_OK;
    r->events.count = 0;
    for (int i = 0; i < r->nodes; i++)
        if (r->step[i].laned)
            st |= forward_step(r, i);
    return st;
}

static void
poison(plumb_run *r)
{
    for (int v = 0; v < r->values; v++)
        if (v != r->root && r->slot[v].met)
            for (size_t i = 0; i < r->slot[v].n * r->lanes; i++)
                plumb_set_d(r->num, &r->slot[v].bar, i, NAN);
}

static plumb_status
reverse_call(const plumb_call *c)
{
    plumb_status st = c->op->vjp(c);
    if (c->num->kind == PLUMB_ROUNDING && c->op->roundoff && !(st & PLUMB_ENOMEM))
        st |= c->op->roundoff(c, 1);
    return st;
}

plumb_status
plumb_run_reverse(plumb_run *r)
{
    plumb_status st = PLUMB_OK;
    if (r->poison)
        poison(r);
    for (int i = r->nodes - 1; i >= 0; i--) {
        const plumb_step *s = &r->step[i];
        plumb_status one = PLUMB_OK;
        if (!s->reached || !memchr(s->call.want, 1, sizeof s->call.want))
            continue;
        if (r->lanes == 1)
            one = reverse_call(&s->call);
        for (size_t l = 0; r->lanes > 1 && l < r->lanes; l++) {
            plumb_call c = plumb_step_lane(r, s, l);
            one |= reverse_call(&c);
        }
        st |= answered(r, i, one);
    }
    return st;
}

plumb_status
plumb_run_update(plumb_run *r, double rate)
{
    plumb_mark mark = plumb_work_mark(r->work);
    plumb_array factor;
    plumb_status st = plumb_take_constant(r->work, r->num, rate, &factor);
    factor.inc = 1;
    for (int v = 0; v < r->values && !st; v++) {
        const plumb_slot *s = &r->slot[v];
        if (plumb_graph_value(r->graph, v)->role == PLUMB_PARAM && s->bar.plane[0] && s->n)
            st |= plumb_gemm(r->num, PLUMB_ADD, &(plumb_mm){ 0, 0, 1, s->n, 1, 1, s->n, s->n }, &s->value, &factor, &s->bar,
                r->work);
    }
    plumb_work_give(r->work, mark);
    return st;
}
