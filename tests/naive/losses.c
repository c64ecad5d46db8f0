/* losses.c - softmax and its logarithm, sums of exponentials, losses and squared lengths from their definitions
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every element of a result is one sum in long double, rounded once. */
#include <math.h>
#include "tests/naive/naive.h"

/* ---- probabilities ---- */

/* exp(z_i)/sum_j exp(z_j), divided through by exp(z_i); n numbers that lie step apart */
static long double
probability(const double *z, size_t n, size_t step, size_t i)
{
    long double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += expl((long double)z[j * step] - z[i * step]);
    return 1 / sum;
}

void
naive_softmax(const naive_shape *in, size_t axis, const double *z, double *p)
{
    size_t step = naive_step_along(in, axis);
    for (size_t e = 0; e < naive_size(in); e++) {
        size_t i = naive_index_along(in, axis, e), first = e - i * step;
        p[e] = (double)probability(z + first, in->dim[axis], step, i);
    }
}

/* z_bar_j = sum over i of g_i dp_i/dz_j,  dp_i/dz_j = p_i (delta_ij - p_j) */
void
naive_softmax_vjp(const naive_shape *in, size_t axis, const double *z, const double *g, double *z_bar)
{
    size_t step = naive_step_along(in, axis);
    for (size_t e = 0; e < naive_size(in); e++) {
        size_t j = naive_index_along(in, axis, e), n = in->dim[axis], first = e - j * step;
        long double sum = 0, p_j = probability(z + first, n, step, j);
        for (size_t i = 0; i < n; i++)
            sum += g[first + i * step] * probability(z + first, n, step, i) * ((i == j) - p_j);
        z_bar[e] = (double)sum;
    }
}

/* log sum exp(x) along the axis: x_0 less the logarithm of its probability */
void
naive_logsumexp(const naive_shape *in, size_t axis, const double *x, double *y)
{
    size_t step = naive_step_along(in, axis), n = in->dim[axis];
    for (size_t e = 0; e < naive_size(in); e++)
        if (naive_index_along(in, axis, e) == 0)
            *y++ = (double)(x[e] - logl(probability(x + e, n, step, 0)));
}

/* element e of the input is a term of one element of the result: the slope is its probability */
void
naive_logsumexp_vjp(const naive_shape *in, size_t axis, const double *x, const double *g, double *x_bar)
{
    size_t step = naive_step_along(in, axis), n = in->dim[axis];
    for (size_t e = 0; e < naive_size(in); e++) {
        size_t i = naive_index_along(in, axis, e), first = e - i * step, o = e / (n * step) * step + e % step;
        x_bar[e] = (double)(g[o] * probability(x + first, n, step, i));
    }
}

void
naive_log_softmax(const naive_shape *in, size_t axis, const double *x, double *y)
{
    size_t step = naive_step_along(in, axis);
    for (size_t e = 0; e < naive_size(in); e++) {
        size_t i = naive_index_along(in, axis, e);
        y[e] = (double)logl(probability(x + e - i * step, in->dim[axis], step, i));
    }
}

/* x_bar_j = sum over i of g_i dy_i/dx_j,  dy_i/dx_j = delta_ij - p_j */
void
naive_log_softmax_vjp(const naive_shape *in, size_t axis, const double *x, const double *g, double *x_bar)
{
    size_t step = naive_step_along(in, axis);
    for (size_t e = 0; e < naive_size(in); e++) {
        size_t j = naive_index_along(in, axis, e), n = in->dim[axis], first = e - j * step;
        long double sum = 0, p_j = probability(x + first, n, step, j);
        for (size_t i = 0; i < n; i++)
            sum += g[first + i * step] * ((i == j) - p_j);
        x_bar[e] = (double)sum;
    }
}

/* ---- losses ---- */

void
naive_cross_entropy(size_t rows, size_t classes, int mean, const double *z, const int64_t *label, double *loss)
{
    long double sum = 0;
    for (size_t r = 0; r < rows; r++)
        sum -= logl(probability(z + r * classes, classes, 1, (size_t)label[r]));
    *loss = (double)(mean ? sum / rows : sum);
}

/* d(-log p_label)/dz_j = p_j - delta_(j,label) */
void
naive_cross_entropy_vjp(size_t rows, size_t classes, int mean, const double *z, const int64_t *label, const double *g,
    double *z_bar)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < classes; j++) {
            long double slope = probability(z + r * classes, classes, 1, j) - ((int64_t)j == label[r]);
            z_bar[r * classes + j] = (double)(*g * (mean ? slope / rows : slope));
        }
}

void
naive_nll(size_t rows, size_t classes, int mean, const double *x, const int64_t *label, double *loss)
{
    long double sum = 0;
    for (size_t r = 0; r < rows; r++)
        sum -= x[r * classes + (size_t)label[r]];
    *loss = (double)(mean ? sum / rows : sum);
}

void
naive_nll_vjp(size_t rows, size_t classes, int mean, const int64_t *label, const double *g, double *x_bar)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < classes; j++) {
            long double slope = (int64_t)j == label[r] ? -1 : 0;
            x_bar[r * classes + j] = (double)(*g * (mean ? slope / rows : slope));
        }
}

void
naive_mse(size_t n, const double *y, const double *t, double *loss)
{
    long double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += ((long double)y[i] - t[i]) * ((long double)y[i] - t[i]);
    *loss = (double)(sum / n);
}

void
naive_mse_vjp(size_t n, const double *y, const double *t, const double *g, double *y_bar, double *t_bar)
{
    for (size_t i = 0; i < n; i++) {
        y_bar[i] = (double)(*g * 2 * ((long double)y[i] - t[i]) / n);
        t_bar[i] = (double)(*g * 2 * ((long double)t[i] - y[i]) / n);
    }
}

/* ---- squared lengths ---- */

void
naive_squared_norm(size_t n, const double *x, double *y)
{
    long double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (long double)x[i] * x[i];
    *y = (double)sum;
}

void
naive_squared_norm_vjp(size_t n, const double *x, const double *g, double *x_bar)
{
    for (size_t i = 0; i < n; i++)
        x_bar[i] = (double)(2 * (long double)x[i] * *g);
}

void
naive_squared_distances(const naive_rows *s, const double *x, const double *w, double *y)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t j = 0; j < s->k; j++) {
            long double sum = 0;
            for (size_t h = 0; h < s->f; h++) {
                long double d = (long double)x[i * s->f + h] - w[j * s->f + h];
                sum += d * d;
            }
            y[i * s->k + j] = (double)sum;
        }
}

/* dy_ij/dx_ih = 2 (x_ih - w_jh),  dy_ij/dw_jh = 2 (w_jh - x_ih) */
void
naive_squared_distances_vjp(const naive_rows *s, const double *x, const double *w, const double *g, double *x_bar,
    double *w_bar)
{
    for (size_t h = 0; h < s->f; h++) {
        for (size_t i = 0; i < s->n; i++) {
            long double sum = 0;
            for (size_t j = 0; j < s->k; j++)
                sum += g[i * s->k + j] * 2 * ((long double)x[i * s->f + h] - w[j * s->f + h]);
            x_bar[i * s->f + h] = (double)sum;
        }
        for (size_t j = 0; j < s->k; j++) {
            long double sum = 0;
            for (size_t i = 0; i < s->n; i++)
                sum += g[i * s->k + j] * 2 * ((long double)w[j * s->f + h] - x[i * s->f + h]);
            w_bar[j * s->f + h] = (double)sum;
        }
    }
}
