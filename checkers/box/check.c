/* check.c - the walk of the check of a box: the given point, its kinks, its twin, its region, its contract
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include "checkers/box/walk.h"
#include "lib/base/alloc.h"

/* Before anything is asked, what it will cost. */
static void
plan(plumb_walk *w)
{
    const plumb_bench *b = &w->bench;
    size_t calls = b->forwards + b->backwards;
    double each = calls ? b->spent / (double)calls : 0;
    if (b->options->silent)
        return;
    plumb_tell_note(w, "plan for %s: %zu inputs in %d tensor%s, %zu output%s; at most %zu calls of %.2g ms, %.3g s; resolution expected %.0e", b->box->name,
        b->hello.inputs, b->hello.nin, b->hello.nin == 1 ? "" : "s", b->hello.outputs, b->hello.outputs == 1 ? "" : "s", b->limit, each * 1e3,
        fmin(b->seconds, each * (double)b->limit), 1e3 * w->here.unit_roundoff);
}

static int
values_finite(const plumb_station *s)
{
    for (size_t j = 0; j < s->bench->hello.outputs; j++)
        if (!isfinite(s->y[j]))
            return 0;
    return 1;
}

static plumb_status
with_forward(plumb_walk *w)
{
    plumb_status st;
    if (!values_finite(&w->here)) {
        for (int k = 0; k < w->bench.hello.nin; k++)
            w->tensor[k].said[PLUMB_OFF_DOMAIN] = 1;
        return PLUMB_OK;
    }
    plan(w);
    st = plumb_walk_determinism(w);
    if (!st && !w->backward_unsure && !w->bench.options->quick)
        st = plumb_station_shake(&w->here, w->diag);
    st |= st ? st : plumb_twin_values(w);
    st |= st ? st : plumb_walk_point(w);
    st |= st ? st : plumb_judge_kinks(w);
    return st ? st : plumb_twin_judge(w);
}

static int
all_fixed(const plumb_hello *h)
{
    for (int k = 0; k < h->nin; k++)
        if (!h->in[k].fixed)
            return 0;
    return 1;
}

static plumb_status
walk(plumb_walk *w)
{
    const plumb_hello *h = &w->bench.hello;
    double *x = plumb_alloc(h->inputs, sizeof *x);
    int forward = w->bench.box->kind->forward != NULL;
    plumb_status st = x ? PLUMB_OK : PLUMB_ENOMEM;
    w->tensor = plumb_alloc((size_t)h->nin, sizeof *w->tensor);
    st |= w->tensor ? st : PLUMB_ENOMEM;
    st |= st ? st : plumb_station_point(&w->bench, w->bench.options->seed, x);
    st |= st ? st : plumb_twin_open(w);
    st |= st ? st : plumb_station_open(&w->here, &w->bench, x, w->bench.options->seed, 0, w->diag);
    plumb_release(x);
    w->forward = &w->bench, w->base = w->here.y;
    if (!st)
        st = forward ? with_forward(w) : plumb_twin_judge(w);
    if (!st && all_fixed(h))
        plumb_tell_law(w, "protocol", PLUMB_UNRESOLVED, "nothing is to be checked: every input is fixed or an integer");
    for (int k = 0; k < h->nin && !st; k++)
        if (!h->in[k].fixed)
            plumb_tell_tensor(w, k);
    if (!st && forward && values_finite(&w->here)) {
        plumb_tell_taylor(w);
        st = plumb_walk_contract(w);
        st |= st ? st : plumb_walk_region(w);
    }
    return st;
}

plumb_status
plumb_check_box(plumb_box *box, const plumb_box_options *o, plumb_sink *sink, plumb_diag *diag)
{
    plumb_diag said = { "" };
    plumb_walk *w = plumb_alloc(1, sizeof *w);
    plumb_status st;
    if (!w)
        return plumb_fail(diag, PLUMB_ENOMEM, "out of memory for the check of %s", box->name);
    w->diag = &said;
    st = plumb_bench_open(&w->bench, box, o, sink, &said);
    st |= st ? st : walk(w);
    if (st & ~PLUMB_ENOMEM)
        plumb_tell_crash(w, said.text);
    else if (!st && w->bench.failed)
        plumb_tell_crash(w, w->bench.failure.text);
    st &= PLUMB_ENOMEM;
    plumb_station_close(&w->here);
    plumb_twin_close(w->twin);
    plumb_bench_close(&w->bench);
    plumb_release(w->tensor), plumb_release(w->times);
    plumb_release(w);
    return st ? plumb_fail(diag, st, "out of memory for the check of %s", box->name) : PLUMB_OK;
}
