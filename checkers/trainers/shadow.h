/* shadow.h - a trainer's states, the twin's gradient at each, and the steps that should have been made from there
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_TRAINERS_SHADOW_H
#define PLUMB_TRAINERS_SHADOW_H
#include "plumbline/trainer.h"

/* The twin for batches of one size, in f64 and in the rounding of f64. */
typedef struct plumb_mill {
    size_t batch;
    plumb_subject *owned[2];            /* the twin and the entitled one cut to this size; NULL where they have it */
    plumb_run *run[2];
    double *rows;
    int64_t *labels[PLUMB_MAXDATA];     /* lent to the runs */
} plumb_mill;

enum { PLUMB_MILLS = 6 };
typedef struct plumb_shadow {
    const plumb_trajectory *t;
    const plumb_subject *twin;
    plumb_subject *entitled;            /* the twin with the slopes that everybody else writes: what rounding a trainer is entitled to */
    plumb_op by_value;
    const plumb_num *number[2];
    plumb_num *rounding;
    plumb_mill mill[PLUMB_MILLS];
    int mills, value[PLUMB_MAXTRAINED], fed[PLUMB_MAXDATA];
    const plumb_step *step;
    char settings[480];
    int rates;                          /* they are the trajectory's */
    size_t seen;                        /* steps that could be made: to the first state that is not finite */
    char *tied;                         /* steps: at its state a comparison is closer than its rounding, and not exactly a tie */
    double *g, *want, *bar;             /* steps x n: gradient before step k+1, state after it, how far rounding may be from it */
} plumb_shadow;

/* EINPUT with a sentence where trajectory, twin and step do not fit together. */
plumb_status plumb_shadow_open(plumb_shadow *, const plumb_trajectory *, const plumb_subject *twin, const char *step, plumb_diag *) PLUMB_MUST_USE;
void plumb_shadow_close(plumb_shadow *);
/* Fills g, want and bar. progress: a sink that is told the step, or NULL. */
plumb_status plumb_shadow_walk(plumb_shadow *, plumb_sink *progress, plumb_diag *) PLUMB_MUST_USE;

/* The gradient at w (n numbers) on b rows of the data, in f64 (0) or rounding (1). */
plumb_status plumb_shadow_gradient(plumb_shadow *, int which, const double *w, const int64_t *rows, size_t b, const plumb_array *g, plumb_diag *) PLUMB_MUST_USE;
/* The rows of step k (from 0), and how many. */
const int64_t *plumb_shadow_rows(const plumb_shadow *, size_t k, size_t *b);
/* A stepper of that step and those settings, and its next step at the k-th rate times factor. */
plumb_stepper *plumb_shadow_stepper(const plumb_shadow *, const plumb_step *, const char *settings, int which, plumb_diag *) PLUMB_MUST_USE;
plumb_status plumb_shadow_step(const plumb_shadow *, plumb_stepper *, size_t k, double factor, plumb_diag *) PLUMB_MUST_USE;

/* "step 3 of 40" for a progress line; progress may be NULL. */
void plumb_tell_step(plumb_sink *progress, const char *what, size_t k, size_t steps);
/* Is every number of a state finite? */
int plumb_finite(const double *x, size_t n);

/* causes.c: words for what the trainer does at step k (from 0), the first wrong one, in the parameters of the mask (a char for each); where nothing fits, how long the step is
 * and where it points. ENOMEM. */
plumb_status plumb_shadow_cause(plumb_shadow *, size_t k, const char *mask, char *text, size_t room, plumb_diag *) PLUMB_MUST_USE;
/* free.c: the reference from the same start on the same rows by itself, and an ensemble with rounding noise; a note and a figure. wrong: some step is. */
plumb_status plumb_shadow_run_free(plumb_shadow *, uint64_t seed, int wrong, plumb_sink *, plumb_diag *) PLUMB_MUST_USE;
#endif
