/* tests.c - how likely samples are where the law holds, and what they would have shown
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A mean whose covariance is known: n d^T C^-1 d is chi-square (Wald 1943); the sum of whitened squares of normal rows, too; with the sample's own covariance
 * Hotelling's T^2 is F (Hotelling 1931); counts: Pearson 1900. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/convergence/convergence.h"

enum { MOST = 48 };
static const double smallest_p = 1e-290;

double
plumb_level(const plumb_descend_options *o)
{
    return o->level > 0 ? o->level : 1e-3;
}

/* L of C = L L^T; 0 where C is not positive definite. */
static int
factor(const double *C, size_t d, double *L)
{
    gsl_matrix_view m = gsl_matrix_view_array(L, d, d);
    gsl_error_handler_t *before = gsl_set_error_handler_off();
    int failed;
    memcpy(L, C, d * d * sizeof *L);
    failed = gsl_linalg_cholesky_decomp1(&m.matrix);
    gsl_set_error_handler(before);
    return !failed;
}

/* x C^-1 y */
static double
weighed(const double *L, size_t d, const double *x, const double *y)
{
    double a[MOST];
    gsl_matrix_const_view m = gsl_matrix_const_view_array(L, d, d);
    gsl_vector_view v = gsl_vector_view_array(a, d);
    double sum = 0;
    memcpy(a, x, d * sizeof *a);
    gsl_linalg_cholesky_svx(&m.matrix, &v.vector);
    for (size_t i = 0; i < d; i++)
        sum += a[i] * y[i];
    return sum;
}

/* The shift of a chi-square mean, in its own standard deviations over one sample, that is doubted with a chance of 95 %. */
static double
shift(size_t n, size_t d, double level)
{
    return (sqrt(gsl_cdf_chisq_Qinv(level, (double)d)) + 1.645) / sqrt((double)n);
}

static void
mean_of(size_t n, size_t d, const double *x, double *m)
{
    for (size_t j = 0; j < d; j++) {
        m[j] = 0;
        for (size_t i = 0; i < n; i++)
            m[j] += x[i * d + j];
        m[j] /= (double)n;
    }
}

/* n d^T C^-1 d of the mean, and words for how far it is and what it is a multiple of. */
static double
distance(size_t n, size_t d, const double *m, const double *mean, const double *L, const char *what, plumb_statistic *s)
{
    double off[MOST], size = weighed(L, d, mean, mean), T;
    for (size_t j = 0; j < d; j++)
        off[j] = m[j] - mean[j];
    T = (double)n * weighed(L, d, off, off);
    snprintf(s->words, sizeof s->words, "%s is %.3g standard errors off", what, sqrt(T));
    if (size > 0)
        snprintf(s->words + strlen(s->words), sizeof s->words - strlen(s->words), "; it is %.4g times what the law says", weighed(L, d, m, mean) / size);
    return T;
}

static plumb_statistic
broken(const char *why)
{
    plumb_statistic s = { .p = NAN, .resolution = NAN };
    snprintf(s.words, sizeof s.words, "%s", why);
    return s;
}

plumb_statistic
plumb_test_mean(size_t n, size_t d, const double *x, const double *mean, const double *C, double level, const char *what)
{
    double L[MOST * MOST], m[MOST], size;
    plumb_statistic s = { .p = NAN };
    if (d > MOST || !factor(C, d, L))
        return broken("the law's covariance is not positive definite");
    mean_of(n, d, x, m);
    s.p = fmax(gsl_cdf_chisq_Q(distance(n, d, m, mean, L, what, &s), (double)d), smallest_p);
    size = sqrt(weighed(L, d, mean, mean));
    s.resolution = size > 0 ? shift(n, d, level) / size : NAN;
    return s;
}

plumb_statistic
plumb_test_spread(size_t n, size_t d, const double *x, const double *mean, const double *C, double level, const char *what)
{
    double L[MOST * MOST], off[MOST], sum = 0, dof = (double)(n * d);
    plumb_statistic s = { .p = NAN };
    if (d > MOST || !factor(C, d, L))
        return broken("the law's covariance is not positive definite");
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < d; j++)
            off[j] = x[i * d + j] - mean[j];
        sum += weighed(L, d, off, off);
    }
    s.p = fmax(2 * fmin(gsl_cdf_chisq_P(sum, dof), gsl_cdf_chisq_Q(sum, dof)), smallest_p);
    s.resolution = (gsl_cdf_ugaussian_Qinv(level / 2) + 1.645) * sqrt(2 / dof);
    snprintf(s.words, sizeof s.words, "%s is %.4g times what the law says", what, sum / dof);
    return s;
}

plumb_statistic
plumb_test_hotelling(size_t n, size_t d, const double *x, const double *mean, double level, const char *what)
{
    double C[MOST * MOST], L[MOST * MOST], m[MOST], size, T;
    plumb_statistic s = { .p = NAN };
    if (d > MOST || n <= d)
        return broken("too few samples");
    mean_of(n, d, x, m);
    memset(C, 0, sizeof C);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++)
            for (size_t k = 0; k < d; k++)
                C[j * d + k] += (x[i * d + j] - m[j]) * (x[i * d + k] - m[k]) / ((double)n - 1);
    if (!factor(C, d, L))
        return broken("the samples do not spread in every direction");
    T = distance(n, d, m, mean, L, what, &s);
    s.p = fmax(gsl_cdf_fdist_Q(T * (double)(n - d) / ((double)d * ((double)n - 1)), (double)d, (double)(n - d)), smallest_p);
    size = sqrt(weighed(L, d, mean, mean));
    s.resolution = size > 0 ? shift(n, d, level) / size : NAN;
    return s;
}

plumb_statistic
plumb_test_counts(size_t n, size_t d, const double *count, const double *probability, double level, const char *what)
{
    plumb_statistic s = { .p = NAN };
    double sum = 0, worst = 0, least = 1;
    size_t at = 0;
    for (size_t i = 0; i < d; i++) {
        double due = (double)n * probability[i], off = count[i] - due;
        sum += off * off / due;
        if (fabs(off) / sqrt(due) >= worst)
            worst = fabs(off) / sqrt(due), at = i;
        least = fmin(least, probability[i]);
    }
    s.p = fmax(gsl_cdf_chisq_Q(sum, (double)d - 1), smallest_p);
    s.resolution = shift(n, d - 1, level) / sqrt(least);
    snprintf(s.words, sizeof s.words, "%s %zu comes %.4g times as often as the law says", what, at, count[at] / ((double)n * probability[at]));
    return s;
}
