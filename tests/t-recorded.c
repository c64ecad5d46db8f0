/* t-recorded.c - the gradients of model:mynet against those that PyTorch 1.13 gave, and both against 256 bits
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tests/recorded/mynet.py made the data and tells how the point is made. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "plumbline/model.h"
#include "plumbline/run.h"
#include "tests/tap.h"

static const char *const leaves[] = { "x", "W0", "b0", "W1", "b1", "W2", "b2" };
enum { LEAVES = 7 };

/* the same integers as in mynet.py */
static void
numbers(uint64_t tensor, size_t n, int bits, double *x)
{
    for (uint64_t i = 0; i < n; i++) {
        uint64_t h = (i * 2654435761u + tensor * 40503u) & 0xffffffffu;
        h = ((h ^ h >> 15) * 2246822519u) & 0xffffffffu;
        x[i] = ldexp(((double)(h >> 19) - 4096) / 4096, -bits);
    }
}

static plumb_run *
bind(const plumb_subject *s, const plumb_num *R)
{
    plumb_diag why = { "" };
    plumb_run_options o = { .root = s->output, .wanted = s->checked };
    plumb_run *run = plumb_run_new(s->graph, R, &o, &why);
    plumb_array bar;
    if (!run)
        bail(why.text);
    for (int v = 0; v < plumb_graph_values(s->graph); v++) {
        if (s->point[v])
            plumb_run_set(run, v, s->point[v]);
        if (s->label[v])
            plumb_run_set_label(run, v, s->label[v]);
    }
    bar = plumb_run_cotangent(run, s->output, 0);
    plumb_set_d(R, &bar, 0, 1);
    if (plumb_run_forward(run) | plumb_run_reverse(run))
        bail("the passes answered with a status");
    return run;
}

static double *
load(const char *cost, size_t n)
{
    const char *srcdir = getenv("srcdir");
    char path[1000];
    double *g = calloc(n + 1, sizeof *g);
    FILE *f;
    snprintf(path, sizeof path, "%s/tests/recorded/mynet-%s.f64", srcdir ? srcdir : ".", cost);
    f = fopen(path, "rb");
    if (!f || !g || fread(g, sizeof *g, n + 1, f) != n)
        bail(path);
    fclose(f);
    return g;
}

static void
compare(const char *cost)
{
    char options[40];
    plumb_diag why = { "" };
    plumb_subject *s;
    plumb_num *R = plumb_mpfr_new(256, &why);
    plumb_run *ours, *exact;
    double *torch;
    size_t total = 0, at = 0;
    snprintf(options, sizeof options, "cost=%s", cost);
    s = plumb_model_find("mynet")->open(options, NULL, 1, &why);
    if (!s || !R)
        bail(why.text);
    for (int k = 0; k < LEAVES; k++) {
        int v = plumb_graph_find(s->graph, leaves[k]);
        size_t n = plumb_shape_size(&plumb_graph_value(s->graph, v)->shape);
        numbers((uint64_t)k, n, k == 0 ? 0 : k == 1 ? 3 : k % 2 ? 2 : 4, s->point[v]);
        total += n;
    }
    torch = load(cost, total);
    ours = bind(s, &plumb_f64), exact = bind(s, R);
    for (int k = 0; k < LEAVES; k++) {
        int v = plumb_graph_find(s->graph, leaves[k]);
        size_t n = plumb_shape_size(&plumb_graph_value(s->graph, v)->shape);
        plumb_array a = plumb_run_cotangent(ours, v, 0), b = plumb_run_cotangent(exact, v, 0);
        double apart = 0, most = 0, our_error = 0, its_error = 0;
        mpfr_t e;
        mpfr_init2(e, 256);
        for (size_t i = 0; i < n; i++) {
            double own = plumb_get_d(&plumb_f64, &a, i);
            apart = fmax(apart, isnan(own - torch[at + i]) ? INFINITY : fabs(own - torch[at + i])), most = fmax(most, fabs(torch[at + i]));
            plumb_get_mpfr(R, &b, i, e), mpfr_sub_d(e, e, own, MPFR_RNDN), our_error = fmax(our_error, fabs(mpfr_get_d(e, MPFR_RNDN)));
            plumb_get_mpfr(R, &b, i, e), mpfr_sub_d(e, e, torch[at + i], MPFR_RNDN), its_error = fmax(its_error, fabs(mpfr_get_d(e, MPFR_RNDN)));
        }
        mpfr_clear(e);
        at += n;
        ok(most > 0 && apart <= 8 * 0x1p-53 * most, "mynet(%s) %s: max|ours - torch| is %.2f u max|g|; against 256 bits ours is off by %.2f u max|g|, "
            "PyTorch by %.2f", cost, leaves[k], apart / most * 0x1p53, our_error / most * 0x1p53, its_error / most * 0x1p53);
    }
    free(torch);
    plumb_run_free(ours);
    plumb_run_free(exact);
    plumb_num_free(R);
    plumb_subject_free(s);
}

int
main(void)
{
    compare("cross_entropy");
    compare("squared");
    mpfr_free_cache();
    return done();
}
