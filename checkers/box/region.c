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
#include "lib/base/random.h"

enum { POINTS = 64, NEIGHBOURS = 8, WITHIN = 8, LOOK = 9 };

static const double reach[NEIGHBOURS / 2] = { 0x1p-5, 0x1p-12, 0x1p-3, 0x1p-8 };

typedef struct visit {
    plumb_walk *w;
    plumb_station s;
    double *v, *times;
    plumb_slope *slope;
    char name[80];
    int wrong;
    double away, start;         /* how far from the given point, in natural sizes (0: far); the largest step of a regression */
} visit;

static void
leave(visit *t)
{
    plumb_station_close(&t->s);
    plumb_release(t->v), plumb_release(t->times), plumb_release(t->slope);
    t->v = t->times = NULL, t->slope = NULL;
}

/* Does a box that was asked nothing else say the same there?  Else words for what it says; "" where that cannot be told. */
static plumb_status
afresh(visit *t, size_t r, size_t element, char *text, size_t room)
{
    plumb_walk *w = t->w;
    size_t n = w->bench.hello.inputs, m = w->bench.hello.outputs;
    double *y = plumb_alloc(m, sizeof *y), *d = plumb_alloc(n, sizeof *d), here = t->s.claim[r * n + element];
    plumb_status st = y && d ? PLUMB_OK : PLUMB_ENOMEM;
    *text = 0;
    if (!st && !plumb_bench_afresh(&w->bench)) {
        st = plumb_bench_forward(&w->bench, t->s.x, y, w->diag);
        st |= st ? st : plumb_bench_backward(&w->bench, t->s.x, t->s.g + r * m, d, w->diag);
        if (!st && fabs(d[element] - here) > 64 * t->s.unit_roundoff * fabs(here))
            snprintf(text, room, "; started again and asked nothing else it says %.9g: something of an earlier call is kept", d[element] / (t->s.unit[r] != 0 ? t->s.unit[r] : 1));
    }
    plumb_release(y), plumb_release(d);
    return st;
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
    st |= st ? st : plumb_ray_regress(ray, t->start, 9, t->slope);
    if (st || plumb_weigh(&t->s, t->v, r, &t->slope[r], &gap, &slack, &relative) != PLUMB_PARTS)
        return st;
    st = plumb_confirm(ray, &t->slope[r], r, &again);
    if (st || again <= 0)
        return st;
    st = plumb_locate(ray, r, 0, w->bench.hello.inputs, &t->slope[r], &found);
    if (st || found.stairs)
        return st;
    t->wrong = 1;
    if (!st && found.there) {
        char place[120], kept[200];
        double unit = t->s.unit[r] != 0 ? t->s.unit[r] : 1;
        st = afresh(t, r, found.element, kept, sizeof kept);
        plumb_element_text(&w->bench.hello, found.element, place, sizeof place);
        plumb_tell_law(w, "region", PLUMB_WRONG, "at %s the gradient is not that of the function: %s = %.9g, got %.12g, want %.12g (bar %.2g)%s", t->name, place,
            t->s.x[found.element], found.got / unit, fabs(found.want) <= found.slack ? 0 : found.want / unit, found.slack / fabs(unit), kept);
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
    double scale = w->scale;
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
    t->start = 0.5;
    for (int k = 0; k < w->bench.hello.nin; k++)            /* steps that do not reach back to a kink of the given point */
        if (w->tensor[k].said[PLUMB_AT_KINK])
            scale = fmin(scale, t->away > 0 ? t->away / 8 : 0x1p-4), t->start = t->away > 0 ? t->away / 8 : t->start;
    for (size_t r = 0; r < t->s.rows; r++)
        t->times[r] = w->times[w->here.rows - 1];
    if (plumb_ray_one_sided(&t->s, t->v) || w->learnt_of_twin)
        st = plumb_ray_regress(&ray, w->learnt_of_twin ? 0.5 : scale, seed, t->slope);
    else
        st = plumb_ray_quickly(&ray, scale, t->times, t->slope);
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

/* Beside the given point, within its box: pairs on opposite sides of it, so that a kink shows both its pieces. */
static void
neighbour(plumb_walk *w, int i, double *x)
{
    const plumb_hello *h = &w->bench.hello;
    double step = i % 2 ? -reach[i / 2] : reach[i / 2];
    plumb_ray_draw(&w->here, 700 + (uint64_t)(i / 2), 0, h->inputs, x);
    for (int k = 0; k < h->nin; k++)
        for (size_t e = h->in[k].from; e < h->in[k].from + h->in[k].size; e++) {
            double there = w->here.x[e] + step * x[e];
            x[e] = plumb_dtype_round(h->in[k].dtype, there > h->lo[e] && there < h->hi[e] ? there : w->here.x[e] - step * x[e]);
        }
}

static int
bounded(const plumb_hello *h, int k, size_t e)
{
    return !h->in[k].fixed && h->in[k].dtype != PLUMB_I64 && isfinite(h->lo[e]) && isfinite(h->hi[e]);
}

/* A declared box is what the code is meant for: another point in it; what is not bounded stays. */
static void
within(plumb_walk *w, uint64_t seed, double *x)
{
    const plumb_hello *h = &w->bench.hello;
    for (int k = 0; k < h->nin; k++) {
        plumb_random r = plumb_random_named(seed, h->in[k].name);
        for (size_t e = h->in[k].from; e < h->in[k].from + h->in[k].size; e++) {
            double u = plumb_random_unit(&r);
            x[e] = bounded(h, k, e) ? plumb_dtype_round(h->in[k].dtype, h->lo[e] + (h->hi[e] - h->lo[e]) * (0.02 + 0.96 * u)) : w->here.x[e];
        }
    }
}

static int
has_box(const plumb_hello *h)
{
    for (int k = 0; k < h->nin; k++)
        for (size_t e = h->in[k].from; e < h->in[k].from + h->in[k].size; e++)
            if (bounded(h, k, e))
                return 1;
    return 0;
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

/* Point i of those without samples: drawn where no point is given; else beside it, then in its box. */
static plumb_status
own_point(plumb_walk *w, int i, double *x, visit *t)
{
    uint64_t seed = w->bench.options->seed * 1000 + (uint64_t)i + 1;
    int drawn = !w->bench.hello.at, beside = !drawn && i < NEIGHBOURS;
    snprintf(t->name, sizeof t->name, beside ? "neighbour %d of the point" : "point %d of the box", beside || drawn ? i + 1 : i + 1 - NEIGHBOURS);
    if (drawn)
        return plumb_station_point(&w->bench, seed, x);
    t->away = beside ? reach[i / 2] : 0;
    if (beside)
        neighbour(w, i, x);
    else
        within(w, seed, x);
    return PLUMB_OK;
}

static plumb_status
by_own_points(plumb_walk *w, int *wrong)
{
    const plumb_hello *h = &w->bench.hello;
    double *x = plumb_alloc(h->inputs, sizeof *x);
    int many = !h->at ? POINTS / 2 : has_box(h) ? NEIGHBOURS + WITHIN : NEIGHBOURS;
    plumb_status st = x ? PLUMB_OK : PLUMB_ENOMEM;
    for (int i = 0; i < many && !st && !*wrong && !plumb_bench_exhausted(&w->bench, LOOK); i++) {
        visit t = { .w = w };
        st = own_point(w, i, x, &t);
        st |= st ? st : look(&t, x, w->bench.options->seed * 1000 + (uint64_t)i + 1);
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
    if (w->bench.options->quick || w->bench.options->given_only)
        return PLUMB_OK;
    if (parted || w->backward_unsure || w->forward_noisy) {
        plumb_tell_note(w, "%s: no other point was asked, as this one does not hold", w->bench.box->name);
        return PLUMB_OK;
    }
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
