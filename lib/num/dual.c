/* dual.c - a value and K tangents over any system: forward mode, with no derivative code of any op
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The slopes below are formulas of x, y and the value z, compiled once per system.  A product of
 * matrices is a few base products of whole planes; nothing is packed. */
#include "lib/base/alloc.h"
#include "lib/num/derived.h"
#include "plumbline/formula.h"
#include "plumbline/work.h"

#define B (R->base)
static const char *const one_slope[PLUMB_FN_COUNT] = {
    [PLUMB_FN_NEG] = "-1", [PLUMB_FN_SQRT] = "1/(2*z)", [PLUMB_FN_EXP] = "z", [PLUMB_FN_EXPM1] = "exp(x)",
    [PLUMB_FN_LOG] = "1/x", [PLUMB_FN_LOG1P] = "1/(1+x)", [PLUMB_FN_SIN] = "cos(x)", [PLUMB_FN_COS] = "-sin(x)",
    [PLUMB_FN_TANH] = "1 - z*z", [PLUMB_FN_ERF] = "2*exp(-x*x)/sqrt(pi)",
};
static const char *const two_slopes[PLUMB_FN_COUNT][2] = {
    [PLUMB_FN_DIV] = { "1/y", "-z/y" }, [PLUMB_FN_ATAN2] = { "y/(x*x+y*y)", "-x/(x*x+y*y)" },
    [PLUMB_FN_POW] = { "y*pow(x,y - 1)", "z*log(x)" },
};
typedef struct slopes {
    size_t lanes;               /* of this level */
    plumb_program one[PLUMB_FN_COUNT], two[PLUMB_FN_COUNT][2];
} slopes;

static size_t
lanes_of(const plumb_num *R)
{
    return ((const slopes *)R->data)->lanes;
}

static plumb_status
compile(slopes *s)
{
    static const char *const vars[] = { "x", "z" }, *const vars2[] = { "x", "y", "z" };
    plumb_status st = PLUMB_OK;
    for (int fn = 0; fn < PLUMB_FN_COUNT; fn++) {
        if (one_slope[fn])
            st |= plumb_formula_parse(one_slope[fn], vars, 2, &s->one[fn], NULL);
        for (int k = 0; k < 2 && two_slopes[fn][k]; k++)
            st |= plumb_formula_parse(two_slopes[fn][k], vars2, 3, &s->two[fn][k], NULL);
    }
    return st;
}

/* A kernel writes value and tangent from the same operands, one of which the result may overwrite:
 * the value waits in a temporary. */
typedef struct halves {
    plumb_array v, d;
} halves;

static halves
split(const plumb_num *R, const plumb_array *a)
{
    return (halves){ plumb_half(B, a, 0), plumb_half(B, a, 1) };
}

static plumb_status
zero_lanes(const plumb_num *R, const plumb_array *d, size_t n)
{
    plumb_status st = PLUMB_OK;
    for (size_t l = 0; l < lanes_of(R); l++) {
        plumb_array dl = plumb_lane(d, l);
        st |= plumb_zero(B, &dl, n);
    }
    return st;
}

static plumb_status
copy(const plumb_num *R, const plumb_array *y, const plumb_array *x, size_t n)
{
    halves o = split(R, y), a = split(R, x);
    plumb_status st = B->copy(B, &o.v, &a.v, n);
    if (plumb_absent(&o.d))
        return st;
    if (plumb_absent(&a.d))
        return st | zero_lanes(R, &o.d, n);
    for (size_t l = 0; l < lanes_of(R); l++) {
        plumb_array ol = plumb_lane(&o.d, l), al = plumb_lane(&a.d, l);
        st |= B->copy(B, &ol, &al, n);
    }
    return st;
}

/* |x|' = sign(x) x', and |x'| where x is 0: s = sign(x) in, t += (1 - |s|) |x'| where any s is 0 */
static plumb_status
abs_tangent(const plumb_num *R, const plumb_array *t, const plumb_array *s, const plumb_array *xd, size_t n,
    plumb_work *w)
{
    plumb_array one, tie, size;
    plumb_mark mark = plumb_work_mark(w);
    plumb_status st = plumb_take_constant(w, B, 1, &one) | plumb_take(w, B, n, &tie) | plumb_take(w, B, n, &size);
    if (!st) {
        st |= B->map1(B, PLUMB_FN_ABS, &tie, s, n, w) | B->map2(B, PLUMB_FN_SUB, &tie, &one, &tie, n, w);
        st |= B->map1(B, PLUMB_FN_ABS, &size, xd, n, w) | B->map2(B, PLUMB_FN_MUL, &size, &tie, &size, n, w);
        st |= B->map2(B, PLUMB_FN_MUL, t, s, xd, n, w) | B->map2(B, PLUMB_FN_ADD, t, t, &size, n, w);
    }
    plumb_work_give(w, mark);
    return st;
}

static plumb_status
map1(const plumb_num *R, plumb_fn fn, const plumb_array *y, const plumb_array *x, size_t n, plumb_work *w)
{
    const slopes *all = R->data;
    halves o = split(R, y), a = split(R, x);
    plumb_mark mark = plumb_work_mark(w);
    plumb_array v, s;
    plumb_status st;
    if (plumb_absent(&o.d))
        return B->map1(B, fn, &o.v, &a.v, n, w);
    st = plumb_take(w, B, n, &v) | plumb_take(w, B, n, &s);
    if (st)
        goto out;
    st |= B->map1(B, fn, &v, &a.v, n, w);
    if (plumb_absent(&a.d) || fn == PLUMB_FN_STEP || fn == PLUMB_FN_SIGN) {
        st |= zero_lanes(R, &o.d, n);
    } else {
        if (fn == PLUMB_FN_ABS)
            st |= B->map1(B, PLUMB_FN_SIGN, &s, &a.v, n, w);
        else
            st |= plumb_program_run(B, &all->one[fn], PLUMB_SET, &s, (plumb_array[]){ a.v, v }, n, w);
        for (size_t l = 0; l < lanes_of(R); l++) {
            plumb_array ol = plumb_lane(&o.d, l), al = plumb_lane(&a.d, l);
            st |= fn == PLUMB_FN_ABS ? abs_tangent(R, &ol, &s, &al, n, w)
                                     : B->map2(B, PLUMB_FN_MUL, &ol, &s, &al, n, w);
        }
    }
    st |= B->copy(B, &o.v, &v, n);
out:
    plumb_work_give(w, mark);
    return st;
}

/* t = f x' + g y' (f, g NULL: 1; minus: the second term is subtracted); absent tangents are 0 */
static plumb_status
combine(const plumb_num *R, const plumb_array *t, const plumb_array *f, const plumb_array *xd, const plumb_array *g,
    const plumb_array *yd, int minus, size_t n, plumb_work *w)
{
    plumb_mark mark = plumb_work_mark(w);
    plumb_array p = *xd, q = *yd, p_home, q_home;
    plumb_status st = plumb_take(w, B, n, &p_home) | plumb_take(w, B, n, &q_home);
    if (!st && f && !plumb_absent(xd))
        st |= B->map2(B, PLUMB_FN_MUL, &p_home, f, xd, n, w), p = p_home;
    if (!st && g && !plumb_absent(yd))
        st |= B->map2(B, PLUMB_FN_MUL, &q_home, g, yd, n, w), q = q_home;
    if (st)
        ;
    else if (plumb_absent(&p) && plumb_absent(&q))
        st |= plumb_zero(B, t, n);
    else if (plumb_absent(&q))
        st |= B->copy(B, t, &p, n);
    else if (plumb_absent(&p))
        st |= minus ? B->map1(B, PLUMB_FN_NEG, t, &q, n, w) : B->copy(B, t, &q, n);
    else
        st |= B->map2(B, minus ? PLUMB_FN_SUB : PLUMB_FN_ADD, t, &p, &q, n, w);
    plumb_work_give(w, mark);
    return st;
}

/* What max and min need: f = [x wins], g = [y wins], tie = 1 where neither does (NaN: all NaN). */
typedef struct contest {
    plumb_array f, g, tie;
    int ties;
} contest;

static plumb_status
judge(const plumb_num *R, int largest, contest *c, const plumb_array *x, const plumb_array *y, size_t n, plumb_work *w)
{
    plumb_array one, most;
    plumb_status st = plumb_take(w, B, n, &c->f) | plumb_take(w, B, n, &c->g) | plumb_take(w, B, n, &c->tie) |
        plumb_take_constant(w, B, 1, &one) | plumb_take(w, B, 1, &most);
    if (st)
        return st;
    st |= B->map2(B, PLUMB_FN_SUB, &c->f, largest ? x : y, largest ? y : x, n, w);
    st |= B->map1(B, PLUMB_FN_NEG, &c->g, &c->f, n, w);
    st |= B->map1(B, PLUMB_FN_STEP, &c->f, &c->f, n, w) | B->map1(B, PLUMB_FN_STEP, &c->g, &c->g, n, w);
    st |= B->map2(B, PLUMB_FN_ADD, &c->tie, &c->f, &c->g, n, w) | B->map2(B, PLUMB_FN_SUB, &c->tie, &one, &c->tie, n, w);
    st |= B->top(B, &most, &c->tie, n);
    c->ties = !(plumb_get_d(B, &most, 0) <= 0);
    return st;
}

/* The directional derivative of max (min): at a tie the larger (smaller) of the tangents. */
static plumb_status
contest_tangent(const plumb_num *R, plumb_fn fn, const contest *c, const plumb_array *t, const plumb_array *xd,
    const plumb_array *yd, size_t n, plumb_work *w)
{
    plumb_mark mark = plumb_work_mark(w);
    plumb_array zero, both, sum;
    const plumb_array *x1 = plumb_absent(xd) ? &zero : xd, *y1 = plumb_absent(yd) ? &zero : yd;
    plumb_status st = plumb_take_constant(w, B, 0, &zero) | plumb_take(w, B, n, &both) | plumb_take(w, B, n, &sum);
    if (!st) {
        if (c->ties)
            st |= B->map2(B, fn, &both, x1, y1, n, w) | B->map2(B, PLUMB_FN_MUL, &both, &c->tie, &both, n, w);
        st |= combine(R, &sum, &c->f, xd, &c->g, yd, 0, n, w);
        st |= c->ties ? B->map2(B, PLUMB_FN_ADD, t, &sum, &both, n, w) : B->copy(B, t, &sum, n);
    }
    plumb_work_give(w, mark);
    return st;
}

static plumb_status
map2(const plumb_num *R, plumb_fn fn, const plumb_array *z, const plumb_array *x, const plumb_array *y, size_t n,
    plumb_work *w)
{
    const slopes *all = R->data;
    halves o = split(R, z), a = split(R, x), b = split(R, y);
    plumb_mark mark = plumb_work_mark(w);
    plumb_array v, f, g, *pf = NULL, *pg = NULL;
    contest c = { .ties = 0 };
    int contested = fn == PLUMB_FN_MAX || fn == PLUMB_FN_MIN;
    plumb_status st;
    if (plumb_absent(&o.d))
        return B->map2(B, fn, &o.v, &a.v, &b.v, n, w);
    st = plumb_take(w, B, n, &v) | plumb_take(w, B, n, &f) | plumb_take(w, B, n, &g);
    if (st)
        goto out;
    st |= B->map2(B, fn, &v, &a.v, &b.v, n, w);
    if (fn == PLUMB_FN_MUL)
        pf = &b.v, pg = &a.v;
    else if (two_slopes[fn][0]) {
        plumb_array in[] = { a.v, b.v, v };
        st |= plumb_program_run(B, &all->two[fn][0], PLUMB_SET, &f, in, n, w);
        st |= plumb_program_run(B, &all->two[fn][1], PLUMB_SET, &g, in, n, w);
        pf = &f, pg = &g;
    } else if (contested)
        st |= judge(R, fn == PLUMB_FN_MAX, &c, &a.v, &b.v, n, w);
    for (size_t l = 0; l < lanes_of(R) && !(st & PLUMB_ENOMEM); l++) {
        plumb_array ol = plumb_lane(&o.d, l), al = plumb_lane(&a.d, l), bl = plumb_lane(&b.d, l), t;
        plumb_mark lane = plumb_work_mark(w);
        st |= plumb_take(w, B, n, &t);
        if (st & PLUMB_ENOMEM)
            break;
        if (fn == PLUMB_FN_MUL && plumb_same(x, y) && !plumb_absent(&al))       /* 2 x x': one error, not two */
            st |= B->map2(B, fn, &t, &a.v, &al, n, w) | B->map2(B, PLUMB_FN_ADD, &t, &t, &t, n, w);
        else
            st |= contested ? contest_tangent(R, fn, &c, &t, &al, &bl, n, w)
                            : combine(R, &t, pf, &al, pg, &bl, fn == PLUMB_FN_SUB, n, w);
        st |= B->copy(B, &ol, &t, n);
        plumb_work_give(w, lane);
    }
    st |= B->copy(B, &o.v, &v, n);
out:
    plumb_work_give(w, mark);
    return st;
}

/* C' = A' B + A B'.  Laned A' whose lanes follow each other as rows is one product. */
static plumb_status
gemm(const plumb_num *R, plumb_mode mode, const plumb_mm *g, const plumb_array *c, const plumb_array *a,
    const plumb_array *b, plumb_work *w)
{
    halves o = split(R, c), x = split(R, a), y = split(R, b);
    plumb_status st = plumb_gemm(B, mode, g, &o.v, &x.v, &y.v, w);
    plumb_mm tall = *g;
    int no_a = plumb_absent(&x.d), no_b = plumb_absent(&y.d);
    int stacked = !g->ta && o.d.lane == (ptrdiff_t)(g->m * g->ldc) && x.d.lane == (ptrdiff_t)(g->m * g->lda);

    if (plumb_absent(&o.d))
        return st;
    tall.m *= lanes_of(R);
    if (!no_a && stacked)
        st |= plumb_gemm(B, mode, &tall, &o.d, &x.d, &y.v, w);
    for (size_t l = 0; l < lanes_of(R); l++) {
        plumb_array ol = plumb_lane(&o.d, l), al = plumb_lane(&x.d, l), bl = plumb_lane(&y.d, l);
        if (!no_a && !stacked)
            st |= plumb_gemm(B, mode, g, &ol, &al, &y.v, w);
        if (!no_b)
            st |= plumb_gemm(B, no_a ? mode : PLUMB_ADD, g, &ol, &x.v, &bl, w);
        if (no_a && no_b && mode == PLUMB_SET)
            st |= plumb_zero_rows(B, g, &ol);
    }
    return st;
}

static plumb_status
top(const plumb_num *R, const plumb_array *y, const plumb_array *x, size_t n)
{
    halves o = split(R, y), a = split(R, x);
    plumb_status st = PLUMB_OK;
    if (!plumb_absent(&o.d))
        st |= zero_lanes(R, &o.d, 1);
    return st | B->top(B, &o.v, &a.v, n);
}

plumb_num *
plumb_dual_new(const plumb_num *base, size_t lanes, plumb_diag *diag)
{
    plumb_num *R;
    if (lanes < 1 || (lanes > 1 && base->lanes > 1) || 2 * base->planes > PLUMB_MAXPLANES) {
        plumb_fail(diag, PLUMB_EINPUT, "dual(%s) with %zu lanes: at least one lane, lanes on one level only, at most %d planes",
            base->name, lanes, PLUMB_MAXPLANES);
        return NULL;
    }
    R = plumb_num_make(diag, "dual(%s)", base->name);
    if (!R)
        return NULL;
    R->kind = PLUMB_DUAL, R->planes = 2 * base->planes, R->constants = base->constants, R->base = base;
    R->leaf = base->leaf, R->precision = base->precision, R->lanes = lanes > 1 ? lanes : base->lanes;
    R->laned = base->laned | (lanes > 1 ? (1u << base->planes) - 1 : base->laned) << base->planes;
    R->copy = copy, R->map1 = map1, R->map2 = map2, R->gemm = gemm, R->top = top;
    R->data = plumb_alloc(1, sizeof(slopes));
    if (R->data && !compile(R->data)) {
        ((slopes *)R->data)->lanes = lanes;
        return R;
    }
    plumb_fail(diag, PLUMB_ENOMEM, "out of memory for %s", R->name);
    plumb_num_free(R);
    return NULL;
}
