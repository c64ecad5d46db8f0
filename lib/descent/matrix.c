/* matrix.c - does a matrix in front of the gradient still lead down?
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * g . P g = g . (P + P^T)/2 g, which is above 0 for every g if and only if the symmetric part has no eigenvalue at or below 0. */
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <math.h>
#include "plumbline/descent.h"

double
plumb_matrix_descends(const double *P, size_t n)
{
    gsl_error_handler_t *before = gsl_set_error_handler_off();
    gsl_matrix *half = gsl_matrix_alloc(n, n);
    gsl_vector *values = gsl_vector_alloc(n);
    gsl_eigen_symm_workspace *work = gsl_eigen_symm_alloc(n);
    double least = NAN;
    for (size_t i = 0; half && i < n * n; i++)
        gsl_matrix_set(half, i / n, i % n, (P[i] + P[i % n * n + i / n]) / 2);
    if (half && values && work && !gsl_eigen_symm(half, values, work))
        least = gsl_vector_min(values);
    gsl_matrix_free(half), gsl_vector_free(values), gsl_eigen_symm_free(work);
    gsl_set_error_handler(before);
    return least;
}
