/* matmul.c - products of matrices: matmul and linear
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * matmul: C[..] = A[..] B.  A is (..., m, k), whose leading axes are more rows where B is (k, n); or
 * both are (b, m, k) and (b, k, n).   A_bar = C_bar B^T,  B_bar = A^T C_bar.
 * linear: y = x W^T + b.  x is (..., k), W (n, k), b (n).
 * x_bar = y_bar W,  W_bar = y_bar^T x,  b_bar = the sum of y_bar over the rows. */
#include "lib/ops/ops.h"

typedef struct sizes {
    size_t batch, m, k, n;
} sizes;

static sizes
sizes_of(const plumb_shape *a, const plumb_shape *b)
{
    int batched = b->rank == 3;
    sizes s = { .batch = batched ? b->dim[0] : 1, .k = a->dim[a->rank - 1], .n = b->dim[b->rank - 1], .m = 1 };
    for (int i = batched; i < a->rank - 1; i++)
        s.m *= a->dim[i];
    return s;
}

static plumb_status
shape(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    const plumb_shape *a = &in[0], *b = &in[1];
    (void)attr;
    if (a->rank < 2 || (b->rank != 2 && b->rank != 3) || (b->rank == 3 && a->rank != 3))
        return plumb_fail(diag, PLUMB_ESHAPE, "(..., m, k) and (k, n), or (b, m, k) and (b, k, n) were expected");
    if (b->rank == 3 && a->dim[0] != b->dim[0])
        return plumb_fail(diag, PLUMB_ESHAPE, "the batches %zu and %zu differ", a->dim[0], b->dim[0]);
    if (a->dim[a->rank - 1] != b->dim[b->rank - 2])
        return plumb_fail(diag, PLUMB_ESHAPE, "the inner dims %zu and %zu differ", a->dim[a->rank - 1], b->dim[b->rank - 2]);
    *out = *a;
    out->dim[a->rank - 1] = b->dim[b->rank - 1];
    return PLUMB_OK;
}

static plumb_status
forward(const plumb_call *c)
{
    sizes s = sizes_of(&c->in[0], &c->in[1]);
    plumb_status st = PLUMB_OK;
    for (size_t i = 0; i < s.batch; i++) {
        plumb_array a = plumb_at(&c->x[0], (ptrdiff_t)(i * s.m * s.k)), b = plumb_at(&c->x[1], (ptrdiff_t)(i * s.k * s.n));
        plumb_array y = plumb_at(&c->y[0], (ptrdiff_t)(i * s.m * s.n));
        st |= plumb_gemm(c->num, PLUMB_SET, &(plumb_mm){ 0, 0, s.m, s.n, s.k, s.k, s.n, s.n }, &y, &a, &b, c->work);
    }
    return st;
}

static plumb_status
vjp(const plumb_call *c)
{
    sizes s = sizes_of(&c->in[0], &c->in[1]);
    plumb_status st = PLUMB_OK;
    for (size_t i = 0; i < s.batch; i++) {
        ptrdiff_t ai = (ptrdiff_t)(i * s.m * s.k), bi = (ptrdiff_t)(i * s.k * s.n);
        plumb_array a = plumb_at(&c->x[0], ai), b = plumb_at(&c->x[1], bi);
        plumb_array g = plumb_at(&c->y_bar[0], (ptrdiff_t)(i * s.m * s.n));
        plumb_array a_bar = plumb_at(&c->x_bar[0], ai), b_bar = plumb_at(&c->x_bar[1], bi);
        if (c->want[0])
            st |= plumb_gemm(c->num, c->mode[0], &(plumb_mm){ 0, 1, s.m, s.k, s.n, s.n, s.n, s.k }, &a_bar, &g, &b, c->work);
        if (c->want[1])
            st |= plumb_gemm(c->num, c->mode[1], &(plumb_mm){ 1, 0, s.k, s.n, s.m, s.k, s.n, s.n }, &b_bar, &a, &g, c->work);
    }
    return st;
}

static int
sample(int i, plumb_case *c)
{
    static const plumb_case table[] = {
        { .in = { PLUMB_DIMS(3, 5), PLUMB_DIMS(5, 2) } },
        { .in = { PLUMB_DIMS(2, 3, 4), PLUMB_DIMS(4, 3) } },
        { .in = { PLUMB_DIMS(2, 3, 4), PLUMB_DIMS(2, 4, 5) } },
        { .in = { PLUMB_DIMS(1, 7), PLUMB_DIMS(7, 1) } },
        { .in = { PLUMB_DIMS(3, 0), PLUMB_DIMS(0, 2) } },
        { .in = { PLUMB_DIMS(0, 3), PLUMB_DIMS(3, 2) } },
    };
    return plumb_case_of(table, PLUMB_LENGTH(table), i, c);
}

static int
fold(const plumb_shape *in, const plumb_attr *attr, unsigned laned)
{
    (void)attr;
    return laned == 1 && in[1].rank == 2 && in[0].rank < PLUMB_MAXRANK;
}

const plumb_op plumb_op_matmul = { "matmul", "product of matrices", "c[i,j] = sum over k of a[i,k] b[k,j]", { NULL },
    "definition", PLUMB_MULTILINEAR, .nin = 2, .nout = 1, .lo = { -2, -2 }, .hi = { 2, 2 }, .shape = shape,
    .forward = forward, .vjp = vjp, .sample = sample, .fold = fold };

/* ---- linear ---- */

static plumb_status
linear_shape(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    const plumb_shape *x = &in[0], *W = &in[1], *b = &in[2];
    (void)attr;
    if (x->rank < 1 || W->rank != 2 || b->rank != 1)
        return plumb_fail(diag, PLUMB_ESHAPE, "x (..., k), W (n, k) and b (n) were expected");
    if (x->dim[x->rank - 1] != W->dim[1])
        return plumb_fail(diag, PLUMB_ESHAPE, "x has %zu features, W takes %zu", x->dim[x->rank - 1], W->dim[1]);
    if (b->dim[0] != W->dim[0])
        return plumb_fail(diag, PLUMB_ESHAPE, "W makes %zu features, b has %zu", W->dim[0], b->dim[0]);
    *out = *x;
    out->dim[x->rank - 1] = W->dim[0];
    return PLUMB_OK;
}

static plumb_status
linear_forward(const plumb_call *c)
{
    size_t n = c->in[1].dim[0], k = c->in[1].dim[1], m = 1;
    plumb_status st = PLUMB_OK;
    for (int i = 0; i < c->in[0].rank - 1; i++)
        m *= c->in[0].dim[i];
    for (size_t i = 0; i < m && n; i++) {
        plumb_array row = plumb_at(&c->y[0], (ptrdiff_t)(i * n));
        st |= c->num->copy(c->num, &row, &c->x[2], n);
    }
    return st | plumb_gemm(c->num, PLUMB_ADD, &(plumb_mm){ 0, 1, m, n, k, k, k, n }, &c->y[0], &c->x[0], &c->x[1], c->work);
}

static plumb_status
linear_vjp(const plumb_call *c)
{
    const plumb_num *R = c->num;
    const plumb_array *g = &c->y_bar[0];
    size_t n = c->in[1].dim[0], k = c->in[1].dim[1], m = 1;
    plumb_status st = PLUMB_OK;
    for (int i = 0; i < c->in[0].rank - 1; i++)
        m *= c->in[0].dim[i];
    if (c->want[0])
        st |= plumb_gemm(R, c->mode[0], &(plumb_mm){ 0, 0, m, k, n, n, k, k }, &c->x_bar[0], g, &c->x[1], c->work);
    if (c->want[1])
        st |= plumb_gemm(R, c->mode[1], &(plumb_mm){ 1, 0, n, k, m, n, k, k }, &c->x_bar[1], g, &c->x[0], c->work);
    if (c->want[2])
        st |= plumb_sum_axis(c, c->mode[2], &c->x_bar[2], g, 1, m, n);
    return st;
}

static int
linear_sample(int i, plumb_case *c)
{
    static const plumb_case table[] = {
        { .in = { PLUMB_DIMS(4, 5), PLUMB_DIMS(3, 5), PLUMB_DIMS(3) } },
        { .in = { PLUMB_DIMS(2, 3, 4), PLUMB_DIMS(5, 4), PLUMB_DIMS(5) } },
        { .in = { PLUMB_DIMS(6), PLUMB_DIMS(1, 6), PLUMB_DIMS(1) } },
        { .in = { PLUMB_DIMS(1, 1), PLUMB_DIMS(7, 1), PLUMB_DIMS(7) } },
        { .in = { PLUMB_DIMS(0, 3), PLUMB_DIMS(2, 3), PLUMB_DIMS(2) } },
        { .in = { PLUMB_DIMS(3, 0), PLUMB_DIMS(2, 0), PLUMB_DIMS(2) } },
    };
    return plumb_case_of(table, PLUMB_LENGTH(table), i, c);
}

static int
linear_fold(const plumb_shape *in, const plumb_attr *attr, unsigned laned)
{
    (void)attr;
    return laned == 1 && in[0].rank < PLUMB_MAXRANK;
}

const plumb_op plumb_op_linear = { "linear", "weighted sums and a bias, over the last axis", "y = x W^T + b", { NULL },
    "definition", PLUMB_MULTILINEAR, .nin = 3, .nout = 1, .shape = linear_shape, .forward = linear_forward,
    .vjp = linear_vjp, .sample = linear_sample, .fold = linear_fold };
