/* logsum.c - logarithms of sums of exponentials: logsumexp, log_softmax, and the loss that reads the latter
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * m is the largest x.   y = m + log sum_j exp(x_j - m),      x_bar_j = exp(x_j - y) y_bar
 * log_softmax: y_i = (x_i - m) - log sum_j exp(x_j - m),     x_bar_i = y_bar_i - exp(y_i) sum_j y_bar_j
 * nll: minus the mean (or sum) over the rows of x[row, label[row]] */
#include <math.h>
#include <string.h>
#include "lib/ops/ops.h"

/* The two numbers of a row: m (a constant) and log sum exp(x - m). */
static plumb_status
top_and_log(const plumb_call *c, const plumb_array *x, size_t n, const plumb_array *m, const plumb_array *log_sum)
{
    const plumb_num *R = c->num;
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_array e, top = plumb_repeat(m);
    plumb_status st = plumb_take(c->work, R, n, &e);
    if (!st) {
        st |= R->top(R, m, x, n) | R->map2(R, PLUMB_FN_SUB, &e, x, &top, n, c->work);
        st |= R->map1(R, PLUMB_FN_EXP, &e, &e, n, c->work) | plumb_sum_axis(c, PLUMB_SET, log_sum, &e, 1, n, 1);
        st |= R->map1(R, PLUMB_FN_LOG, log_sum, log_sum, 1, c->work);
    }
    plumb_work_give(c->work, mark);
    return st;
}

static plumb_status
shape(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    plumb_axis a;
    plumb_status st = plumb_axis_given(in, attr, &a, diag);
    if (!st)
        plumb_shape_without(in, attr[0].ints[0], attr[1].n && attr[1].ints[0], out);
    return st;
}

static plumb_status
sum_row(const plumb_call *c, const plumb_array *y, const plumb_array *x, size_t n)
{
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_array m, s;
    plumb_status st = plumb_take(c->work, c->num, 1, &m) | plumb_take(c->work, c->num, 1, &s);
    if (!st)
        st = top_and_log(c, x, n, &m, &s) | c->num->map2(c->num, PLUMB_FN_ADD, y, &m, &s, 1, c->work);
    plumb_work_give(c->work, mark);
    return st;
}

static plumb_status
forward(const plumb_call *c)
{
    plumb_axis a;
    plumb_status st = plumb_axis_of(&c->in[0], c->attr[0].ints[0], &a) ? PLUMB_OK : PLUMB_ESHAPE;
    if (!a.k)
        return plumb_fill(c, &c->y[0], -INFINITY, a.outer * a.inner);
    for (size_t o = 0; !st && o < a.outer; o++)
        for (size_t i = 0; i < a.inner; i++) {
            plumb_array x = plumb_slice(&c->x[0], &a, o, i), y = plumb_at(&c->y[0], (ptrdiff_t)(o * a.inner + i));
            st |= sum_row(c, &y, &x, a.k);
        }
    return st;
}

static plumb_status
vjp(const plumb_call *c)
{
    const plumb_num *R = c->num;
    plumb_axis a;
    plumb_array t;
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_status st = plumb_axis_of(&c->in[0], c->attr[0].ints[0], &a) ? plumb_take(c->work, R, a.k, &t) : PLUMB_ESHAPE;
    for (size_t o = 0; !st && c->want[0] && o < a.outer && a.k; o++)
        for (size_t i = 0; i < a.inner; i++) {
            plumb_array x = plumb_slice(&c->x[0], &a, o, i), to = plumb_slice(&c->x_bar[0], &a, o, i);
            plumb_array y = plumb_at(&c->y[0], (ptrdiff_t)(o * a.inner + i)), g = plumb_at(&c->y_bar[0], (ptrdiff_t)(o * a.inner + i));
            y.inc = g.inc = 0;
            st |= R->map2(R, PLUMB_FN_SUB, &t, &x, &y, a.k, c->work) | R->map1(R, PLUMB_FN_EXP, &t, &t, a.k, c->work);
            st |= R->map2(R, PLUMB_FN_MUL, &t, &t, &g, a.k, c->work) | plumb_pass(c, c->mode[0], &to, &t, a.k);
        }
    plumb_work_give(c->work, mark);
    return st;
}

static int
sample(int i, plumb_case *c)
{
    static const plumb_case table[] = {
        { .in = { PLUMB_DIMS(3, 5) } },
        { .in = { PLUMB_DIMS(2, 3, 4) }, .attrs = "axis=1,keep=1" },
        { .in = { PLUMB_DIMS(4, 2) }, .attrs = "axis=0" },
        { .in = { PLUMB_DIMS(3, 1) } },
        { .in = { PLUMB_DIMS(0, 4) } },
    };
    return plumb_case_of(table, PLUMB_LENGTH(table), i, c);
}

const plumb_op plumb_op_logsumexp = { "logsumexp", "logarithm of the sum of exponentials along an axis", "y = log sum exp(x)",
    { NULL }, "definition", PLUMB_GENERAL, .nin = 1, .nout = 1,
    .attrs = { { "axis", PLUMB_ATTR_INTS, "-1", "the axis to sum over" }, { "keep", PLUMB_ATTR_INTS, "0", "1: it stays as an axis of size 1" } },
    .lo = { -3 }, .hi = { 3 }, .shape = shape, .forward = forward, .vjp = vjp, .sample = sample };

/* ---- log_softmax ---- */

static plumb_status
log_shape(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    plumb_axis a;
    *out = *in;
    return plumb_axis_given(in, attr, &a, diag);
}

static plumb_status
log_row(const plumb_call *c, const plumb_array *y, const plumb_array *x, size_t n)
{
    const plumb_num *R = c->num;
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_array m, s;
    plumb_status st = plumb_take(c->work, R, 1, &m) | plumb_take(c->work, R, 1, &s);
    if (!st) {
        st |= top_and_log(c, x, n, &m, &s);
        m.inc = s.inc = 0;
        st |= R->map2(R, PLUMB_FN_SUB, y, x, &m, n, c->work) | R->map2(R, PLUMB_FN_SUB, y, y, &s, n, c->work);
    }
    plumb_work_give(c->work, mark);
    return st;
}

static plumb_status
log_forward(const plumb_call *c)
{
    plumb_axis a;
    plumb_status st = plumb_axis_of(&c->in[0], c->attr[0].ints[0], &a) ? PLUMB_OK : PLUMB_ESHAPE;
    for (size_t o = 0; !st && o < a.outer && a.k; o++)
        for (size_t i = 0; i < a.inner; i++) {
            plumb_array x = plumb_slice(&c->x[0], &a, o, i), y = plumb_slice(&c->y[0], &a, o, i);
            st |= log_row(c, &y, &x, a.k);
        }
    return st;
}

static plumb_status
log_vjp(const plumb_call *c)
{
    const plumb_num *R = c->num;
    plumb_axis a;
    plumb_array t, s;
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_status st = plumb_axis_of(&c->in[0], c->attr[0].ints[0], &a) ? plumb_take(c->work, R, a.k, &t) | plumb_take(c->work, R, 1, &s)
                                                                      : PLUMB_ESHAPE;
    for (size_t o = 0; !st && c->want[0] && o < a.outer && a.k; o++)
        for (size_t i = 0; i < a.inner; i++) {
            plumb_array to = plumb_slice(&c->x_bar[0], &a, o, i), y = plumb_slice(&c->y[0], &a, o, i), g = plumb_slice(&c->y_bar[0], &a, o, i);
            plumb_array sum = plumb_repeat(&s);
            st |= R->copy(R, &t, &g, a.k) | plumb_sum_axis(c, PLUMB_SET, &s, &t, 1, a.k, 1);
            st |= R->map1(R, PLUMB_FN_EXP, &t, &y, a.k, c->work) | R->map2(R, PLUMB_FN_MUL, &t, &t, &sum, a.k, c->work);
            st |= R->map2(R, PLUMB_FN_SUB, &t, &g, &t, a.k, c->work) | plumb_pass(c, c->mode[0], &to, &t, a.k);
        }
    plumb_work_give(c->work, mark);
    return st;
}

static int
log_sample(int i, plumb_case *c)
{
    static const plumb_case table[] = {
        { .in = { PLUMB_DIMS(3, 5) } },
        { .in = { PLUMB_DIMS(2, 3, 4) }, .attrs = "axis=1" },
        { .in = { PLUMB_DIMS(4, 2) }, .attrs = "axis=0" },
        { .in = { PLUMB_DIMS(3, 1) } },
        { .in = { PLUMB_DIMS(0, 4) } },
    };
    return plumb_case_of(table, PLUMB_LENGTH(table), i, c);
}

static int
log_fold(const plumb_shape *in, const plumb_attr *attr, unsigned laned)
{
    return laned == 1 && attr[0].ints[0] < 0 && in->rank < PLUMB_MAXRANK;
}

const plumb_op plumb_op_log_softmax = { "log_softmax", "logarithms of positive numbers of sum 1 along an axis", "y = x - log sum exp(x)",
    { NULL }, "Bridle 1990", PLUMB_GENERAL, .nin = 1, .nout = 1,
    .attrs = { { "axis", PLUMB_ATTR_INTS, "-1", "the axis whose exponentials sum to 1" } }, .lo = { -3 }, .hi = { 3 },
    .shape = log_shape, .forward = log_forward, .vjp = log_vjp, .sample = log_sample, .fold = log_fold };

/* ---- nll ---- */

static plumb_status
nll_shape(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    if (strcmp(attr[0].text, "mean") && strcmp(attr[0].text, "sum"))
        return plumb_fail(diag, PLUMB_EINPUT, "reduction=%s is neither mean nor sum", attr[0].text);
    if (in[0].rank != 2 || in[1].rank != 1 || in[0].dim[0] != in[1].dim[0])
        return plumb_fail(diag, PLUMB_ESHAPE, "logarithms of probabilities (n, classes) and n labels were expected");
    if (!in[0].dim[0] || !in[0].dim[1])
        return plumb_fail(diag, PLUMB_ESHAPE, "the loss of no sample, or of no class, does not exist");
    out->rank = 0;
    return PLUMB_OK;
}

static double
minus_divisor(const plumb_call *c)
{
    return strcmp(c->attr[0].text, "mean") ? -1 : -(double)c->in[0].dim[0];
}

static plumb_status
nll_forward(const plumb_call *c)
{
    size_t b = c->in[0].dim[0], n = c->in[0].dim[1];
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_array own;
    plumb_status st = plumb_take(c->work, c->num, b, &own);
    if (!plumb_labels_fit(c->index[1], b, n))
        st |= PLUMB_EINPUT;
    for (size_t i = 0; i < b && !st; i++) {
        plumb_array to = plumb_at(&own, (ptrdiff_t)i), x = plumb_at(&c->x[0], (ptrdiff_t)(i * n) + (ptrdiff_t)c->index[1][i]);
        st |= c->num->copy(c->num, &to, &x, 1);
    }
    if (!st)
        st |= plumb_sum_axis(c, PLUMB_SET, &c->y[0], &own, 1, b, 1) | plumb_divide(c, PLUMB_SET, &c->y[0], &c->y[0], minus_divisor(c), 1);
    plumb_work_give(c->work, mark);
    return st;
}

static plumb_status
nll_vjp(const plumb_call *c)
{
    size_t b = c->in[0].dim[0], n = c->in[0].dim[1];
    plumb_status st = PLUMB_OK;
    if (!c->want[0])
        return PLUMB_OK;
    if (!plumb_labels_fit(c->index[1], b, n))
        return PLUMB_EINPUT;
    if (c->mode[0] == PLUMB_SET)
        st |= plumb_zero(c->num, &c->x_bar[0], b * n);
    for (size_t i = 0; i < b; i++) {
        plumb_array to = plumb_at(&c->x_bar[0], (ptrdiff_t)(i * n) + (ptrdiff_t)c->index[1][i]);
        st |= plumb_divide(c, PLUMB_ADD, &to, &c->y_bar[0], minus_divisor(c), 1);
    }
    return st;
}

static int
nll_sample(int i, plumb_case *c)
{
    static const plumb_case table[] = {
        { .in = { PLUMB_DIMS(4, 5), PLUMB_DIMS(4) }, .classes = 5 },
        { .in = { PLUMB_DIMS(3, 7), PLUMB_DIMS(3) }, .classes = 7, .attrs = "reduction=sum" },
        { .in = { PLUMB_DIMS(1, 2), PLUMB_DIMS(1) }, .classes = 2 },
    };
    return plumb_case_of(table, PLUMB_LENGTH(table), i, c);
}

const plumb_op plumb_op_nll = { "nll", "loss of logarithms of probabilities against labels", "minus the mean of x[label]", { NULL },
    "Fisher 1922", PLUMB_LINEAR, .nin = 2, .nout = 1, .element = { PLUMB_REAL, PLUMB_INDEX },
    .attrs = { { "reduction", PLUMB_ATTR_TEXT, "mean", "mean or sum over the samples" } }, .shape = nll_shape,
    .forward = nll_forward, .vjp = nll_vjp, .sample = nll_sample };
