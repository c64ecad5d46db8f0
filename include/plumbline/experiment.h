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
    const plumb_step *step;     /* on trial instead of the experiment's own of the same name; NULL: that */
    const plumb_sampler *sampler;       /* the same for what draws the rows */
    const plumb_search *search;         /* the same for a search without gradients */
    double level;               /* 0: the false alarms of a whole run are below 1e-9, and doubt asks for more samples; else each test on samples by itself, at this level */
    double scale;               /* times the samples of each test; 0: 1 */
    struct plumb_suite *suite;  /* the tests of the run; plumb_descend has its own */
} plumb_descend_options;

typedef struct plumb_experiment plumb_experiment;
struct plumb_experiment {
    const char *name, *summary;
    const char *law, *source;   /* what must hold, as a formula; author and year */
    plumb_status (*run)(const plumb_experiment *, const plumb_descend_options *, plumb_sink *, plumb_diag *);
};
extern const plumb_experiment *const plumb_experiments[];       /* NULL ends it */
const plumb_experiment *plumb_experiment_find(const char *name);        /* NULL: there is none */

/* Runs n of them: a finding for each part, with the first wrong step and the smallest wrong factor of the step that would have been seen; then, over all of them, one for
 * each test on samples. Those draw in f64 where the number is mpfr. Not OK only when something could not be done at all, with a sentence: ENOMEM, EINPUT (a number
 * system of another kind, or of more than 400 bits). */
plumb_status plumb_descend(const plumb_experiment *const *, size_t n, const plumb_descend_options *, plumb_sink *, plumb_diag *) PLUMB_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
