/* ray.c - from a station along a direction: what is left of the function when the claim is taken off
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The remainder is u.(f(x') - f(x)) - claim.(x' - x) with x' the point that was really asked: a value of its dtype, the true step and not the
 * one that was meant.  Its slope is 0 where the claim is right, and f's slope less the claim's where it is not. */
#include <math.h>
#include <string.h>
#include "checkers/box/bench.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

static const double edge = 0x1p-30;             /* nearer to an end of the box than this part of its size an element can only move inwards */

size_t
plumb_ray_draw(const plumb_station *s, uint64_t seed, size_t from, size_t to, double *v)
{
    size_t n = s->bench->hello.inputs, moving = 0;
    plumb_random r = plumb_random_named(seed, "directions");
    r.next = from;
    memset(v, 0, n * sizeof *v);
    for (size_t i = from; i < to; i++) {
        double w = plumb_random_signed(&r) * s->scale[i], room = fmin(s->room_below[i], s->room_above[i]);
        if (s->scale[i] == 0)
            continue;
        if (room <= edge * s->scale[i])         /* at an end: inwards */
            w = copysign(fmin(fabs(w), fmax(s->room_below[i], s->room_above[i])), s->room_above[i] > s->room_below[i] ? 1 : -1);
        else if (fabs(w) > room)
            w = copysign(room, w);
        v[i] = w, moving += w != 0;
    }
    return moving;
}

int
plumb_ray_one_sided(const plumb_station *s, const double *v)
{
    for (size_t i = 0; i < s->bench->hello.inputs; i++)
        if (v[i] != 0 && fmin(s->room_below[i], s->room_above[i]) <= edge * s->scale[i])
            return 1;
    return 0;
}

int
plumb_ray_has_room(const plumb_station *s, const double *v, double t)
{
    for (size_t i = 0; i < s->bench->hello.inputs; i++)
        if (v[i] != 0 && !(fabs(t * v[i]) < fmin(s->room_below[i], s->room_above[i])))
            return 0;
    return 1;
}

/* x + t v as its dtypes hold it */
static void
move(const plumb_station *s, const double *v, double t, double *x)
{
    const plumb_hello *h = &s->bench->hello;
    memcpy(x, s->x, h->inputs * sizeof *x);
    for (int k = 0; k < h->nin; k++)
        for (size_t i = h->in[k].from; i < h->in[k].from + h->in[k].size; i++)
            if (v[i] != 0)
                x[i] = plumb_dtype_round(h->in[k].dtype, s->x[i] + t * v[i]);
}

/* Standard deviation that the spacing of the outputs explains in u.y. */
static double
quantum(const plumb_ray *ray, size_t r, const double *y)
{
    const plumb_hello *h = &ray->forward->hello;
    size_t m = h->outputs;
    double square = 0;
    for (int k = 0; k < h->nout; k++)
        for (size_t j = h->out[k].from; j < h->out[k].from + h->out[k].size; j++) {
            double q = fmax(plumb_dtype_spacing(h->out[k].dtype, y[j]), h->eps * fabs(y[j])) * ray->at->g[r * m + j];
            square += isfinite(q) ? q * q : 0;
        }
    return sqrt(square / 12);
}

static double
remainder_at(const plumb_ray *ray, size_t r, const double *x, const double *y, double *change)
{
    const plumb_station *s = ray->at;
    size_t n = s->bench->hello.inputs, m = s->bench->hello.outputs;
    const double *g = s->g + r * m, *c = s->claim + r * n;
    long double moved = 0, claimed = 0;
    for (size_t j = 0; j < m; j++)
        if (g[j] != 0)
            moved += (long double)g[j] * ((long double)y[j] - ray->base[j]);
    for (size_t i = 0; i < n; i++)
        if (ray->v[i] != 0 && isfinite(c[i]))
            claimed += (long double)c[i] * ((long double)x[i] - s->x[i]);
    *change = (double)moved;
    return (double)(moved - claimed);
}

static void
remember(plumb_ray *ray, double t, double change, double remainder)
{
    if (!ray->table || t <= 0 || ray->points == PLUMB_RAY_POINTS)
        return;
    ray->table[3 * ray->points] = t, ray->table[3 * ray->points + 1] = fabs(change), ray->table[3 * ray->points + 2] = fabs(remainder);
    ray->points++;
}

static int
different(const double *v, size_t n)
{
    int found = 0;
    for (size_t i = 0; i < n; i++) {
        size_t j = 0;
        while (j < i && v[j] != v[i])
            j++;
        found += j == i;
    }
    return found;
}

/* As many points at once as fit into the batch. */
static plumb_status
evaluate(void *with, size_t n, const double *t, double *values, double *floors, int *levels, double *moved)
{
    plumb_ray *ray = with;
    plumb_station *s = ray->at;
    plumb_bench *b = ray->forward;
    size_t nx = b->hello.inputs, ny = b->hello.outputs;
    plumb_status st = PLUMB_OK;
    if (!b->batch_x) {
        b->batch_x = plumb_alloc(2 * PLUMB_PAIRS * nx, sizeof(double)), b->batch_y = plumb_alloc(2 * PLUMB_PAIRS * ny, sizeof(double));
        if (!b->batch_x || !b->batch_y)
            return plumb_fail(ray->diag, PLUMB_ENOMEM, "out of memory for %d points of %zu numbers", 2 * PLUMB_PAIRS, nx);
    }
    for (size_t i = 0; i < n; i++)
        move(s, ray->v, t[i], b->batch_x + i * nx);
    st = plumb_bench_many(b, n, b->batch_x, b->batch_y, ray->diag);
    for (size_t r = 0; r < s->rows && !st; r++) {
        double change[2 * PLUMB_PAIRS];
        for (size_t i = 0; i < n; i++) {
            const double *y = b->batch_y + i * ny;
            double q = quantum(ray, r, y);
            values[i * s->rows + r] = remainder_at(ray, r, b->batch_x + i * nx, y, &change[i]);
            floors[r] = i == 0 ? fmax(q, quantum(ray, r, ray->base)) : fmax(floors[r], q);
            if (r == ray->shown)
                remember(ray, t[i], change[i], values[i * s->rows + r]);
        }
        levels[r] = different(change, n), moved[r] = 0;
        for (size_t i = 0; i < n; i++)
            moved[r] = fmax(moved[r], fabs(change[i]));
    }
    return st;
}

/* The smallest step that still moves the elements: of their dtype, where none of them is 0. */
static double
least_step(const plumb_station *s, const double *v)
{
    const plumb_hello *h = &s->bench->hello;
    double least = 0;
    for (int k = 0; k < h->nin; k++) {
        int bits = plumb_dtype_bits(h->in[k].dtype);
        for (size_t i = h->in[k].from; i < h->in[k].from + h->in[k].size; i++)
            if (v[i] != 0 && s->x[i] != 0)
                least = fmax(least, fmin((bits > 12 ? 64 : 4) * plumb_dtype_spacing(h->in[k].dtype, s->x[i]) / (2 * fabs(v[i])), 0x1p-8));
    }
    return least;
}

plumb_status
plumb_ray_regress(plumb_ray *ray, double start, unsigned long seed, plumb_slope *slope)
{
    plumb_line line = { ray->at->rows, evaluate, ray };
    return plumb_regress(&line, start, fmin(start, least_step(ray->at, ray->v)), seed, plumb_ray_one_sided(ray->at, ray->v), slope);
}

plumb_status
plumb_ray_once(plumb_ray *ray, double scale, unsigned long seed, plumb_slope *slope)
{
    plumb_line line = { ray->at->rows, evaluate, ray };
    double least = least_step(ray->at, ray->v);
    return plumb_regress(&line, fmax(scale, least), fmax(scale, least), seed, 0, slope);
}

plumb_status
plumb_ray_quickly(plumb_ray *ray, double scale, const double *times, plumb_slope *slope)
{
    plumb_line line = { ray->at->rows, evaluate, ray };
    return plumb_regress_quickly(&line, scale, times, slope);
}
