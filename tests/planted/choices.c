/* choices.c - concat, slice, gather, amax, argmax and argmin with a backward pass written wrong by hand
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/ops/ops.h"
#include "tests/planted/choices.h"

/* ---- concat, slice, gather ---- */

/* The part of input k from element `skip` of each row of the result's cotangent. */
static plumb_status
concat_part(const plumb_call *c, int k, size_t skip)
{
    plumb_axis a, all;
    plumb_status st = plumb_axis_of(&c->in[k], c->attr[0].ints[0], &a) && plumb_axis_of(&c->out[0], c->attr[0].ints[0], &all)
        ? PLUMB_OK : PLUMB_ESHAPE;
    for (size_t o = 0; !st && c->want[k] && o < a.outer; o++) {
        plumb_array own = plumb_at(&c->x_bar[k], (ptrdiff_t)(o * a.k * a.inner));
        plumb_array whole = plumb_at(&c->y_bar[0], (ptrdiff_t)((o * all.k + skip) * all.inner));
        st |= plumb_pass(c, c->mode[k], &own, &whole, a.k * a.inner);
    }
    return st;
}

/* as if the second came first */
plumb_status
planted_concat_swapped(const plumb_call *c)
{
    plumb_axis second;
    return plumb_axis_of(&c->in[1], c->attr[0].ints[0], &second) ? concat_part(c, 0, second.k) | concat_part(c, 1, 0) : PLUMB_ESHAPE;
}

/* where the second begins is off by one */
plumb_status
planted_concat_early(const plumb_call *c)
{
    plumb_axis first;
    return plumb_axis_of(&c->in[0], c->attr[0].ints[0], &first) ? concat_part(c, 0, 0) | concat_part(c, 1, first.k - 1) : PLUMB_ESHAPE;
}

/* all of the first, then all of the second: right for axis 0 alone */
plumb_status
planted_concat_flat(const plumb_call *c)
{
    size_t n = plumb_shape_size(&c->in[0]);
    plumb_array rest = plumb_at(&c->y_bar[0], (ptrdiff_t)n);
    plumb_status st = c->want[0] ? plumb_pass(c, c->mode[0], &c->x_bar[0], &c->y_bar[0], n) : PLUMB_OK;
    return st | (c->want[1] ? plumb_pass(c, c->mode[1], &c->x_bar[1], &rest, plumb_shape_size(&c->in[1])) : PLUMB_OK);
}

/* Element j of the result goes to start + step j; zeros first, where that is not left out. */
static plumb_status
slice_to(const plumb_call *c, size_t start, size_t step, int zeros)
{
    plumb_axis in, out;
    plumb_status st = plumb_axis_of(&c->in[0], c->attr[0].ints[0], &in) && plumb_axis_of(&c->out[0], c->attr[0].ints[0], &out)
        ? PLUMB_OK : PLUMB_ESHAPE;
    if (!st && zeros && c->mode[0] == PLUMB_SET)
        st |= plumb_zero(c->num, &c->x_bar[0], plumb_shape_size(&c->in[0]));
    for (size_t o = 0; !st && o < out.outer; o++)
        for (size_t j = 0; j < out.k; j++) {
            plumb_array to = plumb_at(&c->x_bar[0], (ptrdiff_t)((o * in.k + start + j * step) * in.inner));
            plumb_array from = plumb_at(&c->y_bar[0], (ptrdiff_t)((o * out.k + j) * in.inner));
            st |= plumb_pass(c, c->mode[0], &to, &from, in.inner);
        }
    return st;
}

plumb_status
planted_slice_ignores_step(const plumb_call *c)
{
    return slice_to(c, (size_t)c->attr[1].ints[0], 1, 1);
}

plumb_status
planted_slice_ignores_start(const plumb_call *c)
{
    return slice_to(c, 0, (size_t)c->attr[3].ints[0], 1);
}

/* what is cut off keeps the garbage of before */
plumb_status
planted_slice_leaves_garbage(const plumb_call *c)
{
    return slice_to(c, (size_t)c->attr[1].ints[0], (size_t)c->attr[3].ints[0], 0);
}

/* Row i of the cotangent goes to the row that index i names, in this mode after zeros; the first n of them. */
static plumb_status
gather_to(const plumb_call *c, plumb_mode mode, size_t n)
{
    size_t width = plumb_shape_size(&c->in[0]) / c->in[0].dim[0];
    plumb_status st = c->mode[0] == PLUMB_SET ? plumb_zero(c->num, &c->x_bar[0], plumb_shape_size(&c->in[0])) : PLUMB_OK;
    for (size_t i = 0; i < n; i++) {
        plumb_array to = plumb_at(&c->x_bar[0], (ptrdiff_t)((size_t)c->index[1][i] * width));
        plumb_array from = plumb_at(&c->y_bar[0], (ptrdiff_t)(i * width));
        st |= plumb_pass(c, mode, &to, &from, width);
    }
    return st;
}

/* a row that is named twice gets one cotangent, not the sum */
plumb_status
planted_gather_replaces(const plumb_call *c)
{
    return gather_to(c, PLUMB_SET, plumb_shape_size(&c->in[1]));
}

plumb_status
planted_gather_one_short(const plumb_call *c)
{
    return gather_to(c, PLUMB_ADD, plumb_shape_size(&c->in[1]) - 1);
}

/* ---- extremes ---- */

/* The largest of n >= 1 numbers; but is passed over (n: none is). */
static size_t
largest(const plumb_call *c, const plumb_array *x, size_t n, size_t but)
{
    size_t best = but == 0;
    for (size_t i = best + 1; i < n; i++)
        if (i != but && plumb_less(c->num, x, best, x, i) == PLUMB_TRUE)
            best = i;
    return best;
}

/* Who gets the cotangent of a row, or a share of it. */
typedef enum heir { EVERYONE, THE_LAST, THE_SECOND, A_NEIGHBOUR } heir;

static plumb_status
inherit(const plumb_call *c, heir who, size_t at, size_t n, const plumb_array *x, const plumb_array *to, const plumb_array *g)
{
    plumb_mark mark = plumb_work_mark(c->work);
    size_t to_whom = who == THE_LAST ? n - 1 : who == THE_SECOND ? largest(c, x, n, at) : at ? at - 1 : 1;
    plumb_array share, own = plumb_at(to, (ptrdiff_t)to_whom);
    plumb_status st = plumb_take(c->work, c->num, 1, &share);
    if (!st) {
        st |= c->num->copy(c->num, &share, g, 1);
        if (who == A_NEIGHBOUR)
            planted_multiply(c, &share, 1e-6);
        for (size_t j = 0; who == EVERYONE && j < n; j++) {
            own = plumb_at(to, (ptrdiff_t)j);
            st |= plumb_pass(c, PLUMB_ADD, &own, &share, 1);
        }
        if (who != EVERYONE)
            st |= plumb_pass(c, PLUMB_ADD, &own, &share, 1);
    }
    plumb_work_give(c->work, mark);
    return st;
}

static plumb_status
amax_to(const plumb_call *c, heir who)
{
    plumb_axis a;
    plumb_status st = plumb_axis_of(&c->in[0], c->attr[0].ints[0], &a) ? PLUMB_OK : PLUMB_ESHAPE;
    if (who == A_NEIGHBOUR)
        st |= planted_right(c);
    else if (c->mode[0] == PLUMB_SET)
        st |= plumb_zero(c->num, &c->x_bar[0], plumb_shape_size(&c->in[0]));
    for (size_t o = 0; !st && o < a.outer; o++)
        for (size_t i = 0; i < a.inner; i++) {
            plumb_array x = plumb_slice(&c->x[0], &a, o, i), to = plumb_slice(&c->x_bar[0], &a, o, i);
            plumb_array g = plumb_at(&c->y_bar[0], (ptrdiff_t)(o * a.inner + i));
            st |= inherit(c, who, largest(c, &x, a.k, a.k), a.k, &x, &to, &g);
        }
    return st;
}

plumb_status
planted_amax_to_everyone(const plumb_call *c)
{
    return amax_to(c, EVERYONE);
}

plumb_status
planted_amax_to_the_last(const plumb_call *c)
{
    return amax_to(c, THE_LAST);
}

plumb_status
planted_amax_to_the_second(const plumb_call *c)
{
    return amax_to(c, THE_SECOND);
}

plumb_status
planted_amax_to_a_neighbour(const plumb_call *c)
{
    return amax_to(c, A_NEIGHBOUR);
}

/* along the last axis, whatever the attribute says */
plumb_status
planted_amax_wrong_axis(const plumb_call *c)
{
    plumb_axis a;
    plumb_status st = plumb_axis_of(&c->in[0], -1, &a) ? PLUMB_OK : PLUMB_ESHAPE;
    if (!st && c->mode[0] == PLUMB_SET)
        st |= plumb_zero(c->num, &c->x_bar[0], plumb_shape_size(&c->in[0]));
    for (size_t o = 0; !st && o < a.outer && o < plumb_shape_size(&c->out[0]); o++) {
        plumb_array x = plumb_slice(&c->x[0], &a, o, 0), to = plumb_slice(&c->x_bar[0], &a, o, 0);
        plumb_array g = plumb_at(&c->y_bar[0], (ptrdiff_t)o), own = plumb_at(&to, (ptrdiff_t)largest(c, &x, a.k, a.k));
        st |= plumb_pass(c, PLUMB_ADD, &own, &g, 1);
    }
    return st;
}

/* A place is a whole number, but something flows back: v is added to an entry. */
static plumb_status
arg_leaks(const plumb_call *c, size_t at, double v)
{
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_array leak, to = plumb_at(&c->x_bar[0], (ptrdiff_t)at);
    plumb_status st = planted_right(c) | plumb_take_constant(c->work, c->num, v, &leak);
    if (!st)
        st |= plumb_pass(c, PLUMB_ADD, &to, &leak, 1);
    plumb_work_give(c->work, mark);
    return st;
}

plumb_status
planted_arg_leaks_first(const plumb_call *c)
{
    return arg_leaks(c, 0, 1e-6);
}

plumb_status
planted_arg_leaks_last(const plumb_call *c)
{
    return arg_leaks(c, plumb_shape_size(&c->in[0]) - 1, -1e-3);
}

/* as of amax: 1 for the one that was chosen */
plumb_status
planted_arg_straight_through(const plumb_call *c)
{
    plumb_axis a;
    plumb_status st = plumb_axis_of(&c->in[0], c->attr[0].ints[0], &a) ? PLUMB_OK : PLUMB_ESHAPE;
    for (size_t o = 0; !st && o < a.outer; o++)
        for (size_t i = 0; i < a.inner; i++)
            st |= arg_leaks(c, (o * a.k + (size_t)c->chosen[o * a.inner + i]) * a.inner + i, 1);
    return st;
}

/* "nothing flows back, so there is nothing to do" */
plumb_status
planted_arg_leaves_garbage(const plumb_call *c)
{
    (void)c;
    return PLUMB_OK;
}
