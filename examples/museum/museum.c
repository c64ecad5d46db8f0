/* museum.c - twelve gradients that were wrong in well-known libraries, each beside the right one, as a plugin
 * SPDX-License-Identifier: MIT
 *
 *   cc -shared -fPIC -O2 -o museum.so museum.c -lm
 *   plumb check ./museum.so:P01-wrong
 *
 *   cc -O2 -DMUSEUM_MAIN -o museum museum.c -lm
 *   plumb check -- ./museum P01-wrong
 *
 * The names are P01-right to P12-wrong; the program also takes a case, as in P05-wrong-plain.  The points are those of museum.py. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64, INPUTS = 3, TEXT = 4096, FIRST_SEED = 11, X_ROWS = 7, X_COLS = 4, Y_COLS = 3 };

/* trigger: the wrong one shows; plain: what a test usually draws; blind: nothing can show; region: anywhere that the code is meant for */
typedef enum kind { NONE, TRIGGER, PLAIN, BLIND, REGION } kind;

/* SplitMix64 */
typedef struct dice {
    uint64_t state;
    kind kind;
} dice;

/* rows 0: a vector of cols; a scalar is a vector of one */
typedef struct tensor {
    const char *name;
    int rows, cols, from, fixed;
} tensor;

typedef struct exhibit exhibit;

typedef struct visit {
    const exhibit *exhibit;
    int wrong, inputs, tensors;
    kind kind;
    tensor in[INPUTS], out;
    double at[MOST], x[MOST];
    char hello[TEXT], error[80];
} visit;

struct exhibit {
    const char *id, *title, *where, *box;
    kind first, other;
    void (*draw)(visit *, dice *);
    void (*forward)(const visit *, double *y);
    /* d = the gradients of all inputs, 0 before, for the cotangent g of the output */
    void (*backward)(const visit *, const double *g, double *d);
};

/* ---- drawing ---- */

static uint64_t
bits(dice *r)
{
    uint64_t z = r->state += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

static int
whole(dice *r, int lo, int hi)
{
    return lo + (int)(bits(r) % (uint64_t)(hi - lo + 1));
}

static int
size(dice *r, int usual, int lo, int hi)
{
    return r->kind == REGION ? whole(r, lo, hi) : usual;
}

static double
between(dice *r, double lo, double hi)
{
    return lo + (hi - lo) * ((double)(bits(r) >> 11) * 0x1p-53);
}

/* Appends an input; its values are still to come. */
static double *
input(visit *v, const char *name, int rows, int cols)
{
    tensor *t = &v->in[v->tensors++];
    *t = (tensor){ name, rows, cols, v->inputs, 0 };
    v->inputs += (rows ? rows : 1) * cols;
    return v->at + t->from;
}

static double *
drawn(visit *v, dice *r, const char *name, int rows, int cols, double lo, double hi)
{
    double *x = input(v, name, rows, cols);
    for (int i = 0; i < (rows ? rows : 1) * cols; i++)
        x[i] = between(r, lo, hi);
    return x;
}

static void
filled(visit *v, const char *name, int cols, double value)
{
    double *x = input(v, name, 0, cols);
    for (int i = 0; i < cols; i++)
        x[i] = value;
}

static void
output(visit *v, int rows, int cols)
{
    v->out = (tensor){ "out", rows, cols, 0, 0 };
}

static const double *
part(const visit *v, int k)
{
    return v->x + v->in[k].from;
}

/* ---- P01: softmax of each row ---- */

static void
softmax_draw(visit *v, dice *r)
{
    int rows = size(r, 3, 1, 4), cols = size(r, 5, 2, 6);
    drawn(v, r, "s", rows, cols, -3, 3);
    output(v, rows, cols);
}

static void
softmax_forward(const visit *v, double *y)
{
    int cols = v->out.cols;
    for (int i = 0; i < v->out.rows; i++, y += cols) {
        const double *s = v->x + i * cols;
        double top = s[0], sum = 0;
        for (int j = 1; j < cols; j++)
            top = fmax(top, s[j]);
        for (int j = 0; j < cols; j++)
            sum += y[j] = exp(s[j] - top);
        for (int j = 0; j < cols; j++)
            y[j] /= sum;
    }
}

static void
softmax_backward(const visit *v, const double *g, double *d)
{
    double p[MOST];
    int cols = v->out.cols;
    softmax_forward(v, p);
    for (int at = 0; at < v->out.rows * cols; at += cols) {
        double dot = 0;
        for (int j = at; j < at + cols; j++)
            dot += g[j] * p[j];
        for (int j = at; j < at + cols; j++)
            d[j] = p[j] * (v->wrong ? g[j] * (1 - p[j]) : g[j] - dot);
    }
}

/* ---- P02: the backward pass of log, c / x, as a function to be differentiated ---- */

static void
log_draw(visit *v, dice *r)
{
    int n = size(r, 5, 1, 6);
    drawn(v, r, "x", 0, n, 0.5, 2);
    if (r->kind == PLAIN)
        filled(v, "came_in", n, 1);
    else
        drawn(v, r, "came_in", 0, n, -2, 2);
    output(v, 0, n);
}

static void
log_forward(const visit *v, double *y)
{
    for (int i = 0; i < v->out.cols; i++)
        y[i] = part(v, 1)[i] / v->x[i];
}

static void
log_backward(const visit *v, const double *g, double *d)
{
    int n = v->out.cols;
    for (int i = 0; i < n; i++) {
        double x = v->x[i], c = part(v, 1)[i];
        d[i] = v->wrong ? -g[i] * (c / x) * (c / x) : -g[i] * c / (x * x);
        d[n + i] = v->wrong ? g[i] * c / x : g[i] / x;
    }
}

/* ---- P03: square root ---- */

static void
sqrt_draw(visit *v, dice *r)
{
    int n = size(r, 6, 1, 8);
    if (r->kind == BLIND)
        filled(v, "x", n, 1);
    else
        drawn(v, r, "x", 0, n, 0.1, 4);
    output(v, 0, n);
}

static void
sqrt_forward(const visit *v, double *y)
{
    for (int i = 0; i < v->out.cols; i++)
        y[i] = sqrt(v->x[i]);
}

static void
sqrt_backward(const visit *v, const double *g, double *d)
{
    for (int i = 0; i < v->out.cols; i++)
        d[i] = g[i] / (2 * (v->wrong ? v->x[i] : sqrt(v->x[i])));
}

/* ---- P04: smooth L1 of predictions p and targets t ---- */

static void
smooth_draw(visit *v, dice *r)
{
    int n = size(r, 6, 1, 8);
    drawn(v, r, "p", 0, n, r->kind == TRIGGER ? 1.5 : r->kind == PLAIN ? -0.4 : -3, r->kind == PLAIN ? 0.4 : 3);
    drawn(v, r, "t", 0, n, -0.4, 0.4);
    v->in[1].fixed = 1;
    output(v, 0, n);
}

static void
smooth_forward(const visit *v, double *y)
{
    for (int i = 0; i < v->out.cols; i++) {
        double size = fabs(v->x[i] - part(v, 1)[i]);
        y[i] = size < 1 ? size * size : 2 * size - 1;
    }
}

static void
smooth_backward(const visit *v, const double *g, double *d)
{
    for (int i = 0; i < v->out.cols; i++) {
        double e = v->x[i] - part(v, 1)[i];
        d[i] = g[i] * (fabs(e) < 1 ? 2 * e : copysign(2, v->wrong ? -e : e));
    }
}

/* ---- P05: hard sigmoid ---- */

static void
hard_draw(visit *v, dice *r)
{
    int n = size(r, 8, 1, 8);
    double lo = r->kind == TRIGGER ? 3.5 : r->kind == PLAIN ? -2.9 : -9;
    drawn(v, r, "x", 0, n, lo, r->kind == PLAIN ? 2.9 : 9);
    output(v, 0, n);
}

static void
hard_forward(const visit *v, double *y)
{
    for (int i = 0; i < v->out.cols; i++)
        y[i] = fmin(fmax((v->x[i] + 3) / 6, 0), 1);
}

static void
hard_backward(const visit *v, const double *g, double *d)
{
    for (int i = 0; i < v->out.cols; i++)
        d[i] = g[i] * (fabs(v->x[i]) < 3 ? 1 / 6. : v->wrong);
}

/* ---- P06: layer norm of each row, times gamma, plus beta ---- */

static void
norm_draw(visit *v, dice *r)
{
    int rows = size(r, 3, 1, 5), cols = size(r, 5, 2, 6);
    drawn(v, r, "x", rows, cols, -2, 2);
    if (r->kind == PLAIN) {
        filled(v, "gamma", cols, 1);
        filled(v, "beta", cols, 0);
    } else {
        drawn(v, r, "gamma", 0, cols, -2, 2);
        drawn(v, r, "beta", 0, cols, -2, 2);
    }
    output(v, rows, cols);
}

/* c = x less its mean; returns 1/sqrt(variance + 1e-5) */
static double
normal(const double *x, int n, double *c)
{
    double mean = 0, variance = 0;
    for (int j = 0; j < n; j++)
        mean += x[j] / n;
    for (int j = 0; j < n; j++)
        c[j] = x[j] - mean, variance += c[j] * c[j] / n;
    return 1 / sqrt(variance + 1e-5);
}

static void
norm_forward(const visit *v, double *y)
{
    double c[MOST];
    int cols = v->out.cols;
    for (int i = 0; i < v->out.rows; i++) {
        double s = normal(v->x + i * cols, cols, c);
        for (int j = 0; j < cols; j++)
            y[i * cols + j] = c[j] * s * part(v, 1)[j] + part(v, 2)[j];
    }
}

static void
norm_backward(const visit *v, const double *g, double *d)
{
    const double *gamma = part(v, 1);
    double c[MOST], *gamma_bar = d + v->in[1].from, *beta_bar = d + v->in[2].from;
    int cols = v->out.cols;
    for (int i = 0; i < v->out.rows; i++, g += cols, d += cols) {
        double s = normal(v->x + i * cols, cols, c), mean = 0, slope = 0;
        for (int j = 0; j < cols; j++) {
            mean += g[j] * gamma[j] * s / cols;
            slope -= g[j] * gamma[v->wrong ? i % cols : j] * c[j] * s * s * s / 2;
            gamma_bar[j] += g[j] * c[j] * s;
            beta_bar[j] += g[j];
        }
        for (int j = 0; j < cols; j++)
            d[j] = g[j] * gamma[j] * s - mean + slope * 2 * c[j] / cols;
    }
}

/* ---- P07: b added to every row of a ---- */

static void
add_draw(visit *v, dice *r)
{
    int rows = r->kind == BLIND ? 1 : size(r, 4, 1, 5), cols = size(r, 3, 1, 5);
    drawn(v, r, "a", rows, cols, -2, 2);
    drawn(v, r, "b", 0, cols, -2, 2);
    output(v, rows, cols);
}

static void
add_forward(const visit *v, double *y)
{
    for (int i = 0; i < v->out.rows * v->out.cols; i++)
        y[i] = v->x[i] + part(v, 1)[i % v->out.cols];
}

static void
add_backward(const visit *v, const double *g, double *d)
{
    double *b_bar = d + v->in[1].from;
    for (int i = 0; i < v->out.rows * v->out.cols; i++) {
        d[i] = g[i];
        b_bar[i % v->out.cols] += g[i] / (v->wrong ? v->out.rows : 1);
    }
}

/* ---- P08: fmod ---- */

static void
rest_draw(visit *v, dice *r)
{
    int n = size(r, 3, 1, 6);
    double *y;
    drawn(v, r, "x", 0, n, r->kind == PLAIN ? 5 : -10, r->kind == TRIGGER ? -5 : 10);
    y = drawn(v, r, "y", 0, n, 1, 4);
    for (int i = 0; i < n && r->kind == REGION; i++)
        y[i] *= 1 - 2 * whole(r, 0, 1);
    output(v, 0, n);
}

static void
rest_forward(const visit *v, double *y)
{
    for (int i = 0; i < v->out.cols; i++)
        y[i] = fmod(v->x[i], part(v, 1)[i]);
}

static void
rest_backward(const visit *v, const double *g, double *d)
{
    int n = v->out.cols;
    for (int i = 0; i < n; i++) {
        double q = v->x[i] / part(v, 1)[i];
        d[i] = g[i];
        d[n + i] = -g[i] * (v->wrong ? floor(q) : trunc(q));
    }
}

/* ---- P09: a, b and c side by side, of which some need no gradient ---- */

static void
join_draw(visit *v, dice *r)
{
    static const char *const names[] = { "a", "b", "c" };
    int rows = size(r, 3, 1, 4), cols[] = { size(r, 2, 1, 3), size(r, 3, 1, 3), size(r, 1, 1, 3) };
    int need = r->kind == REGION ? whole(r, 1, 7) : r->kind == PLAIN ? 7 : 6;
    for (int k = 0; k < 3; k++) {
        drawn(v, r, names[k], rows, cols[k], -2, 2);
        v->in[k].fixed = !(need >> k & 1);
    }
    output(v, rows, cols[0] + cols[1] + cols[2]);
}

static void
join_forward(const visit *v, double *y)
{
    for (int i = 0; i < v->out.rows; i++)
        for (int k = 0; k < v->tensors; k++)
            for (int j = 0; j < v->in[k].cols; j++)
                *y++ = part(v, k)[i * v->in[k].cols + j];
}

static void
join_backward(const visit *v, const double *g, double *d)
{
    for (int k = 0, at = 0; k < v->tensors; k++) {
        const tensor *t = &v->in[k];
        for (int i = 0; i < t->rows && !t->fixed; i++)
            for (int j = 0; j < t->cols; j++)
                d[t->from + i * t->cols + j] = g[i * v->out.cols + at + j];
        at += t->fixed && v->wrong ? 0 : t->cols;
    }
}

/* ---- P10: cumulative product ---- */

static void
product_draw(visit *v, dice *r)
{
    static const double given[] = { 2, 0, 3, -1, 4 };
    int n = size(r, 5, 1, 6);
    if (r->kind == TRIGGER)
        memcpy(input(v, "x", 0, n), given, sizeof given);
    else {
        double *x = drawn(v, r, "x", 0, n, r->kind == REGION ? -2 : 0.2, 2);
        for (int i = 0; i < n && r->kind == REGION; i++)
            x[i] = whole(r, 0, 3) ? x[i] : 0;
    }
    output(v, 0, n);
}

static void
product_forward(const visit *v, double *y)
{
    double p = 1;
    for (int i = 0; i < v->out.cols; i++)
        y[i] = p *= v->x[i];
}

static void
product_backward(const visit *v, const double *g, double *d)
{
    const double *x = v->x;
    double before = 1, y[MOST];
    product_forward(v, y);
    for (int i = 0; i < v->out.cols; before *= x[i++]) {
        double others = before;
        for (int j = i; j < v->out.cols; j++) {
            others *= j > i ? x[j] : 1;
            d[i] += g[j] * (v->wrong ? y[j] / x[i] : others);
        }
    }
}

/* ---- P11: PReLU with a slope for each column ---- */

static void
prelu_draw(visit *v, dice *r)
{
    int rows = size(r, 4, 1, 5), cols = size(r, 3, 1, 4);
    double lo = r->kind == TRIGGER ? -0.4 : r->kind == PLAIN ? 0.1 : -0.5;
    drawn(v, r, "x", rows, cols, -2, 2);
    drawn(v, r, "a", 0, cols, lo, r->kind == TRIGGER ? -0.1 : r->kind == PLAIN ? 0.4 : 0.5);
    output(v, rows, cols);
}

static void
prelu_forward(const visit *v, double *y)
{
    for (int i = 0; i < v->out.rows * v->out.cols; i++)
        y[i] = v->x[i] > 0 ? v->x[i] : part(v, 1)[i % v->out.cols] * v->x[i];
}

static void
prelu_backward(const visit *v, const double *g, double *d)
{
    double y[MOST], *a_bar = d + v->in[1].from;
    prelu_forward(v, y);
    for (int i = 0; i < v->out.rows * v->out.cols; i++) {
        double x = v->x[i], asked = v->wrong ? y[i] : x;
        d[i] = g[i] * (asked > 0 ? 1 : part(v, 1)[i % v->out.cols]);
        a_bar[i % v->out.cols] += x > 0 ? 0 : g[i] * x;
    }
}

/* ---- P12: half the mean of the squares of X W - Y, plus alpha/2 of those of W by the number of rows; alpha = 1 ---- */

static void
squares_draw(visit *v, dice *r)
{
    drawn(v, r, "W", X_COLS, r->kind == PLAIN ? 1 : size(r, 3, 1, Y_COLS), -2, 2);
    output(v, 0, 1);
}

/* e = X W - Y with constant X and Y; returns the number of columns */
static int
errors(const visit *v, double *X, double *e)
{
    dice r = { 12, NONE };
    int cols = v->in[0].cols;
    for (int i = 0; i < X_ROWS * X_COLS; i++)
        X[i] = between(&r, -2, 2);
    for (int i = 0; i < X_ROWS; i++)
        for (int j = 0; j < Y_COLS; j++) {
            double sum = -between(&r, -2, 2);
            for (int k = 0; k < X_COLS && j < cols; k++)
                sum += X[i * X_COLS + k] * v->x[k * cols + j];
            if (j < cols)
                e[i * cols + j] = sum;
        }
    return cols;
}

static void
squares_forward(const visit *v, double *y)
{
    double X[X_ROWS * X_COLS], e[X_ROWS * Y_COLS];
    int cols = errors(v, X, e);
    *y = 0;
    for (int i = 0; i < X_ROWS * cols; i++)
        *y += e[i] * e[i] / (2 * X_ROWS * cols);
    for (int i = 0; i < X_COLS * cols; i++)
        *y += v->x[i] * v->x[i] / (2 * X_ROWS);
}

static void
squares_backward(const visit *v, const double *g, double *d)
{
    double X[X_ROWS * X_COLS], e[X_ROWS * Y_COLS];
    int cols = errors(v, X, e), over = v->wrong ? X_ROWS : X_ROWS * cols;
    for (int k = 0; k < X_COLS; k++)
        for (int j = 0; j < cols; j++) {
            double sum = 0;
            for (int i = 0; i < X_ROWS; i++)
                sum += X[i * X_COLS + k] * e[i * cols + j];
            d[k * cols + j] = *g * (sum / over + v->x[k * cols + j] / X_ROWS);
        }
}

/* ---- the exhibition ---- */

static const exhibit exhibits[] = {
    { "P01", "softmax: only the diagonal of the Jacobian", "apache/mxnet@c594440f25", "", PLAIN, NONE,
        softmax_draw, softmax_forward, softmax_backward },
    { "P02", "backward of log, differentiated again: right where the gradient that came in is 1", "apache/mxnet@2b7fbc5f61",
        " box 0 inf -inf inf", TRIGGER, PLAIN, log_draw, log_forward, log_backward },
    { "P03", "sqrt: divides by the input, not by the output", "huggingface/candle@c60831aad", " box 0 inf", PLAIN, BLIND,
        sqrt_draw, sqrt_forward, sqrt_backward },
    { "P04", "smooth L1: the sign turns where the error is 1 or more", "pjreddie/darknet@f6afaab:src/blas.c", "", TRIGGER, PLAIN,
        smooth_draw, smooth_forward, smooth_backward },
    { "P05", "hard sigmoid: slope 1 where it is saturated", "FluxML/NNlib.jl@49948ae", "", TRIGGER, PLAIN,
        hard_draw, hard_forward, hard_backward },
    { "P06", "layer norm: gamma of the sample, not of the feature, in the slope of the variance", "davisking/dlib@253098eb1", "",
        TRIGGER, PLAIN, norm_draw, norm_forward, norm_backward },
    { "P07", "adding a row to all rows: the mean over the rows, not the sum", "tensorflow/tfjs@b4d488a3b", "", PLAIN, BLIND,
        add_draw, add_forward, add_backward },
    { "P08", "remainder with the sign of x: the quotient was rounded down, not towards 0", "google/jax@daf6e3b06", "", TRIGGER, PLAIN,
        rest_draw, rest_forward, rest_backward },
    { "P09", "concatenation: the place in g stays where it is at an input that needs no gradient", "tracel-ai/burn@2227d8d21", "",
        TRIGGER, PLAIN, join_draw, join_forward, join_backward },
    { "P10", "cumulative product: divides by the input", "tensorflow/tensorflow#3862", "", TRIGGER, PLAIN,
        product_draw, product_forward, product_backward },
    { "P11", "PReLU: asks the output on which side it is, so it errs once a slope is negative", "apache/mxnet@dd7f6e1580", "",
        TRIGGER, PLAIN, prelu_draw, prelu_forward, prelu_backward },
    { "P12", "squares averaged over rows and outputs, their gradient over rows alone, and a penalty that is right in both",
        "scikit-learn/scikit-learn#8349", "", TRIGGER, PLAIN, squares_draw, squares_forward, squares_backward },
};
enum { EXHIBITS = sizeof exhibits / sizeof *exhibits };

/* ---- describing a point ---- */

static void
append(visit *v, const char *format, const char *text, double number)
{
    size_t used = strlen(v->hello);
    if (text)
        snprintf(v->hello + used, sizeof v->hello - used, format, text);
    else
        snprintf(v->hello + used, sizeof v->hello - used, format, number);
}

static void
append_spec(visit *v, const tensor *t)
{
    append(v, " %s:", t->name, 0);
    if (t->rows)
        append(v, "%.0f,", NULL, t->rows);
    append(v, "%.0f", NULL, t->cols);
}

static const char *
describe(visit *v, uint64_t seed, kind kind)
{
    dice r = { seed, kind };
    int fixed = 0;
    v->inputs = v->tensors = 0;
    v->exhibit->draw(v, &r);
    strcpy(v->hello, "in");
    for (int k = 0; k < v->tensors; k++)
        append_spec(v, &v->in[k]);
    append(v, " %s", "out", 0);
    append_spec(v, &v->out);
    append(v, "%s", v->exhibit->box, 0);
    for (int k = 0; k < v->tensors; k++)
        if (v->in[k].fixed)
            append(v, fixed++ ? " %s" : " fixed %s", v->in[k].name, 0);
    append(v, " where %s at", v->exhibit->where, 0);
    for (int i = 0; i < v->inputs; i++)
        append(v, " %.17g", NULL, v->at[i]);
    return v->hello;
}

/* ---- what plumb calls ---- */

int plumb_abi(void);
const char *plumb_subjects(void);
void *plumb_open(const char *subject);
const char *plumb_hello(void *self);
const char *plumb_sample(void *self, uint64_t seed);
int plumb_forward(void *self, const double *x, double *y);
int plumb_backward(void *self, const double *gy, double *gx);
void plumb_close(void *self);

int
plumb_abi(void)
{
    return 1;
}

const char *
plumb_subjects(void)
{
    return "P01-right\nP01-wrong\nP02-right\nP02-wrong\nP03-right\nP03-wrong\nP04-right\nP04-wrong\nP05-right\nP05-wrong\nP06-right\n"
        "P06-wrong\nP07-right\nP07-wrong\nP08-right\nP08-wrong\nP09-right\nP09-wrong\nP10-right\nP10-wrong\nP11-right\nP11-wrong\n"
        "P12-right\nP12-wrong";
}

/* "P05-wrong", or with a case behind it; "" is the first one; NULL for anything else */
void *
plumb_open(const char *subject)
{
    static const char *const cases[] = { [TRIGGER] = "trigger", [PLAIN] = "plain", [BLIND] = "blind" };
    subject = subject && *subject ? subject : "P01-right";
    for (int i = 0; i < 2 * EXHIBITS; i++) {
        const exhibit *e = &exhibits[i / 2];
        char name[16];
        size_t length = (size_t)snprintf(name, sizeof name, "%s-%s", e->id, i % 2 ? "wrong" : "right");
        const char *behind = subject + length;
        kind kind = e->first;
        visit *v;
        if (strncmp(subject, name, length) || (*behind && *behind != '-'))
            continue;
        if (*behind && strcmp(behind + 1, cases[kind]))
            kind = e->other;
        if (*behind && (!kind || strcmp(behind + 1, cases[kind])))
            return NULL;
        if ((v = calloc(1, sizeof *v)))
            v->exhibit = e, v->wrong = i % 2, v->kind = kind;
        return v;
    }
    return NULL;
}

const char *
plumb_hello(void *self)
{
    visit *v = self;
    return describe(v, FIRST_SEED, v->kind);
}

const char *
plumb_sample(void *self, uint64_t seed)
{
    return describe(self, seed, REGION);
}

int
plumb_forward(void *self, const double *x, double *y)
{
    visit *v = self;
    memcpy(v->x, x, (size_t)v->inputs * sizeof *x);
    v->exhibit->forward(v, y);
    return 0;
}

int
plumb_backward(void *self, const double *gy, double *gx)
{
    visit *v = self;
    memset(gx, 0, (size_t)v->inputs * sizeof *gx);
    v->exhibit->backward(v, gy, gx);
    return 0;
}

void
plumb_close(void *self)
{
    free(self);
}

/* ---- the same as a program ---- */

#ifdef MUSEUM_MAIN

static int
numbers(const char *text, double *to)
{
    char *end;
    int n = 0;
    for (; n < MOST; text = end, n++) {
        to[n] = strtod(text, &end);
        if (end == text)
            break;
    }
    return n;
}

static void
reply(const double *x, int n)
{
    printf("=");
    for (int i = 0; i < n; i++)
        printf(" %.17g", x[i]);
    printf("\n");
}

static void
answer(visit *v, const char *word, const double *given, int n)
{
    double result[MOST];
    int outputs = (v->out.rows ? v->out.rows : 1) * v->out.cols;
    if (!strcmp(word, "hello"))
        printf("= %s\n", plumb_hello(v));
    else if (!strcmp(word, "sample") && n == 1)
        printf("= %s\n", plumb_sample(v, given[0] >= 0 && given[0] < 0x1p64 ? (uint64_t)given[0] : 0));
    else if (!strcmp(word, "echo"))
        reply(given, n);
    else if (!strcmp(word, "forward") && n == v->inputs)
        plumb_forward(v, given, result), reply(result, outputs);
    else if (!strcmp(word, "backward") && n == outputs)
        plumb_backward(v, given, result), reply(result, v->inputs);
    else
        printf("! not known here, or not with %d numbers\n", n);
    fflush(stdout);
}

int
main(int argc, char **argv)
{
    visit *v = argc == 2 ? plumb_open(argv[1]) : NULL;
    double given[MOST];
    char *line = NULL, word[16];
    size_t room = 0;
    int used;
    if (!v) {
        for (int i = 0; i < EXHIBITS; i++)
            fprintf(stderr, "%s-right, %s-wrong: %s (%s)\n", exhibits[i].id, exhibits[i].id, exhibits[i].title, exhibits[i].where);
        return 2;
    }
    while (getline(&line, &room, stdin) > 0)
        if (sscanf(line, "%15s%n", word, &used) == 1) {
            int n = numbers(line + used, given);
            answer(v, word, given, n);
        }
    free(line);
    plumb_close(v);
    return 0;
}
#endif
