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
