/* t-ties.c - points where many pieces meet: ties of a maximum, windows of a pooling, a sort, ReLUs at 0
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is a subgradient is known from mathematics: of a maximum, numbers of one sign that add up to 1 over the ties (Clarke 1983); of a norm at 0, the unit ball of the dual norm. */
#include <math.h>
#include "plumbline/plumbline.h"
#include "tests/tap.h"

enum { MOST = 64, EVENLY = 0, FIRST, ALL, NONE };
static const char *const modes[] = { "shared evenly", "to the first", "the whole to each", "to none" };

typedef struct layer {
    size_t n, width;            /* inputs; of a window, which is what the maximum is taken over */
    int mode;
    double at_zero;             /* what a ReLU says there */
} layer;

/* y_j: the maximum of window j */
static int
most(const double *x, double *y, void *data)
{
    const layer *l = data;
    for (size_t j = 0; j < l->n / l->width; j++) {
        y[j] = x[j * l->width];
        for (size_t i = 1; i < l->width; i++)
            y[j] = fmax(y[j], x[j * l->width + i]);
    }
    return 0;
}

static int
most_back(const double *x, const double *g, double *d, void *data)
{
    const layer *l = data;
    for (size_t j = 0; j < l->n / l->width; j++) {
        const double *window = x + j * l->width;
        double top = window[0];
        int ties = 0, seen = 0;
        for (size_t i = 1; i < l->width; i++)
            top = fmax(top, window[i]);
        for (size_t i = 0; i < l->width; i++)
            ties += window[i] == top;
        for (size_t i = 0; i < l->width; i++) {
            int on = window[i] == top;
            double share = ties == 1 ? 1 : l->mode == EVENLY ? 1.0 / ties : l->mode == FIRST ? !seen : l->mode == ALL;
            d[j * l->width + i] = on ? g[j] * share : 0;
            seen |= on;
        }
    }
    return 0;
}

/* Ascending; the backward pass follows one of the orders that ties allow. */
static int
sorted(const double *x, double *y, void *data)
{
    const layer *l = data;
    for (size_t i = 0; i < l->n; i++) {
        size_t at = i;
        for (; at > 0 && y[at - 1] > x[i]; at--)
            y[at] = y[at - 1];
        y[at] = x[i];
    }
    return 0;
}

static int
sorted_back(const double *x, const double *g, double *d, void *data)
{
    const layer *l = data;
    for (size_t i = 0; i < l->n; i++) {
        size_t before = 0;
        for (size_t k = 0; k < l->n; k++)
            before += x[k] < x[i] || (x[k] == x[i] && k < i);
        d[i] = g[before];
    }
    return 0;
}

static int
rectified(const double *x, double *y, void *data)
{
    const layer *l = data;
    for (size_t i = 0; i < l->n; i++)
        y[i] = fmax(x[i], 0);
    return 0;
}

static int
rectified_back(const double *x, const double *g, double *d, void *data)
{
    const layer *l = data;
    for (size_t i = 0; i < l->n; i++)
        d[i] = g[i] * (x[i] > 0 ? 1 : x[i] == 0 ? l->at_zero : 0);
    return 0;
}

/* The middle one of an odd number. */
static int
middle(const double *x, double *y, void *data)
{
    const layer *l = data;
    double all[MOST];
    sorted(x, all, data);
    y[0] = all[l->n / 2];
    return 0;
}

static int
middle_back(const double *x, const double *g, double *d, void *data)
{
    const layer *l = data;
    double all[MOST] = { 0 };
    all[l->n / 2] = g[0];
    return sorted_back(x, all, d, data);
}

/* max(0, x0 - 40 |x1|) and three ReLUs: of the first, 0 and (1, -40) and (1, 40) are pieces, and few points see the last two; (1, 0) lies between them. */
static int
cone(const double *x, double *y, void *data)
{
    (void)data;
    y[0] = fmax(0, x[0] - 40 * fabs(x[1])) + fmax(x[2], 0) + fmax(x[3], 0) + fmax(x[4], 0);
    return 0;
}

static int
cone_back(const double *x, const double *g, double *d, void *data)
{
    int on = x[0] - 40 * fabs(x[1]) >= 0;
    (void)data;
    d[0] = on ? g[0] : 0, d[1] = on ? (x[1] > 0 ? -40 : x[1] < 0 ? 40 : 0) * g[0] : 0;
    for (int i = 2; i < 5; i++)
        d[i] = x[i] > 0 ? g[0] : 0;
    return 0;
}

/* The three largest. */
static int
top(const double *x, double *y, void *data)
{
    const layer *l = data;
    double all[MOST];
    sorted(x, all, data);
    for (size_t i = 0; i < 3; i++)
        y[i] = all[l->n - 3 + i];
    return 0;
}

static int
top_back(const double *x, const double *g, double *d, void *data)
{
    const layer *l = data;
    double all[MOST] = { 0 };
    for (size_t i = 0; i < 3; i++)
        all[l->n - 3 + i] = g[i];
    return sorted_back(x, all, d, data);
}

/* |x|, the Euclidean norm: at 0 its subgradients are the unit ball. data: what each element says there. */
static int
norm(const double *x, double *y, void *data)
{
    (void)data;
    y[0] = sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2] + x[3] * x[3]);
    return 0;
}

static int
norm_back(const double *x, const double *g, double *d, void *data)
{
    double y;
    norm(x, &y, NULL);
    for (int i = 0; i < 4; i++)
        d[i] = g[0] * (y > 0 ? x[i] / y : *(double *)data);
    return 0;
}

/* A leak of 0.1, and twice that in the gradient: wrong on one side of 0 alone. */
static int
leaky(const double *x, double *y, void *data)
{
    (void)data;
    y[0] = x[0] > 0 ? x[0] : 0.1 * x[0];
    return 0;
}

static int
leaky_back(const double *x, const double *g, double *d, void *data)
{
    (void)data;
    d[0] = x[0] >= 0 ? g[0] : 0.2 * g[0];
    return 0;
}

/* In float, where a slope at a kink needs steps that its rounding does not hide. */
static int
single(const float *x, float *y, void *data)
{
    const layer *l = data;
    y[0] = x[0];
    for (size_t i = 1; i < l->n; i++)
        y[0] = fmaxf(y[0], x[i]);
    return 0;
}

static int
single_back(const float *x, const float *g, float *d, void *data)
{
    const layer *l = data;
    float top;
    int ties = 0, seen = 0;
    single(x, &top, data);
    for (size_t i = 0; i < l->n; i++)
        ties += x[i] == top;
    for (size_t i = 0; i < l->n; i++) {
        int on = x[i] == top;
        d[i] = on && (ties == 1 || (l->mode == FIRST && !seen)) ? g[0] : 0;
        seen |= on;
    }
    return 0;
}

static void
singles(void)
{
    static const float at[] = { 2, 0.7f, -1, 100, 5 };
    for (size_t k = 0; k < sizeof at / sizeof *at; k++) {
        float x[5] = { at[k], at[k], at[k], at[k], at[k] };
        layer l = { .n = 5, .mode = FIRST };
        plumb_verdict_of r = plumb_gradcheck_f32(5, x, 1, single, single_back, &l, NULL);
        ok(r.status == 0, "the maximum of five ties of %g in float, the gradient to the first: %s", (double)at[k], r.text);
        l.mode = NONE;
        r = plumb_gradcheck_f32(5, x, 1, single, single_back, &l, NULL);
        ok(r.status == 1, "to none: %s", r.text);
    }
}

static void
rare(void)
{
    static const double zero[MOST];
    layer l = { .n = 41 };
    int found = 0;
    plumb_verdict_of r = plumb_gradcheck(41, zero, 1, middle, middle_back, &l, NULL);
    ok(r.status != 1, "the median of 41 ties: %s", r.text);
    r = plumb_gradcheck(5, zero, 1, cone, cone_back, NULL, NULL);
    ok(r.status == 0, "a piece that few points see: %s", r.text);
    for (l.n = 10; l.n <= 61; l.n += 17) {
        r = plumb_gradcheck(l.n, zero, 3, top, top_back, &l, NULL);
        ok(r.status == 0, "the three largest of %zu ties, which are neither convex nor concave: %s", l.n, r.text);
    }
    for (double at_zero = 0; at_zero <= 1; at_zero += 0.25) {
        r = plumb_gradcheck(4, zero, 1, norm, norm_back, &at_zero, NULL);
        ok(r.status == (at_zero > 0.5), "the Euclidean norm of four numbers at 0, whose gradient says %g: %s", at_zero, r.text);
    }
    for (uint64_t seed = 1; seed <= 32; seed++)
        found += plumb_gradcheck(1, zero, 1, leaky, leaky_back, NULL, &(plumb_gradcheck_options){ .seed = seed }).status == 1;
    ok(found == 32, "a leak that is wrong on one side of 0 is found with %d of 32 seeds", found);
}

static void
maxima(size_t n, size_t width, const double *x, const char *name)
{
    for (int mode = EVENLY; mode <= NONE; mode++) {
        layer l = { n, width, mode, 0 };
        plumb_verdict_of r = plumb_gradcheck(n, x, n / width, most, most_back, &l, NULL);
        int right = mode == EVENLY || mode == FIRST;
        ok(r.status == !right && (!right || r.verdict == PLUMB_KINK) && r.calls <= 1000, "%s, the gradient %s: %zu calls, %s", name, modes[mode], r.calls, r.text);
    }
}

int
main(void)
{
    double same[MOST], mixed[MOST], zero[MOST] = { 0 };
    for (int i = 0; i < MOST; i++)
        same[i] = 1.5, mixed[i] = i % 4 == 3 ? -1 : i % 5 == 0 ? 0.25 : 2;
    maxima(3, 3, same, "the maximum of three ties");
    maxima(12, 12, same, "of twelve");
    maxima(60, 60, same, "of sixty");
    maxima(12, 12, mixed, "of some among others");
    maxima(12, 4, same, "three windows of four ties");
    maxima(16, 4, same, "four windows of four ties");
    maxima(64, 4, same, "sixteen windows of four ties");
    for (size_t n = 4; n <= 40; n += 18) {
        layer l = { .n = n };
        plumb_verdict_of r = plumb_gradcheck(n, zero, n, sorted, sorted_back, &l, NULL);
        ok(r.status == 0, "%zu ties sorted, in one of their orders: %s", n, r.text);
        for (int k = -1; k <= 3; k++) {
            l.at_zero = 0.5 * k;
            r = plumb_gradcheck(n, zero, n, rectified, rectified_back, &l, NULL);
            ok(r.status == (k < 0 || k > 2), "%zu ReLUs at 0 that say %g there: %s", n, l.at_zero, r.text);
        }
    }
    rare();
    singles();
    return done();
}
