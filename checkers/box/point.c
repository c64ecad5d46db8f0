/* point.c - the given point: a direction of all inputs, one of each tensor, single entries; and what is wrong with what parts
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include "checkers/box/walk.h"
#include "lib/base/alloc.h"

enum { FEW_TENSORS = 8, FEW_ENTRIES = 24, DEFAULT_ENTRIES = 12 };

/* ---- directions ---- */

static void
note_word(plumb_tensor_trial *t, plumb_word word, double gap, double slack, double relative)
{
    t->said[word]++;
    if (word == PLUMB_AGREES) {
        t->widest = fmax(t->widest, relative), t->narrowest = fmin(t->narrowest, relative);
        if (t->bar == 0 || gap * t->bar > t->error * slack)
            t->error = gap, t->bar = slack;
    } else if (word == PLUMB_WIDE)
        t->wide = fmax(t->wide, relative);
    else if (word == PLUMB_FAINT)
        t->faint = fmax(t->faint, gap * relative / slack);
}

/* A row parts: is it so again, and where? */
static plumb_status
accuse(plumb_walk *w, plumb_ray *ray, size_t r, const plumb_slope *slope, size_t from, size_t to, int k, int *sure)
{
    plumb_place_found found = { 0 };
    plumb_status st = plumb_confirm(ray, slope, r, sure);
    if (st || *sure <= 0 || k < 0)
        return st;
    st = plumb_locate(ray, r, from, to, slope, &found);
    if (!st && found.stairs)
        *sure = -1;
    if (!st && found.there && (!w->tensor[k].worst.there || found.gap * w->tensor[k].worst.slack > w->tensor[k].worst.gap * found.slack))
        w->tensor[k].worst = found;
    return st;
}

/* All rows along v, which moves inputs from..to-1; k: the tensor, or -1 for several. */
static plumb_status
direction(plumb_walk *w, plumb_ray *ray, size_t from, size_t to, int k, const plumb_slope *slope, size_t *parts)
{
    plumb_status st = PLUMB_OK;
    *parts = 0;
    for (size_t r = 0; r < w->here.rows && !st; r++) {
        double gap, slack, relative;
        plumb_word word = plumb_weigh(&w->here, ray->v, r, &slope[r], &gap, &slack, &relative);
        int sure = 1;
        if (word == PLUMB_PARTS && *parts < 1) {      /* one row tells as much as all */
            st = accuse(w, ray, r, &slope[r], from, to, k, &sure);
            word = sure > 0 ? word : sure < 0 ? PLUMB_FAINT : PLUMB_STAIRS;
        }
        *parts += word == PLUMB_PARTS;
        if (k >= 0 && (r + 1 != w->here.weighed || word == PLUMB_PARTS))
            note_word(&w->tensor[k], word, gap, slack, relative);
    }
    if (k >= 0)
        w->tensor[k].directions++;
    return st;
}

/* The step and the noise that the first direction teaches: of the dense row, which all outputs speak in. */
static void
learn(plumb_walk *w, const plumb_slope *slope)
{
    w->scale = 0;
    for (size_t r = 0; r < w->here.rows; r++) {
        double f = slope[r].floor > 0 && slope[r].noise > 0 ? slope[r].noise / slope[r].floor : 1, size = 0;
        w->times[r] = fmin(fmax(f, 1), 1e12);
        for (size_t j = 0; j < w->bench.hello.outputs; j++)
            size += fabs(w->here.g[r * w->bench.hello.outputs + j] * w->here.y[j]);
        if (size > 0 && isfinite(slope[r].noise))
            w->noise = fmax(w->noise, slope[r].noise / size);
        if (slope[r].state == PLUMB_SLOPE_FOUND)
            w->scale = w->scale > 0 ? fmin(w->scale, slope[r].scale) : slope[r].scale;
    }
    w->scale = w->scale > 0 ? w->scale : 0x1p-6;
}

/* Three pairs at a step that suits most functions: in a quick check that is all, unless a row does not agree. */
static plumb_status
quick_look(plumb_walk *w, plumb_ray *ray, plumb_slope *slope, int *enough)
{
    plumb_status st;
    for (size_t r = 0; r < w->here.rows; r++)
        w->times[r] = 1;
    *enough = !plumb_ray_one_sided(&w->here, ray->v);
    if (!*enough)
        return PLUMB_OK;
    st = plumb_ray_quickly(ray, w->here.unit_roundoff < 1e-12 ? 0x1p-7 : 0x1p-3, w->times, slope);
    for (size_t r = 0; r < w->here.rows && !st; r++) {
        double gap, slack, relative;
        *enough &= plumb_weigh(&w->here, ray->v, r, &slope[r], &gap, &slack, &relative) == PLUMB_AGREES;
    }
    return st;
}

/* One direction of all inputs: what it teaches serves all that follows. */
static plumb_status
together(plumb_walk *w, double *v, plumb_slope *slope, size_t *parts)
{
    plumb_ray ray = { .at = &w->here, .v = v, .forward = w->forward, .base = w->base, .table = w->curve, .shown = w->here.rows - 1, .diag = w->diag };
    int enough = 0;
    plumb_status st = PLUMB_OK;
    *parts = 0;
    if (!plumb_ray_draw(&w->here, w->bench.options->seed, 0, w->bench.hello.inputs, v))
        return PLUMB_OK;
    if (w->bench.options->quick)
        st = quick_look(w, &ray, slope, &enough);
    if (!st && !enough && !w->here.shaky && !w->backward_unsure)
        st = plumb_station_shake(&w->here, w->diag);
    if (!st && !enough)
        st = plumb_ray_regress(&ray, 0.5, 1, slope);
    if (st)
        return st;
    w->points = ray.points, w->shown = ray.shown;
    w->noise_at_curve = slope[ray.shown].noise;
    learn(w, slope);
    return direction(w, &ray, 0, w->bench.hello.inputs, -1, slope, parts);
}

static plumb_status
alone(plumb_walk *w, int k, unsigned long seed, double start, double *v, plumb_slope *slope, size_t *parts)
{
    const plumb_tensor *t = &w->bench.hello.in[k];
    plumb_ray ray = { .at = &w->here, .v = v, .forward = w->forward, .base = w->base, .shown = (size_t)-1, .diag = w->diag };
    plumb_status st;
    *parts = 0;
    if (!plumb_ray_draw(&w->here, w->bench.options->seed + seed, t->from, t->from + t->size, v))
        return PLUMB_OK;
    st = plumb_ray_regress(&ray, start, seed, slope);
    return st ? st : direction(w, &ray, t->from, t->from + t->size, k, slope, parts);
}

/* What the direction of all inputs says of tensor k: slack, relative to its own largest entry. */
static void
share_out(plumb_walk *w, const double *v, const plumb_slope *slope, int k)
{
    const plumb_tensor *t = &w->bench.hello.in[k];
    size_t n = w->bench.hello.inputs;
    w->tensor[k].directions++;
    for (size_t r = 0; r < w->here.rows; r++) {
        double gap, slack, relative, largest = 0;
        plumb_word word = plumb_weigh(&w->here, v, r, &slope[r], &gap, &slack, &relative);
        for (size_t i = t->from; i < t->from + t->size; i++)
            largest = fmax(largest, fabs(w->here.claim[r * n + i] * v[i]));
        relative = largest > 0 ? slack / largest : slack > 0 ? INFINITY : 0;
        if (word == PLUMB_AGREES && largest > 0 && relative > plumb_wanted(w->here.unit_roundoff))
            word = PLUMB_WIDE;
        if (word != PLUMB_PARTS && r + 1 != w->here.weighed)    /* another tensor's fault, or this one's: a direction of its own tells */
            note_word(&w->tensor[k], word, gap, slack, relative);
    }
}

/* ---- single entries ---- */

/* One entry, every row.  A tensor that was right so far is accused only after a look in earnest, and few of those. */
static plumb_status
one_entry(plumb_walk *w, plumb_ray *ray, int k, size_t at, plumb_slope *slope, int *earnest, int *parts)
{
    plumb_tensor_trial *t = &w->tensor[k];
    int known = t->worst.there, quick = !plumb_ray_one_sided(&w->here, ray->v);
    plumb_status st = quick ? plumb_ray_quickly(ray, w->scale, w->times, slope) : plumb_ray_regress(ray, w->scale, at, slope);
    *parts = 0;
    for (size_t r = 0; r < w->here.rows && !st && !*parts; r++) {
        double gap, slack, relative;
        int sure = 1;
        if (plumb_weigh(&w->here, ray->v, r, &slope[r], &gap, &slack, &relative) != PLUMB_PARTS)
            continue;
        if (!known && *earnest > 0) {
            --*earnest;
            st = plumb_ray_regress(ray, fmin(0.5, 4 * w->scale), at, slope);
            if (!st && plumb_weigh(&w->here, ray->v, r, &slope[r], &gap, &slack, &relative) == PLUMB_PARTS)
                st = accuse(w, ray, r, &slope[r], at, at + 1, k, &sure);
            else
                sure = 0;
            sure = sure > 0;
            t->said[PLUMB_PARTS] += (size_t)sure;
        } else if (!known)
            continue;
        *parts = sure;
    }
    return st;
}

/* A mass matrix is the same at another point: are the ratios of claim and slope? */
static plumb_status
same_elsewhere(plumb_walk *w, size_t row, size_t n, const size_t *element, const double *want, int *same)
{
    size_t inputs = w->bench.hello.inputs;
    double *x = plumb_alloc(inputs, sizeof *x), *v = plumb_alloc(inputs, sizeof *v);
    plumb_station there = { .bench = &w->bench };
    plumb_status st = x && v ? PLUMB_OK : PLUMB_ENOMEM;
    *same = 0;
    if (!st) {
        plumb_ray_draw(&w->here, 60, 0, inputs, x);
        for (size_t i = 0; i < inputs; i++)
            x[i] = w->here.x[i] + x[i] / 4;
        st = plumb_station_beside(&there, &w->here, row, x, w->diag);
    }
    for (size_t i = 0; i < n && !st && !plumb_bench_late(&w->bench); i++) {
        plumb_ray ray = { .at = &there, .v = v, .forward = &w->bench, .base = there.y, .shown = (size_t)-1, .diag = w->diag };
        double one = 1, here = w->here.claim[row * inputs + element[i]] / want[i];
        plumb_slope slope;
        if (!plumb_ray_draw(&there, 1, element[i], element[i] + 1, v) || plumb_ray_one_sided(&there, v))
            continue;
        st = plumb_ray_quickly(&ray, w->scale, &one, &slope);
        *same = !st && fabs(there.claim[element[i]] / (there.claim[element[i]] + slope.value / v[element[i]]) / here - 1) < 1e-3;
        if (!*same)
            break;
    }
    plumb_station_close(&there);
    plumb_release(x), plumb_release(v);
    if (st == PLUMB_EDOMAIN)
        w->diag->text[0] = 0;
    return st == PLUMB_EDOMAIN ? PLUMB_OK : st;
}

/* Entry by entry: of a tensor that is wrong (for what it looks like), or as many as asked for. */
static plumb_status
entries(plumb_walk *w, int k, size_t most, double *v, plumb_slope *slope)
{
    enum { KEPT = 64 };
    const plumb_tensor *t = &w->bench.hello.in[k];
    plumb_ray ray = { .at = &w->here, .v = v, .forward = w->forward, .base = w->base, .shown = (size_t)-1, .diag = w->diag };
    size_t element[KEPT], kept = 0, stride = t->size > most ? t->size / most : 1, n = w->bench.hello.inputs, row = w->here.rows - 1;   /* the dense one */
    double want[KEPT], bar[KEPT];
    int earnest = 2;
    plumb_status st = PLUMB_OK;
    for (size_t at = t->from + (stride > 1 ? (size_t)k % stride : 0); at < t->from + t->size && !st; at += stride) {
        double gap, slack, relative;
        int parts;
        if (!plumb_ray_draw(&w->here, w->bench.options->seed, at, at + 1, v) || (!w->tensor[k].worst.there && plumb_bench_exhausted(&w->bench, w->bench.limit / 2)))
            continue;
        if (plumb_bench_late(&w->bench))
            break;
        st = one_entry(w, &ray, k, at, slope, &earnest, &parts);
        w->tensor[k].entries++, w->tensor[k].parted += (size_t)parts;
        if (st || kept == KEPT || !isfinite(slope[row].value))
            continue;
        plumb_weigh(&w->here, v, row, &slope[row], &gap, &slack, &relative);
        element[kept] = at, want[kept] = w->here.claim[row * n + at] + slope[row].value / v[at], bar[kept++] = slack / fabs(v[at]);
    }
    if (!st && w->tensor[k].worst.there && plumb_other_convention(&w->here, row, k, kept, element, want, bar, w->tensor[k].note, sizeof w->tensor[k].note)) {
        int same = 0;
        st = same_elsewhere(w, row, kept, element, want, &same);
        if (!same)
            *w->tensor[k].note = 0;
    }
    return st;
}

/* ---- the given point ---- */

/* The claim is not finite somewhere: is the function? */
static plumb_status
not_finite(plumb_walk *w, int k, double *v, plumb_slope *slope)
{
    const plumb_tensor *t = &w->bench.hello.in[k];
    size_t n = w->bench.hello.inputs, at = t->from, row = 0;
    for (size_t r = w->here.rows; r-- > 0;)
        for (size_t i = t->from + t->size; i-- > t->from;)
            if (!isfinite(w->here.claim[r * n + i]))
                at = i, row = r;
    plumb_ray ray = { .at = &w->here, .v = v, .forward = w->forward, .base = w->base, .shown = (size_t)-1, .diag = w->diag };
    plumb_status st = plumb_ray_draw(&w->here, w->bench.options->seed, at, at + 1, v) ? plumb_ray_regress(&ray, 0.5, 5, slope) : PLUMB_OK;
    if (!st && slope[row].state != PLUMB_SLOPE_NOWHERE)
        w->tensor[k].worst = (plumb_place_found){ 1, 0, row, at, w->here.claim[row * n + at], slope[row].value / v[at], INFINITY, slope[row].bar / fabs(v[at]) };
    return st;
}

static plumb_status
every_tensor(plumb_walk *w, double *v, double *shared, plumb_slope *slope, const plumb_slope *joint, size_t joint_parts)
{
    const plumb_hello *h = &w->bench.hello;
    int free_tensors = 0;
    plumb_status st = PLUMB_OK;
    for (int k = 0; k < h->nin; k++)
        free_tensors += !h->in[k].fixed && h->in[k].size > 0;
    for (int k = 0; k < h->nin && !st; k++) {
        size_t parts, again;
        int each = free_tensors <= FEW_TENSORS || joint_parts || w->bench.options->all;
        if (h->in[k].fixed || !h->in[k].size || !w->here.tensor_finite[k])
            continue;
        plumb_tell_stage(w, "%s, tensor %s", w->bench.box->name, h->in[k].name);
        if (w->bench.options->quick || !each || plumb_bench_exhausted(&w->bench, 32)) {
            share_out(w, shared, joint, k);
            if (!joint_parts)
                continue;
        }
        if (w->bench.options->quick && !joint_parts)
            continue;
        st = alone(w, k, 2 + (unsigned long)k, fmin(0.5, 4 * w->scale), v, slope, &parts);
        if (!st && parts == 0 && joint_parts)
            st = alone(w, k, 102 + (unsigned long)k, 0.5, v, slope, &again);
    }
    return st;
}

plumb_status
plumb_walk_point(plumb_walk *w)
{
    const plumb_hello *h = &w->bench.hello;
    double *v = plumb_alloc(h->inputs, sizeof *v), *shared = plumb_alloc(h->inputs, sizeof *shared);
    plumb_slope *slope = plumb_alloc(w->here.rows, sizeof *slope), *joint = plumb_alloc(w->here.rows, sizeof *joint);
    size_t joint_parts = 0, free_entries = 0;
    plumb_status st = v && shared && slope && joint ? PLUMB_OK : PLUMB_ENOMEM;
    plumb_release(w->times);
    w->times = plumb_alloc(w->here.rows, sizeof *w->times);
    if (!w->times)
        st = PLUMB_ENOMEM;
    for (int k = 0; k < h->nin; k++)
        w->tensor[k] = (plumb_tensor_trial){ .narrowest = INFINITY };
    w->learnt_of_twin = w->forward != &w->bench;
    plumb_tell_stage(w, "%s, all inputs together", w->bench.box->name);
    st |= st ? st : together(w, shared, joint, &joint_parts);
    st |= st ? st : every_tensor(w, v, shared, slope, joint, joint_parts);
    for (int k = 0; k < h->nin; k++)
        free_entries += h->in[k].fixed ? 0 : h->in[k].size;
    for (int k = 0; k < h->nin && !st; k++) {
        plumb_tensor_trial *t = &w->tensor[k];
        size_t most = w->bench.options->all ? h->in[k].size : free_entries <= FEW_ENTRIES ? FEW_ENTRIES : DEFAULT_ENTRIES / (size_t)(h->nin > 4 ? 4 : h->nin);
        if (h->in[k].fixed || !h->in[k].size)
            continue;
        if (!w->here.tensor_finite[k])
            st = not_finite(w, k, v, slope);
        else if (t->worst.there)
            st = entries(w, k, FEW_ENTRIES, v, slope);
        else if (!w->bench.options->quick && most && !t->said[PLUMB_AT_KINK])
            st = entries(w, k, most, v, slope);
    }
    plumb_release(v), plumb_release(shared), plumb_release(slope), plumb_release(joint);
    return st;
}
