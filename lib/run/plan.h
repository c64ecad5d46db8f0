/* plan.h - what a run consists of
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_RUN_PLAN_H
#define PLUMB_RUN_PLAN_H
#include "plumbline/run.h"

/* One value of the graph in this run. */
typedef struct plumb_slot {
    plumb_array value, bar;     /* of lane 0; lane l is l*n elements on where laned */
    size_t n;
    char laned, active;
    char wanted;                /* its cotangent is asked for */
    char needed;                /* it depends on a wanted one */
    char reached;               /* the root depends on it */
    char met;                   /* a consumer has got SET */
    int64_t *index;             /* of computed indices, as laned as the value would be */
} plumb_slot;

/* One node: the calls are filled in once. */
typedef struct plumb_step {
    plumb_call call;            /* for lane 0 */
    size_t saved;
    char laned, reached;
    char folded;                /* one forward call covers all lanes */
    plumb_call wide;            /* that call */
} plumb_step;

typedef struct plumb_bump {
    int value;
    size_t element;
    plumb_array delta, before;  /* one constant each; before: of a leaf */
} plumb_bump;

struct plumb_run {
    const plumb_graph *graph;
    const plumb_num *num;
    plumb_work *store, *work;   /* values and cotangents; temporaries */
    size_t lanes;
    int root, poison, values, nodes, bumps;
    plumb_slot *slot;
    plumb_step *step;
    plumb_array ones;
    plumb_bump bump[PLUMB_MAXBUMPS];
    plumb_events events;
};

/* Fills in slots and steps; ENOMEM. */
plumb_status plumb_plan(plumb_run *, const plumb_run_options *) PLUMB_MUST_USE;
/* The call of a step in one lane. */
plumb_call plumb_step_lane(const plumb_run *, const plumb_step *, size_t lane);
plumb_array plumb_shifted(const plumb_array *, size_t by);
void plumb_note_event(plumb_events *, plumb_event);
#endif
