/* kink.c - at a point with a kink: is the claim one of the gradients around it, or between them?
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A few points beside the kink, farther off than rounding and nearer than anything else, have gradients of their own.  Where they are few different
 * ones (a kink between two or three pieces), a subgradient lies in their convex hull: its product with every direction lies between theirs. */
#include <math.h>
#include <string.h>
#include "checkers/box/walk.h"
#include "lib/base/alloc.h"

enum { BESIDE = 8, PIECES = 4, TRIES = 24 };

typedef struct around {
    double *claim;              /* BESIDE x rows x inputs */
    int there[BESIDE];
} around;

/* x plus a small multiple of a direction of all inputs */
static plumb_status
beside(plumb_walk *w, around *a, int k)
{
    const plumb_station *s = &w->here;
    const plumb_hello *h = &w->bench.hello;
    size_t n = h->inputs, m = h->outputs;
    double *v = plumb_alloc(n, sizeof *v), *x = plumb_alloc(n, sizeof *x), *y = plumb_alloc(m, sizeof *y);
    double reach = fmax(0x1p-26, 64 * s->unit_roundoff);
    plumb_status st = v && x && y ? PLUMB_OK : PLUMB_ENOMEM;
    if (!st)
        plumb_ray_draw(s, 500 + (uint64_t)k, 0, n, v);
    for (int t = 0; t < h->nin && !st; t++)
        for (size_t i = h->in[t].from; i < h->in[t].from + h->in[t].size; i++)
            x[i] = v[i] != 0 ? plumb_dtype_round(h->in[t].dtype, s->x[i] + reach * v[i]) : s->x[i];
    st |= st ? st : plumb_bench_forward(&w->bench, x, y, w->diag);
    for (size_t r = 0; r < s->rows && !st; r++)
        st = plumb_bench_backward(&w->bench, x, s->g + r * m, a->claim + ((size_t)k * s->rows + r) * n, w->diag);
    a->there[k] = !st;
    plumb_release(v), plumb_release(x), plumb_release(y);
    return st == PLUMB_EDOMAIN ? PLUMB_OK : st;
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

/* Is the claim of row r on tensor k outside the hull?  worst: the element in which it sticks out most. */
static plumb_status
outside(plumb_walk *w, const around *a, size_t r, int k, const int *first, int count, int *out)
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
        for (int p = 0; p < count; p++) {
            const double *g = a->claim + ((size_t)first[p] * s->rows + r) * n;
            double along = 0;
            for (size_t i = t->from; i < t->from + t->size; i++)
                along += g[i] * u[i], size = fmax(size, fabs(g[i] * u[i]));
            low = fmin(low, along), high = fmax(high, along);
        }
        *out = own < low - 1e-3 * size - 1e-2 * (high - low) || own > high + 1e-3 * size + 1e-2 * (high - low);
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
            *p = (plumb_place_found){ 1, r, i, c[i], nearest, gap, 1e-3 * fabs(nearest) };
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

static plumb_status
judge(plumb_walk *w, const around *a, int k)
{
    plumb_tensor_trial *t = &w->tensor[k];
    int told = 0, many = 0;
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
        st = outside(w, a, r, k, first, count, &out);
        if (!st && out)
            stick_out(w, a, r, k, first, count);
    }
    if (!t->kink_wrong && !t->worst.there)
        strcpy(t->note, told ? "one of the gradients around, or between them" : many ? "not judged: more than four pieces meet" : "");
    return st;
}

plumb_status
plumb_judge_kinks(plumb_walk *w)
{
    const plumb_hello *h = &w->bench.hello;
    around a = { NULL, { 0 } };
    int any = 0;
    plumb_status st = PLUMB_OK;
    for (int k = 0; k < h->nin; k++)
        any |= !h->in[k].fixed && w->here.tensor_finite[k] && (w->tensor[k].said[PLUMB_AT_KINK] || jumps(w, k));
    if (!any || w->backward_unsure || plumb_bench_exhausted(&w->bench, BESIDE * (1 + w->here.rows)))
        return PLUMB_OK;
    a.claim = plumb_alloc(BESIDE * w->here.rows * h->inputs, sizeof *a.claim);
    st = a.claim ? PLUMB_OK : PLUMB_ENOMEM;
    for (int i = 0; i < BESIDE && !st; i++)
        st = beside(w, &a, i);
    for (int k = 0; k < h->nin && !st; k++)
        if (!h->in[k].fixed && w->here.tensor_finite[k] && (w->tensor[k].said[PLUMB_AT_KINK] || jumps(w, k)))
            st = judge(w, &a, k);
    plumb_release(a.claim);
    return st;
}
