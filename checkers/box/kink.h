/* kink.h - what the files that judge a point with kinks share
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_BOX_KINK_H
#define PLUMB_BOX_KINK_H
#include <math.h>
#include "checkers/box/walk.h"

/* The value (y, outputs) and the claims of `rows` cotangents g (rows x outputs; claim: rows x inputs) at a point beside the given one: sense times a small
 * multiple of v (inputs, in their units) away.  EDOMAIN (said nowhere) where there is no value. */
plumb_status plumb_kink_beside(plumb_walk *, const double *v, int sense, const double *g, size_t rows, double *y, double *claim) PLUMB_MUST_USE;

/* What bends within the reach of such a point does to a gradient, relative to it. */
static inline double
plumb_kink_tolerance(const plumb_station *s)
{
    return fmax(1e-6, 1e3 * s->unit_roundoff);
}

/* How far off such a point is. */
static inline double
plumb_kink_near(const plumb_station *s)
{
    return fmax(0x1p-26, 64 * s->unit_roundoff);
}

/* A step for slopes: small beside everything but rounding. */
static inline double
plumb_kink_reach(const plumb_station *s)
{
    return fmin(0x1p-6, fmax(0x1p-20, sqrt(s->unit_roundoff)));
}

/* hull.c: is the claim on tensor k between the gradients of all pieces, as far as outputs are convex (sense 1) or concave (-1) there?  0: neither, or no kink.
 * Marks the tensor where it is not. */
plumb_status plumb_kink_hull(plumb_walk *, int k, const int *sense) PLUMB_MUST_USE;
#endif
