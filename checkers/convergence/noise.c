/* noise.c - a constant step and normal noise: the cloud around the minimum has the covariance of Lyapunov's equation
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * f(w; x) = (w - x) H (w - x)/2 for samples x from N(0, S), means over a batch of B: w+ = w - rate H (w - mean x). So the mean is (I - rate H)^k w_0, and
 * Sigma+ = (I - rate H) Sigma (I - rate H) + rate^2 H S H/B (Mandt, Hoffman, Blei 2017 have it in continuous time). */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/convergence/convergence.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

enum { D = 3, STEPS = 40, EARLY = 4, CHAINS = 4000 };
static const double H[D * D] = { 1, 0.5, 0, 0.5, 1.5, 0.25, 0, 0.25, 0.75 }, root[D * D] = { 1, 0, 0, 0.5, 0.5, 0, -0.5, 0.25, 0.75 };      /* S = root root^T */
static const double start[D] = { 2, -1.5, 1 };

typedef struct setup {
    const plumb_descend_options *o;
    size_t batch;
    double rate;
} setup;

static plumb_graph *
build(size_t n, size_t b)
{
    double half[D * D];
    plumb_graph *g = plumb_graph_new();
    int w, x, h, y;
    if (!g)
        return NULL;
    for (size_t i = 0; i < D * D; i++)
        half[i] = H[i] / 2;
    w = plumb_graph_param(g, "w", (plumb_shape){ 2, { n, D } }), x = plumb_graph_input(g, "x", (plumb_shape){ 3, { n, b, D } });
    x = plumb_graph_apply(g, plumb_op_find("mean"), "m", "axes=1", &x);
    h = plumb_graph_constant(g, "H/2", (plumb_shape){ 2, { D, D } }, half);
    x = plumb_graph_apply(g, plumb_op_find("sub"), "e", NULL, (int[]){ w, x });
    y = plumb_graph_apply(g, plumb_op_find("matmul"), "He", NULL, (int[]){ x, h });
    y = plumb_graph_apply(g, plumb_op_find("mul"), "eHe", NULL, (int[]){ x, y });
    plumb_graph_apply(g, plumb_op_find("sum"), "f", NULL, &y);
    return g;
}

/* ---- the law ---- */

static void
product(const double *A, const double *B, int turned, double *C)
{
    for (size_t i = 0; i < D * D; i++) {
        C[i] = 0;
        for (size_t k = 0; k < D; k++)
            C[i] += A[i / D * D + k] * (turned ? B[i % D * D + k] : B[k * D + i % D]);
    }
}

static void
law(const setup *s, int steps, double *mean, double *C)
{
    double M[D * D], S[D * D], noise[D * D], half[D * D], next[D];
    for (size_t i = 0; i < D * D; i++)
        M[i] = (i / D == i % D) - s->rate * H[i];
    product(root, root, 1, S), product(H, S, 0, half), product(half, H, 1, noise);
    memset(C, 0, D * D * sizeof *C), memcpy(mean, start, sizeof start);
    for (int k = 0; k < steps; k++) {
        product(M, C, 0, half), product(half, M, 1, C);
        for (size_t i = 0; i < D * D; i++)
            C[i] += s->rate * s->rate * noise[i] / (double)s->batch;
        for (size_t i = 0; i < D; i++) {
            next[i] = 0;
            for (size_t j = 0; j < D; j++)
                next[i] += M[i * D + j] * mean[j];
        }
        memcpy(mean, next, sizeof next);
    }
}

/* ---- samples ---- */

static void
draw_samples(plumb_random *r, size_t n, double *x)
{
    for (size_t i = 0; i < n; i++) {
        double z[D];
        for (size_t j = 0; j < D; j++)
            z[j] = plumb_random_normal(r);
        for (size_t j = 0; j < D; j++) {
            x[i * D + j] = 0;
            for (size_t k = 0; k <= j; k++)
                x[i * D + j] += root[j * D + k] * z[k];
        }
    }
}

/* What the gradient is without noise: the vector a, for steps on trial that want to know. */
static void
expected(const double *w, size_t n, double *a)
{
    for (size_t i = 0; i < n * D; i++) {
        a[i] = 0;
        for (size_t k = 0; k < D; k++)
            a[i] += H[i % D * D + k] * w[i / D * D + k];
    }
}

static plumb_status
walk(const setup *s, plumb_chains *c, plumb_random *r, size_t n, double *x, double *w, double *a, plumb_statistic *out, plumb_diag *diag)
{
    double mean[D], C[D * D];
    plumb_status st = PLUMB_OK;
    plumb_chains_put_all(c, "w", start);
    for (int k = 1; k <= STEPS && !st; k++) {
        draw_samples(r, n * s->batch, x);
        plumb_run_set(c->run, plumb_graph_find(c->graph, "x"), x);
        if (s->o->step)
            plumb_chains_get(c, "w", w), expected(w, n, a), plumb_chains_put(c, "a", a);
        st = plumb_chains_step(c, diag);
        if (k == EARLY) {
            law(s, k, mean, C), plumb_chains_get(c, "w", w);
            out[0] = plumb_test_mean(n, D, w, mean, C, plumb_level(s->o), "the mean");
        }
    }
    law(s, STEPS, mean, C), plumb_chains_get(c, "w", w);
    out[1] = plumb_test_spread(n, D, w, mean, C, plumb_level(s->o), "the variance");
    return st;
}

static plumb_status
sample(void *with, uint64_t seed, size_t n, plumb_statistic *out, plumb_diag *diag)
{
    const setup *s = with;
    plumb_random r = plumb_random_named(seed, "noise");
    plumb_chains c;
    char settings[40];
    double *x = plumb_alloc(n * s->batch * D, sizeof *x), *w = plumb_alloc(n * D, sizeof *w), *a = plumb_alloc(n * D, sizeof *a);
    plumb_status st;
    snprintf(settings, sizeof settings, "rate=%.17g", s->rate);
    st = plumb_chains_open(&c, 1, build(n, s->batch), plumb_step_find("sgd"), settings, s->o, n, D, diag);
    st |= x && w && a ? PLUMB_OK : PLUMB_ENOMEM;
    st |= st ? st : walk(s, &c, &r, n, x, w, a, out, diag);
    plumb_chains_close(&c);
    plumb_release(x), plumb_release(w), plumb_release(a);
    return st;
}

/* ---- the picture ---- */

/* The variance of one step's gradient for batches of 1 to 64: 60 steps each, beside tr(H S H)/B. */
static plumb_status
draw(const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    enum { SIZES = 7, EACH = 60 };
    static const char *const names[] = { "samples in a batch", "measured", "", "the law, 1/B" }, *const units[] = { "", "variance of the gradient", "", "" };
    double rows[SIZES * 4], w[EACH * D], *x = plumb_alloc((size_t)EACH * D << (SIZES - 1), sizeof *x), S[D * D], noise[D * D], half[D * D], trace = 0, squares = 0;
    plumb_figure f = { "bars", "descend noise", "A batch of B has a B-th of the noise", "The variance of the gradient of one step, from 60 batches of each size, with its standard error, and what the law says.", 4, names, units,
        SIZES, rows, NULL };
    plumb_random r = plumb_random_named(o->seed, "bars");
    plumb_status st = x ? PLUMB_OK : PLUMB_ENOMEM;
    product(root, root, 1, S), product(H, S, 0, half), product(half, H, 1, noise);
    for (size_t i = 0; i < D; i++)
        trace += noise[i * D + i];
    for (size_t i = 0; i < D * D; i++)
        squares += noise[i] * noise[i];
    for (size_t i = 0; i < SIZES && !st; i++) {
        size_t b = (size_t)1 << i;
        plumb_chains c;
        double sum = 0;
        st = plumb_chains_open(&c, 1, build(EACH, b), plumb_step_find("sgd"), "rate=1", o, EACH, D, diag);
        if (!st) {
            draw_samples(&r, EACH * b, x), plumb_chains_put_all(&c, "w", start), plumb_run_set(c.run, plumb_graph_find(c.graph, "x"), x);
            st = plumb_chains_step(&c, diag), plumb_chains_get(&c, "g", w);
        }
        for (size_t e = 0; e < EACH * D && !st; e++) {
            double mean = H[e % D * D] * start[0] + H[e % D * D + 1] * start[1] + H[e % D * D + 2] * start[2];
            sum += (w[e] - mean) * (w[e] - mean);
        }
        plumb_chains_close(&c);
        rows[4 * i] = (double)b, rows[4 * i + 1] = sum / EACH, rows[4 * i + 2] = sqrt(2 * squares / EACH) / (double)b, rows[4 * i + 3] = trace / (double)b;
    }
    plumb_release(x);
    if (!st)
        sink->figure(sink, &f);
    return st;
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    static const struct { size_t batch; double rate; } parts[] = { { 1, 0.125 }, { 4, 0.25 }, { 16, 0.25 } };
    plumb_status st = sink->figure ? draw(o, sink, diag) : PLUMB_OK;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !st; i++) {
        setup s = { o, parts[i].batch, parts[i].rate };
        char mean[64], spread[64];
        snprintf(mean, sizeof mean, "mean, batches of %zu", s.batch), snprintf(spread, sizeof spread, "variance, batches of %zu", s.batch);
        st = plumb_try_samples(e, o, 2, (const char *const[]){ mean, spread }, sample, &s, CHAINS, diag);
    }
    return st;
}

const plumb_experiment plumb_experiment_noise = { "noise", "a constant step and normal noise: the cloud around the minimum, for batches of 1, 4 and 16",
    "Sigma = (I - rate H) Sigma (I - rate H) + rate^2 H S H/B", "Mandt, Hoffman, Blei 2017", run };
