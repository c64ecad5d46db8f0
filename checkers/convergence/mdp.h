/* mdp.h - a small decision process, all of it known: three states, two actions
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_CONVERGENCE_MDP_H
#define PLUMB_CONVERGENCE_MDP_H
#include "checkers/convergence/convergence.h"

enum { PLUMB_STATES = 3, PLUMB_ACTIONS = 2, PLUMB_CHOICES = PLUMB_STATES * PLUMB_ACTIONS };
extern const double plumb_mdp_next[PLUMB_CHOICES][PLUMB_STATES], plumb_mdp_pay[PLUMB_CHOICES], plumb_mdp_first[PLUMB_STATES], plumb_mdp_gamma;

/* All that belongs to a table of preferences w (states x actions): the chances of softmax, the chain and pay under them, the value of each state, how much of all time is
 * spent there (discounted, from the first states), the value of each choice, and J. */
typedef struct plumb_mdp {
    mpfr_t *chance, *chain, *pay, *value, *stay, *choice, *work;
    mpfr_t J;
} plumb_mdp;
plumb_status plumb_mdp_open(plumb_mdp *) PLUMB_MUST_USE;
void plumb_mdp_close(plumb_mdp *);
void plumb_mdp_solve(plumb_mdp *, mpfr_t *w);
/* A vector of a course: n numbers, x[i/each], rounded to its system; what that loses is in the bar. */
void plumb_mdp_put(plumb_course *, const char *vector, mpfr_t *x, size_t n, size_t each);
/* J of the best of all ways to choose, one action for each state. */
double plumb_mdp_best(plumb_mdp *);
#endif
