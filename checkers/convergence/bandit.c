/* bandit.c - a cost that only answers: the score-function estimator on four arms, outcome by outcome
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Arm a is drawn with chance p_a = softmax(w)_a and pays r. (r - b) d log p_a/dw is an unbiased estimate of the slope of J = sum p_a E r_a, dJ/dw_i = p_i (E r_i - J),
 * whatever the baseline b is (Williams 1992). All outcomes are taken, with their chances: mean and covariance are exact, and each by itself sums to 0 over the arms. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/convergence/convergence.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

enum { ARMS = 4, PAYS = 2, OUTCOMES = ARMS * PAYS, SAMPLES = 20000 };
static const double pay[ARMS][PAYS] = { { 1, 0 }, { 2, -0.5 }, { 0.25, 0.75 }, { -1, 3 } };      /* alike */
static const double rate = 0.25;

/* g is the slope of log p_a, s what was paid, a the baseline, m the chances. */
static const plumb_step score = { "score", "along the score of what was drawn, times what it paid", "Williams 1992", { { 0 } }, { { "w", "w + rate*(s - a)*g" } } };

typedef struct setup {
    const plumb_descend_options *o;
    const plumb_graph *graph;
    plumb_course *c;
    double start[ARMS], baseline;
    mpfr_t *chance, *sum, *square, *work;       /* sums over outcomes: the steps, and the squares of their lengths */
    double sigma;
    int outside;                /* a step does not sum to 0 over the arms */
} setup;

static plumb_graph *
build(size_t n)
{
    plumb_graph *g = plumb_graph_new();
    int w, e;
    if (!g)
        return NULL;
    w = plumb_graph_param(g, "w", (plumb_shape){ 2, { n, ARMS } }), e = plumb_graph_input(g, "e", (plumb_shape){ 2, { n, ARMS } });
    w = plumb_graph_apply(g, plumb_op_find("log_softmax"), "log p", "axis=1", &w);
    w = plumb_graph_apply(g, plumb_op_find("mul"), "drawn", NULL, (int[]){ w, e });
    plumb_graph_apply(g, plumb_op_find("sum"), "f", NULL, &w);
    return g;
}

static void
chances(const double *w, mpfr_t *p, mpfr_ptr sum)
{
    mpfr_set_zero(sum, 1);
    for (size_t i = 0; i < ARMS; i++)
        mpfr_set_d(p[i], w[i], MPFR_RNDN), mpfr_exp(p[i], p[i], MPFR_RNDN), mpfr_add(sum, sum, p[i], MPFR_RNDN);
    for (size_t i = 0; i < ARMS; i++)
        mpfr_div(p[i], p[i], sum, MPFR_RNDN);
}

/* ---- outcome by outcome ---- */

static plumb_status
feed(void *with, plumb_course *c, long k)
{
    setup *s = with;
    size_t arm = (size_t)(k - 1) / PAYS;
    double e[ARMS] = { 0 }, paid[ARMS], base[ARMS], p[ARMS];
    e[arm] = 1, s->c = c;
    for (size_t i = 0; i < ARMS; i++)
        paid[i] = pay[arm][(k - 1) % PAYS], base[i] = s->baseline, p[i] = mpfr_get_d(s->chance[i], MPFR_RNDN);
    plumb_course_start(c, s->start);
    plumb_course_feed(c, plumb_graph_find(s->graph, "e"), e);
    plumb_course_fill(c, "s", paid), plumb_course_fill(c, "a", base), plumb_course_fill(c, "m", p);
    return PLUMB_OK;
}

static void
law(void *with, long k, mpfr_t *want)
{
    setup *s = with;
    size_t arm = (size_t)(k - 1) / PAYS;
    double total = 0, most = 0;
    for (size_t i = 0; i < ARMS; i++) {
        mpfr_ui_sub(want[i], i == arm, s->chance[i], MPFR_RNDN);
        mpfr_mul_d(want[i], want[i], rate * (pay[arm][(k - 1) % PAYS] - s->baseline), MPFR_RNDN), mpfr_add_d(want[i], want[i], s->start[i], MPFR_RNDN);
        plumb_course_get(s->c, "w", i, s->work[0]), mpfr_sub_d(s->work[0], s->work[0], s->start[i], MPFR_RNDN);
        total += mpfr_get_d(s->work[0], MPFR_RNDN), most = fmax(most, fabs(mpfr_get_d(s->work[0], MPFR_RNDN)));
        mpfr_div_ui(s->work[1], s->chance[arm], PAYS, MPFR_RNDN);
        plumb_wide_add(s->sum[i], s->work[1], s->work[0]);
        mpfr_sqr(s->work[0], s->work[0], MPFR_RNDN), plumb_wide_add(s->square[i], s->work[1], s->work[0]);
        s->sigma = fmax(s->sigma, plumb_course_sigma(s->c, "w", i));
    }
    s->outside |= fabs(total) > 1e-4 * most;
}

static double
mean_pay(size_t arm)
{
    return (pay[arm][0] + pay[arm][1]) / PAYS;
}

/* The mean beside dJ/dw, and the mean square of each number beside sum over outcomes of chance (rate (r - b))^2 (1[a = i] - p_i)^2. */
static plumb_status
end(void *with, plumb_course *c, plumb_watch *w)
{
    setup *s = with;
    mpfr_t J, want, part;
    (void)c;
    if (w->wrong && s->outside)
        snprintf(w->why, sizeof w->why, "the step does not sum to 0 over the arms: something stands outside the score, or its - p is missing");
    mpfr_inits2(PLUMB_LAW_BITS, J, want, part, (mpfr_ptr)0);
    mpfr_set_zero(J, 1);
    for (size_t i = 0; i < ARMS; i++)
        mpfr_mul_d(part, s->chance[i], mean_pay(i), MPFR_RNDN), mpfr_add(J, J, part, MPFR_RNDN);
    for (size_t i = 0; i < ARMS; i++) {
        mpfr_d_sub(want, mean_pay(i), J, MPFR_RNDN), mpfr_mul(want, want, s->chance[i], MPFR_RNDN), mpfr_mul_d(want, want, rate, MPFR_RNDN);
        plumb_watch_number(w, OUTCOMES + 1, i, s->sum[i], want, s->sigma, 0);
        mpfr_set_zero(want, 1);
        for (size_t k = 0; k < OUTCOMES; k++) {
            mpfr_ui_sub(part, i == k / PAYS, s->chance[i], MPFR_RNDN), mpfr_sqr(part, part, MPFR_RNDN), mpfr_mul(part, part, s->chance[k / PAYS], MPFR_RNDN);
            mpfr_mul_d(part, part, pow(rate * (pay[k / PAYS][k % PAYS] - s->baseline), 2) / PAYS, MPFR_RNDN), mpfr_add(want, want, part, MPFR_RNDN);
        }
        plumb_watch_number(w, OUTCOMES + 2, i, s->square[i], want, 2 * s->sigma * sqrt(mpfr_get_d(want, MPFR_RNDN)), 0);
    }
    mpfr_clears(J, want, part, (mpfr_ptr)0);
    return PLUMB_OK;
}

static plumb_status
outcomes(setup *s, double baseline, const char *what, const plumb_experiment *e, plumb_sink *sink, plumb_diag *diag)
{
    char settings[40];
    plumb_journey j = { what, settings, s->graph, &score, ARMS, OUTCOMES, s->start, .feed = feed, .law = law, .end = end, .with = s };
    snprintf(settings, sizeof settings, "rate=%g", rate);
    s->baseline = baseline, s->sigma = 0, s->outside = 0;
    for (size_t i = 0; i < ARMS; i++)
        mpfr_set_zero(s->sum[i], 1), mpfr_set_zero(s->square[i], 1);
    return plumb_follow(&j, e, s->o, sink, diag);
}

/* ---- drawn ---- */

/* The mean of the step in the first arms (the last one follows), and its covariance. */
static void
moments(const setup *s, double *mean, double *C)
{
    double p[ARMS], J = 0;
    enum { D = ARMS - 1 };
    for (size_t i = 0; i < ARMS; i++)
        p[i] = mpfr_get_d(s->chance[i], MPFR_RNDN), J += p[i] * mean_pay(i);
    for (size_t i = 0; i < D; i++)
        mean[i] = rate * p[i] * (mean_pay(i) - J);
    for (size_t e = 0; e < D * D; e++) {
        size_t i = e / D, j = e % D;
        C[e] = -mean[i] * mean[j];
        for (size_t k = 0; k < OUTCOMES; k++) {
            double f = rate * (pay[k / PAYS][k % PAYS] - s->baseline);
            C[e] += p[k / PAYS] / PAYS * f * f * ((i == k / PAYS) - p[i]) * ((j == k / PAYS) - p[j]);
        }
    }
}

static void
draw(const setup *s, plumb_random *r, size_t n, double *e, double *paid, double *count)
{
    double p[ARMS];
    for (size_t i = 0; i < ARMS; i++)
        p[i] = mpfr_get_d(s->chance[i], MPFR_RNDN);
    for (size_t c = 0; c < n; c++) {
        double u = plumb_random_unit(r);
        size_t arm = 0;
        while (arm + 1 < ARMS && u >= p[arm])
            u -= p[arm++];
        count[arm]++;
        for (size_t i = 0, which = plumb_random_below(r, PAYS); i < ARMS; i++)
            e[c * ARMS + i] = i == arm, paid[c * ARMS + i] = pay[arm][which];
    }
}

static plumb_status
sample(void *with, uint64_t seed, size_t n, plumb_statistic *out, plumb_diag *diag)
{
    const setup *s = with;
    plumb_random r = plumb_random_named(seed, "bandit");
    double *e = plumb_alloc(n * ARMS, sizeof *e), *paid = plumb_alloc(n * ARMS, sizeof *paid), count[ARMS] = { 0 }, p[ARMS], base[ARMS], mean[ARMS], C[ARMS * ARMS];
    char settings[40];
    plumb_chains c;
    plumb_status st;
    snprintf(settings, sizeof settings, "rate=%g", rate);
    st = plumb_chains_open(&c, 1, build(n), &score, settings, s->o, n, ARMS, diag);
    st |= e && paid ? PLUMB_OK : PLUMB_ENOMEM;
    if (!st) {
        for (size_t i = 0; i < ARMS; i++)
            p[i] = mpfr_get_d(s->chance[i], MPFR_RNDN), base[i] = s->baseline;
        draw(s, &r, n, e, paid, count);
        plumb_run_set(c.run, plumb_graph_find(c.graph, "e"), e);
        plumb_chains_put_all(&c, "w", s->start), plumb_chains_put_all(&c, "a", base), plumb_chains_put_all(&c, "m", p), plumb_chains_put(&c, "s", paid);
        st = plumb_chains_step(&c, diag);
    }
    if (!st) {
        plumb_chains_get(&c, "w", e), moments(s, mean, C);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j + 1 < ARMS; j++)
                paid[i * (ARMS - 1) + j] = e[i * ARMS + j] - s->start[j];
        out[0] = plumb_test_mean(n, ARMS - 1, paid, mean, C, plumb_level(s->o), "the mean of the estimate");
        out[1] = plumb_test_counts(n, ARMS, count, p, plumb_level(s->o), "arm");
    }
    plumb_chains_close(&c);
    plumb_release(e), plumb_release(paid);
    return st;
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    plumb_graph *graph = build(1);
    setup s = { o, graph, .chance = plumb_wide(ARMS), .sum = plumb_wide(ARMS), .square = plumb_wide(ARMS), .work = plumb_wide(2) };
    plumb_status st = graph && s.chance && s.sum && s.square && s.work ? plumb_graph_done(graph, diag) : PLUMB_ENOMEM;
    plumb_start(o, e, ARMS, s.start);
    if (!st)
        chances(s.start, s.chance, s.work[0]);
    st |= st ? st : outcomes(&s, 0, "every outcome, no baseline", e, sink, diag);
    st |= st ? st : outcomes(&s, 0.75, "every outcome, a baseline", e, sink, diag);
    st |= st ? st : plumb_try_samples(e, o, 2, (const char *const[]){ "mean of the drawn estimate", "which arms are drawn" }, sample, &s, SAMPLES, diag);
    plumb_wide_free(s.chance, ARMS), plumb_wide_free(s.sum, ARMS), plumb_wide_free(s.square, ARMS), plumb_wide_free(s.work, 2);
    plumb_graph_free(graph);
    return st;
}

const plumb_experiment plumb_experiment_bandit = { "bandit", "a cost that only answers: the score-function estimator on four arms, with and without a baseline",
    "mean of (r - b) d log p/dw = dJ/dw", "Williams 1992", run };
