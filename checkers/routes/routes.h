/* routes.h - what the files of this folder share
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_ROUTES_ROUTES_H
#define PLUMB_ROUTES_ROUTES_H
#include "plumbline/route.h"
#include "plumbline/run.h"

extern const plumb_route plumb_route_reverse, plumb_route_reverse_f32, plumb_route_reverse_mpfr;
extern const plumb_route plumb_route_forward, plumb_route_complex, plumb_route_central, plumb_route_difference;

/* A run of the subject's graph at its point.  vary: the probe's leaf is laned; active: it has all
 * planes; wanted: its cotangent is kept.  The probe's nudges are in force. */
typedef struct plumb_binding {
    plumb_run *run;
    char *flags;
} plumb_binding;
typedef enum plumb_leaf_use { PLUMB_LEAF_VARIES, PLUMB_LEAF_ACTIVE, PLUMB_LEAF_WANTED } plumb_leaf_use;
plumb_status plumb_bind(plumb_binding *, const plumb_probe *, const plumb_num *, plumb_leaf_use, size_t lanes, int team,
    plumb_diag *) PLUMB_MUST_USE;
void plumb_unbind(plumb_binding *);

/* The size that steps along direction c are measured in.  Of a single entry: |x_i|, but at least 2^-10 of the
 * root mean square of the leaf (1 where all of it is zero); of several: that root mean square. */
double plumb_step_scale(const plumb_probe *, size_t c);
/* The element of the estimate for row and column, and its place. */
static inline size_t
plumb_place(const plumb_estimate *e, size_t row, size_t column)
{
    return row * e->entries + column;
}
/* value[row, column] = sum over the output of cotangent * y, exactly rounded once; y is read through
 * R from output element j of the array. */
void plumb_project(const plumb_probe *, plumb_estimate *, size_t row, size_t column, const plumb_num *R,
    const plumb_array *y);
/* sqrt of sum cotangent^2 E_j over the output, times u/2: sigma of a projected variance. */
double plumb_project_sigma(const plumb_probe *, size_t row, const plumb_num *leaf, const plumb_array *variance, long bits);
#endif
