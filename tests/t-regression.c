/* t-regression.c - what the regression difference claims of its error, against the truth, on twelve functions that it was not made with
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Truth: the complex step in long double (Squire & Trapp 1998), exact to some 1e-18.  Beside it, on the same elements: gsl_deriv_central,
 * Ridders 1982 and the central difference with the step that textbooks name. */
#include <complex.h>
#include <gsl/gsl_deriv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "checkers/routes/regression.h"
#include "lib/base/random.h"
#include "tests/tap.h"

enum { N = 6, POINTS = 20, TABLEAU = 10 };

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define REAL double
#define FN(g) g
#define NAMED(f) JOIN(f, _f64)
#include "tests/regression/functions.inc"
#undef REAL
#undef FN
#undef NAMED
#define REAL float
#define FN(g) JOIN(g, f)
#define NAMED(f) JOIN(f, _f32)
#include "tests/regression/functions.inc"
#undef REAL
#undef FN
#undef NAMED
#define REAL long double complex
#define FN(g) JOIN(JOIN(c, g), l)
#define NAMED(f) JOIN(f, _truth)
#include "tests/regression/functions.inc"

#define EACH(X) X(valley) X(sharp_logsum) X(mixture) X(gates) X(ringing) X(fraction) X(p_norm) X(cosine) X(volume) X(iterated) X(offset) X(cancelling)
static const struct {
    const char *name;
    double (*f64)(const double *);
    float (*f32)(const float *);
    long double complex (*truth)(const long double complex *);
} classes[] = {
#define X(f) { #f, f##_f64, f##_f32, f##_truth },
    EACH(X)
#undef X
};
enum { CLASSES = sizeof classes / sizeof *classes };

typedef struct line {
    int class, single, i;
    double x[N];
} line;

/* the function where element i stands at x_i + t, as the type holds it; *step: how far that is */
static double
value(const line *l, double t, double *step)
{
    if (l->single) {
        float x[N];
        for (int k = 0; k < N; k++)
            x[k] = (float)l->x[k];
        x[l->i] = (float)(l->x[l->i] + t);
        *step = (double)x[l->i] - l->x[l->i];
        return (double)classes[l->class].f32(x);
    }
    double x[N];
    memcpy(x, l->x, sizeof x);
    x[l->i] += t;
    *step = x[l->i] - l->x[l->i];
    return classes[l->class].f64(x);
}

static double
truth(const line *l)
{
    long double complex x[N];
    for (int k = 0; k < N; k++)
        x[k] = (long double)l->x[k] + (k == l->i ? 1e-100L * I : 0);
    return (double)(cimagl(classes[l->class].truth(x)) / 1e-100L);
}

static double claimed;          /* the slope that is taken off, as a check does: here a rough one, so that true steps matter */

static plumb_status
evaluate(void *with, size_t n, const double *t, double *values, double *floor, int *levels, double *moved)
{
    const line *l = with;
    double step, base = value(l, 0, &step), most = fabs(base);
    *levels = 0, *moved = 0;
    for (size_t k = 0; k < n; k++) {
        double y = value(l, t[k], &step);
        values[k] = (y - base) - claimed * step;
        most = fmax(most, fabs(y)), *moved = fmax(*moved, fabs(y - base));
        *levels += k == 0 || values[k] != values[k - 1];
    }
    *floor = most * (l->single ? 0x1p-23 : 0x1p-52) / sqrt(12);
    return PLUMB_OK;
}

/* ---- the others ---- */

static double
at(double t, void *with)
{
    double step;
    return value(with, t, &step);
}

static void
ridders(line *l, double h, double *best, double *error)
{
    double a[TABLEAU][TABLEAU];
    *error = INFINITY, *best = NAN;
    for (int i = 0; i < TABLEAU; i++, h /= 1.4) {
        double factor = 1.96;
        a[0][i] = (at(h, l) - at(-h, l)) / (2 * h);
        for (int j = 1; j <= i; j++, factor *= 1.96) {
            double e;
            a[j][i] = (a[j - 1][i] * factor - a[j - 1][i - 1]) / (factor - 1);
            e = fmax(fabs(a[j][i] - a[j - 1][i]), fabs(a[j][i] - a[j - 1][i - 1]));
            if (e <= *error)
                *error = e, *best = a[j][i];
        }
        if (i > 0 && fabs(a[i][i] - a[i - 1][i - 1]) >= 2 * *error)
            return;
    }
}

/* ---- counting ---- */

enum { REGRESSION, GSL, RIDDERS, CENTRAL, METHODS };
static const char *const methods[] = { "regression", "gsl_deriv_central", "Ridders", "central, fixed step" };
typedef struct score {
    int held, of, open;
    double error[CLASSES * POINTS * N];
} score;

static void
count(score *s, double got, double bar, double want)
{
    s->error[s->of++] = fabs(got - want) / fmax(fabs(want), 1e-300);
    s->held += fabs(got - want) <= bar;
}

static int
ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double
median(score *s)
{
    qsort(s->error, (size_t)s->of, sizeof *s->error, ascending);
    return s->of ? s->error[s->of / 2] : NAN;
}

static void
element(line *l, score s[METHODS])
{
    plumb_slope slope;
    plumb_line p = { 1, evaluate, l };
    double want = truth(l), scale = fabs(l->x[l->i]), got, bar, h = l->single ? 1e-3 : 1e-6;
    gsl_function f = { at, l };
    claimed = want * 1.25;
    if (plumb_regress(&p, exp2(floor(log2(scale))) / 2, scale * (l->single ? 0x1p-18 : 0x1p-46), 1, 0, &slope))
        bail("no memory");
    if (slope.state == PLUMB_SLOPE_FOUND)
        count(&s[REGRESSION], slope.value + claimed, slope.bar, want);
    else
        s[REGRESSION].open++;
    (void)gsl_deriv_central(&f, 0, scale / 64, &got, &bar);
    count(&s[GSL], got, bar, want);
    ridders(l, scale / 8, &got, &bar);
    count(&s[RIDDERS], got, bar, want);
    count(&s[CENTRAL], (at(h, l) - at(-h, l)) / (2 * h), INFINITY, want);
}

static void
all(int single)
{
    static score s[METHODS];
    int before_held = 0, before_of = 0;
    memset(s, 0, sizeof s);
    for (int c = 0; c < CLASSES; c++) {
        for (int p = 0; p < POINTS; p++) {
            plumb_random r = plumb_random_named((uint64_t)p + 1, classes[c].name);
            line l = { .class = c, .single = single };
            for (int k = 0; k < N; k++)
                l.x[k] = (double)(float)plumb_random_signed(&r);
            for (l.i = 0; l.i < N; l.i++)
                element(&l, s);
        }
        diag("%s %-13s %d of %d claims held", single ? "f32" : "f64", classes[c].name, s[REGRESSION].held - before_held, s[REGRESSION].of - before_of);
        before_held = s[REGRESSION].held, before_of = s[REGRESSION].of;
    }
    for (int m = 0; m < METHODS; m++)
        diag("| %s %-20s | %.1f %% of %d | median relative error %.1e | %d undecided |", single ? "f32" : "f64", methods[m], 100.0 * s[m].held / s[m].of, s[m].of, median(&s[m]),
            s[m].open);
    ok(s[REGRESSION].of >= 9 * CLASSES * POINTS * N / 10 && s[REGRESSION].held >= 0.995 * s[REGRESSION].of, "%s: the claims of the regression held in %d of %d elements, at least 99.5 %% are wanted",
        single ? "f32" : "f64", s[REGRESSION].held, s[REGRESSION].of);
    ok(s[REGRESSION].held * s[GSL].of >= s[GSL].held * s[REGRESSION].of, "%s: at least as often as those of gsl_deriv_central (%d of %d)", single ? "f32" : "f64", s[GSL].held, s[GSL].of);
}

int
main(void)
{
    all(0), all(1);
    return done();
}
