/* taylor.c - the perturbation argument: what a gradient leaves of f(x + h v) - f(x) shrinks like h^2
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * R0(h) = |f(x + hv) - f(x)| ~ h,  R1(h) = |f(x + hv) - f(x) - h g.v| ~ h^2, in 512 bits with the gradient g of
 * the backward pass in 512 bits.  A relative error e of g.v leaves e |g.v| h: the slope turns from 2 to 1
 * at the step where the two are equal, and the level after the turn says how large e is.
 *
 * The curves also show what double precision makes of it: the error of the forward and of the central
 * difference at the same steps. */
#include <math.h>
#include <stdio.h>
#include "checkers/judge/judge.h"
#include "checkers/laws/laws.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

enum { BITS = 512, FIRST = 4, OCTAVES = 4, POINTS = 36, LAST = FIRST + OCTAVES * (POINTS - 1), WANTED = 20, V_POINTS = 52 };

typedef struct expansion {
    const plumb_subject *s;
    const plumb_check_options *o;
    plumb_num *R;
    plumb_run *run, *f64;
    double *u, *v;                      /* cotangent, and the direction over all checked leaves */
    mpfr_t f0, slope, t, r;
    double log_r0[POINTS], log_r1[POINTS], at[POINTS], v_curve[3 * V_POINTS];
    plumb_status met;
} expansion;

static plumb_run *
bind(const plumb_subject *s, const plumb_num *R, plumb_diag *diag)
{
    plumb_run_options o = { .root = s->output, .wanted = s->checked, .poison = 1 };
    plumb_run *run = plumb_run_new(s->graph, R, &o, diag);
    if (run)
        plumb_subject_load(s, run);
    return run;
}

/* the leaves at x + h v */
static void
place(expansion *e, plumb_run *run, mpfr_srcptr h)
{
    const plumb_num *R = plumb_run_num(run);
    size_t at = 0;
    mpfr_t x;
    mpfr_init2(x, BITS);
    for (int v = 0; v < plumb_graph_values(e->s->graph); v++) {
        plumb_array leaf = plumb_run_value(run, v, 0);
        for (size_t i = 0; e->s->checked[v] && i < plumb_shape_size(&plumb_graph_value(e->s->graph, v)->shape); i++, at++) {
            mpfr_mul_d(x, h, e->v[at], MPFR_RNDN);
            mpfr_add_d(x, x, e->s->point[v][i], MPFR_RNDN);
            plumb_set_mpfr(R, &leaf, i, x);
        }
    }
    mpfr_clear(x);
}

/* u.y where the run stands */
static void
project(expansion *e, plumb_run *run, mpfr_ptr sum)
{
    plumb_array y = plumb_run_value(run, e->s->output, 0);
    mpfr_set_zero(sum, 1);
    for (size_t j = 0; j < plumb_shape_size(&plumb_graph_value(e->s->graph, e->s->output)->shape); j++) {
        plumb_get_mpfr(plumb_run_num(run), &y, j, e->t);
        mpfr_mul_d(e->t, e->t, e->u[j], MPFR_RNDN);
        mpfr_add(sum, sum, e->t, MPFR_RNDN);
    }
}

static void
evaluate(expansion *e, plumb_run *run, mpfr_srcptr h, mpfr_ptr f)
{
    place(e, run, h);
    e->met |= plumb_run_forward(run);
    project(e, run, f);
}

static plumb_status
open_expansion(expansion *e, plumb_diag *diag)
{
    const plumb_graph *g = e->s->graph;
    size_t outputs = plumb_shape_size(&plumb_graph_value(g, e->s->output)->shape), total = 0;
    plumb_random r = plumb_random_named(e->o->seed, "taylor");
    for (int v = 0; v < plumb_graph_values(g); v++)
        total += e->s->checked[v] ? plumb_shape_size(&plumb_graph_value(g, v)->shape) : 0;
    e->R = plumb_mpfr_new(BITS, diag);
    e->u = plumb_alloc(outputs + total, sizeof *e->u);
    if (!e->R || !e->u)
        return PLUMB_ENOMEM;
    e->v = e->u + outputs;
    for (size_t j = 0; j < outputs; j++)
        e->u[j] = outputs == 1 ? 1 : (double)(float)plumb_random_signed(&r);
    for (size_t i = 0; i < total; i++)
        e->v[i] = (double)(float)plumb_random_signed(&r);
    e->run = bind(e->s, e->R, diag), e->f64 = bind(e->s, &plumb_f64, diag);
    return e->run && e->f64 && total && outputs ? PLUMB_OK : e->run && e->f64 ? PLUMB_EDOMAIN : PLUMB_ENOMEM;
}

/* g.v into slope, f(x) into f0 */
static void
linearise(expansion *e)
{
    plumb_array bar = plumb_run_cotangent(e->run, e->s->output, 0);
    size_t at = 0;
    e->met |= plumb_run_forward(e->run);
    project(e, e->run, e->f0);
    for (size_t j = 0; j < plumb_shape_size(&plumb_graph_value(e->s->graph, e->s->output)->shape); j++)
        plumb_set_d(e->R, &bar, j, e->u[j]);
    e->met |= plumb_run_reverse(e->run);
    mpfr_set_zero(e->slope, 1);
    for (int v = 0; v < plumb_graph_values(e->s->graph); v++) {
        plumb_array g = plumb_run_cotangent(e->run, v, 0);
        for (size_t i = 0; e->s->checked[v] && i < plumb_shape_size(&plumb_graph_value(e->s->graph, v)->shape); i++, at++) {
            plumb_get_mpfr(e->R, &g, i, e->t);
            mpfr_mul_d(e->t, e->t, e->v[at], MPFR_RNDN);
            mpfr_add(e->slope, e->slope, e->t, MPFR_RNDN);
        }
    }
}

static double
log2_abs(mpfr_srcptr x)
{
    long exponent;
    double d = mpfr_get_d_2exp(&exponent, x, MPFR_RNDN);
    return d == 0 ? -INFINITY : isfinite(d) ? log2(fabs(d)) + (double)exponent : NAN;
}

static void
expand(expansion *e)
{
    mpfr_t h;
    mpfr_init2(h, BITS);
    for (int k = 0; k < POINTS; k++) {
        e->at[k] = -(FIRST + OCTAVES * k);
        mpfr_set_ui_2exp(h, 1, (long)e->at[k], MPFR_RNDN);
        evaluate(e, e->run, h, e->r);
        mpfr_sub(e->r, e->r, e->f0, MPFR_RNDN);
        e->log_r0[k] = log2_abs(e->r);
        mpfr_mul(e->t, e->slope, h, MPFR_RNDN);
        mpfr_sub(e->r, e->r, e->t, MPFR_RNDN);
        e->log_r1[k] = log2_abs(e->r);
    }
    mpfr_clear(h);
}

/* Errors of differences in f64 for steps of one octave, against the difference at a step of 2^-240 in 512 bits: not against the
 * gradient, which may be what is wrong. */
static void
v_curve(expansion *e)
{
    mpfr_t h, up, down;
    mpfr_inits2(BITS, h, up, down, (mpfr_ptr)0);
    mpfr_set_ui_2exp(h, 1, -240, MPFR_RNDN), evaluate(e, e->run, h, up);
    mpfr_sub(e->slope, up, e->f0, MPFR_RNDN), mpfr_mul_2si(e->slope, e->slope, 240, MPFR_RNDN);
    mpfr_set_zero(h, 1);
    evaluate(e, e->f64, h, e->f0);
    for (int k = 0; k < V_POINTS; k++) {
        double *row = e->v_curve + 3 * k;
        mpfr_set_ui_2exp(h, 1, -k, MPFR_RNDN), evaluate(e, e->f64, h, up);
        mpfr_neg(h, h, MPFR_RNDN), evaluate(e, e->f64, h, down);
        row[0] = ldexp(1, -k);
        mpfr_sub(e->r, up, e->f0, MPFR_RNDN), mpfr_mul_2si(e->r, e->r, k, MPFR_RNDN), mpfr_sub(e->r, e->r, e->slope, MPFR_RNDN);
        row[1] = fabs(mpfr_get_d(e->r, MPFR_RNDN));
        mpfr_sub(e->r, up, down, MPFR_RNDN), mpfr_mul_2si(e->r, e->r, k - 1, MPFR_RNDN), mpfr_sub(e->r, e->r, e->slope, MPFR_RNDN);
        row[2] = fabs(mpfr_get_d(e->r, MPFR_RNDN));
    }
    mpfr_clears(h, up, down, (mpfr_ptr)0);
}

/* ---- the verdict ---- */

typedef struct reading {
    int straight, octaves, turned;      /* no remainder at all; octaves of slope 2; the slope went to 1 */
    double turn, error;                 /* log2 of the step, relative error of g.v that the level means */
} reading;

/* The floor: what 512 bits leave of f. */
static reading
read_curve(const expansion *e)
{
    reading r = { .error = 0 };
    double floor = log2_abs(e->f0) - BITS + 24, gv = log2_abs(e->slope);
    int last = POINTS - 1, two = 0;
    floor = fmax(floor, gv + e->at[POINTS - 1] - BITS + 24);
    while (last > 0 && !(e->log_r1[last] > floor))
        last--;
    r.straight = last < POINTS - 1;             /* it vanishes: straight from there on (a ReLU, a product with a constant) */
    for (int k = 1; k <= last && !r.straight; k++) {
        double slope = (e->log_r1[k - 1] - e->log_r1[k]) / OCTAVES;
        two = fabs(slope - 2) < 0.1 || slope > 2.5 ? two + OCTAVES : 0;         /* steeper: the curvature vanishes here */
        r.octaves = two > r.octaves ? two : r.octaves;
        if (k == last && fabs(slope - 1) < 0.1)
            r.turned = 1;
    }
    for (int k = last; r.turned && k > 0 && fabs((e->log_r1[k - 1] - e->log_r1[k]) / OCTAVES - 1) < 0.5; k--)
        r.turn = e->at[k - 1];
    if (r.turned)
        r.error = exp2(e->log_r1[last] - e->at[last] - gv);
    return r;
}

static int
near_kink(const expansion *e, plumb_status *st, plumb_diag *diag)
{
    plumb_num *R = plumb_rounding_new(&plumb_f64, diag);
    plumb_run *run = R ? bind(e->s, R, diag) : NULL;
    plumb_events ties = { 0, { { 0 } } };
    if (run && !(plumb_run_forward(run) & PLUMB_ENOMEM))
        (void)!plumb_run_ties(run, 53, &ties);
    *st |= run ? PLUMB_OK : PLUMB_ENOMEM;
    plumb_run_free(run);
    plumb_num_free(R);
    return ties.count > 0;
}

/* 0.3 - 1 and -0.7 are not the same double: what somebody typed is right to a few units of that rounding. */
static int
has_decimals(const plumb_subject *s)
{
    for (int i = 0; i < plumb_graph_nodes(s->graph); i++)
        if (!plumb_graph_node(s->graph, i)->op->origin)
            return 1;
    return 0;
}

static plumb_status
say(const expansion *e, const reading *r, plumb_sink *sink, int *drawn, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    plumb_finding f = { .subject = e->s->name, .part = e->s->part, .what = "law:taylor", .route = "reverse-mpfr", .against = "the law", .law = 1,
        .entries = POINTS, .rows = 1, .evaluations = POINTS, .z_max = NAN, .z_median = NAN, .error = r->error, .bar = exp2(e->at[POINTS - 1]) };
    f.resolution = f.bar;
    if (e->met & (PLUMB_EUNABLE | PLUMB_EDOMAIN) || isnan(e->log_r1[POINTS - 1]) || isnan(e->log_r0[POINTS - 1])) {
        f.verdict = e->met & PLUMB_EUNABLE ? PLUMB_UNRESOLVED : PLUMB_DOMAIN;
        snprintf(f.why, sizeof f.why, "the function is not finite around this point");
    } else if (r->turned && r->error < 0x1p-48 && has_decimals(e->s)) {
        f.verdict = PLUMB_CORRECT;
        snprintf(f.why, sizeof f.why, "slope 2 down to h = 2^%.0f: the decimal numbers of formula and slope, rounded to double precision, fit to %.2g", r->turn,
            r->error);
    } else if (r->turned || (!r->straight && r->octaves < WANTED)) {
        f.verdict = near_kink(e, &st, diag) ? PLUMB_KINK : PLUMB_WRONG;
        if (f.verdict == PLUMB_KINK)
            snprintf(f.why, sizeof f.why, "at a kink there is no linear part to take away");
        else if (r->turned)
            snprintf(f.why, sizeof f.why, "the remainder falls like h^2 for %d octaves and like h below h = 2^%.0f: the gradient is off by %.2g "
                "of itself along this direction", r->octaves, r->turn, r->error);
        else
            snprintf(f.why, sizeof f.why, "the remainder falls like h^2 for %d octaves only, %d were expected", r->octaves, WANTED);
    } else {
        f.verdict = PLUMB_CORRECT;
        if (r->straight)
            snprintf(f.why, sizeof f.why, "the function is straight along this direction near the point");
        else
            snprintf(f.why, sizeof f.why, "slope 2 over %d octaves", r->octaves);
    }
    if (!st)
        plumb_law_report(e->s, e->o, sink, &f);
    *drawn = f.verdict != PLUMB_KINK;           /* where there is no linear part there is nothing to see */
    return st;
}

static void
draw(const expansion *e, plumb_sink *sink)
{
    static const char *const names[] = { "h", "R0 = |f(x+hv) - f(x)|", "R1 = |f(x+hv) - f(x) - h g.v|" }, *const units[] = { "log2", "log2", "log2" };
    static const char *const v_names[] = { "h", "forward difference", "central difference" }, *const v_units[] = { "", "error", "error" };
    double data[3 * POINTS];
    plumb_figure f = { "log2", e->s->name, "Taylor remainder", "In 512 bits, along a random direction v: R0 falls like h (slope 1), R1 like h^2 "
        "(slope 2) if the gradient g is right; an error of g would bend R1 back to slope 1. A remainder of exactly 0 is not drawn.", 3, names, units, POINTS, data, NULL };
    plumb_figure v = { "v-curve", e->s->name, "Differences in double precision", "The same direction in double precision: the truncation error falls "
        "with the step, then rounding grows like 1/h. No step gives all digits. Forward: (f(x+hv) - f(x))/h; central: (f(x+hv) - f(x-hv))/2h. A dip is a step "
        "at which the error changes its sign.", 3, v_names, v_units, V_POINTS, e->v_curve, NULL };
    for (int k = 0; k < POINTS; k++)
        data[3 * k] = e->at[k], data[3 * k + 1] = e->log_r0[k], data[3 * k + 2] = e->log_r1[k];
    sink->figure(sink, &f);
    sink->figure(sink, &v);
}

plumb_status
plumb_law_taylor(const plumb_subject *s, const plumb_check_options *o, plumb_sink *sink, plumb_diag *diag)
{
    expansion e = { .s = s, .o = o };
    reading r;
    int drawn = 0;
    plumb_status st;
    if (*s->part)
        return PLUMB_OK;
    mpfr_inits2(BITS, e.f0, e.slope, e.t, e.r, (mpfr_ptr)0);
    st = open_expansion(&e, diag);
    if (!st) {
        linearise(&e);
        expand(&e);
        r = read_curve(&e);
        st = e.met & (PLUMB_ENOMEM | PLUMB_EINPUT);
        st |= st ? st : say(&e, &r, sink, &drawn, diag);
        if (!st && drawn && sink->figure) {
            v_curve(&e);
            draw(&e, sink);
            st = e.met & (PLUMB_ENOMEM | PLUMB_EINPUT);
        }
    }
    mpfr_clears(e.f0, e.slope, e.t, e.r, (mpfr_ptr)0);
    plumb_run_free(e.run);
    plumb_run_free(e.f64);
    plumb_num_free(e.R);
    plumb_release(e.u);
    return st & (PLUMB_ENOMEM | PLUMB_EINPUT);
}
