/* experiments.c - the one table of experiments
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "checkers/convergence/convergence.h"

extern const plumb_experiment plumb_experiment_quadratic, plumb_experiment_game;
const plumb_experiment *const plumb_experiments[] = { &plumb_experiment_quadratic, &plumb_experiment_game, NULL };

const plumb_experiment *
plumb_experiment_find(const char *name)
{
    for (int i = 0; plumb_experiments[i]; i++)
        if (!strcmp(plumb_experiments[i]->name, name))
            return plumb_experiments[i];
    return NULL;
}

plumb_status
plumb_descend(const plumb_experiment *e, const plumb_descend_options *o, plumb_sink *sink, plumb_diag *diag)
{
    if (o->number->kind != PLUMB_NATIVE && o->number->kind != PLUMB_MPFR)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: steps are made in f64, f32 or mpfr", e->name);
    return e->run(e, o, sink, diag);
}
