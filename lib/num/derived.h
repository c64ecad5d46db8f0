/* derived.h - what the makers of number systems share
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_NUM_DERIVED_H
#define PLUMB_NUM_DERIVED_H
#include "plumbline/num.h"

/* An empty table with its name; NULL (said in diag) without memory.  plumb_num_free frees it and
 * what R->data points to (one block of plumb_alloc). */
plumb_num *plumb_num_make(plumb_diag *diag, const char *format, ...) PLUMB_PRINTF(2, 3);

/* The second half of a tower is missing: a constant, or an output not wanted. */
static inline int
plumb_absent(const plumb_array *half)
{
    return !half->plane[0];
}

/* One array given as both operands: their errors are one error. */
static inline int
plumb_same(const plumb_array *x, const plumb_array *y)
{
    return x->plane[0] == y->plane[0] && x->off == y->off && x->inc == y->inc;
}

/* A constant register for map2: v, repeated.  Takes one number from w. */
plumb_status plumb_take_constant(plumb_work *w, const plumb_num *R, double v, plumb_array *a) PLUMB_MUST_USE;
/* The constant of an instruction, in the same way. */
plumb_status plumb_take_number(plumb_work *w, const plumb_num *R, const plumb_ins *, plumb_array *a) PLUMB_MUST_USE;
/* Zeros in the m rows of a product's result. */
plumb_status plumb_zero_rows(const plumb_num *R, const plumb_mm *, const plumb_array *c) PLUMB_MUST_USE;
#endif
