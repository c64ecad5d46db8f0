/* t-innocent.c - right code that looks wrong to a difference, and beside each a wrong one that must not hide behind it
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include "plumbline/plumbline.h"
#include "tests/draw.h"
#include "tests/tap.h"

enum { N = 12, MOST_DRAWS = 20 };

/* ---- staircases ---- */

/* exp(x) - 1 in float: near 0 a staircase of steps of 2^-24 */
static int
elu(const float *x, float *y, void *data)
{
    (void)data;
    for (int i = 0; i < 6; i++)
        y[i] = x[i] > 0 ? x[i] : expf(x[i]) - 1;
    return 0;
}

static int
elu_back(const float *x, const float *g, float *d, void *data)
{
    for (int i = 0; i < 6; i++)
        d[i] = g[i] * (x[i] > 0 ? 1 : expf(x[i]) * *(float *)data);
    return 0;
}

/* (x + 1000)^2 - 10^6 in float: 1000 inside, and steps of 2^-14 */
static int
far_square(const float *x, float *y, void *data)
{
    (void)data;
    for (int i = 0; i < 6; i++) {
        float inside = x[i] + 1000;
        y[i] = inside * inside - 1e6f;
    }
    return 0;
}

static int
far_square_back(const float *x, const float *g, float *d, void *data)
{
    (void)data;
    for (int i = 0; i < 6; i++)
        d[i] = 2 * g[i] * (x[i] + 1000);
    return 0;
}

static int
whole(const double *x, double *y, void *data)
{
    (void)data;
    for (int i = 0; i < 3; i++)
        y[i] = floor(x[i]);
    return 0;
}

/* data: what each slope is said to be */
static int
whole_back(const double *x, const double *g, double *d, void *data)
{
    (void)x;
    for (int i = 0; i < 3; i++)
        d[i] = g[i] * *(double *)data;
    return 0;
}

/* sin(100 x): far out, steps of ordinary size see nothing but noise */
static int
quick(const double *x, double *y, void *data)
{
    (void)data;
    y[0] = sin(100 * x[0]) + sin(100 * x[1]);
    return 0;
}

static int
quick_back(const double *x, const double *g, double *d, void *data)
{
    (void)data;
    for (int i = 0; i < 2; i++)
        d[i] = 100 * g[0] * cos(100 * x[i]);
    return 0;
}

static void
staircases(void)
{
    static const double near_by[3] = { 0.3, 1.7, -2.2 }, far_off[3] = { 1234.3, -2345.6, 987.2 }, out[2] = { 1.25e6, -0.75e6 };
    float one = 1, twice = 2;
    double none = 0, straight = 1;
    size_t accused = 0, found = 0;
    plumb_verdict_of r;
    for (unsigned long seed = 1; seed <= MOST_DRAWS; seed++) {
        double wide[6];
        float x[6];
        draw(seed, 1e-6, 6, wide);
        for (int i = 0; i < 6; i++)
            x[i] = (float)wide[i];
        accused += plumb_gradcheck_f32(6, x, 6, elu, elu_back, &one, NULL).status == 1;
        for (int i = 0; i < 6; i++)
            x[i] = (float)(wide[i] * 1e6);
        found += plumb_gradcheck_f32(6, x, 6, elu, elu_back, &twice, NULL).status == 1;
    }
    ok(accused == 0, "exp(x) - 1 in float at 1e-6: %zu of %d accused", accused, MOST_DRAWS);
    ok(found == MOST_DRAWS, "and twice its slope at 1: %zu found", found);
    for (double size = 1e-4; size < 2e-2; size *= 10) {
        accused = 0;
        for (unsigned long seed = 1; seed <= MOST_DRAWS; seed++) {
            double wide[6];
            float x[6];
            draw(seed, size, 6, wide);
            for (int i = 0; i < 6; i++)
                x[i] = (float)wide[i];
            accused += plumb_gradcheck_f32(6, x, 6, far_square, far_square_back, NULL, NULL).status == 1;
        }
        ok(accused == 0, "(x + 1000)^2 - 10^6 in float at %g: %zu of %d accused", size, accused, MOST_DRAWS);
    }
    r = plumb_gradcheck(3, far_off, 3, whole, whole_back, &none, NULL);
    ok(r.status != 1, "floor at 1e3, whose slope is 0: %s", r.text);
    r = plumb_gradcheck(3, near_by, 3, whole, whole_back, &straight, NULL);
    ok(r.status == 1, "floor with a slope of 1 is no staircase of rounding: %s", r.text);
    r = plumb_gradcheck(2, out, 1, quick, quick_back, NULL, NULL);
    ok(r.status != 1, "sin(100 x) at 1e6: %s", r.text);
}

/* ---- rounding that looks like a kink ---- */

/* The divergence of two softmax distributions of six logits each; where they are nearly equal, all of it cancels. */
static void
logs(const float *x, float *l)
{
    float top = x[0], sum = 0;
    for (int i = 1; i < 6; i++)
        top = fmaxf(top, x[i]);
    for (int i = 0; i < 6; i++)
        sum += expf(x[i] - top);
    for (int i = 0; i < 6; i++)
        l[i] = x[i] - top - logf(sum);
}

static int
divergence(const float *x, float *y, void *data)
{
    float p[6], q[6];
    (void)data;
    logs(x, q), logs(x + 6, p), y[0] = 0;
    for (int i = 0; i < 6; i++)
        y[0] += expf(p[i]) * (p[i] - q[i]);
    return 0;
}

static int
divergence_back(const float *x, const float *g, float *d, void *data)
{
    float p[6], q[6], mean = 0;
    logs(x, q), logs(x + 6, p);
    for (int i = 0; i < 6; i++)
        mean += expf(p[i]) * (p[i] - q[i]);
    for (int i = 0; i < 6; i++)
        d[i] = g[0] * (expf(q[i]) - expf(p[i])), d[6 + i] = g[0] * expf(p[i]) * (p[i] - q[i] - mean * *(float *)data);
    return 0;
}

static size_t
diverging(double apart, float share)
{
    size_t accused = 0;
    for (unsigned long seed = 1; seed <= MOST_DRAWS; seed++) {
        double wide[12];
        float x[12];
        draw(seed, 1, 12, wide);
        for (int i = 0; i < 12; i++)
            x[i] = (float)(i < 6 ? wide[i] : wide[i - 6] + apart * wide[i]);
        accused += plumb_gradcheck_f32(12, x, 1, divergence, divergence_back, &share, NULL).status == 1;
    }
    return accused;
}

static void
divergences(void)
{
    static const double apart[] = { 1, 0.1, 0.03, 0.01, 0.001, 0 };
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++) {
        size_t accused = diverging(apart[i], 1);
        ok(accused == 0, "divergence in float, logits that differ by %g: %zu of %d accused", apart[i], accused, MOST_DRAWS);
    }
    ok(diverging(1, 0) == MOST_DRAWS, "and without its mean where they differ by 1: %zu found", diverging(1, 0));
}

/* A variance of six numbers as the mean of their squares less the square of their mean; and |x - y|^2, multiplied out. */
static int
variance(const float *x, float *y, void *data)
{
    float sum = 0, squares = 0;
    (void)data;
    for (int i = 0; i < 6; i++)
        sum += x[i], squares += x[i] * x[i];
    y[0] = squares / 6 - sum / 6 * (sum / 6);
    return 0;
}

static int
variance_back(const float *x, const float *g, float *d, void *data)
{
    float sum = 0;
    (void)data;
    for (int i = 0; i < 6; i++)
        sum += x[i];
    for (int i = 0; i < 6; i++)
        d[i] = g[0] * (2 * x[i] / 6 - 2 * sum / 36);
    return 0;
}

static int
distance(const float *x, float *y, void *data)
{
    float a = 0, b = 0, c = 0;
    (void)data;
    for (int i = 0; i < 6; i++)
        a += x[i] * x[i], b += x[6 + i] * x[6 + i], c += x[i] * x[6 + i];
    y[0] = a + b - 2 * c;
    return 0;
}

static int
distance_back(const float *x, const float *g, float *d, void *data)
{
    (void)data;
    for (int i = 0; i < 6; i++)
        d[i] = 2 * g[0] * (x[i] - x[6 + i]), d[6 + i] = -d[i];
    return 0;
}

static void
cancelling(void)
{
    for (float mean = 1; mean < 200; mean *= 10) {
        size_t accused = 0;
        for (unsigned long seed = 1; seed <= MOST_DRAWS; seed++) {
            double wide[6];
            float x[6];
            draw(seed, 0.1, 6, wide);
            for (int i = 0; i < 6; i++)
                x[i] = mean + (float)wide[i];
            accused += plumb_gradcheck_f32(6, x, 1, variance, variance_back, NULL, NULL).status == 1;
        }
        ok(accused == 0, "a variance by its squares in float, at a mean of %g: %zu of %d accused", (double)mean, accused, MOST_DRAWS);
    }
    for (double apart = 0.1; apart > 5e-5; apart /= 10) {
        size_t accused = 0;
        for (unsigned long seed = 1; seed <= MOST_DRAWS; seed++) {
            double wide[12];
            float x[12];
            draw(seed, 1, 12, wide);
            for (int i = 0; i < 12; i++)
                x[i] = (float)(i < 6 ? wide[i] : wide[i - 6] + apart * wide[i]);
            accused += plumb_gradcheck_f32(12, x, 1, distance, distance_back, NULL, NULL).status == 1;
        }
        ok(accused == 0, "a distance multiplied out in float, at %g: %zu of %d accused", apart, accused, MOST_DRAWS);
    }
}

/* ---- units ---- */

/* y = 2 x, and a gradient that is lost in the first of four columns where *data is 0 */
static int
twofold(const double *x, double *y, void *data)
{
    (void)data;
    for (int i = 0; i < N; i++)
        y[i] = 2 * x[i];
    return 0;
}

static int
twofold_back(const double *x, const double *g, double *d, void *data)
{
    (void)x;
    for (int i = 0; i < N; i++)
        d[i] = 2 * g[i] * (i % 4 ? 1 : *(double *)data);
    return 0;
}

/* Down to 1e-10 the first column is not below the rounding of the last; beyond, only the cotangent that weighs them sees it, in most draws. */
static void
columns(void)
{
    static const double units[] = { 1e-3, 1e-6, 1e-9, 1e-10, 1e-11, 1e-12 };
    for (size_t k = 0; k < sizeof units / sizeof *units; k++) {
        size_t accused = 0, found = 0;
        double right = 1, lost = 0;
        for (unsigned long seed = 1; seed <= MOST_DRAWS; seed++) {
            double x[N];
            draw(seed, 1, N, x);
            for (int i = 0; i < N; i++)
                x[i] *= i % 4 == 0 ? units[k] : i % 4 == 3 ? 1e3 : 1;
            accused += plumb_gradcheck(N, x, N, twofold, twofold_back, &right, NULL).status != 0;
            found += plumb_gradcheck(N, x, N, twofold, twofold_back, &lost, NULL).status == 1;
        }
        ok(accused == 0, "columns of %g, 1, 1 and 1e3: %zu of %d do not hold", units[k], accused, MOST_DRAWS);
        ok(found >= (units[k] < 1e-10 ? 15 : MOST_DRAWS), "and one without a gradient in the first: %zu found", found);
    }
}

/* ---- laws ---- */

/* data[0] (x - data[1] tanh x), and a cotangent cut off at data[2] */
static int
remainder_of(const double *x, double *y, void *data)
{
    const double *p = data;
    for (int i = 0; i < N; i++)
        y[i] = p[0] * (x[i] - p[1] * tanh(x[i]));
    return 0;
}

static int
remainder_back(const double *x, const double *g, double *d, void *data)
{
    const double *p = data;
    for (int i = 0; i < N; i++) {
        double c = fmin(g[i], p[2]);
        d[i] = p[0] * (c - p[1] * c * (1 - tanh(x[i]) * tanh(x[i])));
    }
    return 0;
}

static size_t
remainders(double unit, double part, double limit, double size, int status)
{
    double p[3] = { unit, part, limit };
    size_t found = 0;
    for (unsigned long seed = 1; seed <= MOST_DRAWS; seed++) {
        double x[N];
        draw(seed, size, N, x);
        found += plumb_gradcheck(N, x, N, remainder_of, remainder_back, p, NULL).status == status;
    }
    return found;
}

static void
laws(void)
{
    ok(remainders(1, 1, INFINITY, 1e-2, 1) == 0, "x - tanh x at 1e-2, which cancels: %zu accused", remainders(1, 1, INFINITY, 1e-2, 1));
    ok(remainders(1, 1, INFINITY, 1e-3, 1) == 0, "at 1e-3: %zu accused", remainders(1, 1, INFINITY, 1e-3, 1));
    ok(remainders(1, 0.5, 1.5, 1, 1) == MOST_DRAWS, "a cotangent cut off at 1.5: %zu found", remainders(1, 0.5, 1.5, 1, 1));
    ok(remainders(1e-20, 0.5, 1.5, 1, 0) == 0, "the same in units of 1e-20, where all of the gradient is less than rounding of 1: %zu hold",
        remainders(1e-20, 0.5, 1.5, 1, 0));
    ok(remainders(1e-20, 0.5, INFINITY, 1, 0) == MOST_DRAWS, "and without the cut: %zu hold", remainders(1e-20, 0.5, INFINITY, 1, 0));
}

int
main(void)
{
    staircases();
    divergences();
    cancelling();
    columns();
    laws();
    return done();
}
