/* backward.c - what must hold of a backward pass without any reference
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * adjoint       <J v, w> = <v, J^T w>, forward mode against reverse
 * zero          the cotangent 0 gives exactly 0
 * doubling      minus twice the cotangent gives exactly minus twice the gradient (a power of two commutes with rounding)
 * linearity     J^T (w1 + w2) = J^T w1 + J^T w2
 * accumulation  adding onto b gives b + J^T w
 * They are tried on the backward pass in f64; sums have bars from rounding(f64). */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/judge/judge.h"
#include "checkers/laws/laws.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

/* Two runs over the same graph, for every checked leaf at once. */
typedef struct bench {
    const plumb_subject *s;
    const plumb_check_options *o;
    plumb_sink *sink;
    plumb_num *rounding, *dual;
    plumb_run *f64, *bars, *tangent, *adding;
    size_t outputs, total;      /* elements of the output, of all checked leaves */
    double *w1, *w2, *w3;       /* cotangents: drawn, drawn, their exact sum */
    double *g, *g1, *g2, *sigma, *v;    /* total each */
    double sigmas;
    int crashed;
    plumb_status met;           /* all that the passes answered so far: no law holds on what cannot say */
} bench;

static plumb_run *
bind(const bench *b, const plumb_num *R, int active, int accumulate, plumb_diag *diag)
{
    const plumb_subject *s = b->s;
    plumb_run_options o = { .root = s->output, .wanted = s->checked, .active = active ? s->checked : NULL,
        .poison = !accumulate, .accumulate = accumulate };
    plumb_run *run = plumb_run_new(s->graph, R, &o, diag);
    if (run)
        plumb_subject_load(s, run);
    return run;
}

static plumb_status
open_bench(bench *b, plumb_diag *diag)
{
    const plumb_subject *s = b->s;
    plumb_random r = plumb_random_named(b->o->seed, "laws");
    double *all;
    b->outputs = plumb_shape_size(&plumb_graph_value(s->graph, s->output)->shape);
    for (int v = 0; v < plumb_graph_values(s->graph); v++)
        if (s->checked[v])
            b->total += plumb_shape_size(&plumb_graph_value(s->graph, v)->shape);
    b->sigmas = plumb_sigmas(b->o->alpha > 0 ? b->o->alpha : 1e-6, b->total);
    b->w1 = all = plumb_alloc(3 * b->outputs + 5 * b->total, sizeof *all);
    b->rounding = plumb_rounding_new(&plumb_f64, diag);
    b->dual = b->rounding ? plumb_dual_new(b->rounding, 1, diag) : NULL;
    if (!all || !b->dual)
        return PLUMB_ENOMEM;
    b->w2 = all += b->outputs, b->w3 = all += b->outputs, b->g = all += b->outputs;
    b->g1 = all += b->total, b->g2 = all += b->total, b->sigma = all += b->total, b->v = all += b->total;
    for (size_t j = 0; j < b->outputs; j++) {
        b->w1[j] = (double)(float)plumb_random_signed(&r), b->w2[j] = (double)(float)plumb_random_signed(&r);
        b->w3[j] = b->w1[j] + b->w2[j];         /* exact: two floats of like size */
    }
    for (size_t i = 0; i < b->total; i++)
        b->v[i] = (double)(float)plumb_random_signed(&r);
    b->f64 = bind(b, &plumb_f64, 0, 0, diag);
    b->adding = bind(b, &plumb_f64, 0, 1, diag);
    b->bars = bind(b, b->rounding, 0, 0, diag);
    b->tangent = bind(b, b->dual, 1, 0, diag);
    if (!b->f64 || !b->adding || !b->bars || !b->tangent)
        return PLUMB_ENOMEM;
    b->met = plumb_run_forward(b->f64) | plumb_run_forward(b->adding) | plumb_run_forward(b->bars);
    return b->met & (PLUMB_ENOMEM | PLUMB_EINPUT);
}

static void
close_bench(bench *b)
{
    plumb_run_free(b->f64);
    plumb_run_free(b->adding);
    plumb_run_free(b->bars);
    plumb_run_free(b->tangent);
    plumb_num_free(b->dual);
    plumb_num_free(b->rounding);
    plumb_release(b->w1);
}

/* The gradient of every checked leaf for cotangent w times factor, into g; its sigmas where asked. */
static plumb_status
gradient(bench *b, plumb_run *run, const double *w, double factor, double *g, double *sigma)
{
    const plumb_num *R = plumb_run_num(run);
    plumb_array bar = plumb_run_cotangent(run, b->s->output, 0);
    plumb_status st;
    size_t at = 0;
    for (size_t j = 0; j < b->outputs; j++)
        plumb_set_d(R, &bar, j, w[j] * factor);
    st = plumb_run_reverse(run);
    b->met |= st;
    for (int v = 0; v < plumb_graph_values(b->s->graph); v++) {
        size_t n = plumb_shape_size(&plumb_graph_value(b->s->graph, v)->shape);
        plumb_array leaf = plumb_run_cotangent(run, v, 0), variance = plumb_half(&plumb_f64, &leaf, sigma ? 1 : 0);
        for (size_t i = 0; b->s->checked[v] && i < n; i++, at++) {
            if (g)
                g[at] = plumb_get_d(R, &leaf, i);
            if (sigma)
                sigma[at] = plumb_rounding_sigma(plumb_get_d(&plumb_f64, &variance, i), 53);
        }
    }
    return st;
}

/* ---- a law's finding ---- */

/* The worst of n pairs (got, want) with allowed distances; allowed NULL: bit for bit. */
typedef struct outcome {
    size_t n, bad, worst, broken, untold;       /* broken: finite on neither side; untold: no bar */
    double excess, gap, bar, got, want;
} outcome;

static outcome
weigh(size_t n, const double *got, const double *want, const double *allowed)
{
    outcome o = { .n = n, .excess = -1 };
    for (size_t i = 0; i < n; i++) {
        double gap = fabs(got[i] - want[i]), bar = allowed ? allowed[i] : 0, over;
        if (!isfinite(got[i]) && !isfinite(want[i])) {
            o.broken++;
            continue;
        }
        if (isfinite(gap) && gap != 0 && !isfinite(bar)) {
            o.untold++;
            continue;
        }
        over = gap == 0 ? 0 : gap / bar;
        o.bad += gap != 0 && !(gap <= bar);
        if (!(over <= o.excess))
            o.excess = isnan(over) ? INFINITY : over, o.worst = i, o.gap = gap, o.bar = bar, o.got = got[i], o.want = want[i];
    }
    return o;
}

static void
name_entry(const bench *b, size_t at, plumb_finding *f)
{
    for (int v = 0; v < plumb_graph_values(b->s->graph); v++)
        if (b->s->checked[v]) {
            const plumb_value *leaf = plumb_graph_value(b->s->graph, v);
            size_t n = plumb_shape_size(&leaf->shape);
            if (at < n) {
                f->has_worst = 1, f->worst = at, f->shape = leaf->shape;
                snprintf(f->why, sizeof f->why, "%.60s: ", leaf->name);
                return;
            }
            at -= n;
        }
}

/* how: 1 the numbers are entries of the leaves, 0 they are not, AT_KINK: J v is not linear in v here, so
 * that a difference says nothing */
enum { AT_KINK = -1 };

static void
report(bench *b, const char *law, const char *statement, const outcome *o, int how)
{
    plumb_finding f = { .subject = b->s->name, .part = b->s->part, .what = law, .route = "reverse-f64", .against = "the law",
        .law = 1, .entries = o->n, .rows = 1, .error = o->gap, .bar = o->bar, .evaluations = 2, .z_max = NAN, .z_median = NAN };
    f.verdict = b->met & PLUMB_EFOREIGN ? PLUMB_CRASHED : b->met & PLUMB_EUNABLE ? PLUMB_UNRESOLVED
        : o->bad ? (how == AT_KINK ? PLUMB_KINK : PLUMB_WRONG)
        : b->met || o->broken ? PLUMB_DOMAIN : o->untold ? PLUMB_UNRESOLVED : PLUMB_CORRECT;
    if (f.verdict == PLUMB_CRASHED && b->crashed++)         /* once is enough */
        return;
    if (f.verdict == PLUMB_KINK)
        snprintf(f.why, sizeof f.why, "at a kink the derivative along a direction is not linear in it");
    else if (f.verdict == PLUMB_CRASHED)
        snprintf(f.why, sizeof f.why, "%s", plumb_status_text(PLUMB_EFOREIGN));
    else if (f.verdict == PLUMB_UNRESOLVED && o->untold)
        snprintf(f.why, sizeof f.why, "the bars of %zu of %zu numbers overflow", o->untold, o->n);
    else if (f.verdict == PLUMB_UNRESOLVED)
        snprintf(f.why, sizeof f.why, "%s", plumb_status_text(PLUMB_EUNABLE));
    else if (o->bad) {
        if (how == 1)
            name_entry(b, o->worst, &f);
        plumb_law_number(f.got, o->got), plumb_law_number(f.want, o->want);
        snprintf(f.why + strlen(f.why), sizeof f.why - strlen(f.why), "%s fails in %zu of %zu numbers", statement, o->bad, o->n);
    } else if (f.verdict == PLUMB_DOMAIN)
        snprintf(f.why, sizeof f.why, "%zu of %zu numbers are finite on neither side", o->broken, o->n);
    f.resolution = fabs(o->want) > 0 ? o->bar / fabs(o->want) : 0;
    plumb_law_report(b->s, b->o, b->sink, &f);
}

/* ---- the laws ---- */

static plumb_status
zero_and_doubling(bench *b)
{
    plumb_status st = gradient(b, b->f64, b->w1, 0, b->g1, NULL);
    outcome o;
    memset(b->g2, 0, b->total * sizeof *b->g2);
    o = weigh(b->total, b->g1, b->g2, NULL);
    report(b, "law:zero", "a zero cotangent gives zero:", &o, 1);
    st |= gradient(b, b->f64, b->w1, -2, b->g1, NULL) | gradient(b, b->f64, b->w1, 1, b->g, NULL);
    for (size_t i = 0; i < b->total; i++)
        b->g2[i] = -2 * b->g[i];
    o = weigh(b->total, b->g1, b->g2, NULL);
    report(b, "law:doubling", "minus twice the cotangent gives minus twice the gradient, bit for bit:", &o, 1);
    return st;
}

/* leaves g = J^T w1 and sigma of it */
static plumb_status
linearity(bench *b)
{
    plumb_status st = gradient(b, b->f64, b->w2, 1, b->g1, NULL) | gradient(b, b->bars, b->w2, 1, NULL, b->sigma);
    double *both = plumb_alloc(b->total, sizeof *both);
    outcome o;
    if (!both)
        return PLUMB_ENOMEM;
    for (size_t i = 0; i < b->total; i++)
        b->g2[i] = b->sigma[i];
    st |= gradient(b, b->bars, b->w3, 1, NULL, b->sigma);
    for (size_t i = 0; i < b->total; i++)
        b->g2[i] = hypot(b->g2[i], b->sigma[i]);
    st |= gradient(b, b->bars, b->w1, 1, NULL, b->sigma) | gradient(b, b->f64, b->w1, 1, b->g, NULL);
    for (size_t i = 0; i < b->total; i++) {
        double sum = b->g[i] + b->g1[i];
        b->g2[i] = b->sigmas * hypot(b->g2[i], b->sigma[i]) + 0x1p-53 * fabs(sum);
        b->g1[i] = sum;
    }
    st |= gradient(b, b->f64, b->w3, 1, both, NULL);
    o = weigh(b->total, both, b->g1, b->g2);
    plumb_release(both);
    report(b, "law:linearity", "J^T(w1 + w2) = J^T w1 + J^T w2", &o, 1);
    return st;
}

/* b->g and b->sigma are there */
static plumb_status
accumulation(bench *b)
{
    plumb_status st;
    outcome o;
    size_t at = 0;
    double terms = 16;                  /* a sum that starts from b rounds at the size of b in each of its terms */
    for (int v = 0; v < plumb_graph_values(b->s->graph); v++)
        terms = fmax(terms, (double)plumb_shape_size(&plumb_graph_value(b->s->graph, v)->shape));
    for (int v = 0; v < plumb_graph_values(b->s->graph); v++) {
        size_t n = plumb_shape_size(&plumb_graph_value(b->s->graph, v)->shape);
        plumb_array leaf = plumb_run_cotangent(b->adding, v, 0);
        for (size_t i = 0; b->s->checked[v] && i < n; i++, at++)
            plumb_set_d(&plumb_f64, &leaf, i, b->v[at]);
    }
    st = gradient(b, b->adding, b->w1, 1, b->g1, NULL);
    for (size_t i = 0; i < b->total; i++) {
        b->g2[i] = b->sigmas * (b->sigma[i] + 0x1p-54 * sqrt(terms) * (fabs(b->g[i]) + fabs(b->v[i])));
        b->g[i] += b->v[i];
    }
    o = weigh(b->total, b->g1, b->g, b->g2);
    report(b, "law:accumulation", "adding onto b gives b + J^T w", &o, 1);
    for (size_t i = 0; i < b->total; i++)
        b->g[i] -= b->v[i];
    return st;
}

static plumb_status
adjoint(bench *b)
{
    size_t at = 0;
    double forward = 0, reverse = 0, sigma = 0, size = 0, allowed;
    plumb_array y, dot, e;
    plumb_events ties;
    plumb_status st = plumb_run_ties(b->bars, 53, &ties);
    outcome o;
    for (int v = 0; v < plumb_graph_values(b->s->graph); v++) {
        size_t n = plumb_shape_size(&plumb_graph_value(b->s->graph, v)->shape);
        plumb_array leaf = plumb_run_value(b->tangent, v, 0), t = plumb_half(b->rounding, &leaf, 1);
        for (size_t i = 0; b->s->checked[v] && i < n; i++, at++)
            plumb_set_d(b->rounding, &t, i, b->v[at]);
    }
    b->met |= plumb_run_forward(b->tangent);
    st |= b->met | gradient(b, b->f64, b->w1, 1, b->g, NULL);
    y = plumb_run_value(b->tangent, b->s->output, 0), y = plumb_half(b->rounding, &y, 1);
    dot = plumb_half(&plumb_f64, &y, 0), e = plumb_half(&plumb_f64, &y, 1);
    for (size_t j = 0; j < b->outputs; j++) {
        double term = plumb_get_d(&plumb_f64, &dot, j) * b->w1[j], s = plumb_rounding_sigma(plumb_get_d(&plumb_f64, &e, j), 53);
        forward += term, size += fabs(term), sigma = hypot(sigma, s * b->w1[j]);
    }
    for (size_t i = 0; i < b->total; i++) {
        double term = b->g[i] * b->v[i];
        reverse += term, size += fabs(term), sigma = hypot(sigma, b->sigma[i] * b->v[i]);
    }
    allowed = b->sigmas * sigma + 0x1p-50 * size;      /* rounding errors are not quite independent in a sum */
    o = weigh(1, &forward, &reverse, &allowed);
    report(b, "law:adjoint", "<J v, w> = <v, J^T w>", &o, ties.count ? AT_KINK : 0);
    return st;
}

plumb_status
plumb_law_backward(const plumb_subject *s, const plumb_check_options *options, plumb_sink *sink, plumb_diag *diag)
{
    bench b = { .s = s, .o = options, .sink = sink };
    plumb_status st = open_bench(&b, diag);
    if (!st && b.total && b.outputs)
        st = (zero_and_doubling(&b) | linearity(&b) | accumulation(&b)) & (PLUMB_ENOMEM | PLUMB_EINPUT);
    if (!st && b.total && b.outputs)
        st = adjoint(&b) & (PLUMB_ENOMEM | PLUMB_EINPUT);
    close_bench(&b);
    return st;
}
