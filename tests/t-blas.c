/* t-blas.c - the products are OpenBLAS's, whatever else was linked
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <cblas.h>
#include <dlfcn.h>
#include <omp.h>
#include <string.h>
#include "plumbline/work.h"
#include "tests/tap.h"

int
main(void)
{
    Dl_info dgemm, gsl;
    void *symbol = dlsym(RTLD_DEFAULT, "cblas_dgemm"), *dot = dlsym(RTLD_DEFAULT, "cblas_ddot");
    plumb_work *w = plumb_work_new(&plumb_f64, 1);
    plumb_array a, b, c;
    int before = omp_get_max_threads();
    plumb_status st = plumb_take(w, &plumb_f64, 200 * 200, &a) | plumb_take(w, &plumb_f64, 200 * 200, &b) | plumb_take(w, &plumb_f64, 200 * 200, &c);
    if (!symbol || !dladdr(symbol, &dgemm))
        bail("no cblas_dgemm");
    ok(strstr(dgemm.dli_fname, "openblas") != NULL, "cblas_dgemm comes from %s", strrchr(dgemm.dli_fname, '/') ? strrchr(dgemm.dli_fname, '/') + 1 : dgemm.dli_fname);
    ok(!dlsym(RTLD_DEFAULT, "gsl_cblas_dgemm") && dot && dladdr(dot, &gsl) && strstr(gsl.dli_fname, "openblas"), "cblas_ddot, too");
    for (size_t i = 0; i < 200 * 200; i++)
        plumb_set_d(&plumb_f64, &a, i, 1), plumb_set_d(&plumb_f64, &b, i, 2);
    st |= plumb_gemm(&plumb_f64, PLUMB_SET, &(plumb_mm){ 0, 0, 200, 200, 200, 200, 200, 200 }, &c, &a, &b, w);
    ok(!st && plumb_get_d(&plumb_f64, &c, 12345) == 400, "a product: %g", plumb_get_d(&plumb_f64, &c, 12345));
    ok(omp_get_max_threads() == before, "a product leaves the caller's number of threads at %d", before);
    plumb_work_free(w);
    return done();
}
