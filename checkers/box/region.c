/* region.c - the region, not the point: other points, shapes and batch sizes that the code is meant for
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A cheap look at many points: one cotangent, one direction of all inputs, three pairs at the scale that the given point has taught. What
 * looks wrong is looked at in earnest. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/box/walk.h"
#include "lib/base/alloc.h"

enum { POINTS = 64, NEIGHBOURS = 6, LOOK = 9, EARNEST = 120 };

typedef struct visit {
    plumb_walk *w;
    plumb_station s;
    double *v, *times;
    plumb_slope *slope;
    char name[80];
    int wrong;
} visit;

static void
leave(visit *t)
{
    plumb_station_close(&t->s);
    plumb_release(t->v), plumb_release(t->times), plumb_release(t->slope);
    t->v = t->times = NULL, t->slope = NULL;
}

/* In earnest: by regression, with the roughness of the claim, twice confirmed; then where. */
static plumb_status
earnest(visit *t, plumb_ray *ray, size_t r)
{
    plumb_walk *w = t->w;
    plumb_place_found found = { 0 };
    double gap, slack, relative;
    int again = 0;
    plumb_status st = t->s.shaky ? PLUMB_OK : plumb_station_shake(&t->s, w->diag);
    st |= st ? st : plumb_ray_regress(ray, 0.5, 9, t->slope);
    if (st || plumb_weigh(&t->s, t->v, r, &t->slope[r], &gap, &slack, &relative) != PLUMB_PARTS)
        return st;
    st = plumb_confirm(ray, &t->slope[r], r, &again);
    if (st || again <= 0)
        return st;
    st = plumb_locate(ray, r, 0, w->bench.hello.inputs, &t->slope[r], &found);
    t->wrong = 1;
    if (!st && found.there) {
        char place[120];
        double unit = t->s.unit[r] != 0 ? t->s.unit[r] : 1;
        plumb_element_text(&w->bench.hello, found.element, place, sizeof place);
        plumb_tell_law(w, "region", PLUMB_WRONG, "at %s the gradient is not that of the function: %s = %.9g, got %.12g, want %.12g (bar %.2g)", t->name, place,
            t->s.x[found.element], found.got / unit, found.want / unit, found.slack / fabs(unit));
    } else if (!st)
        plumb_tell_law(w, "region", PLUMB_WRONG, "at %s the gradient is not that of the function, along a direction by %.3g, %.3g times what the bars allow", t->name, gap,
            gap / slack);
    return st;
}

static plumb_status
not_finite(visit *t)
{
    plumb_walk *w = t->w;
    const plumb_hello *h = &w->bench.hello;
    size_t n = h->inputs, r = 0, i = 0;
    char place[120];
    plumb_status st;
    for (size_t k = 0; k < t->s.rows * n; k++)
        if (!isfinite(t->s.claim[k]))
            r = k / n, i = k % n;
    plumb_ray ray = { .at = &t->s, .v = t->v, .forward = &w->bench, .base = t->s.y, .shown = (size_t)-1, .diag = w->diag };
    if (!plumb_ray_draw(&t->s, w->bench.options->seed, i, i + 1, t->v))
        return PLUMB_OK;
    st = plumb_ray_regress(&ray, 0.5, 5, t->slope);
    if (st || t->slope[r].state != PLUMB_SLOPE_FOUND)
        return st;
    plumb_element_text(h, i, place, sizeof place);
    t->wrong = 1;
    plumb_tell_law(w, "region", PLUMB_NONFINITE, "at %s the claimed gradient of %s is %g, where the function has the slope %.6g", t->name, place, t->s.claim[r * n + i],
        t->slope[r].value / t->v[i]);
    return PLUMB_OK;
}

static plumb_status
look(visit *t, const double *x, uint64_t seed)
{
    plumb_walk *w = t->w;
    size_t n = w->bench.hello.inputs;
    plumb_status st = plumb_station_open(&t->s, &w->bench, x, seed, 1, w->diag);
    int finite = 1, undecided = 0;
    t->v = plumb_alloc(n, sizeof *t->v), t->times = plumb_alloc(t->s.rows, sizeof *t->times), t->slope = plumb_alloc(t->s.rows, sizeof *t->slope);
    if (!t->v || !t->times || !t->slope)
        return PLUMB_ENOMEM;
    if (st == PLUMB_EDOMAIN) {
        w->diag->text[0] = 0, w->region_undecided++;
        return PLUMB_OK;
    }
    for (size_t j = 0; j < w->bench.hello.outputs && !st; j++)
        finite &= isfinite(t->s.y[j]) != 0;
    if (st || !finite)
        return st;
    w->region_points++;
    if (t->s.not_finite)
        return not_finite(t);
    plumb_ray ray = { .at = &t->s, .v = t->v, .forward = &w->bench, .base = t->s.y, .shown = (size_t)-1, .diag = w->diag };
    if (!plumb_ray_draw(&t->s, seed, 0, n, t->v))
        return PLUMB_OK;
    for (size_t r = 0; r < t->s.rows; r++)
        t->times[r] = w->times[w->here.rows - 1];
    st = plumb_ray_one_sided(&t->s, t->v) ? plumb_ray_regress(&ray, w->scale, seed, t->slope) : plumb_ray_quickly(&ray, w->scale, t->times, t->slope);
    for (size_t r = 0; r < t->s.rows && !st && !t->wrong; r++) {
        double gap, slack, relative;
        plumb_word word = plumb_weigh(&t->s, t->v, r, &t->slope[r], &gap, &slack, &relative);
        if (word == PLUMB_PARTS || word == PLUMB_WIDE)
            st = plumb_bench_exhausted(&w->bench, 60) && word == PLUMB_WIDE ? st : earnest(t, &ray, r);
        undecided |= word != PLUMB_AGREES;
    }
    w->region_undecided += undecided && !t->wrong;
    return st;
}

/* Beside the given point, within its box. */
static void
neighbour(plumb_walk *w, int i, double *x)
{
    const plumb_hello *h = &w->bench.hello;
    static const double reach[NEIGHBOURS] = { 0x1p-5, 0x1p-8, 0x1p-4, 0x1p-12, 0x1p-3, 0x1p-6 };
    plumb_ray_draw(&w->here, 700 + (uint64_t)i, 0, h->inputs, x);
    for (int k = 0; k < h->nin; k++)
        for (size_t e = h->in[k].from; e < h->in[k].from + h->in[k].size; e++)
            x[e] = plumb_dtype_round(h->in[k].dtype, w->here.x[e] + reach[i % NEIGHBOURS] * x[e]);
}

static plumb_status
survive(plumb_walk *w, plumb_status st, const char *name)
{
    if (!(st & PLUMB_EFOREIGN))
        return st;
    plumb_tell_law(w, "region", PLUMB_CRASHED, "at %s: %s", name, w->diag->text);
    w->diag->text[0] = 0;
    return PLUMB_OK;
}

static plumb_status
by_samples(plumb_walk *w, int *wrong, int *there)
{
    plumb_status st = PLUMB_OK;
    *there = 1;
    for (uint64_t i = 1; i <= POINTS && !st && !*wrong && !plumb_bench_exhausted(&w->bench, LOOK); i++) {
        visit t = { .w = w };
        double *x;
        uint64_t seed = w->bench.options->seed * 1000 + i;
        plumb_tell_stage(w, "%s, sample %llu", w->bench.box->name, (unsigned long long)seed);
        snprintf(t.name, sizeof t.name, "sample %llu", (unsigned long long)seed);
        st = plumb_bench_sample(&w->bench, seed, w->diag);
        if (st & (PLUMB_EUNABLE | PLUMB_EDOMAIN)) {
            *there = i > 1;
            w->diag->text[0] = 0;
            return PLUMB_OK;
        }
        x = plumb_alloc(w->bench.hello.inputs, sizeof *x);
        st |= x ? st : PLUMB_ENOMEM;
        st |= st ? st : plumb_station_point(&w->bench, seed, x);
        st |= st ? st : look(&t, x, seed);
        st = survive(w, st, t.name);
        *wrong = t.wrong;
        plumb_release(x);
        leave(&t);
    }
    return st;
}

static plumb_status
by_own_points(plumb_walk *w, int *wrong)
{
    double *x = plumb_alloc(w->bench.hello.inputs, sizeof *x);
    int drawn = !w->bench.hello.at, many = drawn ? POINTS / 2 : NEIGHBOURS;
    plumb_status st = x ? PLUMB_OK : PLUMB_ENOMEM;
    for (int i = 0; i < many && !st && !*wrong && !plumb_bench_exhausted(&w->bench, LOOK); i++) {
        visit t = { .w = w };
        uint64_t seed = w->bench.options->seed * 1000 + (uint64_t)i + 1;
        snprintf(t.name, sizeof t.name, drawn ? "point %d of the box" : "neighbour %d of the point", i + 1);
        if (drawn)
            st = plumb_station_point(&w->bench, seed, x);
        else
            neighbour(w, i, x);
        st |= st ? st : look(&t, x, seed);
        st = survive(w, st, t.name);
        *wrong = t.wrong;
        leave(&t);
    }
    plumb_release(x);
    return st;
}

plumb_status
plumb_walk_region(plumb_walk *w)
{
    int wrong = 0, there = 0;
    size_t parted = 0;
    plumb_status st = PLUMB_OK;
    for (int k = 0; k < w->bench.hello.nin; k++)
        parted += w->tensor[k].worst.there || w->tensor[k].said[PLUMB_PARTS];
    if (w->bench.options->quick || w->bench.options->given_only || parted || w->backward_unsure || w->forward_noisy)
        return PLUMB_OK;
    st = by_samples(w, &wrong, &there);
    if (!st && !there)
        st = by_own_points(w, &wrong);
    if (st || wrong || !w->region_points)
        return st;
    if (w->region_undecided == w->region_points)
        plumb_tell_note(w, "%s: none of %zu other points could be told", w->bench.box->name, w->region_points);
    else
        plumb_tell_law(w, "region", PLUMB_CORRECT, "right at %zu other points%s%s", w->region_points - w->region_undecided, there ? " of its samples" : "",
            w->region_undecided ? "; at some more it could not be told" : "");
    return PLUMB_OK;
}
