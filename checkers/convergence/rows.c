/* rows.c - least squares of finite data, a row at a time: which rows, and what becomes of mean and covariance
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A step on row i is an affine map of w. With replacement the maps are drawn by themselves; in epochs they come in every order alike: the moments after an epoch are the
 * mean over all N! orders. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/convergence/convergence.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

enum { D = 2, M = D + 1, ROWS = 5, ORDERS = 120, EPOCHS = 3, CHAINS = 6000 };
static const double x[ROWS][D] = { { 1, 0.5 }, { -1, 0.25 }, { 0.5, -1 }, { 0.25, 0.75 }, { -0.75, 0.5 } }, t[ROWS] = { 1, -0.5, 1.5, 0.25, -1 };
static const double rate = 0.25, start[D] = { 2, -1 };

typedef struct setup {
    const plumb_descend_options *o;
    const plumb_sampler *sampler;
    int epochs;                 /* every row once an epoch */
} setup;

/* f = sum over chains of (x w - t)^2/2, a row each */
static plumb_graph *
build(size_t n)
{
    plumb_graph *g = plumb_graph_new();
    int w, in, label, y;
    if (!g)
        return NULL;
    w = plumb_graph_param(g, "w", (plumb_shape){ 2, { n, D } }), in = plumb_graph_input(g, "x", (plumb_shape){ 2, { n, D } });
    label = plumb_graph_input(g, "t", (plumb_shape){ 1, { n } });
    y = plumb_graph_apply(g, plumb_op_find("mul"), "xw", NULL, (int[]){ in, w });
    y = plumb_graph_apply(g, plumb_op_find("sum"), "y", "axes=1", &y);
    y = plumb_graph_apply(g, plumb_op_find("sub"), "e", NULL, (int[]){ y, label });
    y = plumb_graph_apply(g, plumb_op_find("square"), "q", NULL, &y);
    plumb_graph_apply(g, plumb_op_find("sum"), "C", NULL, &y);
    return g;
}

/* ---- the law ---- */

/* The step on (x w - t)^2 of row r: w - 2 rate (x w - t) x. */
static void
map_of(size_t r, double *A)
{
    memset(A, 0, M * M * sizeof *A);
    for (size_t i = 0; i < D; i++) {
        for (size_t j = 0; j < D; j++)
            A[i * M + j] = (i == j) - 2 * rate * x[r][i] * x[r][j];
        A[i * M + D] = 2 * rate * t[r] * x[r][i];
    }
    A[M * M - 1] = 1;
}

/* The maps of whole epochs, one for each order: maps[ORDERS]. */
static void
orders(double *maps)
{
    size_t order[ROWS] = { 0, 1, 2, 3, 4 }, count[ROWS] = { 0 }, made = 0;
    for (size_t i = 0; made < ORDERS;) {
        double *to = maps + made * M * M, A[M * M], now[M * M];
        if (i == 0) {
            for (size_t e = 0; e < M * M; e++)
                to[e] = e / M == e % M;
            for (size_t r = 0; r < ROWS; r++) {
                map_of(order[r], A), memset(now, 0, sizeof now);
                for (size_t e = 0; e < M * M; e++)
                    for (size_t k = 0; k < M; k++)
                        now[e] += A[e / M * M + k] * to[k * M + e % M];
                memcpy(to, now, sizeof now);
            }
            made++;
        }
        while (i < ROWS && count[i] >= i)       /* Heap 1963 */
            count[i++] = 0;
        if (i == ROWS)
            return;
        size_t j = i % 2 ? count[i] : 0, swap = order[j];
        order[j] = order[i], order[i] = swap;
        count[i]++, i = 0;
    }
}

static plumb_status
judge(const setup *s, size_t n, const double *w, plumb_statistic *out, plumb_diag *diag)
{
    size_t maps = s->epochs ? ORDERS : ROWS;
    double *A = plumb_alloc(maps * M * M, sizeof *A), p[ORDERS];
    plumb_affine law = { M, maps, A, p, start, s->epochs ? EPOCHS : EPOCHS * ROWS };
    plumb_status st = A ? PLUMB_OK : PLUMB_ENOMEM;
    if (A && s->epochs)
        orders(A);
    for (size_t r = 0; r < maps && !st; r++) {
        p[r] = 1.0 / (double)maps;
        if (!s->epochs)
            map_of(r, A + r * M * M);
    }
    st |= st ? st : plumb_affine_test(&law, n, w, s->o, &out[0], &out[1], diag);
    plumb_release(A);
    return st;
}

/* ---- samples ---- */

static plumb_status
walk(const setup *s, plumb_chains *c, uint64_t seed, size_t n, double *in, double *label, double *count, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    size_t rows[ROWS];
    plumb_chains_put_all(c, "w", start);
    for (int k = 0; k < EPOCHS * ROWS && !st; k++) {
        for (size_t i = 0; i < n; i++) {
            s->sampler->draw(seed + i * 0x2545f4914f6cdd1du, (uint64_t)k, ROWS, 1, rows);
            memcpy(in + i * D, x[rows[0]], sizeof *x);
            label[i] = t[rows[0]], count[rows[0]]++;
        }
        plumb_run_set(c->run, plumb_graph_find(c->graph, "x"), in), plumb_run_set(c->run, plumb_graph_find(c->graph, "t"), label);
        st = plumb_chains_step(c, diag);
    }
    return st;
}

static plumb_status
sample(void *with, uint64_t seed, size_t n, plumb_statistic *out, plumb_diag *diag)
{
    const setup *s = with;
    double *in = plumb_alloc(n * D, sizeof *in), *label = plumb_alloc(n, sizeof *label), count[ROWS] = { 0 }, each[ROWS];
    char settings[40];
    plumb_chains c;
    plumb_status st;
    snprintf(settings, sizeof settings, "rate=%.17g", rate);
    st = plumb_chains_open(&c, 1, build(n), plumb_step_find("sgd"), settings, s->o, n, D, diag);
    st |= in && label ? PLUMB_OK : PLUMB_ENOMEM;
    st |= st ? st : walk(s, &c, seed, n, in, label, count, diag);
    if (!st) {
        plumb_chains_get(&c, "w", in);
        st = judge(s, n, in, out, diag);
        for (size_t r = 0; r < ROWS; r++)
            each[r] = 1.0 / ROWS;
        if (!s->epochs)
            out[2] = plumb_test_counts(n * EPOCHS * ROWS, ROWS, count, each, plumb_level(s->o), "row");
    }
    plumb_chains_close(&c);
    plumb_release(in), plumb_release(label);
    return st;
}

/* ---- the picture ---- */

/* w* and the matrix of f = mean (x w - t)^2. */
static void
bowl(double *best, double *Q)
{
    double b[D] = { 0 }, det;
    memset(Q, 0, D * D * sizeof *Q);
    for (size_t r = 0; r < ROWS; r++)
        for (size_t i = 0; i < D; i++) {
            b[i] += x[r][i] * t[r] / ROWS;
            for (size_t j = 0; j < D; j++)
                Q[i * D + j] += x[r][i] * x[r][j] / ROWS;
        }
    det = Q[0] * Q[3] - Q[1] * Q[2];
    best[0] = (Q[3] * b[0] - Q[1] * b[1]) / det, best[1] = (Q[0] * b[1] - Q[2] * b[0]) / det;
}

/* Level sets: w* + L^-T (cos, sin) sqrt(level), one after the other with a gap between. */
static size_t
contours(double *rows, size_t columns, size_t most)
{
    enum { POINTS = 60 };
    double best[D], Q[D * D], l0, l1, l2;
    size_t at = 0;
    bowl(best, Q);
    l0 = sqrt(Q[0]), l1 = Q[1] / l0, l2 = sqrt(Q[3] - l1 * l1);
    for (double level = 0.05; at + POINTS + 2 <= most && level < 8; level *= 2.2) {
        for (size_t i = 0; i <= POINTS; i++, at++) {
            double c = cos(2 * M_PI * (double)i / POINTS) * sqrt(level), s = sin(2 * M_PI * (double)i / POINTS) * sqrt(level), v = s / l2;
            rows[at * columns] = best[0] + (c - l1 * v) / l0, rows[at * columns + 1] = best[1] + v;
        }
        rows[at * columns] = rows[at * columns + 1] = NAN, at++;
    }
    return at;
}

/* The path of the mean map, and one chain of the steps, from the same start. */
static plumb_status
draw(const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    enum { POINTS = 420, STEPS = 60, COLUMNS = 6 };
    static const char *const names[COLUMNS] = { "level sets of the cost", "grey", "all samples a step", "line", "one sample a step", "line" },
        *const units[COLUMNS] = { "first weight", "second weight", "", "", "", "" };
    double rows[POINTS * COLUMNS], w[D], A[M * M];
    size_t order[ROWS];
    plumb_figure f = { "plane", "descend rows", "The noisy path and the smooth one",
        "60 steps of one sample each and 60 of all five, learning rate 0.25: the noisy path gets near as fast, for a fifth of the work, and then wanders.", COLUMNS, names, units, POINTS, rows, NULL };
    plumb_chains c;
    plumb_status st = plumb_chains_open(&c, 1, build(1), plumb_step_find("sgd"), "rate=0.25", o, 1, D, diag);
    for (size_t i = 0; i < POINTS * COLUMNS; i++)
        rows[i] = NAN;
    f.rows = contours(rows, COLUMNS, POINTS);
    memcpy(w, start, sizeof w);
    if (!st)
        plumb_chains_put_all(&c, "w", start);
    for (size_t k = 0; k <= STEPS && !st; k++) {
        double next[D] = { 0 };
        memcpy(rows + k * COLUMNS + 2, w, sizeof w), plumb_chains_get(&c, "w", rows + k * COLUMNS + 4);
        for (size_t r = 0; r < ROWS; r++) {
            map_of(r, A);
            for (size_t i = 0; i < D; i++)
                next[i] += (A[i * M] * w[0] + A[i * M + 1] * w[1] + A[i * M + D]) / ROWS;
        }
        memcpy(w, next, sizeof w);
        plumb_sampler_find("replacement")->draw(o->seed, k, ROWS, 1, order);
        plumb_run_set(c.run, plumb_graph_find(c.graph, "x"), x[order[0]]), plumb_run_set(c.run, plumb_graph_find(c.graph, "t"), &t[order[0]]);
        st = plumb_chains_step(&c, diag);
    }
    plumb_chains_close(&c);
    if (!st)
        sink->figure(sink, &f);
    return st;
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    static const char *const drawn[] = { "mean, rows drawn", "covariance, rows drawn", "which rows are drawn" }, *const ordered[] = { "mean, rows in epochs", "covariance, rows in epochs" };
    plumb_status st = sink->figure ? draw(o, sink, diag) : PLUMB_OK;
    for (int epochs = 0; epochs < 2 && !st; epochs++) {
        setup s = { o, plumb_sampler_find(epochs ? "epochs" : "replacement"), epochs };
        if (o->sampler && !strcmp(o->sampler->name, s.sampler->name))
            s.sampler = o->sampler;
        st = plumb_try_samples(e, o, epochs ? 2 : 3, epochs ? ordered : drawn, sample, &s, CHAINS, diag);
    }
    return st;
}

const plumb_experiment plumb_experiment_rows = { "rows", "least squares, a row at a time, drawn with replacement or in epochs: mean and covariance over all orders",
    "E z z^T+ = mean of A_i (E z z^T) A_i^T", "Bach, Moulines 2011; the orders: enumerated", run };
