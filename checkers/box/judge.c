/* judge.c - what one direction says of a claim
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include "checkers/box/walk.h"
#include "lib/base/alloc.h"

/* What a slope along v of ordinary size would be. */
static double
size_along(const plumb_station *s, const double *v, size_t r, double *largest)
{
    size_t n = s->bench->hello.inputs, m = s->bench->hello.outputs;
    double values = 0;
    *largest = 0;
    for (size_t i = 0; i < n; i++)
        if (v[i] != 0 && isfinite(s->claim[r * n + i]))
            *largest = fmax(*largest, fabs(s->claim[r * n + i] * v[i]));
    for (size_t j = 0; j < m; j++)
        values += isfinite(s->y[j]) ? fabs(s->g[r * m + j] * s->y[j]) : 0;
    if (*largest == 0)
        *largest = values;
    return fmax(values, fmax(*largest, fabs(plumb_station_along(s, r, v))));
}

/* AGREES comes last, behind comparisons that NaN fails. */
plumb_word
plumb_weigh(const plumb_station *s, const double *v, size_t r, const plumb_slope *slope, double *gap, double *slack, double *relative)
{
    double largest, size = size_along(s, v, r, &largest), own = plumb_station_bar(s, r, v);
    *gap = fabs(slope->value), *slack = slope->bar + own, *relative = NAN;
    switch (slope->state) {
    case PLUMB_SLOPE_KINK: return PLUMB_AT_KINK;
    case PLUMB_SLOPE_CONFLICT: return PLUMB_STAIRS;
    case PLUMB_SLOPE_ROUGH: return PLUMB_NOT_SMOOTH;
    case PLUMB_SLOPE_NOWHERE: return PLUMB_OFF_DOMAIN;
    case PLUMB_SLOPE_FOUND: break;
    }
    size = fmax(size, slope->size), largest = largest > 0 ? largest : size;
    *relative = largest > 0 ? *slack / largest : *slack > 0x1p-1000 ? INFINITY : 0;
    if (!isfinite(*slack) || isnan(*gap))
        return PLUMB_NOT_SMOOTH;
    if (*gap > *slack && *gap <= plumb_faint(s->unit_roundoff) * largest)
        return PLUMB_FAINT;
    if (*gap > *slack)
        return slope->verified ? PLUMB_PARTS : PLUMB_STAIRS;
    if (*gap == 0 && *slack < 0x1p-1000)
        return PLUMB_AGREES;                    /* not one number moved */
    if (!(*slack <= plumb_wanted(s->unit_roundoff) * size) && *slack > 0)
        return PLUMB_WIDE;
    return *gap <= *slack ? PLUMB_AGREES : PLUMB_NOT_SMOOTH;
}

plumb_status
plumb_confirm(plumb_ray *ray, const plumb_slope *first, size_t r, int *again)
{
    plumb_slope *slope = plumb_alloc(ray->at->rows, sizeof *slope);
    plumb_status st = slope ? PLUMB_OK : PLUMB_ENOMEM;
    double *table = ray->table;
    *again = 1, ray->table = NULL;
    for (unsigned long k = 1; k <= 2 && *again && !st; k++) {
        double gap, slack, relative;
        st = plumb_ray_regress(ray, k == 1 ? first->scale : first->scale / 2, 1000 + k, slope);
        if (!st)
            *again = plumb_weigh(ray->at, ray->v, r, &slope[r], &gap, &slack, &relative) == PLUMB_PARTS && slope[r].value * first->value > 0;
    }
    ray->table = table;
    plumb_release(slope);
    return st;
}
