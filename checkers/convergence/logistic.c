/* logistic.c - strongly convex logistic regression: each step of batches in a known order, and what convexity promises
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * f(w) = mean log(1 + exp s) - t s + decay |w|^2/2 with s = x w, written here by hand in 512 bits; its Hessian lies between decay and L = decay + max |x|^2/4.
 * Of the whole batch every step obeys f(x+) <= f(x) - rate (1 - L rate/2) |g|^2. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/convergence/convergence.h"

enum { N = 3, ROWS = 8, STEPS = 60 };
static const double decay = 0.125, rate = 0.5;
static const double x[ROWS][N] = { { 1, 0.5, -0.25 }, { -1, 0.25, 0.5 }, { 0.5, -1, 0.75 }, { -0.5, -0.75, 1 }, { 0.75, 1, -1 }, { -0.75, 0.5, 0.25 }, { 0.25, -0.5, -0.75 },
    { -0.25, 0.75, -0.5 } }, t[ROWS] = { 1, 0, 1, 0, 1, 1, 0, 0 };

typedef struct setup {
    const plumb_descend_options *o;
    const plumb_graph *graph;
    size_t batch, rows[ROWS];
    double start[N];
    mpfr_t *w, *g, *before, *work;       /* work: 6 */
} setup;

static plumb_graph *
build(size_t b)
{
    plumb_graph *g = plumb_graph_new();
    int in, label, w, s, a, ts;
    if (!g)
        return NULL;
    in = plumb_graph_input(g, "x", (plumb_shape){ 2, { b, N } }), label = plumb_graph_input(g, "t", (plumb_shape){ 2, { b, 1 } });
    w = plumb_graph_param(g, "w", (plumb_shape){ 2, { N, 1 } });
    s = plumb_graph_apply(g, plumb_op_find("matmul"), "s", NULL, (int[]){ in, w });
    a = plumb_graph_apply(g, plumb_op_find("softplus"), "a", NULL, &s);
    ts = plumb_graph_apply(g, plumb_op_find("mul"), "ts", NULL, (int[]){ label, s });
    s = plumb_graph_apply(g, plumb_op_find("sub"), "c", NULL, (int[]){ a, ts });
    plumb_graph_apply(g, plumb_op_find("mean"), "C", NULL, &s);
    return g;
}

/* s of a row at w, into work[0]. */
static void
score(setup *u, mpfr_t *w, size_t row)
{
    mpfr_set_zero(u->work[0], 1);
    for (size_t j = 0; j < N; j++)
        mpfr_set_d(u->work[1], x[row][j], MPFR_RNDN), plumb_wide_add(u->work[0], u->work[1], w[j]);
}

/* The gradient at w on b rows. */
static void
slope(setup *u, mpfr_t *w, const size_t *rows, size_t b)
{
    for (size_t j = 0; j < N; j++)
        mpfr_set_zero(u->g[j], 1);
    for (size_t i = 0; i < b; i++) {
        score(u, w, rows[i]);
        mpfr_neg(u->work[0], u->work[0], MPFR_RNDN), mpfr_exp(u->work[0], u->work[0], MPFR_RNDN), mpfr_add_ui(u->work[0], u->work[0], 1, MPFR_RNDN);
        mpfr_ui_div(u->work[0], 1, u->work[0], MPFR_RNDN), mpfr_sub_d(u->work[0], u->work[0], t[rows[i]], MPFR_RNDN), mpfr_div_ui(u->work[0], u->work[0], b, MPFR_RNDN);
        for (size_t j = 0; j < N; j++)
            mpfr_set_d(u->work[1], x[rows[i]][j], MPFR_RNDN), plumb_wide_add(u->g[j], u->work[0], u->work[1]);
    }
    for (size_t j = 0; j < N; j++)
        mpfr_mul_d(u->work[0], w[j], decay, MPFR_RNDN), mpfr_add(u->g[j], u->g[j], u->work[0], MPFR_RNDN);
}

static void
value(setup *u, mpfr_t *w, mpfr_ptr f)
{
    mpfr_set_zero(f, 1);
    for (size_t i = 0; i < ROWS; i++) {
        score(u, w, i);
        mpfr_exp(u->work[1], u->work[0], MPFR_RNDN), mpfr_log1p(u->work[1], u->work[1], MPFR_RNDN);
        mpfr_mul_d(u->work[0], u->work[0], t[i], MPFR_RNDN), mpfr_sub(u->work[1], u->work[1], u->work[0], MPFR_RNDN), mpfr_div_ui(u->work[1], u->work[1], ROWS, MPFR_RNDN);
        mpfr_add(f, f, u->work[1], MPFR_RNDN);
    }
    for (size_t j = 0; j < N; j++)
        mpfr_sqr(u->work[0], w[j], MPFR_RNDN), mpfr_mul_d(u->work[0], u->work[0], decay / 2, MPFR_RNDN), mpfr_add(f, f, u->work[0], MPFR_RNDN);
}

static plumb_status
feed(void *with, plumb_course *c, long k)
{
    setup *u = with;
    double in[ROWS * N], label[ROWS];
    const plumb_sampler *sampler = plumb_sampler_find("epochs");
    if (u->o->sampler && !strcmp(u->o->sampler->name, sampler->name))
        sampler = u->o->sampler;
    sampler->draw(u->o->seed, (uint64_t)k - 1, ROWS, u->batch, u->rows);
    for (size_t i = 0; i < u->batch; i++) {
        memcpy(in + i * N, x[u->rows[i]], sizeof *x);
        label[i] = t[u->rows[i]];
    }
    plumb_course_feed(c, plumb_graph_find(u->graph, "x"), in), plumb_course_feed(c, plumb_graph_find(u->graph, "t"), label);
    return PLUMB_OK;
}

static void
law(void *with, long k, mpfr_t *want)
{
    setup *u = with;
    size_t order[ROWS];
    plumb_sampler_find("epochs")->draw(u->o->seed, (uint64_t)k - 1, ROWS, u->batch, order);
    slope(u, u->w, order, u->batch);
    for (size_t j = 0; j < N; j++) {
        mpfr_mul_d(u->g[j], u->g[j], rate, MPFR_RNDN), mpfr_sub(u->w[j], u->w[j], u->g[j], MPFR_RNDN);
        mpfr_set(want[j], u->w[j], MPFR_RNDN);
    }
}

static double
curvature(void)
{
    double most = 0;
    for (size_t i = 0; i < ROWS; i++)
        most = fmax(most, x[i][0] * x[i][0] + x[i][1] * x[i][1] + x[i][2] * x[i][2]);
    return decay + most / 4;
}

/* What convexity promises, of the course as it was made: from the first point, step by step. */
static plumb_status
promises(setup *u, const plumb_experiment *e, plumb_sink *sink, plumb_diag *diag)
{
    static const size_t all[ROWS] = { 0, 1, 2, 3, 4, 5, 6, 7 };
    double L = curvature(), slack = 1e-5;
    char settings[60];
    plumb_course c;
    plumb_watch w = plumb_watch_new(e, u->o, N, "what convexity promises");
    plumb_status st;
    snprintf(settings, sizeof settings, "rate=%g,decay=%g", rate, decay);
    st = plumb_course_open(&c, u->graph, 0, plumb_step_on_trial(u->o, plumb_step_find("sgd")), settings, u->o->number, 0, diag);
    if (!st)
        plumb_course_start(&c, u->start), plumb_wide_set(u->before, u->start, N);
    for (long k = 1; k <= STEPS && !st && !w.wrong; k++) {
        double size = 0;
        slope(u, u->before, all, ROWS);
        for (size_t j = 0; j < N; j++)
            size += pow(mpfr_get_d(u->g[j], MPFR_RNDN), 2);
        value(u, u->before, u->work[2]);
        st = feed(u, &c, k);
        st |= st ? st : plumb_course_step(&c, diag);
        for (size_t j = 0; j < N; j++)
            plumb_course_get(&c, "w", j, u->before[j]);
        value(u, u->before, u->work[3]);
        mpfr_sub(u->work[3], u->work[2], u->work[3], MPFR_RNDN);
        w.compared++;
        if (!(size <= 1e-9) && !(mpfr_get_d(u->work[3], MPFR_RNDN) >= rate * (1 - L * rate / 2) * size * (1 - slack))) {
            w.wrong = k, w.verdict = PLUMB_WRONG;
            snprintf(w.why, sizeof w.why, "the value falls by less than rate (1 - L rate/2) |g|^2");
        }
    }
    if (!st)
        plumb_watch_tell(&w, sink);
    plumb_course_close(&c);
    return st;
}

static plumb_status
one(setup *u, size_t batch, const char *what, const plumb_experiment *e, plumb_sink *sink, plumb_diag *diag)
{
    char settings[60];
    plumb_graph *graph = build(batch);
    plumb_status st = graph ? plumb_graph_done(graph, diag) : PLUMB_ENOMEM;
    plumb_journey j = { what, settings, graph, plumb_step_find("sgd"), N, STEPS, u->start, .feed = feed, .law = law, .with = u };
    snprintf(settings, sizeof settings, "rate=%g,decay=%g", rate, decay);
    u->graph = graph, u->batch = batch;
    plumb_wide_set(u->w, u->start, N);
    st |= st ? st : plumb_follow(&j, e, u->o, sink, diag);
    if (batch == ROWS && !st)
        st = promises(u, e, sink, diag);
    plumb_graph_free(graph);
    return st;
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    setup u = { o, .w = plumb_wide(N), .g = plumb_wide(N), .before = plumb_wide(N), .work = plumb_wide(6) };
    plumb_status st = u.w && u.g && u.before && u.work ? PLUMB_OK : PLUMB_ENOMEM;
    plumb_start(o, e, N, u.start);
    st |= st ? st : one(&u, 1, "one sample a step", e, sink, diag);
    st |= st ? st : one(&u, 2, "batches of 2", e, sink, diag);
    st |= st ? st : one(&u, ROWS, "all samples", e, sink, diag);
    plumb_wide_free(u.w, N), plumb_wide_free(u.g, N), plumb_wide_free(u.before, N), plumb_wide_free(u.work, 6);
    return st;
}

const plumb_experiment plumb_experiment_logistic = { "logistic", "logistic regression with a weight decay: one sample, batches and all samples, in an order that the seed knows",
    "w_(k+1) = w_k - rate (mean of the batch's gradients + decay w_k)", "Robbins, Monro 1951; the promise: Nesterov 2004, theorem 2.1.5", run };
