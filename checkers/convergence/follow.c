/* follow.c - a course beside its law, number by number: what most experiments are
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/convergence/convergence.h"
#include "lib/base/random.h"

const plumb_step *
plumb_step_on_trial(const plumb_descend_options *o, const plumb_step *own)
{
    return o->step && !strcmp(o->step->name, own->name) ? o->step : own;
}

void
plumb_start(const plumb_descend_options *o, const plumb_experiment *e, size_t n, double *x)
{
    plumb_random r = plumb_random_named(o->seed, e->name);
    for (size_t i = 0; i < n; i++)
        x[i] = rint(plumb_random_signed(&r) * 1024) / 1024;
}

/* What the first wrong step is, beside the one that the law makes of the point before. */
static void
explain(const plumb_course *c, const char *shown, const double *before, mpfr_t *want, plumb_watch *w)
{
    double d[PLUMB_JOURNEY_MOST], due[PLUMB_JOURNEY_MOST];
    plumb_array at = plumb_stepper_vector(c->stepper[0], shown);
    for (size_t i = 0; i < c->n; i++)
        d[i] = plumb_get_d(c->number[0], &at, i) - before[i], due[i] = mpfr_get_d(want[i], MPFR_RNDN) - before[i];
    plumb_name_step(c->n, before, due, d, fmax(0x1p-53, ldexp(1, -(int)c->number[0]->precision)), w->why, sizeof w->why);
}

static plumb_status
one(const plumb_journey *j, plumb_course *c, long k, mpfr_t *want, plumb_watch *w, plumb_diag *diag)
{
    double before[PLUMB_JOURNEY_MOST];
    const char *shown = j->shown ? j->shown : "w";
    plumb_array at = plumb_stepper_vector(c->stepper[0], shown);
    plumb_status st = PLUMB_OK;
    mpfr_t got;
    if (j->feed)
        st = j->feed(j->with, c, k);
    for (size_t i = 0; i < c->n; i++)
        before[i] = plumb_get_d(c->number[0], &at, i);
    st |= st ? st : j->graph ? plumb_course_step(c, diag) : plumb_stepper_step(c->stepper[0], diag) | plumb_stepper_step(c->stepper[1], diag);
    if (st)
        return st;
    j->law(j->with, k, want);
    mpfr_init2(got, PLUMB_LAW_BITS);
    for (size_t i = 0; i < c->n; i++) {
        double now = mpfr_get_d(want[i], MPFR_RNDN);
        plumb_course_get(c, shown, i, got);
        plumb_watch_number(w, k, i, got, want[i], plumb_course_sigma(c, shown, i), now - before[i]);
    }
    mpfr_clear(got);
    if (w->wrong)
        explain(c, shown, before, want, w);
    return PLUMB_OK;
}

plumb_status
plumb_follow(const plumb_journey *j, const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    plumb_course c;
    plumb_watch w = plumb_watch_new(e, o, j->n, j->what);
    mpfr_t *want = plumb_wide(j->n);
    plumb_status st = want && j->n <= PLUMB_JOURNEY_MOST ? PLUMB_OK : PLUMB_ENOMEM;
    st |= plumb_course_open(&c, j->graph, 0, plumb_step_on_trial(o, j->step), j->settings, o->number, j->n, diag);
    for (int i = 0; i < 2 && j->matrix && !st; i++)
        st = plumb_stepper_precondition(c.stepper[i], j->matrix, j->n, j->n, diag);
    if (!st)
        plumb_course_start(&c, j->start);
    for (long k = 1; k <= j->steps && !st && !w.wrong; k++)
        st = one(j, &c, k, want, &w, diag);
    if (!st && j->end)
        st = j->end(j->with, &c, &w);
    if (!st)
        plumb_watch_tell(&w, sink);
    plumb_course_close(&c);
    plumb_wide_free(want, j->n);
    return st;
}
