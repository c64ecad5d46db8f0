/* forward.c - forward mode: the forward pass over dual numbers, no VJP code of any op
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The system is dual(rounding(f64)) with a block of unit tangents: value and bar in one run. */
#include "checkers/routes/routes.h"

enum { BLOCK = 16 };

/* direction c times v into one lane of the tangents */
static void
set_tangent(const plumb_probe *p, const plumb_num *base, const plumb_array *dot, size_t l, size_t c, double v)
{
    plumb_array lane = plumb_lane(dot, l);
    plumb_direction d = plumb_direction_of(p, c);
    for (size_t i = 0; i < d.n; i++)
        plumb_set_d(base, &lane, d.entry[i], v * plumb_weight(&d, i));
}

static plumb_status
block(const plumb_probe *p, plumb_run *run, const plumb_num *R, plumb_estimate *e, size_t first)
{
    const plumb_num *base = R->base;
    size_t count = p->entries - first < BLOCK ? p->entries - first : BLOCK;
    plumb_array x = plumb_run_value(run, p->leaf, 0), dot = plumb_half(base, &x, 1), y;
    plumb_status st;
    for (size_t l = 0; l < count; l++)
        set_tangent(p, base, &dot, l, first + l, 1);
    st = plumb_run_forward(run);
    y = plumb_run_value(run, p->subject->output, 0);
    dot = plumb_half(base, &y, 1);
    for (size_t l = 0; l < count; l++) {
        plumb_array lane = plumb_lane(&dot, l), v = plumb_half(&plumb_f64, &lane, 1), d = plumb_half(&plumb_f64, &lane, 0);
        for (size_t r = 0; r < p->rows; r++) {
            size_t at = plumb_place(e, r, first + l);
            plumb_project(p, e, r, first + l, &plumb_f64, &d);
            e->bar[at] = e->sigmas * plumb_project_sigma(p, r, &plumb_f64, &v, 53);
            e->status[at] = st;
        }
    }
    x = plumb_run_value(run, p->leaf, 0), dot = plumb_half(base, &x, 1);
    for (size_t l = 0; l < count; l++)
        set_tangent(p, base, &dot, l, first + l, 0);
    e->evaluations += count;
    return st & (PLUMB_ENOMEM | PLUMB_EINPUT);
}

static plumb_status
estimate(const plumb_route *route, const plumb_probe *p, plumb_estimate *e, plumb_diag *diag)
{
    plumb_num *rounding = plumb_rounding_new(&plumb_f64, diag);
    plumb_num *R = rounding ? plumb_dual_new(rounding, BLOCK, diag) : NULL;
    plumb_binding b = { NULL, NULL };
    plumb_status st = R ? plumb_bind(&b, p, R, PLUMB_LEAF_ACTIVE, 1, p->team, diag) : PLUMB_ENOMEM;
    (void)route;
    e->sigmas = plumb_sigmas(p->alpha, p->rows * p->entries);
    for (size_t first = 0; first < p->entries && !st; first += BLOCK)
        st |= block(p, b.run, R, e, first);
    plumb_unbind(&b);
    plumb_num_free(R);
    plumb_num_free(rounding);
    return st;
}

const plumb_route plumb_route_forward = { "forward", "forward mode over dual numbers", "dual", 1, 53, 1e-6, NULL, estimate };
