/* movement.c - transpose and reshape: the same numbers in another order
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/ops/ops.h"

/* The permutation: out axis i is in axis perm[i]; the reverse order when none is given. */
static int
permutation(const plumb_shape *in, const plumb_attr *attr, int *perm)
{
    unsigned seen = 0;
    if (attr[0].n && attr[0].n != in->rank)
        return 0;
    for (int i = 0; i < in->rank; i++) {
        long p = attr[0].n ? attr[0].ints[i] : in->rank - 1 - i;
        if (p < 0 || p >= in->rank || seen >> p & 1)
            return 0;
        seen |= 1u << p, perm[i] = (int)p;
    }
    return 1;
}

static plumb_status
transpose_shape(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    int perm[PLUMB_MAXRANK];
    if (!permutation(in, attr, perm))
        return plumb_fail(diag, PLUMB_ESHAPE, "axes is not a permutation of the %d axes", in->rank);
    out->rank = in->rank;
    for (int i = 0; i < in->rank; i++)
        out->dim[i] = in->dim[perm[i]];
    return PLUMB_OK;
}

/* Row by row of the result; the other array is walked with the stride of the axis that became the
 * last one.  back: into the input's cotangent. */
static plumb_status
permute(const plumb_call *c, int back)
{
    const plumb_shape *in = &c->in[0], *out = &c->out[0];
    int perm[PLUMB_MAXRANK] = { 0 }, last = out->rank - 1;
    size_t stride[PLUMB_MAXRANK], at[PLUMB_MAXRANK] = { 0 }, n = plumb_shape_size(out), step = 1, length;
    plumb_status st = PLUMB_OK;
    if (!permutation(in, c->attr, perm))
        return PLUMB_ESHAPE;
    if (out->rank == 0)
        return back ? plumb_pass(c, c->mode[0], &c->x_bar[0], &c->y_bar[0], 1) : plumb_pass(c, PLUMB_SET, &c->y[0], &c->x[0], 1);
    for (int i = in->rank - 1; i >= 0; i--)
        stride[i] = step, step *= in->dim[i];
    length = out->dim[last];
    for (size_t done = 0; done < n; done += length) {
        plumb_array there = back ? c->x_bar[0] : c->x[0], here = plumb_at(back ? &c->y_bar[0] : &c->y[0], (ptrdiff_t)done);
        for (int i = 0; i < last; i++)
            there.off += (ptrdiff_t)(at[i] * stride[perm[i]]);
        there.inc = (ptrdiff_t)stride[perm[last]];
        st |= back ? plumb_pass(c, c->mode[0], &there, &here, length) : plumb_pass(c, PLUMB_SET, &here, &there, length);
        for (int i = last - 1; i >= 0 && ++at[i] == out->dim[i]; i--)
            at[i] = 0;
    }
    return st;
}

static plumb_status
transpose_forward(const plumb_call *c)
{
    return permute(c, 0);
}

static plumb_status
transpose_vjp(const plumb_call *c)
{
    return c->want[0] ? permute(c, 1) : PLUMB_OK;
}

static int
transpose_sample(int i, plumb_case *c)
{
    static const plumb_case table[] = {
        { .in = { PLUMB_DIMS(3, 5) } },
        { .in = { PLUMB_DIMS(2, 3, 4) }, .attrs = "axes=1:2:0" },
        { .in = { PLUMB_DIMS(2, 1, 3, 2) }, .attrs = "axes=0:3:1:2" },
        { .in = { PLUMB_DIMS(1, 6) } },
        { .in = { PLUMB_DIMS(4, 0) } },
        { .in = { { 0, { 0 } } } },
    };
    return plumb_case_of(table, PLUMB_LENGTH(table), i, c);
}

const plumb_op plumb_op_transpose = { "transpose", "axes in another order", "y[i,j] = x[j,i]", { NULL }, "definition",
    PLUMB_LINEAR, .nin = 1, .nout = 1,
    .attrs = { { "axes", PLUMB_ATTR_INTS, "", "which axis of the input each axis of the result is; none: reversed" } },
    .shape = transpose_shape, .forward = transpose_forward, .vjp = transpose_vjp, .sample = transpose_sample };

/* ---- reshape ---- */

static plumb_status
reshape_shape(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    size_t n = plumb_shape_size(in), known = 1;
    int hole = -1;
    out->rank = attr[0].n;
    for (int i = 0; i < attr[0].n; i++) {
        long d = attr[0].ints[i];
        if (d < -1 || (d == -1 && hole >= 0))
            return plumb_fail(diag, PLUMB_ESHAPE, "dims may hold sizes and one -1");
        if (d == -1)
            hole = i;
        else
            out->dim[i] = (size_t)d, known *= (size_t)d;
    }
    if (hole >= 0)
        out->dim[hole] = known ? n / known : 0;
    if (plumb_shape_size(out) != n)
        return plumb_fail(diag, PLUMB_ESHAPE, "%zu elements do not fill dims", n);
    return PLUMB_OK;
}

static plumb_status
reshape_forward(const plumb_call *c)
{
    return plumb_pass(c, PLUMB_SET, &c->y[0], &c->x[0], plumb_shape_size(&c->in[0]));
}

static plumb_status
reshape_vjp(const plumb_call *c)
{
    return c->want[0] ? plumb_pass(c, c->mode[0], &c->x_bar[0], &c->y_bar[0], plumb_shape_size(&c->in[0])) : PLUMB_OK;
}

static int
reshape_sample(int i, plumb_case *c)
{
    static const plumb_case table[] = {
        { .in = { PLUMB_DIMS(3, 4) }, .attrs = "dims=2:6" },
        { .in = { PLUMB_DIMS(2, 3, 4) }, .attrs = "dims=4:-1" },
        { .in = { PLUMB_DIMS(1, 1) }, .attrs = "dims=" },
        { .in = { PLUMB_DIMS(0, 3) }, .attrs = "dims=3:0" },
    };
    return plumb_case_of(table, PLUMB_LENGTH(table), i, c);
}

const plumb_op plumb_op_reshape = { "reshape", "the same elements under another shape", "y = x", { NULL }, "definition",
    PLUMB_LINEAR, .nin = 1, .nout = 1,
    .attrs = { { "dims", PLUMB_ATTR_INTS, "-1", "the new shape; one -1 takes what is left" } },
    .shape = reshape_shape, .forward = reshape_forward, .vjp = reshape_vjp, .sample = reshape_sample };
