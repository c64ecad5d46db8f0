/* extreme.c - the largest element along an axis, and where the largest or the smallest one is
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The first of several equal ones is chosen; a NaN wins.  amax hands its cotangent to the chosen element.
 * A place is a whole number: it does not move with the elements, except where two of them change
 * places, and its derivative is 0. */
#include <math.h>
#include "lib/ops/ops.h"

static plumb_status
shape(const plumb_shape *in, const plumb_attr *attr, plumb_shape *out, plumb_diag *diag)
{
    plumb_axis a;
    plumb_status st = plumb_axis_given(in, attr, &a, diag);
    if (st)
        return st;
    if (!a.k)
        return plumb_fail(diag, PLUMB_ESHAPE, "the extreme of no element does not exist");
    plumb_shape_without(in, attr[0].ints[0], attr[1].n && attr[1].ints[0], out);
    return PLUMB_OK;
}

/* The first largest (smallest) of n numbers; but is passed over (n: none is). */
static size_t
extreme(const plumb_call *c, int smallest, const plumb_array *x, size_t n, size_t but)
{
    size_t best = but == 0;
    for (size_t i = best; i < n; i++) {
        plumb_truth better = smallest ? plumb_less(c->num, x, i, x, best) : plumb_less(c->num, x, best, x, i);
        if (i == but)
            continue;
        if (isnan(plumb_get_d(c->num, x, i)))
            return i;
        if (better == PLUMB_TRUE)
            best = i;
    }
    return best;
}

static plumb_status
arg(const plumb_call *c, int smallest)
{
    plumb_axis a;
    if (!plumb_axis_of(&c->in[0], c->attr[0].ints[0], &a))
        return PLUMB_ESHAPE;
    for (size_t o = 0; o < a.outer; o++)
        for (size_t i = 0; i < a.inner; i++) {
            plumb_array x = plumb_slice(&c->x[0], &a, o, i);
            c->chosen[o * a.inner + i] = (int64_t)extreme(c, smallest, &x, a.k, a.k);
        }
    return PLUMB_OK;
}

static plumb_status
argmax_forward(const plumb_call *c)
{
    return arg(c, 0);
}

static plumb_status
argmin_forward(const plumb_call *c)
{
    return arg(c, 1);
}

/* nothing flows back */
static plumb_status
arg_vjp(const plumb_call *c)
{
    return c->want[0] && c->mode[0] == PLUMB_SET ? plumb_zero(c->num, &c->x_bar[0], plumb_shape_size(&c->in[0])) : PLUMB_OK;
}

/* t[j] = the best of the others less x[j] (for the smallest: x[j] less the best of the others); -1 for a
 * chosen one whose equal comes later */
static plumb_status
margins(const plumb_call *c, int smallest, const plumb_array *t)
{
    plumb_axis a;
    plumb_array minus;
    plumb_status st = plumb_take_constant(c->work, c->num, -1, &minus);
    if (st || !plumb_axis_of(&c->in[0], c->attr[0].ints[0], &a))
        return PLUMB_ENOMEM;
    for (size_t o = 0; o < a.outer; o++)
        for (size_t i = 0; i < a.inner; i++) {
            plumb_array x = plumb_slice(&c->x[0], &a, o, i), to = plumb_slice(t, &a, o, i);
            size_t winner = extreme(c, smallest, &x, a.k, a.k), second = a.k > 1 ? extreme(c, smallest, &x, a.k, winner) : winner;
            for (size_t j = 0; j < a.k; j++) {
                plumb_array best = plumb_at(&x, (ptrdiff_t)(j == winner ? second : winner)), own = plumb_at(&x, (ptrdiff_t)j);
                plumb_array d = plumb_at(&to, (ptrdiff_t)j);
                st |= c->num->map2(c->num, PLUMB_FN_SUB, &d, smallest ? &own : &best, smallest ? &best : &own, 1, c->work);
                if (j == winner && !(plumb_get_d(c->num, &d, 0) < 0))
                    st |= c->num->copy(c->num, &d, &minus, 1);
            }
        }
    return st;
}

static plumb_status
max_contest(const plumb_call *c, const plumb_array *t)
{
    return margins(c, 0, t);
}

static plumb_status
min_contest(const plumb_call *c, const plumb_array *t)
{
    return margins(c, 1, t);
}

static int
sample(int i, plumb_case *c)
{
    static const plumb_case table[] = {
        { .in = { PLUMB_DIMS(3, 5) } },
        { .in = { PLUMB_DIMS(2, 4, 3) }, .attrs = "axis=1,keep=1" },
        { .in = { PLUMB_DIMS(4, 2) }, .attrs = "axis=0" },
        { .in = { PLUMB_DIMS(3, 1) } },
        { .in = { PLUMB_DIMS(0, 2) } },
        { .in = { PLUMB_DIMS(2, 4) }, .kink = 1 },
    };
    return plumb_case_of(table, PLUMB_LENGTH(table), i, c);
}

static plumb_status
amax_walk(const plumb_call *c, int back)
{
    plumb_axis a;
    plumb_status st = plumb_axis_of(&c->in[0], c->attr[0].ints[0], &a) ? PLUMB_OK : PLUMB_ESHAPE;
    for (size_t o = 0; !st && o < a.outer; o++)
        for (size_t i = 0; i < a.inner; i++) {
            plumb_array x = plumb_slice(&c->x[0], &a, o, i), x_bar = plumb_slice(&c->x_bar[0], &a, o, i);
            plumb_array y = plumb_at(back ? &c->y_bar[0] : &c->y[0], (ptrdiff_t)(o * a.inner + i));
            ptrdiff_t chosen = (ptrdiff_t)extreme(c, 0, &x, a.k, a.k);
            plumb_array own = plumb_at(back ? &x_bar : &x, chosen);
            st |= back ? plumb_pass(c, PLUMB_ADD, &own, &y, 1) : plumb_pass(c, PLUMB_SET, &y, &own, 1);
        }
    return st;
}

static plumb_status
amax_forward(const plumb_call *c)
{
    return amax_walk(c, 0);
}

static plumb_status
amax_vjp(const plumb_call *c)
{
    return c->want[0] ? arg_vjp(c) | amax_walk(c, 1) : PLUMB_OK;
}

#define EXTREME                                                                                     \
    .nin = 1, .nout = 1, .shape = shape, .sample = sample,                                          \
    .attrs = { { "axis", PLUMB_ATTR_INTS, "-1", "the axis to look along" },                         \
        { "keep", PLUMB_ATTR_INTS, "0", "1: it stays as an axis of size 1" } }
const plumb_op plumb_op_amax = { "amax", "the largest along an axis", "y = max of x", { NULL }, "definition", PLUMB_GENERAL, EXTREME,
    .forward = amax_forward, .vjp = amax_vjp, .contest = max_contest, .kinks = "two largest elements are equal" };
const plumb_op plumb_op_argmax = { "argmax", "where the largest along an axis is", "y = argmax of x", { NULL }, "definition",
    PLUMB_GENERAL, EXTREME, .makes = PLUMB_INDEX, .forward = argmax_forward, .vjp = arg_vjp, .contest = max_contest,
    .kinks = "two largest elements are equal" };
const plumb_op plumb_op_argmin = { "argmin", "where the smallest along an axis is", "y = argmin of x", { NULL }, "definition",
    PLUMB_GENERAL, EXTREME, .makes = PLUMB_INDEX, .forward = argmin_forward, .vjp = arg_vjp, .contest = min_contest,
    .kinks = "two smallest elements are equal" };
