/* gradcheck.h - one call, one verdict: a function of yours with its backward pass, in your own process
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *     plumb_verdict_of r = plumb_gradcheck(4, x, 2, forward, backward, NULL, NULL);
 *     if (r.status) puts(r.text);
 *
 * Your functions are called in the calling thread, some hundreds of times, with buffers of ours: inputs must not be changed, outputs are poisoned
 * before. No state is kept between calls and none is global; two threads may check two functions at once if these allow it. */
#ifndef PLUMBLINE_GRADCHECK_H
#define PLUMBLINE_GRADCHECK_H
#include "plumbline/box.h"

#ifdef __cplusplus
extern "C" {
#endif

/* y (m) at x (n); 0, or a number of yours for "cannot be evaluated here". */
typedef int plumb_forward_fn(const double *x, double *y, void *data);
/* gx (n) = J(x)^T gy; x is that of the last forward.  gx is overwritten (added to, if "adds" is declared). */
typedef int plumb_backward_fn(const double *x, const double *gy, double *gx, void *data);
typedef int plumb_forward_f32_fn(const float *x, float *y, void *data);
typedef int plumb_backward_f32_fn(const float *x, const float *gy, float *gx, void *data);
/* The objective of an optimiser: returns f(x) and, where grad is not NULL, writes its n derivatives.  It is called both ways, and must return the same
 * value. */
typedef double plumb_objective_fn(unsigned n, const double *x, double *grad, void *data);

typedef struct plumb_gradcheck_options {
    /* NULL, or options in the grammar of hello (docs/protocol.md): "box 0 inf twin op:softmax noisy"; or a whole description that begins with
     * "in ", to give names, shapes and several inputs ("in x:4,6 W:6,3 out 4,3"): its sizes must add up to n and m. */
    const char *declare;
    const char *name;           /* in sentences; NULL: "the function" */
    uint64_t seed;              /* 0: 1 */
    int quick;                  /* about 10 forwards */
    plumb_sink *sink;           /* borrowed: gets every finding, too; NULL: none.  begin and end are the caller's */
} plumb_gradcheck_options;

typedef struct plumb_verdict_of {
    plumb_verdict verdict;      /* the worst */
    int status;                 /* its exit status: 0 holds, 1 wrong, 3 the code failed, 4 undecided; 2: the call cannot be used (text says why) */
    char what[64];              /* the tensor or "law:NAME" that does not hold; "" where all does */
    int has_worst;              /* an entry is named: */
    size_t entry, product;      /* flat index into its tensor, from 0; which cotangent */
    double at;                  /* the input there */
    double got, want, bar;
    double resolution;          /* smallest relative error that would have been caught in any tensor; NaN: not known */
    size_t calls, count[PLUMB_VERDICTS];
    char text[2 * PLUMB_DIAG_LENGTH];   /* one line */
} plumb_verdict_of;

/* x: n numbers, the point, not modified. options may be NULL. */
plumb_verdict_of plumb_gradcheck(size_t n, const double *x, size_t m, plumb_forward_fn *, plumb_backward_fn *, void *data,
    const plumb_gradcheck_options *);
plumb_verdict_of plumb_gradcheck_f32(size_t n, const float *x, size_t m, plumb_forward_f32_fn *, plumb_backward_f32_fn *, void *data,
    const plumb_gradcheck_options *);
plumb_verdict_of plumb_gradcheck_objective(unsigned n, const double *x, plumb_objective_fn *, void *data, const plumb_gradcheck_options *);

#ifdef __cplusplus
}
#endif
#endif
