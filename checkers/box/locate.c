/* locate.c - from a direction that parts to the entry that is farthest off: halves, then one element
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include "checkers/box/walk.h"
#include "lib/base/alloc.h"

/* The slope of row r along the part from..to-1 of the direction whole. */
static plumb_status
part_of(plumb_ray *ray, const double *whole, double *v, size_t r, size_t from, size_t to, const plumb_slope *first, plumb_slope *all, plumb_slope *slope)
{
    plumb_status st;
    double *times = plumb_alloc(ray->at->rows, sizeof *times);
    if (!times)
        return PLUMB_ENOMEM;
    for (size_t k = 0; k < ray->at->rows; k++)
        times[k] = first->floor > 0 ? first->noise / first->floor : 1;
    memset(v, 0, ray->at->bench->hello.inputs * sizeof *v);
    memcpy(v + from, whole + from, (to - from) * sizeof *v);
    ray->v = v;
    if (plumb_ray_one_sided(ray->at, v))
        st = plumb_ray_regress(ray, first->scale, 77, all);
    else
        st = plumb_ray_quickly(ray, first->scale, times, all);
    *slope = all[r];
    plumb_release(times);
    return st;
}

plumb_status
plumb_locate(plumb_ray *ray, size_t r, size_t from, size_t to, const plumb_slope *first, plumb_place_found *found)
{
    const double *whole = ray->v;
    size_t n = ray->at->bench->hello.inputs;
    double *v = plumb_alloc(n, sizeof *v);
    plumb_slope *all = plumb_alloc(ray->at->rows, sizeof *all), left, right, last = *first;
    plumb_status st = v && all ? PLUMB_OK : PLUMB_ENOMEM;
    while (!st && to - from > 1 && plumb_bench_now() - ray->at->bench->started < 2 * ray->at->bench->seconds) {
        size_t middle = from + (to - from) / 2;
        double l, q;
        st = part_of(ray, whole, v, r, from, middle, first, all, &left);
        st |= st ? st : part_of(ray, whole, v, r, middle, to, first, all, &right);
        l = fabs(left.value) / (left.bar + 1e-300), q = fabs(right.value) / (right.bar + 1e-300);
        if (!st && (l >= q || !isfinite(q)))
            to = middle, last = left;
        else if (!st)
            from = middle, last = right;
    }
    if (!st && to - from == 1 && whole[from] != 0) {
        memset(v, 0, n * sizeof *v);
        v[from] = whole[from], ray->v = v;
        st = plumb_ray_regress(ray, fmin(0.5, 4 * first->scale), 78, all);
        if (!st && all[r].state == PLUMB_SLOPE_FOUND)
            last = all[r];
    }
    if (!st && to - from == 1 && whole[from] != 0) {
        double w = whole[from], got = ray->at->claim[r * n + from];
        double gap, slack, relative;
        plumb_word word = plumb_weigh(ray->at, v, r, &last, &gap, &slack, &relative);
        int moves = 0;
        st = plumb_moves_farther(ray, &last, r, &moves);
        *found = (plumb_place_found){ word == PLUMB_PARTS && !moves, moves || word == PLUMB_FAINT, r, from, got, got + last.value / w, gap / fabs(w), slack / fabs(w) };
    }
    ray->v = whole;
    plumb_release(v), plumb_release(all);
    return st;
}
