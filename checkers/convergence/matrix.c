/* matrix.c - a matrix for a learning rate: x_k = (I - rate P H)^k x_0
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * -P g leads down for every g if and only if the symmetric part of P is positive definite; the course converges if and only if the spectral radius of I - rate P H is
 * below 1, which for a symmetric P is the largest eigenvalue of P H below 2/rate. */
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include "checkers/convergence/convergence.h"

enum { N = 3, STEPS = 60 };
static const double H[N * N] = { 2, 1, 0, 1, 2, 1, 0, 1, 2 };

/* few bits: exact in every system */
static const struct part {
    const char *what;
    double P[N * N];
    int down, converges;
} parts[] = {
    { "symmetric", { 0.25, -0.125, 0, -0.125, 0.5, -0.125, 0, -0.125, 0.25 }, 1, 1 },
    { "one rate for each number", { 0.5, 0, 0, 0, 0.25, 0, 0, 0, 0.125 }, 1, 1 },
    { "nearly too long", { 0.5625, 0, 0, 0, 0.5625, 0, 0, 0, 0.5625 }, 1, 1 },
    { "too long", { 0.625, 0, 0, 0, 0.625, 0, 0, 0, 0.625 }, 1, 0 },
    { "turned, still down", { 0.25, 0.5, 0, -0.5, 0.25, 0, 0, 0, 0.25 }, 1, 1 },
    { "no descent step", { 0.25, 0, 0, 0, -0.125, 0, 0, 0, 0.25 }, 0, 0 },
};

typedef struct setup {
    const struct part *part;
    double start[N], radius, least, steepest;   /* steepest: the least g P g / g g that was met */
    mpfr_t *M, *x;
} setup;

static double
radius_of(const double *M)
{
    double copy[N * N], most = 0;
    gsl_error_handler_t *before = gsl_set_error_handler_off();
    gsl_matrix_view m = gsl_matrix_view_array(copy, N, N);
    gsl_vector_complex *values = gsl_vector_complex_alloc(N);
    gsl_eigen_nonsymm_workspace *work = gsl_eigen_nonsymm_alloc(N);
    for (size_t i = 0; i < N * N; i++)
        copy[i] = M[i];
    if (values && work && !gsl_eigen_nonsymm(&m.matrix, values, work))
        for (size_t i = 0; i < N; i++) {
            gsl_complex z = gsl_vector_complex_get(values, i);
            most = fmax(most, hypot(GSL_REAL(z), GSL_IMAG(z)));
        }
    gsl_vector_complex_free(values), gsl_eigen_nonsymm_free(work);
    gsl_set_error_handler(before);
    return most;
}

static void
prepare(setup *s, const struct part *p)
{
    double M[N * N];
    s->part = p;
    for (size_t i = 0; i < N * N; i++) {
        M[i] = i / N == i % N;
        for (size_t j = 0; j < N; j++)
            M[i] -= p->P[i / N * N + j] * H[j * N + i % N];
    }
    s->radius = radius_of(M), s->least = plumb_matrix_descends(p->P, N), s->steepest = INFINITY;
    plumb_wide_set(s->M, M, N * N), plumb_wide_set(s->x, s->start, N);
}

static void
law(void *with, long k, mpfr_t *want)
{
    setup *s = with;
    double g[N], slope = 0, size = 0;
    (void)k;
    for (size_t i = 0; i < N; i++) {
        g[i] = 0;
        for (size_t j = 0; j < N; j++)
            g[i] += H[i * N + j] * mpfr_get_d(s->x[j], MPFR_RNDN);
        size += g[i] * g[i];
    }
    for (size_t i = 0; i < N * N; i++)
        slope += g[i / N] * s->part->P[i] * g[i % N];
    s->steepest = fmin(s->steepest, slope / size);
    plumb_wide_apply(want, s->M, s->x, N, N);
    for (size_t i = 0; i < N; i++)
        mpfr_set(s->x[i], want[i], MPFR_RNDN);
}

/* Down everywhere, or not; converging, or not: what is claimed of the matrix beside what the course did. */
static plumb_status
end(void *with, plumb_course *c, plumb_watch *w)
{
    const setup *s = with;
    double length = 0, before = 0;
    plumb_array x = plumb_stepper_vector(c->stepper[0], "w");
    for (size_t i = 0; i < N; i++)
        length += pow(plumb_get_d(c->number[0], &x, i), 2), before += s->start[i] * s->start[i];
    if (w->wrong)
        return PLUMB_OK;
    if ((s->least > 0) != s->part->down || (s->steepest <= 0 && s->part->down) || (s->radius < 1) != s->part->converges || (length < before) != s->part->converges) {
        w->verdict = PLUMB_WRONG, w->wrong = STEPS;
        snprintf(w->why, sizeof w->why, "the matrix is judged wrongly: least eigenvalue of the symmetric part %.4g, spectral radius %.4g", s->least, s->radius);
    }
    return PLUMB_OK;
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    plumb_graph *graph = plumb_form_graph(N, H);
    setup s = { .M = plumb_wide(N * N), .x = plumb_wide(N) };
    plumb_status st = graph && s.M && s.x ? plumb_graph_done(graph, diag) : PLUMB_ENOMEM;
    plumb_start(o, e, N, s.start);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !st; i++) {
        char what[64];
        plumb_journey j = { what, "rate=1", graph, plumb_step_find("sgd"), N, STEPS, s.start, parts[i].P, .law = law, .end = end, .with = &s };
        prepare(&s, &parts[i]);
        snprintf(what, sizeof what, "%s, radius %.4f", parts[i].what, s.radius);
        st = plumb_follow(&j, e, o, sink, diag);
    }
    plumb_wide_free(s.M, N * N), plumb_wide_free(s.x, N);
    plumb_graph_free(graph);
    return st;
}

const plumb_experiment plumb_experiment_matrix = { "matrix", "a matrix for a learning rate: down if its symmetric part is positive definite, and to the bottom if it is small enough",
    "x_k = (I - rate P H)^k x_0", "Nesterov 2004; the lecture's matrix of step sizes", run };
