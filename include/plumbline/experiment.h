/* experiment.h - descent on problems whose course is known exactly
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMBLINE_EXPERIMENT_H
#define PLUMBLINE_EXPERIMENT_H
#include "plumbline/descent.h"
#include "plumbline/sink.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct plumb_descend_options {
    uint64_t seed;
    const plumb_num *number;    /* what the steps are made in: f64, f32 or mpfr */
    const char *number_name;    /* as it is typed: "f64", "mpfr:256" */
    const plumb_step *step;     /* on trial instead of the experiment's own; NULL: that */
} plumb_descend_options;

typedef struct plumb_experiment plumb_experiment;
struct plumb_experiment {
    const char *name, *summary;
    const char *law, *source;   /* what must hold, as a formula; author and year */
    plumb_status (*run)(const plumb_experiment *, const plumb_descend_options *, plumb_sink *, plumb_diag *);
};
extern const plumb_experiment *const plumb_experiments[];       /* NULL ends it */
const plumb_experiment *plumb_experiment_find(const char *name);        /* NULL: there is none */

/* Runs it: a finding for each part, with the first wrong step and the smallest wrong factor of the step that would have been seen. Not OK only when
 * something could not be done at all, with a sentence: ENOMEM, EINPUT (a number system of another kind). */
plumb_status plumb_descend(const plumb_experiment *, const plumb_descend_options *, plumb_sink *, plumb_diag *) PLUMB_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
