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

/* Which rows the k-th batch (from 0) of 1 <= b <= n out of n has: rows[0..b-1]; rows has room for n. A function of (seed, k) alone. */
typedef struct plumb_sampler {
    const char *name, *summary;
    void (*draw)(uint64_t seed, uint64_t k, size_t n, size_t b, size_t *rows);
} plumb_sampler;
extern const plumb_sampler *const plumb_samplers[];     /* NULL ends it: replacement, batch, epochs */
const plumb_sampler *plumb_sampler_find(const char *name);

/* ---- searches without gradients ----
 *
 * run(objective, n, x, step, calls, seed, &best): looks for a low value of f over n numbers from x, at most `calls` calls of f, first steps of length `step`; x is moved to the
 * lowest point that is found and best is its value. A value that is not a number counts as infinitely high. tell, if not NULL, hears of each new best value and its point
 * (borrowed). EDOMAIN where f is not finite at the start, or falls without end; ENOMEM; x and best are then as they happen to be. */
typedef struct plumb_objective {
    double (*f)(void *with, const double *x);
    void (*tell)(void *with, long calls, double best, const double *x);
    void *with;
} plumb_objective;
typedef struct plumb_search {
    const char *name, *summary, *source;
    plumb_status (*run)(const plumb_objective *, size_t n, double *x, double step, long calls, uint64_t seed, double *best);
} plumb_search;
extern const plumb_search *const plumb_searches[];      /* NULL ends it: nelder-mead, random */
const plumb_search *plumb_search_find(const char *name);

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
/* From now on P g stands for the gradient g in the rules: P is n x n, row-major, copied. EINPUT with a sentence for a P that is not square or not of the state's size, or holds a
 * number that is not finite; ENOMEM. Whether P g still leads down: plumb_matrix_descends. */
plumb_status plumb_stepper_precondition(plumb_stepper *, const double *P, size_t rows, size_t columns, plumb_diag *) PLUMB_MUST_USE;
/* The smallest eigenvalue of the symmetric part of P (n x n): -P g leads down for every g if and only if it is above 0. NaN without memory. */
double plumb_matrix_descends(const double *P, size_t n);
/* k += 1, then the rules. EDOMAIN with a sentence where the rate is not finite; what a kernel answers else. */
plumb_status plumb_stepper_step(plumb_stepper *, plumb_diag *) PLUMB_MUST_USE;
/* The same with *rate (NULL: that of its formula) times factor as the learning rate. */
plumb_status plumb_stepper_step_scaled(plumb_stepper *, const double *rate, double factor, plumb_diag *) PLUMB_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
