/* smoothing.c - a slope from two values along a random direction
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * u normal, e = (f(x + h u) - f(x))/h u. Where f is linear with slope g the mean of e is g, its covariance |g|^2 I + g g^T and the mean of |e|^2 is (n + 2) |g|^2
 * (Nesterov, Spokoiny 2017). */
#include <math.h>
#include <string.h>
#include "checkers/convergence/convergence.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

enum { D = 4, SAMPLES = 20000 };
static const double slope[D] = { 1, -0.5, 0.25, 2 }, start[D] = { 0.5, 1, -1, 0.25 };

/* g is the direction, m the value there, s the value here. */
static const plumb_step smoothing = { "smoothing", "along a random direction, by the difference of two values", "Nesterov, Spokoiny 2017", { { "h", NAN, 1e-300, INFINITY } },
    { { "w", "w - rate*(m - s)/h*g" } } };

static double
f(const double *x)
{
    double y = 0.5;
    for (size_t i = 0; i < D; i++)
        y += slope[i] * x[i];
    return y;
}

static plumb_status
sample(void *with, uint64_t seed, size_t n, plumb_statistic *out, plumb_diag *diag)
{
    const plumb_descend_options *o = with;
    plumb_random r = plumb_random_named(seed, "smoothing");
    const double h = 0.5;
    double *u = plumb_alloc(n * D, sizeof *u), *y = plumb_alloc(n * D, sizeof *y), here[D], C[D * D], minus[D], g2 = 0, length;
    plumb_chains c;
    plumb_status st = plumb_chains_open(&c, 0, NULL, &smoothing, "rate=1,h=0.5", o, n, D, diag);
    st |= u && y ? PLUMB_OK : PLUMB_ENOMEM;
    for (size_t i = 0; i < n && !st; i++) {
        double x[D];
        for (size_t j = 0; j < D; j++)
            u[i * D + j] = plumb_random_normal(&r), x[j] = start[j] + h * u[i * D + j];
        for (size_t j = 0; j < D; j++)
            y[i * D + j] = f(x), here[j] = f(start);
    }
    if (!st) {
        plumb_chains_put_all(&c, "w", start), plumb_chains_put_all(&c, "s", here), plumb_chains_put(&c, "g", u), plumb_chains_put(&c, "m", y);
        st = plumb_chains_step(&c, diag);
    }
    if (!st) {
        plumb_chains_get(&c, "w", y);
        for (size_t j = 0; j < D; j++)
            g2 += slope[j] * slope[j], minus[j] = -slope[j];
        for (size_t e = 0; e < D * D; e++)
            C[e] = (e / D == e % D) * g2 + slope[e / D] * slope[e % D];
        for (size_t i = 0; i < n; i++) {
            u[i] = 0;
            for (size_t j = 0; j < D; j++)
                y[i * D + j] -= start[j], u[i] += y[i * D + j] * y[i * D + j];
        }
        length = (D + 2) * g2;
        out[0] = plumb_test_mean(n, D, y, minus, C, plumb_level(o), "the mean of the estimate");
        out[1] = plumb_test_hotelling(n, 1, u, &length, plumb_level(o), "the mean square of the estimate");
    }
    plumb_chains_close(&c);
    plumb_release(u), plumb_release(y);
    return st;
}

static plumb_status
run(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    plumb_descend_options own = *o;
    (void)sink;
    return plumb_try_samples(e, o, 2, (const char *const[]){ "mean", "mean square" }, sample, &own, SAMPLES, diag);
}

const plumb_experiment plumb_experiment_smoothing = { "smoothing", "a slope from two values along a random direction: mean and mean square", "E e = g, E |e|^2 = (n + 2) |g|^2",
    "Nesterov, Spokoiny 2017", run };
