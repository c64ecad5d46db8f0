/* planted.h - wrong backward passes, each an op that stands in for the right one
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_TESTS_PLANTED_H
#define PLUMB_TESTS_PLANTED_H
#include "plumbline/op.h"

/* A way to spoil the vjp of any op: the right one runs first, then the cotangent of one input is
 * changed.  in place: the op this stands in for. */
typedef struct planted_way {
    const char *name;
    int subtle;                 /* one entry, one axis, one shape, or below 1e-3 */
    /* Could this change anything here?  n: elements of the input, mode of its cotangent. */
    int (*applies)(const plumb_op *, const plumb_shape *in);
    void (*spoil)(const plumb_call *, int input, size_t n);
} planted_way;
extern const planted_way planted_ways[];        /* ends at a NULL name */

/* A wrong formula for a slope; at: the op's case that brings it to light. */
typedef struct planted_slope {
    const char *op;
    int input, subtle;
    const char *slope;
    int at;
} planted_slope;
extern const planted_slope planted_slopes[];    /* ends at a NULL op */

/* A vjp written wrong by hand. */
typedef struct planted_hand {
    const char *op, *name;
    int subtle, at;
    plumb_status (*vjp)(const plumb_call *);
} planted_hand;
extern const planted_hand planted_hands[];      /* ends at a NULL op */

/* op with way applied to input; one at a time (the pair is kept in the file). */
plumb_op planted_make(const plumb_op *op, const planted_way *way, int input);
plumb_op planted_slope_make(const plumb_op *op, const planted_slope *);
plumb_op planted_hand_make(const plumb_op *op, const planted_hand *);

/* What hands share: the right vjp of the op that the call's op stands in for, and a factor. */
plumb_status planted_right(const plumb_call *);
void planted_multiply(const plumb_call *, const plumb_array *, double by);
#endif
