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

typedef struct told {
    char *text;
    size_t room;
} told;

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
};

static int
by_source(plumb_trial *t, told *to)
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
one_sample(plumb_trial *t, plumb_source source, size_t position, size_t other, told *to)
{
    size_t b;
    const int64_t *rows = plumb_shadow_rows(t->shadow, t->k, &b);
    for (int once = 0; once < 2; once++) {
        plumb_supposition x = plumb_suppose(t->shadow);
        x.source = source, x.position = position, x.other = other, x.once = once;
        if (!once && position != 0 && position != b - 1)
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
by_sample(plumb_trial *t, told *to)
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

/* ---- another step ---- */

/* What people write instead of a step; the settings are the step's own. */
#define G "(g + decay*w)"
#define FADE "m", "beta1*m + (1 - beta1)*"
#define SQUARE "s", "beta2*s + (1 - beta2)*"
static const struct form {
    const char *of, *words;
    struct { const char *to, *formula; } rule[PLUMB_STEP_RULES];
} forms[] = {
    { "sgd", "the weight decay is not times the learning rate", { { "w", "w - rate*g - decay*w" } } },
    { "momentum", "the gradient enters the buffer times (1 - mu)", { { "m", "mu*m + (1 - mu)*" G }, { "w", "w - rate*m" } } },
    { "momentum", "the damping holds at the first step, too", { { "m", "mu*m + (1 - damp)*" G }, { "w", "w - rate*m" } } },
    { "momentum", "the learning rate is inside the buffer", { { "m", "mu*m + rate*" G }, { "w", "w - m" } } },
    { "momentum", "the weight decay is outside the buffer", { { "m", "mu*m + (1 - damp*step(k - 1))*g" }, { "w", "w - rate*(m + decay*w)" } } },
    { "momentum", "the step is made with the buffer of the step before", { { "w", "w - rate*m" }, { "m", "mu*m + (1 - damp*step(k - 1))*" G } } },
    { "momentum", "the buffer fades twice (mu^2)", { { "m", "mu*mu*m + (1 - damp*step(k - 1))*" G }, { "w", "w - rate*m" } } },
    { "nesterov", "the gradient is missing beside the buffer", { { "m", "mu*m + " G }, { "w", "w - rate*mu*m" } } },
    { "nesterov", "the gradient enters the buffer times (1 - mu)", { { "m", "mu*m + (1 - mu)*" G }, { "w", "w - rate*(" G " + mu*m)" } } },
    { "adagrad", "there is no root over the sum of squares", { { "s", "s + " G "^2" }, { "w", "w - rate*" G "/(s + eps)" } } },
    { "adagrad", "eps is inside the root", { { "s", "s + " G "^2" }, { "w", "w - rate*" G "/sqrt(s + eps)" } } },
    { "adagrad", "the squares are not added up", { { "w", "w - rate*" G "/(sqrt(" G "^2) + eps)" } } },
    { "rmsprop", "there is no root over the mean of squares", { { "s", "alpha*s + (1 - alpha)*" G "^2" }, { "w", "w - rate*" G "/(s + eps)" } } },
    { "rmsprop", "eps is inside the root", { { "s", "alpha*s + (1 - alpha)*" G "^2" }, { "w", "w - rate*" G "/sqrt(s + eps)" } } },
    { "rmsprop", "alpha and 1 - alpha are exchanged", { { "s", "(1 - alpha)*s + alpha*" G "^2" }, { "w", "w - rate*" G "/(sqrt(s) + eps)" } } },
    { "rmsprop", "the mean of squares is freed of its zero start, as in adam", { { "s", "alpha*s + (1 - alpha)*" G "^2" }, { "w", "w - rate*" G "/(sqrt(s/(1 - alpha^k)) + eps)" } } },
    { "adam", "the bias correction is missing", { { FADE G }, { SQUARE G "^2" }, { "w", "w - rate*m/(sqrt(s) + eps)" } } },
    { "adam", "the bias correction of the first moment is missing", { { FADE G }, { SQUARE G "^2" }, { "w", "w - rate*m/(sqrt(s)/sqrt(1 - beta2^k) + eps)" } } },
    { "adam", "the bias correction of the second moment is missing", { { FADE G }, { SQUARE G "^2" }, { "w", "w - rate*m/(1 - beta1^k)/(sqrt(s) + eps)" } } },
    { "adam", "the bias correction counts the steps from 0, one too few", { { FADE G }, { SQUARE G "^2" },
        { "w", "w - rate*m/(1 - beta1^max(k - 1,1))/(sqrt(s)/sqrt(1 - beta2^max(k - 1,1)) + eps)" } } },
    { "adam", "the bias correction counts one step too many", { { FADE G }, { SQUARE G "^2" }, { "w", "w - rate*m/(1 - beta1^(k + 1))/(sqrt(s)/sqrt(1 - beta2^(k + 1)) + eps)" } } },
    { "adam", "eps is inside the root", { { FADE G }, { SQUARE G "^2" }, { "w", "w - rate*m/(1 - beta1^k)/sqrt(s/(1 - beta2^k) + eps)" } } },
    { "adam", "eps is added before the bias correction", { { FADE G }, { SQUARE G "^2" }, { "w", "w - rate*m/(1 - beta1^k)*sqrt(1 - beta2^k)/(sqrt(s) + eps)" } } },
    { "adam", "there is no root over the second moment", { { FADE G }, { SQUARE G "^2" }, { "w", "w - rate*m/(1 - beta1^k)/(s/(1 - beta2^k) + eps)" } } },
    { "adam", "the second moment is the largest so far (amsgrad)", { { FADE G }, { SQUARE G "^2" }, { "a", "max(a,s)" },
        { "w", "w - rate*m/(1 - beta1^k)/(sqrt(a)/sqrt(1 - beta2^k) + eps)" } } },
    { "adamw", "the weight decay is part of the gradient, as in adam", { { FADE G }, { SQUARE G "^2" }, { "w", "w - rate*m/(1 - beta1^k)/(sqrt(s)/sqrt(1 - beta2^k) + eps)" } } },
    { "adamw", "the bias correction is missing", { { FADE "g" }, { SQUARE "g^2" }, { "w", "w*(1 - rate*decay) - rate*m/(sqrt(s) + eps)" } } },
    { "adamw", "the weight decay is not times the learning rate", { { FADE "g" }, { SQUARE "g^2" },
        { "w", "w*(1 - decay) - rate*m/(1 - beta1^k)/(sqrt(s)/sqrt(1 - beta2^k) + eps)" } } },
    { "adamw", "eps is inside the root", { { FADE "g" }, { SQUARE "g^2" }, { "w", "w*(1 - rate*decay) - rate*m/(1 - beta1^k)/sqrt(s/(1 - beta2^k) + eps)" } } },
    { "averaged", "the mean of the points is taken for the point", { { "w", "w - rate*" G }, { "a", "a + (w - a)/k" }, { "w", "a" } } },
};

static plumb_step
step_of(const plumb_step *own, const struct form *f)
{
    plumb_step made = *own;
    for (int i = 0; i < PLUMB_STEP_RULES; i++)
        made.rule[i].to = f->rule[i].to, made.rule[i].formula = f->rule[i].formula;
    return made;
}

static int
by_form(plumb_trial *t, told *to)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        plumb_step made = step_of(t->shadow->step, &forms[i]);
        plumb_supposition x = plumb_suppose(t->shadow);
        x.step = &made;
        if (!strcmp(forms[i].of, t->shadow->step->name) && plumb_explains(t, &x, NULL))
            return snprintf(to->text, to->room, "%s", forms[i].words), 1;
    }
    return 0;
}

/* Those of the settings that another step has, too. */
static void
shared_settings(const char *settings, const plumb_step *other, char *text, size_t room)
{
    *text = 0;
    while (*settings) {
        size_t length = 0, name = strcspn(settings, "=");
        int depth = 0, known = !strncmp(settings, "rate=", 5);
        for (; settings[length] && (settings[length] != ',' || depth); length++)
            depth += (settings[length] == '(') - (settings[length] == ')');
        for (int i = 0; i < PLUMB_STEP_SETTINGS && other->setting[i].name; i++)
            known |= strlen(other->setting[i].name) == name && !strncmp(other->setting[i].name, settings, name);
        if (known)
            snprintf(text + strlen(text), room - strlen(text), "%s%.*s", *text ? "," : "", (int)length, settings);
        settings += length + (settings[length] == ',');
    }
}

static int
by_other_step(plumb_trial *t, told *to)
{
    for (int i = 0; plumb_steps[i]; i++) {
        plumb_supposition x = plumb_suppose(t->shadow);
        x.step = plumb_steps[i];
        if (x.step == t->shadow->step)
            continue;
        shared_settings(t->shadow->settings, x.step, x.settings, sizeof x.settings);
        if (plumb_explains(t, &x, NULL))
            return snprintf(to->text, to->room, "this is a step of %s, not of %s", x.step->name, t->shadow->step->name), 1;
    }
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
say_factor(const plumb_trial *t, double c, const char *what, told *to)
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

static double
rate_at(const plumb_trial *t, size_t k)
{
    const plumb_shadow *s = t->shadow;
    plumb_stepper *p = plumb_shadow_stepper(s, s->step, s->settings, 0, t->diag);
    double rate = NAN;
    plumb_array r;
    for (size_t i = 0; p && i <= k && !plumb_shadow_step(s, p, i, 1, t->diag); i++)
        r = plumb_stepper_vector(p, "rate"), rate = plumb_get_d(&plumb_f64, &r, 0);
    plumb_stepper_free(p);
    return rate;
}

/* A schedule that runs one step late or early. */
static int
by_schedule(plumb_trial *t, double c, told *to)
{
    double now = rate_at(t, t->k), before = t->k ? rate_at(t, t->k - 1) : NAN, behind = t->k + 1 < t->shadow->t->steps ? rate_at(t, t->k + 1) : NAN;
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
by_rate(plumb_trial *t, told *to)
{
    double c;
    if (!rate_factor(t, &c))
        return 0;
    if (!by_schedule(t, c, to))
        say_factor(t, c, "the step", to);
    return 1;
}

static int
by_gradient(plumb_trial *t, told *to)
{
    plumb_supposition own = plumb_suppose(t->shadow);
    double c = 1;
    if (!plumb_fit(t, &own, set_gradient, NULL, &c, 1))
        return 0;
    say_factor(t, c, "the gradient", to);
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
by_setting(plumb_trial *t, told *to)
{
    for (int i = 0; i < PLUMB_STEP_SETTINGS && t->shadow->step->setting[i].name; i++) {
        const char *name = t->shadow->step->setting[i].name;
        double due = setting_now(t->shadow, i), x = due;
        plumb_supposition own = plumb_suppose(t->shadow), none = own;
        set_setting(&none, &own, 0, name);
        if (due > 0 && !strcmp(name, "decay") && plumb_explains(t, &none, NULL))
            return snprintf(to->text, to->room, "the weight decay of %g is missing", due), 1;
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
by_clipping(plumb_trial *t, double c, told *to)
{
    const double *g = t->shadow->g + t->k * t->shadow->t->n;
    double length = 0;
    for (size_t i = 0; i < t->shadow->t->n; i++)
        length += g[i] * g[i];
    for (int soft = 0; soft < 2 && c > 0 && c < 1; soft++) {
        plumb_supposition x = plumb_suppose(t->shadow);
        double clip = c * (sqrt(length) + (x.soft = soft ? 1e-6 : 0));
        if (!plumb_fit(t, &x, set_clip, NULL, &clip, 1e-3))
            continue;
        snprintf(to->text, to->room, "the gradient is cut to a length of %.6g; it is %.6g long at this step", clip, sqrt(length));
        return 1;
    }
    return 0;
}

static int
by_one_gradient(plumb_trial *t, told *to)
{
    plumb_supposition x = plumb_suppose(t->shadow);
    size_t last = t->last;
    double c = 1;
    int fits;
    x.once = 1, t->last = t->k;
    fits = plumb_fit(t, &x, set_gradient, NULL, &c, 1);
    t->last = last;
    if (!fits || by_clipping(t, c, to))
        return fits;
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
by_one_schedule(plumb_trial *t, told *to)
{
    double c;
    return one_rate(t, &c) && by_schedule(t, c, to);
}

static int
by_one_rate(plumb_trial *t, told *to)
{
    double c;
    if (!one_rate(t, &c))
        return 0;
    say_factor(t, c, "this step", to);
    return 1;
}

/* ---- nothing exact ---- */

static int
by_precision(plumb_trial *t, told *to)
{
    plumb_supposition own = plumb_suppose(t->shadow);
    int fits = 0;
    if (plumb_dtype_bits(t->shadow->t->param[0].dtype) <= 24)
        return 0;
    t->noise = 0x1p20;          /* what is smaller than that is no rounding of 24 bits either */
    if (!plumb_explains(t, &own, NULL))
        t->noise = 0x1p29, fits = plumb_explains(t, &own, NULL);
    t->noise = 1;
    if (fits)
        snprintf(to->text, to->room, "it is right to single precision: something in it is computed in float32");
    return fits;
}

/* How long it is, and where it points. */
static int
by_angle(plumb_trial *t, told *to)
{
    const plumb_shadow *s = t->shadow;
    const plumb_trajectory *c = s->t;
    double got = 0, due = 0, both = 0;
    for (int p = 0; p < c->params; p++)
        for (size_t i = c->param[p].from; t->mask[p] && i < c->param[p].from + c->param[p].size; i++) {
            double from = c->w[t->k * c->n + i], a = c->w[(t->k + 1) * c->n + i] - from, b = s->want[t->k * c->n + i] - from;
            got += a * a, due += b * b, both += a * b;
        }
    if (!(due > 0) || !(got > 0))
        return 0;
    snprintf(to->text, to->room, "no simple cause fits; the step is %.4g times as long as is due, at an angle of %.3g degrees to it", sqrt(got / due),
        acos(fmax(-1, fmin(1, both / sqrt(got * due)))) * 180 / M_PI);
    return 1;
}

/* ---- the whole ---- */

plumb_status
plumb_shadow_cause(plumb_shadow *s, size_t k, const char *mask, char *text, size_t room, plumb_diag *diag)
{
    static int (*const kinds[])(plumb_trial *, told *) = { by_source, by_form, by_rate, by_gradient, by_other_step, by_setting, by_sample, by_one_schedule, by_one_gradient, by_one_rate, by_precision,
        by_angle };
    size_t n = s->t->n, last = k + 1 < s->seen && plumb_finite(s->t->w + (k + 2) * n, n) ? k + 1 : k;
    plumb_diag quiet = { "" };
    plumb_trial t = { s, k, last, mask, &quiet, .noise = 1 };
    told to = { text, room };
    *text = 0;
    t.gradient = plumb_alloc(n, sizeof *t.gradient), t.sum = plumb_alloc(n, sizeof *t.sum);
    t.gap[0] = plumb_alloc(2 * n, sizeof **t.gap), t.gap[1] = plumb_alloc(2 * n, sizeof **t.gap);
    if (t.gradient && t.sum && t.gap[0] && t.gap[1])
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !*text; i++)
            quiet.text[0] = 0, kinds[i](&t, &to);
    plumb_release(t.gradient), plumb_release(t.sum), plumb_release(t.gap[0]), plumb_release(t.gap[1]);
    return *text && !t.failed ? PLUMB_OK : plumb_fail(diag, PLUMB_ENOMEM, "out of memory while looking for the cause");
}
