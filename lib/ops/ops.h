/* ops.h - what the files of this folder share
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_OPS_OPS_H
#define PLUMB_OPS_OPS_H
#include "lib/num/derived.h"
#include "plumbline/formula.h"
#include "plumbline/op.h"

#define OP(name) extern const plumb_op plumb_op_##name;
#include "lib/ops/ops.def"
#undef OP

#define PLUMB_DIMS(...) { sizeof((size_t[]){ __VA_ARGS__ }) / sizeof(size_t), { __VA_ARGS__ } }
#define PLUMB_LENGTH(a) ((int)(sizeof(a) / sizeof *(a)))

/* The shape of a pointwise op of one input. */
plumb_status plumb_pointwise_same(const plumb_shape *, const plumb_attr *, plumb_shape *, plumb_diag *);
/* y (SET or ADD; outer x inner) = the sum of x (outer x k x inner) over its middle axis, by products
 * with ones: every system's own rule for sums. */
plumb_status plumb_sum_axis(const plumb_call *, plumb_mode, const plumb_array *y, const plumb_array *x, size_t outer,
    size_t k, size_t inner) PLUMB_MUST_USE;
/* y (SET or ADD) = x/by; y may be x. */
plumb_status plumb_divide(const plumb_call *, plumb_mode, const plumb_array *y, const plumb_array *x, double by, size_t n)
    PLUMB_MUST_USE;
/* y (SET or ADD) = x */
plumb_status plumb_pass(const plumb_call *, plumb_mode, const plumb_array *y, const plumb_array *x, size_t n)
    PLUMB_MUST_USE;
/* The axis an attribute names (negative: from the end) into outer x k x inner; 0 where there is none. */
typedef struct plumb_axis {
    size_t outer, k, inner;
} plumb_axis;
int plumb_axis_of(const plumb_shape *, long axis, plumb_axis *);
/* The same with a sentence: attr[0] is `axis`.  ESHAPE. */
plumb_status plumb_axis_given(const plumb_shape *, const plumb_attr *, plumb_axis *, plumb_diag *);
/* The numbers along the axis for one outer and one inner index. */
plumb_array plumb_slice(const plumb_array *, const plumb_axis *, size_t outer, size_t inner);
/* The shape without the axis, or with 1 in its place. */
void plumb_shape_without(const plumb_shape *in, long axis, int keep, plumb_shape *out);
/* Are the n labels below `classes`, and not negative? */
int plumb_labels_fit(const int64_t *label, size_t n, size_t classes);
/* Numbers n of an array as the constant v. */
plumb_status plumb_fill(const plumb_call *, const plumb_array *y, double v, size_t n) PLUMB_MUST_USE;
/* The case of a table by its index: what every sample() ends in. */
int plumb_case_of(const plumb_case *table, int n, int i, plumb_case *);
#endif
