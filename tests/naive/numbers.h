/* numbers.h - random numbers for a problem, and what its reference makes of them
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NAIVE_NUMBERS_H
#define NAIVE_NUMBERS_H
#include "tests/naive/problems.h"

extern uint64_t naive_state;                    /* the seed */
uint64_t naive_draw(void);
double naive_draw_between(double lo, double hi);
double naive_draw_cotangent(void);              /* signed, and never small enough to hide a factor */
double naive_draw_whole(void);                  /* -1, 0 or 1 */

void *naive_room(size_t n);                     /* for n numbers; bails out without memory */

/* how many different values of numbers the inputs are */
int naive_leaves(const naive_problem *);
naive_numbers naive_numbers_new(const naive_problem *);
void naive_numbers_free(naive_numbers *);
void naive_numbers_draw(const naive_problem *, naive_numbers *);
/* The reference's results; forked: of op(x..) - square(op(x..)). */
void naive_numbers_refer(const naive_problem *, naive_numbers *, int forked);
#endif
