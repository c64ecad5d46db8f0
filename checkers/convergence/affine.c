/* affine.c - steps that are one of a few affine maps, drawn: mean and second moment of the state are exact
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * With z = (w, 1) and z+ = A_i z with chance p_i: E z+ = sum p_i A_i E z, and E z+ z+^T = sum p_i A_i (E z z^T) A_i^T. */
#include <string.h>
#include "checkers/convergence/convergence.h"
#include "lib/base/alloc.h"

/* y = A M A^T, m x m */
static void
both_sides(size_t m, const double *A, const double *M, double *y)
{
    double half[PLUMB_AFFINE * PLUMB_AFFINE];
    for (size_t i = 0; i < m * m; i++) {
        half[i] = 0;
        for (size_t k = 0; k < m; k++)
            half[i] += A[i / m * m + k] * M[k * m + i % m];
    }
    for (size_t i = 0; i < m * m; i++) {
        y[i] = 0;
        for (size_t k = 0; k < m; k++)
            y[i] += half[i / m * m + k] * A[i % m * m + k];
    }
}

void
plumb_affine_start(size_t m, const double *w, double *M)
{
    for (size_t i = 0; i < m * m; i++)
        M[i] = (i / m + 1 == m ? 1 : w[i / m]) * (i % m + 1 == m ? 1 : w[i % m]);
}

void
plumb_affine_step(size_t m, size_t maps, const double *A, const double *p, double *M)
{
    double next[PLUMB_AFFINE * PLUMB_AFFINE] = { 0 }, one[PLUMB_AFFINE * PLUMB_AFFINE];
    for (size_t i = 0; i < maps; i++) {
        both_sides(m, A + i * m * m, M, one);
        for (size_t e = 0; e < m * m; e++)
            next[e] += p[i] * one[e];
    }
    memcpy(M, next, m * m * sizeof *M);
}

/* Hotelling's test of all first and second moments at once; w: n rows of m - 1 numbers. */
plumb_status
plumb_affine_test(size_t m, const double *M, size_t n, const double *w, const plumb_descend_options *o, plumb_statistic *mean, plumb_statistic *second, plumb_diag *diag)
{
    size_t d = m - 1, pairs = d * (d + 1) / 2;
    double want[PLUMB_AFFINE * PLUMB_AFFINE], first[PLUMB_AFFINE], *x = plumb_alloc(n * pairs, sizeof *x);
    if (!x)
        return plumb_fail(diag, PLUMB_ENOMEM, "out of memory for %zu samples", n);
    for (size_t i = 0; i < d; i++)
        first[i] = M[i * m + d];
    *mean = plumb_test_hotelling(n, d, w, first, plumb_level(o), "the mean");
    for (size_t i = 0, e = 0; i < d; i++)
        for (size_t j = i; j < d; j++, e++) {
            want[e] = M[i * m + j] - first[i] * first[j];
            for (size_t r = 0; r < n; r++)
                x[r * pairs + e] = (w[r * d + i] - first[i]) * (w[r * d + j] - first[j]);
        }
    *second = plumb_test_hotelling(n, pairs, x, want, plumb_level(o), "the covariance");
    plumb_release(x);
    return PLUMB_OK;
}
