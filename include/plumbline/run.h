/* run.h - a graph bound to a number system: it owns values, cotangents and the recorded plan
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A run is one thread's at a time; two runs of one graph may go in parallel.  Graph and number
 * system must outlive it.  After the first forward (reverse) the same call allocates nothing. */
#ifndef PLUMBLINE_RUN_H
#define PLUMBLINE_RUN_H
#include "plumbline/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct plumb_run plumb_run;

typedef struct plumb_run_options {
    size_t lanes;               /* copies of the graph at as many points; 0 means 1.  More than one
                                   needs a system without tangent lanes */
    const char *laned;          /* per value, of leaves: differs between the lanes, or varies while
                                   the rest stays (plumb_run_vary); NULL: none */
    const char *active;         /* per value, of leaves: has all planes of a tower (tangent, imaginary
                                   part); NULL: none */
    const char *wanted;         /* per value: its cotangent is asked for; NULL: every parameter */
    int root;                   /* the value that reverse starts from; -1: the last one */
    int team;                   /* threads that kernels may use; 0 means 1 */
    int accumulate;             /* reverse adds onto the wanted cotangents as the caller left them */
    int poison;                 /* fill every cotangent with NaN before each reverse (for tests) */
} plumb_run_options;

/* NULL with a sentence: ENOMEM, or options that do not fit the system.  options may be NULL. */
plumb_run *plumb_run_new(const plumb_graph *, const plumb_num *, const plumb_run_options *, plumb_diag *) PLUMB_MUST_USE;
void plumb_run_free(plumb_run *);
const plumb_num *plumb_run_num(const plumb_run *);
const plumb_graph *plumb_run_graph(const plumb_run *);

/* Sets a leaf in every lane to doubles (exact), other planes zero; n must be its size. */
void plumb_run_set(plumb_run *, int value, const double *data);
/* The labels of a leaf (borrowed; they must stay until the run is freed or they are set again). */
void plumb_run_set_label(plumb_run *, int value, const int64_t *labels);

/* The indices of a computed value (argmax) in a lane; borrowed.  NULL for other values. */
const int64_t *plumb_run_index(const plumb_run *, int value, size_t lane);

/* The storage of a value or its cotangent in a lane; borrowed, to read and (leaves, the root's
 * cotangent) to write.  A plane that is absent is NULL.  A cotangent that is not kept has plane[0]
 * NULL. */
plumb_array plumb_run_value(const plumb_run *, int value, size_t lane);
plumb_array plumb_run_cotangent(const plumb_run *, int value, size_t lane);
int plumb_run_is_laned(const plumb_run *, int value);

/* All nodes in order; the OR of their statuses. */
plumb_status plumb_run_forward(plumb_run *) PLUMB_MUST_USE;
/* Only what depends on a laned leaf. */
plumb_status plumb_run_vary(plumb_run *) PLUMB_MUST_USE;
/* From the root's cotangent (which the caller has set, in every lane) to the wanted ones.  What
 * the root does not depend on gets zeros.  In a laned run every cotangent is laned. */
plumb_status plumb_run_reverse(plumb_run *) PLUMB_MUST_USE;

/* Vector-Jacobian products of one node by itself, with respect to its input `input`, at the values of the last forward of
 * this run: count rows of the size of the node's output (NULL: the unit vectors, so that count = that size gives
 * the Jacobian) make count rows of the size of the input, as doubles. */
plumb_status plumb_run_pull(const plumb_run *, int node, int input, const double *rows, size_t count, double *products, plumb_diag *)
    PLUMB_MUST_USE;

/* w += rate * (cotangent of w) in lane 0, for every parameter (rate is negative in descent). */
plumb_status plumb_run_update(plumb_run *, double rate) PLUMB_MUST_USE;

/* Adds delta to an element of a value as soon as it is there in every later forward: how the two
 * branches at a tie are told apart.  value < 0 takes the bumps back.  At most PLUMB_MAXBUMPS. */
enum { PLUMB_MAXBUMPS = 16 };
plumb_status plumb_run_bump(plumb_run *, int value, size_t element, double delta) PLUMB_MUST_USE;

/* Where the last forward or reverse met something: a node that answered with a status, a value that
 * is not finite (EDOMAIN), a tie (plumb_run_ties).  The first PLUMB_MAXEVENTS and the count. */
enum { PLUMB_MAXEVENTS = 64 };
typedef struct plumb_event {
    int node, value;
    size_t element;
    plumb_status status;
    int which;                  /* of a tie: the comparison of the node's formula, from 0 */
    double at, margin;          /* of a tie: the compared difference, and how far is surely off it */
} plumb_event;
typedef struct plumb_events {
    size_t count;
    plumb_event at[PLUMB_MAXEVENTS];
} plumb_events;
const plumb_events *plumb_run_events(const plumb_run *);
/* Looks through the values of lane 0 for ones that are not finite, and adds them to the events. */
void plumb_run_inspect(plumb_run *);
/* The order comparisons of pointwise ops (abs, step, sign, max, min) that are ties in lane 0: exactly
 * 0, or in a rounding system closer than 6 sigma at unit roundoff 2^-bits.  ops that declare no kink
 * are smooth and have none. */
plumb_status plumb_run_ties(plumb_run *, long bits, plumb_events *ties) PLUMB_MUST_USE;
/* The compared difference of a tie found in another run of the same graph, in this one. */
plumb_status plumb_run_tie_value(plumb_run *, const plumb_event *tie, double *value) PLUMB_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
