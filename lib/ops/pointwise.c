/* pointwise.c - what every op given by a formula does: broadcast, run the program, sum back
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shapes broadcast from the right as in numpy.  The innermost axes over which every operand moves
 * alike are one run of the program; the outer ones are counted through.  The vjp of an input that was
 * broadcast makes the full cotangent and sums it over the axes that were stretched. */
#include "lib/ops/ops.h"

/* ---- shapes ---- */

static size_t
dim_from_right(const plumb_shape *s, int i)
{
    return i < s->rank ? s->dim[s->rank - 1 - i] : 1;
}

plumb_status
plumb_pointwise_shape(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    int rank = in[0].rank > in[1].rank ? in[0].rank : in[1].rank;
    (void)attr;
    out->rank = rank;
    for (int i = 0; i < rank; i++) {
        size_t a = dim_from_right(&in[0], i), b = dim_from_right(&in[1], i);
        if (a != b && a != 1 && b != 1)
            return plumb_fail(diag, PLUMB_ESHAPE, "%zu and %zu do not broadcast (axis %d from the right)", a, b, i + 1);
        out->dim[rank - 1 - i] = a == 1 ? b : a;
    }
    return PLUMB_OK;
}

plumb_status
plumb_pointwise_same(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    (void)attr, (void)diag;
    *out = in[0];
    return PLUMB_OK;
}

/* ---- the loop ---- */

/* How an operand moves with the axes of the result: stride 0 where it was stretched. */
typedef struct stretch {
    ptrdiff_t stride[PLUMB_MAXRANK];
} stretch;

static stretch
stretch_of(const plumb_shape *s, const plumb_shape *out)
{
    stretch t = { { 0 } };
    ptrdiff_t step = 1;
    for (int i = 0; i < out->rank; i++) {
        size_t d = dim_from_right(s, i);
        t.stride[out->rank - 1 - i] = d == 1 ? 0 : step;
        step *= (ptrdiff_t)d;
    }
    return t;
}

/* The innermost run: axes from *first on that operand t walks through with one increment. */
static int
walks(const stretch *t, const plumb_shape *out, int axis, ptrdiff_t *inc, size_t length)
{
    if (out->dim[axis] == 1)
        return 1;
    if (length == 1)
        *inc = t->stride[axis];
    return t->stride[axis] == *inc * (ptrdiff_t)length;
}

/* Runs P over the result's elements: operand v is in[v] with shape of stretch t[v]. */
static plumb_status
broadcast(const plumb_call *c, const plumb_program *P, plumb_mode mode, const plumb_array *out, const plumb_array *in,
    const stretch *t, int nin)
{
    const plumb_shape *s = &c->out[0];
    size_t length = 1, count = 1, at[PLUMB_MAXRANK] = { 0 };
    ptrdiff_t inc[PLUMB_MAXVARS];
    int axis = s->rank;
    plumb_status st = PLUMB_OK;

    for (int v = 0; v < nin; v++)
        inc[v] = 1;
    while (axis > 0) {
        int together = 1;
        ptrdiff_t trial[PLUMB_MAXVARS];
        for (int v = 0; v < nin; v++) {
            trial[v] = inc[v];
            together &= walks(&t[v], s, axis - 1, &trial[v], length);
        }
        if (!together)
            break;
        for (int v = 0; v < nin; v++)
            inc[v] = trial[v];
        length *= s->dim[--axis];
    }
    for (int i = 0; i < axis; i++)
        count *= s->dim[i];
    for (size_t r = 0; r < count && length; r++) {
        plumb_array y = plumb_at(out, (ptrdiff_t)(r * length)), x[PLUMB_MAXVARS];
        for (int v = 0; v < nin; v++) {
            x[v] = in[v];
            for (int i = 0; i < axis; i++)
                x[v].off += (ptrdiff_t)at[i] * t[v].stride[i];
            x[v].inc = inc[v];
        }
        st |= plumb_program_run(c->num, P, mode, &y, x, length, c->work);
        for (int i = axis - 1; i >= 0 && ++at[i] == s->dim[i]; i--)
            at[i] = 0;
    }
    return st;
}

/* ---- the two passes ---- */

static int
stretched(const plumb_call *c, int i)
{
    return plumb_shape_size(&c->in[i]) != plumb_shape_size(&c->out[0]);
}

plumb_status
plumb_pointwise_forward(const plumb_call *c)
{
    plumb_array in[2] = { c->x[0], c->nin > 1 ? c->x[1] : c->x[0] };
    stretch t[2];
    size_t n = plumb_shape_size(&c->out[0]);
    if (c->nin == 1 || (!stretched(c, 0) && !stretched(c, 1)))
        return plumb_program_run(c->num, &c->compiled->value, PLUMB_SET, &c->y[0], in, n, c->work);
    t[0] = stretch_of(&c->in[0], &c->out[0]), t[1] = stretch_of(&c->in[1], &c->out[0]);
    return broadcast(c, &c->compiled->value, PLUMB_SET, &c->y[0], in, t, 2);
}

/* to (SET or ADD; the shape of input i) = full (the shape of the result) summed over stretched axes */
static plumb_status
sum_back(const plumb_call *c, int i, const plumb_array *full)
{
    const plumb_shape *s = &c->out[0];
    plumb_array from = *full;
    plumb_status st = PLUMB_OK;
    size_t outer = 1;
    for (int axis = 0; axis < s->rank; axis++) {
        size_t k = s->dim[axis], inner = 1;
        for (int i = axis + 1; i < s->rank; i++)
            inner *= s->dim[i];
        if (dim_from_right(&c->in[i], s->rank - 1 - axis) == 1 && k != 1) {
            plumb_array to;
            st |= plumb_take(c->work, c->num, outer * inner, &to);
            if (st & PLUMB_ENOMEM)
                return st;
            st |= plumb_sum_axis(c, PLUMB_SET, &to, &from, outer, k, inner);
            from = to;
        } else
            outer *= k;
    }
    return st | plumb_pass(c, c->mode[i], &c->x_bar[i], &from, plumb_shape_size(&c->in[i]));
}

plumb_status
plumb_pointwise_vjp(const plumb_call *c)
{
    size_t n = plumb_shape_size(&c->out[0]);
    plumb_status st = PLUMB_OK;
    for (int i = 0; i < c->nin; i++) {
        plumb_array in[4] = { c->x[0], c->nin > 1 ? c->x[1] : c->x[0], c->y[0], c->y_bar[0] }, full;
        stretch t[4] = { stretch_of(&c->in[0], &c->out[0]), stretch_of(&c->in[c->nin > 1], &c->out[0]),
            stretch_of(&c->out[0], &c->out[0]), stretch_of(&c->out[0], &c->out[0]) };
        plumb_mark mark = plumb_work_mark(c->work);
        int plain = c->nin == 1 || (!stretched(c, 0) && !stretched(c, 1));
        if (!c->want[i])
            continue;
        if (plain) {
            st |= plumb_program_run(c->num, &c->compiled->pullback[i], c->mode[i], &c->x_bar[i], in, n, c->work);
            continue;
        }
        if (!stretched(c, i)) {
            st |= broadcast(c, &c->compiled->pullback[i], c->mode[i], &c->x_bar[i], in, t, 4);
            continue;
        }
        st |= plumb_take(c->work, c->num, n, &full);
        if (st & PLUMB_ENOMEM)
            return st;
        st |= broadcast(c, &c->compiled->pullback[i], PLUMB_SET, &full, in, t, 4) | sum_back(c, i, &full);
        plumb_work_give(c->work, mark);
    }
    return st;
}

int
plumb_pointwise_fold(const plumb_shape *in, const plumb_attr *attr, unsigned laned)
{
    (void)attr, (void)laned;
    return in[0].rank < PLUMB_MAXRANK && in[1].rank < PLUMB_MAXRANK;
}

int
plumb_pointwise_sample(int i, plumb_case *c)
{
    static const plumb_case table[] = {
        { .in = { PLUMB_DIMS(7) } },
        { .in = { PLUMB_DIMS(3, 5) } },
        { .in = { PLUMB_DIMS(1) } },
        { .in = { { 0, { 0 } } } },
        { .in = { PLUMB_DIMS(2, 0, 3) } },
        { .in = { PLUMB_DIMS(5) }, .kink = 1 },
    };
    return plumb_case_of(table, PLUMB_LENGTH(table), i, c);
}

int
plumb_pointwise_sample2(int i, plumb_case *c)
{
    static const plumb_case table[] = {
        { .in = { PLUMB_DIMS(7), PLUMB_DIMS(7) } },
        { .in = { PLUMB_DIMS(3, 5), PLUMB_DIMS(5) } },
        { .in = { PLUMB_DIMS(3, 1), PLUMB_DIMS(2, 1, 4) } },
        { .in = { { 0, { 0 } }, PLUMB_DIMS(2, 3) } },
        { .in = { PLUMB_DIMS(1, 4), PLUMB_DIMS(0, 4) } },
        { .in = { PLUMB_DIMS(4), PLUMB_DIMS(4) }, .kink = 1 },
    };
    return plumb_case_of(table, PLUMB_LENGTH(table), i, c);
}
