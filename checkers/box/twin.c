/* twin.c - another box or graph that computes the same function: a better truth
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A graph of ours gives the gradient entry by entry, in 256 bits, with the rounding that the subject's arithmetic is entitled to. Another box gives a
 * forward to difference, in its own (wider) arithmetic.  In both the forward passes are compared too: a wrong forward, a wrong backward
 * and a twin that is not the same function are three different things. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/box/walk.h"
#include "checkers/judge/judge.h"
#include "checkers/routes/routes.h"
#include "checkers/subjects/twin.h"
#include "lib/base/alloc.h"

struct plumb_twin {
    plumb_subject *graph;
    int pointwise;              /* a formula without slopes: no rounding bars of its own */
    int leaf[64];               /* the graph's value for each input, -1 for none */
    plumb_bench bench;          /* of a box */
    int is_box;
    double *y;                  /* of a box, at the point */
    size_t forward_off;         /* outputs that are not the twin's */
    double got, want, bar;      /* the worst of them */
    size_t at;
};

/* ---- opening ---- */

static plumb_status
match_leaves(plumb_walk *w, plumb_twin *t)
{
    const plumb_hello *h = &w->bench.hello;
    int k = 0;
    for (int v = 0; v < plumb_graph_values(t->graph->graph); v++) {
        const plumb_value *leaf = plumb_graph_value(t->graph->graph, v);
        if (leaf->node >= 0 || leaf->role == PLUMB_CONSTANT)
            continue;
        if (k == h->nin || k == 64)
            return plumb_fail(w->diag, PLUMB_EFOREIGN, "the twin %s has more inputs than the %d declared", t->graph->name, h->nin);
        if (plumb_shape_size(&leaf->shape) != h->in[k].size)
            return plumb_fail(w->diag, PLUMB_EFOREIGN, "the twin %s wants %zu numbers for %s, %zu are declared", t->graph->name, plumb_shape_size(&leaf->shape),
                h->in[k].name, h->in[k].size);
        t->leaf[k++] = v;
    }
    if (k != h->nin)
        return plumb_fail(w->diag, PLUMB_EFOREIGN, "the twin %s has %d inputs, %d are declared", t->graph->name, k, h->nin);
    if (plumb_shape_size(&plumb_graph_value(t->graph->graph, t->graph->output)->shape) != h->outputs)
        return plumb_fail(w->diag, PLUMB_EFOREIGN, "the twin %s makes %zu numbers, %zu are declared", t->graph->name,
            plumb_shape_size(&plumb_graph_value(t->graph->graph, t->graph->output)->shape), h->outputs);
    return PLUMB_OK;
}

static plumb_status
open_box(plumb_walk *w, plumb_twin *t)
{
    plumb_status st = plumb_bench_open(&t->bench, w->bench.options->twin, w->bench.options, w->bench.sink, w->diag);
    t->is_box = 1;
    if (st)
        return st;
    if (t->bench.hello.inputs != w->bench.hello.inputs || t->bench.hello.outputs != w->bench.hello.outputs)
        return plumb_fail(w->diag, PLUMB_EFOREIGN, "the twin %s has %zu inputs and %zu outputs, %s has %zu and %zu", w->bench.options->twin->name,
            t->bench.hello.inputs, t->bench.hello.outputs, w->bench.box->name, w->bench.hello.inputs, w->bench.hello.outputs);
    t->bench.limit = (size_t)-1;
    return PLUMB_OK;
}

plumb_status
plumb_twin_open(plumb_walk *w)
{
    plumb_twin *t;
    const char *name = w->bench.options->twin_name ? w->bench.options->twin_name : w->bench.hello.twin;
    if (!w->bench.options->twin && !*name)
        return w->bench.box->kind->forward ? PLUMB_OK
            : plumb_fail(w->diag, PLUMB_EFOREIGN, "recorded gradients have no forward pass: name a twin (twin op:NAME, or --twin)");
    w->twin = t = plumb_alloc(1, sizeof *t);
    if (!t)
        return PLUMB_ENOMEM;
    if (w->bench.options->twin)
        return open_box(w, t);
    t->graph = plumb_twin_graph(name, &w->bench.hello, w->bench.options->catalogue, &t->pointwise, w->diag);
    return t->graph ? match_leaves(w, t) : PLUMB_EFOREIGN;
}

void
plumb_twin_close(plumb_twin *t)
{
    if (!t)
        return;
    plumb_twin_graph_free(t->graph, t->pointwise);
    if (t->is_box)
        plumb_bench_close(&t->bench);
    plumb_release(t->y);
    plumb_release(t);
}

/* ---- the forward ---- */

static void
compare_value(plumb_twin *t, size_t j, double got, double want, double bar)
{
    double gap = fabs(got - want);
    if (gap <= bar || (isnan(got) && isnan(want)))
        return;
    if (!t->forward_off++ || !(gap / bar <= fabs(t->got - t->want) / t->bar))
        t->got = got, t->want = want, t->bar = bar, t->at = j;
}

static double
largest_value(const plumb_station *s)
{
    double most = 0;
    for (size_t i = 0; i < s->bench->hello.outputs; i++)
        most = isfinite(s->y[i]) ? fmax(most, fabs(s->y[i])) : most;
    return most;
}

/* What rounding lets the subject's value j be off by. */
static double
value_bar(const plumb_station *s, size_t j)
{
    double rough = 0;
    for (int k = 0; k < PLUMB_SHAKES && s->shaky; k++)
        rough = fmax(rough, fabs(s->shaken_y[k][j] - s->y[j]));
    return 8 * rough + 32 * s->unit_roundoff * largest_value(s) + 4.9e-324;
}

/* Beside a twin there are no differences of the subject's own forward to show what it loses: a tensor is entitled to rounding at the size of its
 * largest entry, in its natural units. */
static void
entitle(plumb_station *s)
{
    const plumb_hello *h = &s->bench->hello;
    const double *claim = s->claim + (s->rows - 1) * h->inputs;
    for (int k = 0; k < h->nin; k++) {
        double scaled = 0, most = 0, least = INFINITY, largest = 0;
        for (size_t i = h->in[k].from; i < h->in[k].from + h->in[k].size; i++)
            if (isfinite(claim[i]) && s->scale[i] > 0) {
                most = fmax(most, fabs(claim[i])), scaled = fmax(scaled, fabs(claim[i]) * s->scale[i]);
                least = fmin(least, s->scale[i]), largest = fmax(largest, s->scale[i]);
            }
        most = largest > 0x1p10 * least ? 0 : most;             /* units are mixed: only natural ones compare */
        for (size_t i = h->in[k].from; i < h->in[k].from + h->in[k].size; i++)
            s->fair[i] = s->scale[i] > 0 ? 8 * s->unit_roundoff * fmax(most, scaled / s->scale[i]) : 0;
    }
}

plumb_status
plumb_twin_values(plumb_walk *w)
{
    plumb_twin *t = w->twin;
    plumb_status st;
    if (!t || !t->is_box)
        return PLUMB_OK;
    t->y = plumb_alloc(w->bench.hello.outputs, sizeof *t->y);
    st = t->y ? plumb_bench_forward(&t->bench, w->here.x, t->y, w->diag) : PLUMB_ENOMEM;
    for (size_t j = 0; j < w->bench.hello.outputs && !st; j++)
        compare_value(t, j, w->here.y[j], t->y[j], value_bar(&w->here, j) + 8 * plumb_dtype_spacing(PLUMB_F64, t->y[j]));
    w->forward = &t->bench, w->base = t->y;
    if (!st)
        entitle(&w->here);
    return st;
}

/* Row-major place of element i of tensor k. */
static size_t
place_of(const plumb_hello *h, int k, size_t i)
{
    return plumb_element_index(h, k, h->in[k].from + i);
}

static void
load(plumb_walk *w, plumb_twin *t)
{
    const plumb_hello *h = &w->bench.hello;
    for (int k = 0; k < h->nin; k++)
        for (size_t i = 0; i < h->in[k].size; i++)
            if (t->graph->label[t->leaf[k]])
                t->graph->label[t->leaf[k]][place_of(h, k, i)] = (int64_t)w->here.x[h->in[k].from + i];
            else if (t->graph->point[t->leaf[k]])
                t->graph->point[t->leaf[k]][place_of(h, k, i)] = w->here.x[h->in[k].from + i];
}

static plumb_status
graph_values(plumb_walk *w, plumb_twin *t)
{
    plumb_num *R = plumb_mpfr_new(256, w->diag);
    plumb_run_options o = { .root = t->graph->output };
    plumb_run *run = R ? plumb_run_new(t->graph->graph, R, &o, w->diag) : NULL;
    plumb_status st = run ? PLUMB_OK : PLUMB_ENOMEM;
    if (run) {
        plumb_subject_load(t->graph, run);
        st = plumb_run_forward(run) & PLUMB_ENOMEM;
    }
    for (size_t j = 0; j < w->bench.hello.outputs && !st; j++) {
        plumb_array y = plumb_run_value(run, t->graph->output, 0);
        compare_value(t, j, w->here.y[j], plumb_get_d(R, &y, j), value_bar(&w->here, j));
    }
    plumb_run_free(run);
    plumb_num_free(R);
    return st;
}

static void
tell_forward(plumb_walk *w, int backward_fits_twin, int backward_fits_own)
{
    const plumb_twin *t = w->twin;
    char number[40];
    if (!w->bench.box->kind->forward)
        return;
    snprintf(number, sizeof number, "%zu of %zu", t->forward_off, w->bench.hello.outputs);
    if (!t->forward_off)
        plumb_tell_law(w, "forward", PLUMB_CORRECT, "%s", "");
    else if (fabs(t->got - t->want) <= fmax(plumb_faint(w->here.unit_roundoff) * largest_value(&w->here), 8 * w->here.unit_roundoff))
        plumb_tell_law(w, "forward", PLUMB_UNRESOLVED, "the forward pass differs from its twin in %s numbers by more than the rounding that was seen explains, and so little that "
            "digits lost inside might; number %zu: got %.12g, want %.12g, bar %.1e", number, t->at, t->got, t->want, t->bar);
    else
        plumb_tell_law(w, "forward", PLUMB_WRONG, "the forward pass is not that of its twin in %s numbers%s; number %zu: got %.12g, want %.12g, bar %.1e", number,
            backward_fits_twin ? ", and the backward pass is the twin's, so the forward pass is wrong"
            : backward_fits_own ? ", and the backward pass fits the forward pass, so the twin is not the same function" : "", t->at, t->got, t->want, t->bar);
}

/* ---- a graph judges ---- */

typedef struct estimates {
    plumb_estimate truth, bars;
    size_t *entry;
} estimates;

static plumb_status
ask_graph(plumb_walk *w, plumb_twin *t, int k, estimates *e)
{
    const plumb_hello *h = &w->bench.hello;
    size_t n = h->in[k].size;
    plumb_probe p = { .subject = t->graph, .leaf = t->leaf[k], .entries = n, .cotangent = w->here.g, .rows = w->here.rows, .team = w->bench.options->team > 1 ? w->bench.options->team : 1,
        .alpha = 1e-6 };
    const plumb_route *truth = n <= 2048 || t->pointwise ? &plumb_route_difference : &plumb_route_reverse_mpfr;
    plumb_status st;
    *e = (estimates){ .entry = plumb_alloc(n, sizeof *e->entry) };
    if (!e->entry)
        return PLUMB_ENOMEM;
    for (size_t i = 0; i < n; i++)
        e->entry[i] = i;
    p.entry = e->entry;
    st = plumb_estimate_make(truth, &p, &e->truth, w->diag);
    if (!st && !t->pointwise)
        st = plumb_estimate_make(&plumb_route_reverse, &p, &e->bars, w->diag);
    return st;
}

static void
drop(estimates *e)
{
    plumb_estimate_clear(&e->truth), plumb_estimate_clear(&e->bars);
    plumb_release(e->entry);
}

/* Of all rows, by their cotangents, in units of row r's. */
static double
largest_truth(const plumb_walk *w, size_t r, size_t n, const estimates *e)
{
    double most = 0;
    for (size_t q = 0; q < w->here.rows; q++) {
        double times = q == r ? 1 : plumb_station_cotangent(&w->here, r) / plumb_station_cotangent(&w->here, q);
        for (size_t i = 0; i < n && isfinite(times); i++)
            most = fmax(most, fabs(plumb_get_d(e->truth.num, &e->truth.value, q * n + i)) * times);
    }
    return most;
}

/* Row r of tensor k, entry by entry. */
static void
judge_row(plumb_walk *w, plumb_twin *t, int k, size_t r, const estimates *e, double *v, mpfr_ptr x)
{
    const plumb_hello *h = &w->bench.hello;
    plumb_tensor_trial *trial = &w->tensor[k];
    size_t n = h->in[k].size, parted = 0;
    double most = largest_truth(w, r, n, e), u = w->here.unit_roundoff, vague = plumb_vague(u);
    for (size_t i = 0; i < n; i++) {
        size_t at = r * n + place_of(h, k, i), own = h->in[k].from + i;
        double claim = w->here.claim[r * h->inputs + own], want = plumb_get_d(e->truth.num, &e->truth.value, at), gap, bar, rough;
        double step = w->here.scale[own] > 0 ? w->here.scale[own] : 1, ordinary = plumb_station_size(&w->here, r) / step;
        double unit = most > 0x1p-100 * ordinary ? most : ordinary;     /* 0 in 256 bits */
        if (e->truth.status[at])
            continue;
        memset(v, 0, h->inputs * sizeof *v);
        v[own] = step;
        rough = plumb_station_bar(&w->here, r, v) / step;
        bar = t->pointwise ? rough : e->bars.bar[at] * u / 0x1p-53;
        bar += 8 * u * most + e->truth.bar[at] + w->here.extra[own] + 0x1p-1070;
        plumb_get_mpfr(e->truth.num, &e->truth.value, at, x);
        mpfr_sub_d(x, x, claim, MPFR_RNDN);
        gap = fabs(mpfr_get_d(x, MPFR_RNDA));
        if (gap <= bar) {
            int wide = !(bar <= vague * unit) && unit > 0;
            trial->widest = fmax(trial->widest, unit > 0 ? bar / unit : 0), trial->wide = wide ? fmax(trial->wide, bar / unit) : trial->wide;
            if (gap * trial->bar >= trial->error * bar)
                trial->error = gap, trial->bar = bar;
            trial->said[wide ? PLUMB_WIDE : PLUMB_AGREES]++;
            continue;
        }
        if (t->pointwise && gap <= bar + 8 * u * plumb_station_scatter(&w->here, r) / fmin(1, step)) {
            trial->said[PLUMB_FAINT]++, trial->faint = fmax(trial->faint, gap / unit);
            continue;
        }
        trial->parted = ++parted > trial->parted ? parted : trial->parted;      /* of the worst cotangent */
        if (trial->worst.there && isfinite(trial->worst.got) && gap * trial->worst.slack <= trial->worst.gap * bar)
            continue;
        trial->worst = (plumb_place_found){ 1, 0, r, own, claim, want, gap, bar };
        trial->unstable = w->here.shaky && gap <= rough && gap < 0.01 * most;
    }
}

/* Other conventions, for a tensor that is wrong: up to 64 entries spread over it. */
static void
explain(plumb_walk *w, int k, const estimates *e)
{
    enum { MOST = 64 };
    const plumb_hello *h = &w->bench.hello;
    size_t element[MOST], n = h->in[k].size, count = 0, r = w->tensor[k].worst.row, stride = n / MOST + 1;
    double want[MOST], bar[MOST];
    for (size_t i = 0; i < n && count < MOST; i += stride, count++) {
        size_t at = r * n + place_of(h, k, i);
        element[count] = h->in[k].from + i, want[count] = plumb_get_d(e->truth.num, &e->truth.value, at);
        bar[count] = w->tensor[k].worst.slack;
    }
    if (plumb_other_convention(&w->here, r, k, count, element, want, bar, w->tensor[k].note, sizeof w->tensor[k].note))
        *w->tensor[k].note = 0;                 /* a mass matrix is for differences at two points to tell */
}

static plumb_status
judge_tensor(plumb_walk *w, plumb_twin *t, int k, int *fits)
{
    estimates e;
    double *v = plumb_alloc(w->bench.hello.inputs, sizeof *v);
    plumb_status st = v ? ask_graph(w, t, k, &e) : PLUMB_ENOMEM;
    mpfr_t x;
    if (!v)
        return st;
    mpfr_init2(x, 320);
    if (!st) {
        w->tensor[k] = (plumb_tensor_trial){ .narrowest = INFINITY, .directions = w->tensor[k].directions, .entries = w->bench.hello.in[k].size };
        for (size_t r = 0; r < w->here.rows; r++)
            judge_row(w, t, k, r, &e, v, x);
        if (w->tensor[k].worst.there && !w->tensor[k].unstable)
            explain(w, k, &e);
        *fits &= !w->tensor[k].worst.there;
    }
    mpfr_clear(x);
    drop(&e);
    plumb_release(v);
    return st;
}

static plumb_status
judge_by_graph(plumb_walk *w)
{
    plumb_twin *t = w->twin;
    const plumb_hello *h = &w->bench.hello;
    int fits_twin = 1, fits_own = 1, judged = 0;
    plumb_status st;
    load(w, t);
    st = w->bench.box->kind->forward ? graph_values(w, t) : PLUMB_OK;
    for (int k = 0; k < h->nin; k++)
        fits_own &= !w->tensor[k].worst.there && !w->tensor[k].said[PLUMB_PARTS];
    for (int k = 0; k < h->nin && !st; k++)
        if (!h->in[k].fixed && h->in[k].size && t->graph->point[t->leaf[k]] && !w->tensor[k].said[PLUMB_AT_KINK] && !w->tensor[k].kink_wrong) {
            plumb_tell_stage(w, "%s, tensor %s beside its twin", w->bench.box->name, h->in[k].name);
            st = judge_tensor(w, t, k, &fits_twin), judged++;
        }
    if (!st)
        tell_forward(w, fits_twin && judged, fits_own);
    return st;
}

/* ---- another box ---- */

/* The point has been judged by the twin's forward; where that fails, does the claim fit its own? */
static plumb_status
judge_by_box(plumb_walk *w)
{
    const plumb_hello *h = &w->bench.hello;
    int fits_twin = 1, fits_own = 1;
    plumb_tensor_trial *by_twin;
    plumb_status st = PLUMB_OK;
    for (int k = 0; k < h->nin; k++)
        fits_twin &= !w->tensor[k].worst.there && !w->tensor[k].said[PLUMB_PARTS];
    w->forward = &w->bench, w->base = w->here.y;
    if (!fits_twin && w->twin->forward_off) {
        by_twin = w->tensor;
        w->tensor = plumb_alloc((size_t)h->nin, sizeof *w->tensor);
        st = w->tensor ? plumb_walk_point(w) : PLUMB_ENOMEM;
        for (int k = 0; k < h->nin && !st; k++)
            fits_own &= !w->tensor[k].worst.there && !w->tensor[k].said[PLUMB_PARTS];
        if (fits_own && !st)                    /* the backward is right for what it computes: only the twin is not that */
            plumb_release(by_twin);
        else
            plumb_release(w->tensor), w->tensor = by_twin;
    }
    if (!st)
        tell_forward(w, fits_twin, fits_own);
    return st;
}

plumb_status
plumb_twin_judge(plumb_walk *w)
{
    return !w->twin ? PLUMB_OK : w->twin->is_box ? judge_by_box(w) : judge_by_graph(w);
}
