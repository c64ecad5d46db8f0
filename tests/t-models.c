/* t-models.c - what the models compute, against other ways to compute it
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "plumbline/descent.h"
#include "plumbline/model.h"
#include "plumbline/run.h"
#include "tests/collect.h"
#include "tests/models.h"
#include "tests/tap.h"

static plumb_run *
bind(const plumb_subject *s)
{
    plumb_diag why = { "" };
    plumb_run *run = plumb_run_new(s->graph, &plumb_f64, NULL, &why);
    if (!run)
        bail(why.text);
    plumb_subject_load(s, run);
    return run;
}

static const double *
point(const plumb_subject *s, const char *name)
{
    return s->point[plumb_graph_find(s->graph, name)];
}

/* Least squares in closed form by GSL's QR against descent on the model's own gradient. */
static void
least_squares(void)
{
    enum { N = 30, K = 4 };
    plumb_subject *s = open_model("linear", "batch=30");
    plumb_run *run = bind(s);
    gsl_matrix *A = gsl_matrix_alloc(N, K);
    gsl_vector *b = gsl_vector_alloc(N), *tau = gsl_vector_alloc(K), *w = gsl_vector_alloc(K), *r = gsl_vector_alloc(N);
    double apart = 0;
    int W = plumb_graph_find(s->graph, "W"), bias = plumb_graph_find(s->graph, "b");
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < K; k++)
            gsl_matrix_set(A, i, k, k < 3 ? point(s, "x")[3 * i + k] : 1);
        gsl_vector_set(b, i, point(s, "t")[i]);
    }
    gsl_linalg_QR_decomp(A, tau);
    gsl_linalg_QR_lssolve(A, tau, b, w, r);
    for (int step = 0; step < 400000; step++)
        if (plumb_sgd_step(run, s->output, 0.4))
            bail("a step failed");
    for (size_t k = 0; k < K; k++) {
        plumb_array at = plumb_run_value(run, k < 3 ? W : bias, 0);
        apart = fmax(apart, fabs(plumb_get_d(&plumb_f64, &at, k < 3 ? k : 0) - gsl_vector_get(w, k)));
    }
    ok(apart < 1e-9, "model:linear: descent comes to the least squares solution of a QR decomposition (apart by %.2g)", apart);
    gsl_matrix_free(A), gsl_vector_free(b), gsl_vector_free(tau), gsl_vector_free(w), gsl_vector_free(r);
    plumb_run_free(run);
    plumb_subject_free(s);
}

/* The stack's output against x (W2 W1 W0)^T by plain loops. */
static void
stack(void)
{
    plumb_subject *s = open_model("linear_stack", "");
    plumb_run *run = bind(s);
    static const size_t size[] = { 4, 6, 5, 3 };
    double P[6 * 6] = { 0 }, Q[6 * 6], apart = 0;
    plumb_array y;
    (void)!plumb_run_forward(run);
    y = plumb_run_value(run, plumb_graph_find(s->graph, "s2"), 0);
    for (size_t i = 0; i < 4; i++)
        P[i * 4 + i] = 1;
    for (size_t l = 0; l < 3; l++) {            /* P is size[l] x 4 */
        char name[8] = { 'W', (char)('0' + l), 0 };
        const double *W = point(s, name);
        for (size_t i = 0; i < size[l + 1]; i++)
            for (size_t j = 0; j < 4; j++) {
                Q[i * 4 + j] = 0;
                for (size_t k = 0; k < size[l]; k++)
                    Q[i * 4 + j] += W[i * size[l] + k] * P[k * 4 + j];
            }
        memcpy(P, Q, sizeof P);
    }
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 3; j++) {
            double sum = 0;
            for (size_t k = 0; k < 4; k++)
                sum += point(s, "x")[i * 4 + k] * P[j * 4 + k];
            apart = fmax(apart, fabs(sum - plumb_get_d(&plumb_f64, &y, i * 3 + j)));
        }
    ok(apart < 1e-14, "model:linear_stack: it is its product matrix (apart by %.2g)", apart);
    plumb_run_free(run);
    plumb_subject_free(s);
}

/* on the boundary a kink, off it correct and exactly zero */
static void
nearest(int boundary)
{
    static collect found;
    plumb_subject *s = open_model("nearest_neighbour", boundary ? "boundary=1" : "");
    plumb_diag why = { "" };
    plumb_check_options o = { .seed = 1, .team = 1 };
    plumb_run_options options = { .root = s->output, .wanted = s->checked };
    plumb_run *run = plumb_run_new(s->graph, &plumb_f64, &options, &why);
    int expected = 0, moved = 0, zero = 1, x = plumb_graph_find(s->graph, "x"), W = plumb_graph_find(s->graph, "W");
    plumb_array bar;
    collect_open(&found);
    if (!run || plumb_check_subject(s, &o, &found.sink, &why))
        bail(why.text);
    for (int i = 0; i < found.n; i++)
        if (!strcmp(found.at[i].what, "x") || !strcmp(found.at[i].what, "W"))
            moved++, expected += found.at[i].verdict == (boundary ? PLUMB_KINK : PLUMB_CORRECT);
    for (int v = 0; v < plumb_graph_values(s->graph); v++)
        if (s->point[v])
            plumb_run_set(run, v, s->point[v]);
    bar = plumb_run_cotangent(run, s->output, 0);
    plumb_set_d(&plumb_f64, &bar, 0, 1);
    (void)!(plumb_run_forward(run) | plumb_run_reverse(run));
    for (int k = 0; k < 2; k++) {
        int v = k ? W : x;
        plumb_array g = plumb_run_cotangent(run, v, 0);
        for (size_t i = 0; i < plumb_shape_size(&plumb_graph_value(s->graph, v)->shape); i++)
            zero &= plumb_get_d(&plumb_f64, &g, i) == 0;
    }
    ok(moved == 6 && expected == 6 && zero, "model:nearest_neighbour %s the boundary: %d of %d findings on x and W are %s, the gradient is %s",
        boundary ? "on" : "off", expected, moved, boundary ? "kink" : "correct", zero ? "zero" : "not zero");
    plumb_run_free(run);
    plumb_subject_free(s);
}

/* every variant of every model opens, and has samples where there is a batch */
static void
all(void)
{
    for (int i = 0; plumb_models[i]; i++)
        for (int k = 0; plumb_models[i]->variants[k]; k++) {
            plumb_subject *s = open_model(plumb_models[i]->name, plumb_models[i]->variants[k]);
            int checked = 0;
            for (int v = 0; v < plumb_graph_values(s->graph); v++)
                checked += s->checked[v];
            ok(checked > 0 && plumb_shape_size(&plumb_graph_value(s->graph, s->output)->shape) == 1, "%s: %d tensors to check, one cost", s->name, checked);
            plumb_subject_free(s);
        }
}

int
main(void)
{
    all();
    least_squares();
    stack();
    nearest(0), nearest(1);
    mpfr_free_cache();
    return done();
}
