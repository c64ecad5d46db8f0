/* redundant.c - each sample many times over: one step for all of them, or one for each copy of the data
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The gradient of m copies of the data is that of one. A pass of full-batch descent is one step, w - w* times (I - rate H); a pass of batches that are one copy each is m of
 * them, (I - rate H)^m: for the same samples seen, m times the progress. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/convergence/convergence.h"

enum { N = 3, ROWS = PLUMB_SQUARES_ROWS, COPIES = 8, PASSES = 8, PLOTTED = COPIES * PASSES };
static const double rate = 0.25;

typedef struct setup {
    const plumb_graph *graph;
    size_t copies;              /* in a batch */
    double start[N], far[PLOTTED + 1];
    mpfr_t *w, *g, *y;
} setup;

static plumb_status
feed(void *with, plumb_course *c, long k)
{
    const setup *s = with;
    double x[ROWS * COPIES * 2], t[ROWS * COPIES];
    (void)k;
    for (size_t i = 0; i < s->copies * ROWS; i++)
        memcpy(x + 2 * i, plumb_squares_x[i % ROWS], sizeof *plumb_squares_x), t[i] = plumb_squares_t[i % ROWS];
    plumb_course_feed(c, plumb_graph_find(s->graph, "x"), x), plumb_course_feed(c, plumb_graph_find(s->graph, "t"), t);
    return PLUMB_OK;
}

/* One step of all rows, once each, in closed form. */
static void
law(void *with, long k, mpfr_t *want)
{
    setup *s = with;
    double far = 0;
    for (size_t j = 0; j < N; j++)
        mpfr_set_zero(s->g[j], 1);
    for (size_t r = 0; r < ROWS; r++) {
        mpfr_sub_d(s->y[0], s->w[2], plumb_squares_t[r], MPFR_RNDN);
        for (size_t j = 0; j < 2; j++)
            mpfr_set_d(s->y[1], plumb_squares_x[r][j], MPFR_RNDN), plumb_wide_add(s->y[0], s->y[1], s->w[j]);
        for (size_t j = 0; j < N; j++)
            mpfr_set_d(s->y[1], j < 2 ? plumb_squares_x[r][j] : 1, MPFR_RNDN), plumb_wide_add(s->g[j], s->y[1], s->y[0]);
    }
    for (size_t j = 0; j < N; j++) {
        mpfr_mul_d(s->g[j], s->g[j], -2 * rate, MPFR_RNDN), mpfr_div_ui(s->g[j], s->g[j], ROWS, MPFR_RNDN), mpfr_add(s->w[j], s->w[j], s->g[j], MPFR_RNDN);
        mpfr_set(want[j], s->w[j], MPFR_RNDN);
        far += pow(mpfr_get_d(s->g[j], MPFR_RNDN) / rate, 2);
    }
    if (k <= PLOTTED)
        s->far[k] = sqrt(far);
}

static plumb_status
one(setup *s, size_t copies, long steps, const char *what, const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    char settings[40];
    plumb_graph *graph = plumb_squares_graph(copies * ROWS);
    plumb_status st = graph ? plumb_graph_done(graph, diag) : PLUMB_ENOMEM;
    plumb_journey j = { what, settings, graph, plumb_step_find("sgd"), N, steps, s->start, .feed = feed, .law = law, .with = s };
    snprintf(settings, sizeof settings, "rate=%g", rate);
    s->graph = graph, s->copies = copies;
    plumb_wide_set(s->w, s->start, N);
    st |= st ? st : plumb_follow(&j, e, o, sink, diag);
    plumb_graph_free(graph);
    return st;
}

/* The same law, against samples seen: once for each copy, once for all. */
static void
draw(const setup *s, plumb_sink *sink)
{
    static const char *const names[] = { "samples seen", "batches of one copy", "all copies at once" }, *const units[] = { "", "length of the gradient", "" };
    double rows[(PLOTTED) * 3];
    plumb_figure f = { "semilog", "descend redundant", "Data that are eight copies of the same", "Progress against samples seen: a batch of one copy tells the same as all of them, for an eighth of the work.", 3,
        names, units, PLOTTED, rows, NULL };
    for (size_t k = 1; k <= PLOTTED; k++)
        rows[3 * (k - 1)] = (double)(k * ROWS), rows[3 * (k - 1) + 1] = s->far[k], rows[3 * (k - 1) + 2] = k % COPIES ? NAN : s->far[k / COPIES];
    sink->figure(sink, &f);
}

/* ---- loss against samples seen ---- */

static double
cost(const double *w)
{
    double sum = 0;
    for (size_t r = 0; r < ROWS; r++)
        sum += pow(plumb_squares_x[r][0] * w[0] + plumb_squares_x[r][1] * w[1] + w[2] - plumb_squares_t[r], 2) / ROWS;
    return sum;
}

/* The least that is possible: two thousand steps from anywhere. */
static double
least(void)
{
    double w[N] = { 0 };
    for (int k = 0; k < 2000; k++) {
        double g[N] = { 0 };
        for (size_t r = 0; r < ROWS; r++) {
            double y = plumb_squares_x[r][0] * w[0] + plumb_squares_x[r][1] * w[1] + w[2] - plumb_squares_t[r];
            g[0] += y * plumb_squares_x[r][0] / ROWS, g[1] += y * plumb_squares_x[r][1] / ROWS, g[2] += y / ROWS;
        }
        for (size_t j = 0; j < N; j++)
            w[j] -= 0.5 * g[j];
    }
    return cost(w);
}

/* One batch size over four passes: column `column` of the rows. */
static plumb_status
losses(const plumb_descend_options *o, const double *from, size_t b, size_t column, size_t columns, double *rows, plumb_diag *diag)
{
    enum { ALL = ROWS * COPIES };
    size_t order[ALL], passes = 4;
    double x[ALL * 2], t[ALL], w[N];
    plumb_graph *graph = plumb_squares_graph(b);
    plumb_course c = { .n = 0 };
    plumb_status st = graph ? plumb_graph_done(graph, diag) : PLUMB_ENOMEM;
    st |= st ? st : plumb_course_open(&c, graph, 0, plumb_step_find("sgd"), "rate=0.05", &plumb_f64, 0, diag);
    if (!st)
        plumb_course_start(&c, from);
    for (size_t k = 0; k < passes * ALL / b && !st; k++) {
        plumb_array at = plumb_stepper_vector(c.stepper[0], "w");
        plumb_sampler_find("epochs")->draw(o->seed, k, ALL, b, order);
        for (size_t i = 0; i < b; i++)
            memcpy(x + 2 * i, plumb_squares_x[order[i] % ROWS], sizeof *plumb_squares_x), t[i] = plumb_squares_t[order[i] % ROWS];
        plumb_course_feed(&c, plumb_graph_find(graph, "x"), x), plumb_course_feed(&c, plumb_graph_find(graph, "t"), t);
        st = plumb_course_step(&c, diag);
        for (size_t i = 0; i < N; i++)
            w[i] = plumb_get_d(&plumb_f64, &at, i);
        rows[((k + 1) * b - 1) * columns + column] = cost(w);
    }
    plumb_course_close(&c);
    plumb_graph_free(graph);
    return st;
}

static plumb_status
draw_losses(const setup *s, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    enum { SEEN = 4 * ROWS * COPIES, SIZES = 5, COLUMNS = SIZES + 1 };
    static const size_t sizes[SIZES] = { 1, 3, 12, 24, 48 };
    static const char *const names[COLUMNS] = { "samples seen", "batches of 1", "of 3", "of 12", "of 24", "of all 48" }, *const units[COLUMNS] = { "", "cost above the least, all samples", "", "", "", "" };
    double rows[SEEN * COLUMNS], floor_cost = least();
    plumb_figure f = { "semilog", "descend redundant", "The cost against samples seen", "Four passes over 48 samples at a learning rate of 0.05: small batches go down sooner, and stay noisy.", COLUMNS, names,
        units, SEEN, rows, NULL };
    plumb_status st = PLUMB_OK;
    for (size_t i = 0; i < SEEN * COLUMNS; i++)
        rows[i] = i % COLUMNS ? NAN : (double)(i / COLUMNS + 1);
    for (size_t i = 0; i < SIZES && !st; i++)
        st = losses(o, s->start, sizes[i], i + 1, COLUMNS, rows, diag);
    for (size_t i = 0; i < SEEN * COLUMNS; i++)
        rows[i] -= i % COLUMNS ? floor_cost : 0;
    if (!st)
        sink->figure(sink, &f);
    return st;
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    setup s = { .w = plumb_wide(N), .g = plumb_wide(N), .y = plumb_wide(2) };
    plumb_status st = s.w && s.g && s.y ? PLUMB_OK : PLUMB_ENOMEM;
    plumb_start(o, e, N, s.start);
    st |= st ? st : one(&s, COPIES, PASSES, "all copies at once", e, o, sink, diag);
    st |= st ? st : one(&s, 1, PLOTTED, "one copy a step", e, o, sink, diag);
    if (!st && sink->figure)
        draw(&s, sink), st = draw_losses(&s, o, sink, diag);
    plumb_wide_free(s.w, N), plumb_wide_free(s.g, N), plumb_wide_free(s.y, 2);
    return st;
}

const plumb_experiment plumb_experiment_redundant = { "redundant", "each sample eight times over: a step for all of them is a step for one copy", "w - w* = (I - rate H)^m (w_0 - w*) a pass, m steps or one",
    "Bottou, Bousquet 2008; LeCun et al. 1998", run };
