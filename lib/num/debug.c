/* debug.c - a system that counts the calls of its kernels and fails at the k-th
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The failed call writes NaN into its result (never a plausible number) and answers "cannot say". */
#include <math.h>
#include "lib/base/alloc.h"
#include "lib/num/derived.h"

#define B (R->base)
typedef struct counter {
    long calls, fail_at;
} counter;

static int
fails(const plumb_num *R)
{
    counter *c = R->data;
    return ++c->calls == c->fail_at;
}

static plumb_status
poison(const plumb_num *R, const plumb_array *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        plumb_set_d(B, y, i, NAN);
    return PLUMB_EUNABLE;
}

static plumb_status
copy(const plumb_num *R, const plumb_array *y, const plumb_array *x, size_t n)
{
    return fails(R) ? poison(R, y, n) : B->copy(B, y, x, n);
}

static plumb_status
map1(const plumb_num *R, plumb_fn fn, const plumb_array *y, const plumb_array *x, size_t n, plumb_work *w)
{
    return fails(R) ? poison(R, y, n) : B->map1(B, fn, y, x, n, w);
}

static plumb_status
map2(const plumb_num *R, plumb_fn fn, const plumb_array *z, const plumb_array *x, const plumb_array *y, size_t n,
    plumb_work *w)
{
    return fails(R) ? poison(R, z, n) : B->map2(B, fn, z, x, y, n, w);
}

static plumb_status
gemm(const plumb_num *R, plumb_mode mode, const plumb_mm *g, const plumb_array *c, const plumb_array *a,
    const plumb_array *b, plumb_work *w)
{
    plumb_status st = PLUMB_OK;
    if (!fails(R))
        return plumb_gemm(B, mode, g, c, a, b, w);
    for (size_t i = 0; i < g->m; i++) {
        plumb_array row = plumb_at(c, (ptrdiff_t)(i * g->ldc));
        st |= poison(R, &row, g->n);
    }
    return st | PLUMB_EUNABLE;
}

static plumb_status
top(const plumb_num *R, const plumb_array *y, const plumb_array *x, size_t n)
{
    return fails(R) ? poison(R, y, 1) : B->top(B, y, x, n);
}

plumb_num *
plumb_debug_new(const plumb_num *base, long fail_at, plumb_diag *diag)
{
    plumb_num *R = plumb_num_make(diag, "debug(%s)", base->name);
    if (!R)
        return NULL;
    R->kind = PLUMB_DEBUG, R->planes = base->planes, R->constants = base->constants, R->laned = base->laned;
    R->lanes = base->lanes, R->base = base, R->leaf = base->leaf, R->precision = base->precision;
    R->copy = copy, R->map1 = map1, R->map2 = map2, R->gemm = gemm, R->top = top;
    R->data = plumb_alloc(1, sizeof(counter));
    if (R->data) {
        ((counter *)R->data)->fail_at = fail_at;
        return R;
    }
    plumb_fail(diag, PLUMB_ENOMEM, "out of memory for %s", R->name);
    plumb_num_free(R);
    return NULL;
}

long
plumb_debug_calls(const plumb_num *debug)
{
    return ((const counter *)debug->data)->calls;
}
