/* determinism.c - the same call twice, before anything else is believed
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include "checkers/box/contract.h"

static double
spread(const double *a, const double *b, size_t n, double *most)
{
    double gap = 0;
    *most = 0;
    for (size_t i = 0; i < n; i++) {
        gap = memcmp(&a[i], &b[i], sizeof *a) && !(isnan(a[i]) && isnan(b[i])) ? fmax(gap, isfinite(a[i] - b[i]) ? fabs(a[i] - b[i]) : INFINITY) : gap;
        *most = isfinite(a[i]) ? fmax(*most, fabs(a[i])) : *most;
    }
    return gap;
}

/* seed freezes it, if there is such a request: then everything is asked again. */
static plumb_status
freeze(plumb_walk *w, double *y, int *frozen)
{
    plumb_diag said = { "" };
    size_t m = w->bench.hello.outputs;
    double most;
    plumb_status st;
    *frozen = 0;
    if (!w->bench.box->kind->reseed || w->bench.box->kind->reseed(w->bench.box, 1, &said))
        return PLUMB_OK;
    st = plumb_bench_forward(&w->bench, w->here.x, w->here.y, w->diag);
    st |= st ? st : plumb_bench_forward(&w->bench, w->here.x, y, w->diag);
    if (st)
        return st;
    if (spread(y, w->here.y, m, &most) > 0) {
        plumb_tell_law(w, "seed", PLUMB_NONDETERMINISTIC, "after \"seed 1\" two forwards at the same point still differ");
        return PLUMB_OK;
    }
    plumb_tell_law(w, "seed", PLUMB_CORRECT, "the randomness is frozen by seed");
    *frozen = 1;
    for (size_t r = 0; r < w->here.rows && !st; r++) {
        st = plumb_bench_forward(&w->bench, w->here.x, y, w->diag);
        st |= st ? st : plumb_bench_backward(&w->bench, w->here.x, w->here.g + r * m, w->here.claim + r * w->bench.hello.inputs, w->diag);
    }
    return st;
}

static void
say_forward(plumb_walk *w, double gap, double most)
{
    double relative = most > 0 ? gap / most : INFINITY;
    if (relative <= 64 * w->here.unit_roundoff) {
        plumb_tell_note(w, "%s: two forwards at the same point differ by %.1e of the largest value, inside the rounding", w->bench.box->name, relative);
        return;
    }
    w->forward_noisy = 1;
    if (w->bench.hello.noisy || w->bench.hello.state)
        plumb_tell_note(w, "%s is not the same function twice, as declared: two forwards at the same point differ by %.1e of the largest value", w->bench.box->name, relative);
    else if (relative > 1e-2)
        plumb_tell_law(w, "determinism", PLUMB_NONDETERMINISTIC, "two forwards at the same point differ by %.1e of the largest value; freeze the randomness (seed), or "
            "declare noisy", relative);
    else
        plumb_tell_law(w, "determinism", PLUMB_NOISY, "two forwards at the same point differ by %.1e of the largest value; if that is meant, declare noisy", relative);
}

static void
say_backward(plumb_walk *w, double gap, double most)
{
    double relative = most > 0 ? gap / most : INFINITY;
    if (gap == 0 || relative <= 64 * w->here.unit_roundoff) {
        if (gap > 0)
            plumb_tell_note(w, "%s: two backwards at the same point differ by %.1e of the largest entry, inside the rounding", w->bench.box->name, relative);
        if (!w->forward_noisy)
            plumb_tell_law(w, "determinism", PLUMB_CORRECT, "%s", "");
        return;
    }
    w->backward_unsure = 1;
    if (w->forward_noisy || w->bench.hello.noisy)
        plumb_tell_note(w, "%s: two backwards at the same point differ by %.1e of the largest entry, as its forwards do", w->bench.box->name, relative);
    else
        plumb_tell_law(w, "determinism", PLUMB_NONDETERMINISTIC, "the same forward and backward gave gradients that differ by %.1e of the largest entry (%.3g)", relative,
            gap);
}

/* Five rounds, or two in a quick check: a rare race needs more. */
plumb_status
plumb_walk_determinism(plumb_walk *w)
{
    const plumb_hello *h = &w->bench.hello;
    plumb_contract q = { 0 };
    double most = 0, gap = 0, back = 0, size = 0;
    int frozen = 0, rounds = w->bench.options->quick ? 1 : 5;
    plumb_status st = plumb_contract_open(w, &q);
    st |= st ? st : plumb_bench_forward(&w->bench, w->here.x, q.y, w->diag);
    if (!st)
        gap = spread(q.y, w->here.y, h->outputs, &most);
    if (!st && gap > 0)
        st = freeze(w, q.y, &frozen);
    if (!st && gap > 0 && !frozen)
        say_forward(w, gap, most);
    for (int i = 0; i < rounds && !st; i++) {
        st = plumb_contract_pass(w, w->here.x, q.u, &q, q.a);
        back = st ? back : fmax(back, spread(q.a, q.claim, h->inputs, &size));
    }
    for (size_t i = 0; i < h->inputs; i++)
        back = back <= 4 * w->here.extra[i] ? 0 : back;
    if (!st)
        say_backward(w, back, size);
    plumb_contract_close(&q);
    return st;
}
