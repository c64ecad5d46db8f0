/* check.c - the check of a trainer: each of its steps, parameter by parameter, and what is said of the first wrong one
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/judge/judge.h"
#include "checkers/trainers/shadow.h"
#include "lib/base/alloc.h"
#include "plumbline/sink.h"

/* One parameter over all steps. */
typedef struct course {
    plumb_verdict verdict;
    size_t first, wrong, worst; /* the first wrong step (from 0), how many; the element there */
    size_t kinked;              /* steps that are off where a ReLU, or the like, stands within its rounding of a kink */
    size_t unclear;             /* steps that are off by more than a wide bar and less than sixteen of them */
    size_t hidden;              /* steps that rounding hides a part of that is larger than a hundredth */
    double error, bar, resolution;      /* resolution: of the step that is seen worst, among the others */
} course;

/* A bar is wide where an error of the gradient is divided by a gradient that is as small: then it is known to its order of magnitude only. */
static int
is_wide(const plumb_shadow *s, size_t k, size_t i)
{
    double u = ldexp(1, -plumb_dtype_bits(s->t->param[0].dtype));
    return s->bar[k * s->t->n + i] > 8 * u * (fabs(s->want[k * s->t->n + i]) + fabs(s->t->w[k * s->t->n + i]));
}

/* Agreement is the last branch, behind comparisons that NaN fails. */
static void
look(const plumb_shadow *s, const plumb_tensor *p, size_t k, course *c)
{
    size_t n = s->t->n, worst = p->from;
    double most = -1, best = INFINITY, moved = 0;
    int unclear = 0, kinked = 0;
    for (size_t i = p->from; i < p->from + p->size; i++) {
        double got = s->t->w[(k + 1) * n + i], gap = fabs(got - s->want[k * n + i]), bar = s->bar[k * n + i], move = fabs(s->want[k * n + i] - s->t->w[k * n + i]);
        double ratio = gap == 0 ? 0 : isfinite(gap / bar) ? gap / bar : INFINITY;
        if (!isfinite(bar) && isfinite(got))
            unclear = 1, ratio = 0;
        if (ratio > 1 && isfinite(got) && s->tied[k])
            kinked = 1, ratio = 1;
        if (ratio > 1 && ratio <= 16 && is_wide(s, k, i))
            unclear = 1, ratio = 1;
        if (ratio > most)
            most = ratio, worst = i;
        if (move > 0)
            best = fmin(best, bar / move);
        moved = fmax(moved, move);
    }
    if (moved > 0 && best > 0.01)
        c->hidden++;
    else if (moved > 0)
        c->resolution = fmax(c->resolution, best);
    c->unclear += unclear, c->kinked += kinked;
    if (!(most > 1)) {
        if (!c->wrong && most * c->bar >= c->error)
            c->error = fabs(s->t->w[(k + 1) * n + worst] - s->want[k * n + worst]), c->bar = s->bar[k * n + worst];
        return;
    }
    if (!c->wrong++) {
        c->first = k, c->worst = worst, c->error = fabs(s->t->w[(k + 1) * n + worst] - s->want[k * n + worst]), c->bar = s->bar[k * n + worst];
        c->verdict = isfinite(s->t->w[(k + 1) * n + worst]) ? PLUMB_WRONG : PLUMB_NONFINITE;
    }
}

static plumb_status
explain(plumb_shadow *s, const course *all, size_t first, char *text, size_t room, plumb_diag *diag)
{
    char mask[PLUMB_MAXTRAINED] = { 0 }, names[200] = "";
    int right = 0, later = 0;
    plumb_status st;
    for (int p = 0; p < s->t->params; p++) {
        right += !all[p].wrong, later += all[p].wrong && all[p].first != first;
        if ((mask[p] = all[p].wrong && all[p].first == first))
            snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", *names ? ", " : "", s->t->param[p].name);
    }
    st = plumb_shadow_cause(s, first, mask, text, room, diag);
    if (!st && (right || later))
        snprintf(text + strlen(text), room - strlen(text), later ? " (first in %s)" : " (in %s alone)", names);
    return st;
}

static void
tell(const plumb_shadow *s, const plumb_trainer_options *o, int p, const course *c, const char *cause, plumb_sink *sink)
{
    const plumb_tensor *t = &s->t->param[p];
    size_t n = s->t->n, at = c->first * n + c->worst;
    plumb_finding f = { .subject = s->t->name, .part = "", .what = t->name, .route = s->step->name, .against = "the step due", .replay = o->replay ? o->replay : "", .verdict = c->verdict,
        .error = c->error, .bar = c->bar, .resolution = c->resolution > 0 ? c->resolution : NAN, .z_max = NAN, .z_median = NAN, .entries = t->size, .rows = s->seen, .shape = t->shape,
        .evaluations = s->seen };
    if (c->wrong) {
        f.has_worst = 1, f.worst = c->worst - t->from, f.point = s->t->w[at];
        f.both_not_finite = c->verdict == PLUMB_NONFINITE && !isfinite(s->want[at]);
        snprintf(f.got, sizeof f.got, "%.17g", s->t->w[at + n]), snprintf(f.want, sizeof f.want, "%.17g", s->want[at]);
        snprintf(f.why, sizeof f.why, "step %zu is the first that is not what %s makes of the state before it%s%s (%zu of %zu steps are not)", s->t->first + c->first + 1, s->step->name,
            *cause ? ": " : "", cause, c->wrong, s->seen);
    }
    if (!c->wrong && c->hidden)
        snprintf(f.why, sizeof f.why, "of %zu of the %zu steps rounding hides more than a hundredth: in these a larger error would not be seen", c->hidden, s->seen);
    if (!c->wrong && c->unclear)
        snprintf(f.why, sizeof f.why, "%zu of the %zu steps are off by up to sixteen of their bars, which are wide there: the gradient is as small as its rounding, and the step divides by it", c->unclear,
            s->seen);
    if (!c->wrong && (c->unclear || (c->hidden && !(c->resolution > 0))))
        f.verdict = PLUMB_UNRESOLVED;
    plumb_finding_id(&f);
    if (sink->finding)
        sink->finding(sink, &f);
}

void
plumb_trainer_crashed(const char *name, const char *replay, const char *why, plumb_sink *sink)
{
    plumb_finding f = { .subject = name, .part = "", .what = "steps", .route = "step", .against = "the protocol", .replay = replay, .verdict = PLUMB_CRASHED, .error = NAN, .bar = NAN,
        .resolution = NAN, .z_max = NAN, .z_median = NAN };
    snprintf(f.why, sizeof f.why, "%.*s", (int)sizeof f.why - 1, why);
    plumb_finding_id(&f);
    if (sink->finding)
        sink->finding(sink, &f);
}

/* Right or wrong: what could not be seen. */
static void
tell_hidden(const plumb_shadow *s, const course *all, plumb_sink *sink)
{
    char line[300] = "Rounding hides more than a hundredth of some steps, in which a larger error would not be seen:";
    int any = 0;
    for (int p = 0; p < s->t->params; p++)
        if (all[p].hidden && strlen(line) < sizeof line - 100)
            snprintf(line + strlen(line), sizeof line - strlen(line), "%s %zu of %zu in %.40s", any++ ? "," : "", all[p].hidden, s->seen, s->t->param[p].name);
    if (any && sink->note)
        sink->note(sink, line);
    snprintf(line, sizeof line, "At some steps a unit stands on a kink to its rounding, and its side cannot be told; these are excused:");
    any = 0;
    for (int p = 0; p < s->t->params; p++)
        if (all[p].kinked && strlen(line) < sizeof line - 100)
            snprintf(line + strlen(line), sizeof line - strlen(line), "%s %zu of %zu in %.40s", any++ ? "," : "", all[p].kinked, s->seen, s->t->param[p].name);
    if (any && sink->note)
        sink->note(sink, line);
}

static plumb_status
judge(plumb_shadow *s, const plumb_trainer_options *o, int *wrong, plumb_sink *sink, plumb_diag *diag)
{
    course all[PLUMB_MAXTRAINED];
    char cause[PLUMB_DIAG_LENGTH / 2] = "";
    size_t first = s->seen;
    plumb_status st = PLUMB_OK;
    for (int p = 0; p < s->t->params; p++) {
        all[p] = (course){ .verdict = PLUMB_CORRECT };
        for (size_t k = 0; k < s->seen; k++)
            look(s, &s->t->param[p], k, &all[p]);
        *wrong |= all[p].wrong > 0;
        if (all[p].wrong && all[p].first < first)
            first = all[p].first;
    }
    if (first < s->seen && plumb_finite(s->t->w + (first + 1) * s->t->n, s->t->n))
        st = explain(s, all, first, cause, sizeof cause, diag);
    for (int p = 0; p < s->t->params && !st; p++)
        tell(s, o, p, &all[p], all[p].wrong && all[p].first == first ? cause : "", sink);
    if (!st)
        tell_hidden(s, all, sink);
    return st;
}

static void
tell_matrix(const plumb_trajectory *t, plumb_sink *sink)
{
    char line[200];
    double least = t->n <= 400 ? plumb_matrix_descends(t->matrix, t->n) : NAN;
    if (isnan(least) || !sink->note)
        return;
    snprintf(line, sizeof line, least > 0 ? "The matrix leads down: its symmetric part is positive definite, with a least eigenvalue of %.3g."
        : "The matrix makes no descent step: its symmetric part has an eigenvalue of %.3g, and along that direction it leads up.", least);
    sink->note(sink, line);
}

plumb_status
plumb_check_trajectory(const plumb_trajectory *t, const plumb_subject *twin, const plumb_trainer_options *o, plumb_sink *sink, plumb_diag *diag)
{
    plumb_shadow s;
    int wrong = 0;
    plumb_status st = plumb_shadow_open(&s, t, twin, o->step ? o->step : t->step, diag);
    if (!st && !plumb_finite(t->w, t->n))
        st = plumb_fail(diag, PLUMB_EINPUT, "%s: the first state holds a number that is not finite", t->name);
    if (!st && t->matrix)
        tell_matrix(t, sink);
    st |= st ? st : plumb_shadow_walk(&s, sink, diag);
    st |= st ? st : judge(&s, o, &wrong, sink, diag);
    st |= st ? st : plumb_shadow_run_free(&s, o->seed, wrong, sink, diag);
    plumb_shadow_close(&s);
    return st ? plumb_fail(diag, st, "%s: %s", t->name, plumb_status_text(st)) : PLUMB_OK;
}
