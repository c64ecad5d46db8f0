/* check.c - the walk of a check: each tensor by each route, then the laws, then each module alone
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/judge/judge.h"
#include "checkers/routes/routes.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

enum { DENSE = 3 };
static const size_t full_jacobian = 20000;      /* entries up to which every output has its own product */

/* ---- what is asked ---- */

/* Signed cotangents, never all ones: one per output where that is affordable, else a few dense ones. */
static plumb_status
choose_cotangents(plumb_trial *t, size_t outputs)
{
    int each = outputs * t->probe.entries <= full_jacobian && outputs <= 256;
    plumb_random r = plumb_random_named(t->options->seed, "cotangents");
    size_t rows = each || outputs < DENSE ? outputs : DENSE;
    t->cotangent = plumb_alloc(rows * outputs, sizeof *t->cotangent);
    if (!t->cotangent)
        return PLUMB_ENOMEM;
    for (size_t row = 0; row < rows; row++)
        for (size_t j = 0; j < outputs; j++)
            if (!each || j == row)
                t->cotangent[row * outputs + j] = (double)(float)plumb_random_signed(&r);
    t->probe.cotangent = t->cotangent, t->probe.rows = rows;
    return PLUMB_OK;
}

/* |cotangent||y|/|x|: what a derivative of this function along this leaf would be of ordinary size */
static plumb_status
ordinary_size(plumb_trial *t, size_t outputs, plumb_diag *diag)
{
    plumb_binding b;
    plumb_status st = plumb_bind(&b, &t->probe, &plumb_f64, PLUMB_LEAF_WANTED, 1, 1, diag);
    double scale = 0;
    if (!st)
        st = plumb_run_forward(b.run) & (PLUMB_ENOMEM | PLUMB_EINPUT);
    for (size_t row = 0; row < t->probe.rows && !st; row++) {
        plumb_array y = plumb_run_value(b.run, t->subject->output, 0);
        double sum = 0;
        for (size_t j = 0; j < outputs; j++)
            sum += fabs(t->cotangent[row * outputs + j] * plumb_get_d(&plumb_f64, &y, j));
        t->size = isfinite(sum) ? fmax(t->size, sum) : t->size;
    }
    for (size_t c = 0; c < t->probe.entries; c++)
        scale = fmax(scale, plumb_step_scale(&t->probe, c));
    t->size = scale > 0 ? t->size / scale : t->size;
    plumb_unbind(&b);
    return st;
}

/* ---- one tensor ---- */

static void
close_trial(plumb_trial *t)
{
    if (!t)
        return;
    for (int i = 0; i < PLUMB_MAXROUTES; i++)
        plumb_estimate_clear(&t->estimate[i]);
    plumb_estimate_clear(&t->other_side);
    plumb_release(t->entry);
    plumb_release(t->start);
    plumb_release(t->weight);
    plumb_release(t->cotangent);
    plumb_release(t->tied);
    plumb_release(t->swung);
    plumb_release(t);
}

static plumb_status
ask_routes(plumb_trial *t, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    for (int i = 0; plumb_routes[i] && !st; i++) {
        const plumb_route *route = plumb_routes[i];
        const char *why = NULL;
        t->routes = i + 1;
        st = route->refuses ? route->refuses(route, t->subject, &why) : PLUMB_OK;
        if (st || why)
            continue;
        st = plumb_estimate_make(route, &t->probe, &t->estimate[i], diag);
        t->ran[i] = !st;
    }
    return st;
}

typedef struct overall {
    plumb_tally tally;
    plumb_audit_row audit[PLUMB_AUDITED];
} overall;

static plumb_trial *
new_trial(const plumb_subject *s, int leaf, const plumb_check_options *o)
{
    plumb_trial *t = plumb_alloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->subject = s, t->options = o;
    t->probe = (plumb_probe){ .subject = s, .leaf = leaf, .team = o->team > 1 ? o->team : 1, .alpha = o->alpha > 0 ? o->alpha : 1e-6 };
    return t;
}

/* All routes on the n entries in list, compared. */
static plumb_status
conduct(plumb_trial *t, const size_t *list, size_t n, plumb_diag *diag)
{
    size_t outputs = plumb_shape_size(&plumb_graph_value(t->subject->graph, t->subject->output)->shape);
    plumb_status st = plumb_trial_directions(t, list, n);
    st |= st ? st : choose_cotangents(t, outputs);
    t->n = t->probe.rows * t->probe.entries;
    t->tied = plumb_alloc(t->n, 1), t->swung = plumb_alloc(t->n, 1);
    if (!t->tied || !t->swung)
        st |= PLUMB_ENOMEM;
    if (!st && t->n)
        st = ordinary_size(t, outputs, diag);
    if (!st && t->n)
        st = plumb_trial_ties(t, diag);
    if (!st && t->n && !t->ties.count)
        st = plumb_trial_swings(t, diag);
    st |= st ? st : ask_routes(t, diag);
    return st ? st : plumb_trial_compare(t);
}

/* Where a sum of entries is not right, its members are asked one by one; *t becomes that trial. */
static plumb_status
look_into(plumb_trial **t, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    for (ptrdiff_t c; !st && (c = plumb_trial_suspect(*t)) >= 0;) {
        plumb_direction d = plumb_direction_of(&(*t)->probe, (size_t)c);
        plumb_trial *closer = new_trial((*t)->subject, (*t)->probe.leaf, (*t)->options);
        st = closer ? conduct(closer, d.entry, d.n, diag) : PLUMB_ENOMEM;
        if (closer && !st && (closer->culprits | closer->rough)) {
            closer->covered = (*t)->covered;
            close_trial(*t);
            *t = closer;
            continue;
        }
        close_trial(closer);
        break;
    }
    return st;
}

static plumb_status
check_leaf(const plumb_subject *s, int leaf, const plumb_check_options *o, plumb_sink *sink, overall *all, plumb_diag *diag)
{
    plumb_trial *t = new_trial(s, leaf, o);
    plumb_status st = t ? conduct(t, NULL, plumb_shape_size(&plumb_graph_value(s->graph, leaf)->shape), diag) : PLUMB_ENOMEM;
    st |= st ? st : look_into(&t, diag);
    st |= st ? st : plumb_trial_findings(t, sink, diag);
    if (!st && t->n && sink->figure && !*s->part) {
        plumb_trial_tally(t, &all->tally);
        st = plumb_trial_heat(t, sink);
        st |= st || t->ties.count ? st : plumb_audit(all->audit, s, leaf, t->cotangent, diag);
    }
    close_trial(t);
    if (st)
        plumb_fail(diag, st, "the check of %s: %s", s->name, plumb_status_text(st));
    return st;
}

/* What is said of a whole subject at its end. */
static void
tell(const overall *all, const plumb_subject *s, plumb_sink *sink)
{
    if (*s->part || !sink->figure)
        return;
    plumb_tally_tell(&all->tally, s, sink);
    plumb_audit_tell(all->audit, s, sink);
}

/* How many numbers of the function are not finite here: there is nothing to differentiate then. */
static plumb_status
not_finite(const plumb_subject *s, size_t *count, plumb_diag *diag)
{
    plumb_run_options o = { .root = s->output };
    plumb_run *run = plumb_run_new(s->graph, &plumb_f64, &o, diag);
    plumb_array y;
    plumb_status st;
    *count = 0;
    if (!run)
        return PLUMB_ENOMEM;
    plumb_subject_load(s, run);
    st = plumb_run_forward(run) & (PLUMB_ENOMEM | PLUMB_EINPUT);
    y = plumb_run_value(run, s->output, 0);
    for (size_t j = 0; j < plumb_shape_size(&plumb_graph_value(s->graph, s->output)->shape); j++)
        *count += !isfinite(plumb_get_d(&plumb_f64, &y, j));
    plumb_run_free(run);
    return st;
}

static void
outside(const plumb_subject *s, int leaf, size_t count, const plumb_check_options *o, plumb_sink *sink)
{
    const plumb_value *v = plumb_graph_value(s->graph, leaf);
    char replay[PLUMB_REPLAY_TEXT];
    plumb_finding f = { .subject = s->name, .part = s->part, .what = v->name, .route = plumb_route_reverse.name, .against = "", .shape = v->shape,
        .verdict = PLUMB_DOMAIN, .z_max = NAN, .z_median = NAN, .error = NAN, .bar = NAN, .resolution = NAN,
        .replay = plumb_replay_text(s, o, replay) };
    snprintf(f.why, sizeof f.why, "the function itself is not finite here, in %zu of %zu numbers", count,
        plumb_shape_size(&plumb_graph_value(s->graph, s->output)->shape));
    plumb_finding_id(&f);
    if (sink->finding)
        sink->finding(sink, &f);
}

static plumb_status
check_part(const plumb_subject *s, const plumb_check_options *o, plumb_sink *sink, plumb_diag *diag)
{
    overall *all = plumb_alloc(1, sizeof *all);
    size_t broken = 0;
    plumb_status st = all ? PLUMB_OK : plumb_fail(diag, PLUMB_ENOMEM, "out of memory for the check of %s", s->name);
    if (sink->subject)
        sink->subject(sink, s);
    if (!st)
        st = not_finite(s, &broken, diag);
    for (int v = 0; v < plumb_graph_values(s->graph) && !st; v++)
        if (s->checked[v] && s->point[v] && broken)
            outside(s, v, broken, o, sink);
        else if (s->checked[v] && s->point[v])
            st = check_leaf(s, v, o, sink, all, diag);
    st |= st || broken ? st : plumb_check_laws(s, o, sink, diag);
    if (!st && !broken)
        tell(all, s, sink);
    plumb_release(all);
    return st;
}

plumb_status
plumb_check_subject(const plumb_subject *s, const plumb_check_options *o, plumb_sink *sink, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    for (int i = 0; i < plumb_graph_nodes(s->graph) && o->modules && plumb_graph_nodes(s->graph) > 1 && !st; i++) {
        plumb_subject *module = plumb_subject_module(s, i, diag);
        st = module ? check_part(module, o, sink, diag) : PLUMB_ENOMEM;
        plumb_subject_free(module);
    }
    return st ? st : check_part(s, o, sink, diag);
}
