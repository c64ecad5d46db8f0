/* reverse.c - the engine's own backward pass, in f64, f32 and MPFR
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The bar is the rounding error that a computation of this unit roundoff is entitled to: one more
 * reverse pass, over rounding(f64). */
#include <math.h>
#include "checkers/routes/routes.h"
#include "lib/base/alloc.h"

static plumb_status
seed(plumb_run *run, const plumb_probe *p, size_t row)
{
    const plumb_num *R = plumb_run_num(run);
    plumb_array bar = plumb_run_cotangent(run, p->subject->output, 0);
    size_t n = plumb_shape_size(&plumb_graph_value(p->subject->graph, p->subject->output)->shape);
    for (size_t j = 0; j < n; j++)
        plumb_set_d(R, &bar, j, p->cotangent[row * n + j]);
    return plumb_run_reverse(run);
}

/* The sum along direction c of what the array holds, in a precision that loses nothing that matters. */
static void
along(const plumb_probe *p, size_t c, const plumb_num *R, const plumb_array *g, mpfr_ptr sum, mpfr_ptr term)
{
    plumb_direction d = plumb_direction_of(p, c);
    mpfr_set_zero(sum, 1);
    for (size_t i = 0; i < d.n; i++) {
        plumb_get_mpfr(R, g, d.entry[i], term);
        mpfr_mul_d(term, term, plumb_weight(&d, i), MPFR_RNDN);
        mpfr_add(sum, sum, term, MPFR_RNDN);
    }
}

/* sqrt of the sum of weight^2 variance: sigma of such a sum */
static double
sigma_along(const plumb_probe *p, size_t c, const plumb_array *variance, long bits)
{
    plumb_direction d = plumb_direction_of(p, c);
    double sum = 0;
    for (size_t i = 0; i < d.n; i++)
        sum += plumb_weight(&d, i) * plumb_weight(&d, i) * plumb_get_d(&plumb_f64, variance, d.entry[i]);
    return plumb_rounding_sigma(sum, bits);
}

static plumb_status
values(const plumb_route *route, const plumb_probe *p, const plumb_num *R, plumb_estimate *e, plumb_diag *diag)
{
    plumb_binding b;
    mpfr_t x, t;
    plumb_status st = plumb_bind(&b, p, R, PLUMB_LEAF_WANTED, 1, 1, diag), forward, met;
    (void)route;
    if (st)
        goto out;
    mpfr_inits2(e->num->precision + 32, x, t, (mpfr_ptr)0);
    forward = plumb_run_forward(b.run);
    for (size_t r = 0; r < p->rows; r++) {
        plumb_array g = plumb_run_cotangent(b.run, p->leaf, 0);
        met = forward | seed(b.run, p, r);
        st |= met & (PLUMB_ENOMEM | PLUMB_EINPUT);
        for (size_t c = 0; c < p->entries; c++) {
            along(p, c, R, &g, x, t);
            plumb_set_mpfr(e->num, &e->value, plumb_place(e, r, c), x);
            e->status[plumb_place(e, r, c)] = met;
        }
    }
    e->evaluations += 1 + p->rows;
    mpfr_clears(x, t, (mpfr_ptr)0);
out:
    plumb_unbind(&b);
    return st;
}

static plumb_status
bars(const plumb_route *route, const plumb_probe *p, plumb_estimate *e, plumb_diag *diag)
{
    plumb_num *R = plumb_rounding_new(&plumb_f64, diag);
    plumb_binding b = { NULL, NULL };
    plumb_status st = R ? plumb_bind(&b, p, R, PLUMB_LEAF_WANTED, 1, 1, diag) : PLUMB_ENOMEM;
    e->sigmas = plumb_sigmas(p->alpha, p->rows * p->entries);
    if (!st)
        st |= plumb_run_forward(b.run) & PLUMB_ENOMEM;
    for (size_t r = 0; r < p->rows && !st; r++) {
        plumb_array g = plumb_run_cotangent(b.run, p->leaf, 0), v = plumb_half(&plumb_f64, &g, 1);
        st |= seed(b.run, p, r) & PLUMB_ENOMEM;
        for (size_t c = 0; c < p->entries; c++)
            e->bar[plumb_place(e, r, c)] = e->sigmas * sigma_along(p, c, &v, route->bits);
    }
    plumb_unbind(&b);
    plumb_num_free(R);
    return st;
}

static plumb_status
native(const plumb_route *route, const plumb_probe *p, plumb_estimate *e, plumb_diag *diag)
{
    return values(route, p, route->bits == 24 ? &plumb_f32 : &plumb_f64, e, diag) | bars(route, p, e, diag);
}

static plumb_status
precise(const plumb_route *route, const plumb_probe *p, plumb_estimate *e, plumb_diag *diag)
{
    plumb_num *R = plumb_mpfr_new(route->bits, diag);
    plumb_status st = R ? values(route, p, R, e, diag) | bars(route, p, e, diag) : PLUMB_ENOMEM;
    plumb_num_free(R);
    return st;
}

/* The output of a forward in R at the subject's point, `n` doubles. */
static plumb_status
output(const plumb_subject *s, const plumb_num *R, size_t n, double *y)
{
    plumb_probe p = { .subject = s, .leaf = s->output };
    plumb_binding b;
    plumb_status st = plumb_bind(&b, &p, R, PLUMB_LEAF_WANTED, 1, 1, NULL);
    if (!st)
        st = plumb_run_forward(b.run);
    for (size_t i = 0; i < n && b.run; i++) {
        plumb_array a = plumb_run_value(b.run, s->output, 0);
        y[i] = plumb_get_d(R, &a, i);
    }
    plumb_unbind(&b);
    return st & (PLUMB_ENOMEM | PLUMB_EINPUT);
}

/* Where the function itself leaves the range of f32 no f32 code can be right, and none is judged. */
static plumb_status
out_of_range(const plumb_route *route, const plumb_subject *s, const char **why)
{
    size_t n = plumb_shape_size(&plumb_graph_value(s->graph, s->output)->shape);
    double *y = plumb_alloc(2 * n, sizeof *y);
    plumb_status st = y ? output(s, &plumb_f64, n, y) | output(s, &plumb_f32, n, y + n) : PLUMB_ENOMEM;
    (void)route;
    for (size_t i = 0; i < n && !st; i++)
        if ((isfinite(y[i]) && !isfinite(y[n + i])) || (y[i] != 0 && fabs(y[i]) < 0x1p-126))
            *why = "the function leaves the range of f32 here";
    plumb_release(y);
    return st;
}

const plumb_route plumb_route_reverse = { "reverse-f64", "the backward pass in double precision", "vjp", 1, 53, 1e-6, NULL, native };
const plumb_route plumb_route_reverse_f32 = { "reverse-f32", "the backward pass in single precision", "vjp", 1, 24, 1e-2,
    out_of_range, native };
const plumb_route plumb_route_reverse_mpfr = { "reverse-mpfr", "the backward pass in 256 bits: free of rounding error",
    "vjp", 0, 256, 1e-20, NULL, precise };
