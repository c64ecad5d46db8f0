/* causes.c - why a step is wrong: what other step, setting, gradient or sample explains it to the rounding bar
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each supposition is made into steps from the trainer's own states and must explain the first wrong step and the one behind it in every number; the first that
 * does is told. Nothing is guessed from sizes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "checkers/trainers/causes.h"
#include "lib/base/alloc.h"

/* ---- no step at all ---- */

static double rate_at(const plumb_trial *, long k);

/* The state is the same as before, where a step was due: of a schedule that begins with 0 the rate may be that of the step before. */
static int
by_rest(plumb_trial *t, plumb_told *to)
{
    const plumb_trajectory *c = t->shadow->t;
    int due = 0;
    for (int p = 0; p < c->params; p++)
        for (size_t i = c->param[p].from; t->mask[p] && i < c->param[p].from + c->param[p].size; i++) {
            if (c->w[(t->k + 1) * c->n + i] != c->w[t->k * c->n + i])
                return 0;
            due |= t->shadow->want[t->k * c->n + i] != c->w[t->k * c->n + i];
        }
    if (due)
        snprintf(to->text, to->room, "the state does not change: no step is made, or its learning rate is 0%s", rate_at(t, (long)t->k - 1) == 0 ? ", that of the step before" : "");
    return due;
}

/* ---- the gradient ---- */

static const struct {
    plumb_source source;
    const char *words;
} sources[] = {
    { PLUMB_NONE, "as if the gradient were zero: it is not used" },
    { PLUMB_SUM_OF_ALL, "the gradients of all steps so far are added up: they are not zeroed between the steps" },
    { PLUMB_SUM_OF_TWO, "the gradient of the step before is added: it is not zeroed" },
    { PLUMB_ROWS_BEFORE, "it has seen the samples of the step before: they are stale" },
    { PLUMB_ROWS_AFTER, "it has seen the samples of the step behind it" },
    { PLUMB_GRADIENT_BEFORE, "it takes the gradient of the step before" },
    { PLUMB_POINT_BEFORE, "the gradient is that of the state before: the weights in it are stale" },
    { PLUMB_ROW_NEXT, "each sample is the one behind the row that is named: the rows are off by one" },
    { PLUMB_ROW_LAST, "each sample is the one before the row that is named: the rows are off by one" },
};

static int
by_source(plumb_trial *t, plumb_told *to)
{
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        for (int once = 0; once < 2; once++) {
            plumb_supposition x = plumb_suppose(t->shadow);
            x.source = sources[i].source, x.once = once;
            if (plumb_explains(t, &x, NULL))
                return snprintf(to->text, to->room, "%s%s", sources[i].words, once && t->last > t->k ? ", at this step alone" : ""), 1;
        }
    return 0;
}

/* ---- single samples ---- */

static int
one_sample(plumb_trial *t, plumb_source source, size_t position, size_t other, plumb_told *to)
{
    size_t b;
    const int64_t *rows = plumb_shadow_rows(t->shadow, t->k, &b);
    for (int once = 0; once < 2; once++) {
        plumb_supposition x = plumb_suppose(t->shadow);
        x.source = source, x.position = position, x.other = other, x.once = once;
        if (!once && ((position != 0 && position != b - 1) || t->k > 50))         /* from the first step on: each gradient anew */
            continue;
        if (!plumb_explains(t, &x, NULL))
            continue;
        if (source == PLUMB_ONE_TWICE)
            snprintf(to->text, to->room, "sample %lld is repeated: it stands where sample %lld belongs (place %zu of the batch)", (long long)rows[other], (long long)rows[position],
                position + 1);
        else
            snprintf(to->text, to->room, "sample %lld (place %zu of the batch) is left out%s", (long long)rows[position], position + 1,
                source == PLUMB_WITHOUT_ONE_SAME_MEAN ? "; the mean is over all places all the same" : "");
        return 1;
    }
    return 0;
}

static int
by_sample(plumb_trial *t, plumb_told *to)
{
    enum { MOST = 64 };
    size_t b;
    plumb_shadow_rows(t->shadow, t->k, &b);
    for (size_t i = 0; i < b && b > 1 && b <= MOST; i++)
        if (one_sample(t, PLUMB_WITHOUT_ONE, i, 0, to) || one_sample(t, PLUMB_WITHOUT_ONE_SAME_MEAN, i, 0, to))
            return 1;
    for (size_t i = 0; i < b && b > 1 && b <= MOST; i++)
        for (size_t j = 0; j < b; j++)
            if (i != j && one_sample(t, PLUMB_ONE_TWICE, i, j, to))
                return 1;
    return 0;
}

/* ---- one number ---- */

static int
near(double a, double b)
{
    return fabs(a - b) <= 1e-5 * fabs(b);
}

static void
set_gradient(plumb_supposition *x, const plumb_supposition *base, double to, const char *name)
{
    (void)name;
    *x = *base, x->gradient = to;
}

static void
set_rate(plumb_supposition *x, const plumb_supposition *base, double to, const char *name)
{
    (void)name;
    *x = *base, x->rate = to;
}

static void
set_setting(plumb_supposition *x, const plumb_supposition *base, double to, const char *name)
{
    *x = *base;
    snprintf(x->settings + strlen(x->settings), sizeof x->settings - strlen(x->settings), ",%s=%.17g", name, to);
}

/* Words for a factor of the gradient, or of the whole step. */
static void
say_factor(const plumb_trial *t, double c, const char *what, plumb_told *to)
{
    size_t b, used;
    int average = t->shadow->twin->average;
    plumb_shadow_rows(t->shadow, t->k, &b);
    used = (size_t)snprintf(to->text, to->room, "%s is %.*g times what is due", what, near(c, 1) ? 15 : 6, c);
    if (c < 0)
        snprintf(to->text + used, to->room - used, ": it goes up");
    else if (b > 1 && near(c, (double)b))
        snprintf(to->text + used, to->room - used, average ? ": a sum over the batch of %zu where its mean was due" : ": the batch of %zu is counted twice over", b);
    else if (b > 1 && near(c, 1 / (double)b))
        snprintf(to->text + used, to->room - used, average ? ": it is divided by the batch of %zu once more" : ": a mean over the batch of %zu where its sum was due", b);
}

/* Of step k (from 0; -1 is the one before the first); NaN where it is not known. */
static double
rate_at(const plumb_trial *t, long k)
{
    const plumb_shadow *s = t->shadow;
    plumb_stepper *p;
    double rate = NAN;
    if (k + (long)s->t->first < -1 || k >= (long)s->t->steps || (s->rates && k < 0))
        return NAN;
    if (s->rates)
        return s->t->rate[k];
    p = plumb_shadow_stepper(s, s->step, s->settings, 0, t->diag);
    if (p) {
        plumb_array at = plumb_stepper_vector(p, "k"), r = plumb_stepper_vector(p, "rate");
        plumb_set_d(&plumb_f64, &at, 0, (double)((long)s->t->first + k));
        rate = plumb_stepper_step(p, t->diag) ? NAN : plumb_get_d(&plumb_f64, &r, 0);
    }
    plumb_stepper_free(p);
    return rate;
}

/* A schedule that runs one step late or early. */
static int
by_schedule(plumb_trial *t, double c, plumb_told *to)
{
    double now = rate_at(t, (long)t->k), before = rate_at(t, (long)t->k - 1), behind = rate_at(t, (long)t->k + 1);
    const char *which = near(c, before / now) && before != now ? "before" : near(c, behind / now) && behind != now ? "behind it" : NULL;
    if (which)
        snprintf(to->text, to->room, "the learning rate is that of the step %s, %.6g times what is due", which, c);
    return which != NULL;
}

/* One factor of the rate for all the steps that are tried. */
static int
rate_factor(plumb_trial *t, double *c)
{
    plumb_supposition own = plumb_suppose(t->shadow);
    *c = 1;
    return plumb_fit(t, &own, set_rate, NULL, c, 1);
}

static int
by_rate(plumb_trial *t, plumb_told *to)
{
    double c;
    if (!rate_factor(t, &c) || fabs(c - 1) < 1e-13)
        return 0;
    if (!by_schedule(t, c, to))
        say_factor(t, c, "the step", to);
    return 1;
}

static double setting_now(const plumb_shadow *, int i);

/* What divides by a root cannot tell a gradient times c from an eps divided by c. */
static void
or_eps(plumb_trial *t, double c, plumb_told *to)
{
    for (int i = 0; i < PLUMB_STEP_SETTINGS && t->shadow->step->setting[i].name; i++) {
        double eps = setting_now(t->shadow, i) / c;
        plumb_supposition own = plumb_suppose(t->shadow), x;
        if (strcmp(t->shadow->step->setting[i].name, "eps") || !(eps > 0))
            continue;
        set_setting(&x, &own, eps, "eps");
        if (plumb_explains(t, &x, NULL))
            snprintf(to->text + strlen(to->text), to->room - strlen(to->text), "; or eps is %.6g, not %g", eps, eps * c);
    }
}

static int
by_gradient(plumb_trial *t, plumb_told *to)
{
    plumb_supposition own = plumb_suppose(t->shadow);
    double c = 1;
    if (!plumb_fit(t, &own, set_gradient, NULL, &c, 1) || fabs(c - 1) < 1e-13)
        return 0;
    say_factor(t, c, "the gradient", to);
    or_eps(t, c, to);
    return 1;
}

/* The value that the settings give, or the step's own. */
static double
setting_now(const plumb_shadow *s, int i)
{
    char key[48];
    const char *at = s->settings;
    double value = s->step->setting[i].value;
    snprintf(key, sizeof key, "%s=", s->step->setting[i].name);
    while ((at = strstr(at, key))) {
        if (at == s->settings || at[-1] == ',')
            value = strtod(at + strlen(key), NULL);
        at++;
    }
    return value;
}

static int
by_setting(plumb_trial *t, plumb_told *to)
{
    for (int i = 0; i < PLUMB_STEP_SETTINGS && t->shadow->step->setting[i].name; i++) {
        const char *name = t->shadow->step->setting[i].name;
        double due = setting_now(t->shadow, i), x = due;
        plumb_supposition own = plumb_suppose(t->shadow), none = own;
        set_setting(&none, &own, 0, name);
        if (due > 0 && plumb_explains(t, &none, NULL)) {
            if (!strcmp(name, "decay"))
                snprintf(to->text, to->room, "the weight decay of %g is missing", due);
            else
                snprintf(to->text, to->room, "it is as if %s were 0, not %g", name, due);
            return 1;
        }
        if (!plumb_fit(t, &own, set_setting, name, &x, !strcmp(name, "decay") ? 1e-2 : !strcmp(name, "eps") ? 1e-8 : 0.1))
            continue;
        if (!strcmp(name, "decay") && due == 0)
            snprintf(to->text, to->room, "there is a weight decay of %.6g that nobody asked for", x);
        else
            snprintf(to->text, to->room, "it is as if %s were %.6g, not %g", name, x, due);
        return 1;
    }
    return 0;
}

/* ---- one step by itself: what may be another number at each ---- */

static void
set_clip(plumb_supposition *x, const plumb_supposition *base, double to, const char *name)
{
    (void)name;
    *x = *base, x->clip = to;
}

/* c times the gradient at this step: is it cut to a length, at the next one, too? */
static int
by_clipping(plumb_trial *t, double c, plumb_told *to)
{
    const double *g = t->shadow->g + t->k * t->shadow->t->n;
    double length = 0;
    for (size_t i = 0; i < t->shadow->t->n; i++)
        length += g[i] * g[i];
    for (int soft = 0; soft < 2 && c > 0 && c < 1; soft++) {
        plumb_supposition x = plumb_suppose(t->shadow);
        double clip = c * (sqrt(length) + (x.soft = soft ? 1e-6 : 0));
        if (!plumb_fit(t, &x, set_clip, NULL, &clip, 1e-3) || !(clip > 0) || clip >= sqrt(length))
            continue;
        snprintf(to->text, to->room, "the gradient is cut to a length of %.6g; it is %.6g long at this step", clip, sqrt(length));
        return 1;
    }
    return 0;
}

static int
by_one_gradient(plumb_trial *t, plumb_told *to)
{
    plumb_supposition x = plumb_suppose(t->shadow);
    size_t last = t->last;
    double c = 1;
    int fits;
    x.once = 1, t->last = t->k;
    fits = plumb_fit(t, &x, set_gradient, NULL, &c, 1);
    t->last = last;
    for (double guess = 0.9; guess > 0.05 && !fits && t->last > t->k; guess *= 0.6)     /* one step of adam hardly tells a length */
        if (by_clipping(t, guess, to))
            return 1;
    if (!fits || by_clipping(t, c, to))
        return fits;
    if (fabs(c - 1) < 1e-13 || fabs(c) < 1e-9)
        return 0;
    say_factor(t, c, "the gradient of this step", to);
    return 1;
}

static int
one_rate(plumb_trial *t, double *c)
{
    size_t last = t->last;
    int fits;
    t->last = t->k;
    fits = rate_factor(t, c);
    t->last = last;
    return fits;
}

static int
by_one_schedule(plumb_trial *t, plumb_told *to)
{
    double c;
    return one_rate(t, &c) && by_schedule(t, c, to);
}

static int
by_one_rate(plumb_trial *t, plumb_told *to)
{
    double c;
    if (!one_rate(t, &c) || fabs(c - 1) < 1e-13 || fabs(c) < 1e-9)
        return 0;
    say_factor(t, c, "this step", to);
    return 1;
}

/* ---- nothing exact ---- */

/* Gaps as float32 makes them: parts of 2^-22 of the state and of four times the step, and larger than double precision could. */
static int
by_precision(plumb_trial *t, plumb_told *to)
{
    const plumb_trajectory *c = t->shadow->t;
    int stored = 1;
    if (plumb_dtype_bits(c->param[0].dtype) <= 24 || t->own < 0x1p16)
        return 0;
    for (int p = 0; p < c->params; p++)
        for (size_t i = c->param[p].from; t->mask[p] && i < c->param[p].from + c->param[p].size; i++) {
            double from = c->w[t->k * c->n + i], got = c->w[(t->k + 1) * c->n + i], want = t->shadow->want[t->k * c->n + i];
            if (!(fabs(got - want) <= 0x1p-22 * (fabs(want) + 4 * fabs(want - from))))
                return 0;
            stored &= got == (double)(float)got;
        }
    snprintf(to->text, to->room, stored ? "it is right to single precision: the state is rounded to float32"
        : "it is right to single precision and not to double: something in it, or its data, may be float32");
    return 1;
}

/* How long it is, and where it points. */
static int
by_angle(plumb_trial *t, plumb_told *to)
{
    const plumb_shadow *s = t->shadow;
    const plumb_trajectory *c = s->t;
    double got = 0, due = 0, both = 0;
    for (int p = 0; p < c->params; p++)
        for (size_t i = c->param[p].from; t->mask[p] && i < c->param[p].from + c->param[p].size; i++) {
            double from = c->w[t->k * c->n + i], a = c->w[(t->k + 1) * c->n + i] - from, b = s->want[t->k * c->n + i] - from;
            got += a * a, due += b * b, both += a * b;
        }
    if (!(due > 0) || !(got > 0) || !isfinite(got))
        snprintf(to->text, to->room, "no simple cause fits; the step is %.4g long, %.4g was due", sqrt(got), sqrt(due));
    else
        snprintf(to->text, to->room, "no simple cause fits; the step is %.4g times as long as is due, at an angle of %.3g degrees to it", sqrt(got / due),
            acos(fmax(-1, fmin(1, both / sqrt(got * due)))) * 180 / M_PI);
    return 1;
}

/* A fault that is hardly larger than its bar is explained by anything. */
static int
by_doubt(plumb_trial *t, plumb_told *to)
{
    plumb_supposition own = plumb_suppose(t->shadow);
    plumb_explains(t, &own, NULL);
    t->own = t->left;
    if (!(t->own < 20))
        return 0;
    snprintf(to->text, to->room, "it is off by %.3g times the bar: wrong, but too little for a cause to be told", t->own);
    return 1;
}

/* ---- the whole ---- */

plumb_status
plumb_shadow_cause(plumb_shadow *s, size_t k, const char *mask, char *text, size_t room, plumb_diag *diag)
{
    static int (*const kinds[])(plumb_trial *, plumb_told *) = { by_doubt, plumb_by_form, by_rest, by_source, plumb_by_sign, by_rate, by_gradient, plumb_by_other_step, by_setting, by_sample, by_one_schedule, by_one_gradient, by_one_rate, by_precision,
        by_angle };
    size_t n = s->t->n, last = k + 1 < s->seen && plumb_finite(s->t->w + (k + 2) * n, n) ? k + 1 : k;
    plumb_diag quiet = { "" };
    plumb_trial t = { s, k, last, mask, &quiet, .own = 0 };
    plumb_told to = { text, room };
    *text = 0;
    t.gradient = plumb_alloc(n, sizeof *t.gradient), t.sum = plumb_alloc(n, sizeof *t.sum);
    t.gap[0] = plumb_alloc(2 * n, sizeof **t.gap), t.gap[1] = plumb_alloc(2 * n, sizeof **t.gap);
    t.buffer = plumb_alloc(3 * n, sizeof *t.buffer);
    if (t.gradient && t.sum && t.gap[0] && t.gap[1] && t.buffer)
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !*text; i++)
            quiet.text[0] = 0, kinds[i](&t, &to);
    plumb_release(t.gradient), plumb_release(t.sum), plumb_release(t.gap[0]), plumb_release(t.gap[1]), plumb_release(t.buffer);
    return *text && !t.failed ? PLUMB_OK : plumb_fail(diag, PLUMB_ENOMEM, "out of memory while looking for the cause");
}
