/* tell.c - findings and figures of a box, and the words for them
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "checkers/box/walk.h"
#include "checkers/judge/judge.h"
#include "checkers/laws/laws.h"
#include "lib/base/alloc.h"

const plumb_route plumb_box_routes[] = {
    { .name = "backward", .summary = "the box's own backward pass", .rule = "foreign", .claim = 1, .bits = 53 },
    { .name = "regression", .summary = "differences of the box's own forward, with a measured bar", .bits = 53 },
    { .name = "twin", .summary = "another box or graph of the same function", .bits = 53 },
    { .name = NULL },
};

/* ---- places ---- */

int
plumb_tensor_of(const plumb_hello *h, size_t element)
{
    int k = 0;
    while (k + 1 < h->nin && element >= h->in[k].from + h->in[k].size)
        k++;
    return k;
}

size_t
plumb_element_index(const plumb_hello *h, int k, size_t element)
{
    const plumb_shape *s = &h->in[k].shape;
    size_t at = element - h->in[k].from, index = 0, c[PLUMB_MAXRANK];
    if (!h->column_major)
        return at;
    for (int i = 0; i < s->rank; i++)
        c[i] = at % s->dim[i], at /= s->dim[i];
    for (int i = 0; i < s->rank; i++)
        index = index * s->dim[i] + c[i];
    return index;
}

void
plumb_element_text(const plumb_hello *h, size_t element, char *text, size_t room)
{
    int k = plumb_tensor_of(h, element), used;
    const plumb_shape *s = &h->in[k].shape;
    size_t at = plumb_element_index(h, k, element), c[PLUMB_MAXRANK];
    for (int i = s->rank - 1; i >= 0; i--)
        c[i] = s->dim[i] ? at % s->dim[i] : 0, at /= s->dim[i] ? s->dim[i] : 1;
    used = snprintf(text, room, "%s[", h->in[k].name);
    for (int i = 0; i < s->rank && used < (int)room; i++)
        used += snprintf(text + used, room - (size_t)used, i ? ",%zu" : "%zu", c[i]);
    if (used < (int)room)
        snprintf(text + used, room - (size_t)used, "]");
}

/* ---- handing on ---- */

static const char *
replay_text(const plumb_walk *w, char *text)
{
    const plumb_box_options *o = w->bench.options;
    const char *target = w->bench.box->target, *extent = o->quick ? " --quick" : o->all ? " --all" : "", *more = o->again ? o->again : "";
    int program = !strncmp(target, "-- ", 3);
    if (!*target)
        snprintf(text, PLUMB_REPLAY_TEXT, "(the same call, with seed %llu)", (unsigned long long)o->seed);
    else
        snprintf(text, PLUMB_REPLAY_TEXT, "plumb check %s%s--seed %llu%s%s%s%s", program ? "" : target, program ? "" : " ", (unsigned long long)o->seed, extent, more,
            program ? " " : "", program ? target : "");
    return text;
}

static void
hand_on(plumb_walk *w, plumb_finding *f)
{
    char replay[PLUMB_REPLAY_TEXT];
    f->subject = w->bench.box->name, f->part = "", f->replay = replay_text(w, replay);
    f->seconds = w->bench.spent, f->evaluations = w->bench.forwards + w->bench.backwards;
    plumb_finding_id(f);
    if (w->bench.sink->finding)
        w->bench.sink->finding(w->bench.sink, f);
}

void
plumb_tell_note(plumb_walk *w, const char *format, ...)
{
    char text[PLUMB_DIAG_LENGTH];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (w->bench.sink->note)
        w->bench.sink->note(w->bench.sink, text);
}

void
plumb_tell_stage(plumb_walk *w, const char *format, ...)
{
    char text[PLUMB_DIAG_LENGTH];
    va_list args;
    if (!w->bench.sink->stage)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    w->bench.sink->stage(w->bench.sink, text);
}

void
plumb_tell_law(plumb_walk *w, const char *law, plumb_verdict verdict, const char *format, ...)
{
    char what[64];
    plumb_finding f = { .what = what, .route = "backward", .against = "", .law = 1, .verdict = verdict, .z_max = NAN, .z_median = NAN, .error = NAN, .bar = NAN,
        .resolution = NAN };
    va_list args;
    snprintf(what, sizeof what, "law:%s", law);
    va_start(args, format);
    vsnprintf(f.why, sizeof f.why, format, args);
    va_end(args);
    hand_on(w, &f);
}

void
plumb_tell_crash(plumb_walk *w, const char *sentence)
{
    plumb_finding f = { .what = "law:protocol", .route = "backward", .against = "", .law = 1, .verdict = PLUMB_CRASHED, .z_max = NAN, .z_median = NAN, .error = NAN,
        .bar = NAN, .resolution = NAN };
    snprintf(f.why, sizeof f.why, "%s%s%s", sentence, *w->bench.hello.where ? "; the code stands in " : "", w->bench.hello.where);
    hand_on(w, &f);
}

/* ---- a tensor ---- */

static void
number(char text[PLUMB_NUMBER_TEXT], double x)
{
    plumb_law_number(text, x);
}

static void
place(plumb_walk *w, int k, plumb_finding *f)
{
    const plumb_place_found *p = &w->tensor[k].worst;
    const plumb_station *s = &w->here;
    double unit = s->unit[p->row] != 0 ? s->unit[p->row] : 1;
    f->has_worst = 1, f->worst = plumb_element_index(&w->bench.hello, k, p->element), f->worst_row = p->row, f->members = 1, f->point = s->x[p->element];
    f->error = p->gap / fabs(unit), f->bar = p->slack / fabs(unit);
    number(f->got, p->got / unit), number(f->want, fabs(p->want) <= p->slack ? 0 : p->want / unit);    /* 0 within its bar is shown as 0 */
    f->witnesses = 2;
    f->witness[0] = (plumb_witness){ .route = &plumb_box_routes[0], .bar = f->bar, .bound = PLUMB_ESTIMATED, .via = "foreign:vjp", .disagree = 1 };
    f->witness[1] = (plumb_witness){ .route = &plumb_box_routes[w->twin ? 2 : 1], .bar = f->bar, .bound = PLUMB_ESTIMATED, .via = "", .disagree = 1 };
    strcpy(f->witness[0].value, f->got), strcpy(f->witness[1].value, f->want);
}

/* The words where nothing parts, from the most telling state on. */
static void
undecided(const plumb_tensor_trial *t, const plumb_walk *w, plumb_finding *f)
{
    if (t->said[PLUMB_OFF_DOMAIN] && !t->said[PLUMB_AGREES]) {
        f->verdict = PLUMB_DOMAIN;
        snprintf(f->why, sizeof f->why, "the function is not finite around this point, however near; declare its box, or another point");
    } else if (t->said[PLUMB_FAINT]) {
        f->verdict = PLUMB_UNRESOLVED;
        snprintf(f->why, sizeof f->why, "cannot be told from rounding: the gradient is off by %.1e of its largest entry, or erratically. A formula that is slightly wrong looks like this, and so do "
            "digits lost inside (1 + tiny is 1), ill-conditioned constants and a solver that stops early; a twin in higher precision tells (or declare solver_tol)", t->faint);
    } else if (t->said[PLUMB_STAIRS]) {
        f->verdict = PLUMB_UNRESOLVED;
        snprintf(f->why, sizeof f->why, "steps of two sizes, each sure of itself, contradict each other: a staircase (an inner cancellation, a solver's stopping rule) or an "
            "oscillation; declare solver_tol, or give a twin in higher precision");
    } else if (t->said[PLUMB_NOT_SMOOTH]) {
        f->verdict = w->forward_noisy ? PLUMB_NOISY : PLUMB_UNRESOLVED;
        if (w->forward_noisy)
            snprintf(f->why, sizeof f->why, "no step was found at which the function looks smooth; its noise is about %.1e of its value; a seed that freezes the noise, or a twin, is "
                "needed", w->noise);
        else
            snprintf(f->why, sizeof f->why, "no step was found at which the function looks smooth: jumps or kinks on all sides, or an oscillation finer than steps can be; another "
                "point, a scale, or a twin is needed");
    } else if (t->said[PLUMB_WIDE]) {
        f->verdict = w->forward_noisy ? PLUMB_NOISY : PLUMB_UNRESOLVED;
        snprintf(f->why, sizeof f->why, "agrees, but an error of %.1e of its largest entry would agree, too (%.1e is wanted): the function %s; a twin in higher precision%s is needed", t->wide,
            t->wide > plumb_vague(w->here.unit_roundoff) ? plumb_vague(w->here.unit_roundoff) : plumb_wanted(w->here.unit_roundoff), w->forward_noisy ? "is noisy" : "loses its digits, or bends, faster than steps can be made", w->forward_noisy ? ", or a seed," : "");
    } else if (!t->said[PLUMB_AGREES]) {
        f->verdict = PLUMB_UNRESOLVED;
        snprintf(f->why, sizeof f->why, plumb_bench_exhausted(&w->bench, 32) ? "nothing was compared: the budget was used up"
            : "no direction could be told: kinks, jumps or an oscillation wherever steps were tried");
    }
}

static void
wrong(plumb_walk *w, int k, plumb_finding *f)
{
    const plumb_tensor_trial *t = &w->tensor[k];
    const plumb_station *s = &w->here;
    int finite = isfinite(t->worst.got);
    f->verdict = !finite ? PLUMB_NONFINITE : t->unstable ? PLUMB_UNSTABLE : PLUMB_WRONG;
    f->against = w->twin ? "twin" : "regression";
    place(w, k, f);
    if (!finite)
        snprintf(f->why, sizeof f->why, "%zu numbers of the claimed gradients are not finite where the function has a slope", s->not_finite);
    else if (t->kink_wrong)
        snprintf(f->why, sizeof f->why, "at a kink, and not between the gradients on its sides");
    else if (t->parted > 1 || (t->parted && t->entries > 1))
        snprintf(f->why, sizeof f->why, "%zu of %zu entries that were looked at disagree; at the worst one the difference is %.3g, %.3g times what the bars allow",
            t->parted, t->entries, f->error, f->error / f->bar);
    else
        snprintf(f->why, sizeof f->why, "disagrees along a direction; at the worst entry the difference is %.3g, %.3g times what the bars allow", f->error, f->error / f->bar);
    if (s->unit[t->worst.row] == 0 && s->bench->hello.outputs > 1 && !t->kink_wrong)
        snprintf(f->why + strlen(f->why), sizeof f->why - strlen(f->why), " (for a cotangent of all outputs)");
    if (*t->note)
        snprintf(f->why + strlen(f->why), sizeof f->why - strlen(f->why), "; %s", t->note);
    if (*w->bench.hello.where)
        snprintf(f->why + strlen(f->why), sizeof f->why - strlen(f->why), "; the code stands in %s", w->bench.hello.where);
}

void
plumb_tell_tensor(plumb_walk *w, int k)
{
    const plumb_tensor_trial *t = &w->tensor[k];
    const plumb_tensor *tensor = &w->bench.hello.in[k];
    plumb_finding f = { .what = tensor->name, .route = "backward", .against = w->twin && !w->bench.box->kind->forward ? "twin" : "regression", .shape = tensor->shape,
        .verdict = PLUMB_CORRECT, .z_max = NAN, .z_median = NAN, .error = t->error, .bar = t->bar, .resolution = isfinite(t->widest) ? t->widest : NAN,
        .entries = tensor->size, .rows = w->here.rows, .directions = t->directions + t->entries };
    if (!tensor->size)
        f.resolution = 0;
    else if (t->worst.there)
        wrong(w, k, &f);
    else if (t->said[PLUMB_PARTS]) {
        f.verdict = PLUMB_WRONG;
        snprintf(f.why, sizeof f.why, "disagrees along %zu directions, and along no single entry by itself", t->said[PLUMB_PARTS]);
    } else if (t->said[PLUMB_AT_KINK] && t->kink_unsure) {
        f.verdict = PLUMB_UNRESOLVED, f.resolution = NAN;
        snprintf(f.why, sizeof f.why, "looks like a kink, with a claim that is none of the slopes around it; rounding hides these: a twin in higher precision, or another point, tells");
    } else if (t->said[PLUMB_AT_KINK]) {
        f.verdict = PLUMB_KINK, f.resolution = NAN;
        snprintf(f.why, sizeof f.why, "the two sides have different slopes here; the claim is %s", t->note[0] ? t->note : "not told from a subgradient");
    } else
        undecided(t, w, &f);
    hand_on(w, &f);
}

/* ---- the Taylor table ---- */

/* One row a scale: its largest step.  The rate is the slope of the remainder from the row before. */
static void
taylor_table(plumb_walk *w)
{
    static const char *const names[] = { "step h", "R0 = |f(x+hv) - f(x)|", "R1 = |f(x+hv) - f(x) - h g.v|", "rate of R1" }, *const units[] = { "", "", "", "" };
    static const char caption[] = "The rate is 2 for a right gradient, 1 for a wrong one, and anything once R1 is noise.";
    double data[PLUMB_SCALES * 4], last = 0, before = 0;
    plumb_figure figure = { "table", w->bench.box->name, "Taylor table", caption, 4, names, units, 0, data, NULL };
    for (size_t i = PLUMB_PAIRS - 1; i < w->points && figure.rows < PLUMB_SCALES; i += PLUMB_PAIRS) {
        const double *p = w->curve + 3 * i;
        double *row = data + 4 * figure.rows++;
        row[0] = p[0], row[1] = p[1], row[2] = p[2], row[3] = before > 0 && p[2] > 0 ? log(before / p[2]) / log(last / p[0]) : NAN;
        last = p[0], before = p[2];
    }
    if (figure.rows)
        w->bench.sink->figure(w->bench.sink, &figure);
}

void
plumb_tell_taylor(plumb_walk *w)
{
    static const char *const names[] = { "step h", "|f(x+hv) - f(x)|", "|f(x+hv) - f(x) - h g.v|", "slope 1", "slope 2", "noise floor" },
        *const units[] = { "", "", "", "", "", "" };
    static const char caption[] = "Along one direction of all inputs, for one cotangent: with a right gradient the remainder falls like h^2 (slope 2) down to the noise, with a wrong "
        "one like h (slope 1).";
    double data[PLUMB_RAY_POINTS * 6], top0 = 0, top1 = 0, top = 0;
    plumb_figure figure = { "taylor", w->bench.box->name, "What is left of the function when the claimed gradient is taken off", caption, 6, names, units, 0, data, NULL };
    if (!w->bench.sink->figure || w->points < PLUMB_PAIRS)
        return;
    for (size_t i = 0; i < w->points; i++)
        if (w->curve[3 * i] > top && isfinite(w->curve[3 * i + 2]))
            top = w->curve[3 * i], top0 = w->curve[3 * i + 1], top1 = w->curve[3 * i + 2];
    for (size_t i = 0; i < w->points; i++) {
        const double *p = w->curve + 3 * i;
        double *row = data + 6 * figure.rows;
        if (!(p[0] > 0) || !isfinite(p[1]) || !isfinite(p[2]))
            continue;
        row[0] = p[0], row[1] = p[1] > 0 ? p[1] : NAN, row[2] = p[2] > 0 ? p[2] : NAN;
        row[3] = top0 > 0 ? top0 * p[0] / top : NAN, row[4] = top1 > 0 ? top1 * p[0] * p[0] / (top * top) : NAN;
        row[5] = w->noise_at_curve > 0 ? w->noise_at_curve : NAN;
        figure.rows++;
    }
    if (figure.rows)
        w->bench.sink->figure(w->bench.sink, &figure);
    taylor_table(w);
}
