/* descent.h - steps of stochastic gradient descent, on any graph and any number system
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMBLINE_DESCENT_H
#define PLUMBLINE_DESCENT_H
#include "plumbline/formula.h"
#include "plumbline/run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One step on what the leaves of the run hold: forward, reverse from the cotangent 1 of the root (a
 * scalar), w -= rate * gradient for every parameter.  rate: the learning rate, finite. */
plumb_status plumb_sgd_step(plumb_run *, int root, double rate) PLUMB_MUST_USE;

/* order[0..n-1] = a permutation of 0..n-1 that depends on (seed, epoch) alone: sampling without
 * replacement (Fisher and Yates 1938). */
void plumb_epoch_order(uint64_t seed, uint64_t epoch, size_t n, size_t *order);

/* ---- steps ----
 *
 * A step is one function from a state to the next, written as formulas over its vectors, so that the same text runs in every number system:
 *
 *     w  what is trained      g  the gradient there, which the caller fills in      k  the number of the step, from 1
 *     m, s, a  what the step keeps from one call to the next; zero in the beginning
 *     rate  the learning rate: itself a formula of k (a schedule)
 *
 * and over its settings. The rules are carried out in order; a later one sees what an earlier one has made. */
enum { PLUMB_STEP_RULES = 4, PLUMB_STEP_SETTINGS = 6 };
typedef struct plumb_setting {
    const char *name;
    double value;               /* where none is given; NaN: one must be */
    double low, high;           /* low <= value < high */
} plumb_setting;
typedef struct plumb_step {
    const char *name, *summary;
    const char *source;         /* author, year */
    plumb_setting setting[PLUMB_STEP_SETTINGS];         /* beside rate; name NULL ends it */
    struct {
        const char *to, *formula;
    } rule[PLUMB_STEP_RULES];   /* to NULL ends it */
} plumb_step;

extern const plumb_step *const plumb_steps[];           /* NULL ends it */
const plumb_step *plumb_step_find(const char *name);    /* NULL: there is none */
/* "momentum(rate=0.1,mu=0.9)": the step and, into room bytes, what stands in its parentheses. EINPUT with a sentence: no such step, no closing parenthesis, too long. */
plumb_status plumb_step_read(const char *text, const plumb_step **, char *settings, size_t room, plumb_diag *) PLUMB_MUST_USE;

typedef struct plumb_stepper plumb_stepper;
/* A state of n numbers in R. settings: "rate=0.1,mu=0.9", where rate may be a formula of k such as 2/(k+10); parts between commas outside parentheses. The step
 * (borrowed) and R must outlive it. NULL with a sentence: EINPUT for a setting that the step does not have, that is missing or outside its range, for a
 * formula that does not parse; ENOMEM. */
plumb_stepper *plumb_stepper_new(const plumb_step *, const char *settings, const plumb_num *R, size_t n, plumb_diag *) PLUMB_MUST_USE;
void plumb_stepper_free(plumb_stepper *);               /* NULL is fine */
/* w, g, m, s or a: n numbers, inc 1, borrowed, to read and to write. k and rate: one number; rate that of the last step. Another name is a
 * mistake of the caller: an array without planes. */
plumb_array plumb_stepper_vector(const plumb_stepper *, const char *name);
/* k += 1, then the rules. EDOMAIN with a sentence where the rate is not finite; what a kernel answers else. */
plumb_status plumb_stepper_step(plumb_stepper *, plumb_diag *) PLUMB_MUST_USE;
/* The same with *rate (NULL: that of its formula) times factor as the learning rate. */
plumb_status plumb_stepper_step_scaled(plumb_stepper *, const double *rate, double factor, plumb_diag *) PLUMB_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
