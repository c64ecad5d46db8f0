/* td.c - values learned from one step to the next: TD(0) on three states
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For a transition s, r, s' that is drawn: V(s) += rate (r + gamma V(s') - V(s)), an affine map of V, one for each of the finitely many transitions. Mean and covariance
 * after k of them are exact; and each transition by itself is. */
#include <math.h>
#include <stdio.h>
#include "checkers/convergence/mdp.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

enum { S = PLUMB_STATES, M = S + 1, PAIRS = S * S, STEPS = 30, CHAINS = 6000 };
static const double rate = 0.25;
/* chances of s -> s', each state as often as another, and what it pays */
static const double chain[S][S] = { { 0.5, 0.25, 0.25 }, { 0.25, 0.25, 0.5 }, { 0.125, 0.5, 0.375 } }, pays[S][S] = { { 1, -0.5, 0 }, { 2, 0.25, -1 }, { 0.5, 1, -2 } };

/* g is 1 at the state that is left, s the pay, m the value of the next state, a that of this one. */
static const plumb_step td = { "td", "towards what was paid and the next state's value", "Sutton 1988", { { "gamma", NAN, 0, 1 } }, { { "w", "w + rate*(s + gamma*m - a)*g" } } };

typedef struct setup {
    const plumb_descend_options *o;
    double start[S];
} setup;

/* ---- every transition ---- */

static plumb_status
feed(void *with, plumb_course *c, long k)
{
    const setup *u = with;
    size_t from = (size_t)(k - 1) / S, to = (size_t)(k - 1) % S;
    double g[S] = { 0 }, r[S], next[S], here[S];
    g[from] = 1;
    for (size_t i = 0; i < S; i++)
        r[i] = pays[from][to], next[i] = u->start[to], here[i] = u->start[from];
    plumb_course_start(c, u->start);
    plumb_course_fill(c, "g", g), plumb_course_fill(c, "s", r), plumb_course_fill(c, "m", next), plumb_course_fill(c, "a", here);
    return PLUMB_OK;
}

static void
law(void *with, long k, mpfr_t *want)
{
    const setup *u = with;
    size_t from = (size_t)(k - 1) / S, to = (size_t)(k - 1) % S;
    mpfr_t error;
    plumb_wide_set(want, u->start, S);
    mpfr_init2(error, PLUMB_LAW_BITS);
    mpfr_set_d(error, u->start[to], MPFR_RNDN), mpfr_mul_d(error, error, plumb_mdp_gamma, MPFR_RNDN);
    mpfr_add_d(error, error, pays[from][to], MPFR_RNDN), mpfr_sub_d(error, error, u->start[from], MPFR_RNDN), mpfr_mul_d(error, error, rate, MPFR_RNDN);
    mpfr_add(want[from], want[from], error, MPFR_RNDN);
    mpfr_clear(error);
}

/* ---- drawn ---- */

static plumb_status
judge(const setup *u, size_t n, const double *V, plumb_statistic *out, plumb_diag *diag)
{
    double A[PAIRS * M * M] = { 0 }, p[PAIRS];
    plumb_affine law = { M, PAIRS, A, p, u->start, STEPS };
    for (size_t k = 0; k < PAIRS; k++) {
        double *map = A + k * M * M;
        size_t from = k / S, to = k % S;
        for (size_t i = 0; i < M; i++)
            map[i * M + i] = 1;
        map[from * M + from] -= rate, map[from * M + to] += rate * plumb_mdp_gamma, map[from * M + S] += rate * pays[from][to];
        p[k] = chain[from][to] / S;
    }
    return plumb_affine_test(&law, n, V, u->o, &out[0], &out[1], diag);
}

static void
draw(plumb_random *r, size_t n, const double *V, double *g, double *paid, double *next, double *here)
{
    for (size_t c = 0; c < n; c++) {
        size_t from = plumb_random_below(r, S), to = 0;
        double x = plumb_random_unit(r);
        while (to + 1 < S && x >= chain[from][to])
            x -= chain[from][to++];
        for (size_t i = 0; i < S; i++)
            g[c * S + i] = i == from, paid[c * S + i] = pays[from][to], next[c * S + i] = V[c * S + to], here[c * S + i] = V[c * S + from];
    }
}

static plumb_status
sample(void *with, uint64_t seed, size_t n, plumb_statistic *out, plumb_diag *diag)
{
    const setup *u = with;
    plumb_random r = plumb_random_named(seed, "td");
    double *x = plumb_alloc(5 * n * S, sizeof *x), *V = x, *g = x ? x + n * S : x, *paid = x ? g + n * S : x, *next = x ? paid + n * S : x, *here = x ? next + n * S : x;
    char settings[60];
    plumb_chains c;
    plumb_status st;
    snprintf(settings, sizeof settings, "rate=%g,gamma=%g", rate, plumb_mdp_gamma);
    st = plumb_chains_open(&c, 0, NULL, &td, settings, u->o, n, S, diag);
    st |= x ? PLUMB_OK : PLUMB_ENOMEM;
    if (!st)
        plumb_chains_put_all(&c, "w", u->start);
    for (int k = 0; k < STEPS && !st; k++) {
        plumb_chains_get(&c, "w", V), draw(&r, n, V, g, paid, next, here);
        plumb_chains_put(&c, "g", g), plumb_chains_put(&c, "s", paid), plumb_chains_put(&c, "m", next), plumb_chains_put(&c, "a", here);
        st = plumb_chains_step(&c, diag);
    }
    if (!st) {
        plumb_chains_get(&c, "w", V);
        st = judge(u, n, V, out, diag);
    }
    plumb_chains_close(&c);
    plumb_release(x);
    return st;
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    char settings[60];
    setup u = { o, { 0 } };
    plumb_journey j = { "every transition", settings, NULL, &td, S, PAIRS, u.start, .feed = feed, .law = law, .with = &u };
    plumb_status st;
    snprintf(settings, sizeof settings, "rate=%g,gamma=%g", rate, plumb_mdp_gamma);
    plumb_start(o, e, S, u.start);
    st = plumb_follow(&j, e, o, sink, diag);
    return st ? st : plumb_try_samples(e, o, 2, (const char *const[]){ "mean of the values", "covariance of the values" }, sample, &u, CHAINS, diag);
}

const plumb_experiment plumb_experiment_td = { "td", "values learned from one step to the next: TD(0) on three states", "V(s) += rate (r + gamma V(s') - V(s)); E z z^T+ = sum p A (E z z^T) A^T",
    "Sutton 1988", run };
