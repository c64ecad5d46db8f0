/* batch.c - batch additivity: the gradient of a loss over samples is the sum over parts of the batch
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * With parts of n_i of n samples, g = sum_i c_i g_i, where c_i = n_i/n for a mean and 1 for a sum.  A
 * gradient with respect to the samples themselves is cut like them.  The batch is cut after its first
 * sample and in the middle. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/judge/judge.h"
#include "checkers/laws/laws.h"
#include "lib/base/alloc.h"

/* The gradient of all checked leaves one after the other, and its sigmas. */
typedef struct gradient {
    double *g, *sigma;
    plumb_status met;
} gradient;

static plumb_status
one_pass(const plumb_subject *s, const plumb_num *R, gradient *to, int sigmas, plumb_diag *diag)
{
    plumb_run_options o = { .root = s->output, .wanted = s->checked, .poison = 1 };
    plumb_run *run = plumb_run_new(s->graph, R, &o, diag);
    plumb_array bar;
    size_t at = 0;
    if (!run)
        return PLUMB_ENOMEM;
    plumb_subject_load(s, run);
    to->met |= plumb_run_forward(run);
    bar = plumb_run_cotangent(run, s->output, 0);
    plumb_set_d(R, &bar, 0, 1);
    to->met |= plumb_run_reverse(run);
    for (int v = 0; v < plumb_graph_values(s->graph); v++) {
        plumb_array leaf = plumb_run_cotangent(run, v, 0), variance = plumb_half(&plumb_f64, &leaf, 1);
        for (size_t i = 0; s->checked[v] && i < plumb_shape_size(&plumb_graph_value(s->graph, v)->shape); i++, at++)
            if (sigmas)
                to->sigma[at] = plumb_rounding_sigma(plumb_get_d(&plumb_f64, &variance, i), 53);
            else
                to->g[at] = plumb_get_d(R, &leaf, i);
    }
    plumb_run_free(run);
    return to->met & (PLUMB_ENOMEM | PLUMB_EINPUT);
}

static size_t
size_checked(const plumb_subject *s)
{
    size_t n = 0;
    for (int v = 0; v < plumb_graph_values(s->graph); v++)
        n += s->checked[v] ? plumb_shape_size(&plumb_graph_value(s->graph, v)->shape) : 0;
    return n;
}

static plumb_status
take(const plumb_subject *s, const plumb_num *rounding, gradient *g, plumb_diag *diag)
{
    size_t n = size_checked(s);
    plumb_status st;
    *g = (gradient){ plumb_alloc(2 * n, sizeof *g->g), NULL, PLUMB_OK };
    if (!g->g)
        return PLUMB_ENOMEM;
    g->sigma = g->g + n;
    st = one_pass(s, &plumb_f64, g, 0, diag);
    return st ? st : one_pass(s, rounding, g, 1, diag);
}

/* sum += factor * part at the places that the part's samples have in the whole */
static void
add_part(const plumb_subject *whole, const plumb_subject *part, size_t from, double factor, const gradient *p, double *sum, double *variance)
{
    size_t at = 0, to = 0;
    for (int v = 0; v < plumb_graph_values(whole->graph); v++) {
        size_t n = plumb_shape_size(&plumb_graph_value(whole->graph, v)->shape), m, first = 0;
        if (!whole->checked[v])
            continue;
        m = plumb_shape_size(&plumb_graph_value(part->graph, v)->shape);
        if (whole->samples[v])
            first = from * (n / plumb_graph_value(whole->graph, v)->shape.dim[0]);
        for (size_t i = 0; i < m; i++) {
            double term = factor * p->g[at + i], s = factor * p->sigma[at + i];
            sum[to + first + i] += term, variance[to + first + i] += s * s + term * term * 0x1p-104;
        }
        at += m, to += n;
    }
}

typedef struct weighing {
    size_t n, bad, worst, cut;
    double excess, got, want, bar;
} weighing;

static plumb_status
cut_at(const plumb_subject *s, size_t batch, size_t cut, const plumb_num *rounding, const gradient *whole, double k, weighing *w,
    plumb_status *met, plumb_diag *diag)
{
    size_t n = size_checked(s), length[2] = { cut, batch - cut };
    double *sum = plumb_alloc(2 * n, sizeof *sum), *variance = sum ? sum + n : NULL;
    plumb_status st = sum ? PLUMB_OK : PLUMB_ENOMEM;
    for (int i = 0; i < 2 && !st; i++) {
        plumb_subject *part = plumb_subject_part(s, i ? cut : 0, length[i], diag);
        gradient g = { NULL, NULL, PLUMB_OK };
        st = part ? take(part, rounding, &g, diag) : PLUMB_ENOMEM;
        if (!st)
            add_part(s, part, i ? cut : 0, s->average ? (double)length[i] / (double)batch : 1, &g, sum, variance);
        *met |= g.met;
        plumb_release(g.g);
        plumb_subject_free(part);
    }
    for (size_t i = 0; i < n && !st; i++) {
        double bar = k * (sqrt(variance[i]) + whole->sigma[i]), gap = fabs(sum[i] - whole->g[i]), over = gap == 0 ? 0 : gap / bar;
        w->n++;
        w->bad += !(gap <= bar);
        if (!(over <= w->excess))
            w->excess = isnan(over) ? INFINITY : over, w->worst = i, w->cut = cut, w->got = whole->g[i], w->want = sum[i], w->bar = bar;
    }
    plumb_release(sum);
    return st;
}

static size_t
batch_of(const plumb_subject *s)
{
    size_t batch = 0;
    for (int v = 0; v < plumb_graph_values(s->graph); v++)
        if (s->samples[v])
            batch = plumb_graph_value(s->graph, v)->shape.dim[0];
    return batch;
}

static void
tell(const plumb_subject *s, const plumb_check_options *o, plumb_sink *sink, const weighing *w, plumb_status met)
{
    plumb_finding f = { .subject = s->name, .part = s->part, .what = "law:batch", .route = "reverse-f64", .against = "the law", .law = 1,
        .entries = w->n, .rows = 1, .error = fabs(w->got - w->want), .bar = w->bar, .evaluations = 10, .z_max = NAN, .z_median = NAN };
    f.verdict = met & PLUMB_EUNABLE ? PLUMB_UNRESOLVED : w->bad ? PLUMB_WRONG : met ? PLUMB_DOMAIN : PLUMB_CORRECT;
    if (w->bad) {
        plumb_law_number(f.got, w->got), plumb_law_number(f.want, w->want);
        snprintf(f.why, sizeof f.why, "the gradient is not the %s of those of samples 0 to %zu and of the others in %zu of %zu numbers",
            s->average ? "weighted mean" : "sum", w->cut - 1, w->bad, w->n);
    } else if (met)
        snprintf(f.why, sizeof f.why, "%s", plumb_status_text(met));
    f.resolution = fabs(w->want) > 0 ? w->bar / fabs(w->want) : 0;
    plumb_law_report(s, o, sink, &f);
}

plumb_status
plumb_law_batch(const plumb_subject *s, const plumb_check_options *o, plumb_sink *sink, plumb_diag *diag)
{
    size_t batch = batch_of(s);
    plumb_num *rounding;
    gradient whole = { NULL, NULL, PLUMB_OK };
    weighing w = { .excess = -1 };
    plumb_status st, met = PLUMB_OK;
    if (batch < 2 || *s->part || plumb_shape_size(&plumb_graph_value(s->graph, s->output)->shape) != 1)
        return PLUMB_OK;
    rounding = plumb_rounding_new(&plumb_f64, diag);
    st = rounding ? take(s, rounding, &whole, diag) : PLUMB_ENOMEM;
    for (int i = 0; i < (batch > 2 ? 2 : 1) && !st; i++)
        st = cut_at(s, batch, i ? (batch + 1) / 2 : 1, rounding, &whole, plumb_sigmas(1e-6, 2 * size_checked(s)), &w, &met, diag);
    if (!st)
        tell(s, o, sink, &w, met | whole.met);
    plumb_release(whole.g);
    plumb_num_free(rounding);
    return st;
}
