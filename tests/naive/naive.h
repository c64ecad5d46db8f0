/* naive.h - the structural operations once more, as plain loops over indices, to compare the engine with
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Written from the definitions, for clarity and not for speed.  This folder knows nothing of the
 * engine.  Arrays are row-major, a dim may be 0 and rank 0 is a scalar; every result is overwritten,
 * and no result may overlap an operand.  g is the cotangent of the result, x_bar that of x. */
#ifndef NAIVE_H
#define NAIVE_H
#include <stddef.h>
#include <stdint.h>

enum { NAIVE_MAXRANK = 6 };

typedef struct naive_shape {
    size_t rank, dim[NAIVE_MAXRANK];
} naive_shape;
size_t naive_size(const naive_shape *);
/* Along an axis: the index of the element with flat index i, and the distance of neighbours. */
size_t naive_index_along(const naive_shape *, size_t axis, size_t i);
size_t naive_step_along(const naive_shape *, size_t axis);

/* c[l] = a[l] b[l] for l < batch; a[l] is m x k, b[l] is k x n; shared: one b for every l. */
typedef struct naive_mm {
    size_t batch, m, k, n;
    int shared;
} naive_mm;
void naive_matmul(const naive_mm *, const double *a, const double *b, double *c);
void naive_matmul_vjp(const naive_mm *, const double *a, const double *b, const double *g, double *a_bar,
    double *b_bar);

/* y[r,j] = bias[j] + sum over i of x[r,i] w[j,i];  x is rows x k, w is n x k, y is rows x n. */
typedef struct naive_layer {
    size_t rows, k, n;
} naive_layer;
void naive_linear(const naive_layer *, const double *x, const double *w, const double *bias, double *y);
void naive_linear_vjp(const naive_layer *, const double *x, const double *w, const double *g, double *x_bar,
    double *w_bar, double *bias_bar);

/* Axis q of y is axis perm[q] of x. */
void naive_transpose(const naive_shape *in, const size_t *perm, const double *x, double *y);
void naive_transpose_vjp(const naive_shape *in, const size_t *perm, const double *g, double *x_bar);

void naive_reshape(size_t n, const double *x, double *y);
void naive_reshape_vjp(size_t n, const double *g, double *x_bar);

/* Over the axes a with over[a]; mean: divided by the number of terms. */
void naive_reduce(const naive_shape *in, const int *over, int mean, const double *x, double *y);
void naive_reduce_vjp(const naive_shape *in, const int *over, int mean, const double *g, double *x_bar);

/* p_i = exp(z_i) / sum over j of exp(z_j), along one axis. */
void naive_softmax(const naive_shape *in, size_t axis, const double *z, double *p);
void naive_softmax_vjp(const naive_shape *in, size_t axis, const double *z, const double *g, double *z_bar);

/* y = log sum exp(x) along one axis, which goes; y_i = log p_i, and all stay. */
void naive_logsumexp(const naive_shape *in, size_t axis, const double *x, double *y);
void naive_logsumexp_vjp(const naive_shape *in, size_t axis, const double *x, const double *g, double *x_bar);
void naive_log_softmax(const naive_shape *in, size_t axis, const double *x, double *y);
void naive_log_softmax_vjp(const naive_shape *in, size_t axis, const double *x, const double *g, double *x_bar);

/* The sum (mean: over rows) of -log p[row, label[row]];  z is rows x classes. */
void naive_cross_entropy(size_t rows, size_t classes, int mean, const double *z, const int64_t *label, double *loss);
void naive_cross_entropy_vjp(size_t rows, size_t classes, int mean, const double *z, const int64_t *label,
    const double *g, double *z_bar);

/* The sum (mean: over rows) of -x[row, label[row]]. */
void naive_nll(size_t rows, size_t classes, int mean, const double *x, const int64_t *label, double *loss);
void naive_nll_vjp(size_t rows, size_t classes, int mean, const int64_t *label, const double *g, double *x_bar);

void naive_mse(size_t n, const double *y, const double *t, double *loss);
void naive_mse_vjp(size_t n, const double *y, const double *t, const double *g, double *y_bar, double *t_bar);

void naive_squared_norm(size_t n, const double *x, double *y);
void naive_squared_norm_vjp(size_t n, const double *x, const double *g, double *x_bar);

/* y[i,j] = sum over h of (x[i,h] - w[j,h])^2;  x is n x f, w is k x f. */
typedef struct naive_rows {
    size_t n, k, f;
} naive_rows;
void naive_squared_distances(const naive_rows *, const double *x, const double *w, double *y);
void naive_squared_distances_vjp(const naive_rows *, const double *x, const double *w, const double *g, double *x_bar,
    double *w_bar);

/* Along the axis first all of x, then all of y. */
typedef struct naive_pair {
    naive_shape x, y, out;
    size_t axis;
} naive_pair;
void naive_concat(const naive_pair *, const double *x, const double *y, double *z);
void naive_concat_vjp(const naive_pair *, const double *g, double *x_bar, double *y_bar);

/* Element j along the axis of the result is element start + step j of x. */
typedef struct naive_cut {
    naive_shape in, out;
    size_t axis, start, step;
} naive_cut;
void naive_slice(const naive_cut *, const double *x, double *y);
void naive_slice_vjp(const naive_cut *, const double *g, double *x_bar);

/* Row i of y (n rows) is row index[i] of x (rows of them, each of width numbers). */
typedef struct naive_table {
    size_t rows, width, n;
} naive_table;
void naive_gather(const naive_table *, const double *x, const int64_t *index, double *y);
void naive_gather_vjp(const naive_table *, const int64_t *index, const double *g, double *x_bar);

/* Where along the axis the largest (smallest) element is, the first of equal ones; and that element. */
void naive_place(const naive_shape *in, size_t axis, int smallest, const double *x, int64_t *place);
void naive_amax(const naive_shape *in, size_t axis, const double *x, double *y);
void naive_amax_vjp(const naive_shape *in, size_t axis, const double *x, const double *g, double *x_bar);

/* z = x op y with x and y stretched to out by the rules of numpy; op is one of + - * / */
typedef struct naive_binary {
    char op;
    naive_shape x, y, out;
} naive_binary;
void naive_broadcast(const naive_binary *, const double *x, const double *y, double *z);
void naive_broadcast_vjp(const naive_binary *, const double *x, const double *y, const double *g, double *x_bar,
    double *y_bar);
#endif
