/* quadratic.c - gradient descent on a quadratic of a chosen spectrum: each eigenvector shrinks by itself
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * f(x) = x H x / 2 with H = Q diag(l) Q and the reflection Q = I - 2 1 1^T/n, all of whose numbers are exact in every system. Then
 * x_k = Q (1 - rate l)^k Q x_0, and it diverges if and only if rate > 2/L. */
#include <math.h>
#include <stdio.h>
#include "checkers/convergence/convergence.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

enum { N = 8, STEPS = 120 };
static const double spectrum[N] = { 1, 0.5, 0.25, 0.75, 0.125, 0.375, 0.0625, 0.875 };
static const double rates[] = { 0.375, 1, 1.625, 1.96875, 2.03125 };    /* L = 1 */

static double
reflection(size_t i, size_t j)
{
    return (i == j) - 2.0 / N;
}

static plumb_graph *
build(void)
{
    double half[N * N];
    plumb_graph *g = plumb_graph_new();
    int x, h, y;
    if (!g)
        return NULL;
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            half[i * N + j] = 0;
            for (size_t e = 0; e < N; e++)
                half[i * N + j] += reflection(i, e) * spectrum[e] * reflection(e, j) / 2;
        }
    x = plumb_graph_param(g, "x", (plumb_shape){ 2, { 1, N } });
    h = plumb_graph_constant(g, "H/2", (plumb_shape){ 2, { N, N } }, half);
    y = plumb_graph_apply(g, plumb_op_find("matmul"), "y", NULL, (int[]){ x, h });
    y = plumb_graph_apply(g, plumb_op_find("mul"), "xy", NULL, (int[]){ x, y });
    plumb_graph_apply(g, plumb_op_find("sum"), "f", NULL, &y);
    return g;
}

/* want = number i of x_k; *slope: of that by the logarithm of the rate. */
static void
law(const double *start, double rate, long k, size_t i, mpfr_ptr want, double *slope)
{
    mpfr_t factor, term;
    mpfr_init2(factor, PLUMB_LAW_BITS), mpfr_init2(term, PLUMB_LAW_BITS);
    mpfr_set_zero(want, 1);
    *slope = 0;
    for (size_t e = 0; e < N; e++) {
        double along = 0, base = 1 - rate * spectrum[e];        /* exact: few bits */
        for (size_t j = 0; j < N; j++)
            along += reflection(e, j) * start[j];
        mpfr_set_d(factor, base, MPFR_RNDN), mpfr_pow_si(factor, factor, k, MPFR_RNDN);
        mpfr_mul_d(term, factor, along, MPFR_RNDN), mpfr_mul_d(term, term, reflection(i, e), MPFR_RNDN);
        mpfr_add(want, want, term, MPFR_RNDN);
        *slope += reflection(i, e) * along * (double)k * pow(base, (double)(k - 1)) * -rate * spectrum[e];
    }
    mpfr_clear(factor), mpfr_clear(term);
}

/* What the first wrong step is: from the point before, by the gradient there. */
static void
explain(const plumb_course *c, const double *before, double rate, plumb_watch *w)
{
    double d[N], g[N];
    plumb_array at = plumb_stepper_vector(c->stepper[0], "w"), grad = plumb_stepper_vector(c->stepper[0], "g");
    for (size_t i = 0; i < N; i++)
        d[i] = plumb_get_d(c->number[0], &at, i) - before[i], g[i] = plumb_get_d(c->number[0], &grad, i);
    plumb_name_step(N, before, g, d, rate, fmax(0x1p-53, ldexp(1, -(int)c->number[0]->precision)), w->why, sizeof w->why);
}

static plumb_status
follow(plumb_course *c, const double *start, double rate, plumb_watch *w, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    mpfr_t got, want;
    mpfr_init2(got, PLUMB_LAW_BITS), mpfr_init2(want, PLUMB_LAW_BITS);
    plumb_course_start(c, start);
    for (long k = 1; k <= STEPS && !st && !w->wrong; k++) {
        plumb_array at = plumb_stepper_vector(c->stepper[0], "w");
        double before[N], slope;
        for (size_t i = 0; i < N; i++)
            before[i] = plumb_get_d(c->number[0], &at, i);
        st = plumb_course_step(c, diag);
        for (size_t i = 0; i < N && !st; i++) {
            plumb_course_get(c, i, got), law(start, rate, k, i, want, &slope);
            plumb_watch_number(w, k, i, got, want, plumb_course_sigma(c, i), slope);
        }
        if (w->wrong)
            explain(c, before, rate, w);
    }
    mpfr_clear(got), mpfr_clear(want);
    return st;
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    plumb_random r = plumb_random_named(o->seed, "quadratic");
    plumb_graph *graph = build();
    plumb_status st = graph ? plumb_graph_done(graph, diag) : PLUMB_ENOMEM;
    double start[N];
    for (size_t i = 0; i < N; i++)
        start[i] = rint(plumb_random_signed(&r) * 1024) / 1024;
    for (size_t i = 0; i < sizeof rates / sizeof *rates && !st; i++) {
        plumb_course c;
        char what[64], settings[40];
        plumb_watch w;
        snprintf(what, sizeof what, "rate %g/L", rates[i]), snprintf(settings, sizeof settings, "rate=%.17g", rates[i]);
        w = plumb_watch_new(e, o, N, what);
        st = plumb_course_open(&c, graph, 0, o->step ? o->step : plumb_step_find("sgd"), settings, o->number, diag);
        st |= st ? st : follow(&c, start, rates[i], &w, diag);
        if (!st)
            plumb_watch_tell(&w, sink);
        plumb_course_close(&c);
    }
    plumb_graph_free(graph);
    return st;
}

const plumb_experiment plumb_experiment_quadratic = { "quadratic", "gradient descent on a quadratic of a chosen spectrum, from slow to diverging",
    "x_k = Q (1 - rate l)^k Q x_0", "Nesterov 2004, section 1.2", run };
