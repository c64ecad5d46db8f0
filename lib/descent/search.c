/* search.c - searches without gradients: Nelder and Mead's simplex as GSL has it, and a random walk that keeps what is lower
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multimin.h>
#include <math.h>
#include <string.h>
#include "lib/base/alloc.h"
#include "lib/base/random.h"
#include "plumbline/descent.h"

typedef struct counted {
    const plumb_objective *o;
    long calls, most;
    double best;
} counted;

static double
call(counted *c, const double *x)
{
    double y = c->calls < c->most ? c->o->f(c->o->with, x) : INFINITY;
    c->calls++;
    if (isnan(y))
        y = INFINITY;
    if (y < c->best && y > -INFINITY) {
        c->best = y;
        if (c->o->tell)
            c->o->tell(c->o->with, c->calls, y, x);
    }
    return y;
}

/* GSL ends the process over a value that is not finite. */
static double
call_gsl(const gsl_vector *x, void *with)
{
    return fmin(call(with, x->data), 1e300);
}

/* ---- Nelder and Mead ---- */

static plumb_status
simplex(const plumb_objective *o, size_t n, double *x, double step, long calls, uint64_t seed, double *best)
{
    gsl_error_handler_t *before = gsl_set_error_handler_off();
    counted c = { o, 0, calls, INFINITY };
    gsl_multimin_function f = { call_gsl, n, &c };
    gsl_vector_view start = gsl_vector_view_array(x, n);
    gsl_vector *sizes = gsl_vector_alloc(n);
    gsl_multimin_fminimizer *m = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex, n);
    plumb_status st = sizes && m ? PLUMB_OK : PLUMB_ENOMEM;
    (void)seed;
    if (!st) {
        gsl_vector_set_all(sizes, step);
        st = !isfinite(call(&c, x)) || gsl_multimin_fminimizer_set(m, &f, &start.vector, sizes) || !isfinite(c.best) ? PLUMB_EDOMAIN : PLUMB_OK;
    }
    while (!st && c.calls < calls && gsl_multimin_fminimizer_size(m) > 1e-12 && !gsl_multimin_fminimizer_iterate(m))
        continue;
    if (!st)
        memcpy(x, gsl_multimin_fminimizer_x(m)->data, n * sizeof *x), *best = gsl_multimin_fminimizer_minimum(m);
    gsl_vector_free(sizes);
    gsl_multimin_fminimizer_free(m);
    gsl_set_error_handler(before);
    return st;
}

/* ---- a random walk ---- */

/* The length of the steps is doubled by a success and shrinks by failures, so that one in five succeeds (Rechenberg 1973); every fourth has the first length, for
 * stairs that are wider than what the others have shrunk to. */
static plumb_status
walk(const plumb_objective *o, size_t n, double *x, double step, long calls, uint64_t seed, double *best)
{
    counted c = { o, 0, calls, INFINITY };
    plumb_random r = plumb_random_named(seed, "walk");
    double *next = plumb_alloc(n, sizeof *next), now, length = step;
    if (!next)
        return PLUMB_ENOMEM;
    now = call(&c, x);
    while (c.calls < calls && isfinite(now) && isfinite(c.best)) {
        double there, now_long = c.calls % 4 ? length : step;
        for (size_t i = 0; i < n; i++)
            next[i] = x[i] + now_long * plumb_random_normal(&r);
        there = call(&c, next);
        if (c.calls % 4 != 1)
            length *= there < now ? 2 : 0.8408964152537145;     /* 2^(-1/4) */
        if (there < now)
            now = there, memcpy(x, next, n * sizeof *x);
    }
    plumb_release(next);
    *best = now;
    return isfinite(now) ? PLUMB_OK : PLUMB_EDOMAIN;
}

static const plumb_search nelder_mead = { "nelder-mead", "a simplex that is reflected, stretched and shrunk", "Nelder, Mead 1965; GSL's nmsimplex", simplex },
    random_walk = { "random", "normal steps of which those down are kept", "Rechenberg 1973", walk };
const plumb_search *const plumb_searches[] = { &nelder_mead, &random_walk, NULL };

const plumb_search *
plumb_search_find(const char *name)
{
    for (int i = 0; plumb_searches[i]; i++)
        if (!strcmp(plumb_searches[i]->name, name))
            return plumb_searches[i];
    return NULL;
}
