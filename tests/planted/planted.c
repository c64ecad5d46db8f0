/* planted.c - ways to spoil any backward pass, and ops that stand in for the right ones
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/ops/ops.h"
#include "tests/planted/planted.h"

/* ---- ways that fit any op ---- */

static const planted_way *chosen;
static int chosen_input;

void
planted_multiply(const plumb_call *c, const plumb_array *a, double by)
{
    plumb_array k;
    plumb_mark mark = plumb_work_mark(c->work);
    if (!plumb_take_constant(c->work, c->num, by, &k))
        (void)!c->num->map2(c->num, PLUMB_FN_MUL, a, a, &k, 1, c->work);
    plumb_work_give(c->work, mark);
}

static plumb_array
entry(const plumb_call *c, int input, size_t i)
{
    return plumb_at(&c->x_bar[input], (ptrdiff_t)i);
}

/* The last entry that anything flows back to: ops that choose leave many at zero. */
static size_t
last(const plumb_call *c, int input, size_t n)
{
    for (size_t i = n; i-- > 0;)
        if (plumb_get_d(c->num, &c->x_bar[input], i) != 0)
            return i;
    return n - 1;
}

static void
sign(const plumb_call *c, int input, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        plumb_array e = entry(c, input, i);
        planted_multiply(c, &e, -1);
    }
}

static void
twice(const plumb_call *c, int input, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        plumb_array e = entry(c, input, i);
        planted_multiply(c, &e, 2);
    }
}

static void
one_entry(const plumb_call *c, int input, size_t n)
{
    plumb_array e = entry(c, input, last(c, input, n));
    planted_multiply(c, &e, 1 + 1e-6);
}

static void
slightly(const plumb_call *c, int input, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        plumb_array e = entry(c, input, i);
        planted_multiply(c, &e, 1 - 1e-8);
    }
}

static void
tail(const plumb_call *c, int input, size_t n)
{
    plumb_array e = entry(c, input, last(c, input, n));
    (void)!plumb_zero(c->num, &e, 1);
}

static void
shifted(const plumb_call *c, int input, size_t n)
{
    size_t at = last(c, input, n);
    plumb_array a = entry(c, input, at ? at - 1 : 1), b = entry(c, input, at);
    (void)!c->num->copy(c->num, &b, &a, 1);
}

/* what goes back from an index is nothing: no factor spoils it */
static int
any(const plumb_op *op, const plumb_shape *in)
{
    return op->makes == PLUMB_REAL && plumb_shape_size(in) > 0;
}

static int
at_least_two(const plumb_op *op, const plumb_shape *in)
{
    return op->makes == PLUMB_REAL && plumb_shape_size(in) > 1;
}

const planted_way planted_ways[] = {
    { "the sign is wrong", 0, any, sign },
    { "a factor 2", 0, any, twice },
    { "the last entry off by 1e-6", 1, any, one_entry },
    { "all off by 1e-8", 1, any, slightly },
    { "the last entry left out", 1, any, tail },
    { "the last entry is its neighbour's", 1, at_least_two, shifted },
    { NULL, 0, NULL, NULL },
};

static plumb_status
spoilt(const plumb_call *c)
{
    plumb_status st = planted_right(c);
    if (c->want[chosen_input] && plumb_shape_size(&c->in[chosen_input]))
        chosen->spoil(c, chosen_input, plumb_shape_size(&c->in[chosen_input]));
    return st;
}

/* ---- standing in ---- */

/* The call as the right op gets it: some tell by their own address which of a family they are. */
static plumb_call
as_right(const plumb_call *c)
{
    plumb_call real = *c;
    real.op = plumb_op_find(c->op->name);
    return real;
}

plumb_status
planted_right(const plumb_call *c)
{
    plumb_call real = as_right(c);
    return real.op->vjp(&real);
}

static plumb_status
right_forward(const plumb_call *c)
{
    plumb_call real = as_right(c);
    return real.op->forward(&real);
}

static plumb_status
right_contest(const plumb_call *c, const plumb_array *t)
{
    plumb_call real = as_right(c);
    return real.op->contest(&real, t);
}

static plumb_op
stand_in(const plumb_op *op)
{
    plumb_op wrong = *op;
    wrong.forward = right_forward, wrong.contest = op->contest ? right_contest : NULL;
    return wrong;
}

plumb_op
planted_make(const plumb_op *op, const planted_way *way, int input)
{
    plumb_op wrong = stand_in(op);
    chosen = way, chosen_input = input;
    wrong.vjp = spoilt;
    return wrong;
}

plumb_op
planted_slope_make(const plumb_op *op, const planted_slope *slope)
{
    plumb_op wrong = stand_in(op);
    wrong.slope[slope->input] = slope->slope;
    return wrong;
}

plumb_op
planted_hand_make(const plumb_op *op, const planted_hand *hand)
{
    plumb_op wrong = stand_in(op);
    wrong.vjp = hand->vjp;
    return wrong;
}
