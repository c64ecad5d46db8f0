/* stairs.c - where the gradient says nothing: stairs, a flat, and a function on which a simplex must fail
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * On stairs the gradient is 0 and descent stands still, in every number; searches that only ask for values go down. McKinnon (1998): from the simplex (0,0), (1,1),
 * ((1 + sqrt 33)/8, (1 - sqrt 33)/8) Nelder and Mead's method contracts for ever towards (0,0), where the slope is not 0; the minimum is (0, -1/2). */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/convergence/convergence.h"

enum { N = 2, STEPS = 20, CALLS = 4000 };

/* ---- descent stands still ---- */

/* floor of 4|x|, up to 2, and a slope that is 0 wherever there is one */
static const plumb_op stairs_op = { .name = "stairs", .summary = "stairs down to 0", .formula = "step(abs(x) - 1/4) + step(abs(x) - 1/2) + step(abs(x) - 3/4) + step(abs(x) - 1) + "
    "step(abs(x) - 5/4) + step(abs(x) - 3/2)", .slope = { "0*x" }, .structure = PLUMB_POINTWISE, .nin = 1, .nout = 1, .shape = plumb_pointwise_shape, .forward = plumb_pointwise_forward,
    .vjp = plumb_pointwise_vjp, .fold = plumb_pointwise_fold };

static plumb_graph *
build(void)
{
    plumb_graph *g = plumb_graph_new();
    int x;
    if (!g)
        return NULL;
    x = plumb_graph_param(g, "x", (plumb_shape){ 1, { N } });
    x = plumb_graph_apply(g, &stairs_op, "s", NULL, &x);
    plumb_graph_apply(g, plumb_op_find("sum"), "f", NULL, &x);
    return g;
}

static void
stay(void *with, long k, mpfr_t *want)
{
    (void)k;
    plumb_wide_set(want, with, N);
}

/* ---- searches ---- */

typedef struct ground {
    double least;               /* best value so far, as the search tells it */
    int rises;                  /* it told of a best value that was none */
    long calls;
} ground;

static double
steps_of(double x)
{
    return floor(4 * fabs(x));
}

static double
stairs(void *with, const double *x)
{
    ((ground *)with)->calls++;
    return steps_of(x[0]) + steps_of(x[1]);
}

static double
flat(void *with, const double *x)
{
    (void)x;
    ((ground *)with)->calls++;
    return 3;
}

/* In the coordinates in which the simplex is (0,0), (1,0), (0,1): an affine map does not change what Nelder and Mead's method does. */
static double
mckinnon(void *with, const double *u)
{
    double far = (1 + sqrt(33)) / 8, near = (1 - sqrt(33)) / 8, x = u[0] + far * u[1], y = u[0] + near * u[1];
    ((ground *)with)->calls++;
    return (x > 0 ? 6 : 360) * x * x + y + y * y;
}

static void
hear(void *with, long calls, double best, const double *x)
{
    ground *g = with;
    (void)calls, (void)x;
    g->rises += !(best < g->least);
    g->least = best;
}

static const struct part {
    const char *what, *search;
    double (*f)(void *, const double *);
    double start[N], step, from, to;    /* the best value lies there in the end */
} parts[] = {
    { "stairs, simplex", "nelder-mead", stairs, { 1.3, -1.1 }, 0.7, 0, 0 }, { "stairs, random walk", "random", stairs, { 1.3, -1.1 }, 0.5, 0, 0 },
    { "flat, simplex", "nelder-mead", flat, { 1.3, -1.1 }, 0.7, 3, 3 }, { "flat, random walk", "random", flat, { 1.3, -1.1 }, 0.5, 3, 3 },
    { "McKinnon's function, where a simplex must fail", "nelder-mead", mckinnon, { 0, 0 }, 1, -1e-9, 0 },
    { "McKinnon's function, random walk", "random", mckinnon, { 0, 0 }, 1, -0.25, -0.2499 },
};

static const plumb_search *
on_trial(const plumb_descend_options *o, const char *name)
{
    return o->search && !strcmp(o->search->name, name) ? o->search : plumb_search_find(name);
}

static plumb_status
seek(const struct part *p, const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    ground g = { INFINITY, 0, 0 };
    plumb_objective f = { p->f, hear, &g };
    double x[N] = { p->start[0], p->start[1] }, best = NAN, there;
    plumb_watch w = plumb_watch_new(e, o, N, p->what);
    plumb_status st = on_trial(o, p->search)->run(&f, N, x, p->step, CALLS, o->seed, &best);
    if (st)
        return plumb_fail(diag, st, "%s: %s", p->what, plumb_status_text(st));
    there = p->f(&g, x);
    w.compared = (size_t)g.calls;
    if (g.rises)
        snprintf(w.why, sizeof w.why, "a value was told as the best that is above an earlier one");
    else if (!(there == best))
        snprintf(w.why, sizeof w.why, "the best value %.6g is not that of the point, %.6g", best, there);
    else if (g.calls > CALLS + 1)
        snprintf(w.why, sizeof w.why, "it asks for %ld values where %d were allowed", g.calls, CALLS);
    else if (!(best >= p->from && best <= p->to))
        snprintf(w.why, sizeof w.why, "it ends at the value %.6g; between %g and %g was due", best, p->from, p->to);
    else if (!(g.least == best))
        snprintf(w.why, sizeof w.why, "the best value %.6g was not told; the last one was %.6g", best, g.least);
    if (*w.why)
        w.wrong = g.calls, w.verdict = PLUMB_WRONG;
    plumb_watch_tell(&w, sink);
    return PLUMB_OK;
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    static double start[N] = { 1.3125, -1.125 };
    plumb_graph *graph = build();
    plumb_journey j = { "stairs, descent stands still", "rate=0.5", graph, plumb_step_find("sgd"), N, STEPS, start, .law = stay, .with = start };
    plumb_status st = graph ? plumb_graph_done(graph, diag) : PLUMB_ENOMEM;
    st |= st ? st : plumb_follow(&j, e, o, sink, diag);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !st; i++)
        st = seek(&parts[i], e, o, sink, diag);
    plumb_graph_free(graph);
    return st;
}

const plumb_experiment plumb_experiment_stairs = { "stairs", "where the gradient says nothing: stairs, a flat, and McKinnon's function on which a simplex must fail",
    "known answers, and values that never rise", "Nelder, Mead 1965; McKinnon 1998; Lagarias et al. 1998", run };
