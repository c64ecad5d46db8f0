/* quadratic.c - gradient descent on a quadratic of a chosen spectrum: each eigenvector shrinks by itself
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * f(x) = x H x / 2 with H = Q diag(l) Q and the reflection Q = I - 2 1 1^T/n, all of whose numbers are exact in every system. Then
 * x_k = Q (1 - rate l)^k Q x_0, and it diverges if and only if rate > 2/L. */
#include <math.h>
#include <stdio.h>
#include "checkers/convergence/convergence.h"

enum { N = PLUMB_QUADRATIC, STEPS = 120 };
const double plumb_quadratic_spectrum[N] = { 1, 0.5, 0.25, 0.75, 0.125, 0.375, 0.0625, 0.875 };
static const double rates[] = { 0.375, 1, 1.625, 1.96875, 2.03125 };    /* L = 1 */

double
plumb_quadratic_axis(size_t i, size_t j)
{
    return (i == j) - 2.0 / N;
}

plumb_graph *
plumb_form_graph(size_t n, const double *H)
{
    double half[N * N];
    plumb_graph *g = plumb_graph_new();
    int x, h, y;
    if (!g)
        return NULL;
    for (size_t i = 0; i < n * n; i++)
        half[i] = H[i] / 2;
    x = plumb_graph_param(g, "x", (plumb_shape){ 2, { 1, n } });
    h = plumb_graph_constant(g, "H/2", (plumb_shape){ 2, { n, n } }, half);
    y = plumb_graph_apply(g, plumb_op_find("matmul"), "y", NULL, (int[]){ x, h });
    y = plumb_graph_apply(g, plumb_op_find("mul"), "xy", NULL, (int[]){ x, y });
    plumb_graph_apply(g, plumb_op_find("sum"), "f", NULL, &y);
    return g;
}

plumb_graph *
plumb_quadratic_graph(void)
{
    double H[N * N];
    for (size_t i = 0; i < N * N; i++) {
        H[i] = 0;
        for (size_t e = 0; e < N; e++)
            H[i] += plumb_quadratic_axis(i / N, e) * plumb_quadratic_spectrum[e] * plumb_quadratic_axis(e, i % N);
    }
    return plumb_form_graph(N, H);
}

typedef struct setup {
    double start[N], rate;
} setup;

static void
law(void *with, long k, mpfr_t *want)
{
    const setup *s = with;
    mpfr_t factor, term;
    mpfr_init2(factor, PLUMB_LAW_BITS), mpfr_init2(term, PLUMB_LAW_BITS);
    for (size_t i = 0; i < N; i++)
        mpfr_set_zero(want[i], 1);
    for (size_t e = 0; e < N; e++) {
        double along = 0;
        for (size_t j = 0; j < N; j++)
            along += plumb_quadratic_axis(e, j) * s->start[j];
        mpfr_set_d(factor, 1 - s->rate * plumb_quadratic_spectrum[e], MPFR_RNDN), mpfr_pow_si(factor, factor, k, MPFR_RNDN);        /* exact: few bits */
        for (size_t i = 0; i < N; i++) {
            mpfr_mul_d(term, factor, along, MPFR_RNDN), mpfr_mul_d(term, term, plumb_quadratic_axis(i, e), MPFR_RNDN);
            mpfr_add(want[i], want[i], term, MPFR_RNDN);
        }
    }
    mpfr_clear(factor), mpfr_clear(term);
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    plumb_graph *graph = plumb_quadratic_graph();
    plumb_status st = graph ? plumb_graph_done(graph, diag) : PLUMB_ENOMEM;
    setup s;
    plumb_start(o, e, N, s.start);
    for (size_t i = 0; i < sizeof rates / sizeof *rates && !st; i++) {
        char what[64], settings[40];
        plumb_journey j = { what, settings, graph, plumb_step_find("sgd"), N, STEPS, s.start, .law = law, .with = &s };
        s.rate = rates[i];
        snprintf(what, sizeof what, "rate %g/L", rates[i]), snprintf(settings, sizeof settings, "rate=%.17g", rates[i]);
        st = plumb_follow(&j, e, o, sink, diag);
    }
    plumb_graph_free(graph);
    return st;
}

const plumb_experiment plumb_experiment_quadratic = { "quadratic", "gradient descent on a quadratic of a chosen spectrum, from slow to diverging",
    "x_k = Q (1 - rate l)^k Q x_0", "Nesterov 2004, section 1.2", run };
