/* chains.c - many courses of the same steps at once: their numbers stand one behind the other in one state
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "checkers/convergence/convergence.h"
#include "plumbline/work.h"

plumb_status
plumb_chains_open(plumb_chains *c, int graphed, plumb_graph *graph, const plumb_step *step, const char *settings, const plumb_descend_options *o, size_t chains, size_t d, plumb_diag *diag)
{
    plumb_status st = graphed && !graph ? PLUMB_ENOMEM : PLUMB_OK;
    *c = (plumb_chains){ .graph = graph, .number = o->number->kind == PLUMB_NATIVE ? o->number : &plumb_f64, .chains = chains, .d = d };
    if (graph && !st) {
        st = plumb_graph_done(graph, diag);
        c->run = st ? NULL : plumb_run_new(graph, c->number, NULL, diag);
        st |= st || c->run ? st : PLUMB_ENOMEM;
    }
    c->stepper = st ? NULL : plumb_stepper_new(plumb_step_on_trial(o, step), settings, c->number, chains * d, diag);
    return st ? st : c->stepper ? PLUMB_OK : PLUMB_EINPUT;
}

void
plumb_chains_close(plumb_chains *c)
{
    plumb_stepper_free(c->stepper);
    plumb_run_free(c->run);
    plumb_graph_free(c->graph);
}

void
plumb_chains_put(plumb_chains *c, const char *vector, const double *x)
{
    plumb_array to = plumb_stepper_vector(c->stepper, vector);
    for (size_t i = 0; i < c->chains * c->d; i++)
        plumb_set_d(c->number, &to, i, x[i]);
}

void
plumb_chains_put_all(plumb_chains *c, const char *vector, const double *one)
{
    plumb_array to = plumb_stepper_vector(c->stepper, vector);
    for (size_t i = 0; i < c->chains * c->d; i++)
        plumb_set_d(c->number, &to, i, one[i % c->d]);
}

void
plumb_chains_get(const plumb_chains *c, const char *vector, double *x)
{
    plumb_array from = plumb_stepper_vector(c->stepper, vector);
    for (size_t i = 0; i < c->chains * c->d; i++)
        x[i] = plumb_get_d(c->number, &from, i);
}

/* The graph's one parameter is the state of all chains; its last value the sum of their costs. */
plumb_status
plumb_chains_step(plumb_chains *c, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    if (c->graph) {
        int w = plumb_graph_find(c->graph, "w"), last = plumb_graph_values(c->graph) - 1;
        plumb_array at = plumb_stepper_vector(c->stepper, "w"), g = plumb_stepper_vector(c->stepper, "g"), to = plumb_run_value(c->run, w, 0);
        plumb_array d = plumb_run_cotangent(c->run, w, 0), root = plumb_run_cotangent(c->run, last, 0);
        size_t n = c->chains * c->d;
        plumb_set_d(c->number, &root, 0, 1);
        st = c->number->copy(c->number, &to, &at, n) | plumb_run_forward(c->run) | plumb_run_reverse(c->run);
        d = plumb_run_cotangent(c->run, w, 0);
        st |= c->number->copy(c->number, &g, &d, n);
    }
    return st ? plumb_fail(diag, st, "a step of %zu chains: %s", c->chains, plumb_status_text(st)) : plumb_stepper_step(c->stepper, diag);
}
