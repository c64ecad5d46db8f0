/* generic.c - what every number system gets for nothing: elements, programs in blocks, products in tiles
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <omp.h>
#include <stdarg.h>
#include <stdio.h>
#include "lib/base/alloc.h"
#include "lib/num/derived.h"
#include "plumbline/work.h"

const char *
plumb_fn_text(plumb_fn fn)
{
    static const char *const text[PLUMB_FN_COUNT] = {
        "const",
#define X(name, text, ulps) text,
        PLUMB_FN1_LIST(X) PLUMB_FN2_LIST(X)
#undef X
    };
    return text[fn];
}

double
plumb_fn_ulps(plumb_fn fn)
{
    static const double ulps[PLUMB_FN_COUNT] = {
        0,
#define X(name, text, ulps) ulps,
        PLUMB_FN1_LIST(X) PLUMB_FN2_LIST(X)
#undef X
    };
    return ulps[fn];
}

plumb_num *
plumb_num_make(plumb_diag *diag, const char *format, ...)
{
    char name[80];
    va_list args;
    plumb_num *R = plumb_alloc(1, sizeof *R);
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    if (R)
        R->name = plumb_text_copy(name);
    if (R && R->name)
        return R;
    plumb_fail(diag, PLUMB_ENOMEM, "out of memory for the number system %s", name);
    plumb_release(R);
    return NULL;
}

void
plumb_num_free(plumb_num *R)
{
    if (!R)
        return;
    plumb_release((char *)R->name);
    plumb_release(R->data);
    plumb_release(R);
}

plumb_status
plumb_take_constant(plumb_work *w, const plumb_num *R, double v, plumb_array *a)
{
    if (plumb_take(w, R, 1, a))
        return PLUMB_ENOMEM;
    plumb_set_d(R, a, 0, v);
    for (int p = R->constants; p < R->planes; p++)
        a->plane[p] = NULL;
    a->inc = 0;
    return PLUMB_OK;
}

plumb_status
plumb_take_number(plumb_work *w, const plumb_num *R, const plumb_ins *I, plumb_array *a)
{
    plumb_status st = plumb_take_constant(w, R, I->c, a);
    mpfr_t pi;
    if (st || !I->a)
        return st;
    mpfr_init2(pi, R->precision + 8);
    mpfr_const_pi(pi, MPFR_RNDN);
    mpfr_mul_d(pi, pi, I->c, MPFR_RNDN);
    R->leaf->set_mpfr(R->leaf, a->plane[0], a->off, pi);
    mpfr_clear(pi);
    return PLUMB_OK;
}

/* element i of plane p in tangent lane l */
static ptrdiff_t
place(const plumb_array *a, size_t i, size_t l)
{
    return a->off + (ptrdiff_t)i * a->inc + (ptrdiff_t)l * a->lane;
}

static void
clear_above(const plumb_num *R, const plumb_array *a, size_t i, int from)
{
    for (int p = from; p < R->planes; p++)
        for (size_t l = 0; a->plane[p] && l < (R->laned >> p & 1 ? R->lanes : 1); l++)
            R->leaf->set_d(R->leaf, a->plane[p], place(a, i, l), 0);
}

void
plumb_set_d(const plumb_num *R, const plumb_array *a, size_t i, double v)
{
    R->leaf->set_d(R->leaf, a->plane[0], place(a, i, 0), v);
    clear_above(R, a, i, 1);
}

double
plumb_get_d(const plumb_num *R, const plumb_array *a, size_t i)
{
    return R->leaf->get_d(R->leaf, a->plane[0], place(a, i, 0));
}

void
plumb_set_mpfr(const plumb_num *R, const plumb_array *a, size_t i, mpfr_srcptr v)
{
    R->leaf->set_mpfr(R->leaf, a->plane[0], place(a, i, 0), v);
    clear_above(R, a, i, 1);
}

void
plumb_get_mpfr(const plumb_num *R, const plumb_array *a, size_t i, mpfr_ptr v)
{
    R->leaf->get_mpfr(R->leaf, a->plane[0], place(a, i, 0), v);
}

plumb_truth
plumb_less(const plumb_num *R, const plumb_array *x, size_t i, const plumb_array *y, size_t j)
{
    mpfr_t a, b;
    plumb_truth t;
    mpfr_inits2(R->precision, a, b, (mpfr_ptr)0);
    plumb_get_mpfr(R, x, i, a);
    plumb_get_mpfr(R, y, j, b);
    t = mpfr_nan_p(a) || mpfr_nan_p(b) ? PLUMB_UNKNOWN : mpfr_less_p(a, b) ? PLUMB_TRUE : PLUMB_FALSE;
    mpfr_clears(a, b, (mpfr_ptr)0);
    return t;
}

plumb_status
plumb_zero(const plumb_num *R, const plumb_array *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        clear_above(R, y, i, 0);
    return PLUMB_OK;
}

plumb_status
plumb_zero_rows(const plumb_num *R, const plumb_mm *g, const plumb_array *c)
{
    plumb_status st = PLUMB_OK;
    for (size_t i = 0; i < g->m; i++) {
        plumb_array row = plumb_at(c, (ptrdiff_t)(i * g->ldc));
        st |= plumb_zero(R, &row, g->n);
    }
    return st;
}

/* ---- programs ---- */

typedef struct registers {
    plumb_array reg[PLUMB_MAXVARS + PLUMB_MAXINS];
} registers;

static plumb_status
take_registers(const plumb_num *R, const plumb_program *P, registers *r, size_t block, plumb_work *w)
{
    plumb_status st = PLUMB_OK;
    for (int q = 0; q < P->nins && !st; q++)
        if (P->ins[q].fn == PLUMB_FN_CONST)
            st = plumb_take_number(w, R, &P->ins[q], &r->reg[P->nin + q]);
        else
            st = plumb_take(w, R, block, &r->reg[P->nin + q]);
    return st;
}

plumb_status
plumb_program_generic(const plumb_num *R, const plumb_program *P, plumb_mode mode, const plumb_array *out,
    const plumb_array *in, size_t n, plumb_work *w)
{
    registers r;
    plumb_mark mark = plumb_work_mark(w);
    size_t block = n < PLUMB_BLOCK ? n : PLUMB_BLOCK;
    int last = P->nin + P->nins - 1;
    plumb_status st = take_registers(R, P, &r, block, w);

    for (size_t i0 = 0; i0 < n && !(st & PLUMB_ENOMEM); i0 += block) {
        size_t len = n - i0 < block ? n - i0 : block;
        plumb_array y = plumb_at(out, (ptrdiff_t)i0);
        for (int v = 0; v < P->nin; v++)
            r.reg[v] = plumb_at(&in[v], (ptrdiff_t)i0);
        for (int q = 0; q < P->nins; q++) {
            const plumb_ins *I = &P->ins[q];
            const plumb_array *to = P->nin + q == last && mode == PLUMB_SET ? &y : &r.reg[P->nin + q];
            if (PLUMB_FN_IS_BINARY(I->fn))
                st |= R->map2(R, I->fn, to, &r.reg[I->a], &r.reg[I->b], len, w);
            else if (I->fn != PLUMB_FN_CONST)
                st |= R->map1(R, I->fn, to, &r.reg[I->a], len, w);
        }
        if (mode == PLUMB_ADD)
            st |= R->map2(R, PLUMB_FN_ADD, &y, &y, &r.reg[last], len, w);
        else if (P->nins == 0 || P->ins[P->nins - 1].fn == PLUMB_FN_CONST)
            st |= R->copy(R, &y, &r.reg[last], len);
    }
    plumb_work_give(w, mark);
    return st;
}

static plumb_status
serial(const plumb_num *R, const plumb_program *P, plumb_mode mode, const plumb_array *out, const plumb_array *in,
    size_t i0, size_t n, plumb_work *w)
{
    plumb_array y = plumb_at(out, (ptrdiff_t)i0), x[PLUMB_MAXVARS];
    for (int v = 0; v < P->nin; v++)
        x[v] = plumb_at(&in[v], (ptrdiff_t)i0);
    return (R->program ? R->program : plumb_program_generic)(R, P, mode, &y, x, n, w);
}

plumb_status
plumb_program_run(const plumb_num *R, const plumb_program *P, plumb_mode mode, const plumb_array *out,
    const plumb_array *in, size_t n, plumb_work *w)
{
    enum { CHUNK = 64 * PLUMB_BLOCK };          /* below this a second thread costs more than it does */
    plumb_status st = PLUMB_OK;
    if (n <= CHUNK || w->team == 1)
        return n ? serial(R, P, mode, out, in, 0, n, w) : PLUMB_OK;
#pragma omp parallel for num_threads(w->team) reduction(| : st) schedule(static)
    for (size_t i0 = 0; i0 < n; i0 += CHUNK)
        st |= serial(R, P, mode, out, in, i0, n - i0 < CHUNK ? n - i0 : CHUNK, w + omp_get_thread_num());
    return st;
}

/* ---- products ---- */

static plumb_array
shift(const plumb_array *a, size_t by)
{
    plumb_array r = *a;
    r.off += (ptrdiff_t)by;
    return r;
}

static plumb_status
one_tile(const plumb_num *R, plumb_mode mode, const plumb_mm *g, const plumb_array *c, const plumb_array *a,
    const plumb_array *b, size_t i, size_t j, plumb_work *w)
{
    plumb_mm t = *g;
    plumb_array ct = shift(c, i * g->ldc + j), at = shift(a, g->ta ? i : i * g->lda);
    plumb_array bt = shift(b, g->tb ? j * g->ldb : j);
    t.m = g->m - i < R->tile ? g->m - i : R->tile;
    t.n = g->n - j < 2 * R->tile ? g->n - j : 2 * R->tile;
    return R->gemm(R, mode, &t, &ct, &at, &bt, w);
}

plumb_status
plumb_gemm(const plumb_num *R, plumb_mode mode, const plumb_mm *g, const plumb_array *c, const plumb_array *a,
    const plumb_array *b, plumb_work *w)
{
    size_t rows, cols;
    plumb_status st = PLUMB_OK;
    if (R->base || 2.0 * (double)g->m * (double)g->n * (double)g->k < R->grain)
        return R->gemm(R, mode, g, c, a, b, w);
    rows = (g->m + R->tile - 1) / R->tile, cols = (g->n + 2 * R->tile - 1) / (2 * R->tile);
#pragma omp parallel for num_threads(w->team) reduction(| : st) schedule(dynamic) if (w->team > 1)
    for (size_t t = 0; t < rows * cols; t++)
        st |= one_tile(R, mode, g, c, a, b, t / cols * R->tile, t % cols * 2 * R->tile, w + omp_get_thread_num());
    return st;
}
