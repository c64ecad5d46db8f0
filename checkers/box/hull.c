/* hull.c - where many pieces meet: is the claim between their gradients?
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where an output f is convex around the point, c is a subgradient if and only if c.v <= f'(x; v), the slope on the side of v, for every direction v (Rockafellar
 * 1970, section 23); where it is concave, if -c is one of -f. The direction that refutes a wrong c points from the hull of the pieces to c. Pieces are
 * asked for one by one: the gradient beside the point, in the direction that looks best so far. They only point; the evidence is the function's own slope. An
 * output that is neither (the third largest of many) is not judged here. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/box/kink.h"
#include "lib/base/alloc.h"

enum { ELEMENTS = 64, OUTPUTS = 4, MOST = 96, ENOUGH = 12, SWEEPS = 400, FIRST = 1000 };

typedef struct hull {
    plumb_walk *w;
    size_t output, n, element[ELEMENTS];
    double sense;               /* 1 convex, -1 concave; all below is times this, and in natural units */
    double c[ELEMENTS], nearest[ELEMENTS], v[ELEMENTS], size;
    int pieces;
    double piece[MOST][ELEMENTS], weight[MOST];
    double *cotangent, *claim, *direction, *y;  /* room: outputs, inputs, inputs, outputs */
} hull;

static double
product(const hull *p, const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < p->n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* ---- the point of the hull of the pieces that is nearest to c ---- */

static void
combine(hull *p)
{
    memset(p->nearest, 0, sizeof p->nearest);
    for (int q = 0; q < p->pieces; q++)
        for (size_t i = 0; i < p->n; i++)
            p->nearest[i] += p->weight[q] * p->piece[q][i];
    for (size_t i = 0; i < p->n; i++)
        p->v[i] = p->c[i] - p->nearest[i];
}

/* Pairwise steps of Frank and Wolfe (Lacoste-Julien, Jaggi 2015): weight goes from the piece that lies worst to the one that lies best. */
static void
approach(hull *p)
{
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        int best = 0, worst = -1;
        double high = -INFINITY, low = INFINITY, length = 0, step;
        combine(p);
        for (int q = 0; q < p->pieces; q++) {
            double along = product(p, p->v, p->piece[q]);
            if (along > high)
                high = along, best = q;
            if (p->weight[q] > 0 && along < low)
                low = along, worst = q;
        }
        for (size_t i = 0; i < p->n; i++)
            length += (p->piece[best][i] - p->piece[worst][i]) * (p->piece[best][i] - p->piece[worst][i]);
        if (best == worst || !(high - low > 1e-12 * p->size * p->size) || length == 0)
            break;
        step = fmin((high - low) / length, p->weight[worst]);
        p->weight[best] += step, p->weight[worst] -= step;
    }
    combine(p);
}

static void
add(hull *p)
{
    for (size_t i = 0; i < p->n; i++) {
        double g = p->sense * p->claim[p->element[i]] * p->w->here.scale[p->element[i]];
        p->piece[p->pieces][i] = g, p->size = fmax(p->size, fabs(g));
    }
    p->weight[p->pieces] = p->pieces == 0;
    p->pieces++;
}

/* ---- questions ---- */

/* In a random direction, or aimed: v, and a little of a random one, so that no tie is left. */
static plumb_status
next_piece(hull *p, int aimed)
{
    plumb_walk *w = p->w;
    const plumb_station *s = &w->here;
    double largest = 0;
    plumb_ray_draw(s, FIRST + (uint64_t)p->pieces, 0, w->bench.hello.inputs, p->direction);
    for (size_t i = 0; i < p->n && aimed; i++)
        largest = fmax(largest, fabs(p->v[i]));
    for (size_t i = 0; i < w->bench.hello.inputs && largest > 0; i++)
        p->direction[i] /= 8;
    for (size_t i = 0; i < p->n && largest > 0; i++)
        p->direction[p->element[i]] += p->v[i] / largest * s->scale[p->element[i]];
    return plumb_kink_beside(w, p->direction, 1, p->cotangent, 1, p->y, p->claim);
}

/* The slope of the output to one side along v, times sense. */
static plumb_status
slope_along(hull *p, const double *v, int side, double *slope)
{
    const plumb_station *s = &p->w->here;
    const plumb_hello *h = &p->w->bench.hello;
    double reach = plumb_kink_reach(s), *x = plumb_alloc(h->inputs, sizeof *x);
    plumb_status st = x ? PLUMB_OK : PLUMB_ENOMEM;
    if (!st)
        memcpy(x, s->x, h->inputs * sizeof *x);
    for (size_t i = 0; i < p->n && !st; i++) {
        size_t at = p->element[i];
        x[at] = plumb_dtype_round(h->in[plumb_tensor_of(h, at)].dtype, s->x[at] + side * reach * v[i] * s->scale[at]);
    }
    st |= st ? st : plumb_bench_forward(&p->w->bench, x, p->y, p->w->diag);
    *slope = p->sense * (p->y[p->output] - s->y[p->output]) / reach;
    plumb_release(x);
    return st;
}

/* Does the slope along v say that c is no subgradient of a convex function? */
static plumb_status
refutes(hull *p, const double *c, const double *v, int *does)
{
    const plumb_station *s = &p->w->here;
    double ahead = NAN, slack = 2e-3 * sqrt(product(p, v, v)) * p->size + 8 * plumb_station_noise(s, p->cotangent) / plumb_kink_reach(s);
    plumb_status st = slope_along(p, v, 1, &ahead);
    *does = !st && product(p, c, v) - ahead > slack;
    return st;
}

/* That it looks convex from sixteen points is no proof (the second largest of many does). Then gradients of pieces would be refuted, too. */
static plumb_status
is_convex(hull *p, int *is)
{
    plumb_status st = PLUMB_OK;
    *is = 1;
    while (p->pieces < ENOUGH && !st) {
        st = next_piece(p, 0);
        if (!st)
            add(p);
    }
    for (int q = 0; q < 2 * p->pieces && *is && !st; q++) {
        const double *g = p->piece[q / 2], *other = q % 2 ? p->c : p->piece[(q / 2 + 1) % p->pieces];
        double d[ELEMENTS];
        int does;
        for (size_t i = 0; i < p->n; i++)
            d[i] = g[i] - other[i];
        st = refutes(p, g, d, &does);
        *is = !does;
    }
    return st;
}

static plumb_status
ask(hull *p, int *refuted)
{
    plumb_status st = refutes(p, p->c, p->v, refuted);
    return st || !*refuted ? st : is_convex(p, refuted);
}

/* ---- one output ---- */

/* Up to ELEMENTS of tensor k: those in which claim and a piece differ first. */
static void
choose(hull *p, int k, const double *claim)
{
    const plumb_tensor *t = &p->w->bench.hello.in[k];
    const plumb_station *s = &p->w->here;
    for (int differ = 1; differ >= 0; differ--)
        for (size_t i = t->from; i < t->from + t->size && p->n < ELEMENTS; i++)
            if (s->scale[i] != 0 && (claim[i] != p->claim[i]) == differ)
                p->c[p->n] = p->sense * claim[i] * s->scale[i], p->element[p->n++] = i;
}

static void
tell(hull *p, int k, const double *claim)
{
    const plumb_station *s = &p->w->here;
    size_t worst = 0, at, row = p->w->bench.hello.outputs <= s->rows && s->unit[p->output] != 0 ? p->output : s->rows - 1;
    double gap, unit = s->unit[row] != 0 ? s->unit[row] : 1;    /* what is told is divided by it */
    for (size_t i = 0; i < p->n; i++)
        worst = fabs(p->v[i]) > fabs(p->v[worst]) ? i : worst;
    at = p->element[worst], gap = unit * p->sense * p->v[worst] / s->scale[at];
    p->w->tensor[k].worst = (plumb_place_found){ 1, 0, row, at, unit * claim[at], unit * claim[at] - gap, fabs(gap), 1e-3 * fabs(gap) };
    p->w->tensor[k].kink_wrong = 1;
    if (p->w->bench.hello.outputs > 1)
        snprintf(p->w->tensor[k].note, sizeof p->w->tensor[k].note, "for output number %zu alone", p->output);
}

static plumb_status
search(hull *p, int k, const double *claim)
{
    double before = INFINITY, norm;
    int refuted = 0;
    plumb_status st = next_piece(p, 0);
    if (st)
        return st;
    choose(p, k, claim);
    add(p), approach(p);
    while (!st && !refuted && p->pieces < MOST && !plumb_bench_exhausted(&p->w->bench, 4)) {
        norm = sqrt(product(p, p->v, p->v));
        if (!(norm > 1e-2 * p->size))                   /* inside, as far as can be told */
            break;
        st = ask(p, &refuted);
        if (!st && refuted)
            approach(p), tell(p, k, claim);
        st |= st || refuted ? st : next_piece(p, 1);
        if (!st && !refuted)
            add(p), approach(p);
        if (norm == before)                             /* nothing new */
            break;
        before = norm;
    }
    return st;
}

static plumb_status
judge_output(plumb_walk *w, int k, size_t output, int sense)
{
    size_t n = w->bench.hello.inputs, m = w->bench.hello.outputs;
    hull *p = plumb_alloc(1, sizeof *p);
    double *claim = plumb_alloc(n, sizeof *claim);
    plumb_status st = p && claim ? PLUMB_OK : PLUMB_ENOMEM;
    if (p) {
        p->w = w, p->output = output, p->sense = sense;
        p->cotangent = plumb_alloc(m, sizeof(double)), p->y = plumb_alloc(m, sizeof(double));
        p->claim = plumb_alloc(n, sizeof(double)), p->direction = plumb_alloc(n, sizeof(double));
        st |= p->cotangent && p->y && p->claim && p->direction ? PLUMB_OK : PLUMB_ENOMEM;
    }
    if (!st) {
        p->cotangent[output] = 1;
        st = plumb_kink_beside(w, p->direction, 0, p->cotangent, 1, p->y, claim);
        st |= st ? st : search(p, k, claim);
    }
    if (p)
        plumb_release(p->cotangent), plumb_release(p->y), plumb_release(p->claim), plumb_release(p->direction);
    plumb_release(p), plumb_release(claim);
    return st == PLUMB_EDOMAIN ? PLUMB_OK : st;
}

plumb_status
plumb_kink_hull(plumb_walk *w, int k, const int *sense)
{
    size_t m = w->bench.hello.outputs, kinked = 0, seen = 0, stride;
    plumb_status st = PLUMB_OK;
    for (size_t j = 0; j < m; j++)
        kinked += sense[j] != 0;
    stride = kinked / OUTPUTS + 1;
    for (size_t j = 0; j < m && !st && !w->tensor[k].kink_wrong; j++)
        if (sense[j] && seen++ % stride == 0 && !plumb_bench_exhausted(&w->bench, 8))
            st = judge_output(w, k, j, sense[j]);
    return st;
}
