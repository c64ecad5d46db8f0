/* squares.c - a linear model and the squared distance: descent and the closed form meet
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * w* solves the normal equations, and w_k - w* = (I - rate H)^k (w_0 - w*) with H = 2 X^T X / n. */
#include <math.h>
#include "checkers/convergence/convergence.h"

enum { N = 3, ROWS = PLUMB_SQUARES_ROWS, STEPS = 400 };
const double plumb_squares_x[ROWS][2] = { { 1, 0.5 }, { -1, 0.25 }, { 0.5, -1 }, { -0.5, -0.75 }, { 0.75, 1 }, { -0.75, 0.5 } };
const double plumb_squares_t[ROWS] = { 1, -0.5, 2, 0.25, -1.5, 0.75 };

plumb_graph *
plumb_squares_graph(size_t b)
{
    plumb_graph *g = plumb_graph_new();
    int x, t, W, bias, y;
    if (!g)
        return NULL;
    x = plumb_graph_input(g, "x", (plumb_shape){ 2, { b, 2 } }), t = plumb_graph_input(g, "t", (plumb_shape){ 2, { b, 1 } });
    W = plumb_graph_param(g, "W", (plumb_shape){ 2, { 1, 2 } }), bias = plumb_graph_param(g, "b", (plumb_shape){ 1, { 1 } });
    y = plumb_graph_apply(g, plumb_op_find("linear"), "y", NULL, (int[]){ x, W, bias });
    y = plumb_graph_apply(g, plumb_op_find("sub"), "e", NULL, (int[]){ y, t });
    y = plumb_graph_apply(g, plumb_op_find("square"), "q", NULL, &y);
    plumb_graph_apply(g, plumb_op_find("mean"), "C", NULL, &y);
    return g;
}

typedef struct setup {
    const plumb_graph *graph;
    double start[N];
    mpfr_t *M, *off, *next, *best;      /* I - rate H, w_k - w*, w* */
} setup;

static plumb_status
feed(void *with, plumb_course *c, long k)
{
    const setup *s = with;
    if (k == 1) {
        plumb_course_feed(c, plumb_graph_find(s->graph, "x"), &plumb_squares_x[0][0]);
        plumb_course_feed(c, plumb_graph_find(s->graph, "t"), plumb_squares_t);
    }
    return PLUMB_OK;
}

static double
column(size_t row, size_t j)
{
    return j < 2 ? plumb_squares_x[row][j] : 1;
}

/* Everything has few bits, so that M is exact; w* is a quotient in 512. */
static plumb_status
prepare(setup *s, double rate)
{
    mpfr_t *A = plumb_wide(N * N);
    double a;
    if (!A)
        return PLUMB_ENOMEM;
    for (size_t i = 0; i < N; i++) {
        mpfr_set_zero(s->best[i], 1);
        for (size_t r = 0; r < ROWS; r++)
            mpfr_add_d(s->best[i], s->best[i], column(r, i) * plumb_squares_t[r], MPFR_RNDN);
        for (size_t j = 0; j < N; j++) {
            a = 0;
            for (size_t r = 0; r < ROWS; r++)
                a += column(r, i) * column(r, j);
            mpfr_set_d(A[i * N + j], a, MPFR_RNDN);
            mpfr_mul_d(s->M[i * N + j], A[i * N + j], -2 * rate, MPFR_RNDN), mpfr_div_ui(s->M[i * N + j], s->M[i * N + j], ROWS, MPFR_RNDN);
            mpfr_add_d(s->M[i * N + j], s->M[i * N + j], i == j, MPFR_RNDN);
        }
    }
    plumb_wide_solve(A, s->best, N);
    for (size_t i = 0; i < N; i++)
        mpfr_d_sub(s->off[i], s->start[i], s->best[i], MPFR_RNDN);
    plumb_wide_free(A, N * N);
    return PLUMB_OK;
}

static void
law(void *with, long k, mpfr_t *want)
{
    setup *s = with;
    (void)k;
    plumb_wide_apply(s->next, s->M, s->off, N, N);
    for (size_t i = 0; i < N; i++)
        mpfr_swap(s->off[i], s->next[i]), mpfr_add(want[i], s->off[i], s->best[i], MPFR_RNDN);
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    plumb_graph *graph = plumb_squares_graph(ROWS);
    setup s = { graph, .M = plumb_wide(N * N), .off = plumb_wide(N), .next = plumb_wide(N), .best = plumb_wide(N) };
    plumb_status st = graph && s.M && s.off && s.next && s.best ? plumb_graph_done(graph, diag) : PLUMB_ENOMEM;
    plumb_start(o, e, N, s.start);
    st |= st ? st : prepare(&s, 0.5);
    if (!st) {
        plumb_journey j = { "to the closed form", "rate=0.5", graph, plumb_step_find("sgd"), N, STEPS, s.start, .feed = feed, .law = law, .with = &s };
        st = plumb_follow(&j, e, o, sink, diag);
    }
    plumb_wide_free(s.M, N * N), plumb_wide_free(s.off, N), plumb_wide_free(s.next, N), plumb_wide_free(s.best, N);
    plumb_graph_free(graph);
    return st;
}

const plumb_experiment plumb_experiment_squares = { "squares", "a linear model and the squared distance: descent ends at the solution of the normal equations",
    "w_k - w* = (I - rate H)^k (w_0 - w*)", "Gauss 1809; Legendre 1805", run };
