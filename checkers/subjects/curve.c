/* curve.c - the perturbation argument as a picture: a formula, its claimed tangent at a point, and secants
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include "plumbline/formula.h"
#include "plumbline/sink.h"

enum { POINTS = 81, COLUMNS = 5 };

static plumb_status
value(const plumb_program *P, double x, plumb_work *w, double *y)
{
    plumb_array in = { .plane = { &x }, .inc = 1 }, out = { .plane = { y }, .inc = 1 };
    return plumb_program_run(&plumb_f64, P, PLUMB_SET, &out, &in, 1, w);
}

/* a point of ordinary size where the formula, its slope and the secants' ends are finite */
static int
stand(const plumb_program *P, const plumb_compiled *all, plumb_work *w, double *x0, double at[4])
{
    static const double likely[] = { 1, -1, 0.5, -0.5, 2, -2, 0.25, 3 };
    for (size_t i = 0; i < sizeof likely / sizeof *likely; i++) {
        double x = likely[i], in4[4] = { x, x, 0, 1 }, back;
        plumb_array in[4], out = { .plane = { &back }, .inc = 1 };
        if (value(P, x, w, &at[0]) | value(P, x + 1, w, &at[1]) | value(P, x + 0.25, w, &at[2]))
            return 0;
        in4[2] = at[0];
        for (int k = 0; k < 4; k++)
            in[k] = (plumb_array){ .plane = { &in4[k] }, .inc = 1 };
        if (plumb_program_run(&plumb_f64, &all->pullback[0], PLUMB_SET, &out, in, 1, w))
            return 0;
        at[3] = back, *x0 = x;
        if (isfinite(at[0]) && isfinite(at[1]) && isfinite(at[2]) && isfinite(at[3]))
            return 1;
    }
    return 0;
}

plumb_status
plumb_formula_curve(const plumb_formula_subject *f, plumb_sink *sink)
{
    static const char *const names[] = { "x", "f(x)", "claimed tangent", "secant over 1", "secant over 1/4" }, *const units[] = { "", "", "", "", "" };
    const plumb_compiled *all = plumb_graph_node(f->subject->graph, 0)->compiled;
    double data[POINTS * COLUMNS], at[4], x0;
    char caption[200];
    plumb_work *w;
    plumb_figure figure = { "tangent", f->subject->name, "The curve, the claimed tangent and secants", caption, COLUMNS, names, units, POINTS, data,
        NULL };
    plumb_status st = PLUMB_OK;
    if (f->op.nin != 1 || !sink->figure)
        return PLUMB_OK;
    w = plumb_work_new(&plumb_f64, 1);
    if (!w)
        return PLUMB_ENOMEM;
    if (stand(&all->value, all, w, &x0, at)) {
        for (int i = 0; i < POINTS && !(st & PLUMB_ENOMEM); i++) {
            double *row = data + i * COLUMNS, x = -4 + 0.1 * i;
            row[0] = x;
            st |= value(&all->value, x, w, &row[1]);
            row[2] = at[0] + at[3] * (x - x0), row[3] = at[0] + (at[1] - at[0]) * (x - x0), row[4] = at[0] + (at[2] - at[0]) / 0.25 * (x - x0);
        }
        snprintf(caption, sizeof caption, "At x = %g: the secants turn into the tangent as their step gets smaller; a claimed tangent that they do not "
            "turn into is wrong.", x0);
        sink->figure(sink, &figure);
    }
    plumb_work_free(w);
    return st & PLUMB_ENOMEM;
}
