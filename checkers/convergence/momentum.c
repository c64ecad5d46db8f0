/* momentum.c - steps that remember, on a quadratic: each eigenvector obeys a recursion of second order
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Heavy ball: y_(k+1) = (1 + mu - rate l) y_k - mu y_(k-1). Nesterov's, without the buffer: y_(k+1) = y_k - d_k, d_k = rate l y_k + mu (d_(k-1) + rate l (y_k -
 * y_(k-1))). The mean of the points of plain descent: a geometric sum, q (1 - q^k)/((1 - q) k) with q = 1 - rate l. */
#include <math.h>
#include "checkers/convergence/convergence.h"

enum { N = PLUMB_QUADRATIC, STEPS = 100 };
static const double rate = 0.5, mu = 0.75;

typedef struct modes {
    double start[N];
    mpfr_t *y, *before, *d;     /* along each axis */
} modes;

static double
along(const double *x, size_t e)
{
    double sum = 0;
    for (size_t j = 0; j < N; j++)
        sum += plumb_quadratic_axis(e, j) * x[j];
    return sum;
}

static void
back(mpfr_t *y, mpfr_t *want)
{
    mpfr_t q;
    mpfr_init2(q, PLUMB_LAW_BITS);
    for (size_t i = 0; i < N; i++) {
        mpfr_set_zero(want[i], 1);
        for (size_t e = 0; e < N; e++)
            mpfr_set_d(q, plumb_quadratic_axis(i, e), MPFR_RNDN), plumb_wide_add(want[i], q, y[e]);
    }
    mpfr_clear(q);
}

static void
heavy(void *with, long k, mpfr_t *want)
{
    modes *m = with;
    mpfr_t next;
    mpfr_init2(next, PLUMB_LAW_BITS);
    for (size_t e = 0; e < N; e++) {
        mpfr_mul_d(next, m->y[e], (k > 1 ? 1 + mu : 1) - rate * plumb_quadratic_spectrum[e], MPFR_RNDN);
        mpfr_mul_d(m->before[e], m->before[e], k > 1 ? mu : 0, MPFR_RNDN), mpfr_sub(next, next, m->before[e], MPFR_RNDN);
        mpfr_swap(m->before[e], m->y[e]), mpfr_swap(m->y[e], next);
    }
    mpfr_clear(next);
    back(m->y, want);
}

static void
ahead(void *with, long k, mpfr_t *want)
{
    modes *m = with;
    mpfr_t g, turn;
    mpfr_init2(g, PLUMB_LAW_BITS), mpfr_init2(turn, PLUMB_LAW_BITS);
    for (size_t e = 0; e < N; e++) {
        double l = rate * plumb_quadratic_spectrum[e];
        mpfr_mul_d(g, m->y[e], l, MPFR_RNDN);
        mpfr_sub(turn, m->y[e], m->before[e], MPFR_RNDN), mpfr_mul_d(turn, turn, k > 1 ? l : 0, MPFR_RNDN);
        mpfr_add(turn, turn, k > 1 ? m->d[e] : g, MPFR_RNDN);
        mpfr_mul_d(turn, turn, mu, MPFR_RNDN), mpfr_add(m->d[e], g, turn, MPFR_RNDN);
        mpfr_set(m->before[e], m->y[e], MPFR_RNDN), mpfr_sub(m->y[e], m->y[e], m->d[e], MPFR_RNDN);
    }
    mpfr_clear(g), mpfr_clear(turn);
    back(m->y, want);
}

static void
mean(void *with, long k, mpfr_t *want)
{
    modes *m = with;
    mpfr_t f;
    mpfr_init2(f, PLUMB_LAW_BITS);
    for (size_t e = 0; e < N; e++) {
        double q = 1 - rate * plumb_quadratic_spectrum[e];
        mpfr_set_d(f, q, MPFR_RNDN), mpfr_pow_si(f, f, k, MPFR_RNDN), mpfr_ui_sub(f, 1, f, MPFR_RNDN);
        mpfr_mul_d(f, f, q, MPFR_RNDN), mpfr_div_d(f, f, 1 - q, MPFR_RNDN), mpfr_div_si(f, f, k, MPFR_RNDN);
        mpfr_mul_d(m->y[e], f, along(m->start, e), MPFR_RNDN);
    }
    mpfr_clear(f);
    back(m->y, want);
}

static const struct part {
    const char *what, *step, *settings, *shown;
    void (*law)(void *, long, mpfr_t *);
} parts[] = { { "heavy ball", "momentum", "rate=0.5,mu=0.75", NULL, heavy }, { "looking ahead", "nesterov", "rate=0.5,mu=0.75", NULL, ahead },
    { "mean of the points", "averaged", "rate=0.5", "a", mean } };

static plumb_status
one(const struct part *p, modes *m, const plumb_graph *graph, const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    plumb_journey j = { p->what, p->settings, graph, plumb_step_find(p->step), N, STEPS, m->start, .shown = p->shown, .law = p->law, .with = m };
    for (size_t i = 0; i < N; i++)
        mpfr_set_d(m->y[i], along(m->start, i), MPFR_RNDN), mpfr_set_zero(m->before[i], 1), mpfr_set_zero(m->d[i], 1);
    return plumb_follow(&j, e, o, sink, diag);
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    plumb_graph *graph = plumb_quadratic_graph();
    modes m = { .y = plumb_wide(N), .before = plumb_wide(N), .d = plumb_wide(N) };
    plumb_status st = graph && m.y && m.before && m.d ? plumb_graph_done(graph, diag) : PLUMB_ENOMEM;
    plumb_start(o, e, N, m.start);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !st; i++)
        st = one(&parts[i], &m, graph, e, o, sink, diag);
    plumb_wide_free(m.y, N), plumb_wide_free(m.before, N), plumb_wide_free(m.d, N);
    plumb_graph_free(graph);
    return st;
}

const plumb_experiment plumb_experiment_momentum = { "momentum", "heavy ball, Nesterov's step and averaging on the same quadratic", "y_(k+1) = (1 + mu - rate l) y_k - mu y_(k-1), and its kin",
    "Polyak 1964; Nesterov 1983; Polyak, Juditsky 1992", run };
