/* t-num.c - the conformance suite that every number system must pass
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "lib/base/random.h"
#include "plumbline/num.h"
#include "plumbline/work.h"
#include "tests/tap.h"

enum { N = 300 };
static plumb_random source;

/* ---- one system under trial ---- */

typedef struct trial {
    const plumb_num *R;
    plumb_work *w;
    plumb_array x, y, z, t, u, v;
    int compared;                       /* planes that a law holds in: not variances */
} trial;

static void
fill(const plumb_num *R, const plumb_array *a, size_t n, double lo, double hi)
{
    for (int p = 0; p < R->planes; p++) {
        const plumb_num *l = R->leaf;
        size_t lanes = R->laned >> p & 1 ? R->lanes : 1;
        for (size_t i = 0; i < n * lanes; i++)
            l->set_d(l, a->plane[p], a->off + (ptrdiff_t)i, p ? plumb_random_between(&source, -1, 1) : plumb_random_between(&source, lo, hi));
    }
}

static trial
open_trial(const plumb_num *R)
{
    trial t = { .R = R, .w = plumb_work_new(R, 1), .compared = R->planes };
    plumb_array *all[] = { &t.x, &t.y, &t.z, &t.t, &t.u, &t.v };
    for (int i = 0; i < 6; i++)
        if (!t.w || plumb_take(t.w, R, N, all[i]))
            bail("out of memory");
    return t;
}

/* is the plane a variance? */
static int
is_variance(const plumb_num *R, int p)
{
    if (R->kind == PLUMB_ROUNDING)
        return p == 1;
    return R->base ? is_variance(R->base, p % R->base->planes) : 0;
}

static double
element(const plumb_num *R, const plumb_array *a, int p, size_t i)
{
    return R->leaf->get_d(R->leaf, a->plane[p], a->off + (ptrdiff_t)i * a->inc);
}

/* the largest |a - b|/(1 + |b|) over values and tangents, in units of the leaf's roundoff */
static double
worst(const plumb_num *R, const plumb_array *a, const plumb_array *b, size_t n)
{
    double most = 0;
    for (int p = 0; p < R->planes; p++)
        for (size_t i = 0; i < n && !is_variance(R, p); i++) {
            double gap, size = 1 + fabs(element(R, b, p, i));
            mpfr_t x, y;
            mpfr_inits2(R->precision, x, y, (mpfr_ptr)0);
            R->leaf->get_mpfr(R->leaf, a->plane[p], a->off + (ptrdiff_t)i, x);
            R->leaf->get_mpfr(R->leaf, b->plane[p], b->off + (ptrdiff_t)i, y);
            mpfr_sub(x, x, y, MPFR_RNDN);
            mpfr_mul_2si(x, x, R->precision, MPFR_RNDN);
            gap = fabs(mpfr_get_d(x, MPFR_RNDN)) / size;
            mpfr_clears(x, y, (mpfr_ptr)0);
            if (!(gap <= most))
                most = gap;
        }
    return most;
}

#define M1(fn, o, a) t->R->map1(t->R, PLUMB_FN_##fn, o, a, N, t->w)
#define M2(fn, o, a, b) t->R->map2(t->R, PLUMB_FN_##fn, o, a, b, N, t->w)

static void
law(trial *t, const char *what, double allowed, plumb_status st)
{
    double gap = worst(t->R, &t->u, &t->v, N);
    ok(!st && gap <= allowed, "%s: %s, worst %.2g roundoffs of %.2g (status %u)", t->R->name, what, gap, allowed, st);
}

static void
field_laws(trial *t)
{
    plumb_status st;
    fill(t->R, &t->x, N, 0.5, 2), fill(t->R, &t->y, N, 0.5, 2), fill(t->R, &t->z, N, -2, 2);
    st = M2(ADD, &t->u, &t->x, &t->y) | M2(SUB, &t->u, &t->u, &t->y) | t->R->copy(t->R, &t->v, &t->x, N);
    law(t, "(x + y) - y = x", 4, st);
    st = M2(ADD, &t->u, &t->y, &t->z) | M2(MUL, &t->u, &t->x, &t->u) | M2(MUL, &t->v, &t->x, &t->y) | M2(MUL, &t->t, &t->x, &t->z) |
        M2(ADD, &t->v, &t->v, &t->t);
    law(t, "x(y + z) = xy + xz", 40, st);
    st = M2(MUL, &t->u, &t->x, &t->y) | M2(MUL, &t->v, &t->y, &t->x);
    law(t, "xy = yx", 8, st);
    st = M2(DIV, &t->u, &t->z, &t->x) | M2(MUL, &t->u, &t->u, &t->x) | t->R->copy(t->R, &t->v, &t->z, N);
    law(t, "(z/x)x = z", 100, st);
    st = M1(NEG, &t->u, &t->z) | M2(ADD, &t->u, &t->u, &t->z) | plumb_zero(t->R, &t->v, N);
    law(t, "z + (-z) = 0", 0, st);
}

static void
function_laws(trial *t)
{
    plumb_array two = t->t, one = t->t;
    plumb_status st;
    fill(t->R, &t->x, N, 0.5, 2), fill(t->R, &t->z, N, -1.5, 1.5);
    st = M1(LOG, &t->u, &t->x) | M1(EXP, &t->u, &t->u) | t->R->copy(t->R, &t->v, &t->x, N);
    law(t, "exp(log x) = x", 60, st);
    st = M1(SQRT, &t->u, &t->x) | M2(MUL, &t->u, &t->u, &t->u) | t->R->copy(t->R, &t->v, &t->x, N);
    law(t, "sqrt(x)^2 = x", 60, st);
    plumb_set_d(t->R, &one, 0, 1);
    one.inc = 0;
    st = M1(SIN, &t->u, &t->z) | M2(MUL, &t->u, &t->u, &t->u) | M1(COS, &t->v, &t->z) | M2(MUL, &t->v, &t->v, &t->v) |
        M2(ADD, &t->u, &t->u, &t->v) | t->R->copy(t->R, &t->v, &one, N);
    law(t, "sin^2 + cos^2 = 1", 80, st);
    st = M1(EXP, &t->u, &t->z) | M2(SUB, &t->u, &t->u, &one) | M1(EXPM1, &t->v, &t->z);
    law(t, "exp(z) - 1 = expm1(z)", 60, st);
    st = M2(ADD, &t->u, &t->x, &one) | M1(LOG, &t->u, &t->u) | M1(LOG1P, &t->v, &t->x);
    law(t, "log(1 + x) = log1p(x)", 60, st);
    plumb_set_d(t->R, &two, 1, 2);
    two = plumb_at(&two, 1), two.inc = 0;
    st = M2(MUL, &t->u, &t->z, &two) | M1(EXPM1, &t->u, &t->u) | M2(ADD, &t->v, &t->u, &two) | M2(DIV, &t->u, &t->u, &t->v) |
        M1(TANH, &t->v, &t->z);
    law(t, "expm1(2z)/(expm1(2z) + 2) = tanh z", 400, st);
    st = M1(ABS, &t->u, &t->z) | M1(SIGN, &t->v, &t->z) | M2(MUL, &t->v, &t->v, &t->z);
    law(t, "abs(z) = z sign(z)", 1, st);
    fill(t->R, &t->y, N, -2, 2);
    st = M2(MAX, &t->u, &t->z, &t->y) | M2(MIN, &t->v, &t->z, &t->y) | M2(ADD, &t->u, &t->u, &t->v) | M2(ADD, &t->v, &t->z, &t->y);
    law(t, "max + min = sum", 2, st);
}

/* ---- in place ---- */

static int
same_bits(const plumb_num *R, const plumb_array *a, const plumb_array *b, size_t n)
{
    mpfr_t x, y;
    int same = 1;
    mpfr_inits2(R->precision, x, y, (mpfr_ptr)0);
    for (int p = 0; p < R->planes; p++)
        for (size_t i = 0; i < n; i++) {
            R->leaf->get_mpfr(R->leaf, a->plane[p], a->off + (ptrdiff_t)i, x);
            R->leaf->get_mpfr(R->leaf, b->plane[p], b->off + (ptrdiff_t)i, y);
            same &= (mpfr_nan_p(x) && mpfr_nan_p(y)) || (mpfr_equal_p(x, y) && mpfr_signbit(x) == mpfr_signbit(y));
        }
    mpfr_clears(x, y, (mpfr_ptr)0);
    return same;
}

static void
aliasing(trial *t)
{
    int bad = 0;
    fill(t->R, &t->x, N, 0.5, 2), fill(t->R, &t->y, N, 0.5, 2);
    for (int fn = PLUMB_FN_NEG; fn < PLUMB_FN_COUNT; fn++) {
        plumb_status st = PLUMB_OK;
        if (PLUMB_FN_IS_BINARY(fn)) {
            if (t->R->map2(t->R, (plumb_fn)fn, &t->u, &t->x, &t->y, N, t->w) & PLUMB_EUNABLE)
                continue;
            st |= t->R->copy(t->R, &t->v, &t->x, N) | t->R->map2(t->R, (plumb_fn)fn, &t->v, &t->v, &t->y, N, t->w);
            bad += st || !same_bits(t->R, &t->u, &t->v, N);
            st |= t->R->copy(t->R, &t->v, &t->y, N) | t->R->map2(t->R, (plumb_fn)fn, &t->v, &t->x, &t->v, N, t->w);
        } else {
            if (t->R->map1(t->R, (plumb_fn)fn, &t->u, &t->x, N, t->w) & PLUMB_EUNABLE)
                continue;
            st |= t->R->copy(t->R, &t->v, &t->x, N);
            st |= t->R->map1(t->R, (plumb_fn)fn, &t->v, &t->v, N, t->w);
        }
        if (st || !same_bits(t->R, &t->u, &t->v, N))
            bad++, diag("%s in place differs", plumb_fn_text((plumb_fn)fn));
    }
    ok(!bad, "%s: results over operands are the same bits", t->R->name);
}

/* ---- awful values ---- */

/* log and sqrt of a negative number exist there */
static int
has_complex(const plumb_num *R)
{
    return R->kind == PLUMB_COMPLEX || (R->base && has_complex(R->base));
}

static double
one_value(trial *t, plumb_fn fn, double a, double b)
{
    plumb_set_d(t->R, &t->x, 0, a), plumb_set_d(t->R, &t->y, 0, b);
    if (PLUMB_FN_IS_BINARY(fn))
        (void)!t->R->map2(t->R, fn, &t->u, &t->x, &t->y, 1, t->w);
    else
        (void)!t->R->map1(t->R, fn, &t->u, &t->x, 1, t->w);
    return plumb_get_d(t->R, &t->u, 0);
}

static void
awful(trial *t)
{
    int bad = 0;
    for (int fn = PLUMB_FN_NEG; fn < PLUMB_FN_COUNT; fn++) {
        if (has_complex(t->R) && (fn == PLUMB_FN_ATAN2 || fn == PLUMB_FN_ERF))
            continue;
        bad += !isnan(one_value(t, (plumb_fn)fn, NAN, 1));
        bad += PLUMB_FN_IS_BINARY(fn) && !isnan(one_value(t, (plumb_fn)fn, 1, NAN));
    }
    ok(!bad, "%s: NaN in, NaN out, for every function", t->R->name);
    bad = !isinf(one_value(t, PLUMB_FN_ADD, INFINITY, 1)) + !isnan(one_value(t, PLUMB_FN_SUB, INFINITY, INFINITY));
    if (!has_complex(t->R))
        bad += !isnan(one_value(t, PLUMB_FN_LOG, -1, 0)) || !isnan(one_value(t, PLUMB_FN_SQRT, -1, 0)) ||
            one_value(t, PLUMB_FN_EXP, -INFINITY, 0) != 0 || one_value(t, PLUMB_FN_LOG, 0, 0) != -INFINITY;
    if (!t->R->base)
        bad += one_value(t, PLUMB_FN_DIV, 1, 0) != INFINITY || !signbit(one_value(t, PLUMB_FN_NEG, 0, 0)) ||
            !signbit(one_value(t, PLUMB_FN_SQRT, -0.0, 0));
    bad += one_value(t, PLUMB_FN_MAX, -INFINITY, 2) != 2 || one_value(t, PLUMB_FN_STEP, 0, 0) != 0 || one_value(t, PLUMB_FN_SIGN, -0.0, 0) != 0;
    if (t->R->leaf != &plumb_f32)
        bad += one_value(t, PLUMB_FN_MUL, 5e-324, 1) != 5e-324 || one_value(t, PLUMB_FN_ADD, 5e-324, 0) != 5e-324;
    ok(!bad, "%s: infinities, -0 and subnormals", t->R->name);
    plumb_set_d(t->R, &t->x, 0, 1), plumb_set_d(t->R, &t->x, 1, NAN), plumb_set_d(t->R, &t->x, 2, 2);
    ok(plumb_less(t->R, &t->x, 0, &t->x, 2) == PLUMB_TRUE && plumb_less(t->R, &t->x, 2, &t->x, 0) == PLUMB_FALSE &&
        plumb_less(t->R, &t->x, 0, &t->x, 1) == PLUMB_UNKNOWN, "%s: order is true, false or unknown", t->R->name);
}

static void
conversion(trial *t)
{
    static const double values[] = { 0, -0.0, 1, -1.5, 0.1, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e-300, INFINITY };
    int bad = 0;
    mpfr_t m;
    mpfr_init2(m, 53);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        double v = t->R->precision < 53 ? (double)(float)values[i] : values[i], back;
        mpfr_set_d(m, v, MPFR_RNDN);
        plumb_set_mpfr(t->R, &t->x, 0, m), plumb_get_mpfr(t->R, &t->x, 0, m);
        back = mpfr_get_d(m, MPFR_RNDN);
        bad += memcmp(&back, &v, sizeof v) != 0;
        plumb_set_d(t->R, &t->x, 0, v), back = plumb_get_d(t->R, &t->x, 0);
        bad += memcmp(&back, &v, sizeof v) != 0;
    }
    mpfr_clear(m);
    ok(!bad, "%s: f64 in and out, bit for bit", t->R->name);
}

/* ---- products ---- */

/* C += op(A) op(B) by the system's own map2, one term at a time */
static plumb_status
slow_gemm(trial *t, const plumb_mm *g, const plumb_array *c, const plumb_array *a, const plumb_array *b)
{
    plumb_status st = PLUMB_OK;
    for (size_t i = 0; i < g->m; i++)
        for (size_t j = 0; j < g->n; j++)
            for (size_t k = 0; k < g->k; k++) {
                plumb_array ca = plumb_at(c, (ptrdiff_t)(i * g->ldc + j));
                plumb_array aa = plumb_at(a, (ptrdiff_t)(g->ta ? k * g->lda + i : i * g->lda + k));
                plumb_array ba = plumb_at(b, (ptrdiff_t)(g->tb ? j * g->ldb + k : k * g->ldb + j));
                st |= t->R->map2(t->R, PLUMB_FN_MUL, &t->t, &aa, &ba, 1, t->w);
                st |= t->R->map2(t->R, PLUMB_FN_ADD, &ca, &ca, &t->t, 1, t->w);
            }
    return st;
}

static void
products(trial *t)
{
    static const size_t sizes[][3] = { { 3, 4, 5 }, { 1, 7, 6 }, { 6, 1, 9 }, { 4, 5, 1 }, { 1, 1, 8 }, { 2, 3, 0 }, { 9, 8, 7 } };
    double most = 0;
    plumb_status st = PLUMB_OK;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int form = 0; form < 8; form++) {
            size_t m = sizes[s][0], n = sizes[s][1], k = sizes[s][2];
            plumb_mm g = { form & 1, form >> 1 & 1, m, n, k, (form & 1 ? m : k) + 2, (form & 2 ? k : n) + 1, n + 3 };
            fill(t->R, &t->x, N, -1, 1), fill(t->R, &t->y, N, -1, 1), fill(t->R, &t->u, N, -1, 1);
            if (form & 4) {
                st |= t->R->copy(t->R, &t->v, &t->u, N);
                st |= plumb_gemm(t->R, PLUMB_ADD, &g, &t->u, &t->x, &t->y, t->w);
            } else {                    /* SET over NaN, where the product is; the rest is untouched */
                st |= t->R->copy(t->R, &t->v, &t->u, N);
                for (size_t i = 0; i < m; i++)
                    for (size_t j = 0; j < n; j++)
                        plumb_set_d(t->R, &t->v, i * g.ldc + j, 0), plumb_set_d(t->R, &t->u, i * g.ldc + j, NAN);
                st |= plumb_gemm(t->R, PLUMB_SET, &g, &t->u, &t->x, &t->y, t->w);
            }
            st |= slow_gemm(t, &g, &t->v, &t->x, &t->y);
            most = fmax(most, worst(t->R, &t->u, &t->v, N));
            if (isnan(worst(t->R, &t->u, &t->v, N)))
                most = INFINITY;
        }
    ok(!st && most <= 40, "%s: gemm against its own map2, transposed, padded, set and add: %.2g roundoffs (status %u)", t->R->name, most, st);
}

static void
programs(trial *t)
{
    /* 1 - x*x + exp(y)/x, and the same twice through one temporary */
    static const plumb_program P = { 2, 6, { { PLUMB_FN_MUL, 0, 0, 0 }, { PLUMB_FN_CONST, 0, 0, 1 }, { PLUMB_FN_SUB, 3, 2, 0 },
        { PLUMB_FN_EXP, 1, 0, 0 }, { PLUMB_FN_DIV, 5, 0, 0 }, { PLUMB_FN_ADD, 4, 6, 0 } } };
    plumb_array in[2] = { t->x, t->y };
    plumb_status st;
    fill(t->R, &t->x, N, 0.5, 2), fill(t->R, &t->y, N, -1, 1);
    st = plumb_program_run(t->R, &P, PLUMB_SET, &t->u, in, N, t->w) | plumb_program_generic(t->R, &P, PLUMB_SET, &t->v, in, N, t->w);
    law(t, "a program as a whole = instruction by instruction", 0, st);
    fill(t->R, &t->u, N, -1, 1);
    st = t->R->copy(t->R, &t->v, &t->u, N) | plumb_program_run(t->R, &P, PLUMB_ADD, &t->u, in, N, t->w) |
        plumb_program_run(t->R, &P, PLUMB_SET, &t->z, in, N, t->w) | M2(ADD, &t->v, &t->v, &t->z);
    law(t, "a program added = its value added", 2, st);
}

static void
conform(const plumb_num *R)
{
    trial t = open_trial(R);
    field_laws(&t);
    function_laws(&t);
    aliasing(&t);
    awful(&t);
    conversion(&t);
    products(&t);
    programs(&t);
    plumb_work_free(t.w);
}

/* ---- threads ---- */

static void
same_bits_for_any_team(const plumb_num *R, size_t m, size_t n, size_t k)
{
    plumb_array a, b, c[3], x, y[3];
    plumb_work *store = plumb_work_new(R, 1);
    size_t many = 100000 / (R->precision > 53 ? 10 : 1);
    static const plumb_program P = { 1, 2, { { PLUMB_FN_TANH, 0, 0, 0 }, { PLUMB_FN_MUL, 1, 0, 0 } } };
    plumb_status st = plumb_take(store, R, m * k, &a) | plumb_take(store, R, k * n, &b) | plumb_take(store, R, many, &x);
    for (int i = 0; i < 3; i++) {
        plumb_work *w = plumb_work_new(R, 1 << i);
        st |= plumb_take(store, R, m * n, &c[i]) | plumb_take(store, R, many, &y[i]);
        if (!i)
            fill(R, &a, m * k, -1, 1), fill(R, &b, k * n, -1, 1), fill(R, &x, many, -1, 1);
        st |= plumb_gemm(R, PLUMB_SET, &(plumb_mm){ 0, 0, m, n, k, k, n, n }, &c[i], &a, &b, w);
        st |= plumb_program_run(R, &P, PLUMB_SET, &y[i], &x, many, w);
        plumb_work_free(w);
    }
    ok(!st && same_bits(R, &c[0], &c[1], m * n) && same_bits(R, &c[0], &c[2], m * n), "%s: gemm %zux%zux%zu has the same bits for 1, 2 and 4 threads",
        R->name, m, n, k);
    ok(same_bits(R, &y[0], &y[1], many) && same_bits(R, &y[0], &y[2], many), "%s: a program over %zu elements, too", R->name, many);
    plumb_work_free(store);
}

int
main(void)
{
    plumb_diag why = { "" };
    plumb_num *m24 = plumb_mpfr_new(24, &why), *m256 = plumb_mpfr_new(256, &why), *m10000 = plumb_mpfr_new(10000, &why);
    plumb_num *r64 = plumb_rounding_new(&plumb_f64, &why), *r256 = plumb_rounding_new(m256, &why);
    plumb_num *d64 = plumb_dual_new(&plumb_f64, 1, &why), *d32 = plumb_dual_new(&plumb_f32, 1, &why), *dm = plumb_dual_new(m256, 1, &why);
    plumb_num *d3 = plumb_dual_new(&plumb_f64, 3, &why), *dr = plumb_dual_new(r64, 1, &why), *dd = plumb_dual_new(d64, 1, &why);
    plumb_num *dd3 = plumb_dual_new(d3, 1, &why), *c64 = plumb_complex_new(&plumb_f64, &why), *cm = plumb_complex_new(m256, &why);
    plumb_num *cr = plumb_complex_new(r64, &why), *dc = plumb_dual_new(c64, 1, &why), *g64 = plumb_debug_new(&plumb_f64, 0, &why);
    plumb_num *gd = plumb_debug_new(d64, 0, &why);
    const plumb_num *all[] = { &plumb_f64, &plumb_f32, m24, m256, m10000, r64, r256, d64, d32, dm, d3, dr, dd, dd3, c64, cm, cr, dc, g64, gd };
    source = plumb_random_named(20261123, "t-num");
    diag("seed 20261123");
    if (why.text[0])
        bail(why.text);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        conform(all[i]);
    same_bits_for_any_team(&plumb_f64, 300, 310, 250);
    same_bits_for_any_team(&plumb_f32, 300, 310, 250);
    same_bits_for_any_team(m256, 40, 35, 30);
    same_bits_for_any_team(r64, 200, 180, 150);
    same_bits_for_any_team(d64, 200, 180, 150);
    ok(!plumb_mpfr_new(23, &why) && why.text[0], "mpfr of 23 bits is refused: %s", why.text);
    why.text[0] = 0;
    ok(!plumb_dual_new(d3, 2, &why) && why.text[0], "lanes on two levels are refused: %s", why.text);
    for (int i = (int)(sizeof all / sizeof *all) - 1; i >= 2; i--)
        plumb_num_free((plumb_num *)all[i]);
    mpfr_free_cache();
    return done();
}
