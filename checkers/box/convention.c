/* convention.c - a gradient that is wrong and fits another convention exactly: which one
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Element by element and within the bars, never by a norm: a chance fit of several entries is then out of the question. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/box/walk.h"

typedef struct fit {
    const plumb_station *s;
    const plumb_hello *h;
    const plumb_tensor *t;
    const double *claim;        /* of this row, all inputs */
    const double *g;
    size_t n;
    const size_t *element;
    const double *want, *bar;
} fit;

/* Enough entries that are not 0 within their bars. */
static int
telling(const fit *f, size_t least)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++)
        n += fabs(f->want[i]) > 4 * f->bar[i];
    return n >= least;
}

static int
is_zero(const fit *f, char *text, size_t room)
{
    for (size_t i = f->t->from; i < f->t->from + f->t->size; i++)
        if (f->claim[i] != 0)
            return 0;
    snprintf(text, room, "all of it is zero: was the gradient of %s forgotten?", f->t->name);
    return telling(f, 1);
}

static int
is_the_cotangent(const fit *f, char *text, size_t room)
{
    if (f->t->size != f->h->outputs || f->t->size < 2)
        return 0;
    for (size_t i = 0; i < f->t->size; i++)
        if (f->claim[f->t->from + i] != f->g[i])
            return 0;
    snprintf(text, room, "it is equal to the cotangent: the backward pass hands it through");
    return 1;
}

/* The element that element i would be if the last two axes changed places, in the numbering of the transpose; or, where they have different
 * lengths, if the numbers had been written in column-major order. */
static size_t
transposed(const plumb_tensor *t, size_t at)
{
    size_t rows = t->shape.dim[t->shape.rank - 2], cols = t->shape.dim[t->shape.rank - 1], matrix = rows * cols, in = at % matrix;
    return at - in + (in % cols) * rows + in / cols;
}

static int
is_transposed(const fit *f, char *text, size_t room)
{
    int moved = 0;
    if (f->t->shape.rank < 2 || !telling(f, 3))
        return 0;
    for (size_t i = 0; i < f->n; i++) {
        size_t at = f->element[i] - f->t->from, other = transposed(f->t, at);
        double c = f->claim[f->t->from + other];
        moved |= other != at;
        if (!(fabs(c - f->want[i]) <= f->bar[i] + 1e-9 * fabs(c)))
            return 0;
    }
    snprintf(text, room, "it is the transpose of the gradient%s", f->t->shape.dim[f->t->shape.rank - 1] == f->t->shape.dim[f->t->shape.rank - 2] ? ""
        : " (or its numbers are in column-major order: declare order F)");
    return moved;
}

/* claim = c * want for every entry */
static int
factor_of(const fit *f, double *c)
{
    double best = 0;
    for (size_t i = 0; i < f->n; i++)
        if (fabs(f->want[i]) > best * 1.0000001 && f->bar[i] < 1e-3 * fabs(f->want[i]))
            best = fabs(f->want[i]), *c = f->claim[f->element[i]] / f->want[i];
    if (best == 0 || !isfinite(*c) || fabs(*c - 1) < 1e-4)
        return 0;
    for (size_t i = 0; i < f->n; i++) {
        double v = f->claim[f->element[i]];
        if (!(fabs(v - *c * f->want[i]) <= fabs(*c) * 2 * f->bar[i] + 1e-9 * fabs(v)))
            return 0;
    }
    return 1;
}

static int
near(double a, double b)
{
    return fabs(a - b) <= 1e-4 * fabs(b);
}

/* What a factor may be: a length of an axis, or a number of numbers. */
static int
name_length(const fit *f, double c, char *text, size_t room)
{
    const plumb_hello *h = f->h;
    for (int k = 0; k < h->nin + h->nout; k++) {
        const plumb_tensor *t = k < h->nin ? &h->in[k] : &h->out[k - h->nin];
        int first = 0;
        for (int a = 0; a < t->shape.rank; a++) {
            double d = (double)t->shape.dim[a];
            const char *name = t->batch == a || (t->batch < 0 && a == first && k < h->nin && t->shape.rank > 1) ? "the batch size" : "the length of an axis";
            if (d < 2 || (!near(c, d) && !near(c, 1 / d)))
                continue;
            snprintf(text, room, "it is %.5g times the gradient, which is %s%s (axis %d of %s): a mean for a sum?", c, c > 1 ? "" : "1 by ", name, a, t->name);
            return 1;
        }
        if (t->size > 1 && (near(c, (double)t->size) || near(c, 1 / (double)t->size))) {
            snprintf(text, room, "it is %.5g times the gradient, which is %sthe number of elements of %s: a mean for a sum?", c, c > 1 ? "" : "1 by ", t->name);
            return 1;
        }
    }
    return 0;
}

static int
is_a_factor(const fit *f, char *text, size_t room)
{
    double c = 0;
    if (!telling(f, f->t->size > 2 ? 3 : f->t->size) || !factor_of(f, &c))
        return 0;
    if (f->t->size == 1 && !near(c, -1) && !near(c, 2) && !near(c, 0.5))
        return name_length(f, c, text, room);   /* one number is always some factor of another */
    if (near(c, -1))
        snprintf(text, room, "it is minus the gradient (if that is meant, declare sign -1)");
    else if (!near(c, 2) && !near(c, 0.5) && name_length(f, c, text, room))
        return 1;
    else if (near(c, nearbyint(c)) || near(1 / c, nearbyint(1 / c)))
        snprintf(text, room, "it is %.5g times the gradient (if that is meant, declare factor %.5g)", c, c);
    else
        snprintf(text, room, "it is %.5g times the gradient: a factor that one of the two passes lacks", c);
    return 1;
}

/* claim_i = want_i / m_i with m_i > 0, none of them 1: what a mass matrix does. */
static int
is_a_mass(const fit *f, char *text, size_t room)
{
    double low = INFINITY, high = 0;
    if (!telling(f, 4))
        return 0;
    for (size_t i = 0; i < f->n; i++) {
        double c = f->claim[f->element[i]] / f->want[i];
        if (fabs(f->want[i]) <= 4 * f->bar[i])
            continue;
        if (!(c > 0 && isfinite(c)) || fabs(c - 1) < 1e-3)
            return 0;
        low = fmin(low, c), high = fmax(high, c);
    }
    if (!(high / low < 1e4))
        return 0;
    snprintf(text, room, "it is the gradient times positive numbers from %.3g to %.3g, one per element: a mass matrix? (declare inner)", low, high);
    return 1;
}

int
plumb_other_convention(const plumb_station *s, size_t r, int k, size_t n, const size_t *element, const double *want, const double *bar, char *text, size_t room)
{
    const plumb_hello *h = &s->bench->hello;
    fit f = { s, h, &h->in[k], s->claim + r * h->inputs, s->g + r * h->outputs, n, element, want, bar };
    *text = 0;
    if (!n)
        return 0;
    if (is_zero(&f, text, room) || is_the_cotangent(&f, text, room) || is_transposed(&f, text, room) || is_a_factor(&f, text, room))
        return 0;
    *text = 0;
    return is_a_mass(&f, text, room);
}
