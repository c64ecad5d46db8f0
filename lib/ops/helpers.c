/* helpers.c - the few moves that structural ops share
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/ops/ops.h"

plumb_status
plumb_pass(const plumb_call *c, plumb_mode mode, const plumb_array *y, const plumb_array *x, size_t n)
{
    const plumb_num *R = c->num;
    if (!n)
        return PLUMB_OK;
    return mode == PLUMB_SET ? R->copy(R, y, x, n) : R->map2(R, PLUMB_FN_ADD, y, y, x, n, c->work);
}

plumb_status
plumb_sum_axis(const plumb_call *c, plumb_mode mode, const plumb_array *y, const plumb_array *x, size_t outer, size_t k,
    size_t inner)
{
    plumb_status st = PLUMB_OK;
    if (inner == 1)
        return plumb_gemm(c->num, mode, &(plumb_mm){ 0, 0, outer, 1, k, k ? k : 1, 1, 1 }, y, x, &c->ones, c->work);
    for (size_t o = 0; o < outer; o++) {
        plumb_array to = plumb_at(y, (ptrdiff_t)(o * inner)), from = plumb_at(x, (ptrdiff_t)(o * k * inner));
        st |= plumb_gemm(c->num, mode, &(plumb_mm){ 0, 0, 1, inner, k, k ? k : 1, inner, inner }, &to, &c->ones, &from,
            c->work);
    }
    return st;
}

plumb_status
plumb_divide(const plumb_call *c, plumb_mode mode, const plumb_array *y, const plumb_array *x, double by, size_t n)
{
    const plumb_num *R = c->num;
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_array d, t = *y;
    plumb_status st = plumb_take_constant(c->work, R, by, &d);
    if (mode == PLUMB_ADD)
        st |= plumb_take(c->work, R, n, &t);
    if (!st && n) {
        st |= R->map2(R, PLUMB_FN_DIV, &t, x, &d, n, c->work);
        if (mode == PLUMB_ADD)
            st |= plumb_pass(c, PLUMB_ADD, y, &t, n);
    }
    plumb_work_give(c->work, mark);
    return st;
}

int
plumb_axis_of(const plumb_shape *s, long axis, plumb_axis *a)
{
    if (axis < 0)
        axis += s->rank;
    if (axis < 0 || axis >= s->rank)
        return 0;
    *a = (plumb_axis){ 1, s->dim[axis], 1 };
    for (int i = 0; i < s->rank; i++)
        if (i < axis)
            a->outer *= s->dim[i];
        else if (i > axis)
            a->inner *= s->dim[i];
    return 1;
}

plumb_status
plumb_axis_given(const plumb_shape *in, const plumb_attr *attr, plumb_axis *x, plumb_diag *diag)
{
    if (attr[0].n == 1 && plumb_axis_of(in, attr[0].ints[0], x))
        return PLUMB_OK;
    return plumb_fail(diag, PLUMB_ESHAPE, "axis %ld is not one of the %d axes", attr[0].n ? attr[0].ints[0] : 0, in->rank);
}

plumb_array
plumb_slice(const plumb_array *a, const plumb_axis *x, size_t o, size_t i)
{
    plumb_array r = plumb_at(a, (ptrdiff_t)(o * x->k * x->inner + i));
    r.inc = (ptrdiff_t)x->inner;
    return r;
}

void
plumb_shape_without(const plumb_shape *in, long axis, int keep, plumb_shape *out)
{
    plumb_shape s = { 0, { 0 } };
    axis += axis < 0 ? in->rank : 0;
    for (int i = 0; i < in->rank; i++)
        if (i != axis || keep)
            s.dim[s.rank++] = i == axis ? 1 : in->dim[i];
    *out = s;
}

int
plumb_labels_fit(const int64_t *label, size_t n, size_t classes)
{
    for (size_t i = 0; i < n; i++)
        if (label[i] < 0 || (size_t)label[i] >= classes)
            return 0;
    return 1;
}

plumb_status
plumb_fill(const plumb_call *c, const plumb_array *y, double v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        plumb_set_d(c->num, y, i, v);
    return PLUMB_OK;
}
