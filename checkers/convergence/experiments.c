/* experiments.c - the one table of experiments
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "checkers/convergence/convergence.h"

#define PLUMB_EXPERIMENTS(X) X(squares) X(quadratic) X(logistic) X(batches) X(rows) X(noise) X(schedule) X(redundant) X(momentum) X(matrix) X(stairs) X(smoothing) X(bandit) X(td) X(policy) X(critic) X(game)
#define X(name) extern const plumb_experiment plumb_experiment_##name;
PLUMB_EXPERIMENTS(X)
#undef X
#define X(name) &plumb_experiment_##name,
const plumb_experiment *const plumb_experiments[] = { PLUMB_EXPERIMENTS(X) NULL };
#undef X

const plumb_experiment *
plumb_experiment_find(const char *name)
{
    for (int i = 0; plumb_experiments[i]; i++)
        if (!strcmp(plumb_experiments[i]->name, name))
            return plumb_experiments[i];
    return NULL;
}

plumb_status
plumb_descend(const plumb_experiment *const *e, size_t n, const plumb_descend_options *options, plumb_sink *sink, plumb_diag *diag)
{
    struct plumb_suite suite = { .n = 0 };
    plumb_descend_options o = *options;
    plumb_status st = PLUMB_OK;
    if (o.number->kind != PLUMB_NATIVE && o.number->kind != PLUMB_MPFR)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: steps are made in f64, f32 or mpfr", n ? e[0]->name : "descend");
    if (o.number->precision > PLUMB_LAW_BITS - 112)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: the laws have %d bits: at most %d can be judged", n ? e[0]->name : "descend", PLUMB_LAW_BITS, PLUMB_LAW_BITS - 112);
    o.suite = &suite;
    for (size_t i = 0; i < n && !st; i++) {
        if (sink->stage)
            sink->stage(sink, e[i]->name);
        st = e[i]->run(e[i], &o, sink, diag);
        if (st)
            plumb_fail(diag, st, "%s: %s", e[i]->name, plumb_status_text(st));
    }
    if (!st)
        plumb_suite_tell(&suite, &o, sink);
    return st;
}
