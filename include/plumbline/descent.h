/* descent.h - steps of stochastic gradient descent, on any graph and any number system
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMBLINE_DESCENT_H
#define PLUMBLINE_DESCENT_H
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

#ifdef __cplusplus
}
#endif
#endif
