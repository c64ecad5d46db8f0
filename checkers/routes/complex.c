/* complex.c - the complex step: Im f(x + ih)/h with h = 2^-100, which cancels nothing and divides exactly
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Squire and Trapp 1998.  The system is complex(rounding(f64)), a block of entries at once in the
 * lanes of one run: the variance of the imaginary part is the bar. */
#include <math.h>
#include "checkers/routes/routes.h"

enum { BLOCK = 16 };
static const double step = 0x1p-100;

static void
set_imaginary(const plumb_probe *p, plumb_run *run, const plumb_num *R, size_t first, size_t count, double h)
{
    for (size_t l = 0; l < count; l++) {
        plumb_array x = plumb_run_value(run, p->leaf, l), im = plumb_half(R->base, &x, 1);
        plumb_direction d = plumb_direction_of(p, first + l);
        for (size_t i = 0; i < d.n; i++)
            plumb_set_d(R->base, &im, d.entry[i], h * plumb_weight(&d, i));
    }
}

static plumb_status
block(const plumb_probe *p, plumb_run *run, const plumb_num *R, plumb_estimate *e, size_t first)
{
    size_t count = p->entries - first < BLOCK ? p->entries - first : BLOCK;
    plumb_status st;
    set_imaginary(p, run, R, first, count, step);
    st = first ? plumb_run_vary(run) : plumb_run_forward(run);
    for (size_t l = 0; l < count; l++) {
        plumb_array y = plumb_run_value(run, p->subject->output, l), im = plumb_half(R->base, &y, 1);
        plumb_array d = plumb_half(&plumb_f64, &im, 0), v = plumb_half(&plumb_f64, &im, 1);
        for (size_t r = 0; r < p->rows; r++) {
            size_t at = plumb_place(e, r, first + l);
            mpfr_t x;
            mpfr_init2(x, e->num->precision);
            plumb_project(p, e, r, first + l, &plumb_f64, &d);
            plumb_get_mpfr(e->num, &e->value, at, x);
            mpfr_mul_2si(x, x, 100, MPFR_RNDN);
            plumb_set_mpfr(e->num, &e->value, at, x);
            mpfr_clear(x);
            e->bar[at] = e->sigmas * plumb_project_sigma(p, r, &plumb_f64, &v, 53) / step;
            e->status[at] = st;
        }
    }
    set_imaginary(p, run, R, first, count, 0);
    e->evaluations += count;
    return st & (PLUMB_ENOMEM | PLUMB_EINPUT);
}

static plumb_status
estimate(const plumb_route *route, const plumb_probe *p, plumb_estimate *e, plumb_diag *diag)
{
    plumb_num *rounding = plumb_rounding_new(&plumb_f64, diag);
    plumb_num *R = rounding ? plumb_complex_new(rounding, diag) : NULL;
    plumb_binding b = { NULL, NULL };
    plumb_status st = R ? plumb_bind(&b, p, R, PLUMB_LEAF_ACTIVE, BLOCK, p->team, diag) : PLUMB_ENOMEM;
    (void)route;
    e->sigmas = plumb_sigmas(p->alpha, p->rows * p->entries);
    for (size_t first = 0; first < p->entries && !st; first += BLOCK)
        st |= block(p, b.run, R, e, first);
    plumb_unbind(&b);
    plumb_num_free(R);
    plumb_num_free(rounding);
    return st;
}

const plumb_route plumb_route_complex = { "complex-step", "Im f(x + ih)/h with h = 2^-100", "complex", 0, 53, 1e-6, NULL, estimate };
