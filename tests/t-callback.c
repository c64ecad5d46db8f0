/* t-callback.c - functions of this process: one call, one verdict; and every convention, declared and not
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "plumbline/plumbline.h"
#include "tests/tap.h"

/* ---- y = tanh(x W) of x (4,3), W (3,3), in many conventions ---- */

enum { B = 4, K = 3, X = B * K, W = K * K, M = B * K };
typedef struct layer {
    double sign, factor, batch, rate;
    int transposed, zero, through, mass, forget_column, calls;
} layer;

static double
mass_of(int i)
{
    return 1.25 + 0.25 * (i % 4);
}

static int
forward(const double *x, double *y, void *data)
{
    layer *l = data;
    l->calls++;
    for (int b = 0; b < B; b++)
        for (int o = 0; o < K; o++) {
            double s = 0;
            for (int i = 0; i < K; i++)
                s += x[b * K + i] * x[X + i * K + o];
            y[b * K + o] = tanh(s);
        }
    return 0;
}

static int
backward(const double *x, const double *gy, double *gx, void *data)
{
    const layer *l = data;
    double y[M], d[X + W] = { 0 };
    forward(x, y, data);
    for (int b = 0; b < B; b++)
        for (int o = 0; o < K; o++) {
            double q = gy[b * K + o] * (1 - y[b * K + o] * y[b * K + o]);
            for (int i = 0; i < K; i++)
                d[b * K + i] += q * x[X + i * K + o], d[X + i * K + o] += q * x[b * K + i];
        }
    for (int i = 0; i < X + W; i++) {
        gx[i] = d[i] * l->sign * l->factor;
        if (l->mass)
            gx[i] /= mass_of(i);
        if (l->rate > 0)
            gx[i] = x[i] - l->rate * d[i];
    }
    for (int i = 0; i < W; i++) {
        if (l->transposed)
            gx[X + i] = d[X + i % K * K + i / K];
        gx[X + i] *= l->batch;
        if (l->zero)
            gx[X + i] = 0;
    }
    for (int i = 0; i < X && l->through; i++)
        gx[i] = gy[i];
    return 0;
}

static const layer plain = { 1, 1, 1, 0, 0, 0, 0, 0, 0, 0 };
static const double point[X + W] = { 0.5, -1.25, 0.75, 1.5, 0.25, -0.5, -0.875, 0.625, 1.125, 0.375, -0.75, -1.5,
    0.5, -0.25, 0.75, -0.625, 0.875, 0.125, 0.25, 0.375, -0.5 };

static plumb_verdict_of
check(layer l, const char *options)
{
    char declare[1200];
    plumb_gradcheck_options o = { .declare = declare, .name = "layer" };
    snprintf(declare, sizeof declare, "in x:4,3 W:3,3 out y:4,3 %s", options);
    return plumb_gradcheck(X + W, point, M, forward, backward, &l, &o);
}

static void
right(const char *name, layer l, const char *options)
{
    plumb_verdict_of r = check(l, options);
    ok(r.status == 0, "%s: %s", name, r.text);
}

static void
wrong(const char *name, layer l, const char *options, const char *words)
{
    plumb_verdict_of r = check(l, options);
    ok(r.status == 1 && strstr(r.text, words), "%s: %s", name, r.text);
}

static void
conventions(void)
{
    layer minus = plain, four = plain, odd = plain, transposed = plain, batch = plain, mass = plain, zero = plain, through = plain, trainer = plain;
    char inner[400] = "inner", *end = inner + 5;
    minus.sign = -1, four.factor = 4, odd.factor = 1.37, transposed.transposed = 1, batch.batch = B, mass.mass = 1, zero.zero = 1, through.through = 1, trainer.rate = 0.125;
    for (int i = 0; i < X + W; i++)
        end += sprintf(end, " %g", mass_of(i));
    right("plain", plain, "");
    wrong("minus", minus, "", "it is minus the gradient");
    right("minus, declared", minus, "sign -1");
    wrong("declared minus and is not", plain, "sign -1", "it is minus the gradient");
    wrong("four times", four, "", "4 times the gradient");
    right("four times, declared", four, "factor 4");
    wrong("transposed", transposed, "", "it is the transpose of the gradient");
    wrong("an odd factor, which nobody declares", odd, "", "1.37 times the gradient: a factor that one of the two passes lacks");
    wrong("times the batch size", batch, "", "it is 4 times the gradient, which is the batch size");
    wrong("a mass matrix away", mass, "", "a mass matrix?");
    right("a mass matrix away, declared", mass, inner);
    wrong("zero", zero, "", "all of it is zero");
    wrong("the cotangent handed through", through, "", "equal to the cotangent");
    right("a trainer's step", trainer, "trainer 0.125");
    wrong("a trainer with another rate", trainer, "trainer 0.25", "0.5 times the gradient");
    right("W held fixed, and wrong", transposed, "fixed W");
    wrong("a twin that it is not", plain, "twin op:matmul", "the twin is not the same function");
}

/* ---- column-major ---- */

static int
matvec(const double *x, double *y, void *data)  /* A is 2 x 3, column by column */
{
    (void)data;
    for (int i = 0; i < 2; i++)
        y[i] = x[i] * x[6] + x[2 + i] * x[7] + x[4 + i] * x[8];
    return 0;
}

static int
matvec_back(const double *x, const double *g, double *d, void *data)
{
    int bent = *(int *)data;
    for (int j = 0; j < 3; j++) {
        d[6 + j] = x[2 * j] * g[0] + x[2 * j + 1] * g[1];
        for (int i = 0; i < 2; i++)
            d[2 * j + i] = g[i] * x[6 + j] * (bent && i == 1 && j == 2 ? 1.5 : 1);
    }
    return 0;
}

static void
column_major(void)
{
    int straight = 0, bent = 1;
    plumb_gradcheck_options o = { .declare = "in A:2,3 v:3,1 out y:2,1 order F twin op:matmul" };
    plumb_verdict_of r = plumb_gradcheck(9, NULL, 2, matvec, matvec_back, &straight, &o);
    ok(r.status == 0, "column-major numbers beside a row-major twin: %s", r.text);
    r = plumb_gradcheck(9, NULL, 2, matvec, matvec_back, &bent, &o);
    ok(r.status == 1 && !strcmp(r.what, "A") && r.entry == 5, "the entry A[1,2] of a column-major matrix is named 5, as in row-major: %zu", r.entry);
}

/* ---- single precision, and an objective ---- */

static int
softplus_f32(const float *x, float *y, void *data)
{
    (void)data;
    for (int i = 0; i < 5; i++)
        y[i] = log1pf(expf(x[i]));
    return 0;
}

static int
softplus_back_f32(const float *x, const float *g, float *d, void *data)
{
    for (int i = 0; i < 5; i++)
        d[i] = g[i] / (1 + expf(-x[i])) * (i == 3 ? *(float *)data : 1);
    return 0;
}

static void
singles(void)
{
    static const float at[5] = { -2, -0.5f, 0.25f, 1.5f, 3 };
    float one = 1, off = 1.0001f, by_twin = 1.00001f;
    plumb_gradcheck_options o = { .declare = "in x:5:f32 out y:5:f32 twin log1p(exp(x))" };
    plumb_verdict_of r = plumb_gradcheck_f32(5, at, 5, softplus_f32, softplus_back_f32, &one, NULL);
    ok(r.status == 0 && r.resolution < 1e-3, "f32 against differences of itself: %s", r.text);
    r = plumb_gradcheck_f32(5, at, 5, softplus_f32, softplus_back_f32, &off, NULL);
    ok(r.status == 1 && r.entry == 3, "f32, one entry off by 1e-4: %s", r.text);
    r = plumb_gradcheck_f32(5, at, 5, softplus_f32, softplus_back_f32, &one, &o);
    ok(r.status == 0 && r.resolution < 1e-5, "f32 beside a formula as twin is resolved to its own rounding: %s", r.text);
    r = plumb_gradcheck_f32(5, at, 5, softplus_f32, softplus_back_f32, &by_twin, &o);
    ok(r.status == 1 && r.entry == 3, "f32 beside its twin, one entry off by 1e-5: %s", r.text);
}

static double
valley(unsigned n, const double *x, double *grad, void *data)   /* Rosenbrock 1960 */
{
    double s = 0;
    for (unsigned i = 0; grad && i < n; i++)
        grad[i] = 0;
    for (unsigned i = 0; i + 1 < n; i++) {
        double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
        s += 100 * a * a + b * b;
        if (grad)
            grad[i] += -400 * a * x[i] - 2 * b * *(double *)data, grad[i + 1] += 200 * a;
    }
    return s;
}

/* Another value when its gradient is wanted. */
static double
two_faced(unsigned n, const double *x, double *grad, void *data)
{
    return valley(n, x, grad, data) * (grad ? 1 : 1.001);
}

static void
objectives(void)
{
    static const double at[4] = { -1.25, 1, 0.5, 2 };
    double one = 1, half = 0.5;
    plumb_verdict_of r = plumb_gradcheck_objective(4, at, valley, &one, NULL);
    ok(r.status == 0 && r.calls <= 1000, "an objective in everybody's signature, %zu calls: %s", r.calls, r.text);
    r = plumb_gradcheck_objective(4, at, valley, &half, NULL);
    ok(r.status == 1 && r.has_worst, "and one that is wrong: %s", r.text);
    r = plumb_gradcheck_objective(4, at, two_faced, &one, NULL);
    ok(r.status == 1 && !strcmp(r.what, "law:value") && !strstr(r.text, "declare factor"), "one with another value when its gradient is wanted: %s", r.text);
}

/* ---- kinks, noise, edges ---- */

static int
edges(const double *x, double *y, void *data)
{
    (void)data;
    y[0] = x[0] > 0 ? x[0] : 0;
    y[1] = x[1] > 0 ? sqrt(x[1]) : NAN;
    return x[1] < 0 ? 7 : 0;
}

static int
edges_back(const double *x, const double *g, double *d, void *data)
{
    d[0] = x[0] > 0 ? g[0] : x[0] == 0 ? g[0] * *(double *)data : 0;
    d[1] = g[1] / (2 * sqrt(x[1]));
    return 0;
}

static int
leak(const double *x, double *y, void *data)
{
    (void)data;
    y[0] = x[0] > 0 ? x[0] : 0;
    return 0;
}

static int
leak_back(const double *x, const double *g, double *d, void *data)
{
    d[0] = x[0] > 0 ? g[0] : g[0] * *(double *)data;
    return 0;
}

/* A ReLU whose author thought of a leaky one, where it stands still: not one number moves, and the claim is not 0. */
static void
dead_units(void)
{
    double at = -0.5, none = 0, slope = -0.01, steep = 1;
    plumb_verdict_of r = plumb_gradcheck(1, &at, 1, leak, leak_back, &slope, NULL);
    ok(r.status == 1 && r.has_worst && r.want == 0, "a slope where the function stands still: %s", r.text);
    r = plumb_gradcheck(1, &at, 1, leak, leak_back, &steep, NULL);
    ok(r.status == 1 && r.has_worst, "a steep one: %s", r.text);
    at = 0;
    r = plumb_gradcheck(1, &at, 1, leak, leak_back, &slope, NULL);
    ok(r.status == 1, "at the kink, where its own side refutes it: %s", r.text);
    r = plumb_gradcheck(1, &at, 1, leak, leak_back, &none, NULL);
    ok(r.status == 0 && r.verdict == PLUMB_KINK, "0 there is a subgradient: %s", r.text);
}

/* Two ReLUs at 0 and two sines beside them: the kinks must not hide what is smooth. */
static int
mixed(const double *x, double *y, void *data)
{
    (void)data;
    y[0] = fmax(x[0], 0) + fmax(x[1], 0) + sin(x[2]) + sin(x[3]);
    return 0;
}

static int
mixed_back(const double *x, const double *g, double *d, void *data)
{
    for (int i = 0; i < 2; i++)
        d[i] = x[i] > 0 ? g[0] : 0, d[2 + i] = g[0] * cos(x[2 + i]) * (x[0] == 0 ? *(double *)data : 1);
    return 0;
}

/* sin, with a slope that is wrong beyond x = 5 */
static int
far_off(const double *x, double *y, void *data)
{
    (void)data;
    y[0] = sin(x[0]);
    return 0;
}

static int
far_off_back(const double *x, const double *g, double *d, void *data)
{
    (void)data;
    d[0] = g[0] * cos(x[0]) * (x[0] > 5 ? 2 : 1);
    return 0;
}

static void
in_the_box(void)
{
    double at = 1;
    plumb_verdict_of r = plumb_gradcheck(1, &at, 1, far_off, far_off_back, NULL, &(plumb_gradcheck_options){ .declare = "box 0 10" });
    ok(r.status == 1 && !strcmp(r.what, "law:region"), "wrong in a part of its box far from the given point: %s", r.text);
    r = plumb_gradcheck(1, &at, 1, far_off, far_off_back, NULL, &(plumb_gradcheck_options){ .declare = "box 0 4" });
    ok(r.status == 0, "and right in a smaller box: %s", r.text);
}

static void
beside_kinks(void)
{
    double at[4] = { 0, 0, 1, 2 }, right = 1, wrong = 3;
    plumb_verdict_of r = plumb_gradcheck(4, at, 1, mixed, mixed_back, &right, NULL);
    ok(r.status == 0 && r.verdict == PLUMB_KINK, "smooth entries beside two kinks: %s", r.text);
    r = plumb_gradcheck(4, at, 1, mixed, mixed_back, &wrong, NULL);
    ok(r.status == 1 && r.has_worst && r.entry >= 2 && fabs(r.want - cos(r.at)) < 1e-4, "and wrong ones: %s", r.text);
}

static void
nothing_free(void)
{
    double at = -0.5, none = 0;
    plumb_verdict_of r = plumb_gradcheck(1, &at, 1, leak, leak_back, &none, &(plumb_gradcheck_options){ .declare = "in x:1 out y:1 fixed x" });
    ok(r.status == 4 && strstr(r.text, "nothing is to be checked"), "all inputs fixed: %s", r.text);
}

static void
hard_points(void)
{
    double at[2] = { 0, 1e-9 }, half = 0.5, seven = 7;
    plumb_gradcheck_options o = { .declare = "in x:2 out y:2 box -inf inf 0 inf" }, none = { .declare = "in x:2 out y:2 box 0 1" };
    plumb_verdict_of r = plumb_gradcheck(2, at, 2, edges, edges_back, &half, &(plumb_gradcheck_options){ .declare = "box -inf inf 0 inf" });
    ok(r.status == 2 || r.status == 0, "a subgradient at a kink, beside the edge of the domain: %s", r.text);
    r = plumb_gradcheck(2, at, 2, edges, edges_back, &half, &o);
    ok(r.status == 0 && r.verdict == PLUMB_KINK, "named a kink: %s", r.text);
    r = plumb_gradcheck(2, at, 2, edges, edges_back, &seven, &o);
    ok(r.status == 1, "a slope of 7 at the kink is wrong: %s", r.text);
    at[0] = 0.5;
    r = plumb_gradcheck(2, at, 2, edges, edges_back, &half, &none);
    ok(r.status == 0, "steps stay in the box: %s", r.text);
    at[1] = 5;
    r = plumb_gradcheck(2, at, 2, edges, edges_back, &half, &none);
    ok(r.status == 2 && strstr(r.text, "outside its box"), "a point outside the box: %s", r.text);
}

/* ---- a solver that stops early, in both passes ---- */

static int
root(const double *x, double *y, void *data)    /* y = x^(1/2) by a few Newton steps: off by the tolerance */
{
    for (int i = 0; i < 3; i++)
        y[i] = sqrt(x[i]) * (1 + *(double *)data * (i - 1));
    return 0;
}

static int
root_back(const double *x, const double *g, double *d, void *data)
{
    for (int i = 0; i < 3; i++)
        d[i] = g[i] / (2 * sqrt(x[i])) * (1 - *(double *)data * (i - 1));
    return 0;
}

static void
solvers(void)
{
    static const double at[3] = { 1.5, 2.5, 4.5 };
    double loose = 1e-6;
    plumb_gradcheck_options o = { .declare = "in x:3 out y:3 solver_tol 1e-6" };
    plumb_verdict_of r = plumb_gradcheck(3, at, 3, root, root_back, &loose, NULL);
    ok(r.status == 1, "a gradient off by 2e-6 is wrong: %s", r.text);
    r = plumb_gradcheck(3, at, 3, root, root_back, &loose, &o);
    ok(r.status == 0 && r.resolution < 1e-4, "with solver_tol 1e-6 declared it is not: %s", r.text);
    loose = 1e-4;
    r = plumb_gradcheck(3, at, 3, root, root_back, &loose, &o);
    ok(r.status == 1, "and one off by 2e-4 is: %s", r.text);
}

/* ---- misuse, and two threads ---- */

static void *
in_thread(void *with)
{
    *(plumb_verdict_of *)with = check(plain, "");
    return NULL;
}

static void
misuse(void)
{
    plumb_verdict_of r = plumb_gradcheck(3, point, 3, NULL, NULL, NULL, NULL), both[2];
    pthread_t thread[2];
    layer l = plain;
    ok(r.status == 2 && strstr(r.text, "NULL"), "no functions: %s", r.text);
    r = plumb_gradcheck(5, point, M, forward, backward, &l, &(plumb_gradcheck_options){ .declare = "in x:4,3 W:3,3 out y:4,3" });
    ok(r.status == 2 && strstr(r.text, "21 inputs"), "sizes that do not add up: %s", r.text);
    r = check(plain, "colour blue");
    ok(r.status == 2 && strstr(r.text, "colour"), "an option that does not exist: %s", r.text);
    l = plain;
    r = plumb_gradcheck(X + W, point, M, forward, backward, &l, &(plumb_gradcheck_options){ .declare = "in x:4,3 W:3,3 out y:4,3", .quick = 1 });
    ok(r.status == 0 && r.calls <= 24, "a quick check takes %zu calls", r.calls);
    for (int i = 0; i < 2; i++)
        if (pthread_create(&thread[i], NULL, in_thread, &both[i]))
            bail("no thread");
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    ok(both[0].status == 0 && both[1].status == 0 && !strcmp(both[0].text, both[1].text), "two threads at once: %s", both[1].text);
}

int
main(void)
{
    conventions();
    column_major();
    singles();
    objectives();
    hard_points();
    dead_units();
    beside_kinks();
    in_the_box();
    nothing_free();
    solvers();
    misuse();
    return done();
}
