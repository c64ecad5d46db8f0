/* course.c - a graph and a stepper, in the system on trial and in that of its rounding
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "checkers/convergence/convergence.h"
#include "lib/base/alloc.h"
#include "plumbline/work.h"

static plumb_status
find_params(plumb_course *c, const plumb_graph *graph, unsigned ascends, plumb_diag *diag)
{
    for (int v = 0; v < plumb_graph_values(graph); v++) {
        const plumb_value *value = plumb_graph_value(graph, v);
        if (value->role != PLUMB_PARAM)
            continue;
        if (c->params == PLUMB_COURSE_PARAMS)
            return plumb_fail(diag, PLUMB_EINPUT, "a course has at most %d parameters", PLUMB_COURSE_PARAMS);
        c->value[c->params] = v, c->size[c->params] = plumb_shape_size(&value->shape), c->ascends[c->params] = ascends >> c->params & 1;
        c->n += c->size[c->params++];
    }
    return PLUMB_OK;
}

plumb_status
plumb_course_open(plumb_course *c, const plumb_graph *graph, unsigned ascends, const plumb_step *step, const char *settings, const plumb_num *R, size_t n,
    plumb_diag *diag)
{
    char *active = plumb_alloc(graph ? (size_t)plumb_graph_values(graph) : 1, 1);
    plumb_status st;
    *c = (plumb_course){ .rounding = plumb_rounding_new(&plumb_f64, diag) };
    c->number[0] = R, c->number[1] = c->rounding;
    c->n = graph ? 0 : n;
    st = active && c->rounding ? PLUMB_OK : PLUMB_ENOMEM;
    st |= st || !graph ? st : find_params(c, graph, ascends, diag);
    for (int p = 0; p < c->params && !st; p++)
        active[c->value[p]] = 1;
    for (int i = 0; i < 2 && !st; i++) {
        plumb_run_options o = { .root = -1, .active = i ? active : NULL };
        c->run[i] = graph ? plumb_run_new(graph, c->number[i], &o, diag) : NULL;
        c->stepper[i] = c->run[i] || !graph ? plumb_stepper_new(step, settings, c->number[i], c->n, diag) : NULL;
        c->work[i] = plumb_work_new(c->number[i], 1);
        st = !c->stepper[i] ? PLUMB_EINPUT : c->work[i] ? PLUMB_OK : PLUMB_ENOMEM;
    }
    plumb_release(active);
    return st;
}

void
plumb_course_close(plumb_course *c)
{
    for (int i = 0; i < 2; i++)
        plumb_stepper_free(c->stepper[i]), plumb_run_free(c->run[i]), plumb_work_free(c->work[i]);
    plumb_num_free(c->rounding);
}

void
plumb_course_fill(plumb_course *c, const char *vector, const double *x)
{
    for (int i = 0; i < 2; i++) {
        plumb_array to = plumb_stepper_vector(c->stepper[i], vector);
        for (size_t e = 0; e < c->n; e++)
            plumb_set_d(c->number[i], &to, e, x[e]);
    }
}

void
plumb_course_start(plumb_course *c, const double *w)
{
    plumb_course_fill(c, "w", w);
}

void
plumb_course_feed(plumb_course *c, int value, const double *x)
{
    plumb_run_set(c->run[0], value, x), plumb_run_set(c->run[1], value, x);
}

static plumb_status
gradient_of(plumb_course *c, int i, const char *where)
{
    const plumb_num *R = c->number[i];
    plumb_array at = plumb_stepper_vector(c->stepper[i], where), g = plumb_stepper_vector(c->stepper[i], "g"), root;
    plumb_status st = PLUMB_OK;
    ptrdiff_t from = 0;
    for (int p = 0; p < c->params && !st; from += (ptrdiff_t)c->size[p++]) {
        plumb_array to = plumb_run_value(c->run[i], c->value[p], 0), w = plumb_at(&at, from);
        st = R->copy(R, &to, &w, c->size[p]);
    }
    root = plumb_run_cotangent(c->run[i], plumb_graph_values(plumb_run_graph(c->run[i])) - 1, 0);
    plumb_set_d(R, &root, 0, 1);
    st |= st ? st : plumb_run_forward(c->run[i]) | plumb_run_reverse(c->run[i]);
    from = 0;
    for (int p = 0; p < c->params && !st; from += (ptrdiff_t)c->size[p++]) {
        plumb_array d = plumb_run_cotangent(c->run[i], c->value[p], 0), to = plumb_at(&g, from);
        st = c->ascends[p] ? R->map1(R, PLUMB_FN_NEG, &to, &d, c->size[p], c->work[i]) : R->copy(R, &to, &d, c->size[p]);
    }
    return st;
}

plumb_status
plumb_course_gradient(plumb_course *c, const char *where)
{
    plumb_status st = gradient_of(c, 0, where);
    return st ? st : gradient_of(c, 1, where);
}

plumb_status
plumb_course_step(plumb_course *c, plumb_diag *diag)
{
    plumb_status st = plumb_course_gradient(c, "w");
    for (int i = 0; i < 2 && !st; i++)
        st = plumb_stepper_step(c->stepper[i], diag);
    return st;
}

void
plumb_course_get(const plumb_course *c, const char *vector, size_t i, mpfr_ptr x)
{
    plumb_array at = plumb_stepper_vector(c->stepper[0], vector);
    plumb_get_mpfr(c->number[0], &at, i, x);
}

double
plumb_course_sigma(const plumb_course *c, const char *vector, size_t i)
{
    plumb_array at = plumb_stepper_vector(c->stepper[1], vector), variance = plumb_half(&plumb_f64, &at, 1);
    return plumb_rounding_sigma(plumb_get_d(&plumb_f64, &variance, i), c->number[0]->precision);
}
