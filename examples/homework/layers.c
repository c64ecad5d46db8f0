/* layers.c - eight layers of the lecture in C: the forward passes are there, the backward passes are yours
 * SPDX-License-Identifier: MIT
 *
 * Each backward gets the inputs x (all of them, one after the other), the cotangent g of the output, and writes the
 * gradients of all inputs into d, in the same order as x. Then it returns 1. */
#include <math.h>
#include "layers.h"

/* ---- 1: relu, z = max(s, 0) ---- */

enum { N = 6 };

static void
relu_forward(const double *s, double *z)
{
    for (int i = 0; i < N; i++)
        z[i] = s[i] > 0 ? s[i] : 0;
}

static int
relu_backward(const double *s, const double *g, double *d)
{
    (void)s, (void)g, (void)d;          /* your turn */
    return 0;
}

/* ---- 2: tanh ---- */

static void
tanh_forward(const double *s, double *z)
{
    for (int i = 0; i < N; i++)
        z[i] = tanh(s[i]);
}

static int
tanh_backward(const double *s, const double *g, double *d)
{
    (void)s, (void)g, (void)d;          /* your turn */
    return 0;
}

/* ---- 3: sigmoid, z = 1/(1 + exp(-s)) ---- */

static void
sigmoid_forward(const double *s, double *z)
{
    for (int i = 0; i < N; i++)
        z[i] = 1 / (1 + exp(-s[i]));
}

static int
sigmoid_backward(const double *s, const double *g, double *d)
{
    (void)s, (void)g, (void)d;          /* your turn */
    return 0;
}

/* ---- 4: add, y = a + b: x holds a, then b ---- */

static void
add_forward(const double *x, double *y)
{
    for (int i = 0; i < N; i++)
        y[i] = x[i] + x[N + i];
}

static int
add_backward(const double *x, const double *g, double *d)
{
    (void)x, (void)g, (void)d;          /* your turn */
    return 0;
}

/* ---- 5: linear, y = z W^T + b: z (2,3), then W (4,3), then b (4) ---- */

enum { ROWS = 2, K = 3, M = 4 };

static void
linear_forward(const double *x, double *y)
{
    const double *z = x, *W = x + ROWS * K, *b = W + M * K;
    for (int r = 0; r < ROWS; r++)
        for (int j = 0; j < M; j++) {
            y[r * M + j] = b[j];
            for (int k = 0; k < K; k++)
                y[r * M + j] += W[j * K + k] * z[r * K + k];
        }
}

static int
linear_backward(const double *x, const double *g, double *d)
{
    (void)x, (void)g, (void)d;          /* your turn */
    return 0;
}

/* ---- 6: mse, the mean of (y - t)^2: y (5), then t (5) ---- */

enum { L = 5 };

static void
mse_forward(const double *x, double *c)
{
    *c = 0;
    for (int i = 0; i < L; i++)
        *c += (x[i] - x[L + i]) * (x[i] - x[L + i]) / L;
}

static int
mse_backward(const double *x, const double *g, double *d)
{
    (void)x, (void)g, (void)d;          /* your turn */
    return 0;
}

/* ---- 7: softmax of each row of s (2,4) ---- */

enum { B = 2, C = 4 };

static void
softmax_forward(const double *s, double *p)
{
    for (int r = 0; r < B; r++) {
        double top = s[r * C], sum = 0;
        for (int j = 1; j < C; j++)
            top = fmax(top, s[r * C + j]);
        for (int j = 0; j < C; j++)
            sum += p[r * C + j] = exp(s[r * C + j] - top);
        for (int j = 0; j < C; j++)
            p[r * C + j] /= sum;
    }
}

static int
softmax_backward(const double *s, const double *g, double *d)
{
    (void)s, (void)g, (void)d;          /* your turn */
    return 0;
}

/* ---- 8: cross_entropy of logits s (2,4) and labels t (2), averaged over the rows; a label has no gradient: write 0 ---- */

static void
cross_entropy_forward(const double *x, double *c)
{
    *c = 0;
    for (int r = 0; r < B; r++) {
        const double *s = x + r * C;
        double top = s[0], sum = 0;
        for (int j = 1; j < C; j++)
            top = fmax(top, s[j]);
        for (int j = 0; j < C; j++)
            sum += exp(s[j] - top);
        *c += (log(sum) + top - s[(int)x[B * C + r]]) / B;
    }
}

static int
cross_entropy_backward(const double *x, const double *g, double *d)
{
    (void)x, (void)g, (void)d;          /* your turn */
    return 0;
}

const layer layers[] = {
    { "relu", "in s:6 out z:6 twin op:relu", N, N, relu_forward, relu_backward },
    { "tanh", "in s:6 out z:6 twin op:tanh", N, N, tanh_forward, tanh_backward },
    { "sigmoid", "in s:6 out z:6 twin op:sigmoid", N, N, sigmoid_forward, sigmoid_backward },
    { "add", "in a:6 b:6 out y:6 twin op:add", 2 * N, N, add_forward, add_backward },
    { "linear", "in z:2,3 W:4,3 b:4 out y:2,4 twin op:linear", ROWS * K + M * K + M, ROWS * M, linear_forward, linear_backward },
    { "mse", "in y:5 t:5 out c:1 twin op:mse", 2 * L, 1, mse_forward, mse_backward },
    { "softmax", "in s:2,4 out p:2,4 twin op:softmax", B * C, B * C, softmax_forward, softmax_backward },
    { "cross_entropy", "in s:2,4 t:2:i64 out c:1 twin op:cross_entropy", B * C + B, 1, cross_entropy_forward, cross_entropy_backward },
    { 0 },
};
