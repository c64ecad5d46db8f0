/* free.c - is a trainer's whole course explained by rounding? The reference goes from the same start on the same rows by itself, and so does an ensemble that is
 * jolted by the rounding of each step
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Errors grow like the course lets them grow: an ensemble with the same jolts grows in the same way, and no Jacobian is needed. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/trainers/shadow.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"
#include "plumbline/sink.h"

enum { MEMBERS = 8, PLAIN = MEMBERS, NUDGED, RUNS, COLUMNS = 3 };
static const double nudge = 1e-10;      /* relative, of the start: what becomes of it gives the exponent */

typedef struct flock {
    plumb_shadow *s;
    plumb_stepper *stepper[RUNS];
    double *w, *rows;           /* RUNS x n; steps x COLUMNS: step, the trainer's distance, the ensemble's */
    double start, end;          /* distance of the nudged one */
    plumb_random random;
} flock;

static double
distance(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sqrt(sum);
}

static plumb_status
begin(flock *f, plumb_diag *diag)
{
    size_t n = f->s->t->n;
    f->w = plumb_alloc(RUNS * n, sizeof *f->w), f->rows = plumb_alloc(f->s->t->steps * COLUMNS, sizeof *f->rows);
    if (!f->w || !f->rows)
        return PLUMB_ENOMEM;
    for (int r = 0; r < RUNS; r++) {
        f->stepper[r] = plumb_shadow_stepper(f->s, f->s->step, f->s->settings, 0, diag);
        if (!f->stepper[r])
            return PLUMB_ENOMEM;
        memcpy(f->w + (size_t)r * n, f->s->t->w, n * sizeof *f->w);
    }
    for (size_t i = 0; i < n; i++)
        f->w[NUDGED * n + i] += nudge * fmax(fabs(f->s->t->w[i]), 1e-3) * plumb_random_normal(&f->random);
    f->start = distance(f->w + NUDGED * n, f->w + PLAIN * n, n);
    return PLUMB_OK;
}

static plumb_status
one(flock *f, int r, size_t k, plumb_diag *diag)
{
    size_t n = f->s->t->n, b;
    double *w = f->w + (size_t)r * n;
    plumb_array at = plumb_stepper_vector(f->stepper[r], "w"), g = plumb_stepper_vector(f->stepper[r], "g");
    const int64_t *rows = plumb_shadow_rows(f->s, k, &b);
    plumb_status st = plumb_shadow_gradient(f->s, 0, w, rows, b, &g, diag);
    double sigmas = 2 * plumb_sigmas(1e-9, n);
    for (size_t i = 0; i < n && !st; i++)
        plumb_set_d(&plumb_f64, &at, i, w[i]);
    st |= st ? st : plumb_shadow_step(f->s, f->stepper[r], k, 1, diag);
    for (size_t i = 0; i < n && !st; i++)
        w[i] = plumb_get_d(&plumb_f64, &at, i) + (r < MEMBERS && isfinite(f->s->bar[k * n + i]) ? f->s->bar[k * n + i] / sigmas * plumb_random_normal(&f->random) : 0);
    return st;
}

static void
measure(flock *f, size_t k)
{
    size_t n = f->s->t->n;
    const double *plain = f->w + PLAIN * n;
    double sum = 0;
    for (int r = 0; r < MEMBERS; r++)
        sum += pow(distance(f->w + (size_t)r * n, plain, n), 2);
    f->rows[k * COLUMNS] = (double)k + 1;
    f->rows[k * COLUMNS + 1] = distance(f->s->t->w + (k + 1) * n, plain, n);
    f->rows[k * COLUMNS + 2] = sqrt(sum / MEMBERS);
    f->end = distance(f->w + NUDGED * n, plain, n);
}

/* The trainer's distance in units of the ensemble's, at its largest over steps 1, 2, 4, 8 ... and the last. */
static double
largest(const flock *f, size_t steps, size_t *at)
{
    double most = 0;
    *at = 0;
    for (size_t k = 1; k <= steps; k = k < steps && 2 * k > steps ? steps : 2 * k) {
        const double *row = f->rows + (k - 1) * COLUMNS;
        double ratio = row[1] == 0 ? 0 : row[1] / row[2];
        if (!(ratio <= most))
            most = ratio, *at = k;
    }
    return most;
}

static void
tell(const flock *f, size_t steps, int wrong, plumb_sink *sink)
{
    static const char *const names[] = { "step", "the trainer", "the spread of the ensemble" }, *const units[] = { "", "distance of the weights", "" };
    char title[400], line[600], horizon[120] = "";
    size_t at;
    double most = largest(f, steps, &at), exponent = log(f->end / f->start) / (double)steps, u = ldexp(1, -plumb_dtype_bits(f->s->t->param[0].dtype));
    plumb_figure figure = { "semilog", f->s->t->name, title, "How far the weights are from the reference's own course, and how far rounding alone carries an ensemble.",
        COLUMNS, names, units, steps, f->rows, NULL };
    snprintf(title, sizeof title, "The whole course of %.300s", f->s->t->name);
    if (sink->figure && steps > 1)
        sink->figure(sink, &figure);
    if (exponent * (double)steps > 1)
        snprintf(horizon, sizeof horizon, "; a difference grows by a factor of %.3g a step, so that rounding hides everything after some %.0f steps", exp(exponent), log(1 / u) / exponent);
    else if (exponent * (double)steps < -1)
        snprintf(horizon, sizeof horizon, "; a difference shrinks by a factor of %.3g a step", exp(exponent));
    else
        snprintf(horizon, sizeof horizon, "; differences keep their size");
    if (most <= 4)
        snprintf(line, sizeof line, "Over %zu step%s the trainer stays within %.2g times the spread of an ensemble with rounding noise: explained by rounding%s.", steps, steps > 1 ? "s" : "", most,
            horizon);
    else if (wrong)
        snprintf(line, sizeof line, "At step %zu the trainer is %.3g times the spread of an ensemble with rounding noise from the reference's course: rounding does not explain it%s.", at,
            most, horizon);
    else
        snprintf(line, sizeof line, "Each step is right, and yet at step %zu the trainer is %.3g times the spread of an ensemble with rounding noise from the reference's course: its rounding does "
            "not average out%s.", at, most, horizon);
    if (sink->note)
        sink->note(sink, line);
}

plumb_status
plumb_shadow_run_free(plumb_shadow *s, uint64_t seed, int wrong, plumb_sink *sink, plumb_diag *diag)
{
    flock f = { .s = s, .random = plumb_random_named(seed, "flock") };
    plumb_status st = begin(&f, diag);
    for (size_t k = 0; k < s->seen && !st; k++) {
        for (int r = 0; r < RUNS && !st; r++)
            st = one(&f, r, k, diag);
        if (!st)
            measure(&f, k);
    }
    if (!st && s->seen && isfinite(f.end) && f.start > 0)
        tell(&f, s->seen, wrong, sink);
    for (int r = 0; r < RUNS; r++)
        plumb_stepper_free(f.stepper[r]);
    plumb_release(f.w), plumb_release(f.rows);
    return st ? plumb_fail(diag, st, "out of memory for the course of %s", s->t->name) : PLUMB_OK;
}
