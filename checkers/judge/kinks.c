/* kinks.c - points without a derivative: which entries they touch, and which subgradients are legitimate
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * At exact ties the gradient is set-valued.  With every tie moved off to its lower side by a hair the
 * differences give G0, and with tie t moved to its upper side G0 + v_t: the legitimate answers of a
 * backward pass are G0 + sum s_t v_t with 0 <= s_t <= 1 (ReLU, abs, max; Clarke 1983).  Forward mode
 * takes each direction's own side: it is judged entry by entry against the ends.
 *
 * In f32 a pre-activation a few roundings away from a kink may fall on the other side of it than in
 * the reference.  Where the f32 run did, the reference is evaluated on that side, too. */
#include <math.h>
#include <string.h>
#include "checkers/judge/judge.h"
#include "checkers/routes/routes.h"
#include "lib/base/alloc.h"

/* ---- exact ties ---- */

/* Several comparisons of one formula may turn on the same element: one move takes it off all of them. */
static void
once_each(plumb_events *ties)
{
    size_t kept = 0, n = ties->count < PLUMB_MAXEVENTS ? ties->count : PLUMB_MAXEVENTS;
    for (size_t i = 0; i < n; i++) {
        size_t same = 0;
        while (same < kept && (ties->at[same].value != ties->at[i].value || ties->at[same].element != ties->at[i].element))
            same++;
        if (same == kept)
            ties->at[kept++] = ties->at[i];
        else
            ties->at[same].margin = fmax(ties->at[same].margin, ties->at[i].margin);
    }
    ties->count -= n - kept;
}

static plumb_status
find(plumb_trial *t, long bits, plumb_events *ties, plumb_diag *diag)
{
    plumb_num *R = plumb_rounding_new(&plumb_f64, diag);
    plumb_binding b = { NULL, NULL };
    plumb_status st = R ? plumb_bind(&b, &t->probe, R, PLUMB_LEAF_WANTED, 1, 1, diag) : PLUMB_ENOMEM;
    if (!st)
        st = (plumb_run_forward(b.run) | plumb_run_ties(b.run, bits, ties)) & (PLUMB_ENOMEM | PLUMB_EINPUT);
    if (!st)
        once_each(ties);
    plumb_unbind(&b);
    plumb_num_free(R);
    return st;
}

static plumb_probe
nudged(const plumb_trial *t, const plumb_events *ties, int count, int up)
{
    plumb_probe p = t->probe;
    p.nudges = count;
    for (int i = 0; i < count; i++) {
        double by = fmax(0x1p-90, 2 * ties->at[i].margin);
        p.nudge[i] = (plumb_nudge){ ties->at[i].value, ties->at[i].element, i == up ? by : -by };
    }
    return p;
}

/* The differences with all ties down (side[0]) and with each one up in turn; the caller clears. */
static plumb_status
sides(plumb_trial *t, plumb_estimate *side, int *made, plumb_diag *diag)
{
    int count = (int)t->ties.count;
    plumb_status st = PLUMB_OK;
    *made = 0;
    for (int i = -1; i < count && !st; i++) {
        plumb_probe p = nudged(t, &t->ties, count, i);
        st = plumb_estimate_make(&plumb_route_difference, &p, &side[i + 1], diag);
        *made += !st;
    }
    return st;
}

static void
clear_sides(plumb_estimate *side, int made)
{
    for (int i = 0; i < made; i++)
        plumb_estimate_clear(&side[i]);
}

static double
value(const plumb_estimate *e, size_t at)
{
    return plumb_get_d(e->num, &e->value, at);
}

plumb_status
plumb_trial_ties(plumb_trial *t, plumb_diag *diag)
{
    plumb_estimate side[PLUMB_MAXTIES + 1];
    int made = 0;
    plumb_status st = find(t, 53, &t->ties, diag);
    if (st || !t->ties.count)
        return st;
    for (size_t i = 0; i < t->ties.count && i < PLUMB_MAXEVENTS; i++)       /* another choice, another function */
        t->steps |= plumb_graph_node(t->subject->graph, t->ties.at[i].node)->op->makes == PLUMB_INDEX;
    if (t->ties.count > PLUMB_MAXTIES || t->steps) {
        memset(t->tied, 1, t->n);
        return PLUMB_OK;
    }
    st = sides(t, side, &made, diag);
    for (size_t at = 0; at < t->n && !st; at++)
        for (int k = 1; k < made; k++) {
            double jump = fabs(value(&side[k], at) - value(&side[0], at));
            if (!(jump <= 4 * (side[k].bar[at] + side[0].bar[at]) + 0x1p-70 * fabs(value(&side[0], at))))
                t->tied[at] = 1;
        }
    clear_sides(side, made);
    return st;
}

/* Coordinate descent on the box: few ties, a convex quadratic. */
static void
fit(const plumb_trial *t, const plumb_estimate *claim, const plumb_estimate *side, int ties, double *s)
{
    for (int k = 0; k < ties; k++)
        s[k] = 0.5;
    for (int sweep = 0; sweep < 60; sweep++)
        for (int k = 0; k < ties; k++) {
            double top = 0, bottom = 0;
            for (size_t at = 0; at < t->n; at++) {
                double v = value(&side[k + 1], at) - value(&side[0], at), r = value(claim, at) - value(&side[0], at), w;
                if (!t->tied[at] || !isfinite(v) || !isfinite(r))
                    continue;
                for (int j = 0; j < ties; j++)
                    if (j != k)
                        r -= s[j] * (value(&side[j + 1], at) - value(&side[0], at));
                w = 1 / fmax(claim->bar[at] * claim->bar[at], 1e-300);
                top += w * r * v, bottom += w * v * v;
            }
            s[k] = bottom > 0 ? fmin(1, fmax(0, top / bottom)) : 0.5;
        }
}

/* How far a claim's entry is outside what is legitimate. */
static double
excess(const plumb_estimate *claim, const plumb_estimate *side, int ties, const double *s, int each_its_own, size_t at,
    double *nearest)
{
    double x = value(claim, at), lo = value(&side[0], at), hi = lo, fitted = lo;
    for (int k = 0; k < ties; k++) {
        double v = value(&side[k + 1], at) - value(&side[0], at);
        lo += fmin(v, 0), hi += fmax(v, 0), fitted += s[k] * v;
    }
    *nearest = each_its_own ? fmin(hi, fmax(lo, x)) : fitted;
    return fabs(x - *nearest);
}

plumb_status
plumb_trial_kink(plumb_trial *t, int route, int *legitimate, size_t *worst, double *want, plumb_diag *diag)
{
    const plumb_estimate *claim = &t->estimate[route];
    int ties = (int)t->ties.count, made = 0, own = strcmp(claim->route->name, "forward") == 0;
    plumb_estimate side[PLUMB_MAXTIES + 1];
    plumb_status st = sides(t, side, &made, diag);
    double most = -1;
    *legitimate = 1;
    if (!st)
        fit(t, claim, side, ties, t->share);
    for (size_t at = 0; at < t->n && !st; at++) {
        double nearest = 0, over = t->tied[at] ? excess(claim, side, ties, t->share, own, at, &nearest) : 0;
        double slack = claim->bar[at] + side[0].bar[at] + 0x1p-70 * fabs(value(claim, at));
        if (t->tied[at] && !(over <= slack) && !(over <= most))
            most = over, *worst = at, *want = nearest, *legitimate = 0;
    }
    clear_sides(side, made);
    return st;
}

/* ---- near ties of f32 ---- */

/* Keeps the near ties at which the f32 run stands on the other side; moves them there. */
static plumb_status
swung_ties(plumb_trial *t, plumb_events *near, plumb_probe *p, plumb_diag *diag)
{
    plumb_binding b = { NULL, NULL };
    plumb_status st = plumb_bind(&b, &t->probe, &plumb_f32, PLUMB_LEAF_WANTED, 1, 1, diag);
    *p = t->probe;
    p->nudges = 0;
    if (!st)
        st = plumb_run_forward(b.run) & (PLUMB_ENOMEM | PLUMB_EINPUT);
    for (size_t i = 0; i < near->count && i < PLUMB_MAXEVENTS && !st; i++) {
        const plumb_event *e = &near->at[i];
        double here;
        st = plumb_run_tie_value(b.run, e, &here) & PLUMB_ENOMEM;
        if (e->at != 0 && (here > 0) != (e->at > 0) && p->nudges < PLUMB_MAXTIES)
            p->nudge[p->nudges++] = (plumb_nudge){ e->value, e->element, here > 0 ? e->margin : -e->margin };
    }
    plumb_unbind(&b);
    return st;
}

plumb_status
plumb_trial_swings(plumb_trial *t, plumb_diag *diag)
{
    plumb_events near;
    plumb_probe p;
    plumb_status st = find(t, 24, &near, diag);
    st |= st || !near.count ? st : swung_ties(t, &near, &p, diag);
    if (st || !near.count || !p.nudges)
        return st;
    st = plumb_estimate_make(&plumb_route_reverse_mpfr, &p, &t->other_side, diag);
    if (st)
        return st;
    t->swings = p.nudges;
    plumb_release(t->other_side.via);           /* it stands in for the reference of each pair */
    t->other_side.via = plumb_text_copy("");
    for (size_t at = 0; at < t->n; at++)
        t->swung[at] = 1;
    return t->other_side.via ? PLUMB_OK : PLUMB_ENOMEM;
}
