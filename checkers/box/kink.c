/* kink.c - at a point with a kink: is the claim one of the gradients around it, or between them?
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Points beside the kink, farther off than rounding and nearer than anything else, have gradients of their own. Where two pieces meet (sixteen points in
 * opposite pairs have seen just two gradients) a subgradient lies between these: its product with every direction lies between theirs.
 * Where more pieces meet (several units of a ReLU at 0) sixteen points do not see them all; there each element's claim must lie between the slopes on
 * its two sides, and of convex outputs the claim in the hull of the pieces (hull.c). */
#include <math.h>
#include <string.h>
#include "checkers/box/kink.h"
#include "lib/base/alloc.h"

enum { BESIDE = 16, PIECES = 2, TRIES = 24, ELEMENTS = 48, MIXED = 2 };

typedef struct around {
    double *claim;              /* BESIDE x rows x inputs */
    int there[BESIDE];
    int *sense;                 /* outputs: 1 convex around the point, -1 concave, 0 neither or no kink */
} around;

plumb_status
plumb_kink_beside(plumb_walk *w, const double *v, int sense, const double *g, size_t rows, double *y, double *claim)
{
    const plumb_station *s = &w->here;
    const plumb_hello *h = &w->bench.hello;
    size_t n = h->inputs, m = h->outputs;
    double *x = plumb_alloc(n, sizeof *x), step = sense * plumb_kink_near(s);
    plumb_status st = x ? PLUMB_OK : PLUMB_ENOMEM;
    for (int t = 0; t < h->nin && !st; t++)
        for (size_t i = h->in[t].from; i < h->in[t].from + h->in[t].size; i++)
            x[i] = v[i] != 0 ? plumb_dtype_round(h->in[t].dtype, s->x[i] + step * v[i]) : s->x[i];
    st |= st ? st : plumb_bench_forward(&w->bench, x, y, w->diag);
    for (size_t r = 0; r < rows && !st; r++)
        st = plumb_bench_backward(&w->bench, x, g + r * m, claim + r * n, w->diag);
    plumb_release(x);
    if (st == PLUMB_EDOMAIN)
        w->diag->text[0] = 0;
    return st;
}

/* What each output's even part says along a pair: convex, concave, neither, or no kink. */
static void
note_sense(const plumb_walk *w, around *a, const double *ahead, const double *behind)
{
    const plumb_station *s = &w->here;
    for (size_t j = 0; j < w->bench.hello.outputs; j++) {
        double even = (ahead[j] - s->y[j]) + (behind[j] - s->y[j]), odd = fabs(ahead[j] - behind[j]);
        if (!(fabs(even) > 1e-4 * odd + 16 * s->unit_roundoff * fabs(s->y[j])))
            continue;
        a->sense[j] = a->sense[j] == MIXED || a->sense[j] == (even > 0 ? -1 : 1) ? MIXED : even > 0 ? 1 : -1;
    }
}

/* Points in opposite pairs. */
static plumb_status
look_around(plumb_walk *w, around *a)
{
    size_t n = w->bench.hello.inputs, m = w->bench.hello.outputs;
    double *v = plumb_alloc(n, sizeof *v), *y = plumb_alloc(2 * m, sizeof *y);
    plumb_status st = v && y ? PLUMB_OK : PLUMB_ENOMEM;
    for (int i = 0; i < BESIDE && !st; i++) {
        plumb_ray_draw(&w->here, 500 + (uint64_t)i / 2, 0, n, v);
        st = plumb_kink_beside(w, v, i % 2 ? -1 : 1, w->here.g, w->here.rows, y + (size_t)(i % 2) * m, a->claim + (size_t)i * w->here.rows * n);
        a->there[i] = !st;
        if (i % 2 && a->there[i] && a->there[i - 1])
            note_sense(w, a, y, y + m);
        st = st == PLUMB_EDOMAIN ? PLUMB_OK : st;
    }
    for (size_t j = 0; j < m && !st; j++)
        a->sense[j] = a->sense[j] == MIXED ? 0 : a->sense[j];
    plumb_release(v), plumb_release(y);
    return st;
}

static int
same(const double *a, const double *b, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fmax(fabs(a[i]), fabs(b[i])));
    for (size_t i = 0; i < n; i++)
        if (!(fabs(a[i] - b[i]) <= 1e-4 * most))
            return 0;
    return 1;
}

/* Different gradients of row r on tensor k; first[]: a representative of each. */
static int
pieces(const plumb_walk *w, const around *a, size_t r, int k, int first[PIECES + 1])
{
    const plumb_tensor *t = &w->bench.hello.in[k];
    size_t n = w->bench.hello.inputs;
    int found = 0;
    for (int i = 0; i < BESIDE; i++) {
        const double *c = a->claim + ((size_t)i * w->here.rows + r) * n + t->from;
        int known = !a->there[i];
        for (int j = 0; j < found && !known; j++)
            known = same(c, a->claim + ((size_t)first[j] * w->here.rows + r) * n + t->from, t->size);
        if (!known && found <= PIECES)
            first[found++] = i;
    }
    return found;
}

/* Is the claim of row r on tensor k outside the hull of all gradients around?  (Of all, so that what bends on the way is inside.) */
static plumb_status
outside(plumb_walk *w, const around *a, size_t r, int k, int *out)
{
    const plumb_tensor *t = &w->bench.hello.in[k];
    const plumb_station *s = &w->here;
    size_t n = w->bench.hello.inputs;
    const double *c = s->claim + r * n;
    double *u = plumb_alloc(n, sizeof *u);
    *out = 0;
    if (!u)
        return PLUMB_ENOMEM;
    for (int tries = 0; tries < TRIES && !*out; tries++) {
        double low = INFINITY, high = -INFINITY, own = 0, size = 0;
        plumb_ray_draw(s, 900 + (uint64_t)tries, t->from, t->from + t->size, u);
        for (size_t i = t->from; i < t->from + t->size; i++) {
            u[i] = tries == 0 ? fabs(u[i]) : u[i];
            own += c[i] * u[i];
        }
        for (int p = 0; p < BESIDE; p++) {
            const double *g = a->claim + ((size_t)p * s->rows + r) * n;
            double along = 0;
            if (!a->there[p])
                continue;
            for (size_t i = t->from; i < t->from + t->size; i++)
                along += g[i] * u[i], size = fmax(size, fabs(g[i] * u[i]));
            low = fmin(low, along), high = fmax(high, along);
        }
        *out = own < low - plumb_kink_tolerance(s) * size || own > high + plumb_kink_tolerance(s) * size;
    }
    plumb_release(u);
    return PLUMB_OK;
}

/* The element farthest from every gradient around. */
static void
stick_out(plumb_walk *w, const around *a, size_t r, int k, const int *first, int count)
{
    const plumb_tensor *t = &w->bench.hello.in[k];
    size_t n = w->bench.hello.inputs;
    const double *c = w->here.claim + r * n;
    plumb_place_found *p = &w->tensor[k].worst;
    for (size_t i = t->from; i < t->from + t->size; i++) {
        double gap = INFINITY, nearest = NAN;
        for (int q = 0; q < count; q++) {
            double g = a->claim[((size_t)first[q] * w->here.rows + r) * n + i];
            if (fabs(c[i] - g) < gap)
                gap = fabs(c[i] - g), nearest = g;
        }
        if (!p->there || gap > p->gap)
            *p = (plumb_place_found){ 1, 0, r, i, c[i], nearest, gap, 1e-3 * fabs(nearest) };
    }
    w->tensor[k].kink_wrong = 1;
}

/* Does the claim on tensor k change by more than rounding when the point is shaken by an ulp? */
static int
jumps(const plumb_walk *w, int k)
{
    const plumb_station *s = &w->here;
    const plumb_tensor *t = &w->bench.hello.in[k];
    size_t n = w->bench.hello.inputs;
    double limit = fmax(1e-5, 1e3 * s->unit_roundoff);
    for (size_t r = 0; r < s->rows && s->shaky; r++) {
        double most = 0, change = 0, noise = 64 * s->unit_roundoff * plumb_station_size(s, r);
        for (size_t i = t->from; i < t->from + t->size; i++) {
            most = fmax(most, fabs(s->claim[r * n + i] * s->scale[i]));
            for (int q = 0; q < PLUMB_SHAKES; q++)
                change = fmax(change, fabs((s->shaken[q][r * n + i] - s->claim[r * n + i]) * s->scale[i]));
        }
        if (change > limit * most && change > noise)
            return 1;
    }
    return 0;
}

/* The slopes of row r on both sides of element i, per unit of it. */
static plumb_status
sides(plumb_walk *w, size_t i, double *x, double *y, double *left, double *right)
{
    const plumb_station *s = &w->here;
    size_t m = w->bench.hello.outputs;
    double h = plumb_kink_reach(s) * s->scale[i];
    plumb_status st = PLUMB_OK;
    for (int side = 0; side < 2 && !st; side++) {
        double *to = side ? right : left, step;
        memcpy(x, s->x, w->bench.hello.inputs * sizeof *x);
        x[i] = plumb_dtype_round(w->bench.hello.in[plumb_tensor_of(&w->bench.hello, i)].dtype, x[i] + (side ? h : -h));
        step = x[i] - s->x[i];
        st = plumb_bench_forward(&w->bench, x, y, w->diag);
        for (size_t r = 0; r < s->rows && !st; r++) {
            long double moved = 0;
            for (size_t j = 0; j < m; j++)
                moved += (long double)s->g[r * m + j] * ((long double)y[j] - s->y[j]);
            to[r] = (double)(moved / step);
        }
    }
    return st;
}

/* Is the claim on element i that of a piece which no step of the element alone reaches (the middle one of several that are tied)?  It is among the claims around it,
 * where these differ; or, where few points see that piece, among those on the whole tensor. */
static int
among(const plumb_walk *w, const around *a, size_t r, size_t i, int k, int own_kink, double slack)
{
    const plumb_tensor *t = &w->bench.hello.in[k];
    size_t n = w->bench.hello.inputs;
    double c = w->here.claim[r * n + i], low = INFINITY, high = -INFINITY, least = INFINITY, most = -INFINITY;
    for (int q = 0; q < BESIDE; q++)
        for (size_t e = t->from; a->there[q] && e < t->from + t->size; e++) {
            double g = a->claim[((size_t)q * w->here.rows + r) * n + e];
            least = fmin(least, g), most = fmax(most, g);
            if (e == i)
                low = fmin(low, g), high = fmax(high, g);
        }
    return (high - low > slack && c >= low - slack && c <= high + slack) || (!own_kink && least < most - slack && c >= least - slack && c <= most + slack);
}

/* Each element by itself: the claim between the slopes on its sides. */
static plumb_status
by_elements(plumb_walk *w, const around *a, int k)
{
    const plumb_tensor *t = &w->bench.hello.in[k];
    const plumb_station *s = &w->here;
    size_t n = w->bench.hello.inputs, stride = t->size / ELEMENTS + 1;
    double *x = plumb_alloc(n, sizeof *x), *y = plumb_alloc(w->bench.hello.outputs, sizeof *y), *left = plumb_alloc(2 * s->rows, sizeof *left), *right = left ? left + s->rows : NULL;
    plumb_place_found *p = &w->tensor[k].worst;
    plumb_status st = x && y && left ? PLUMB_OK : PLUMB_ENOMEM;
    for (size_t i = t->from; i < t->from + t->size && !st && !plumb_bench_late(&w->bench); i += stride) {
        if (s->scale[i] == 0 || s->room_below[i] < s->scale[i] * 0x1p-10 || s->room_above[i] < s->scale[i] * 0x1p-10)
            continue;
        st = sides(w, i, x, y, left, right);
        for (size_t r = 0; r < s->rows && !st; r++) {
            double c = s->claim[r * n + i], low = fmin(left[r], right[r]), high = fmax(left[r], right[r]), size = fmax(fabs(low), fabs(high));
            double slack = 1e3 * plumb_kink_tolerance(s) * size + 64 * sqrt(s->unit_roundoff) * plumb_station_size(s, r) / s->scale[i], gap = c < low ? low - c : c > high ? c - high : 0;
            double hidden = 8 * plumb_station_noise(s, s->g + r * w->bench.hello.outputs) / (plumb_kink_reach(s) * s->scale[i]);
            if (!(gap > slack) || (s->unit[r] == 0 && w->bench.hello.outputs > 1) || among(w, a, r, i, k, high - low > slack, slack))
                continue;
            if (gap <= slack + hidden) {
                w->tensor[k].kink_unsure = 1;
                continue;
            }
            w->tensor[k].kink_wrong = 1;
            if (!p->there || gap > p->gap)
                *p = (plumb_place_found){ 1, 0, r, i, c, c < low ? low : high, gap, slack };
        }
    }
    plumb_release(x), plumb_release(y), plumb_release(left);
    if (st == PLUMB_EDOMAIN)
        w->diag->text[0] = 0;
    return st == PLUMB_EDOMAIN ? PLUMB_OK : st;
}

static plumb_status
judge(plumb_walk *w, const around *a, int k)
{
    plumb_tensor_trial *t = &w->tensor[k];
    int told = 0, many = w->here.unit[0] == 0;
    plumb_status st = PLUMB_OK;
    for (size_t r = 0; r < w->here.rows && !st && !t->kink_wrong; r++) {
        int first[PIECES + 1], count = pieces(w, a, r, k, first), out = 0;
        if (w->here.unit[r] == 0 && w->bench.hello.outputs > 1)
            continue;                           /* kinks of several outputs add up to more pieces than can be seen */
        if (count > PIECES || count < 1) {
            many = 1;
            continue;
        }
        told |= count > 1;
        st = outside(w, a, r, k, &out);
        if (!st && out)
            stick_out(w, a, r, k, first, count);
    }
    if (!st && many && !t->kink_wrong)
        st = by_elements(w, a, k);
    if (!st && many && !t->kink_wrong)
        st = plumb_kink_hull(w, k, a->sense);
    if (!t->kink_wrong && !t->worst.there)
        strcpy(t->note, many ? "between the slopes on both sides, as far as they were seen" : told ? "one of the gradients on both sides, or between them" : "");
    return st;
}

plumb_status
plumb_judge_kinks(plumb_walk *w)
{
    const plumb_hello *h = &w->bench.hello;
    around a = { 0 };
    int any = 0;
    plumb_status st = PLUMB_OK;
    for (int k = 0; k < h->nin; k++)
        any |= !h->in[k].fixed && w->here.tensor_finite[k] && (w->tensor[k].said[PLUMB_AT_KINK] || jumps(w, k));
    if (!any || w->backward_unsure || plumb_bench_late(&w->bench))
        return PLUMB_OK;
    a.claim = plumb_alloc(BESIDE * w->here.rows * h->inputs, sizeof *a.claim);
    a.sense = plumb_alloc(h->outputs, sizeof *a.sense);
    st = a.claim && a.sense ? PLUMB_OK : PLUMB_ENOMEM;
    if (!st)
        st = look_around(w, &a);
    for (int k = 0; k < h->nin && !st; k++)
        if (!h->in[k].fixed && w->here.tensor_finite[k] && (w->tensor[k].said[PLUMB_AT_KINK] || jumps(w, k)))
            st = judge(w, &a, k);
    plumb_release(a.claim), plumb_release(a.sense);
    return st;
}
