/* judge.c - what one direction says of a claim
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include "checkers/box/walk.h"
#include "lib/base/alloc.h"

/* What a direction compares with: the largest entry of the claim along v, and the root of the sum of their squares, of the row where they are largest beside
 * its cotangent; and what a slope of ordinary size would be. */
typedef struct yardstick {
    double largest, norm, ordinary;
} yardstick;

static yardstick
measure(const plumb_station *s, const double *v, size_t r)
{
    size_t n = s->bench->hello.inputs;
    yardstick y = { 0 };
    for (size_t q = 0; q < s->rows; q++) {
        if (q != r && (q + 1 == s->weighed || r + 1 == s->weighed))
            continue;
        double largest = 0, norm = 0, times = q == r ? 1 : plumb_station_cotangent(s, r) / plumb_station_cotangent(s, q);
        for (size_t i = 0; i < n && isfinite(times); i++)
            if (v[i] != 0 && isfinite(s->claim[q * n + i])) {
                double term = fabs(s->claim[q * n + i] * v[i]) * times;
                largest = fmax(largest, term), norm += term * term;
            }
        y.largest = fmax(y.largest, largest), y.norm = fmax(y.norm, sqrt(norm));
    }
    y.ordinary = fmax(plumb_station_size(s, r), fmax(y.largest, fabs(plumb_station_along(s, r, v))));
    return y;
}

/* Digits lost inside, at the size of the value by the length at which the function bends; or a function that stands still at its steps, perhaps
 * because 1 + so little is 1. */
static int
hidden(const plumb_station *s, const double *v, size_t r, const plumb_slope *slope, double largest, double gap, double slack)
{
    double u = s->unit_roundoff, length = fmin(1, slope->scale);
    double longest = 1;
    for (size_t i = 0; i < s->bench->hello.inputs && r + 1 == s->weighed; i++)
        longest = fmax(longest, fabs(v[i]));
    if (r + 1 == s->weighed && gap <= slack + 64 * u * plumb_station_cotangent(s, r) * longest / length)     /* log softmax: the inputs cancel */
        return 1;
    return gap <= plumb_faint(u) * largest || gap <= slack + 8 * u * plumb_station_scatter(s, r) / length
        || (slope->size == 0 && gap * length <= 64 * u * fmax(plumb_station_cotangent(s, r), plumb_station_size(s, r)));
}

/* AGREES comes last, behind comparisons that NaN fails.  A claim that is rounding is judged as 0, beside an ordinary slope. */
plumb_word
plumb_weigh(const plumb_station *s, const double *v, size_t r, const plumb_slope *slope, double *gap, double *slack, double *relative)
{
    yardstick y = measure(s, v, r);
    double own = plumb_station_bar(s, r, v) + plumb_station_fair(s, r, v), size = fmax(y.ordinary, slope->size), norm, largest;
    int wide;
    *gap = fabs(slope->value), *slack = slope->bar + own, *relative = NAN;
    switch (slope->state) {
    case PLUMB_SLOPE_KINK: return PLUMB_AT_KINK;
    case PLUMB_SLOPE_CONFLICT: return PLUMB_STAIRS;
    case PLUMB_SLOPE_ROUGH: return PLUMB_NOT_SMOOTH;
    case PLUMB_SLOPE_NOWHERE: return PLUMB_OFF_DOMAIN;
    case PLUMB_SLOPE_FOUND: break;
    }
    norm = y.norm > own ? y.norm : size, largest = y.largest > own ? y.largest : size;
    *relative = largest > 0 ? *slack / largest : *slack > 0x1p-1000 ? INFINITY : 0;
    wide = *slack > 0 && !(*slack <= plumb_wanted(s->unit_roundoff) * size && *slack <= plumb_vague(s->unit_roundoff) * norm);
    if (!isfinite(*slack) || isnan(*gap))
        return PLUMB_NOT_SMOOTH;
    if (*gap > *slack && hidden(s, v, r, slope, y.largest, *gap, *slack))
        return PLUMB_FAINT;
    if (*gap > *slack)
        return slope->verified ? PLUMB_PARTS : PLUMB_STAIRS;
    if (*gap == 0 && (*slack < 0x1p-1000 || slope->size == 0)) {
        *relative = 0;
        return PLUMB_AGREES;                    /* not one number moved */
    }
    if (wide)
        return PLUMB_WIDE;
    return *gap <= *slack ? PLUMB_AGREES : PLUMB_NOT_SMOOTH;
}

/* Is every number of the claim a value of float, where the function's are not?  Then it is rounded, whatever the pattern. */
static int
is_float(const plumb_station *s, size_t r)
{
    size_t n = s->bench->hello.inputs;
    if (s->bench->floats >= 0 || s->unit_roundoff > 1e-12)
        return 0;
    for (size_t i = 0; i < n; i++)
        if (s->claim[r * n + i] != (double)(float)s->claim[r * n + i])
            return 0;
    return 1;
}

/* |mean| < 3 standard deviations */
static int
scattered(const double *e, int n)
{
    double sum = 0, square = 0, mean;
    for (int i = 0; i < n; i++)
        sum += e[i], square += e[i] * e[i];
    mean = sum / n;
    return fabs(mean) < 3 * sqrt(fmax(0, square / n - mean * mean));
}

/* The difference of row r along the ray's direction at another point, and the part of the claim that it is; NaN where it cannot be told. */
static plumb_status
beside(plumb_ray *ray, const plumb_slope *first, size_t r, const double *x, double *gap, double *part)
{
    plumb_station near;
    plumb_slope slope;
    double times = first->floor > 0 ? first->noise / first->floor : 1;
    plumb_status st = plumb_station_beside(&near, ray->at, r, x, ray->diag);
    *gap = *part = NAN;
    if (!st) {
        plumb_ray here = { .at = &near, .v = ray->v, .forward = ray->forward, .base = near.y, .shown = (size_t)-1, .diag = ray->diag };
        st = plumb_ray_quickly(&here, first->scale, &times, &slope);
        if (!st)
            *gap = slope.value, *part = slope.value / plumb_station_along(&near, 0, ray->v);
    }
    plumb_station_close(&near);
    if (st == PLUMB_EDOMAIN)
        ray->diag->text[0] = 0;
    return st == PLUMB_EDOMAIN ? PLUMB_OK : st;
}

/* A small difference: that of a wrong formula, or its part of the claim, is much the same at other points; one that is neither comes from a solver that
 * stops early. */
static plumb_status
erratic(plumb_ray *ray, const plumb_slope *first, size_t r, int *is)
{
    static const double reach[] = { 0x1p-6, 0x1p-4, 0x1p-3, 0x1p-2, 0.3 };
    enum { POINTS = sizeof reach / sizeof *reach };
    const plumb_station *s = ray->at;
    const plumb_hello *h = &s->bench->hello;
    double *x = plumb_alloc(h->inputs, sizeof *x), gap[POINTS + 1] = { first->value }, part[POINTS + 1] = { first->value / plumb_station_along(s, r, ray->v) };
    int found = 1;
    plumb_status st = x ? PLUMB_OK : PLUMB_ENOMEM;
    for (int k = 0; k < POINTS && !st; k++) {
        plumb_ray_draw(s, 300 + (uint64_t)k, 0, h->inputs, x);
        for (int t = 0; t < h->nin; t++)
            for (size_t i = h->in[t].from; i < h->in[t].from + h->in[t].size; i++)
                x[i] = plumb_dtype_round(h->in[t].dtype, s->x[i] + x[i] * reach[k]);
        st = beside(ray, first, r, x, &gap[found], &part[found]);
        found += !st && isfinite(gap[found]) && isfinite(part[found]);
    }
    *is = found > 2 && scattered(gap, found) && scattered(part, found);
    plumb_release(x);
    return st;
}

/* What is finer than the steps looks like noise to them. A much smaller step acquits: one that contradicts, or at which the function stands still though
 * the slope that was found would have moved it by many of its spacings (a staircase). */
static plumb_status
finer(plumb_ray *ray, const plumb_slope *first, size_t r, plumb_slope *slope, int *contradicts)
{
    static const double shrink[] = { 0x1p-7, 0x1p-12, 0x1p-16, 0x1p-19, 0x1p-23, 0x1p-27, 0x1p-31, 0x1p-35 };
    plumb_status st = PLUMB_OK;
    *contradicts = 0;
    for (size_t k = 0; k < sizeof shrink / sizeof *shrink && !st && !*contradicts; k++) {
        const plumb_slope *s = &slope[r];
        st = plumb_ray_once(ray, first->scale * shrink[k], 2000 + k, slope);
        if (!st && s->state == PLUMB_SLOPE_FOUND && s->size * s->scale > 16 * s->floor)
            *contradicts = fabs(s->value - first->value) > 2 * (s->bar + first->bar);
        else if (!st && s->state == PLUMB_SLOPE_FOUND && s->size == 0 && first->size > 0)
            *contradicts = first->size * s->scale > 64 * fmax(s->floor, first->floor);
    }
    return st;
}

/* One that stands still at its steps and moves at larger ones, much as the claim says, is a staircase of rounding: it does not refute. The steps at which it moves tell
 * how large the numbers inside would be; those of floor(x) would be 2^53, which nobody believes: beyond 2^16 it is no rounding. */
plumb_status
plumb_moves_farther(plumb_ray *ray, const plumb_slope *first, size_t r, int *moves)
{
    static const double stretch[] = { 0x1p4, 0x1p8, 0x1p12, 0x1p16, 0x1p20, 0x1p26, 0x1p32 };
    double claim = fabs(plumb_station_along(ray->at, r, ray->v)), *table = ray->table, longest = 0, most;
    plumb_slope *slope;
    plumb_status st = PLUMB_OK;
    *moves = 0;
    if (!(first->size < fabs(first->value) / 2) || plumb_ray_one_sided(ray->at, ray->v))
        return PLUMB_OK;
    slope = plumb_alloc(ray->at->rows, sizeof *slope);
    st = slope ? PLUMB_OK : PLUMB_ENOMEM;
    ray->table = NULL;
    for (size_t i = 0; i < ray->at->bench->hello.inputs; i++)
        longest = fmax(longest, fabs(ray->v[i]));
    most = 0x1p20 * ray->at->unit_roundoff * fmax(1, longest);         /* steps of 16 spacings */
    for (size_t k = 0; k < sizeof stretch / sizeof *stretch && !st && !*moves && first->scale * stretch[k] * longest <= most && plumb_ray_has_room(ray->at, ray->v, first->scale * stretch[k]); k++) {
        st = plumb_ray_once(ray, first->scale * stretch[k], 3000 + k, slope);
        *moves = !st && slope[r].size > 0 && fabs(slope[r].value) < 0.3 * claim;
    }
    ray->table = table;
    plumb_release(slope);
    return st;
}

plumb_status
plumb_confirm(plumb_ray *ray, const plumb_slope *first, size_t r, int *again)
{
    plumb_slope *slope = plumb_alloc(ray->at->rows, sizeof *slope);
    plumb_status st = slope ? PLUMB_OK : PLUMB_ENOMEM;
    double *table = ray->table, largest = measure(ray->at, ray->v, r).largest;
    int is = 0;
    *again = 1, ray->table = NULL;
    for (unsigned long k = 1; k <= 2 && *again && !st && !(k == 2 && plumb_bench_late(ray->at->bench)); k++) {
        double gap, slack, relative;
        st = plumb_ray_regress(ray, k == 1 ? first->scale : first->scale / 2, 1000 + k, slope);
        if (!st)
            *again = plumb_weigh(ray->at, ray->v, r, &slope[r], &gap, &slack, &relative) == PLUMB_PARTS && slope[r].value * first->value > 0;
    }
    if (!st && *again && ray->forward == ray->at->bench && fabs(first->value) < 8 * pow(ray->at->unit_roundoff, 0.5) * largest && !is_float(ray->at, r))
        st = erratic(ray, first, r, &is);
    if (!st && *again && !is && !plumb_ray_one_sided(ray->at, ray->v)) {
        int contradicts;
        st = finer(ray, first, r, slope, &contradicts);
        *again = !contradicts;
    }
    if (!st && *again && !is) {
        int moves;
        st = plumb_moves_farther(ray, first, r, &moves);
        *again = !moves;
    }
    ray->table = table;
    plumb_release(slope);
    *again = is ? -1 : *again;
    return st;
}
