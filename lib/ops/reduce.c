/* reduce.c - sum and mean over axes
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One axis at a time, the last one first; the vjp stretches one axis at a time, the first one first. */
#include "lib/ops/ops.h"

/* bit i: axis i is summed over; 0 with a bad attribute in *ok */
static unsigned
axes_of(const plumb_shape *in, const plumb_attr *attr, int *ok)
{
    unsigned mask = attr[0].n ? 0 : (1u << in->rank) - 1;
    *ok = 1;
    for (int i = 0; i < attr[0].n; i++) {
        long a = attr[0].ints[i] + (attr[0].ints[i] < 0 ? in->rank : 0);
        if (a < 0 || a >= in->rank || mask >> a & 1)
            *ok = 0;
        else
            mask |= 1u << a;
    }
    return mask;
}

static plumb_status
shape(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    int ok, keep = attr[1].n && attr[1].ints[0];
    unsigned mask = axes_of(in, attr, &ok);
    if (!ok)
        return plumb_fail(diag, PLUMB_ESHAPE, "axes names an axis twice or one that the %d axes do not have", in->rank);
    out->rank = 0;
    for (int i = 0; i < in->rank; i++)
        if (!(mask >> i & 1))
            out->dim[out->rank++] = in->dim[i];
        else if (keep)
            out->dim[out->rank++] = 1;
    return PLUMB_OK;
}

static size_t
product(const plumb_shape *s, unsigned without, int from, int to)
{
    size_t n = 1;
    for (int i = from; i < to; i++)
        if (!(without >> i & 1))
            n *= s->dim[i];
    return n;
}

static double
count(const plumb_call *c, unsigned mask)
{
    return (double)product(&c->in[0], ~mask, 0, c->in[0].rank);
}

static plumb_status
reduce(const plumb_call *c, int mean)
{
    const plumb_shape *in = &c->in[0];
    int ok;
    unsigned mask = axes_of(in, c->attr, &ok), done = 0;
    plumb_array from = c->x[0], to;
    plumb_mark mark = plumb_work_mark(c->work);
    size_t n = plumb_shape_size(&c->out[0]);
    plumb_status st = PLUMB_OK;
    for (int a = in->rank - 1; a >= 0; a--)
        if (mask >> a & 1) {
            size_t outer = product(in, done, 0, a), inner = product(in, done | 1u << a, a, in->rank);
            st |= plumb_take(c->work, c->num, outer * inner, &to);
            if (st & PLUMB_ENOMEM)
                return st;
            st |= plumb_sum_axis(c, PLUMB_SET, &to, &from, outer, in->dim[a], inner);
            from = to, done |= 1u << a;
        }
    if (mean && count(c, mask) == 0 && n)
        st |= PLUMB_EDOMAIN;            /* and 0/0 below makes it NaN */
    st |= mean ? plumb_divide(c, PLUMB_SET, &c->y[0], &from, count(c, mask), n)
               : plumb_pass(c, PLUMB_SET, &c->y[0], &from, n);
    plumb_work_give(c->work, mark);
    return st;
}

/* to (outer x k x inner) = from (outer x inner), repeated */
static plumb_status
repeat(const plumb_call *c, plumb_mode mode, const plumb_array *to, const plumb_array *from, size_t outer, size_t k,
    size_t inner)
{
    plumb_status st = PLUMB_OK;
    for (size_t o = 0; o < outer; o++)
        for (size_t j = 0; j < (inner == 1 ? 1 : k); j++) {
            plumb_array row = plumb_at(to, (ptrdiff_t)((o * k + j) * inner)), x = plumb_at(from, (ptrdiff_t)(o * inner));
            if (inner == 1)
                x.inc = 0;
            st |= plumb_pass(c, mode, &row, &x, inner == 1 ? k : inner);
        }
    return st;
}

static plumb_status
spread(const plumb_call *c, int mean)
{
    const plumb_shape *in = &c->in[0];
    int ok;
    unsigned mask = axes_of(in, c->attr, &ok);
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_array from = c->y_bar[0], to;
    size_t n = plumb_shape_size(&c->out[0]);
    plumb_status st = PLUMB_OK;
    if (!c->want[0])
        return PLUMB_OK;
    if (mean) {
        st |= plumb_take(c->work, c->num, n, &to);
        if (st & PLUMB_ENOMEM)
            return st;
        st |= plumb_divide(c, PLUMB_SET, &to, &from, count(c, mask), n);
        from = to;
    }
    for (int a = 0; a < in->rank; a++)
        if (mask >> a & 1) {
            size_t outer = product(in, 0, 0, a), inner = product(in, mask, a + 1, in->rank);
            st |= plumb_take(c->work, c->num, outer * in->dim[a] * inner, &to);
            if (st & PLUMB_ENOMEM)
                return st;
            st |= repeat(c, PLUMB_SET, &to, &from, outer, in->dim[a], inner);
            from = to;
        }
    st |= plumb_pass(c, c->mode[0], &c->x_bar[0], &from, plumb_shape_size(in));
    plumb_work_give(c->work, mark);
    return st;
}

static plumb_status
sum_forward(const plumb_call *c)
{
    return reduce(c, 0);
}

static plumb_status
mean_forward(const plumb_call *c)
{
    return reduce(c, 1);
}

static plumb_status
sum_vjp(const plumb_call *c)
{
    return spread(c, 0);
}

static plumb_status
mean_vjp(const plumb_call *c)
{
    return spread(c, 1);
}

static int
sample(int i, plumb_case *c)
{
    static const plumb_case table[] = {
        { .in = { PLUMB_DIMS(3, 5) } },
        { .in = { PLUMB_DIMS(2, 3, 4) }, .attrs = "axes=1" },
        { .in = { PLUMB_DIMS(2, 3, 4) }, .attrs = "axes=0:-1,keep=1" },
        { .in = { PLUMB_DIMS(1, 4) }, .attrs = "axes=0" },
        { .in = { PLUMB_DIMS(2, 1, 3, 2) }, .attrs = "axes=1:3" },
        { .in = { PLUMB_DIMS(0, 3) }, .attrs = "axes=1" },
    };
    return plumb_case_of(table, PLUMB_LENGTH(table), i, c);
}

#define REDUCE                                                                                      \
    PLUMB_LINEAR, .nin = 1, .nout = 1,                                                              \
    .attrs = { { "axes", PLUMB_ATTR_INTS, "", "the axes to go over; none: all" },                   \
        { "keep", PLUMB_ATTR_INTS, "0", "1: they stay as axes of size 1" } },                       \
    .shape = shape, .sample = sample
const plumb_op plumb_op_sum = { "sum", "sum over axes", "y = sum of x", { NULL }, "definition", REDUCE,
    .forward = sum_forward, .vjp = sum_vjp };
const plumb_op plumb_op_mean = { "mean", "mean over axes", "y = sum of x / count", { NULL }, "definition", REDUCE,
    .forward = mean_forward, .vjp = mean_vjp };
