/* t-descent.c - steps against loops written by hand; experiments right, and with planted faults
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include "plumbline/plumbline.h"
#include "tests/tap.h"

enum { N = 5, STEPS = 40 };

/* ---- the steps, by hand ---- */

typedef struct state {
    double w[N], m[N], s[N], a[N];
} state;

static const double rate = 0.03, mu = 0.9, damp = 0.25, decay = 0.01, alpha = 0.95, b1 = 0.8, b2 = 0.99, eps = 1e-3;

static void
by_hand(const char *name, state *t, const double *grad, int k)
{
    for (int i = 0; i < N; i++) {
        double g = grad[i] + decay * t->w[i], d;
        if (!strcmp(name, "sgd") || !strcmp(name, "averaged")) {
            t->w[i] -= rate * g;
            t->a[i] = (t->a[i] * (k - 1) + t->w[i]) / k;
        } else if (!strcmp(name, "momentum")) {
            t->m[i] = k == 1 ? g : mu * t->m[i] + (1 - damp) * g;
            t->w[i] -= rate * t->m[i];
        } else if (!strcmp(name, "nesterov")) {
            t->m[i] = mu * t->m[i] + g;
            t->w[i] -= rate * (g + mu * t->m[i]);
        } else if (!strcmp(name, "adagrad")) {
            t->s[i] += g * g;
            t->w[i] -= rate * g / (sqrt(t->s[i]) + eps);
        } else if (!strcmp(name, "rmsprop")) {
            t->s[i] = alpha * t->s[i] + (1 - alpha) * g * g;
            t->w[i] -= rate * g / (sqrt(t->s[i]) + eps);
        } else {
            g = !strcmp(name, "adam") ? g : grad[i];
            t->m[i] = b1 * t->m[i] + (1 - b1) * g;
            t->s[i] = b2 * t->s[i] + (1 - b2) * g * g;
            d = t->m[i] / (1 - pow(b1, k)) / (sqrt(t->s[i] / (1 - pow(b2, k))) + eps);
            t->w[i] -= rate * d + (!strcmp(name, "adamw") ? rate * decay * t->w[i] : 0);
        }
    }
}

static const struct {
    const char *name, *settings;
} known[] = {
    { "sgd", "rate=0.03,decay=0.01" }, { "momentum", "rate=0.03,mu=0.9,damp=0.25,decay=0.01" }, { "nesterov", "rate=0.03,mu=0.9,decay=0.01" },
    { "adagrad", "rate=0.03,eps=1e-3,decay=0.01" }, { "rmsprop", "rate=0.03,alpha=0.95,eps=1e-3,decay=0.01" },
    { "adam", "rate=0.03,beta1=0.8,beta2=0.99,eps=1e-3,decay=0.01" }, { "adamw", "rate=0.03,beta1=0.8,beta2=0.99,eps=1e-3,decay=0.01" },
    { "averaged", "rate=0.03,decay=0.01" },
};

/* The gradient of a bent valley, so that no two steps are alike. */
static void
gradient(const double *w, double *g)
{
    for (int i = 0; i < N; i++)
        g[i] = (i + 1) * sin(w[i]) + 0.3 * w[(i + 1) % N];
}

/* The largest difference of w (of averaged: of the mean) over all steps, relative; in R. */
static double
farthest(int which, const plumb_num *R)
{
    plumb_diag said = { "" };
    plumb_stepper *s = plumb_stepper_new(plumb_step_find(known[which].name), known[which].settings, R, N, &said);
    state t = { { 1, -2, 0.5, 3, -0.25 }, { 0 }, { 0 }, { 0 } };
    const char *shown = !strcmp(known[which].name, "averaged") ? "a" : "w";
    plumb_array w, g, y;
    double worst = 0, grad[N];
    if (!s)
        return diag("%s", said.text), NAN;
    w = plumb_stepper_vector(s, "w"), g = plumb_stepper_vector(s, "g"), y = plumb_stepper_vector(s, shown);
    for (size_t i = 0; i < N; i++)
        plumb_set_d(R, &w, i, t.w[i]);
    for (int k = 1; k <= STEPS; k++) {
        gradient(t.w, grad);
        for (size_t i = 0; i < N; i++)
            plumb_set_d(R, &g, i, grad[i]);
        by_hand(known[which].name, &t, grad, k);
        if (plumb_stepper_step(s, &said))
            return diag("%s", said.text), NAN;
        for (size_t i = 0; i < N; i++) {
            double gap = fabs(plumb_get_d(R, &y, i) - (*shown == 'a' ? t.a : t.w)[i]) / 3;
            worst = gap <= worst ? worst : gap;
        }
    }
    plumb_stepper_free(s);
    return worst;
}

static void
steps(void)
{
    plumb_num *wide = plumb_mpfr_new(256, NULL);
    for (int i = 0; plumb_steps[i]; i++) {
        int which = 0;
        while (which < (int)(sizeof known / sizeof *known) - 1 && strcmp(known[which].name, plumb_steps[i]->name))
            which++;
        ok(!strcmp(known[which].name, plumb_steps[i]->name), "%s is one of those written by hand", plumb_steps[i]->name);
        is_close(farthest(which, &plumb_f64), 0, 0, 1e-13, "in f64");
        is_close(farthest(which, &plumb_f32), 0, 0, 2e-5, "in f32");
        is_close(farthest(which, wide), 0, 0, 1e-13, "in 256 bits, against loops in double");
    }
    plumb_num_free(wide);
}

static void
refused(const char *name, const char *settings, const char *words)
{
    plumb_diag diag = { "" };
    plumb_stepper *s = plumb_stepper_new(plumb_step_find(name), settings, &plumb_f64, 1, &diag);
    ok(!s && strstr(diag.text, words), "%s with \"%s\": %s", name, settings, diag.text);
    plumb_stepper_free(s);
}

static void
schedules(void)
{
    plumb_diag diag = { "" };
    plumb_stepper *s = plumb_stepper_new(plumb_step_find("sgd"), "rate=max(0.5/(k + 1),0.1)", &plumb_f64, 1, &diag);
    plumb_array g = plumb_stepper_vector(s, "g"), w = plumb_stepper_vector(s, "w");
    plumb_set_d(&plumb_f64, &g, 0, 1);
    for (int k = 1; k <= 6; k++)
        if (plumb_stepper_step(s, &diag))
            bail(diag.text);
    is_close(plumb_get_d(&plumb_f64, &w, 0), -(0.5 / 2 + 0.5 / 3 + 0.5 / 4 + 0.1 + 0.1 + 0.1), 1e-15, 0, "a learning rate that is a formula of the step");
    plumb_stepper_free(s);
    s = plumb_stepper_new(plumb_step_find("sgd"), "rate=1/(3 - k)", &plumb_f64, 1, &diag);
    ok(!plumb_stepper_step(s, &diag) && !plumb_stepper_step(s, &diag) && plumb_stepper_step(s, &diag) == PLUMB_EDOMAIN && strstr(diag.text, "step 3"),
        "a rate that is not finite is named with its step: %s", diag.text);
    plumb_stepper_free(s);
    refused("sgd", "", "a learning rate is needed");
    refused("sgd", "rate=0.1,mu=0.9", "no setting \"mu\"");
    refused("adam", "rate=0.1,beta1=1", "from 0 to less than 1");
    refused("adam", "rate=0.1,eps=few", "eps=few");
    refused("adam", "rate=0.1*", "column");
    refused("momentum", "rate=0.1,mu=nan", "mu=nan");
}

/* ---- experiments ---- */

typedef struct tally {
    plumb_sink sink;
    size_t right, wrong;
    char why[PLUMB_DIAG_LENGTH];
} tally;

static void
count(plumb_sink *sink, const plumb_finding *f)
{
    tally *t = (tally *)sink;
    t->right += f->verdict == PLUMB_CORRECT, t->wrong += f->verdict == PLUMB_WRONG;
    if (f->verdict == PLUMB_WRONG && !*t->why)
        snprintf(t->why, sizeof t->why, "%s: %.400s", f->what, f->why);
}

static tally
descend(const char *name, const plumb_num *R, uint64_t seed, const plumb_step *step)
{
    tally t = { .sink.finding = count };
    plumb_diag diag = { "" };
    plumb_descend_options o = { .seed = seed, .number = R, .number_name = "R", .step = step };
    const plumb_experiment *e = plumb_experiment_find(name);
    if (plumb_descend(&e, 1, &o, &t.sink, &diag))
        bail(diag.text);
    return t;
}

static void
all_hold(void)
{
    plumb_num *wide = plumb_mpfr_new(256, NULL);
    const plumb_num *systems[] = { &plumb_f64, &plumb_f32, wide };
    for (int e = 0; plumb_experiments[e]; e++)
        for (int r = 0; r < 3; r++) {
            size_t right = 0, wrong = 0;
            for (uint64_t seed = 1; seed <= 20; seed++) {
                tally t = descend(plumb_experiments[e]->name, systems[r], seed, NULL);
                right += t.right, wrong += t.wrong;
                if (*t.why)
                    diag("%s", t.why);
            }
            ok(wrong == 0 && right >= 20, "%s in %s: %zu of %zu parts hold over 20 seeds", plumb_experiments[e]->name, systems[r]->name, right, right + wrong);
        }
    plumb_num_free(wide);
}

static void
planted(const char *experiment, const plumb_step *step, const char *words)
{
    tally t = descend(experiment, &plumb_f64, 1, step);
    ok(t.wrong > 0 && strstr(t.why, words), "%s with %s: %s", experiment, step->summary, t.why);
}

static void
faults(void)
{
    static const plumb_step
        large = { "sgd", "a step too large by 5 %", "", { { 0 } }, { { "w", "w - 1.05*rate*g" } } },
        up = { "sgd", "a step up", "", { { 0 } }, { { "w", "w + rate*g" } } },
        still = { "sgd", "no step at all", "", { { 0 } }, { { "w", "w" } } },
        decayed = { "sgd", "a weight decay that nobody asked for", "", { { 0 } }, { { "w", "w - rate*g - 1e-6*w" } } },
        tiny = { "sgd", "a rate off by 1e-12", "", { { 0 } }, { { "w", "w - (1 + 1e-12)*rate*g" } } },
        late = { "sgd", "the gradient before", "", { { 0 } }, { { "w", "w - rate*m" }, { "m", "g" } } },
        seventh = { "sgd", "a step left out after the fiftieth", "", { { 0 } }, { { "w", "w - rate*g*(1 - step(k - 50)*step(52 - k))" } } },
        both_down = { "simultaneous", "an orbit with friction", "", { { 0 } }, { { "w", "w - rate*g - 1e-9*w" } } },
        wrong_ahead = { "extragradient", "a step ahead that is too long", "", { { 0 } }, { { "m", "w - 1.001*rate*g" }, { "w", "w - a*rate*g" }, { "a", "1 - a" } } },
        pessimist = { "optimistic", "the difference with the other sign", "", { { 0 } }, { { "w", "w - rate*(g - step(k - 1)*(g - m))" }, { "m", "g" } } },
        together = { "alternating", "the rate of one player off by 1e-10", "", { { 0 } }, { { "w", "w - a*(1 + 1e-10)*rate*g" }, { "a", "1 - a" } } };
    planted("quadratic", &large, "it is 1.05 times the step");
    planted("quadratic", &up, "it goes the other way");
    planted("quadratic", &still, "it stands still");
    planted("quadratic", &decayed, "-1e-06 times the point: a weight decay");
    planted("quadratic", &tiny, "step ");
    planted("quadratic", &late, "step 1 is the first");
    planted("quadratic", &seventh, "step 51 is the first that is not what the law says");
    planted("game", &both_down, "simultaneous");
    planted("game", &wrong_ahead, "extragradient");
    planted("game", &pessimist, "optimistic 0.125, modulus 0.992030: step 2");
    planted("game", &together, "alternating");
}

int
main(void)
{
    steps();
    schedules();
    all_hold();
    faults();
    return done();
}
