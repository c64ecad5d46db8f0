/* mpfr.c - MPFR numbers of one precision; the limbs of an array follow its elements in one arena
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Elements are made with mpfr_custom_init_set and need no clear.  Precision is passed with every
 * number: MPFR's defaults are per thread.  NaN wins in max and min, unlike mpfr_max. */
#include "lib/num/derived.h"
#include "plumbline/work.h"

#define AT(a, i) ((mpfr_ptr)(a)->plane[0] + (a)->off + (ptrdiff_t)(i) * (a)->inc)
static const mpfr_rnd_t N = MPFR_RNDN;

static size_t
bytes(const plumb_num *R, size_t n)
{
    return n * (sizeof(__mpfr_struct) + mpfr_custom_get_size(R->precision));
}

static void
start(const plumb_num *R, void *memory, size_t n)
{
    size_t limbs = mpfr_custom_get_size(R->precision);
    char *arena = (char *)memory + n * sizeof(__mpfr_struct);
    for (size_t i = 0; i < n; i++) {
        mpfr_custom_init(arena + i * limbs, R->precision);
        mpfr_custom_init_set((mpfr_ptr)memory + i, MPFR_ZERO_KIND, 0, R->precision, arena + i * limbs);
    }
}

static void
set_d(const plumb_num *R, void *plane, ptrdiff_t i, double v)
{
    (void)R;
    mpfr_set_d((mpfr_ptr)plane + i, v, N);
}

static double
get_d(const plumb_num *R, const void *plane, ptrdiff_t i)
{
    (void)R;
    return mpfr_get_d((mpfr_srcptr)plane + i, N);
}

static void
set_mpfr(const plumb_num *R, void *plane, ptrdiff_t i, mpfr_srcptr v)
{
    (void)R;
    mpfr_set((mpfr_ptr)plane + i, v, N);
}

static void
get_mpfr(const plumb_num *R, const void *plane, ptrdiff_t i, mpfr_ptr v)
{
    (void)R;
    mpfr_set(v, (mpfr_srcptr)plane + i, N);
}

static plumb_status
copy(const plumb_num *R, const plumb_array *y, const plumb_array *x, size_t n)
{
    (void)R;
    for (size_t i = 0; i < n; i++)
        mpfr_set(AT(y, i), AT(x, i), N);
    return PLUMB_OK;
}

static int
step(mpfr_ptr y, mpfr_srcptr x, mpfr_rnd_t r)
{
    return mpfr_nan_p(x) ? mpfr_set(y, x, r) : mpfr_set_si(y, mpfr_sgn(x) > 0, r);
}

static int
sign(mpfr_ptr y, mpfr_srcptr x, mpfr_rnd_t r)
{
    return mpfr_nan_p(x) ? mpfr_set(y, x, r) : mpfr_set_si(y, mpfr_sgn(x), r);
}

static int
neg(mpfr_ptr y, mpfr_srcptr x, mpfr_rnd_t r)
{
    return mpfr_neg(y, x, r);
}

static int
absolute(mpfr_ptr y, mpfr_srcptr x, mpfr_rnd_t r)
{
    return mpfr_abs(y, x, r);
}

static int
larger(mpfr_ptr z, mpfr_srcptr x, mpfr_srcptr y, mpfr_rnd_t r)
{
    return mpfr_set(z, mpfr_nan_p(x) || mpfr_greater_p(x, y) ? x : y, r);
}

static int
smaller(mpfr_ptr z, mpfr_srcptr x, mpfr_srcptr y, mpfr_rnd_t r)
{
    return mpfr_set(z, mpfr_nan_p(x) || mpfr_less_p(x, y) ? x : y, r);
}

/* unlike mpfr_pow, no power of a NaN and no NaN-th power is 1 */
static int
power(mpfr_ptr z, mpfr_srcptr x, mpfr_srcptr y, mpfr_rnd_t r)
{
    return mpfr_nan_p(x) ? mpfr_set(z, x, r) : mpfr_nan_p(y) ? mpfr_set(z, y, r) : mpfr_pow(z, x, y, r);
}

typedef int unary(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);
typedef int binary(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);
static unary *const unaries[PLUMB_FN_COUNT] = {
    [PLUMB_FN_NEG] = neg, [PLUMB_FN_ABS] = absolute, [PLUMB_FN_STEP] = step, [PLUMB_FN_SIGN] = sign,
    [PLUMB_FN_SQRT] = mpfr_sqrt, [PLUMB_FN_EXP] = mpfr_exp, [PLUMB_FN_EXPM1] = mpfr_expm1, [PLUMB_FN_LOG] = mpfr_log,
    [PLUMB_FN_LOG1P] = mpfr_log1p, [PLUMB_FN_SIN] = mpfr_sin, [PLUMB_FN_COS] = mpfr_cos, [PLUMB_FN_TANH] = mpfr_tanh,
    [PLUMB_FN_ERF] = mpfr_erf,
};
static binary *const binaries[PLUMB_FN_COUNT] = {
    [PLUMB_FN_ADD] = mpfr_add, [PLUMB_FN_SUB] = mpfr_sub, [PLUMB_FN_MUL] = mpfr_mul, [PLUMB_FN_DIV] = mpfr_div,
    [PLUMB_FN_MAX] = larger, [PLUMB_FN_MIN] = smaller, [PLUMB_FN_ATAN2] = mpfr_atan2,
    [PLUMB_FN_POW] = power,
};

static plumb_status
map1(const plumb_num *R, plumb_fn fn, const plumb_array *y, const plumb_array *x, size_t n, plumb_work *w)
{
    (void)R, (void)w;
    if (!unaries[fn])
        return PLUMB_EUNABLE;
    for (size_t i = 0; i < n; i++)
        unaries[fn](AT(y, i), AT(x, i), N);
    return PLUMB_OK;
}

static plumb_status
map2(const plumb_num *R, plumb_fn fn, const plumb_array *z, const plumb_array *x, const plumb_array *y, size_t n,
    plumb_work *w)
{
    (void)R, (void)w;
    if (!binaries[fn])
        return PLUMB_EUNABLE;
    for (size_t i = 0; i < n; i++)
        binaries[fn](AT(z, i), AT(x, i), AT(y, i), N);
    return PLUMB_OK;
}

/* Multiply, then add: below 256 bits faster than mpfr_fma, and the temporary is taken once. */
static plumb_status
gemm(const plumb_num *R, plumb_mode mode, const plumb_mm *g, const plumb_array *c, const plumb_array *a,
    const plumb_array *b, plumb_work *w)
{
    size_t ai = g->ta ? 1 : g->lda, ak = g->ta ? g->lda : 1, bk = g->tb ? 1 : g->ldb, bj = g->tb ? g->ldb : 1;
    plumb_mark mark = plumb_work_mark(w);
    plumb_array t;
    if (plumb_take(w, R, 1, &t))
        return PLUMB_ENOMEM;
    for (size_t i = 0; i < g->m; i++)
        for (size_t j = 0; j < g->n; j++) {
            mpfr_ptr sum = AT(c, i * g->ldc + j), product = AT(&t, 0);
            if (mode == PLUMB_SET)
                mpfr_set_zero(sum, 1);
            for (size_t k = 0; k < g->k; k++) {
                mpfr_mul(product, AT(a, i * ai + k * ak), AT(b, k * bk + j * bj), N);
                mpfr_add(sum, sum, product, N);
            }
        }
    plumb_work_give(w, mark);
    return PLUMB_OK;
}

static plumb_status
top(const plumb_num *R, const plumb_array *y, const plumb_array *x, size_t n)
{
    (void)R;
    mpfr_set(AT(y, 0), AT(x, 0), N);
    for (size_t i = 1; i < n; i++)
        larger(AT(y, 0), AT(y, 0), AT(x, i), N);
    return PLUMB_OK;
}

plumb_num *
plumb_mpfr_new(long bits, plumb_diag *diag)
{
    plumb_num *R;
    if (bits < 24 || bits > 10000) {
        plumb_fail(diag, PLUMB_EINPUT, "mpfr: %ld bits asked for; between 24 and 10000 are possible", bits);
        return NULL;
    }
    R = plumb_num_make(diag, "mpfr:%ld", bits);
    if (!R)
        return NULL;
    R->kind = PLUMB_MPFR, R->planes = R->constants = 1, R->lanes = 1, R->precision = bits, R->leaf = R;
    R->grain = 2e4, R->tile = 16, R->size = sizeof(__mpfr_struct);
    R->bytes = bytes, R->start = start, R->set_d = set_d, R->get_d = get_d;
    R->set_mpfr = set_mpfr, R->get_mpfr = get_mpfr, R->copy = copy, R->map1 = map1, R->map2 = map2;
    R->gemm = gemm, R->top = top;
    return R;
}
