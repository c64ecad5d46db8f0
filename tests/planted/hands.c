/* hands.c - backward passes of structural ops written wrong by hand
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "lib/ops/ops.h"
#include "tests/planted/choices.h"

/* ---- any op ---- */

/* the accumulation is forgotten: ADD overwrites */
static plumb_status
overwrites(const plumb_call *c)
{
    plumb_call real = *c;
    for (int i = 0; i < c->nin; i++)
        real.mode[i] = PLUMB_SET;
    return planted_right(&real);
}

/* b_bar is the mean over the rows */
static plumb_status
linear_mean(const plumb_call *c)
{
    plumb_status st = planted_right(c);
    size_t n = c->in[1].dim[0];
    for (size_t i = 0; c->want[2] && i < n; i++) {
        plumb_array e = plumb_at(&c->x_bar[2], (ptrdiff_t)i);
        planted_multiply(c, &e, 1 / (double)c->in[0].dim[0]);
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
    if (!st)
        st = c->num->map1(c->num, PLUMB_FN_ABS, &real.y_bar[0], &c->y_bar[0], n, c->work) | planted_right(&real);
    plumb_work_give(c->work, mark);
    return st;
}

/* the cotangent of the loss is taken for 1 */
static plumb_status
for_one(const plumb_call *c)
{
    plumb_call real = *c;
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_status st = plumb_take(c->work, c->num, 1, &real.y_bar[0]);
    if (!st) {
        plumb_set_d(c->num, &real.y_bar[0], 0, 1);
        st = planted_right(&real);
    }
    plumb_work_give(c->work, mark);
    return st;
}

/* each index is one too high, the highest one 0: classes are the last axis, rows to gather the first */
static plumb_status
next_index(const plumb_call *c)
{
    int64_t index[64];
    plumb_call real = *c;
    size_t n = plumb_shape_size(&c->in[1]), below = c->in[0].dim[strcmp(c->op->name, "gather") ? 1 : 0];
    real.index[1] = index;
    for (size_t i = 0; i < n; i++)
        index[i] = (c->index[1][i] + 1) % (int64_t)below;
    return planted_right(&real);
}

/* the factor 2 of the square is missing for the target */
static plumb_status
mse_half(const plumb_call *c)
{
    plumb_status st = planted_right(c);
    for (size_t i = 0; c->want[1] && i < plumb_shape_size(&c->in[1]); i++) {
        plumb_array e = plumb_at(&c->x_bar[1], (ptrdiff_t)i);
        planted_multiply(c, &e, 0.5);
    }
    return st;
}

/* A read as if it were k x m, for its transpose: right only for m or k = 1 */
static plumb_status
matmul_untransposed(const plumb_call *c)
{
    size_t m = c->in[0].dim[0], k = c->in[0].dim[1], n = c->in[1].dim[1];
    plumb_status st = planted_right(c);
    if (c->want[1])
        st |= plumb_gemm(c->num, c->mode[1], &(plumb_mm){ 0, 0, k, n, m, m, n, n }, &c->x_bar[1], &c->x[0], &c->y_bar[0], c->work);
    return st;
}

/* ---- logarithms of sums ---- */

/* exp(x - m) y_bar with the largest x for the logarithm of the sum */
static plumb_status
logsumexp_unshifted(const plumb_call *c)
{
    const plumb_num *R = c->num;
    plumb_axis a;
    plumb_array t, m;
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_status st = plumb_axis_of(&c->in[0], c->attr[0].ints[0], &a) ? plumb_take(c->work, R, a.k, &t) | plumb_take(c->work, R, 1, &m)
                                                                      : PLUMB_ESHAPE;
    for (size_t o = 0; !st && o < a.outer; o++)
        for (size_t i = 0; i < a.inner; i++) {
            plumb_array x = plumb_slice(&c->x[0], &a, o, i), to = plumb_slice(&c->x_bar[0], &a, o, i), top = plumb_repeat(&m);
            plumb_array y_bar = plumb_at(&c->y_bar[0], (ptrdiff_t)(o * a.inner + i)), g = plumb_repeat(&y_bar);
            st |= R->top(R, &m, &x, a.k) | R->map2(R, PLUMB_FN_SUB, &t, &x, &top, a.k, c->work);
            st |= R->map1(R, PLUMB_FN_EXP, &t, &t, a.k, c->work);
            st |= R->map2(R, PLUMB_FN_MUL, &t, &t, &g, a.k, c->work) | plumb_pass(c, c->mode[0], &to, &t, a.k);
        }
    plumb_work_give(c->work, mark);
    return st;
}

/* everyone the same share of the cotangent */
static plumb_status
logsumexp_evenly(const plumb_call *c)
{
    plumb_axis a;
    plumb_status st = plumb_axis_of(&c->in[0], c->attr[0].ints[0], &a) ? PLUMB_OK : PLUMB_ESHAPE;
    for (size_t o = 0; !st && o < a.outer; o++)
        for (size_t e = 0; e < a.k * a.inner; e++) {
            plumb_array to = plumb_at(&c->x_bar[0], (ptrdiff_t)(o * a.k * a.inner + e));
            plumb_array g = plumb_at(&c->y_bar[0], (ptrdiff_t)(o * a.inner + e % a.inner));
            st |= plumb_divide(c, c->mode[0], &to, &g, (double)a.k, 1);
        }
    return st;
}

/* x_bar = y_bar - exp(y) s: s should be the sum of the cotangents, and is each one's own, or 1 */
static plumb_status
log_softmax_with(const plumb_call *c, int one)
{
    const plumb_num *R = c->num;
    size_t n = plumb_shape_size(&c->in[0]);
    plumb_array t;
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_status st = plumb_take(c->work, R, n, &t);
    if (!st) {
        st |= R->map1(R, PLUMB_FN_EXP, &t, &c->y[0], n, c->work);
        if (!one)
            st |= R->map2(R, PLUMB_FN_MUL, &t, &t, &c->y_bar[0], n, c->work);
        st |= R->map2(R, PLUMB_FN_SUB, &t, &c->y_bar[0], &t, n, c->work) | plumb_pass(c, c->mode[0], &c->x_bar[0], &t, n);
    }
    plumb_work_give(c->work, mark);
    return st;
}

static plumb_status
log_softmax_no_sum(const plumb_call *c)
{
    return log_softmax_with(c, 0);
}

/* right behind nll, whose cotangents sum to 1 (but for the sign) */
static plumb_status
log_softmax_sum_one(const plumb_call *c)
{
    return log_softmax_with(c, 1);
}

/* y = x - a constant */
static plumb_status
log_softmax_passes(const plumb_call *c)
{
    return plumb_pass(c, c->mode[0], &c->x_bar[0], &c->y_bar[0], plumb_shape_size(&c->in[0]));
}

/* the right one for y_bar times `by`: another divisor */
static plumb_status
nll_times(const plumb_call *c, double by)
{
    plumb_call real = *c;
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_status st = plumb_take(c->work, c->num, 1, &real.y_bar[0]);
    if (!st) {
        st |= c->num->copy(c->num, &real.y_bar[0], &c->y_bar[0], 1);
        planted_multiply(c, &real.y_bar[0], by);
        st |= planted_right(&real);
    }
    plumb_work_give(c->work, mark);
    return st;
}

static plumb_status
nll_sum_as_mean(const plumb_call *c)
{
    return nll_times(c, 1 / (double)c->in[0].dim[0]);
}

static plumb_status
nll_over_classes(const plumb_call *c)
{
    return nll_times(c, (double)c->in[0].dim[0] / (double)c->in[0].dim[1]);
}

/* ---- squared lengths ---- */

/* x_bar = x y_bar, or 2 |x| y_bar */
static plumb_status
norm_with(const plumb_call *c, plumb_fn fn, double factor)
{
    const plumb_num *R = c->num;
    size_t n = plumb_shape_size(&c->in[0]);
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_array t, k, g = plumb_repeat(&c->y_bar[0]);
    plumb_status st = plumb_take(c->work, R, n, &t) | plumb_take_constant(c->work, R, factor, &k);
    if (!st) {
        st |= R->copy(R, &t, &c->x[0], n) | (fn ? R->map1(R, fn, &t, &t, n, c->work) : PLUMB_OK);
        st |= R->map2(R, PLUMB_FN_MUL, &t, &t, &k, n, c->work) | R->map2(R, PLUMB_FN_MUL, &t, &t, &g, n, c->work);
        st |= plumb_pass(c, c->mode[0], &c->x_bar[0], &t, n);
    }
    plumb_work_give(c->work, mark);
    return st;
}

static plumb_status
norm_half(const plumb_call *c)
{
    return norm_with(c, PLUMB_FN_CONST, 1);
}

static plumb_status
norm_of_sizes(const plumb_call *c)
{
    return norm_with(c, PLUMB_FN_ABS, 2);
}

/* w's cotangent with the sign of x's */
static plumb_status
distances_sign(const plumb_call *c)
{
    plumb_call one = *c;
    plumb_mark mark = plumb_work_mark(c->work);
    size_t n = plumb_shape_size(&c->out[0]);
    plumb_status st;
    one.want[1] = 0;
    st = planted_right(&one);
    one.want[0] = 0, one.want[1] = c->want[1];
    st |= plumb_take(c->work, c->num, n, &one.y_bar[0]);
    if (!st)
        st |= c->num->map1(c->num, PLUMB_FN_NEG, &one.y_bar[0], &c->y_bar[0], n, c->work) | planted_right(&one);
    plumb_work_give(c->work, mark);
    return st;
}

/* the cotangent read as if it were k x n */
static plumb_status
distances_transposed(const plumb_call *c)
{
    plumb_call real = *c;
    size_t n = c->in[0].dim[0], k = c->in[1].dim[0];
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_status st = plumb_take(c->work, c->num, n * k, &real.y_bar[0]);
    for (size_t i = 0; i < n && !st; i++)
        for (size_t j = 0; j < k; j++) {
            plumb_array to = plumb_at(&real.y_bar[0], (ptrdiff_t)(i * k + j)), from = plumb_at(&c->y_bar[0], (ptrdiff_t)(j * n + i));
            st |= c->num->copy(c->num, &to, &from, 1);
        }
    st |= st ? st : planted_right(&real);
    plumb_work_give(c->work, mark);
    return st;
}

/* the last row of w pulls at no row of x */
static plumb_status
distances_one_short(const plumb_call *c)
{
    plumb_call real = *c;
    size_t n = plumb_shape_size(&c->out[0]), k = c->in[1].dim[0];
    plumb_mark mark = plumb_work_mark(c->work);
    plumb_status st = plumb_take(c->work, c->num, n, &real.y_bar[0]);
    if (!st)
        st |= c->num->copy(c->num, &real.y_bar[0], &c->y_bar[0], n);
    for (size_t i = k - 1; i < n && !st; i += k) {
        plumb_array e = plumb_at(&real.y_bar[0], (ptrdiff_t)i);
        st |= plumb_zero(c->num, &e, 1);
    }
    st |= st ? st : planted_right(&real);
    plumb_work_give(c->work, mark);
    return st;
}

const planted_hand planted_hands[] = {
    { "tanh", "a second consumer overwrites", 1, 0, overwrites },
    { "linear", "a second consumer overwrites", 1, 0, overwrites },
    { "softmax", "a second consumer overwrites", 1, 0, overwrites },
    { "sum", "a second consumer overwrites", 1, 0, overwrites },
    { "linear", "b_bar is a mean", 0, 0, linear_mean },
    { "softmax", "the sum is missing", 0, 0, softmax_diagonal },
    { "transpose", "nothing is transposed", 0, 0, transpose_forgotten },
    { "mean", "the cotangent's sign is lost", 1, 1, mean_positive },
    { "cross_entropy", "the cotangent is taken for 1", 1, 0, for_one },
    { "cross_entropy", "the next label", 0, 0, next_index },
    { "mse", "the target's factor 2", 0, 0, mse_half },
    { "matmul", "A for its transpose", 1, 0, matmul_untransposed },

    { "concat", "the parts are swapped", 0, 0, planted_concat_swapped },
    { "concat", "the second part begins one early", 1, 0, planted_concat_early },
    { "concat", "axis 0 for any axis", 1, 1, planted_concat_flat },
    { "concat", "a second consumer overwrites", 1, 0, overwrites },
    { "slice", "step is ignored", 1, 1, planted_slice_ignores_step },
    { "slice", "start is ignored", 0, 0, planted_slice_ignores_start },
    { "slice", "garbage where nothing was taken", 1, 0, planted_slice_leaves_garbage },
    { "slice", "a second consumer overwrites", 1, 0, overwrites },
    { "gather", "repeated indices replace each other", 0, 0, planted_gather_replaces },
    { "gather", "repeated indices replace each other in a vector", 1, 1, planted_gather_replaces },
    { "gather", "the next row", 0, 0, next_index },
    { "gather", "the last index is left out", 1, 0, planted_gather_one_short },
    { "gather", "a second consumer overwrites", 1, 0, overwrites },
    { "amax", "every element gets it", 0, 0, planted_amax_to_everyone },
    { "amax", "the last element gets it", 0, 0, planted_amax_to_the_last },
    { "amax", "the second largest gets it", 0, 0, planted_amax_to_the_second },
    { "amax", "a neighbour gets 1e-6 of it", 1, 0, planted_amax_to_a_neighbour },
    { "amax", "the last axis for any axis", 1, 1, planted_amax_wrong_axis },
    { "amax", "a second consumer overwrites", 1, 0, overwrites },
#define ARG(op)                                                                             \
    { op, "1 to the chosen one", 0, 0, planted_arg_straight_through },                              \
    { op, "1 to the chosen one along another axis", 0, 1, planted_arg_straight_through },           \
    { op, "1e-6 to the first entry", 1, 0, planted_arg_leaks_first },                               \
    { op, "-1e-3 to the last entry", 1, 0, planted_arg_leaks_last },                                \
    { op, "garbage where nothing flows back", 1, 0, planted_arg_leaves_garbage },                   \
    { op, "a second consumer overwrites", 1, 0, overwrites }
    ARG("argmax"),
    ARG("argmin"),
    { "logsumexp", "the largest for the logarithm", 0, 0, logsumexp_unshifted },
    { "logsumexp", "shared out evenly", 0, 1, logsumexp_evenly },
    { "logsumexp", "a second consumer overwrites", 1, 0, overwrites },
    { "log_softmax", "the sum is missing", 0, 0, log_softmax_no_sum },
    { "log_softmax", "the sum is taken for 1", 1, 0, log_softmax_sum_one },
    { "log_softmax", "the logarithm is taken for a constant", 0, 0, log_softmax_passes },
    { "log_softmax", "a second consumer overwrites", 1, 0, overwrites },
    { "nll", "the next label", 0, 0, next_index },
    { "nll", "a sum is taken for a mean", 1, 1, nll_sum_as_mean },
    { "nll", "divided by the classes", 1, 0, nll_over_classes },
    { "nll", "the cotangent is taken for 1", 1, 0, for_one },
    { "nll", "a second consumer overwrites", 1, 0, overwrites },
    { "squared_norm", "the factor 2", 0, 0, norm_half },
    { "squared_norm", "the sign of x is lost", 1, 0, norm_of_sizes },
    { "squared_norm", "the cotangent is taken for 1", 1, 0, for_one },
    { "squared_norm", "a second consumer overwrites", 1, 0, overwrites },
    { "squared_distances", "the sign of w's", 0, 0, distances_sign },
    { "squared_distances", "the cotangent transposed", 1, 0, distances_transposed },
    { "squared_distances", "the last row of w is left out", 1, 0, distances_one_short },
    { "squared_distances", "a second consumer overwrites", 1, 0, overwrites },
    { NULL, NULL, 0, 0, NULL },
};
