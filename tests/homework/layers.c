/* layers.c - the homework solved: what tests/homework.t spoils line by line
 * SPDX-License-Identifier: MIT */
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
    for (int i = 0; i < N; i++)
        d[i] = s[i] > 0 ? g[i] : 0;
    return 1;
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
    for (int i = 0; i < N; i++)
        d[i] = g[i] * (1 - tanh(s[i]) * tanh(s[i]));
    return 1;
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
    for (int i = 0; i < N; i++) {
        double z = 1 / (1 + exp(-s[i]));
        d[i] = g[i] * z * (1 - z);
    }
    return 1;
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
    (void)x;
    for (int i = 0; i < N; i++)
        d[i] = d[N + i] = g[i];
    return 1;
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
    const double *z = x, *W = x + ROWS * K;
    double *dz = d, *dW = d + ROWS * K, *db = dW + M * K;
    for (int i = 0; i < ROWS * K + M * K + M; i++)
        d[i] = 0;
    for (int r = 0; r < ROWS; r++)
        for (int j = 0; j < M; j++) {
            db[j] += g[r * M + j];
            for (int k = 0; k < K; k++) {
                dz[r * K + k] += g[r * M + j] * W[j * K + k];
                dW[j * K + k] += g[r * M + j] * z[r * K + k];
            }
        }
    return 1;
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
    for (int i = 0; i < L; i++) {
        d[i] = *g * 2 * (x[i] - x[L + i]) / L;
        d[L + i] = -d[i];
    }
    return 1;
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
    double p[B * C];
    softmax_forward(s, p);
    for (int r = 0; r < B; r++) {
        double sum = 0;
        for (int j = 0; j < C; j++)
            sum += p[r * C + j] * g[r * C + j];
        for (int j = 0; j < C; j++)
            d[r * C + j] = p[r * C + j] * (g[r * C + j] - sum);
    }
    return 1;
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
    softmax_forward(x, d);
    for (int r = 0; r < B; r++) {
        d[r * C + (int)x[B * C + r]] -= 1;
        for (int j = 0; j < C; j++)
            d[r * C + j] *= *g / B;
        d[B * C + r] = 0;
    }
    return 1;
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
