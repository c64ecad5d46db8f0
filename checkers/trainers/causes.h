/* causes.h - a supposition about a trainer: what it does instead, made into steps and compared
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_TRAINERS_CAUSES_H
#define PLUMB_TRAINERS_CAUSES_H
#include "checkers/trainers/shadow.h"

/* What stands for the gradient. */
typedef enum plumb_source {
    PLUMB_OWN, PLUMB_ROWS_BEFORE, PLUMB_ROWS_AFTER, PLUMB_POINT_BEFORE, PLUMB_GRADIENT_BEFORE, PLUMB_SUM_OF_ALL, PLUMB_SUM_OF_TWO, PLUMB_NONE,
    PLUMB_WITHOUT_ONE, PLUMB_WITHOUT_ONE_SAME_MEAN, PLUMB_ONE_TWICE, PLUMB_ROW_NEXT, PLUMB_ROW_LAST
} plumb_source;

typedef struct plumb_supposition {
    const plumb_step *step;
    char settings[560];
    double rate, gradient;      /* factors */
    double clip, soft;          /* a gradient longer than clip is cut to it, as clip/(length + soft); 0: none is */
    plumb_source source;
    int once;                   /* source and factor of the gradient only at the first wrong step */
    size_t position, other;     /* in the batch: left out; taken instead */
} plumb_supposition;
plumb_supposition plumb_suppose(const plumb_shadow *);

/* What is tried: the first wrong step k (from 0) and the one behind it, in the parameters of the mask. */
typedef struct plumb_trial {
    plumb_shadow *shadow;
    size_t k, last;
    const char *mask;
    plumb_diag *diag;
    double *gradient, *sum, *gap[2];    /* n numbers each; gaps of both steps (2 n) */
    plumb_status failed;        /* out of memory in between: no cause is told */
    double own;                 /* of the step itself: how wrong it is */
    double left;                /* of the last supposition: the worst gap over its bar */
    double *buffer;             /* m, s and a of the step itself before step k: 3 n numbers, */
    int buffered;               /* filled in when they are asked for */
} plumb_trial;
/* Does it explain those steps to the rounding bar? gap (2 n numbers, or NULL): what is left in each number, over its bar. */
int plumb_explains(plumb_trial *, const plumb_supposition *, double *gap);

/* One number of a supposition that fits best, found by Gauss and Newton's method from x; set writes it. 1: it explains. */
typedef void plumb_setter(plumb_supposition *, const plumb_supposition *base, double x, const char *name);
int plumb_fit(plumb_trial *, const plumb_supposition *base, plumb_setter *set, const char *name, double *x, double scale);

/* Words for a cause, where one is found: 1. */
typedef struct plumb_told {
    char *text;
    size_t room;
} plumb_told;
/* forms.c: a row of the table of forms; the other sign of the decay; one of the other steps. */
int plumb_by_form(plumb_trial *, plumb_told *);
int plumb_by_sign(plumb_trial *, plumb_told *);
int plumb_by_other_step(plumb_trial *, plumb_told *);
#endif
