/* native.c - f64 and f32: one plane each, products by BLAS
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * OpenBLAS' bits depend on its number of threads, so that every call of it is made single-threaded:
 * inside a parallel region it is serial by itself, elsewhere OpenMP is told so around the call
 * (openblas_set_num_threads does not hold in the OpenMP flavour: OpenBLAS issue 5806). */
#include <math.h>
#include <string.h>
#include <cblas.h>
#include <omp.h>
#include "plumbline/num.h"

#if defined __x86_64__ && defined __gnu_linux__ && !defined __SANITIZE_ADDRESS__
#define CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CLONES
#endif

typedef struct plumb_serial {
    int openmp, own;
} plumb_serial;

static plumb_serial
plumb_serial_begin(void)
{
    plumb_serial s = { omp_get_max_threads(), 0 };
    if (s.openmp != 1)
        omp_set_num_threads(1);
    if (openblas_get_parallel() == OPENBLAS_THREAD && (s.own = openblas_get_num_threads()) != 1)
        openblas_set_num_threads(1);
    return s;
}

static void
plumb_serial_end(plumb_serial s)
{
    if (s.own > 1)
        openblas_set_num_threads(s.own);
    if (s.openmp != 1)
        omp_set_num_threads(s.openmp);
}

#define T double
#define FN(n) f64_##n
#define M(f) f
#define BLAS(f) cblas_d##f
#define FROM_MPFR(v) mpfr_get_d(v, MPFR_RNDN)
#define NAME plumb_f64
#define TEXT "f64"
#define BITS 53
#include "lib/num/native.inc"
#undef T
#undef FN
#undef M
#undef BLAS
#undef FROM_MPFR
#undef NAME
#undef TEXT
#undef BITS
#define T float
#define FN(n) f32_##n
#define M(g) g##f
#define BLAS(f) cblas_s##f
#define FROM_MPFR(v) mpfr_get_flt(v, MPFR_RNDN)
#define NAME plumb_f32
#define TEXT "f32"
#define BITS 24
#include "lib/num/native.inc"
