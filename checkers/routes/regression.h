/* regression.h - the slope of a black box along a line, with a bar that it has measured itself
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * phi(t) is known with a noise that nobody has declared.  Eight jittered symmetric pairs are fitted with odd powers; the scale is the
 * largest at which the next power is not significant, the noise is what the residuals show there, and the even part tells a
 * kink (after Ridders 1982 and More & Wild 2011; the estimator and its measured coverage: docs/black-boxes.md). */
#ifndef PLUMB_ROUTES_REGRESSION_H
#define PLUMB_ROUTES_REGRESSION_H
#include <stddef.h>
#include "plumbline/status.h"

enum { PLUMB_PAIRS = 8, PLUMB_SCALES = 8 };

/* Several functions along one line, evaluated together.  evaluate: values[k * rows + r] = phi_r(t[k]) - phi_r(0), NaN where it cannot be
 * evaluated; floor[r]: standard deviation of one value that the spacing of the outputs alone explains; levels[r]: how many different values the
 * function itself took (few: it is a staircase as far as these steps see); moved[r]: by how much it moved at most, which is more than phi where a
 * slope has been taken off. */
typedef struct plumb_line {
    size_t rows;
    plumb_status (*evaluate)(void *with, size_t n, const double *t, double *values, double *floor, int *levels, double *moved);
    void *with;
} plumb_line;

typedef enum plumb_slope_state {
    PLUMB_SLOPE_FOUND,
    PLUMB_SLOPE_KINK,           /* at every scale the two sides have different slopes */
    PLUMB_SLOPE_CONFLICT,       /* two scales, each sure of itself, contradict each other: a staircase, an aliased oscillation */
    PLUMB_SLOPE_ROUGH,          /* no scale at which the function looks smooth */
    PLUMB_SLOPE_NOWHERE         /* not finite as near as steps can go */
} plumb_slope_state;

typedef struct plumb_slope {
    plumb_slope_state state;
    double value, bar;          /* of phi'(0); |error| <= bar is what it claims */
    double noise;               /* standard deviation of (phi(t) - phi(-t))/2 at the scale used */
    double floor;               /* what of it the outputs' spacing explains */
    double scale;               /* the largest |t| used */
    double size;                /* by how much the function moved at most there, by the scale */
    int verified;               /* a smaller scale says the same */
    double left, left_bar, right, right_bar;    /* of a kink: phi'(-0) and phi'(+0), at the smallest scale */
} plumb_slope;

/* slope[rows].  start: the largest |t| allowed, a power of two; least: the smallest that still moves the point; seed: of the jitter.
 * one_sided: only t > 0 may be asked.  At most 1 + PLUMB_SCALES * 2 * PLUMB_PAIRS values are asked of each row.  ENOMEM, or what
 * evaluate returned. */
plumb_status plumb_regress(const plumb_line *, double start, double least, unsigned long seed, int one_sided, plumb_slope *slope) PLUMB_MUST_USE;

/* With a scale and a noise that a neighbour has taught: three pairs.  times[r]: by how much the noise is larger than the outputs' spacing explains. */
enum { PLUMB_QUICK_PAIRS = 3 };
plumb_status plumb_regress_quickly(const plumb_line *, double scale, const double *times, plumb_slope *slope) PLUMB_MUST_USE;
#endif
