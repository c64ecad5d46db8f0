/* batches.c - every batch of every size: their mean is the step of all samples, and their variance falls like 1/B
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Over all batches of B out of N samples that differ, the mean of the steps is that of the whole and the variance of each number is s^2/B (N - B)/(N - 1) with s^2 that
 * of the samples; with replacement it is s^2/B (Cochran 1977, section 2.4). Nothing is drawn: all batches are taken. */
#include <math.h>
#include <stdio.h>
#include "checkers/convergence/convergence.h"

enum { N = 3, ROWS = PLUMB_SQUARES_ROWS, MOST = ROWS };
static const double rate = 0.25;

typedef struct pass {
    const plumb_experiment *e;
    const plumb_descend_options *o;
    plumb_course c;
    const plumb_graph *graph;
    double start[N], sigma;             /* sigma: the largest of a step's rounding */
    mpfr_t *each, *sum, *squares, *step;        /* steps of the samples by themselves, ROWS x N; sums over batches, of steps and of their squares off the mean */
    long batches;
} pass;

/* -rate times the gradient of one sample, in closed form. */
static void
samples(pass *p)
{
    mpfr_t y, x;
    mpfr_init2(y, PLUMB_LAW_BITS), mpfr_init2(x, PLUMB_LAW_BITS);
    for (size_t r = 0; r < ROWS; r++) {
        mpfr_set_d(y, p->start[2] - plumb_squares_t[r], MPFR_RNDN);
        for (size_t j = 0; j < 2; j++)
            mpfr_set_d(x, plumb_squares_x[r][j], MPFR_RNDN), mpfr_mul_d(x, x, p->start[j], MPFR_RNDN), mpfr_add(y, y, x, MPFR_RNDN);
        for (size_t j = 0; j < N; j++)
            mpfr_mul_d(p->each[r * N + j], y, -2 * rate * (j < 2 ? plumb_squares_x[r][j] : 1), MPFR_RNDN);
    }
    mpfr_clear(y), mpfr_clear(x);
}

/* One batch: its step beside the mean of its samples' steps. */
static plumb_status
one(pass *p, const size_t *rows, size_t b, plumb_watch *w, plumb_diag *diag)
{
    double x[MOST * 2], t[MOST], d[N], due[N];
    plumb_status st;
    for (size_t i = 0; i < b; i++)
        x[2 * i] = plumb_squares_x[rows[i]][0], x[2 * i + 1] = plumb_squares_x[rows[i]][1], t[i] = plumb_squares_t[rows[i]];
    plumb_course_feed(&p->c, plumb_graph_find(p->graph, "x"), x), plumb_course_feed(&p->c, plumb_graph_find(p->graph, "t"), t);
    plumb_course_start(&p->c, p->start);
    st = plumb_course_step(&p->c, diag);
    p->batches++;
    for (size_t j = 0; j < N && !st; j++) {
        double sigma = plumb_course_sigma(&p->c, "w", j);
        mpfr_set_zero(p->step[1], 1);
        for (size_t i = 0; i < b; i++)
            mpfr_add(p->step[1], p->step[1], p->each[rows[i] * N + j], MPFR_RNDN);
        mpfr_div_ui(p->step[1], p->step[1], b, MPFR_RNDN);
        plumb_course_get(&p->c, "w", j, p->step[0]), mpfr_sub_d(p->step[0], p->step[0], p->start[j], MPFR_RNDN);
        plumb_watch_number(w, p->batches, j, p->step[0], p->step[1], sigma, mpfr_get_d(p->step[1], MPFR_RNDN));
        mpfr_add(p->sum[j], p->sum[j], p->step[0], MPFR_RNDN);
        d[j] = mpfr_get_d(p->step[0], MPFR_RNDN), due[j] = mpfr_get_d(p->step[1], MPFR_RNDN);
        mpfr_sqr(p->step[1], p->step[0], MPFR_RNDN), mpfr_add(p->squares[j], p->squares[j], p->step[1], MPFR_RNDN);
        p->sigma = fmax(p->sigma, sigma);
    }
    if (!st && w->wrong == p->batches)
        plumb_name_step(N, p->start, due, d, fmax(0x1p-53, ldexp(1, -(int)p->c.number[0]->precision)), w->why, sizeof w->why);
    return st;
}

/* All of them: the mean, and the variance of each number. */
static void
whole(pass *p, size_t b, int again, plumb_watch *w)
{
    mpfr_t mean, square, want, got;
    mpfr_inits2(PLUMB_LAW_BITS, mean, square, want, got, (mpfr_ptr)0);
    for (size_t j = 0; j < N; j++) {
        mpfr_set_zero(mean, 1), mpfr_set_zero(square, 1);
        for (size_t r = 0; r < ROWS; r++) {
            mpfr_add(mean, mean, p->each[r * N + j], MPFR_RNDN);
            mpfr_sqr(want, p->each[r * N + j], MPFR_RNDN), mpfr_add(square, square, want, MPFR_RNDN);
        }
        mpfr_div_ui(mean, mean, ROWS, MPFR_RNDN), mpfr_div_ui(square, square, ROWS, MPFR_RNDN);
        mpfr_div_si(got, p->sum[j], p->batches, MPFR_RNDN);
        plumb_watch_number(w, p->batches, j, got, mean, p->sigma, 0);
        mpfr_sqr(want, mean, MPFR_RNDN), mpfr_sub(square, square, want, MPFR_RNDN), mpfr_div_ui(square, square, b, MPFR_RNDN);
        if (!again)
            mpfr_mul_ui(square, square, ROWS - b, MPFR_RNDN), mpfr_div_ui(square, square, ROWS - 1, MPFR_RNDN);
        mpfr_sqr(want, got, MPFR_RNDN), mpfr_div_si(got, p->squares[j], p->batches, MPFR_RNDN), mpfr_sub(got, got, want, MPFR_RNDN);
        plumb_watch_number(w, p->batches, j, got, square, 2 * p->sigma * (sqrt(fabs(mpfr_get_d(got, MPFR_RNDN))) + fabs(mpfr_get_d(mean, MPFR_RNDN)) + p->sigma), 0);
    }
    mpfr_clears(mean, square, want, got, (mpfr_ptr)0);
}

/* The next batch in counting order; with replacement all tuples. 0: it was the last. */
static int
next(size_t *rows, size_t b, int again)
{
    for (size_t i = b; i-- > 0;) {
        size_t top = again ? ROWS - 1 : ROWS - b + i;
        if (rows[i] >= top)
            continue;
        rows[i]++;
        for (size_t j = i + 1; j < b; j++)
            rows[j] = again ? 0 : rows[j - 1] + 1;
        return 1;
    }
    return 0;
}

static plumb_status
size(pass *p, size_t b, int again, plumb_sink *sink, plumb_diag *diag)
{
    char what[64], settings[40];
    size_t rows[MOST];
    plumb_watch w;
    plumb_graph *graph = plumb_squares_graph(b);
    plumb_status st = graph ? plumb_graph_done(graph, diag) : PLUMB_ENOMEM;
    snprintf(what, sizeof what, "batches of %zu%s", b, again ? " with replacement" : ""), snprintf(settings, sizeof settings, "rate=%.17g", rate);
    w = plumb_watch_new(p->e, p->o, N, what);
    p->c = (plumb_course){ .n = 0 };
    p->graph = graph, p->batches = 0, p->sigma = 0;
    for (size_t i = 0; i < b; i++)
        rows[i] = again ? 0 : i;
    for (size_t j = 0; j < N; j++)
        mpfr_set_zero(p->sum[j], 1), mpfr_set_zero(p->squares[j], 1);
    st |= st ? st : plumb_course_open(&p->c, graph, 0, plumb_step_on_trial(p->o, plumb_step_find("sgd")), settings, p->o->number, 0, diag);
    if (!st) {
        do
            st = one(p, rows, b, &w, diag);
        while (!st && next(rows, b, again));
        whole(p, b, again, &w);
        plumb_watch_tell(&w, sink);
    }
    plumb_course_close(&p->c);
    plumb_graph_free(graph);
    return st;
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    pass p = { e, o, .each = plumb_wide(ROWS * N), .sum = plumb_wide(N), .squares = plumb_wide(N), .step = plumb_wide(2) };
    plumb_status st = p.each && p.sum && p.squares && p.step ? PLUMB_OK : PLUMB_ENOMEM;
    plumb_start(o, e, N, p.start);
    if (!st)
        samples(&p);
    for (size_t b = 1; b <= ROWS && !st; b++)
        st = size(&p, b, 0, sink, diag);
    for (size_t b = 2; b <= 4 && !st; b += 2)
        st = size(&p, b, 1, sink, diag);
    plumb_wide_free(p.each, ROWS * N), plumb_wide_free(p.sum, N), plumb_wide_free(p.squares, N), plumb_wide_free(p.step, 2);
    return st;
}

const plumb_experiment plumb_experiment_batches = { "batches", "every batch of every size, with and without replacement: the mean of the steps, and their variance", "variance = s^2/B (N - B)/(N - 1)",
    "Cochran 1977, section 2.4", run };
