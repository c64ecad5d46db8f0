/* route.c - the table of routes, and what every one of them needs
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "checkers/routes/routes.h"
#include "lib/base/alloc.h"

const plumb_route *const plumb_routes[] = {
    &plumb_route_reverse, &plumb_route_reverse_f32, &plumb_route_reverse_mpfr, &plumb_route_forward,
    &plumb_route_complex, &plumb_route_central, &plumb_route_difference, NULL,
};

const plumb_route *
plumb_route_find(const char *name)
{
    for (int i = 0; plumb_routes[i]; i++)
        if (!strcmp(plumb_routes[i]->name, name))
            return plumb_routes[i];
    for (int i = 0; plumb_audited[i]; i++)
        if (!strcmp(plumb_audited[i]->name, name))
            return plumb_audited[i];
    return NULL;
}

const char *
plumb_bound_text(plumb_bound b)
{
    static const char *const text[] = { "none", "estimated", "proved" };
    return text[b];
}

double
plumb_sigmas(double alpha, size_t n)
{
    return gsl_cdf_ugaussian_Qinv(alpha / (2 * (n ? (double)n : 1)));
}

/* ---- estimates ---- */

/* "vjp:linear,vjp:tanh": each op between the leaf and the output once, in the order of the graph */
static char *
rules(const plumb_route *route, const plumb_subject *s)
{
    int nodes = plumb_graph_nodes(s->graph);
    size_t room = 1;
    char *text;
    for (int i = 0; i < nodes; i++)
        room += strlen(plumb_graph_node(s->graph, i)->op->name) + 16;
    text = plumb_alloc(room, 1);
    for (int i = 0; text && route->rule && i < nodes; i++) {
        char word[64];
        snprintf(word, sizeof word, "%s:%s,", route->rule, plumb_graph_node(s->graph, i)->op->name);
        if (!strstr(text, word))
            strcat(text, word);
    }
    if (text && *text)
        text[strlen(text) - 1] = 0;
    return text;
}

static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

plumb_status
plumb_estimate_make(const plumb_route *route, const plumb_probe *p, plumb_estimate *e, plumb_diag *diag)
{
    size_t n = p->rows * p->entries;
    double began = now();
    plumb_status st = PLUMB_ENOMEM;
    *e = (plumb_estimate){ .route = route, .rows = p->rows, .entries = p->entries, .bound = PLUMB_ESTIMATED };
    e->num = plumb_mpfr_new(route->bits < 128 ? 128 : route->bits, diag);
    e->store = e->num ? plumb_work_new(e->num, 1) : NULL;
    e->bar = plumb_alloc(n, sizeof *e->bar);
    e->status = plumb_alloc(n, sizeof *e->status);
    e->via = rules(route, p->subject);
    if (e->store && e->bar && e->status && e->via && !plumb_take(e->store, e->num, n, &e->value)) {
        for (size_t i = 0; i < n; i++)
            plumb_set_d(e->num, &e->value, i, NAN), e->bar[i] = NAN;
        st = route->estimate(route, p, e, diag);
    }
    if (st & (PLUMB_ENOMEM | PLUMB_EINPUT | PLUMB_ESHAPE)) {
        plumb_fail(diag, st, "route %s on %s: %s", route->name, p->subject->name, plumb_status_text(st));
        plumb_estimate_clear(e);
        return st;
    }
    e->seconds = now() - began;
    return PLUMB_OK;
}

void
plumb_estimate_clear(plumb_estimate *e)
{
    plumb_work_free(e->store);
    plumb_num_free(e->num);
    plumb_release(e->bar);
    plumb_release(e->status);
    plumb_release(e->via);
    *e = (plumb_estimate){ .rows = 0 };
}

/* ---- runs ---- */

plumb_status
plumb_bind(plumb_binding *b, const plumb_probe *p, const plumb_num *R, plumb_leaf_use use, size_t lanes, int team,
    plumb_diag *diag)
{
    const plumb_subject *s = p->subject;
    int values = plumb_graph_values(s->graph);
    plumb_run_options o = { .lanes = lanes, .root = s->output, .team = team, .poison = 1 };
    char *none;
    plumb_status st = PLUMB_OK;
    *b = (plumb_binding){ .flags = plumb_alloc(2 * (size_t)values, 1) };
    if (!b->flags)
        return plumb_fail(diag, PLUMB_ENOMEM, "out of memory for a run of %s", s->name);
    none = b->flags + values;
    b->flags[p->leaf] = 1;
    o.wanted = none;
    if (use == PLUMB_LEAF_VARIES)
        o.laned = b->flags;
    else if (use == PLUMB_LEAF_ACTIVE)
        o.active = b->flags;
    else
        o.wanted = b->flags;
    if (use == PLUMB_LEAF_ACTIVE && lanes > 1)
        o.laned = b->flags;
    b->run = plumb_run_new(s->graph, R, &o, diag);
    if (!b->run)
        return PLUMB_ENOMEM;
    plumb_subject_load(s, b->run);
    for (int i = 0; i < p->nudges; i++)
        st |= plumb_run_bump(b->run, p->nudge[i].value, p->nudge[i].element, p->nudge[i].delta);
    return st;
}

void
plumb_unbind(plumb_binding *b)
{
    plumb_run_free(b->run);
    plumb_release(b->flags);
    *b = (plumb_binding){ NULL, NULL };
}

double
plumb_step_scale(const plumb_probe *p, size_t c)
{
    const double *x = p->subject->point[p->leaf];
    plumb_direction d = plumb_direction_of(p, c);
    size_t n = plumb_shape_size(&plumb_graph_value(p->subject->graph, p->leaf)->shape);
    double squares = 0, rms;
    for (size_t i = 0; i < n; i++)
        squares += x[i] * x[i];
    rms = sqrt(squares / (n ? (double)n : 1));
    rms = rms > 0 ? rms : 1;
    return d.n == 1 && fabs(x[*d.entry]) > 0x1p-10 * rms ? fabs(x[*d.entry]) : rms;
}

void
plumb_project(const plumb_probe *p, plumb_estimate *e, size_t row, size_t column, const plumb_num *R, const plumb_array *y)
{
    size_t n = plumb_shape_size(&plumb_graph_value(p->subject->graph, p->subject->output)->shape);
    mpfr_t sum, term;
    mpfr_inits2(e->num->precision + 64, sum, term, (mpfr_ptr)0);
    mpfr_set_zero(sum, 1);
    for (size_t j = 0; j < n; j++) {
        double u = p->cotangent[row * n + j];
        if (u == 0)
            continue;
        plumb_get_mpfr(R, y, j, term);
        mpfr_mul_d(term, term, u, MPFR_RNDN);
        mpfr_add(sum, sum, term, MPFR_RNDN);
    }
    plumb_set_mpfr(e->num, &e->value, plumb_place(e, row, column), sum);
    mpfr_clears(sum, term, (mpfr_ptr)0);
}

double
plumb_project_sigma(const plumb_probe *p, size_t row, const plumb_num *leaf, const plumb_array *variance, long bits)
{
    size_t n = plumb_shape_size(&plumb_graph_value(p->subject->graph, p->subject->output)->shape);
    double sum = 0;
    for (size_t j = 0; j < n; j++) {
        double u = p->cotangent[row * n + j];
        double v = leaf->get_d(leaf, variance->plane[0], variance->off + (ptrdiff_t)j * variance->inc);
        if (u != 0)
            sum += u * u * v;
    }
    return plumb_rounding_sigma(sum, bits);
}
