/* softmax.c - softmax over an axis, and the cross-entropy of logits and labels
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * p_i = exp(z_i - m) / sum_j exp(z_j - m),  m the largest z.   z_bar = p (p_bar - sum_j p_j p_bar_j)
 * loss = mean (or sum) over rows of log sum_j exp(z_j - m) - (z_label - m).   z_bar = y_bar (p - t)/N
 *
 * Rounding: numerator and sum share errors, so that the op-by-op variance is too wide for a sure
 * row.  With E in units of u^2/4, e_j = E_zj + (z_j-m)^2 + 1 (the logit, its shift, the exponential), n/3
 * for the sum of n positive terms and 1 for the quotient:
 * E_p = p^2 ((1-2p) e + sum_j p_j^2 e_j + n/3 + 1). */
#include <string.h>
#include "lib/ops/ops.h"

/* p = softmax of n numbers with increment inc; where log_sum is given it gets log sum exp(z - m),
 * and d (n numbers) z - m */
static plumb_status
softmax_row(const plumb_call *c, const plumb_array *p, const plumb_array *z, const plumb_array *d,
    const plumb_array *log_sum, size_t n)
{
    const plumb_num *R = c->num;
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_array m, e, s;
    plumb_status st = plumb_take(c->work, R, 1, &m) | plumb_take(c->work, R, n, &e) | plumb_take(c->work, R, 1, &s);
    if (!st) {
        st |= R->top(R, &m, z, n);
        m.inc = 0;
        st |= R->map2(R, PLUMB_FN_SUB, d ? d : &e, z, &m, n, c->work);
        st |= R->map1(R, PLUMB_FN_EXP, &e, d ? d : &e, n, c->work);
        st |= plumb_sum_axis(c, PLUMB_SET, &s, &e, 1, n, 1);
        if (log_sum)
            st |= R->map1(R, PLUMB_FN_LOG, log_sum, &s, 1, c->work);
        s.inc = 0;
        st |= R->map2(R, PLUMB_FN_DIV, p, &e, &s, n, c->work);
    }
    plumb_work_give(c->work, mark);
    return st;
}

/* The two formulas of the variance, of p, E_z, z, m, sum_j p_j^2 e_j and n. */
typedef struct variances {
    plumb_program rule, part;
} variances;

static plumb_status
variance_rules(variances *v)
{
    static const char *const vars[] = { "p", "e", "z", "m", "s", "n" };
    return plumb_formula_parse("p*p*((1 - 2*p)*(e + (z - m)*(z - m) + 1) + s + n/3 + 1)", vars, 6, &v->rule, NULL) |
        plumb_formula_parse("p*p*(e + (z - m)*(z - m) + 1)", vars, 6, &v->part, NULL);
}

/* Writes the variances of p from those of z: both of n numbers with their increments. */
static plumb_status
row_variance(const plumb_call *c, const variances *v, const plumb_array *p, const plumb_array *z, size_t n)
{
    const plumb_num *B = c->num->base;
    plumb_array pv = plumb_half(B, p, 0), pe = plumb_half(B, p, 1), zv = plumb_half(B, z, 0), ze = plumb_half(B, z, 1);
    plumb_array zero, count, m, t, s;
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_status st;
    if (n == 1)                                 /* exp(0)/exp(0): exactly 1 */
        return plumb_zero(B, &pe, 1);
    st = plumb_take_constant(c->work, B, 0, &zero) | plumb_take_constant(c->work, B, (double)n, &count) | plumb_take(c->work, B, 1, &m) |
        plumb_take(c->work, B, n, &t) | plumb_take(c->work, B, 1, &s);
    if (!st) {
        plumb_array in[6] = { pv, plumb_absent(&ze) ? zero : ze, zv, plumb_repeat(&m), zero, count };
        plumb_array ones = plumb_half(B, &c->ones, 0);
        st |= B->top(B, &m, &zv, n) | plumb_program_run(B, &v->part, PLUMB_SET, &t, in, n, c->work);
        st |= plumb_gemm(B, PLUMB_SET, &(plumb_mm){ 0, 0, 1, 1, n, n, 1, 1 }, &s, &t, &ones, c->work);
        in[4] = plumb_repeat(&s);
        st |= plumb_program_run(B, &v->rule, PLUMB_SET, &pe, in, n, c->work);
    }
    plumb_work_give(c->work, mark);
    return st;
}

static plumb_status
shape(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    plumb_axis x;
    *out = *in;
    return plumb_axis_given(in, attr, &x, diag);
}

static plumb_status
forward(const plumb_call *c)
{
    plumb_axis x;
    plumb_status st = plumb_axis_of(&c->in[0], c->attr[0].ints[0], &x) ? PLUMB_OK : PLUMB_ESHAPE;
    for (size_t o = 0; !st && o < x.outer && x.k; o++)
        for (size_t i = 0; i < x.inner; i++) {
            plumb_array p = plumb_slice(&c->y[0], &x, o, i), z = plumb_slice(&c->x[0], &x, o, i);
            st |= softmax_row(c, &p, &z, NULL, NULL, x.k);
        }
    return st;
}

static plumb_status
vjp_row(const plumb_call *c, const plumb_array *to, const plumb_array *p, const plumb_array *g, size_t n)
{
    const plumb_num *R = c->num;
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_array t, s;
    plumb_status st = plumb_take(c->work, R, n, &t) | plumb_take(c->work, R, 1, &s);
    if (!st) {
        st |= R->map2(R, PLUMB_FN_MUL, &t, p, g, n, c->work) | plumb_sum_axis(c, PLUMB_SET, &s, &t, 1, n, 1);
        s.inc = 0;
        st |= R->map2(R, PLUMB_FN_SUB, &t, g, &s, n, c->work) | R->map2(R, PLUMB_FN_MUL, &t, p, &t, n, c->work);
        st |= plumb_pass(c, c->mode[0], to, &t, n);
    }
    plumb_work_give(c->work, mark);
    return st;
}

static plumb_status
vjp(const plumb_call *c)
{
    plumb_axis x;
    plumb_status st = plumb_axis_of(&c->in[0], c->attr[0].ints[0], &x) ? PLUMB_OK : PLUMB_ESHAPE;
    for (size_t o = 0; !st && c->want[0] && o < x.outer && x.k; o++)
        for (size_t i = 0; i < x.inner; i++) {
            plumb_array to = plumb_slice(&c->x_bar[0], &x, o, i), p = plumb_slice(&c->y[0], &x, o, i), g = plumb_slice(&c->y_bar[0], &x, o, i);
            st |= vjp_row(c, &to, &p, &g, x.k);
        }
    return st;
}

static plumb_status
roundoff(const plumb_call *c, int reverse)
{
    plumb_axis x;
    variances v;
    plumb_status st = plumb_axis_of(&c->in[0], c->attr[0].ints[0], &x) ? variance_rules(&v) : PLUMB_ESHAPE;
    for (size_t o = 0; !st && !reverse && o < x.outer && x.k; o++)
        for (size_t i = 0; i < x.inner; i++) {
            plumb_array p = plumb_slice(&c->y[0], &x, o, i), z = plumb_slice(&c->x[0], &x, o, i);
            st |= row_variance(c, &v, &p, &z, x.k);
        }
    return st;
}

static int
sample(int i, plumb_case *c)
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
fold(const plumb_shape *in, const plumb_attr *attr, unsigned laned)
{
    return laned == 1 && attr[0].ints[0] < 0 && in->rank < PLUMB_MAXRANK;
}

const plumb_op plumb_op_softmax = { "softmax", "positive numbers of sum 1 along an axis", "p = exp(z)/sum exp(z)", { NULL },
    "Bridle 1990", PLUMB_GENERAL, .nin = 1, .nout = 1,
    .attrs = { { "axis", PLUMB_ATTR_INTS, "-1", "the axis that sums to 1" } }, .lo = { -3 }, .hi = { 3 }, .shape = shape,
    .forward = forward, .vjp = vjp, .sample = sample, .fold = fold, .roundoff = roundoff };

/* ---- cross_entropy ---- */

static plumb_status
cross_shape(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    if (strcmp(attr[0].text, "mean") && strcmp(attr[0].text, "sum"))
        return plumb_fail(diag, PLUMB_EINPUT, "reduction=%s is neither mean nor sum", attr[0].text);
    if (in[0].rank != 2 || in[1].rank != 1 || in[0].dim[0] != in[1].dim[0])
        return plumb_fail(diag, PLUMB_ESHAPE, "logits (n, classes) and n labels were expected");
    if (!in[0].dim[0] || !in[0].dim[1])
        return plumb_fail(diag, PLUMB_ESHAPE, "the loss of no sample, or of no class, does not exist");
    out->rank = 0;
    return PLUMB_OK;
}

static size_t
cross_saved(const plumb_shape *in, const plumb_attr *attr)
{
    (void)attr;
    return plumb_shape_size(&in[0]);
}

static double
divisor(const plumb_call *c)
{
    return strcmp(c->attr[0].text, "mean") ? 1 : (double)c->in[0].dim[0];
}

static plumb_status
cross_forward(const plumb_call *c)
{
    const plumb_num *R = c->num;
    size_t b = c->in[0].dim[0], n = c->in[0].dim[1];
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_array d, losses;
    plumb_status st = plumb_take(c->work, R, n, &d) | plumb_take(c->work, R, b, &losses);
    if (!plumb_labels_fit(c->index[1], b, n))
        st |= PLUMB_EINPUT;
    for (size_t i = 0; i < b && !(st & (PLUMB_ENOMEM | PLUMB_EINPUT)); i++) {
        plumb_array p = plumb_at(&c->saved, (ptrdiff_t)(i * n)), z = plumb_at(&c->x[0], (ptrdiff_t)(i * n));
        plumb_array l = plumb_at(&losses, (ptrdiff_t)i), own = plumb_at(&d, (ptrdiff_t)c->index[1][i]);
        st |= softmax_row(c, &p, &z, &d, &l, n) | R->map2(R, PLUMB_FN_SUB, &l, &l, &own, 1, c->work);
    }
    if (!(st & (PLUMB_ENOMEM | PLUMB_EINPUT)))
        st |= plumb_sum_axis(c, PLUMB_SET, &c->y[0], &losses, 1, b, 1) |
            plumb_divide(c, PLUMB_SET, &c->y[0], &c->y[0], divisor(c), 1);
    plumb_work_give(c->work, mark);
    return st;
}

static plumb_status
cross_vjp(const plumb_call *c)
{
    const plumb_num *R = c->num;
    size_t b = c->in[0].dim[0], n = c->in[0].dim[1];
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_array t, one, g = plumb_repeat(&c->y_bar[0]);
    plumb_status st;
    if (!c->want[0])
        return PLUMB_OK;
    if (!plumb_labels_fit(c->index[1], b, n))
        return PLUMB_EINPUT;
    st = plumb_take(c->work, R, b * n, &t) | plumb_take_constant(c->work, R, 1, &one);
    if (!st) {
        st |= R->copy(R, &t, &c->saved, b * n);
        for (size_t i = 0; i < b; i++) {
            plumb_array own = plumb_at(&t, (ptrdiff_t)(i * n) + (ptrdiff_t)c->index[1][i]);
            st |= R->map2(R, PLUMB_FN_SUB, &own, &own, &one, 1, c->work);
        }
        st |= plumb_divide(c, PLUMB_SET, &t, &t, divisor(c), b * n);
        st |= R->map2(R, PLUMB_FN_MUL, &t, &t, &g, b * n, c->work);
        st |= plumb_pass(c, c->mode[0], &c->x_bar[0], &t, b * n);
    }
    plumb_work_give(c->work, mark);
    return st;
}

static plumb_status
cross_roundoff(const plumb_call *c, int reverse)
{
    size_t n = c->in[0].dim[1];
    variances v;
    plumb_status st = variance_rules(&v);
    for (size_t i = 0; !reverse && i < c->in[0].dim[0]; i++) {
        plumb_array p = plumb_at(&c->saved, (ptrdiff_t)(i * n)), z = plumb_at(&c->x[0], (ptrdiff_t)(i * n));
        st |= row_variance(c, &v, &p, &z, n);
    }
    return st;
}

static int
cross_sample(int i, plumb_case *c)
{
    static const plumb_case table[] = {
        { .in = { PLUMB_DIMS(4, 5), PLUMB_DIMS(4) }, .classes = 5 },
        { .in = { PLUMB_DIMS(3, 7), PLUMB_DIMS(3) }, .classes = 7, .attrs = "reduction=sum" },
        { .in = { PLUMB_DIMS(1, 2), PLUMB_DIMS(1) }, .classes = 2 },
        { .in = { PLUMB_DIMS(3, 1), PLUMB_DIMS(3) }, .classes = 1 },
    };
    return plumb_case_of(table, PLUMB_LENGTH(table), i, c);
}

const plumb_op plumb_op_cross_entropy = { "cross_entropy", "loss of logits against labels",
    "mean of log sum exp(z) - z[label]", { NULL }, "Bridle 1990", PLUMB_GENERAL, .nin = 2, .nout = 1,
    .element = { PLUMB_REAL, PLUMB_INDEX },
    .attrs = { { "reduction", PLUMB_ATTR_TEXT, "mean", "mean or sum over the samples" } }, .lo = { -3 }, .hi = { 3 },
    .shape = cross_shape, .saved = cross_saved, .forward = cross_forward, .vjp = cross_vjp, .sample = cross_sample,
    .roundoff = cross_roundoff };
