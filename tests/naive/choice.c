/* choice.c - concat, slice, gather and extremes from their definitions: which element of the operand each one is
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A cotangent of an operand is the sum over all elements of the result which are that element. */
#include "tests/naive/naive.h"

/* The element of `from` with the indices that element o of `out` has, but for `index` along the axis. */
static size_t
moved(const naive_shape *from, const naive_shape *out, size_t axis, size_t index, size_t o)
{
    size_t i = 0;
    for (size_t a = 0; a < from->rank; a++)
        i = i * from->dim[a] + (a == axis ? index : naive_index_along(out, a, o));
    return i;
}

/* ---- concat ---- */

/* is element o of the result one of y?  its place there or in x */
static int
side(const naive_pair *s, size_t o, size_t *place)
{
    size_t j = naive_index_along(&s->out, s->axis, o), first = s->x.dim[s->axis];
    int second = j >= first;
    *place = second ? moved(&s->y, &s->out, s->axis, j - first, o) : moved(&s->x, &s->out, s->axis, j, o);
    return second;
}

void
naive_concat(const naive_pair *s, const double *x, const double *y, double *z)
{
    for (size_t o = 0, place; o < naive_size(&s->out); o++)
        z[o] = side(s, o, &place) ? y[place] : x[place];
}

void
naive_concat_vjp(const naive_pair *s, const double *g, double *x_bar, double *y_bar)
{
    for (size_t o = 0, place; o < naive_size(&s->out); o++)
        if (side(s, o, &place))
            y_bar[place] = g[o];
        else
            x_bar[place] = g[o];
}

/* ---- slice ---- */

static size_t
cut_from(const naive_cut *s, size_t o)
{
    return moved(&s->in, &s->out, s->axis, s->start + s->step * naive_index_along(&s->out, s->axis, o), o);
}

void
naive_slice(const naive_cut *s, const double *x, double *y)
{
    for (size_t o = 0; o < naive_size(&s->out); o++)
        y[o] = x[cut_from(s, o)];
}

void
naive_slice_vjp(const naive_cut *s, const double *g, double *x_bar)
{
    for (size_t i = 0; i < naive_size(&s->in); i++) {
        x_bar[i] = 0;
        for (size_t o = 0; o < naive_size(&s->out); o++)
            if (cut_from(s, o) == i)
                x_bar[i] = g[o];
    }
}

/* ---- gather ---- */

void
naive_gather(const naive_table *s, const double *x, const int64_t *index, double *y)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < s->width; j++)
            y[i * s->width + j] = x[(size_t)index[i] * s->width + j];
}

void
naive_gather_vjp(const naive_table *s, const int64_t *index, const double *g, double *x_bar)
{
    for (size_t r = 0; r < s->rows; r++)
        for (size_t j = 0; j < s->width; j++) {
            long double sum = 0;
            for (size_t i = 0; i < s->n; i++)
                if (index[i] == (int64_t)r)
                    sum += g[i * s->width + j];
            x_bar[r * s->width + j] = (double)sum;
        }
}

/* ---- extremes ---- */

/* is a worse than b, or as good and later?  (a and b are indices along the axis) */
static int
loses(const double *x, size_t step, int smallest, size_t a, size_t b)
{
    double own = x[a * step], other = x[b * step];
    return (smallest ? own > other : own < other) || (own == other && a > b);
}

/* element e of x competes for element y of the result: has it won? */
static int
wins(const naive_shape *in, size_t axis, int smallest, const double *x, size_t e, size_t *y)
{
    size_t step = naive_step_along(in, axis), n = in->dim[axis], i = naive_index_along(in, axis, e), lost = 0;
    for (size_t j = 0; j < n; j++)
        lost += j != i && loses(x + e - i * step, step, smallest, i, j);
    *y = e / (n * step) * step + e % step;
    return !lost;
}

void
naive_place(const naive_shape *in, size_t axis, int smallest, const double *x, int64_t *place)
{
    for (size_t e = 0, o; e < naive_size(in); e++)
        if (wins(in, axis, smallest, x, e, &o))
            place[o] = (int64_t)naive_index_along(in, axis, e);
}

void
naive_amax(const naive_shape *in, size_t axis, const double *x, double *y)
{
    for (size_t e = 0, o; e < naive_size(in); e++)
        if (wins(in, axis, 0, x, e, &o))
            y[o] = x[e];
}

void
naive_amax_vjp(const naive_shape *in, size_t axis, const double *x, const double *g, double *x_bar)
{
    for (size_t e = 0, o; e < naive_size(in); e++)
        x_bar[e] = wins(in, axis, 0, x, e, &o) ? g[o] : 0;
}
