/* t-hidden.c - what rounding hides is neither called right nor wrong, and no law is taken for broken by it
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include "plumbline/plumbline.h"
#include "tests/draw.h"
#include "tests/tap.h"

/* data[0] + data[1] tanh(x), with data[2] times the gradient */
static int
small_part_f32(const float *x, float *y, void *data)
{
    const float *p = data;
    for (int i = 0; i < 3; i++)
        y[i] = p[0] + p[1] * tanhf(x[i]);
    return 0;
}

static int
small_part_back_f32(const float *x, const float *g, float *d, void *data)
{
    const float *p = data;
    for (int i = 0; i < 3; i++)
        d[i] = g[i] * p[2] * p[1] * (1 - tanhf(x[i]) * tanhf(x[i]));
    return 0;
}

static int
small_part(const double *x, double *y, void *data)
{
    const double *p = data;
    for (int i = 0; i < 3; i++)
        y[i] = p[0] + p[1] * tanh(x[i]);
    return 0;
}

static int
small_part_back(const double *x, const double *g, double *d, void *data)
{
    const double *p = data;
    for (int i = 0; i < 3; i++)
        d[i] = g[i] * p[2] * p[1] * (1 - tanh(x[i]) * tanh(x[i]));
    return 0;
}

/* A part of the value so small that rounding hides its slope: nothing that cannot be seen is called right. */
static void
small_parts(void)
{
    static const float at[3] = { 0.3f, -0.7f, 1.1f };
    static const double wide[3] = { 0.3, -0.7, 1.1 };
    float p[3] = { 1, 0x1p-23f, 1 };
    double q[3] = { 1, 0x1p-45, 3 };
    plumb_gradcheck_options o = { .declare = "in x:3:f32 out y:3:f32 twin 1+tanh(x)/8388608" };
    plumb_verdict_of r = plumb_gradcheck_f32(3, at, 3, small_part_f32, small_part_back_f32, p, &o);
    ok(r.status == 0 && r.resolution < 1e-4, "a slope below the rounding of the value, beside a twin: %s", r.text);
    p[2] = 2;
    r = plumb_gradcheck_f32(3, at, 3, small_part_f32, small_part_back_f32, p, &o);
    ok(r.status == 4, "twice that slope is not called right: %s", r.text);
    p[1] = 0x1p-9f, o.declare = "in x:3:f32 out y:3:f32 twin 1+tanh(x)/512";
    r = plumb_gradcheck_f32(3, at, 3, small_part_f32, small_part_back_f32, p, &o);
    ok(r.status == 1, "and is wrong where it can be seen: %s", r.text);
    r = plumb_gradcheck(3, wide, 3, small_part, small_part_back, q, NULL);
    ok(r.status == 1, "without a twin, three times the slope: %s", r.text);
    q[1] = 0x1p-50;
    r = plumb_gradcheck(3, wide, 3, small_part, small_part_back, q, NULL);
    ok(r.status == 4, "and of one that is below the rounding: %s", r.text);
    q[2] = 1;
    r = plumb_gradcheck(3, wide, 3, small_part, small_part_back, q, NULL);
    ok(r.status == 4, "which is not called right either, where an error as large as itself would pass: %s", r.text);
}


/* 1 + exp(-40) is 1: nothing moves, and the right slope is not 0. */
static int
saturated(const double *x, double *y, void *data)
{
    (void)data;
    y[0] = -log(1 / (1 + exp(-x[0])));
    return 0;
}

static int
saturated_back(const double *x, const double *g, double *d, void *data)
{
    (void)data;
    d[0] = -g[0] / (1 + exp(x[0]));
    return 0;
}

static void
stands_still(void)
{
    double far = 40;
    plumb_verdict_of r = plumb_gradcheck(1, &far, 1, saturated, saturated_back, NULL, NULL);
    ok(r.status == 4, "a right slope that rounding hides is no accusation: %s", r.text);
}

/* ---- softmax: what its backward pass loses, no shake of its arguments shows ---- */

enum { ROWS = 4, COLUMNS = 20, ALL = ROWS * COLUMNS };

static int
softmax(const double *x, double *y, void *data)
{
    (void)data;
    for (int r = 0; r < ROWS; r++) {
        const double *in = x + r * COLUMNS;
        double *out = y + r * COLUMNS, top = in[0], sum = 0;
        for (int i = 1; i < COLUMNS; i++)
            top = fmax(top, in[i]);
        for (int i = 0; i < COLUMNS; i++)
            sum += out[i] = exp(in[i] - top);
        for (int i = 0; i < COLUMNS; i++)
            out[i] /= sum;
    }
    return 0;
}

/* data: the largest size of a cotangent that is taken whole */
static int
softmax_back(const double *x, const double *g, double *d, void *data)
{
    double y[ALL], limit = *(double *)data;
    softmax(x, y, NULL);
    for (int r = 0; r < ROWS; r++) {
        const double *out = y + r * COLUMNS;
        double along = 0;
        for (int i = 0; i < COLUMNS; i++)
            along += fmin(g[r * COLUMNS + i], limit) * out[i];
        for (int i = 0; i < COLUMNS; i++)
            d[r * COLUMNS + i] = out[i] * (fmin(g[r * COLUMNS + i], limit) - along);
    }
    return 0;
}

static int
log_softmax(const double *x, double *y, void *data)
{
    (void)data;
    for (int r = 0; r < ROWS; r++) {
        const double *in = x + r * COLUMNS;
        double top = in[0], sum = 0;
        for (int i = 1; i < COLUMNS; i++)
            top = fmax(top, in[i]);
        for (int i = 0; i < COLUMNS; i++)
            sum += exp(in[i] - top);
        for (int i = 0; i < COLUMNS; i++)
            y[r * COLUMNS + i] = in[i] - (top + log(sum));
    }
    return 0;
}

static int
log_softmax_back(const double *x, const double *g, double *d, void *data)
{
    double p[ALL];
    softmax(x, p, data);
    for (int r = 0; r < ROWS; r++) {
        double sum = 0;
        for (int i = 0; i < COLUMNS; i++)
            sum += g[r * COLUMNS + i];
        for (int i = 0; i < COLUMNS; i++)
            d[r * COLUMNS + i] = g[r * COLUMNS + i] - sum * p[r * COLUMNS + i];
    }
    return 0;
}

static size_t
laws_broken(double scale, double limit)
{
    size_t broken = 0;
    for (unsigned long seed = 1; seed <= 20; seed++) {
        double x[ALL];
        plumb_verdict_of r;
        draw(seed, scale, ALL, x);
        r = plumb_gradcheck(ALL, x, ALL, softmax, softmax_back, &limit, NULL);
        if (r.status == 1 && strncmp(r.what, "law:", 4))
            diag("%s", r.text);
        broken += r.status == 1;
    }
    return broken;
}

static void
saturated_laws(void)
{
    static const double scales[] = { 1, 20, 40, 200 };
    for (int i = 0; i < 4; i++) {
        size_t right = laws_broken(scales[i], INFINITY), wrong = scales[i] < 100 ? laws_broken(scales[i], 1.5) : 20;     /* beyond, all is 0 */
        ok(right == 0, "softmax of 20 draws at logits of %g: %zu accused", scales[i], right);
        ok(wrong == 20, "and with a cotangent that is cut off at 1.5: %zu found", wrong);
    }
}

/* The largest output is near 0, and all its digits have cancelled: it is not in smaller units than the others. */
static void
cancelling(void)
{
    static const double scales[] = { 3, 20, 40 };
    for (int i = 0; i < 3; i++) {
        size_t accused = 0;
        for (unsigned long seed = 1; seed <= 20; seed++) {
            double x[ALL];
            plumb_verdict_of r;
            draw(seed, scales[i], ALL, x);
            r = plumb_gradcheck(ALL, x, ALL, log_softmax, log_softmax_back, NULL, NULL);
            accused += r.status == 1;
            if (r.status == 1)
                diag("%s", r.text);
        }
        ok(accused == 0, "log softmax of 20 draws at logits of %g: %zu accused", scales[i], accused);
    }
}

int
main(void)
{
    cancelling();
    small_parts();
    stands_still();
    saturated_laws();
    return done();
}
