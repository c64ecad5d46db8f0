/* t-descent.c [20] - steps against loops written by hand; experiments right over 20 seeds (with a tenth of the samples from the fourth on; with 20: all of them, in
 * every system), and with planted faults
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
    s = plumb_stepper_new(plumb_step_find("sgd"), "rate=0.05*(1 + cos(pi*k/100))", &plumb_f64, 1, &diag);
    g = plumb_stepper_vector(s, "g"), w = plumb_stepper_vector(s, "w"), plumb_set_d(&plumb_f64, &g, 0, 1);
    for (int k = 1; k <= 100; k++)
        if (plumb_stepper_step(s, &diag))
            bail(diag.text);
    is_close(plumb_get_d(&plumb_f64, &w, 0), -(5 - 0.05), 1e-13, 0, "a cosine: its hundred rates add up to 5 less a half of the first difference");
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
    size_t right, wrong, other;
    char why[8 * PLUMB_DIAG_LENGTH];
} tally;

static void
count(plumb_sink *sink, const plumb_finding *f)
{
    tally *t = (tally *)sink;
    size_t used = strlen(t->why);
    t->right += f->verdict == PLUMB_CORRECT, t->wrong += f->verdict == PLUMB_WRONG, t->other += f->verdict != PLUMB_CORRECT && f->verdict != PLUMB_WRONG;
    if (f->verdict != PLUMB_CORRECT && used < sizeof t->why)
        snprintf(t->why + used, sizeof t->why - used, "%s%s: %.500s", used ? " | " : "", f->what, f->why);
}

static tally
descend_with(const char *name, plumb_descend_options o)
{
    tally t = { .sink.finding = count };
    plumb_diag diag = { "" };
    const plumb_experiment *e = plumb_experiment_find(name);
    o.number_name = "R";
    if (plumb_descend(&e, 1, &o, &t.sink, &diag))
        bail(diag.text);
    return t;
}

static void
all_hold(uint64_t f64_seeds, uint64_t other_seeds, int whole)
{
    plumb_num *wide = plumb_mpfr_new(256, NULL);
    const plumb_num *systems[] = { &plumb_f64, &plumb_f32, wide };
    for (int e = 0; plumb_experiments[e]; e++)
        for (int r = 0; r < 3; r++) {
            size_t right = 0, wrong = 0;
            uint64_t seeds = r ? other_seeds : f64_seeds;
            for (uint64_t seed = 1; seed <= seeds; seed++) {
                tally t = descend_with(plumb_experiments[e]->name, (plumb_descend_options){ .seed = seed, .number = systems[r], .scale = !whole && seed > 3 ? 0.1 : 1 });
                right += t.right, wrong += t.wrong + t.other;
                if (*t.why)
                    diag("%s", t.why);
            }
            ok(wrong == 0 && right >= seeds, "%s in %s: %zu of %zu parts hold over %llu seeds", plumb_experiments[e]->name, systems[r]->name, right, right + wrong,
                (unsigned long long)seeds);
        }
    plumb_num_free(wide);
}

/* Not found: not one finding, or none with these words. */
static void
planted(const char *experiment, const plumb_step *step, const char *words)
{
    tally t = descend_with(experiment, (plumb_descend_options){ .seed = 1, .number = &plumb_f64, .step = step });
    ok(t.wrong > 0 && strstr(t.why, words), "%s with %s: %.300s", experiment, step->summary, t.why);
}

static void
drawn(const char *experiment, const plumb_sampler *sampler, const char *words)
{
    tally t = descend_with(experiment, (plumb_descend_options){ .seed = 1, .number = &plumb_f64, .sampler = sampler });
    ok(t.wrong > 0 && strstr(t.why, words), "%s, %s: %.300s", experiment, sampler->summary, t.why);
}

static void
searched(const plumb_search *search, const char *words)
{
    tally t = descend_with("stairs", (plumb_descend_options){ .seed = 1, .number = &plumb_f64, .search = search });
    ok(t.wrong > 0 && strstr(t.why, words), "stairs with %s: %.300s", search->summary, t.why);
}

#define STEP(variable, name, summary, ...) static const plumb_step variable = { name, summary, "", { { 0 } }, { __VA_ARGS__ } }
STEP(large, "sgd", "a step too large by 5 %", { "w", "w - 1.05*rate*g" });
STEP(up, "sgd", "a step up", { "w", "w + rate*g" });
STEP(still, "sgd", "no step at all", { "w", "w" });
STEP(decayed, "sgd", "a weight decay that nobody asked for", { "w", "w - rate*g - 1e-6*w" });
STEP(tiny, "sgd", "a rate off by 1e-12", { "w", "w - (1 + 1e-12)*rate*g" });
STEP(late, "sgd", "the gradient before", { "w", "w - rate*m" }, { "m", "g" });
STEP(once, "sgd", "a step left out after the fiftieth", { "w", "w - rate*g*(1 - step(k - 50)*step(52 - k))" });

static void
faults_of_courses(void)
{
    STEP(both_down, "simultaneous", "an orbit with friction", { "w", "w - rate*g - 1e-9*w" });
    STEP(wrong_ahead, "extragradient", "a step ahead that is too long", { "m", "w - 1.001*rate*g" }, { "w", "w - a*rate*g" }, { "a", "1 - a" });
    STEP(pessimist, "optimistic", "the difference with the other sign", { "w", "w - rate*(g - step(k - 1)*(g - m))" }, { "m", "g" });
    STEP(together, "alternating", "the rate of one player off by 1e-10", { "w", "w - a*(1 + 1e-10)*rate*g" }, { "a", "1 - a" });
    static const plumb_step undecayed = { "sgd", "a weight decay forgotten", "", { { "decay", 0, 0, INFINITY } }, { { "w", "w - rate*g" } } },
        outside = { "sgd", "a weight decay not times the rate", "", { { "decay", 0, 0, INFINITY } }, { { "w", "w - rate*g - decay*w" } } },
        small = { "sgd", "a twentieth of the step", "", { { "decay", 0, 0, INFINITY } }, { { "w", "w - 0.05*rate*(g + decay*w)" } } },
        lost = { "sgd", "a state that is no number", "", { { "decay", 0, 0, INFINITY } }, { { "w", "w*(k - k)/(k - k)" } } },
        fading = { "momentum", "a gradient times (1 - mu)", "", { { "mu", 0.9, 0, 1 } }, { { "m", "mu*m + (1 - mu)*g" }, { "w", "w - rate*m" } } },
        behind = { "momentum", "the buffer before", "", { { "mu", 0.9, 0, 1 } }, { { "w", "w - rate*m" }, { "m", "mu*m + g" } } },
        classic = { "nesterov", "no look ahead", "", { { "mu", 0.9, 0, 1 } }, { { "m", "mu*m + g" }, { "w", "w - rate*m" } } },
        from_zero = { "averaged", "a mean that counts from 0", "", { { 0 } }, { { "w", "w - rate*g" }, { "a", "a + (w - a)/(k + 1)" } } };
    planted("quadratic", &large, "it is 1.05 times the step");
    planted("quadratic", &up, "it goes the other way");
    planted("quadratic", &still, "it stands still");
    planted("quadratic", &decayed, "-1e-06 times the point: a weight decay");
    planted("quadratic", &tiny, "it is 1.000000000001");
    planted("quadratic", &late, "step 1 is the first");
    planted("quadratic", &once, "step 51 is the first that is not what the law says");
    planted("squares", &large, "it is 1.05 times the step");
    planted("squares", &up, "it goes the other way: -1");
    planted("squares", &late, "it stands still");
    planted("squares", &decayed, "a weight decay");
    planted("momentum", &fading, "heavy ball: step 1 is the first");
    planted("momentum", &fading, "it is 0.25 times the step");
    planted("momentum", &behind, "it stands still");
    planted("momentum", &classic, "it is 0.571429 times the step");
    planted("momentum", &from_zero, "mean of the points: step 1 is the first");
    planted("matrix", &large, "it is 1.05 times the step");
    planted("matrix", &up, "it goes the other way");
    planted("matrix", &decayed, "a weight decay");
    planted("logistic", &undecayed, "one sample a step: step 1");
    planted("logistic", &undecayed, "times the point: a weight decay");
    planted("logistic", &outside, "times the point: a weight decay");
    planted("logistic", &small, "it is 0.05 times the step");
    planted("logistic", &small, "what convexity promises: the value falls by less than rate");
    planted("logistic", &lost, "what convexity promises: the value falls by less than rate");
    planted("redundant", &large, "it is 1.05 times the step");
    planted("redundant", &up, "it goes the other way");
    planted("redundant", &tiny, "one copy a step: step 1 is the first");
    planted("stairs", &decayed, "stairs, descent stands still: step 1 is the first");
    planted("game", &both_down, "simultaneous");
    planted("game", &wrong_ahead, "extragradient");
    planted("game", &pessimist, "optimistic 0.125, modulus 0.992030: step 2");
    planted("game", &together, "alternating");
}

static void
faults_of_batches(void)
{
    STEP(summed, "sgd", "the sum over a batch of 4", { "w", "w - 4*rate*g" });
    STEP(root, "sgd", "a mean over the root of the batch of 4", { "w", "w - 2*rate*g" });
    STEP(noisy, "sgd", "gradient noise up by 10 %", { "w", "w - rate*(a + 1.1*(g - a))" });
    STEP(quiet, "sgd", "gradient noise down by 10 %", { "w", "w - rate*(a + 0.9*(g - a))" });
    STEP(large_mean, "averaged", "a mean of steps that are too long", { "w", "w - 1.5*rate*g" }, { "a", "a + (w - a)/k" });
    STEP(no_mean, "averaged", "the last point for the mean", { "w", "w - rate*g" }, { "a", "w" });
    STEP(constant, "sgd", "a rate that does not fall", { "w", "w - 0.25*g" });
    planted("batches", &summed, "it is 4 times the step");
    planted("batches", &root, "it is 2 times the step");
    planted("batches", &large, "it is 1.05 times the step");
    planted("batches", &late, "it stands still");
    planted("noise", &large, "the mean is");
    planted("noise", &noisy, "variance, batches of 1");
    planted("noise", &noisy, "the variance is 1.2");
    planted("noise", &quiet, "the variance is 0.8");
    planted("noise", &summed, "mean, batches of 4");
    planted("schedule", &constant, "variance, rates 2/(k+2)");
    planted("schedule", &large_mean, "mean of the points: the mean is");
    planted("schedule", &no_mean, "the variance is");
    planted("rows", &large, "covariance, rows drawn");
    planted("rows", &still, "mean, rows in epochs");
    planted("rows", &late, "covariance, rows drawn");
}

static void
without_last(uint64_t seed, uint64_t k, size_t n, size_t b, size_t *rows)
{
    plumb_sampler_find("replacement")->draw(seed, k, n - 1, b, rows);
}

static void
first_twice(uint64_t seed, uint64_t k, size_t n, size_t b, size_t *rows)
{
    plumb_sampler_find("replacement")->draw(seed, k, n + 1, b, rows);
    for (size_t i = 0; i < b; i++)
        rows[i] = rows[i] == n ? 0 : rows[i];
}

static void
no_epochs(uint64_t seed, uint64_t k, size_t n, size_t b, size_t *rows)
{
    plumb_sampler_find("replacement")->draw(seed, k, n, b, rows);
}

static void
same_epoch(uint64_t seed, uint64_t k, size_t n, size_t b, size_t *rows)
{
    plumb_sampler_find("epochs")->draw(seed, k % (n / b), n, b, rows);
}

static plumb_status
lazy(const plumb_objective *o, size_t n, double *x, double step, long calls, uint64_t seed, double *best)
{
    (void)n, (void)step, (void)calls, (void)seed;
    *best = o->f(o->with, x);
    return PLUMB_OK;
}

static plumb_status
boasting(const plumb_objective *o, size_t n, double *x, double step, long calls, uint64_t seed, double *best)
{
    plumb_status st = plumb_search_find("nelder-mead")->run(o, n, x, step, calls, seed, best);
    *best -= 1;
    return st;
}

static plumb_status
greedy(const plumb_objective *o, size_t n, double *x, double step, long calls, uint64_t seed, double *best)
{
    return plumb_search_find("random")->run(o, n, x, step, 4 * calls, seed, best);
}

/* A walk does not stop where a simplex must. */
static plumb_status
walking(const plumb_objective *o, size_t n, double *x, double step, long calls, uint64_t seed, double *best)
{
    return plumb_search_find("random")->run(o, n, x, step, calls, seed, best);
}

static void
faults_of_draws(void)
{
    static const plumb_sampler last = { "replacement", "the last row is never drawn", without_last }, twice = { "replacement", "the first row twice as often", first_twice },
        iid = { "epochs", "epochs that are none", no_epochs }, same = { "epochs", "the same order in every epoch", same_epoch };
    static const plumb_search none = { "nelder-mead", "a search that stays", "", lazy }, boast = { "nelder-mead", "a value that is not that of the point", "", boasting },
        greed = { "random", "four times the calls", "", greedy }, other = { "nelder-mead", "another method under this name", "", walking };
    drawn("rows", &last, "row 4 comes 0 times as often");
    drawn("rows", &twice, "row 0 comes 1.6");
    drawn("rows", &iid, "covariance, rows in epochs");
    drawn("rows", &same, "rows in epochs");
    drawn("logistic", &iid, "one sample a step: step");
    searched(&none, "it ends at the value 9; between 0 and 0 was due");
    searched(&boast, "is not that of the point");
    searched(&greed, "values where 4000 were allowed");
    searched(&other, "McKinnon's function, where a simplex must fail: it ends at the value -0.25");
}

static void
faults_of_rewards(void)
{
    STEP(outside, "score", "a baseline outside the score", { "w", "w + rate*(s*g - a)" });
    STEP(no_minus, "score", "the chances are not subtracted", { "w", "w + rate*(s - a)*(g + m)" });
    STEP(large_score, "score", "a step too large by 5 %", { "w", "w + 1.05*rate*(s - a)*g" });
    STEP(down, "score", "down instead of up", { "w", "w - rate*(s - a)*g" });
    static const plumb_step undiscounted = { "td", "the discount forgotten", "", { { "gamma", 0, 0, 1 } }, { { "w", "w + rate*(s + m - a)*g" } } },
        everywhere = { "td", "every state moves", "", { { "gamma", 0, 0, 1 } }, { { "w", "w + rate*(s + gamma*m - a)" } } },
        td_large = { "td", "a step too large by 5 %", "", { { "gamma", 0, 0, 1 } }, { { "w", "w + 1.05*rate*(s + gamma*m - a)*g" } } },
        eager = { "critic", "a critic too fast by 5 %", "", { { "gamma", 0, 0, 1 } }, { { "w", "w + 1.05*rate*a*(s + gamma*m - w)" } } },
        short_sighted = { "critic", "a critic that does not look ahead", "", { { "gamma", 0, 0, 1 } }, { { "w", "w + rate*a*(s - w)" } } },
        halved = { "smoothing", "half the direction's weight", "", { { "h", 1, 0, INFINITY } }, { { "w", "w - 0.9*rate*(m - s)/h*g" } } },
        no_h = { "smoothing", "not divided by h", "", { { "h", 1, 0, INFINITY } }, { { "w", "w - rate*(m - s)*g" } } },
        no_base = { "smoothing", "the value here is not subtracted", "", { { "h", 1, 0, INFINITY } }, { { "w", "w - rate*m/h*g" } } };
    STEP(no_stay, "policy", "how often a state is met is forgotten", { "w", "w + rate*g*(s - a)" });
    STEP(no_base_policy, "policy", "the value of the state is not subtracted", { "w", "w + rate*m*g*s" });
    STEP(large_policy, "policy", "a step too large by 5 %", { "w", "w + 1.05*rate*m*g*(s - a)" });
    STEP(no_advantage, "actor", "the critic's word is not subtracted", { "w", "w + rate*m*g*s" });
    STEP(large_actor, "actor", "an actor too fast by 5 %", { "w", "w + 1.05*rate*m*g*(s - a)" });
    STEP(flat, "actor", "an actor that does not weigh by its chances", { "w", "w + rate*m*(s - a)" });
    planted("bandit", &outside, "something stands outside the score");
    planted("bandit", &no_minus, "its - p is missing");
    planted("bandit", &large_score, "it is 1.05 times the step");
    planted("bandit", &large_score, "every outcome, a baseline");
    planted("bandit", &down, "it goes the other way: -1");
    planted("td", &undiscounted, "every transition: step 1");
    planted("td", &everywhere, "covariance of the values");
    planted("td", &td_large, "it is 1.05 times the step");
    planted("policy", &no_stay, "the theorem: step 1");
    planted("policy", &no_base_policy, "the theorem: step 1");
    planted("policy", &large_policy, "it is 1.05 times the step");
    planted("critic", &eager, "the critic's steps: step 2");
    planted("critic", &eager, "it is 1.05 times the step");
    planted("critic", &short_sighted, "the critic's steps: step 1");
    planted("critic", &no_advantage, "the actor's steps: step 1");
    planted("critic", &large_actor, "it is 1.05 times the step");
    planted("critic", &flat, "the rate 1/k");
    planted("smoothing", &halved, "mean: the mean of the estimate is");
    planted("smoothing", &no_h, "standard errors off; it is 0.4");
    planted("smoothing", &no_base, "mean square");
}

int
main(int argc, char **argv)
{
    steps();
    schedules();
    all_hold(20, argc > 1 && !strcmp(argv[1], "20") ? 20 : 2, argc > 1);
    faults_of_courses();
    faults_of_batches();
    faults_of_draws();
    faults_of_rewards();
    return done();
}
