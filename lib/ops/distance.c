/* distance.c - squared lengths: of one array, and between the rows of two
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * squared_norm: y = sum x_i^2,  x_bar = 2 x y_bar.
 * squared_distances: x (n, f), w (k, f), y[i,j] = sum_f (x_if - w_jf)^2;
 * x_bar_i = sum_j 2 y_bar_ij (x_i - w_j),  w_bar_j = -sum_i 2 y_bar_ij (x_i - w_j).  The differences are kept. */
#include "lib/ops/ops.h"

static const plumb_program square = { 1, 1, { { PLUMB_FN_MUL, 0, 0, 0 } } };

static plumb_status
norm_shape(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    (void)in, (void)attr, (void)diag;
    out->rank = 0;
    return PLUMB_OK;
}

static plumb_status
norm_forward(const plumb_call *c)
{
    size_t n = plumb_shape_size(&c->in[0]);
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_array q;
    plumb_status st = plumb_take(c->work, c->num, n, &q);
    if (!st)
        st |= plumb_program_run(c->num, &square, PLUMB_SET, &q, &c->x[0], n, c->work) | plumb_sum_axis(c, PLUMB_SET, &c->y[0], &q, 1, n, 1);
    plumb_work_give(c->work, mark);
    return st;
}

static plumb_status
norm_vjp(const plumb_call *c)
{
    size_t n = plumb_shape_size(&c->in[0]);
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_array t, two, g = plumb_repeat(&c->y_bar[0]);
    plumb_status st = plumb_take(c->work, c->num, n, &t) | plumb_take_constant(c->work, c->num, 2, &two);
    if (!st && c->want[0] && n) {
        st |= c->num->map2(c->num, PLUMB_FN_MUL, &t, &c->x[0], &two, n, c->work) | c->num->map2(c->num, PLUMB_FN_MUL, &t, &t, &g, n, c->work);
        st |= plumb_pass(c, c->mode[0], &c->x_bar[0], &t, n);
    }
    plumb_work_give(c->work, mark);
    return st;
}

static int
norm_sample(int i, plumb_case *c)
{
    static const plumb_case table[] = {
        { .in = { PLUMB_DIMS(7) } },
        { .in = { PLUMB_DIMS(3, 5) } },
        { .in = { { 0, { 0 } } } },
        { .in = { PLUMB_DIMS(0, 3) } },
    };
    return plumb_case_of(table, PLUMB_LENGTH(table), i, c);
}

const plumb_op plumb_op_squared_norm = { "squared_norm", "sum of squares of all elements", "y = sum x^2", { NULL }, "definition",
    PLUMB_GENERAL, .nin = 1, .nout = 1, .shape = norm_shape, .forward = norm_forward, .vjp = norm_vjp, .sample = norm_sample };

/* ---- squared_distances ---- */

typedef struct sizes {
    size_t n, k, f;
} sizes;

static sizes
sizes_of(const plumb_shape *in)
{
    return (sizes){ in[0].dim[0], in[1].dim[0], in[0].dim[1] };
}

static plumb_status
shape(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    (void)attr;
    if (in[0].rank != 2 || in[1].rank != 2)
        return plumb_fail(diag, PLUMB_ESHAPE, "x (n, f) and w (k, f) were expected");
    if (in[0].dim[1] != in[1].dim[1])
        return plumb_fail(diag, PLUMB_ESHAPE, "x has %zu features, w has %zu", in[0].dim[1], in[1].dim[1]);
    *out = (plumb_shape){ 2, { in[0].dim[0], in[1].dim[0] } };
    return PLUMB_OK;
}

static size_t
saved(const plumb_shape *in, const plumb_attr *attr)
{
    sizes s = sizes_of(in);
    (void)attr;
    return s.n * s.k * s.f;
}

static plumb_status
forward(const plumb_call *c)
{
    const plumb_num *R = c->num;
    sizes s = sizes_of(c->in);
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_array q;
    plumb_status st = plumb_take(c->work, R, s.f, &q);
    for (size_t i = 0; i < s.n && !st; i++)
        for (size_t j = 0; j < s.k && !st; j++) {
            plumb_array x = plumb_at(&c->x[0], (ptrdiff_t)(i * s.f)), w = plumb_at(&c->x[1], (ptrdiff_t)(j * s.f));
            plumb_array d = plumb_at(&c->saved, (ptrdiff_t)((i * s.k + j) * s.f)), y = plumb_at(&c->y[0], (ptrdiff_t)(i * s.k + j));
            if (s.f)
                st |= R->map2(R, PLUMB_FN_SUB, &d, &x, &w, s.f, c->work) | plumb_program_run(R, &square, PLUMB_SET, &q, &d, s.f, c->work);
            st |= plumb_sum_axis(c, PLUMB_SET, &y, &q, 1, s.f, 1);
        }
    plumb_work_give(c->work, mark);
    return st;
}

/* t = 2 y_bar (x_i - w_j) for every pair */
static plumb_status
pairs(const plumb_call *c, const sizes *s, const plumb_array *t)
{
    const plumb_num *R = c->num;
    plumb_array two;
    plumb_status st = plumb_take_constant(c->work, R, 2, &two);
    for (size_t p = 0; p < s->n * s->k && !st && s->f; p++) {
        plumb_array d = plumb_at(&c->saved, (ptrdiff_t)(p * s->f)), to = plumb_at(t, (ptrdiff_t)(p * s->f));
        plumb_array y_bar = plumb_at(&c->y_bar[0], (ptrdiff_t)p), g = plumb_repeat(&y_bar);
        st |= R->map2(R, PLUMB_FN_MUL, &to, &d, &two, s->f, c->work) | R->map2(R, PLUMB_FN_MUL, &to, &to, &g, s->f, c->work);
    }
    return st;
}

static plumb_status
vjp(const plumb_call *c)
{
    sizes s = sizes_of(c->in);
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_array t;
    plumb_status st = plumb_take(c->work, c->num, s.n * s.k * s.f, &t);
    if (!st)
        st |= pairs(c, &s, &t);
    for (size_t i = 0; i < s.n && c->want[0] && !(st & PLUMB_ENOMEM); i++) {       /* over the rows of w */
        plumb_array from = plumb_at(&t, (ptrdiff_t)(i * s.k * s.f)), to = plumb_at(&c->x_bar[0], (ptrdiff_t)(i * s.f));
        st |= plumb_sum_axis(c, c->mode[0], &to, &from, 1, s.k, s.f);
    }
    if (c->want[1] && !(st & PLUMB_ENOMEM) && s.n && s.k && s.f)
        st |= c->num->map1(c->num, PLUMB_FN_NEG, &t, &t, s.n * s.k * s.f, c->work);
    if (c->want[1] && !(st & PLUMB_ENOMEM))                     /* over the rows of x */
        st |= plumb_sum_axis(c, c->mode[1], &c->x_bar[1], &t, 1, s.n, s.k * s.f);
    plumb_work_give(c->work, mark);
    return st;
}

static int
sample(int i, plumb_case *c)
{
    static const plumb_case table[] = {
        { .in = { PLUMB_DIMS(3, 4), PLUMB_DIMS(5, 4) } },
        { .in = { PLUMB_DIMS(1, 3), PLUMB_DIMS(2, 3) } },
        { .in = { PLUMB_DIMS(2, 1), PLUMB_DIMS(1, 1) } },
        { .in = { PLUMB_DIMS(0, 3), PLUMB_DIMS(2, 3) } },
        { .in = { PLUMB_DIMS(2, 0), PLUMB_DIMS(3, 0) } },
    };
    return plumb_case_of(table, PLUMB_LENGTH(table), i, c);
}

const plumb_op plumb_op_squared_distances = { "squared_distances", "squared distances between the rows of two arrays",
    "y[i,j] = sum over f of (x[i,f] - w[j,f])^2", { NULL }, "definition", PLUMB_GENERAL, .nin = 2, .nout = 1, .shape = shape,
    .saved = saved, .forward = forward, .vjp = vjp, .sample = sample };
