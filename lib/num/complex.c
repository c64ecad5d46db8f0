/* complex.c - complex numbers over any real system, by exact formulas (not a dual in disguise)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A function is two formulas of the real part x and the imaginary part y.  abs, step, sign, max and
 * min go by the real part, which makes them analytic off their kinks (Martins, Sturdza, Alonso
 * 2003).  An absent imaginary plane is a real number.  tanh after Kahan (1987), log by the larger
 * part, so that neither overflows before its result does. */
#include "lib/base/alloc.h"
#include "lib/num/derived.h"
#include "plumbline/formula.h"
#include "plumbline/work.h"

#define B (R->base)
static const char *const one[PLUMB_FN_COUNT][2] = {
    [PLUMB_FN_NEG] = { "-x", "-y" },
    [PLUMB_FN_ABS] = { "abs(x)", "y*sign(x)" },
    [PLUMB_FN_STEP] = { "step(x)", "0" },
    [PLUMB_FN_SIGN] = { "sign(x)", "0" },
    /* the half with the larger part is a root, the other one y/(2 root): no cancellation */
    [PLUMB_FN_SQRT] = { "sqrt((abs(x) + max(abs(x),abs(y))*sqrt(1 + (min(abs(x),abs(y))/max(abs(x),abs(y)))^2))/2)", "0" },
    [PLUMB_FN_EXP] = { "exp(x)*cos(y)", "exp(x)*sin(y)" },
    [PLUMB_FN_EXPM1] = { "expm1(x)*cos(y) - 2*sin(y/2)^2", "exp(x)*sin(y)" },
    [PLUMB_FN_LOG] = { "log(max(abs(x),abs(y))) + log1p((min(abs(x),abs(y))/max(abs(x),abs(y)))^2)/2", "atan2(y,x)" },
    [PLUMB_FN_LOG1P] = { "log1p(x*(2+x) + y*y)/2", "atan2(y,1+x)" },
    [PLUMB_FN_SIN] = { "sin(x)*(exp(y)+exp(-y))/2", "cos(x)*(expm1(y)-expm1(-y))/2" },
    [PLUMB_FN_COS] = { "cos(x)*(exp(y)+exp(-y))/2", "-sin(x)*(expm1(y)-expm1(-y))/2" },
    /* T = tan y:  (tanh x (1 + T^2) + i T sech^2 x) / (1 + tanh^2 x T^2), times cos^2 y above and below */
    [PLUMB_FN_TANH] = { "tanh(x)/(cos(y)^2 + (tanh(x)*sin(y))^2)",
        "sin(y)*cos(y)*4*exp(-2*abs(x))/(1 + exp(-2*abs(x)))^2/(cos(y)^2 + (tanh(x)*sin(y))^2)" },
};
/* (x + iy)/(a + ib) by Smith's idea (1962): scaled by the larger part of the divisor */
static const char *const quotient[2] = {
    "(x*(a/max(abs(a),abs(b))) + y*(b/max(abs(a),abs(b))))/(a*(a/max(abs(a),abs(b))) + b*(b/max(abs(a),abs(b))))",
    "(y*(a/max(abs(a),abs(b))) - x*(b/max(abs(a),abs(b))))/(a*(a/max(abs(a),abs(b))) + b*(b/max(abs(a),abs(b))))",
};

typedef struct formulas {
    plumb_program one[PLUMB_FN_COUNT][2], quotient[2];
} formulas;

static plumb_status
compile(formulas *f)
{
    static const char *const vars[] = { "x", "y", "a", "b" };
    plumb_status st = PLUMB_OK;
    for (int h = 0; h < 2; h++) {
        for (int fn = 0; fn < PLUMB_FN_COUNT; fn++)
            if (one[fn][h])
                st |= plumb_formula_parse(one[fn][h], vars, 2, &f->one[fn][h], NULL);
        st |= plumb_formula_parse(quotient[h], vars, 4, &f->quotient[h], NULL);
    }
    return st;
}

typedef struct parts {
    plumb_array re, im;
} parts;

static parts
split(const plumb_num *R, const plumb_array *a)
{
    return (parts){ plumb_half(B, a, 0), plumb_half(B, a, 1) };
}

static plumb_status
copy(const plumb_num *R, const plumb_array *y, const plumb_array *x, size_t n)
{
    parts o = split(R, y), a = split(R, x);
    plumb_status st = B->copy(B, &o.re, &a.re, n);
    if (plumb_absent(&o.im))
        return st;
    return st | (plumb_absent(&a.im) ? plumb_zero(B, &o.im, n) : B->copy(B, &o.im, &a.im, n));
}

/* w = sqrt z: with r = sqrt((|x| + |z|)/2) in t[0], the other part is y/(2r); which is which goes
 * by the sign of x, and the imaginary part has the sign of y. */
static plumb_status
root(const plumb_num *R, const plumb_array *t, const plumb_array *u, const parts *a, size_t n, plumb_work *w)
{
    static const char *const vars[] = { "x", "y", "r" };
    static const char *const re = "step(x)*r + step(-x)*abs(y)/(2*r) + (1-abs(sign(x)))*r";
    static const char *const im = "step(x)*y/(2*r) + step(-x)*r*(sign(y) + 1 - abs(sign(y))) + (1-abs(sign(x)))*r*sign(y)";
    plumb_program p;
    plumb_array in[3] = { a->re, a->im, *u };
    plumb_status st = plumb_formula_parse(im, vars, 3, &p, NULL);
    plumb_mark mark = plumb_work_mark(w);
    plumb_array keep;
    st |= plumb_take(w, B, n, &keep);
    if (!st) {
        st |= plumb_program_run(B, &p, PLUMB_SET, &keep, in, n, w) | plumb_formula_parse(re, vars, 3, &p, NULL);
        st |= plumb_program_run(B, &p, PLUMB_SET, t, in, n, w) | B->copy(B, u, &keep, n);
    }
    plumb_work_give(w, mark);
    return st;
}

static plumb_status
map1(const plumb_num *R, plumb_fn fn, const plumb_array *y, const plumb_array *x, size_t n, plumb_work *w)
{
    const formulas *all = R->data;
    parts o = split(R, y), a = split(R, x);
    plumb_mark mark = plumb_work_mark(w);
    plumb_array t, u;
    plumb_status st;
    if (plumb_absent(&a.im) || plumb_absent(&o.im)) {
        st = B->map1(B, fn, &o.re, &a.re, n, w);
        return st | (plumb_absent(&o.im) ? PLUMB_OK : plumb_zero(B, &o.im, n));
    }
    if (!one[fn][0])
        return PLUMB_EUNABLE;
    st = plumb_take(w, B, n, &t) | plumb_take(w, B, n, &u);
    if (!st) {
        plumb_array in[2] = { a.re, a.im };
        const plumb_array *first = fn == PLUMB_FN_SQRT ? &u : &t;
        st |= plumb_program_run(B, &all->one[fn][0], PLUMB_SET, first, in, n, w);
        st |= fn == PLUMB_FN_SQRT ? root(R, &t, &u, &a, n, w)
                                  : plumb_program_run(B, &all->one[fn][1], PLUMB_SET, &u, in, n, w);
        st |= B->copy(B, &o.re, &t, n) | B->copy(B, &o.im, &u, n);
    }
    plumb_work_give(w, mark);
    return st;
}

/* One term of a product: t = p q, or 0 where a part is absent. */
static plumb_status
term(const plumb_num *R, const plumb_array *t, const plumb_array *p, const plumb_array *q, size_t n, plumb_work *w)
{
    return plumb_absent(p) || plumb_absent(q) ? plumb_zero(B, t, n) : B->map2(B, PLUMB_FN_MUL, t, p, q, n, w);
}

static plumb_status
times(const plumb_num *R, const plumb_array *re, const plumb_array *im, const parts *a, const parts *b, size_t n,
    plumb_work *w)
{
    plumb_array t;
    plumb_mark mark = plumb_work_mark(w);
    plumb_status st = plumb_take(w, B, n, &t);
    if (!st) {
        int square = plumb_same(&a->re, &b->re) && plumb_same(&a->im, &b->im) && !plumb_absent(&a->im);
        st |= term(R, re, &a->re, &b->re, n, w) | term(R, im, &a->re, &b->im, n, w);
        if (!plumb_absent(&a->im) && !plumb_absent(&b->im))
            st |= term(R, &t, &a->im, &b->im, n, w) | B->map2(B, PLUMB_FN_SUB, re, re, &t, n, w);
        if (square)                             /* 2 re im: one error, not two */
            st |= B->map2(B, PLUMB_FN_ADD, im, im, im, n, w);
        else if (!plumb_absent(&a->im))
            st |= term(R, &t, &a->im, &b->re, n, w) | B->map2(B, PLUMB_FN_ADD, im, im, &t, n, w);
    }
    plumb_work_give(w, mark);
    return st;
}

/* f = [the first operand wins by its real part], g = 1 - f; at a tie both are 1/2, so that a smooth function
 * written with max and min keeps its slope */
static plumb_status
contest(const plumb_num *R, plumb_fn fn, const plumb_array *re, const plumb_array *im, const parts *a, const parts *b,
    size_t n, plumb_work *w)
{
    plumb_array f, g, c, d, half;
    plumb_mark mark = plumb_work_mark(w);
    plumb_status st = plumb_take(w, B, n, &f) | plumb_take(w, B, n, &g) | plumb_take_constant(w, B, 1, &c) |
        plumb_take_constant(w, B, 0.5, &half) | plumb_take(w, B, n, &d);
    const plumb_array *x = fn == PLUMB_FN_MAX ? &a->re : &b->re, *y = fn == PLUMB_FN_MAX ? &b->re : &a->re;
    if (!st) {
        st |= B->map2(B, PLUMB_FN_SUB, &f, x, y, n, w) | B->map1(B, PLUMB_FN_SIGN, &f, &f, n, w);
        st |= B->map2(B, PLUMB_FN_ADD, &f, &f, &c, n, w) | B->map2(B, PLUMB_FN_MUL, &f, &f, &half, n, w);
        st |= B->map2(B, PLUMB_FN_SUB, &g, &c, &f, n, w);
        st |= B->map2(B, fn, re, &a->re, &b->re, n, w);
        st |= term(R, im, &f, &a->im, n, w) | term(R, &d, &g, &b->im, n, w) | B->map2(B, PLUMB_FN_ADD, im, im, &d, n, w);
    }
    plumb_work_give(w, mark);
    return st;
}

/* sum or difference of the imaginary parts, either of which may be absent */
static plumb_status
sum(const plumb_num *R, plumb_fn fn, const plumb_array *im, const plumb_array *x, const plumb_array *y, size_t n,
    plumb_work *w)
{
    if (plumb_absent(x) && plumb_absent(y))
        return plumb_zero(B, im, n);
    if (plumb_absent(y))
        return B->copy(B, im, x, n);
    if (!plumb_absent(x))
        return B->map2(B, fn, im, x, y, n, w);
    return fn == PLUMB_FN_SUB ? B->map1(B, PLUMB_FN_NEG, im, y, n, w) : B->copy(B, im, y, n);
}

static plumb_status
divide(const plumb_num *R, const plumb_array *re, const plumb_array *im, const parts *a, const parts *b, size_t n,
    plumb_work *w)
{
    const formulas *all = R->data;
    plumb_array zero;
    plumb_status st = plumb_take_constant(w, B, 0, &zero);
    if (!st && plumb_absent(&b->im)) {
        st |= B->map2(B, PLUMB_FN_DIV, re, &a->re, &b->re, n, w);
        st |= plumb_absent(&a->im) ? plumb_zero(B, im, n) : B->map2(B, PLUMB_FN_DIV, im, &a->im, &b->re, n, w);
    } else if (!st) {
        plumb_array in[4] = { a->re, plumb_absent(&a->im) ? zero : a->im, b->re, b->im };
        for (int h = 0; h < 2; h++)
            st |= plumb_program_run(B, &all->quotient[h], PLUMB_SET, h ? im : re, in, n, w);
    }
    return st;
}

/* x^y = exp(y log x) */
static plumb_status
power(const plumb_num *R, const plumb_array *z, const plumb_array *x, const plumb_array *y, size_t n, plumb_work *w)
{
    plumb_mark mark = plumb_work_mark(w);
    plumb_array t;
    plumb_status st = plumb_take(w, R, n, &t);
    if (!st)
        st |= map1(R, PLUMB_FN_LOG, &t, x, n, w) | R->map2(R, PLUMB_FN_MUL, &t, y, &t, n, w) | map1(R, PLUMB_FN_EXP, z, &t, n, w);
    plumb_work_give(w, mark);
    return st;
}

static plumb_status
map2(const plumb_num *R, plumb_fn fn, const plumb_array *z, const plumb_array *x, const plumb_array *y, size_t n,
    plumb_work *w)
{
    parts o = split(R, z), a = split(R, x), b = split(R, y);
    plumb_mark mark = plumb_work_mark(w);
    plumb_array t, u;
    plumb_status st;
    if (plumb_absent(&o.im) || (plumb_absent(&a.im) && plumb_absent(&b.im))) {
        st = B->map2(B, fn, &o.re, &a.re, &b.re, n, w);
        return st | (plumb_absent(&o.im) ? PLUMB_OK : plumb_zero(B, &o.im, n));
    }
    if (fn == PLUMB_FN_POW)
        return power(R, z, x, y, n, w);
    st = plumb_take(w, B, n, &t) | plumb_take(w, B, n, &u);
    if (st)
        goto out;
    switch (fn) {
    case PLUMB_FN_ADD:
    case PLUMB_FN_SUB:
        st |= B->map2(B, fn, &t, &a.re, &b.re, n, w) | sum(R, fn, &u, &a.im, &b.im, n, w);
        break;
    case PLUMB_FN_MUL:
        st |= times(R, &t, &u, &a, &b, n, w);
        break;
    case PLUMB_FN_DIV:
        st |= divide(R, &t, &u, &a, &b, n, w);
        break;
    case PLUMB_FN_MAX:
    case PLUMB_FN_MIN:
        st |= contest(R, fn, &t, &u, &a, &b, n, w);
        break;
    default:
        st |= PLUMB_EUNABLE;            /* atan2 has no analytic continuation that we use */
    }
    if (!(st & (PLUMB_EUNABLE | PLUMB_ENOMEM)))
        st |= B->copy(B, &o.re, &t, n) | B->copy(B, &o.im, &u, n);
out:
    plumb_work_give(w, mark);
    return st;
}

/* re (+)= ArBr - AiBi, im (+)= ArBi + AiBr; the subtracted product goes through a temporary */
static plumb_status
gemm(const plumb_num *R, plumb_mode mode, const plumb_mm *g, const plumb_array *c, const plumb_array *a,
    const plumb_array *b, plumb_work *w)
{
    parts o = split(R, c), x = split(R, a), y = split(R, b);
    plumb_mark mark = plumb_work_mark(w);
    plumb_mm packed = *g;
    plumb_array t;
    int xi = !plumb_absent(&x.im), yi = !plumb_absent(&y.im);
    plumb_status st = plumb_gemm(B, mode, g, &o.re, &x.re, &y.re, w);
    packed.ldc = g->n;
    if (xi && yi) {
        st |= plumb_take(w, B, g->m * g->n, &t);
        if (st & PLUMB_ENOMEM)
            return st;
        st |= plumb_gemm(B, PLUMB_SET, &packed, &t, &x.im, &y.im, w);
        for (size_t i = 0; i < g->m; i++) {
            plumb_array row = plumb_at(&o.re, (ptrdiff_t)(i * g->ldc)), ti = plumb_at(&t, (ptrdiff_t)(i * g->n));
            st |= B->map2(B, PLUMB_FN_SUB, &row, &row, &ti, g->n, w);
        }
    }
    if (!plumb_absent(&o.im)) {
        if (yi)
            st |= plumb_gemm(B, mode, g, &o.im, &x.re, &y.im, w);
        if (xi)
            st |= plumb_gemm(B, yi ? PLUMB_ADD : mode, g, &o.im, &x.im, &y.re, w);
        if (!xi && !yi && mode == PLUMB_SET)
            st |= plumb_zero_rows(B, g, &o.im);
    }
    plumb_work_give(w, mark);
    return st;
}

static plumb_status
top(const plumb_num *R, const plumb_array *y, const plumb_array *x, size_t n)
{
    parts o = split(R, y), a = split(R, x);
    return (plumb_absent(&o.im) ? PLUMB_OK : plumb_zero(B, &o.im, 1)) | B->top(B, &o.re, &a.re, n);
}

plumb_num *
plumb_complex_new(const plumb_num *base, plumb_diag *diag)
{
    plumb_num *R;
    if (2 * base->planes > PLUMB_MAXPLANES) {
        plumb_fail(diag, PLUMB_EINPUT, "complex(%s): more than %d planes", base->name, PLUMB_MAXPLANES);
        return NULL;
    }
    R = plumb_num_make(diag, "complex(%s)", base->name);
    if (!R)
        return NULL;
    R->kind = PLUMB_COMPLEX, R->planes = 2 * base->planes, R->constants = base->constants, R->base = base;
    R->leaf = base->leaf, R->precision = base->precision, R->lanes = base->lanes;
    R->laned = base->laned | base->laned << base->planes;
    R->copy = copy, R->map1 = map1, R->map2 = map2, R->gemm = gemm, R->top = top;
    R->data = plumb_alloc(1, sizeof(formulas));
    if (R->data && !compile(R->data))
        return R;
    plumb_fail(diag, PLUMB_ENOMEM, "out of memory for %s", R->name);
    plumb_num_free(R);
    return NULL;
}
