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
    if (sink->figure)
        sink->figure(sink, &f);
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    setup s = { .w = plumb_wide(N), .g = plumb_wide(N), .y = plumb_wide(2) };
    plumb_status st = s.w && s.g && s.y ? PLUMB_OK : PLUMB_ENOMEM;
    plumb_start(o, e, N, s.start);
    st |= st ? st : one(&s, COPIES, PASSES, "all copies at once", e, o, sink, diag);
    st |= st ? st : one(&s, 1, PLOTTED, "one copy a step", e, o, sink, diag);
    if (!st)
        draw(&s, sink);
    plumb_wide_free(s.w, N), plumb_wide_free(s.g, N), plumb_wide_free(s.y, 2);
    return st;
}

const plumb_experiment plumb_experiment_redundant = { "redundant", "each sample eight times over: a step for all of them is a step for one copy", "w - w* = (I - rate H)^m (w_0 - w*) a pass, m steps or one",
    "Bottou, Bousquet 2008; LeCun et al. 1998", run };
