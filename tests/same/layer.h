/* layer.h - the mean squared error of six numbers, with a gradient that is wrong in one of them
 * SPDX-License-Identifier: GPL-3.0-or-later */
enum { N = 6 };
static const char hello[] = "in y:2,3 t:2,3 out cost:1 fixed t twin op:mse at 0.5 -1.25 2 0.75 -0.125 1 1 -1 0.5 0.25 0.5 -2";
static const double point[2 * N] = { 0.5, -1.25, 2, 0.75, -0.125, 1, 1, -1, 0.5, 0.25, 0.5, -2 };

static double
cost(const double *x)
{
    double s = 0;
    for (int i = 0; i < N; i++)
        s += (x[i] - x[N + i]) * (x[i] - x[N + i]);
    return s / N;
}

static void
gradient(const double *x, double g, double *d)
{
    for (int i = 0; i < N; i++)
        d[i] = g * 2 * (x[i] - x[N + i]) / N * (i == 4 ? 1.001 : 1), d[N + i] = 0;
}
