/* planted.c - see planted.h
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "lib/ops/ops.h"
#include "tests/planted/planted.h"

/* ---- ways that fit any op ---- */

static const plumb_op *victim;
static const planted_way *chosen;
static int chosen_input;

static void
multiply(const plumb_call *c, const plumb_array *a, double by)
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

static void
sign(const plumb_call *c, int input, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        plumb_array e = entry(c, input, i);
        multiply(c, &e, -1);
    }
}

static void
twice(const plumb_call *c, int input, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        plumb_array e = entry(c, input, i);
        multiply(c, &e, 2);
    }
}

static void
one_entry(const plumb_call *c, int input, size_t n)
{
    plumb_array e = entry(c, input, n - 1);
    multiply(c, &e, 1 + 1e-6);
}

static void
slightly(const plumb_call *c, int input, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        plumb_array e = entry(c, input, i);
        multiply(c, &e, 1 - 1e-8);
    }
}

static void
tail(const plumb_call *c, int input, size_t n)
{
    plumb_array e = entry(c, input, n - 1);
    (void)!plumb_zero(c->num, &e, 1);
}

static void
shifted(const plumb_call *c, int input, size_t n)
{
    plumb_array a = entry(c, input, n - 2), b = entry(c, input, n - 1);
    (void)!c->num->copy(c->num, &b, &a, 1);
}

static int
any(const plumb_op *op, const plumb_shape *in)
{
    (void)op;
    return plumb_shape_size(in) > 0;
}

static int
at_least_two(const plumb_op *op, const plumb_shape *in)
{
    (void)op;
    return plumb_shape_size(in) > 1;
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
    plumb_call real = *c;
    plumb_status st;
    real.op = victim;
    st = victim->vjp(&real);
    if (c->want[chosen_input] && plumb_shape_size(&c->in[chosen_input]))
        chosen->spoil(c, chosen_input, plumb_shape_size(&c->in[chosen_input]));
    return st;
}

static plumb_status
right_forward(const plumb_call *c)
{
    plumb_call real = *c;
    real.op = victim;
    return victim->forward(&real);
}

plumb_op
planted_make(const plumb_op *op, const planted_way *way, int input)
{
    plumb_op wrong = *op;
    victim = op, chosen = way, chosen_input = input;
    wrong.vjp = spoilt, wrong.forward = right_forward;
    return wrong;
}

/* ---- slopes ---- */

const planted_slope planted_slopes[] = {
    { "neg", 0, 0, "1" },
    { "neg", 0, 1, "-1 - 1e-9" },
    { "abs", 0, 0, "1" },
    { "abs", 0, 1, "sign(x)*(1 + 1e-7)" },
    { "exp", 0, 1, "z + 1e-7" },
    { "exp", 0, 0, "x*z" },
    { "log", 0, 1, "1/(x + 1e-6)" },
    { "log", 0, 0, "1/z" },
    { "sqrt", 0, 0, "1/(2*x)" },
    { "sqrt", 0, 1, "1/(2*z + 1e-8)" },
    { "square", 0, 0, "x" },
    { "square", 0, 1, "2*x + 1e-10" },
    { "tanh", 0, 0, "1 - z" },
    { "tanh", 0, 1, "1 - z*z*1.0001" },
    { "sigmoid", 0, 0, "z*(1 - x)" },
    { "sigmoid", 0, 1, "z*(1 - z)*0.9999" },
    { "relu", 0, 0, "step(-x)" },
    { "relu", 0, 1, "step(x)*(1 - 1e-7)" },
    { "softplus", 0, 0, "z/(1 + z)" },
    { "softplus", 0, 1, "1/(1 + exp(-x)) + 1e-8" },
    { "add", 1, 0, "-1" },
    { "add", 0, 1, "1 + 1e-7*x" },
    { "sub", 1, 0, "1" },
    { "sub", 1, 1, "-1 + 1e-6*y" },
    { "mul", 0, 0, "x" },
    { "mul", 1, 1, "x + 1e-8" },
    { "div", 1, 0, "z/y" },
    { "div", 1, 1, "-z/(y + 1e-7)" },
    { "max", 0, 0, "step(y - x)" },
    { "max", 1, 1, "(1 - step(x - y))*(1 + 1e-6)" },
    { NULL, 0, 0, NULL },
};

/* ---- by hand ---- */

/* the accumulation is forgotten: ADD overwrites */
static plumb_status
overwrites(const plumb_call *c, const plumb_op *op)
{
    plumb_call real = *c;
    real.op = op;
    for (int i = 0; i < c->nin; i++)
        real.mode[i] = PLUMB_SET;
    return op->vjp(&real);
}

static plumb_status
tanh_overwrites(const plumb_call *c)
{
    return overwrites(c, &plumb_op_tanh);
}

static plumb_status
linear_overwrites(const plumb_call *c)
{
    return overwrites(c, &plumb_op_linear);
}

static plumb_status
softmax_overwrites(const plumb_call *c)
{
    return overwrites(c, &plumb_op_softmax);
}

static plumb_status
sum_overwrites(const plumb_call *c)
{
    return overwrites(c, &plumb_op_sum);
}

/* b_bar is the mean over the rows */
static plumb_status
linear_mean(const plumb_call *c)
{
    plumb_call real = *c;
    plumb_status st;
    size_t n = c->in[1].dim[0];
    real.op = &plumb_op_linear;
    st = plumb_op_linear.vjp(&real);
    for (size_t i = 0; c->want[2] && i < n; i++) {
        plumb_array e = entry(c, 2, i);
        multiply(c, &e, 1 / (double)c->in[0].dim[0]);
    }
    return st;
}

/* the sum over p p_bar is missing: only the diagonal of the Jacobian's first term */
static plumb_status
softmax_diagonal(const plumb_call *c)
{
    const plumb_num *R = c->num;
    size_t n = plumb_shape_size(&c->in[0]);
    plumb_array t;
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_status st = plumb_take(c->work, R, n, &t);
    if (!st)
        st = R->map2(R, PLUMB_FN_MUL, &t, &c->y[0], &c->y_bar[0], n, c->work) | plumb_pass(c, c->mode[0], &c->x_bar[0], &t, n);
    plumb_work_give(c->work, mark);
    return st;
}

/* works on the columns of what it should take the rows of: right for one shape in many */
static plumb_status
transpose_forgotten(const plumb_call *c)
{
    return plumb_pass(c, c->mode[0], &c->x_bar[0], &c->y_bar[0], plumb_shape_size(&c->in[0]));
}

/* the cotangent's sign is lost: right for positive ones */
static plumb_status
mean_positive(const plumb_call *c)
{
    plumb_call real = *c;
    size_t n = plumb_shape_size(&c->out[0]);
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_status st = plumb_take(c->work, c->num, n, &real.y_bar[0]);
    real.op = &plumb_op_mean;
    if (!st)
        st = c->num->map1(c->num, PLUMB_FN_ABS, &real.y_bar[0], &c->y_bar[0], n, c->work) | plumb_op_mean.vjp(&real);
    plumb_work_give(c->work, mark);
    return st;
}

/* the cotangent of the loss is taken for 1 */
static plumb_status
cross_ignores(const plumb_call *c)
{
    plumb_call real = *c;
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_status st = plumb_take(c->work, c->num, 1, &real.y_bar[0]);
    real.op = &plumb_op_cross_entropy;
    if (!st) {
        plumb_set_d(c->num, &real.y_bar[0], 0, 1);
        st = plumb_op_cross_entropy.vjp(&real);
    }
    plumb_work_give(c->work, mark);
    return st;
}

/* each label is its neighbour's */
static plumb_status
cross_shifted(const plumb_call *c)
{
    int64_t labels[64];
    plumb_call real = *c;
    real.op = &plumb_op_cross_entropy, real.index[1] = labels;
    for (size_t i = 0; i < c->in[0].dim[0]; i++)
        labels[i] = c->index[1][(i + 1) % c->in[0].dim[0]];
    return plumb_op_cross_entropy.vjp(&real);
}

/* the factor 2 of the square is missing for the target */
static plumb_status
mse_half(const plumb_call *c)
{
    plumb_call real = *c;
    plumb_status st;
    real.op = &plumb_op_mse;
    st = plumb_op_mse.vjp(&real);
    for (size_t i = 0; c->want[1] && i < plumb_shape_size(&c->in[1]); i++) {
        plumb_array e = entry(c, 1, i);
        multiply(c, &e, 0.5);
    }
    return st;
}

/* A read as if it were k x m, for its transpose: right only for m or k = 1 */
static plumb_status
matmul_untransposed(const plumb_call *c)
{
    plumb_call real = *c;
    size_t m = c->in[0].dim[0], k = c->in[0].dim[1], n = c->in[1].dim[1];
    plumb_status st;
    real.op = &plumb_op_matmul;
    st = plumb_op_matmul.vjp(&real);
    if (c->want[1])
        st |= plumb_gemm(c->num, c->mode[1], &(plumb_mm){ 0, 0, k, n, m, m, n, n }, &c->x_bar[1], &c->x[0], &c->y_bar[0], c->work);
    return st;
}

const planted_hand planted_hands[] = {
    { "tanh", "a second consumer overwrites", 1, tanh_overwrites },
    { "linear", "a second consumer overwrites", 1, linear_overwrites },
    { "softmax", "a second consumer overwrites", 1, softmax_overwrites },
    { "sum", "a second consumer overwrites", 1, sum_overwrites },
    { "linear", "b_bar is a mean", 0, linear_mean },
    { "softmax", "the sum is missing", 0, softmax_diagonal },
    { "transpose", "nothing is transposed", 0, transpose_forgotten },
    { "mean", "the cotangent's sign is lost", 1, mean_positive },
    { "cross_entropy", "the cotangent is taken for 1", 1, cross_ignores },
    { "cross_entropy", "labels of the neighbour", 0, cross_shifted },
    { "mse", "the target's factor 2", 0, mse_half },
    { "matmul", "A for its transpose", 1, matmul_untransposed },
    { NULL, NULL, 0, NULL },
};
