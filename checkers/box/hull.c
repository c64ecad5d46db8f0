/* hull.c - where many pieces meet: is the claim in the plane that their gradients span?
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A subgradient lies in the convex hull of the gradients of the pieces, so also in the smallest plane through them. Of a maximum with ties that is the plane
 * of numbers that add up to 1: whoever gives every tie the whole gradient has left it. The gradients around span the plane; what is left of the claim is a
 * direction along which all pieces agree. Fresh points may still know a piece that does not, and the function itself has the last word: along that direction
 * it must have one slope on both sides, that of the pieces. */
#include <math.h>
#include <string.h>
#include "checkers/box/kink.h"
#include "lib/base/alloc.h"

enum { ELEMENTS = 64, QUIET = 12, MOST = 96, FIRST = 1000 };    /* fresh points that say nothing new, and all of them; the number of the first */

typedef struct plane {
    size_t n, element[ELEMENTS];
    int basis;
    double axis[ELEMENTS][ELEMENTS], origin[ELEMENTS], left[ELEMENTS], size;   /* left: what no axis explains of the claim less the origin */
} plane;

static double
product(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void
take_off(const plane *p, double *v)
{
    for (int pass = 0; pass < 2; pass++)
        for (int a = 0; a < p->basis; a++) {
            double along = product(v, p->axis[a], p->n);
            for (size_t i = 0; i < p->n; i++)
                v[i] -= along * p->axis[a][i];
        }
}

/* One more gradient of a piece; 1: it is not in the plane so far, which is now wider. */
static int
widen(plane *p, const double *claim, const double *scale, double tolerance)
{
    double v[ELEMENTS], norm;
    for (size_t i = 0; i < p->n; i++)
        v[i] = claim[p->element[i]] * scale[p->element[i]] - p->origin[i];
    take_off(p, v);
    norm = sqrt(product(v, v, p->n));
    if (!(norm > tolerance * p->size) || p->basis == ELEMENTS)
        return 0;
    for (size_t i = 0; i < p->n; i++)
        p->axis[p->basis][i] = v[i] / norm;
    p->basis++;
    take_off(p, p->left);
    return 1;
}

/* Lowest and highest of element i in all pieces seen and in the claim. */
static void
range(const plumb_walk *w, size_t r, size_t i, const double *claim, const int *there, int count, double *low, double *high)
{
    size_t n = w->bench.hello.inputs;
    *low = *high = w->here.claim[r * n + i];
    for (int q = 0; q < count; q++)
        if (there[q]) {
            double g = claim[((size_t)q * w->here.rows + r) * n + i];
            *low = fmin(*low, g), *high = fmax(*high, g);
        }
}

/* Elements of tensor k, in natural units: those that differ first, then others (which a piece not seen yet may change). */
static void
lay(plane *p, const plumb_walk *w, int k, size_t r, const double *claim, const int *there, int count, double tolerance)
{
    const plumb_tensor *t = &w->bench.hello.in[k];
    const plumb_station *s = &w->here;
    size_t n = w->bench.hello.inputs, first = 0;
    *p = (plane){ 0 };
    while (first < (size_t)count && !there[first])
        first++;
    for (int differ = 1; differ >= 0 && first < (size_t)count; differ--)
        for (size_t i = t->from; i < t->from + t->size && p->n < ELEMENTS; i++) {
            double low, high, origin = claim[(first * s->rows + r) * n + i] * s->scale[i];
            range(w, r, i, claim, there, count, &low, &high);
            if (s->scale[i] == 0 || (high - low > 1e3 * tolerance * fmax(fabs(low), fabs(high))) != differ)
                continue;
            p->size = differ ? fmax(p->size, fmax(fabs(low), fabs(high)) * s->scale[i]) : p->size;
            p->origin[p->n] = origin, p->left[p->n] = s->claim[r * n + i] * s->scale[i] - origin;
            p->element[p->n++] = i;
        }
}

/* Slopes of row r along v on both sides, and that of the pieces: all one? */
static plumb_status
one_slope(plumb_walk *w, size_t r, const double *v, double wanted, double slack, int *is)
{
    const plumb_station *s = &w->here;
    const plumb_hello *h = &w->bench.hello;
    size_t n = h->inputs, m = h->outputs;
    double *x = plumb_alloc(n, sizeof *x), *y = plumb_alloc(m, sizeof *y), reach = fmax(0x1p-20, 256 * sqrt(s->unit_roundoff) * 0x1p-14);
    plumb_status st = x && y ? PLUMB_OK : PLUMB_ENOMEM;
    *is = 1;
    for (int side = -1; side <= 1 && !st; side += 2) {
        long double moved = 0;
        for (int k = 0; k < h->nin; k++)
            for (size_t i = h->in[k].from; i < h->in[k].from + h->in[k].size; i++)
                x[i] = v[i] != 0 ? plumb_dtype_round(h->in[k].dtype, s->x[i] + side * reach * v[i]) : s->x[i];
        st = plumb_bench_forward(&w->bench, x, y, w->diag);
        for (size_t j = 0; j < m && !st; j++)
            moved += (long double)s->g[r * m + j] * ((long double)y[j] - s->y[j]);
        *is &= fabs((double)(moved / (side * reach)) - wanted) <= slack;
    }
    plumb_release(x), plumb_release(y);
    return st;
}

/* The claim sticks out by `left`: ask the function, then tell. */
static plumb_status
refute(plumb_walk *w, int k, size_t r, const plane *p, double norm)
{
    const plumb_station *s = &w->here;
    size_t n = w->bench.hello.inputs, worst = 0;
    double *v = plumb_alloc(n, sizeof *v), wanted = 0;
    int one = 0;
    plumb_status st = v ? PLUMB_OK : PLUMB_ENOMEM;
    for (size_t i = 0; i < p->n && !st; i++) {
        v[p->element[i]] = p->left[i] / norm * s->scale[p->element[i]], wanted += p->left[i] / norm * p->origin[i];
        worst = fabs(p->left[i]) > fabs(p->left[worst]) ? i : worst;
    }
    st |= st ? st : one_slope(w, r, v, wanted, norm / 4, &one);
    if (!st && one) {
        size_t at = p->element[worst];
        double c = s->claim[r * n + at], gap = p->left[worst] / s->scale[at];
        w->tensor[k].worst = (plumb_place_found){ 1, r, at, c, c - gap, fabs(gap), 1e-3 * fabs(gap) };
        w->tensor[k].kink_wrong = 1;
    }
    plumb_release(v);
    return st;
}

/* The direction in which a piece that is not in the plane would be, and a little of a random one. */
static void
aim(const plane *p, const plumb_station *s, uint64_t seed, double *v)
{
    double largest = 0;
    plumb_ray_draw(s, seed, 0, s->bench->hello.inputs, v);
    for (size_t i = 0; i < p->n; i++)
        largest = fmax(largest, fabs(p->left[i]));
    for (size_t i = 0; i < s->bench->hello.inputs; i++)
        v[i] /= 8;
    for (size_t i = 0; i < p->n; i++)
        v[p->element[i]] += p->left[i] / largest * s->scale[p->element[i]];
}

/* Fresh points until QUIET of them in a row have said nothing new: one way, the other, anywhere; a way that finds something is gone on with. */
static plumb_status
look_around(plumb_walk *w, size_t r, plane *p, double limit, double tolerance, double *norm)
{
    const plumb_station *s = &w->here;
    size_t n = w->bench.hello.inputs;
    double *fresh = plumb_alloc(n, sizeof *fresh), *v = plumb_alloc(n, sizeof *v);
    plumb_status st = fresh && v ? PLUMB_OK : PLUMB_ENOMEM;
    int way = 0;
    *norm = sqrt(product(p->left, p->left, p->n));
    for (int quiet = 0, point = 0; !st && *norm > limit && quiet < QUIET && point < MOST && !plumb_bench_late(&w->bench); point++) {
        if (way == 2)
            plumb_ray_draw(s, FIRST + (uint64_t)point, 0, n, v);
        else
            aim(p, s, FIRST + (uint64_t)point, v);
        st = plumb_kink_beside(w, v, way ? -1 : 1, r, s->rows, fresh);
        if (!st && widen(p, fresh, s->scale, tolerance))
            quiet = 0, *norm = sqrt(product(p->left, p->left, p->n));
        else
            quiet++, way = (way + 1) % 3;
        st = st == PLUMB_EDOMAIN ? PLUMB_OK : st;
    }
    plumb_release(fresh), plumb_release(v);
    return st;
}

plumb_status
plumb_kink_span(plumb_walk *w, int k, const double *claim, const int *there, int count)
{
    const plumb_station *s = &w->here;
    size_t n = w->bench.hello.inputs, r = s->rows - 1;
    double tolerance = plumb_kink_tolerance(s), norm = 0, limit;
    plane *p = plumb_alloc(1, sizeof *p);
    plumb_status st = PLUMB_OK;
    if (!p)
        return PLUMB_ENOMEM;
    lay(p, w, k, r, claim, there, count, tolerance);
    for (int q = 0; q < count; q++)
        if (there[q])
            widen(p, claim + ((size_t)q * s->rows + r) * n, s->scale, tolerance);
    limit = 1e3 * tolerance * p->size;
    st = look_around(w, r, p, limit, tolerance, &norm);
    if (!st && norm > limit)
        st = refute(w, k, r, p, norm);
    plumb_release(p);
    if (st == PLUMB_EDOMAIN)
        w->diag->text[0] = 0;
    return st == PLUMB_EDOMAIN ? PLUMB_OK : st;
}
