/* mse.c - mean squared error over all elements:  loss = sum (y - t)^2 / n,
 * y_bar = 2 (y - t)/n loss_bar,  t_bar = -y_bar
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/ops/ops.h"

static plumb_status
shape(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    (void)attr;
    if (!plumb_shape_equal(&in[0], &in[1]))
        return plumb_fail(diag, PLUMB_ESHAPE, "the two shapes must be equal");
    if (!plumb_shape_size(&in[0]))
        return plumb_fail(diag, PLUMB_ESHAPE, "the mean of nothing does not exist");
    out->rank = 0;
    return PLUMB_OK;
}

static size_t
saved(const plumb_shape *in, const plumb_attr *attr)
{
    (void)attr;
    return plumb_shape_size(&in[0]);            /* y - t */
}

static plumb_status
forward(const plumb_call *c)
{
    static const plumb_program square = { 1, 1, { { PLUMB_FN_MUL, 0, 0, 0 } } };
    const plumb_num *R = c->num;
    size_t n = plumb_shape_size(&c->in[0]);
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_array q;
    plumb_status st = plumb_take(c->work, R, n, &q);
    if (!st) {
        st |= R->map2(R, PLUMB_FN_SUB, &c->saved, &c->x[0], &c->x[1], n, c->work);
        st |= plumb_program_run(R, &square, PLUMB_SET, &q, &c->saved, n, c->work);
        st |= plumb_sum_axis(c, PLUMB_SET, &c->y[0], &q, 1, n, 1);
        st |= plumb_divide(c, PLUMB_SET, &c->y[0], &c->y[0], (double)n, 1);
    }
    plumb_work_give(c->work, mark);
    return st;
}

static plumb_status
vjp(const plumb_call *c)
{
    const plumb_num *R = c->num;
    size_t n = plumb_shape_size(&c->in[0]);
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_array t, two, g = plumb_repeat(&c->y_bar[0]);
    plumb_status st = plumb_take(c->work, R, n, &t) | plumb_take_constant(c->work, R, 2, &two);
    if (st)
        return st;
    st |= R->map2(R, PLUMB_FN_MUL, &t, &c->saved, &two, n, c->work) | plumb_divide(c, PLUMB_SET, &t, &t, (double)n, n);
    st |= R->map2(R, PLUMB_FN_MUL, &t, &t, &g, n, c->work);
    if (c->want[0])
        st |= plumb_pass(c, c->mode[0], &c->x_bar[0], &t, n);
    st |= R->map1(R, PLUMB_FN_NEG, &t, &t, n, c->work);
    if (c->want[1])
        st |= plumb_pass(c, c->mode[1], &c->x_bar[1], &t, n);
    plumb_work_give(c->work, mark);
    return st;
}

static int
sample(int i, plumb_case *c)
{
    static const plumb_case table[] = {
        { .in = { PLUMB_DIMS(3, 4), PLUMB_DIMS(3, 4) } },
        { .in = { PLUMB_DIMS(7), PLUMB_DIMS(7) } },
        { .in = { { 0, { 0 } }, { 0, { 0 } } } },
        { .in = { PLUMB_DIMS(2, 1, 3), PLUMB_DIMS(2, 1, 3) } },
    };
    return plumb_case_of(table, PLUMB_LENGTH(table), i, c);
}

const plumb_op plumb_op_mse = { "mse", "mean squared error over all elements", "sum (y - t)^2 / n", { NULL },
    "Legendre 1805", PLUMB_GENERAL, .nin = 2, .nout = 1, .shape = shape, .saved = saved, .forward = forward, .vjp = vjp,
    .sample = sample };
