/* suppose.c - the steps that a trainer would have made under a supposition, from its own states
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include "checkers/trainers/causes.h"
#include "lib/base/alloc.h"

plumb_supposition
plumb_suppose(const plumb_shadow *s)
{
    plumb_supposition x = { .step = s->step, .rate = 1, .gradient = 1 };
    memcpy(x.settings, s->settings, sizeof s->settings);
    return x;
}

/* The gradient of other rows, or at another point. */
static plumb_status
made_anew(plumb_trial *t, size_t at, const int64_t *rows, size_t b, double factor, double *g)
{
    plumb_array to = { .plane = { g }, .inc = 1 };
    plumb_status st = plumb_shadow_gradient(t->shadow, 0, t->shadow->t->w + at * t->shadow->t->n, rows, b, &to, t->diag);
    for (size_t i = 0; i < t->shadow->t->n && factor != 1; i++)
        g[i] *= factor;
    return st;
}

/* The rows of step k with one left out, or another in its place. */
static plumb_status
other_rows(plumb_trial *t, const plumb_supposition *x, size_t k, double *g)
{
    enum { MOST = 4096 };
    int64_t rows[MOST];
    size_t b, used = 0;
    const int64_t *own = plumb_shadow_rows(t->shadow, k, &b);
    if (b > MOST || x->position >= b || x->other >= b)
        return PLUMB_EUNABLE;
    for (size_t i = 0; i < b; i++) {
        rows[used] = i == x->position && x->source == PLUMB_ONE_TWICE ? own[x->other] : own[i];
        if (x->source == PLUMB_ROW_NEXT || x->source == PLUMB_ROW_LAST)
            rows[used] = (own[i] + (x->source == PLUMB_ROW_NEXT ? 1 : (int64_t)t->shadow->t->data[0].rows - 1)) % (int64_t)t->shadow->t->data[0].rows;
        used += i != x->position || x->source == PLUMB_ONE_TWICE || x->source == PLUMB_ROW_NEXT || x->source == PLUMB_ROW_LAST;
    }
    if (!used)
        return PLUMB_EUNABLE;
    return made_anew(t, k, rows, used, x->source == PLUMB_WITHOUT_ONE_SAME_MEAN && t->shadow->twin->average ? (double)used / (double)b : 1, g);
}

static plumb_status
gradient_of(plumb_trial *t, const plumb_supposition *x, size_t k, double *g)
{
    const plumb_shadow *s = t->shadow;
    size_t n = s->t->n, b;
    const int64_t *rows;
    const double *own = s->g + k * n;
    plumb_source source = x->once && k != t->k ? PLUMB_OWN : x->source;
    for (size_t i = 0; i < n && x->source == PLUMB_SUM_OF_ALL; i++)
        t->sum[i] = k ? t->sum[i] + own[i] : own[i];
    memcpy(g, own, n * sizeof *g);
    switch (source) {
    case PLUMB_OWN: return PLUMB_OK;
    case PLUMB_NONE: memset(g, 0, n * sizeof *g); return PLUMB_OK;
    case PLUMB_ROWS_BEFORE:
        rows = plumb_shadow_rows(s, k ? k - 1 : 0, &b);
        return made_anew(t, k, rows, b, 1, g);
    case PLUMB_ROWS_AFTER:
        rows = plumb_shadow_rows(s, k + 1 < s->t->steps ? k + 1 : k, &b);
        return made_anew(t, k, rows, b, 1, g);
    case PLUMB_POINT_BEFORE:
        rows = plumb_shadow_rows(s, k, &b);
        return made_anew(t, k ? k - 1 : 0, rows, b, 1, g);
    case PLUMB_GRADIENT_BEFORE: memcpy(g, own - (k ? n : 0), n * sizeof *g); return PLUMB_OK;
    case PLUMB_SUM_OF_ALL: memcpy(g, t->sum, n * sizeof *g); return PLUMB_OK;
    case PLUMB_SUM_OF_TWO:
        for (size_t i = 0; i < n && k; i++)
            g[i] += own[(ptrdiff_t)i - (ptrdiff_t)n];
        return PLUMB_OK;
    default: return other_rows(t, x, k, g);
    }
}

/* The gradient as the trainer would see it. */
static plumb_status
seen_gradient(plumb_trial *t, const plumb_supposition *x, size_t k, double *g)
{
    plumb_status st = gradient_of(t, x, k, g);
    double factor = x->once && k != t->k ? 1 : x->gradient, length = 0;
    for (size_t i = 0; i < t->shadow->t->n && x->clip > 0; i++)
        length += g[i] * g[i];
    if (x->clip > 0 && sqrt(length) > x->clip)
        factor *= x->clip / (sqrt(length) + x->soft);
    for (size_t i = 0; i < t->shadow->t->n; i++)
        g[i] *= factor;
    return st;
}

/* What is left of step k, over its bar; INFINITY where it is not finite. */
static double
compare(const plumb_trial *t, const plumb_array *w, size_t k, double *gap)
{
    const plumb_trajectory *c = t->shadow->t;
    double worst = 0;
    for (int p = 0; p < c->params; p++)
        for (size_t i = c->param[p].from; i < c->param[p].from + c->param[p].size; i++) {
            double d = plumb_get_d(&plumb_f64, w, i) - c->w[(k + 1) * c->n + i], bar = t->shadow->bar[k * c->n + i], r = t->mask[p] && d != 0 && isfinite(bar) ? d / bar : 0;
            if (gap)
                gap[(k - t->k) * c->n + i] = r;
            worst = fabs(r) <= worst ? worst : isnan(r) ? INFINITY : fabs(r);
        }
    return worst;
}

/* The step's own buffers before step k, once for all suppositions that differ only from there on. */
static plumb_status
buffers(plumb_trial *t)
{
    static const char *const names[] = { "m", "s", "a" };
    const plumb_shadow *s = t->shadow;
    plumb_stepper *own = plumb_shadow_stepper(s, s->step, s->settings, 0, t->diag);
    plumb_status st = own ? PLUMB_OK : PLUMB_ENOMEM;
    size_t n = s->t->n;
    for (size_t k = 0; k < t->k && !st; k++) {
        plumb_array w = plumb_stepper_vector(own, "w"), g = plumb_stepper_vector(own, "g");
        for (size_t i = 0; i < n; i++)
            plumb_set_d(&plumb_f64, &w, i, s->t->w[k * n + i]), plumb_set_d(&plumb_f64, &g, i, s->g[k * n + i]);
        st = plumb_shadow_step(s, own, k, 1, t->diag);
    }
    for (size_t i = 0; i < 3 * n && !st; i++) {
        plumb_array at = plumb_stepper_vector(own, names[i / n]);
        t->buffer[i] = plumb_get_d(&plumb_f64, &at, i % n);
    }
    plumb_stepper_free(own);
    t->buffered = !st;
    return st;
}

/* Where a supposition is the step's own until step k, it begins there. */
static size_t
begin(plumb_trial *t, const plumb_supposition *x, plumb_stepper *stepper)
{
    static const char *const names[] = { "m", "s", "a" };
    size_t n = t->shadow->t->n;
    plumb_array k = plumb_stepper_vector(stepper, "k");
    if (!x->once || x->step != t->shadow->step || x->rate != 1 || x->clip > 0 || strcmp(x->settings, t->shadow->settings) || (!t->buffered && buffers(t)))
        return 0;
    for (size_t i = 0; i < 3 * n; i++) {
        plumb_array at = plumb_stepper_vector(stepper, names[i / n]);
        plumb_set_d(&plumb_f64, &at, i % n, t->buffer[i]);
    }
    plumb_set_d(&plumb_f64, &k, 0, (double)(t->shadow->t->first + t->k));
    return t->k;
}

int
plumb_explains(plumb_trial *t, const plumb_supposition *x, double *gap)
{
    const plumb_shadow *s = t->shadow;
    plumb_stepper *stepper = plumb_shadow_stepper(s, x->step, x->settings, 0, t->diag);
    plumb_array w, g;
    plumb_status st = stepper ? PLUMB_OK : PLUMB_EINPUT;
    double worst = 0;
    t->failed |= !stepper && strstr(t->diag->text, "memory") ? PLUMB_ENOMEM : PLUMB_OK;
    if (stepper)
        w = plumb_stepper_vector(stepper, "w"), g = plumb_stepper_vector(stepper, "g");
    for (size_t k = stepper ? begin(t, x, stepper) : 0; k <= t->last && !st && isfinite(worst); k++) {
        st = seen_gradient(t, x, k, t->gradient);
        for (size_t i = 0; i < s->t->n && !st; i++)
            plumb_set_d(&plumb_f64, &w, i, s->t->w[k * s->t->n + i]), plumb_set_d(&plumb_f64, &g, i, t->gradient[i]);
        st |= st ? st : plumb_shadow_step(s, stepper, k, x->rate, t->diag);
        if (!st && k >= t->k)
            worst = fmax(worst, compare(t, &w, k, gap));
    }
    plumb_stepper_free(stepper);
    t->failed |= st & PLUMB_ENOMEM;
    t->left = st ? INFINITY : worst;
    return !st && worst <= 2;           /* the supposition's own rounding may be as much again */
}

/* ---- one number ---- */

/* The step of Gauss and Newton along one number, from two gaps a difference apart. */
static double
newton(size_t n, const double *here, const double *there, double difference)
{
    double up = 0, down = 0;
    for (size_t i = 0; i < n; i++) {
        double slope = (there[i] - here[i]) / difference;
        if (isfinite(slope) && isfinite(here[i]))
            up += slope * here[i], down += slope * slope;
    }
    return down > 0 ? -up / down : 0;
}

int
plumb_fit(plumb_trial *t, const plumb_supposition *base, plumb_setter *set, const char *name, double *x, double scale)
{
    size_t n = (t->last - t->k + 1) * t->shadow->t->n;
    plumb_supposition there = *base;
    for (int round = 0; round < 12; round++) {
        double difference = fmax(fabs(*x), scale) * 1e-6, move;
        set(&there, base, *x, name);
        if (plumb_explains(t, &there, t->gap[0]))
            return 1;
        set(&there, base, *x + difference, name);
        plumb_explains(t, &there, t->gap[1]);
        move = newton(n, t->gap[0], t->gap[1], difference);
        if (!(fabs(move) > 0) || !isfinite(move))
            return 0;
        *x += move;
    }
    return 0;
}
