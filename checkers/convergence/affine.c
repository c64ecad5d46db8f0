/* affine.c - steps that are one of a few affine maps, drawn: every moment of the state is exact
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * With z = (w, 1) and z+ = A_i z with chance p_i: E z+ z+^T = sum p_i A_i (E z z^T) A_i^T. The same of y = z (x) z, whose maps are A_i (x) A_i, are the fourth moments, so
 * that the covariance of the mean and that of the products are known, too. */
#include <string.h>
#include "checkers/convergence/convergence.h"
#include "lib/base/alloc.h"

enum { MOST = 16 };             /* numbers of y */

/* to += p A M A^T, m x m */
static void
add_both_sides(size_t m, double p, const double *A, const double *M, double *to)
{
    double half[MOST * MOST];
    for (size_t i = 0; i < m * m; i++) {
        half[i] = 0;
        for (size_t k = 0; k < m; k++)
            half[i] += A[i / m * m + k] * M[k * m + i % m];
    }
    for (size_t i = 0; i < m * m; i++)
        for (size_t k = 0; k < m; k++)
            to[i] += p * half[i / m * m + k] * A[i % m * m + k];
}

/* M = E z z^T after so many steps from z. */
static void
moments(size_t m, const plumb_affine *a, const double *A, const double *z, double *M)
{
    double next[MOST * MOST];
    for (size_t i = 0; i < m * m; i++)
        M[i] = z[i / m] * z[i % m];
    for (int k = 0; k < a->steps; k++) {
        memset(next, 0, sizeof next);
        for (size_t i = 0; i < a->maps; i++)
            add_both_sides(m, a->p[i], A + i * m * m, M, next);
        memcpy(M, next, m * m * sizeof *M);
    }
}

/* The map in coordinates whose origin is `shift`: w' = w - shift. */
static void
moved(size_t m, const double *A, const double *shift, double *to)
{
    memcpy(to, A, m * m * sizeof *to);
    for (size_t i = 0; i + 1 < m; i++) {
        to[i * m + m - 1] -= shift[i];
        for (size_t k = 0; k + 1 < m; k++)
            to[i * m + m - 1] += A[i * m + k] * shift[k];
    }
}

static void
squared(size_t m, const double *A, double *to)
{
    for (size_t i = 0; i < m * m; i++)
        for (size_t j = 0; j < m * m; j++)
            to[i * m * m + j] = A[i / m * m + j / m] * A[i % m * m + j % m];
}

/* Fourth moments around the mean `shift` after all steps, as those of y. */
static plumb_status
fourth(const plumb_affine *a, const double *shift, double *M)
{
    size_t m = a->m, mm = m * m;
    double *A = plumb_alloc(a->maps * mm * mm, sizeof *A), one[MOST * MOST], z[MOST] = { 0 }, y[MOST] = { 0 };
    if (!A)
        return PLUMB_ENOMEM;
    for (size_t i = 0; i < a->maps; i++)
        moved(m, a->A + i * mm, shift, one), squared(m, one, A + i * mm * mm);
    for (size_t i = 0; i < m; i++)
        z[i] = i + 1 < m ? a->start[i] - shift[i] : 1;
    for (size_t i = 0; i < mm; i++)
        y[i] = z[i / m] * z[i % m];
    moments(mm, a, A, y, M);
    plumb_release(A);
    return PLUMB_OK;
}

/* The products of the numbers off their mean: what they are in the mean, their covariance, and those of the samples. */
static plumb_status
products(const plumb_affine *a, const double *shift, size_t n, const double *w, double *want, double *C, double *x)
{
    size_t m = a->m, d = m - 1, pairs = d * (d + 1) / 2, at[MOST], e = 0;
    double M[MOST * MOST];
    plumb_status st = fourth(a, shift, M);
    for (size_t i = 0; i < d && !st; i++)
        for (size_t j = i; j < d; j++, e++) {
            at[e] = i * m + j, want[e] = M[at[e] * m * m + m * m - 1];
            for (size_t r = 0; r < n; r++)
                x[r * pairs + e] = (w[r * d + i] - shift[i]) * (w[r * d + j] - shift[j]);
        }
    for (size_t i = 0; i < pairs * pairs && !st; i++)
        C[i] = M[at[i / pairs] * m * m + at[i % pairs]] - want[i / pairs] * want[i % pairs];
    return st;
}

plumb_status
plumb_affine_test(const plumb_affine *a, size_t n, const double *w, const plumb_descend_options *o, plumb_statistic *mean, plumb_statistic *second, plumb_diag *diag)
{
    size_t d = a->m - 1, pairs = d * (d + 1) / 2;
    double M[MOST * MOST], z[MOST], first[MOST], C[MOST * MOST], want[MOST], *x = plumb_alloc(n * pairs, sizeof *x);
    plumb_status st = x ? PLUMB_OK : PLUMB_ENOMEM;
    for (size_t i = 0; i < a->m; i++)
        z[i] = i < d ? a->start[i] : 1;
    moments(a->m, a, a->A, z, M);
    for (size_t i = 0; i < d; i++)
        first[i] = M[i * a->m + d];
    for (size_t i = 0; i < d * d; i++)
        C[i] = M[i / d * a->m + i % d] - first[i / d] * first[i % d];
    *mean = plumb_test_mean(n, d, w, first, C, plumb_level(o), "the mean");
    st |= st ? st : products(a, first, n, w, want, C, x);
    if (!st)
        *second = plumb_test_mean(n, pairs, x, want, C, plumb_level(o), "the covariance");
    plumb_release(x);
    return st ? plumb_fail(diag, st, "out of memory for %zu samples", n) : PLUMB_OK;
}
