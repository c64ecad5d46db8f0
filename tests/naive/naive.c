/* naive.c - indices, products, permutations, reductions and broadcasting from their definitions
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every element of a result is one sum in long double, rounded once. */
#include "tests/naive/naive.h"

/* ---- indices ---- */

size_t
naive_size(const naive_shape *s)
{
    size_t n = 1;
    for (size_t a = 0; a < s->rank; a++)
        n *= s->dim[a];
    return n;
}

size_t
naive_index_along(const naive_shape *s, size_t axis, size_t i)
{
    for (size_t a = s->rank - 1; a > axis; a--)
        i /= s->dim[a];
    return i % s->dim[axis];
}

size_t
naive_step_along(const naive_shape *s, size_t axis)
{
    size_t step = 1;
    for (size_t a = axis + 1; a < s->rank; a++)
        step *= s->dim[a];
    return step;
}

/* ---- products ---- */

void
naive_matmul(const naive_mm *s, const double *a, const double *b, double *c)
{
    for (size_t l = 0; l < s->batch; l++)
        for (size_t i = 0; i < s->m; i++)
            for (size_t j = 0; j < s->n; j++) {
                long double sum = 0;
                for (size_t h = 0; h < s->k; h++)
                    sum += (long double)a[(l * s->m + i) * s->k + h] * b[((s->shared ? 0 : l) * s->k + h) * s->n + j];
                c[(l * s->m + i) * s->n + j] = (double)sum;
            }
}

/* a_bar[l,i,h] = sum over j of g[l,i,j] b[l,h,j] */
static void
matmul_a_bar(const naive_mm *s, const double *b, const double *g, double *a_bar)
{
    for (size_t l = 0; l < s->batch; l++)
        for (size_t i = 0; i < s->m; i++)
            for (size_t h = 0; h < s->k; h++) {
                long double sum = 0;
                for (size_t j = 0; j < s->n; j++)
                    sum += (long double)g[(l * s->m + i) * s->n + j] * b[((s->shared ? 0 : l) * s->k + h) * s->n + j];
                a_bar[(l * s->m + i) * s->k + h] = (double)sum;
            }
}

/* b_bar[l,h,j] = sum over i of a[l,i,h] g[l,i,j]; over every l, too, where b is shared */
static void
matmul_b_bar(const naive_mm *s, const double *a, const double *g, double *b_bar)
{
    for (size_t to = 0; to < (s->shared ? 1 : s->batch); to++)
        for (size_t h = 0; h < s->k; h++)
            for (size_t j = 0; j < s->n; j++) {
                long double sum = 0;
                for (size_t l = 0; l < s->batch; l++)
                    for (size_t i = 0; i < s->m && (s->shared || l == to); i++)
                        sum += (long double)a[(l * s->m + i) * s->k + h] * g[(l * s->m + i) * s->n + j];
                b_bar[(to * s->k + h) * s->n + j] = (double)sum;
            }
}

void
naive_matmul_vjp(const naive_mm *s, const double *a, const double *b, const double *g, double *a_bar, double *b_bar)
{
    matmul_a_bar(s, b, g, a_bar);
    matmul_b_bar(s, a, g, b_bar);
}

void
naive_linear(const naive_layer *s, const double *x, const double *w, const double *bias, double *y)
{
    for (size_t r = 0; r < s->rows; r++)
        for (size_t j = 0; j < s->n; j++) {
            long double sum = bias[j];
            for (size_t i = 0; i < s->k; i++)
                sum += (long double)x[r * s->k + i] * w[j * s->k + i];
            y[r * s->n + j] = (double)sum;
        }
}

static void
linear_x_bar(const naive_layer *s, const double *w, const double *g, double *x_bar)
{
    for (size_t r = 0; r < s->rows; r++)
        for (size_t i = 0; i < s->k; i++) {
            long double sum = 0;
            for (size_t j = 0; j < s->n; j++)
                sum += (long double)g[r * s->n + j] * w[j * s->k + i];
            x_bar[r * s->k + i] = (double)sum;
        }
}

static void
linear_w_bar(const naive_layer *s, const double *x, const double *g, double *w_bar)
{
    for (size_t j = 0; j < s->n; j++)
        for (size_t i = 0; i < s->k; i++) {
            long double sum = 0;
            for (size_t r = 0; r < s->rows; r++)
                sum += (long double)g[r * s->n + j] * x[r * s->k + i];
            w_bar[j * s->k + i] = (double)sum;
        }
}

void
naive_linear_vjp(const naive_layer *s, const double *x, const double *w, const double *g, double *x_bar, double *w_bar,
    double *bias_bar)
{
    linear_x_bar(s, w, g, x_bar);
    linear_w_bar(s, x, g, w_bar);
    for (size_t j = 0; j < s->n; j++) {
        long double sum = 0;
        for (size_t r = 0; r < s->rows; r++)
            sum += g[r * s->n + j];
        bias_bar[j] = (double)sum;
    }
}

/* ---- the same numbers elsewhere ---- */

/* where in the result element i of the input goes: along axis q by its index along axis perm[q] */
static size_t
transposed(const naive_shape *in, const size_t *perm, size_t i)
{
    size_t to = 0;
    for (size_t q = 0; q < in->rank; q++)
        to = to * in->dim[perm[q]] + naive_index_along(in, perm[q], i);
    return to;
}

void
naive_transpose(const naive_shape *in, const size_t *perm, const double *x, double *y)
{
    for (size_t i = 0; i < naive_size(in); i++)
        y[transposed(in, perm, i)] = x[i];
}

void
naive_transpose_vjp(const naive_shape *in, const size_t *perm, const double *g, double *x_bar)
{
    for (size_t i = 0; i < naive_size(in); i++)
        x_bar[i] = g[transposed(in, perm, i)];
}

void
naive_reshape(size_t n, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = x[i];
}

void
naive_reshape_vjp(size_t n, const double *g, double *x_bar)
{
    for (size_t i = 0; i < n; i++)
        x_bar[i] = g[i];
}

/* ---- reductions ---- */

/* which element of the result element i of the input is a term of */
static size_t
reduced(const naive_shape *in, const int *over, size_t i)
{
    size_t to = 0;
    for (size_t a = 0; a < in->rank; a++)
        if (!over[a])
            to = to * in->dim[a] + naive_index_along(in, a, i);
    return to;
}

/* the product of the dims that are (1) or are not (0) gone over */
static size_t
reduced_count(const naive_shape *in, const int *over, int which)
{
    size_t n = 1;
    for (size_t a = 0; a < in->rank; a++)
        if (!over[a] == !which)
            n *= in->dim[a];
    return n;
}

void
naive_reduce(const naive_shape *in, const int *over, int mean, const double *x, double *y)
{
    for (size_t o = 0; o < reduced_count(in, over, 0); o++) {
        long double sum = 0;
        for (size_t i = 0; i < naive_size(in); i++)
            if (reduced(in, over, i) == o)
                sum += x[i];
        y[o] = (double)(mean ? sum / reduced_count(in, over, 1) : sum);
    }
}

void
naive_reduce_vjp(const naive_shape *in, const int *over, int mean, const double *g, double *x_bar)
{
    for (size_t i = 0; i < naive_size(in); i++) {
        long double one = g[reduced(in, over, i)];
        x_bar[i] = (double)(mean ? one / reduced_count(in, over, 1) : one);
    }
}

/* ---- broadcasting ---- */

/* which element of an operand is stretched to element o of the result: axes are matched from the
 * right, and along one of size 1 there is only index 0 */
static size_t
stretched_from(const naive_shape *from, const naive_shape *out, size_t o)
{
    size_t i = 0;
    for (size_t a = 0; a < from->rank; a++)
        i = i * from->dim[a] + (from->dim[a] == 1 ? 0 : naive_index_along(out, out->rank - from->rank + a, o));
    return i;
}

static long double
apply(char op, long double x, long double y)
{
    return op == '+' ? x + y : op == '-' ? x - y : op == '*' ? x * y : x / y;
}

/* d(x op y)/dx for which = 0, d(x op y)/dy for which = 1 */
static long double
slope(char op, int which, long double x, long double y)
{
    switch (op) {
    case '+': return 1;
    case '-': return which ? -1 : 1;
    case '*': return which ? x : y;
    default: return which ? -x / (y * y) : 1 / y;
    }
}

void
naive_broadcast(const naive_binary *b, const double *x, const double *y, double *z)
{
    for (size_t o = 0; o < naive_size(&b->out); o++)
        z[o] = (double)apply(b->op, x[stretched_from(&b->x, &b->out, o)], y[stretched_from(&b->y, &b->out, o)]);
}

/* an element of an operand gets the sum over the elements of the result that it was stretched to */
static void
broadcast_bar(const naive_binary *b, int which, const double *x, const double *y, const double *g, double *bar)
{
    const naive_shape *own = which ? &b->y : &b->x;
    for (size_t i = 0; i < naive_size(own); i++) {
        long double sum = 0;
        for (size_t o = 0; o < naive_size(&b->out); o++)
            if (stretched_from(own, &b->out, o) == i)
                sum += g[o] * slope(b->op, which, x[stretched_from(&b->x, &b->out, o)],
                    y[stretched_from(&b->y, &b->out, o)]);
        bar[i] = (double)sum;
    }
}

void
naive_broadcast_vjp(const naive_binary *b, const double *x, const double *y, const double *g, double *x_bar,
    double *y_bar)
{
    broadcast_bar(b, 0, x, y, g, x_bar);
    broadcast_bar(b, 1, x, y, g, y_bar);
}
