/* kink.h - what the files that judge a point with kinks share
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_BOX_KINK_H
#define PLUMB_BOX_KINK_H
#include <math.h>
#include "checkers/box/walk.h"

/* The claims of rows `from` to `to`-1, `inputs` numbers each, at a point beside the given one: a small multiple of v (inputs, in their units) away, of that
 * sense (1 or -1).  EDOMAIN (said nowhere) where there is no value. */
plumb_status plumb_kink_beside(plumb_walk *, const double *v, int sense, size_t from, size_t to, double *claim) PLUMB_MUST_USE;

/* What bends within the reach of such a point does to a gradient, relative to it. */
static inline double
plumb_kink_tolerance(const plumb_station *s)
{
    return fmax(1e-6, 1e3 * s->unit_roundoff);
}

/* hull.c: pieces differ only along some directions; across these the claim on tensor k must be what all pieces say.  claim: count x rows x inputs, of points beside,
 * those with there[i].  Marks the tensor where it is not. */
plumb_status plumb_kink_span(plumb_walk *, int k, const double *claim, const int *there, int count) PLUMB_MUST_USE;
#endif
