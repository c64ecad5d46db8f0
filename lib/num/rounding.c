/* rounding.c - a value and the variance of the rounding error that a subject is entitled to
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each rounding is an independent error of mean 0 and relative variance v = u^2/4.  The variance
 * plane E is in units of v, so that u is chosen when sigma is read and squares of small errors do
 * not underflow.  A program: E_out = sum over inputs (d out/d in)^2 E_in + sum over temporaries
 * (d out/d t_k)^2 (ulps_k t_k)^2, one reverse sweep, so that a temporary used twice counts once.
 * A product of matrices of k terms: E = A2 (E_B + k/2 B2) + E_A B2 + k/3 Z^2, where A2, B2 hold
 * squares: the walk and the drift of the partial sums.  Adding a zero rounds nothing: where operands hold
 * zeros, k is counted per element, N = |sign A| |sign B|, and E = A2 E_B + E_A B2 + N/2 (A2 B2) + N/3 Z^2. */
#include <math.h>
#include "lib/num/derived.h"
#include "plumbline/work.h"

#define B (R->base)
enum { MAXREG = PLUMB_MAXVARS + PLUMB_MAXINS };

typedef struct pair {
    plumb_array x, e;
} pair;

static pair
split(const plumb_num *R, const plumb_array *a)
{
    return (pair){ plumb_half(B, a, 0), plumb_half(B, a, 1) };
}

/* One block of one program: t[r] the values, bar[r] = d out/d t_r where touched. */
typedef struct sweep {
    const plumb_num *R;
    const plumb_program *P;
    plumb_work *w;
    size_t n;
    plumb_array t[MAXREG], bar[MAXREG], s1, s2, one, two, erf;
    char touched[MAXREG];
    plumb_status st;
} sweep;

static void
two(sweep *s, plumb_fn fn, const plumb_array *z, const plumb_array *x, const plumb_array *y)
{
    const plumb_num *R = s->R;
    s->st |= B->map2(B, fn, z, x, y, s->n, s->w);
}

static void
single(sweep *s, plumb_fn fn, const plumb_array *z, const plumb_array *x)
{
    const plumb_num *R = s->R;
    s->st |= B->map1(B, fn, z, x, s->n, s->w);
}

static const plumb_ins *
instruction(const sweep *s, int reg)
{
    return reg < s->P->nin ? NULL : &s->P->ins[reg - s->P->nin];
}

/* bar[r] += or -= what is in v */
static void
give(sweep *s, int r, plumb_fn sign, const plumb_array *v)
{
    const plumb_num *R = s->R;
    const plumb_ins *I = instruction(s, r);
    if (I && I->fn == PLUMB_FN_CONST)
        return;
    if (s->touched[r])
        two(s, sign, &s->bar[r], &s->bar[r], v);
    else if (sign == PLUMB_FN_SUB)
        single(s, PLUMB_FN_NEG, &s->bar[r], v);
    else
        s->st |= B->copy(B, &s->bar[r], v, s->n);
    s->touched[r] = 1;
}

/* s1 = slope of the instruction with respect to its operand (0 or 1); 0: slope 1 (or -1 by sign) */
static void
pull(sweep *s, int r)
{
    const plumb_ins *I = instruction(s, r);
    const plumb_array *a = &s->t[I->a], *b = &s->t[I->b], *z = &s->t[r], *bar = &s->bar[r], *v = &s->s1;
    plumb_fn sign = PLUMB_FN_ADD;
    switch (I->fn) {
    case PLUMB_FN_NEG: give(s, I->a, PLUMB_FN_SUB, bar); return;
    case PLUMB_FN_ADD: give(s, I->a, PLUMB_FN_ADD, bar), give(s, I->b, PLUMB_FN_ADD, bar); return;
    case PLUMB_FN_SUB: give(s, I->a, PLUMB_FN_ADD, bar), give(s, I->b, PLUMB_FN_SUB, bar); return;
    case PLUMB_FN_ABS: single(s, PLUMB_FN_SIGN, v, a), two(s, PLUMB_FN_MUL, v, v, bar); break;
    case PLUMB_FN_SQRT: two(s, PLUMB_FN_DIV, v, bar, z), two(s, PLUMB_FN_DIV, v, v, &s->two); break;
    case PLUMB_FN_EXP: two(s, PLUMB_FN_MUL, v, bar, z); break;
    case PLUMB_FN_EXPM1: two(s, PLUMB_FN_ADD, v, z, &s->one), two(s, PLUMB_FN_MUL, v, v, bar); break;
    case PLUMB_FN_LOG: two(s, PLUMB_FN_DIV, v, bar, a); break;
    case PLUMB_FN_LOG1P: two(s, PLUMB_FN_ADD, v, a, &s->one), two(s, PLUMB_FN_DIV, v, bar, v); break;
    case PLUMB_FN_SIN: single(s, PLUMB_FN_COS, v, a), two(s, PLUMB_FN_MUL, v, v, bar); break;
    case PLUMB_FN_COS: single(s, PLUMB_FN_SIN, v, a), two(s, PLUMB_FN_MUL, v, v, bar), sign = PLUMB_FN_SUB; break;
    case PLUMB_FN_TANH:
        two(s, PLUMB_FN_MUL, v, z, z), two(s, PLUMB_FN_SUB, v, &s->one, v), two(s, PLUMB_FN_MUL, v, v, bar);
        break;
    case PLUMB_FN_ERF:
        two(s, PLUMB_FN_MUL, v, a, a), single(s, PLUMB_FN_NEG, v, v), single(s, PLUMB_FN_EXP, v, v);
        two(s, PLUMB_FN_MUL, v, v, &s->erf), two(s, PLUMB_FN_MUL, v, v, bar);
        break;
    case PLUMB_FN_MUL:
        two(s, PLUMB_FN_MUL, v, bar, b), two(s, PLUMB_FN_MUL, &s->s2, bar, a);
        give(s, I->a, PLUMB_FN_ADD, v), give(s, I->b, PLUMB_FN_ADD, &s->s2);
        return;
    case PLUMB_FN_DIV:
        two(s, PLUMB_FN_DIV, v, bar, b), two(s, PLUMB_FN_MUL, &s->s2, v, z);
        give(s, I->a, PLUMB_FN_ADD, v), give(s, I->b, PLUMB_FN_SUB, &s->s2);
        return;
    case PLUMB_FN_MAX:
    case PLUMB_FN_MIN:
        two(s, PLUMB_FN_SUB, v, I->fn == PLUMB_FN_MAX ? a : b, I->fn == PLUMB_FN_MAX ? b : a);
        single(s, PLUMB_FN_STEP, v, v), two(s, PLUMB_FN_SUB, &s->s2, &s->one, v);
        two(s, PLUMB_FN_MUL, v, v, bar), two(s, PLUMB_FN_MUL, &s->s2, &s->s2, bar);
        give(s, I->a, PLUMB_FN_ADD, v), give(s, I->b, PLUMB_FN_ADD, &s->s2);
        return;
    case PLUMB_FN_ATAN2:                        /* (b bar, -a bar)/(a^2 + b^2) */
        two(s, PLUMB_FN_MUL, v, a, a), two(s, PLUMB_FN_MUL, &s->s2, b, b), two(s, PLUMB_FN_ADD, v, v, &s->s2);
        two(s, PLUMB_FN_DIV, &s->s2, bar, v), two(s, PLUMB_FN_MUL, v, &s->s2, b);
        two(s, PLUMB_FN_MUL, &s->s2, &s->s2, a);
        give(s, I->a, PLUMB_FN_ADD, v), give(s, I->b, PLUMB_FN_SUB, &s->s2);
        return;
    case PLUMB_FN_POW:                          /* b z/a, z log a */
        two(s, PLUMB_FN_MUL, v, bar, z), single(s, PLUMB_FN_LOG, &s->s2, a), two(s, PLUMB_FN_MUL, &s->s2, &s->s2, v);
        two(s, PLUMB_FN_DIV, v, v, a), two(s, PLUMB_FN_MUL, v, v, b);
        give(s, I->a, PLUMB_FN_ADD, v), give(s, I->b, PLUMB_FN_ADD, &s->s2);
        return;
    default: return;                            /* step and sign: slope 0 */
    }
    give(s, I->a, sign, v);
}

static int
power_of_two(const plumb_ins *I)
{
    int e;
    return I && I->fn == PLUMB_FN_CONST && !I->a && fabs(frexp(I->c, &e)) == 0.5;
}

/* e += (bar ulps t)^2, the instruction's own rounding; a sum with a zero term, a product with a
 * power of two and a quotient by one are exact */
static void
own(sweep *s, int r, const plumb_array *e)
{
    const plumb_num *R = s->R;
    const plumb_ins *I = instruction(s, r);
    double ulps = plumb_fn_ulps(I->fn);
    plumb_array c;
    if (!ulps || (I->fn == PLUMB_FN_MUL && power_of_two(instruction(s, I->a))) ||
        ((I->fn == PLUMB_FN_MUL || I->fn == PLUMB_FN_DIV) && power_of_two(instruction(s, I->b))))
        return;
    two(s, PLUMB_FN_MUL, &s->s1, &s->bar[r], &s->t[r]);
    if (I->fn == PLUMB_FN_ADD || I->fn == PLUMB_FN_SUB) {
        single(s, PLUMB_FN_SIGN, &s->s2, &s->t[I->a]), two(s, PLUMB_FN_MUL, &s->s1, &s->s1, &s->s2);
        single(s, PLUMB_FN_SIGN, &s->s2, &s->t[I->b]), two(s, PLUMB_FN_MUL, &s->s1, &s->s1, &s->s2);
    }
    if (ulps != 1) {
        plumb_mark mark = plumb_work_mark(s->w);
        s->st |= plumb_take_constant(s->w, B, ulps, &c);
        if (!(s->st & PLUMB_ENOMEM))
            two(s, PLUMB_FN_MUL, &s->s1, &s->s1, &c);
        plumb_work_give(s->w, mark);
    }
    two(s, PLUMB_FN_MUL, &s->s1, &s->s1, &s->s1);
    two(s, PLUMB_FN_ADD, e, e, &s->s1);
}

static plumb_status
take_registers(sweep *s, size_t block)
{
    const plumb_num *R = s->R;
    plumb_status st = plumb_take(s->w, B, block, &s->s1) | plumb_take(s->w, B, block, &s->s2) |
        plumb_take_constant(s->w, B, 1, &s->one) | plumb_take_constant(s->w, B, 2, &s->two) |
        plumb_take_constant(s->w, B, 2 / sqrt(M_PI), &s->erf);
    for (int r = 0; r < s->P->nin + s->P->nins && !st; r++) {
        const plumb_ins *I = instruction(s, r);
        if (I && I->fn == PLUMB_FN_CONST)
            st |= plumb_take_number(s->w, B, I, &s->t[r]);
        else
            st |= (I ? plumb_take(s->w, B, block, &s->t[r]) : PLUMB_OK) | plumb_take(s->w, B, block, &s->bar[r]);
    }
    return st;
}

static void
forward(sweep *s)
{
    for (int q = 0; q < s->P->nins; q++) {
        const plumb_ins *I = &s->P->ins[q];
        if (PLUMB_FN_IS_BINARY(I->fn))
            two(s, I->fn, &s->t[s->P->nin + q], &s->t[I->a], &s->t[I->b]);
        else if (I->fn != PLUMB_FN_CONST)
            single(s, I->fn, &s->t[s->P->nin + q], &s->t[I->a]);
    }
}

/* e = the variance of the block's result */
static void
variance(sweep *s, const pair *in, const plumb_array *e)
{
    const plumb_num *R = s->R;
    int last = s->P->nin + s->P->nins - 1;
    for (int r = 0; r <= last; r++)
        s->touched[r] = 0;
    s->st |= plumb_zero(B, e, s->n);
    if (s->P->ins[s->P->nins - 1].fn == PLUMB_FN_CONST)
        return;
    s->st |= B->copy(B, &s->bar[last], &s->one, s->n);
    s->touched[last] = 1;
    for (int r = last; r >= s->P->nin; r--)
        if (s->touched[r])
            own(s, r, e), pull(s, r);
    for (int r = 0; r < s->P->nin; r++)
        if (s->touched[r] && !plumb_absent(&in[r].e)) {
            two(s, PLUMB_FN_MUL, &s->s1, &s->bar[r], &s->bar[r]);
            two(s, PLUMB_FN_MUL, &s->s1, &s->s1, &in[r].e);
            two(s, PLUMB_FN_ADD, e, e, &s->s1);
        }
}

/* x += more, E += e and the rounding of the sum where both terms are there */
static void
add_on(sweep *s, const pair *o, const plumb_array *more, const plumb_array *e)
{
    two(s, PLUMB_FN_MUL, &s->s1, &o->x, more), single(s, PLUMB_FN_SIGN, &s->s1, &s->s1);
    two(s, PLUMB_FN_ADD, &o->x, &o->x, more);
    if (plumb_absent(&o->e))
        return;
    two(s, PLUMB_FN_MUL, &s->s1, &s->s1, &o->x), two(s, PLUMB_FN_MUL, &s->s1, &s->s1, &s->s1);
    two(s, PLUMB_FN_ADD, &o->e, &o->e, &s->s1), two(s, PLUMB_FN_ADD, &o->e, &o->e, e);
}

static plumb_status
program(const plumb_num *R, const plumb_program *P, plumb_mode mode, const plumb_array *out, const plumb_array *in,
    size_t n, plumb_work *w)
{
    sweep s = { .R = R, .P = P, .w = w };
    plumb_mark mark = plumb_work_mark(w);
    size_t block = n < PLUMB_BLOCK ? n : PLUMB_BLOCK;
    plumb_array e;
    s.st = take_registers(&s, block) | plumb_take(w, B, block, &e);
    for (size_t i0 = 0; i0 < n && !(s.st & PLUMB_ENOMEM); i0 += block) {
        plumb_array y = plumb_at(out, (ptrdiff_t)i0);
        pair o = split(R, &y), p[PLUMB_MAXVARS];
        s.n = n - i0 < block ? n - i0 : block;
        for (int r = 0; r < P->nin; r++) {
            plumb_array x = plumb_at(&in[r], (ptrdiff_t)i0);
            p[r] = split(R, &x);
            s.t[r] = p[r].x;
        }
        forward(&s);
        if (!plumb_absent(&o.e))
            variance(&s, p, &e);
        if (mode == PLUMB_ADD)
            add_on(&s, &o, &s.t[P->nin + P->nins - 1], &e);
        else {
            s.st |= B->copy(B, &o.x, &s.t[P->nin + P->nins - 1], s.n);
            if (!plumb_absent(&o.e))
                s.st |= B->copy(B, &o.e, &e, s.n);
        }
    }
    plumb_work_give(w, mark);
    return s.st;
}

static plumb_status
map1(const plumb_num *R, plumb_fn fn, const plumb_array *y, const plumb_array *x, size_t n, plumb_work *w)
{
    plumb_program P = { .nin = 1, .nins = 1, .ins = { { fn, 0, 0, 0 } } };
    return n ? program(R, &P, PLUMB_SET, y, x, n, w) : PLUMB_OK;
}

static plumb_status
map2(const plumb_num *R, plumb_fn fn, const plumb_array *z, const plumb_array *x, const plumb_array *y, size_t n,
    plumb_work *w)
{
    plumb_program P = { .nin = 2, .nins = 1, .ins = { { fn, 0, !plumb_same(x, y), 0 } } };
    plumb_array in[2] = { *x, *y };
    return n ? program(R, &P, PLUMB_SET, z, in, n, w) : PLUMB_OK;
}

static plumb_status
copy(const plumb_num *R, const plumb_array *y, const plumb_array *x, size_t n)
{
    pair o = split(R, y), a = split(R, x);
    plumb_status st = B->copy(B, &o.x, &a.x, n);
    if (plumb_absent(&o.e))
        return st;
    return st | (plumb_absent(&a.e) ? plumb_zero(B, &o.e, n) : B->copy(B, &o.e, &a.e, n));
}

/* x2 = x^2 and ex2 = e + c x^2 for the rows of a stored matrix (leading dimension ld), packed */
static plumb_status
squares(const plumb_num *R, const pair *a, size_t rows, size_t cols, size_t ld, double c, const plumb_array *x2,
    const plumb_array *ex2, plumb_work *w)
{
    plumb_array scale;
    plumb_mark mark = plumb_work_mark(w);
    size_t many = ld == cols ? 1 : rows, n = ld == cols ? rows * cols : cols;
    plumb_status st = plumb_take_constant(w, B, c, &scale);
    for (size_t i = 0; i < many && !st; i++) {
        plumb_array x = plumb_at(&a->x, (ptrdiff_t)(i * ld)), e = plumb_at(&a->e, (ptrdiff_t)(i * ld));
        plumb_array x2i = plumb_at(x2, (ptrdiff_t)(i * n)), ei = plumb_at(ex2, (ptrdiff_t)(i * n));
        st |= B->map2(B, PLUMB_FN_MUL, &x2i, &x, &x, n, w) | B->map2(B, PLUMB_FN_MUL, &ei, &x2i, &scale, n, w);
        if (!plumb_absent(&a->e))
            st |= B->map2(B, PLUMB_FN_ADD, &ei, &ei, &e, n, w);
    }
    plumb_work_give(w, mark);
    return st;
}

/* Does a stored matrix hold a zero? */
static plumb_status
has_zero(const plumb_num *R, const plumb_array *x2, size_t n, int *found, plumb_work *w)
{
    plumb_array least, minus;
    plumb_mark mark = plumb_work_mark(w);
    plumb_status st = plumb_take(w, B, n, &minus) | plumb_take(w, B, 1, &least);
    if (!st && n) {
        st |= B->map1(B, PLUMB_FN_NEG, &minus, x2, n, w) | B->top(B, &least, &minus, n);
        *found |= plumb_get_d(B, &least, 0) == 0;
    }
    plumb_work_give(w, mark);
    return st;
}

/* The workings of one product. */
typedef struct product {
    plumb_mm packed;
    size_t a_size, b_size, n;
    plumb_array z, e, a2, ea, b2, eb, drift;
} product;

/* e = N/2 (A2 B2) + N/3 Z^2: the squares are replaced by their signs on the way */
static plumb_status
counted(const plumb_num *R, const product *p, plumb_work *w)
{
    plumb_array count, half, third, t;
    plumb_mark mark = plumb_work_mark(w);
    plumb_status st = plumb_take(w, B, p->n, &count) | plumb_take(w, B, p->n, &t) | plumb_take_constant(w, B, 0.5, &half) |
        plumb_take_constant(w, B, 1 / 3.0, &third);
    if (!st) {
        st |= plumb_gemm(B, PLUMB_SET, &p->packed, &t, &p->a2, &p->b2, w) | B->map2(B, PLUMB_FN_MUL, &t, &t, &half, p->n, w);
        st |= B->map1(B, PLUMB_FN_SIGN, &p->a2, &p->a2, p->a_size, w) | B->map1(B, PLUMB_FN_SIGN, &p->b2, &p->b2, p->b_size, w);
        st |= plumb_gemm(B, PLUMB_SET, &p->packed, &count, &p->a2, &p->b2, w) | B->map2(B, PLUMB_FN_MUL, &t, &t, &count, p->n, w);
        st |= B->map2(B, PLUMB_FN_ADD, &p->e, &p->e, &t, p->n, w);
        st |= B->map2(B, PLUMB_FN_MUL, &t, &p->z, &p->z, p->n, w) | B->map2(B, PLUMB_FN_MUL, &t, &t, &count, p->n, w);
        st |= B->map2(B, PLUMB_FN_MUL, &t, &t, &third, p->n, w) | B->map2(B, PLUMB_FN_ADD, &p->e, &p->e, &t, p->n, w);
    }
    plumb_work_give(w, mark);
    return st;
}

/* the value into z and its variance into e */
static plumb_status
multiply(const plumb_num *R, const plumb_mm *g, product *p, const pair *x, const pair *y, plumb_work *w)
{
    size_t ar = g->ta ? g->k : g->m, ac = g->ta ? g->m : g->k, br = g->tb ? g->n : g->k, bc = g->tb ? g->k : g->n;
    plumb_mm value = *g;
    plumb_array t;
    double k = (double)g->k;
    int zeros = 0;
    plumb_status st = squares(R, x, ar, ac, g->lda, 0, &p->a2, &p->ea, w) | squares(R, y, br, bc, g->ldb, 0, &p->b2, &p->eb, w);
    value.ldc = g->n;
    st |= plumb_gemm(B, PLUMB_SET, &value, &p->z, &x->x, &y->x, w);
    if (g->k > 1)
        st |= has_zero(R, &p->a2, p->a_size, &zeros, w) | has_zero(R, &p->b2, p->b_size, &zeros, w);
    if (!zeros && g->k > 1)                     /* both terms with B2 are one product */
        st |= squares(R, y, br, bc, g->ldb, k / 2, &p->b2, &p->eb, w);
    st |= plumb_gemm(B, PLUMB_SET, &p->packed, &p->e, &p->a2, &p->eb, w);
    if (!plumb_absent(&x->e))
        st |= plumb_gemm(B, PLUMB_ADD, &p->packed, &p->e, &p->ea, &p->b2, w);
    if (zeros)
        return st | counted(R, p, w);
    st |= plumb_take(w, B, p->n, &t) | plumb_take_constant(w, B, g->k > 1 ? k / 3 : 1, &p->drift);
    if (st & PLUMB_ENOMEM)
        return st;
    st |= B->map2(B, PLUMB_FN_MUL, &t, &p->z, &p->z, p->n, w) | B->map2(B, PLUMB_FN_MUL, &t, &t, &p->drift, p->n, w);
    return st | B->map2(B, PLUMB_FN_ADD, &p->e, &p->e, &t, p->n, w);
}

static plumb_status
gemm(const plumb_num *R, plumb_mode mode, const plumb_mm *g, const plumb_array *c, const plumb_array *a,
    const plumb_array *b, plumb_work *w)
{
    pair o = split(R, c), x = split(R, a), y = split(R, b);
    plumb_mark mark = plumb_work_mark(w);
    sweep s = { .R = R, .w = w, .n = g->n };
    product p = { .packed = *g, .a_size = g->m * g->k, .b_size = g->k * g->n, .n = g->m * g->n };
    p.packed.lda = g->ta ? g->m : g->k, p.packed.ldb = g->tb ? g->k : g->n, p.packed.ldc = g->n;
    if (plumb_absent(&o.e))
        return plumb_gemm(B, mode, g, &o.x, &x.x, &y.x, w);
    s.st = plumb_take(w, B, p.n, &p.z) | plumb_take(w, B, p.n, &p.e) | plumb_take(w, B, p.a_size, &p.a2) |
        plumb_take(w, B, p.a_size, &p.ea) | plumb_take(w, B, p.b_size, &p.b2) | plumb_take(w, B, p.b_size, &p.eb) |
        plumb_take(w, B, g->n, &s.s1);
    if (!s.st)
        s.st = multiply(R, g, &p, &x, &y, w);
    for (size_t i = 0; i < g->m && !(s.st & PLUMB_ENOMEM); i++) {
        plumb_array to = plumb_at(c, (ptrdiff_t)(i * g->ldc)), zi = plumb_at(&p.z, (ptrdiff_t)(i * g->n));
        plumb_array ei = plumb_at(&p.e, (ptrdiff_t)(i * g->n));
        pair row = split(R, &to);
        if (mode == PLUMB_ADD)
            add_on(&s, &row, &zi, &ei);
        else
            s.st |= B->copy(B, &row.x, &zi, g->n) | B->copy(B, &row.e, &ei, g->n);
    }
    plumb_work_give(w, mark);
    return s.st;
}

static plumb_status
top(const plumb_num *R, const plumb_array *y, const plumb_array *x, size_t n)
{
    pair o = split(R, y), a = split(R, x);
    return (plumb_absent(&o.e) ? PLUMB_OK : plumb_zero(B, &o.e, 1)) | B->top(B, &o.x, &a.x, n);
}

/* The squares of contributions below 2^-511 underflow in the plane; f32's own subnormals begin far above
 * that, and a few of them may meet in one result. */
double
plumb_rounding_floor(long bits)
{
    return bits == 24 ? 4 * 0x1p-149 : ldexp(1, (int)-bits - 501);
}

double
plumb_rounding_sigma(double variance, long bits)
{
    return hypot(ldexp(sqrt(variance), (int)-bits - 1), plumb_rounding_floor(bits));
}

plumb_num *
plumb_rounding_new(const plumb_num *base, plumb_diag *diag)
{
    plumb_num *R;
    if (base->base || base->planes != 1) {
        plumb_fail(diag, PLUMB_EINPUT, "rounding(%s): the base must be f64, f32 or mpfr", base->name);
        return NULL;
    }
    R = plumb_num_make(diag, "rounding(%s)", base->name);
    if (!R)
        return NULL;
    R->kind = PLUMB_ROUNDING, R->planes = R->constants = 2, R->base = base, R->leaf = base->leaf;
    R->precision = base->precision, R->lanes = 1;
    R->copy = copy, R->map1 = map1, R->map2 = map2, R->gemm = gemm, R->top = top, R->program = program;
    return R;
}
