/* wide.c - vectors and matrices in which the laws are written: 512 bits, row-major
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "checkers/convergence/convergence.h"
#include "lib/base/alloc.h"

mpfr_t *
plumb_wide(size_t n)
{
    mpfr_t *x = plumb_alloc(n ? n : 1, sizeof *x);
    for (size_t i = 0; x && i < n; i++)
        mpfr_init2(x[i], PLUMB_LAW_BITS), mpfr_set_zero(x[i], 1);
    return x;
}

void
plumb_wide_free(mpfr_t *x, size_t n)
{
    for (size_t i = 0; x && i < n; i++)
        mpfr_clear(x[i]);
    plumb_release(x);
}

void
plumb_wide_set(mpfr_t *x, const double *d, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mpfr_set_d(x[i], d[i], MPFR_RNDN);
}

void
plumb_wide_apply(mpfr_t *y, mpfr_t *A, mpfr_t *x, size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows; i++) {
        mpfr_set_zero(y[i], 1);
        for (size_t j = 0; j < columns; j++)
            plumb_wide_add(y[i], A[i * columns + j], x[j]);
    }
}

void
plumb_wide_add(mpfr_ptr y, mpfr_srcptr a, mpfr_srcptr b)
{
    mpfr_fma(y, a, b, y, MPFR_RNDN);
}

/* Gauss's elimination with the largest pivot; A and b are used up. */
int
plumb_wide_solve(mpfr_t *A, mpfr_t *b, size_t n)
{
    mpfr_t f;
    mpfr_init2(f, PLUMB_LAW_BITS);
    for (size_t c = 0; c < n; c++) {
        size_t top = c;
        for (size_t r = c + 1; r < n; r++)
            top = mpfr_cmpabs(A[r * n + c], A[top * n + c]) > 0 ? r : top;
        if (mpfr_zero_p(A[top * n + c]))
            return mpfr_clear(f), 0;
        for (size_t j = 0; j < n; j++)
            mpfr_swap(A[c * n + j], A[top * n + j]);
        mpfr_swap(b[c], b[top]);
        for (size_t r = 0; r < n; r++) {
            if (r == c)
                continue;
            mpfr_div(f, A[r * n + c], A[c * n + c], MPFR_RNDN), mpfr_neg(f, f, MPFR_RNDN);
            for (size_t j = 0; j < n; j++)
                plumb_wide_add(A[r * n + j], f, A[c * n + j]);
            plumb_wide_add(b[r], f, b[c]);
        }
    }
    for (size_t c = 0; c < n; c++)
        mpfr_div(b[c], b[c], A[c * n + c], MPFR_RNDN);
    mpfr_clear(f);
    return 1;
}
