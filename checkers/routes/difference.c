/* difference.c - forward differences in MPFR: truth with no derivative code at all
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * With p bits and a step of 2^-k, k = p/2 - 3, a forward difference is good to about p/2 bits, and
 * the step practically never crosses a kink.  The claim is checked after Ziv: signed random sums of
 * the entries' differences at 256 bits must agree with directional differences at 384 bits, which
 * share neither the rounding nor the truncation of the first.  An entry in error by d shows as d
 * times a weight of size 1/2 to 3/2, so that 2^10 times the largest of three gaps bounds it but for
 * a chance of about (2^-10)^3. */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include "checkers/routes/routes.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

enum { DIRECTIONS = 3 };
typedef struct precision {
    long bits, step;
} precision;
static const precision first = { 256, 125 }, second = { 384, 189 };

/* One thread's tools: a run, its output at the point, and registers. */
typedef struct bench {
    plumb_binding b;
    const plumb_num *R;
    plumb_work *store;
    plumb_array base, leaf;             /* the output and the leaf at the point */
    mpfr_t x, h, t;
    int made;
} bench;

static plumb_status
open_bench(bench *w, const plumb_probe *p, const plumb_num *R, plumb_diag *diag)
{
    size_t n = plumb_shape_size(&plumb_graph_value(p->subject->graph, p->subject->output)->shape);
    size_t m = plumb_shape_size(&plumb_graph_value(p->subject->graph, p->leaf)->shape);
    plumb_array y, x;
    plumb_status st;
    *w = (bench){ .R = R, .store = plumb_work_new(R, 1) };
    st = w->store ? plumb_bind(&w->b, p, R, PLUMB_LEAF_VARIES, 1, 1, diag) : PLUMB_ENOMEM;
    if (st)
        return st;
    mpfr_inits2(R->precision, w->x, w->h, w->t, (mpfr_ptr)0);
    w->made = 1;
    st = plumb_take(w->store, R, n, &w->base) | plumb_take(w->store, R, m, &w->leaf) | plumb_run_forward(w->b.run);
    x = plumb_run_value(w->b.run, p->leaf, 0);
    st |= st & PLUMB_ENOMEM || !m ? PLUMB_OK : R->copy(R, &w->leaf, &x, m);
    y = plumb_run_value(w->b.run, p->subject->output, 0);
    return st & PLUMB_ENOMEM ? st : st | (n ? R->copy(R, &w->base, &y, n) : PLUMB_OK);
}

static void
close_bench(bench *w)
{
    if (w->made)
        mpfr_clears(w->x, w->h, w->t, (mpfr_ptr)0);
    plumb_unbind(&w->b);
    plumb_work_free(w->store);
    mpfr_free_cache2(MPFR_FREE_LOCAL_CACHE);
}

/* into e, column c: the rows of (f(x + h v) - f(x))/h, where the output of the run is at x + h v */
static void
quotient(bench *w, const plumb_probe *p, plumb_estimate *e, size_t c, mpfr_srcptr h)
{
    size_t n = plumb_shape_size(&plumb_graph_value(p->subject->graph, p->subject->output)->shape);
    plumb_array y = plumb_run_value(w->b.run, p->subject->output, 0);
    w->R->map2(w->R, PLUMB_FN_SUB, &y, &y, &w->base, n, NULL);
    for (size_t r = 0; r < p->rows; r++) {
        plumb_project(p, e, r, c, w->R, &y);
        plumb_get_mpfr(e->num, &e->value, plumb_place(e, r, c), w->t);
        mpfr_div(w->t, w->t, h, MPFR_RNDN);
        plumb_set_mpfr(e->num, &e->value, plumb_place(e, r, c), w->t);
    }
}

/* adds t times the direction to the leaf */
static void
move(bench *w, const plumb_probe *p, const plumb_array *x, size_t c, mpfr_srcptr t)
{
    plumb_direction d = plumb_direction_of(p, c);
    for (size_t i = 0; i < d.n; i++) {
        plumb_get_mpfr(w->R, x, d.entry[i], w->x);
        mpfr_mul_d(w->t, t, plumb_weight(&d, i), MPFR_RNDN);
        mpfr_add(w->x, w->x, w->t, MPFR_RNDN);
        plumb_set_mpfr(w->R, x, d.entry[i], w->x);
    }
}

static plumb_status
entry(bench *w, const plumb_probe *p, plumb_estimate *e, size_t c)
{
    plumb_array x = plumb_run_value(w->b.run, p->leaf, 0);
    plumb_direction d = plumb_direction_of(p, c);
    plumb_status st;
    mpfr_set_ui_2exp(w->h, 1, ilogb(plumb_step_scale(p, c)) - first.step, MPFR_RNDN);
    move(w, p, &x, c, w->h);
    st = plumb_run_vary(w->b.run);
    quotient(w, p, e, c, w->h);
    for (size_t r = 0; r < p->rows; r++)
        e->status[plumb_place(e, r, c)] = st;
    for (size_t i = 0; i < d.n; i++) {
        plumb_array to = plumb_at(&x, (ptrdiff_t)d.entry[i]), from = plumb_at(&w->leaf, (ptrdiff_t)d.entry[i]);
        st |= w->R->copy(w->R, &to, &from, 1);
    }
    return st & (PLUMB_ENOMEM | PLUMB_EINPUT);
}

static plumb_status
all_entries(const plumb_probe *p, const plumb_num *R, plumb_estimate *e, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    int team = p->entries < 16 ? 1 : p->team;
#pragma omp parallel num_threads(team) reduction(| : st)
    {
        bench w;
        plumb_diag own = { "" };
        st |= open_bench(&w, p, R, &own) & (PLUMB_ENOMEM | PLUMB_EINPUT);
#pragma omp for schedule(dynamic, 4)
        for (size_t c = 0; c < p->entries; c++)
            if (!st)
                st |= entry(&w, p, e, c);
        close_bench(&w);
#pragma omp critical(plumb_difference_diag)
        if (own.text[0])
            plumb_fail(diag, PLUMB_ENOMEM, "%s", own.text);
    }
    return st;
}

/* |sum of weight * D_256 - directional difference at 384 bits| per row, the largest so far into gap; the sum
 * of |cotangent * output| into size. */
static plumb_status
verify(const plumb_probe *p, const plumb_num *R, const plumb_estimate *e, plumb_estimate *along, const double *weight,
    double *gap, double *size, plumb_diag *diag)
{
    size_t n = plumb_shape_size(&plumb_graph_value(p->subject->graph, p->subject->output)->shape);
    bench w;
    plumb_status st = open_bench(&w, p, R, diag);
    plumb_array x;
    if (st & (PLUMB_ENOMEM | PLUMB_EINPUT))
        goto out;
    x = plumb_run_value(w.b.run, p->leaf, 0);
    for (size_t c = 0; c < p->entries; c++) {
        mpfr_set_d(w.h, weight[c], MPFR_RNDN);
        mpfr_mul_2si(w.h, w.h, ilogb(plumb_step_scale(p, c)) - second.step, MPFR_RNDN);
        move(&w, p, &x, c, w.h);
    }
    st |= plumb_run_vary(w.b.run);
    mpfr_set_ui_2exp(w.h, 1, -second.step, MPFR_RNDN);
    quotient(&w, p, along, 0, w.h);
    for (size_t r = 0; r < p->rows; r++) {
        plumb_get_mpfr(along->num, &along->value, r, w.x);
        for (size_t c = 0; c < p->entries; c++) {
            plumb_get_mpfr(e->num, &e->value, plumb_place(e, r, c), w.t);
            mpfr_mul_d(w.t, w.t, weight[c], MPFR_RNDN);
            mpfr_mul_2si(w.t, w.t, ilogb(plumb_step_scale(p, c)), MPFR_RNDN);
            mpfr_sub(w.x, w.x, w.t, MPFR_RNDN);
        }
        gap[r] = fmax(gap[r], fabs(mpfr_get_d(w.x, MPFR_RNDA)));
        if (mpfr_nan_p(w.x))
            gap[r] = NAN;
        size[r] = 0;
        for (size_t j = 0; j < n; j++)
            size[r] += fabs(p->cotangent[r * n + j] * plumb_get_d(R, &w.base, j));
    }
out:
    close_bench(&w);
    return st & (PLUMB_ENOMEM | PLUMB_EINPUT);
}

/* Bar of an entry: 2^10 times the gap of its row, in the entry's own scale, and a floor: the rounding of the
 * function's values, which a difference of 0 may hide (tanh at 100 is 1 to 256 bits). */
static void
set_bars(const plumb_probe *p, plumb_estimate *e, const double *gap, const double *size)
{
    for (size_t r = 0; r < p->rows; r++) {
        double largest = 0;
        for (size_t c = 0; c < p->entries; c++)
            largest = fmax(largest, fabs(plumb_get_d(e->num, &e->value, plumb_place(e, r, c))) * plumb_step_scale(p, c));
        for (size_t c = 0; c < p->entries; c++)
            e->bar[plumb_place(e, r, c)] = isnan(gap[r]) ? NAN
                : (0x1p10 * gap[r] + 0x1p-118 * largest + 0x1p-120 * size[r]) / ldexp(1, ilogb(plumb_step_scale(p, c)));
    }
}

static plumb_status
estimate(const plumb_route *route, const plumb_probe *p, plumb_estimate *e, plumb_diag *diag)
{
    plumb_num *R1 = plumb_mpfr_new(first.bits, diag), *R2 = plumb_mpfr_new(second.bits, diag);
    double *weight = plumb_alloc(p->entries + 2 * p->rows, sizeof *weight), *gap = weight ? weight + p->entries : NULL;
    double *size = weight ? gap + p->rows : NULL;
    plumb_estimate along = { .rows = p->rows, .entries = 1 };
    plumb_status st = R1 && R2 && weight ? PLUMB_OK : PLUMB_ENOMEM;
    (void)route;
    if (!st)
        along.num = R2, along.store = plumb_work_new(R2, 1), st = along.store ? plumb_take(along.store, R2, p->rows, &along.value) : PLUMB_ENOMEM;
    st |= st ? PLUMB_OK : all_entries(p, R1, e, diag);
    for (int d = 0; d < DIRECTIONS && !st && p->entries; d++) {
        char name[32];
        plumb_random random;
        snprintf(name, sizeof name, "ziv %d", d);
        random = plumb_random_named(0, name);
        for (size_t c = 0; c < p->entries; c++)
            weight[c] = plumb_random_signed(&random);
        st |= verify(p, R2, e, &along, weight, gap, size, diag);
    }
    if (!st)
        set_bars(p, e, gap, size);
    e->evaluations = 1 + p->entries + 2 * DIRECTIONS;
    plumb_work_free(along.store);
    plumb_release(weight);
    plumb_num_free(R2);
    plumb_num_free(R1);
    return st;
}

const plumb_route plumb_route_difference = { "difference", "forward differences in 256 bits, checked at 384", NULL, 0, 256,
    1e-20, NULL, estimate };
