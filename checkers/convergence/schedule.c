/* schedule.c - learning rates that fall like 1/k, and the mean of all points
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One number, f = mu (w - x)^2/2, x from N(0, s^2): the variance obeys v+ = (1 - rate_k mu)^2 v + rate_k^2 mu^2 s^2 exactly (Robbins, Monro 1951; k v_k has a limit
 * where c mu > 1/2). The mean of the points of a constant step is a linear map of the noise: its variance is exact at every k, and near s^2/k (Polyak, Juditsky 1992). */
#include <math.h>
#include <stdio.h>
#include "checkers/convergence/convergence.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

enum { STEPS = 400, CHAINS = 6000 };
static const double mu = 0.5, s = 1.5, start = 1;

typedef struct part {
    const char *mean, *spread, *step, *settings, *shown;
    double c, k0;               /* rate c/(k + k0); k0 < 0: c */
} part;
/* mean: NULL where hardly any of it is left. */
static const part parts[] = {
    { "mean, rates 0.8/(k+2), too small", "variance, rates 0.8/(k+2), too small", "sgd", "rate=0.8/(k+2)", "w", 0.8, 2 },
    { NULL, "variance, rates 2/(k+2)", "sgd", "rate=2/(k+2)", "w", 2, 2 },
    { NULL, "variance, rates 4/(k+8)", "sgd", "rate=4/(k+8)", "w", 4, 8 },
    { "mean of the points", "variance of the mean of the points", "averaged", "rate=0.25", "a", 0.25, -1 },
};

typedef struct setup {
    const plumb_descend_options *o;
    const part *p;
} setup;

static plumb_graph *
build(size_t n)
{
    plumb_graph *g = plumb_graph_new();
    double half = mu / 2;
    int w, x, h;
    if (!g)
        return NULL;
    w = plumb_graph_param(g, "w", (plumb_shape){ 2, { n, 1 } }), x = plumb_graph_input(g, "x", (plumb_shape){ 2, { n, 1 } });
    h = plumb_graph_constant(g, "mu/2", (plumb_shape){ 2, { 1, 1 } }, &half);
    x = plumb_graph_apply(g, plumb_op_find("sub"), "e", NULL, (int[]){ w, x });
    x = plumb_graph_apply(g, plumb_op_find("square"), "q", NULL, &x);
    x = plumb_graph_apply(g, plumb_op_find("matmul"), "f", NULL, (int[]){ x, h });
    plumb_graph_apply(g, plumb_op_find("sum"), "C", NULL, &x);
    return g;
}

/* Mean and variance of w, or of (w, a) together: a_k = a_(k-1) + (w_k - a_(k-1))/k. */
static void
law(const part *p, double *mean, double *variance)
{
    double w = start, a = 0, ww = 0, wa = 0, aa = 0;
    for (int k = 1; k <= STEPS; k++) {
        double rate = p->k0 < 0 ? p->c : p->c / (k + p->k0), q = 1 - rate * mu, t = 1.0 / k;
        w *= q, ww = q * q * ww + rate * rate * mu * mu * s * s, wa *= q;
        a += (w - a) * t;
        aa = (1 - t) * (1 - t) * aa + 2 * t * (1 - t) * wa + t * t * ww;
        wa = (1 - t) * wa + t * ww;
    }
    *mean = *p->shown == 'a' ? a : w, *variance = *p->shown == 'a' ? aa : ww;
}

static plumb_status
sample(void *with, uint64_t seed, size_t n, plumb_statistic *out, plumb_diag *diag)
{
    const setup *u = with;
    plumb_random r = plumb_random_named(seed, "schedule");
    plumb_chains c;
    double *x = plumb_alloc(n, sizeof *x), mean, variance;
    plumb_status st = plumb_chains_open(&c, 1, build(n), plumb_step_find(u->p->step), u->p->settings, u->o, n, 1, diag);
    st |= x ? PLUMB_OK : PLUMB_ENOMEM;
    if (!st)
        plumb_chains_put_all(&c, "w", &start);
    for (int k = 1; k <= STEPS && !st; k++) {
        for (size_t i = 0; i < n; i++)
            x[i] = s * plumb_random_normal(&r);
        plumb_run_set(c.run, plumb_graph_find(c.graph, "x"), x);
        st = plumb_chains_step(&c, diag);
    }
    if (!st) {
        law(u->p, &mean, &variance), plumb_chains_get(&c, u->p->shown, x);
        if (u->p->mean)
            *out++ = plumb_test_mean(n, 1, x, &mean, &variance, plumb_level(u->o), "the mean");
        *out = plumb_test_spread(n, 1, x, &mean, &variance, plumb_level(u->o), "the variance");
    }
    plumb_chains_close(&c);
    plumb_release(x);
    return st;
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    (void)sink;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !st; i++) {
        setup u = { o, &parts[i] };
        st = plumb_try_samples(e, o, parts[i].mean ? 2 : 1, parts[i].mean ? &parts[i].mean : &parts[i].spread, sample, &u, CHAINS, diag);
    }
    return st;
}

const plumb_experiment plumb_experiment_schedule = { "schedule", "learning rates that fall like 1/k, and the mean of the points of a constant one",
    "v+ = (1 - rate_k mu)^2 v + rate_k^2 mu^2 s^2", "Robbins, Monro 1951; Polyak, Juditsky 1992", run };
