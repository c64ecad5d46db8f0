/* audited.c - what other checkers rely on, with the error that it claims for itself: audited, and never a witness
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ridders      Richardson extrapolation of central differences, step divided by 1.4; the claimed error is the
 *              larger distance of the best entry of the tableau from its two neighbours (Ridders 1982)
 * gsl-deriv    gsl_deriv_central: 5-point rule with one adapted step and its own error estimate
 * Both see the function u.f(x + t v) in double precision. */
#include <gsl/gsl_deriv.h>
#include <math.h>
#include "checkers/routes/routes.h"

enum { TABLEAU = 10 };

typedef struct line {
    const plumb_probe *p;
    plumb_run *run;
    size_t row, column, evaluations;
    plumb_status met;
} line;

static double
at(double t, void *with)
{
    line *l = with;
    const plumb_probe *p = l->p;
    plumb_direction d = plumb_direction_of(p, l->column);
    plumb_array leaf = plumb_run_value(l->run, p->leaf, 0), y;
    double sum = 0;
    size_t n = plumb_shape_size(&plumb_graph_value(p->subject->graph, p->subject->output)->shape);
    for (size_t i = 0; i < d.n; i++)
        plumb_set_d(&plumb_f64, &leaf, d.entry[i], p->subject->point[p->leaf][d.entry[i]] + t * plumb_weight(&d, i));
    l->met |= plumb_run_vary(l->run);
    l->evaluations++;
    y = plumb_run_value(l->run, p->subject->output, 0);
    for (size_t j = 0; j < n; j++)
        sum += p->cotangent[l->row * n + j] * plumb_get_d(&plumb_f64, &y, j);
    for (size_t i = 0; i < d.n; i++)
        plumb_set_d(&plumb_f64, &leaf, d.entry[i], p->subject->point[p->leaf][d.entry[i]]);
    return sum;
}

typedef void method(line *, double scale, double *value, double *error);

static void
ridders(line *l, double scale, double *value, double *error)
{
    static const double shrink = 1.4, safe = 2;
    double a[TABLEAU][TABLEAU], h = scale / 8;
    *error = INFINITY, *value = NAN;
    for (int i = 0; i < TABLEAU; i++, h /= shrink) {
        double factor = shrink * shrink;
        a[0][i] = (at(h, l) - at(-h, l)) / (2 * h);
        if (i == 0)
            *value = a[0][0];
        for (int j = 1; j <= i; j++, factor *= shrink * shrink) {
            double e;
            a[j][i] = (a[j - 1][i] * factor - a[j - 1][i - 1]) / (factor - 1);
            e = fmax(fabs(a[j][i] - a[j - 1][i]), fabs(a[j][i] - a[j - 1][i - 1]));
            if (e <= *error)
                *error = e, *value = a[j][i];
        }
        if (i > 0 && fabs(a[i][i] - a[i - 1][i - 1]) >= safe * *error)
            return;
    }
}

static void
gsl(line *l, double scale, double *value, double *error)
{
    gsl_function f = { at, l };
    (void)gsl_deriv_central(&f, 0, scale / 64, value, error);       /* cannot raise */
}

static plumb_status
estimate_by(method *m, const plumb_probe *p, plumb_estimate *e, plumb_diag *diag)
{
    plumb_binding b;
    plumb_status st = plumb_bind(&b, p, &plumb_f64, PLUMB_LEAF_VARIES, 1, 1, diag);
    line l = { .p = p, .run = b.run };
    if (!st)
        l.met |= plumb_run_forward(b.run);
    for (size_t r = 0; r < p->rows && !st; r++)
        for (size_t c = 0; c < p->entries; c++) {
            double value, error;
            l.row = r, l.column = c;
            m(&l, plumb_step_scale(p, c), &value, &error);
            plumb_set_d(e->num, &e->value, plumb_place(e, r, c), value);
            e->bar[plumb_place(e, r, c)] = error, e->status[plumb_place(e, r, c)] = l.met;
        }
    e->evaluations = l.evaluations;
    plumb_unbind(&b);
    return st;
}

static plumb_status
by_ridders(const plumb_route *route, const plumb_probe *p, plumb_estimate *e, plumb_diag *diag)
{
    (void)route;
    return estimate_by(ridders, p, e, diag);
}

static plumb_status
by_gsl(const plumb_route *route, const plumb_probe *p, plumb_estimate *e, plumb_diag *diag)
{
    (void)route;
    return estimate_by(gsl, p, e, diag);
}

static const plumb_route route_ridders = { "ridders", "Richardson extrapolation of central differences, with its own error claim", NULL, 0, 53,
    1e-4, NULL, by_ridders };
static const plumb_route route_gsl = { "gsl-deriv", "gsl_deriv_central, with its own error claim", NULL, 0, 53, 1e-4, NULL, by_gsl };
const plumb_route *const plumb_audited[] = { &route_ridders, &route_gsl, NULL };
