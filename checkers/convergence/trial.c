/* trial.c - tests on samples whose false alarms are counted: doubt, more samples, and one judgement over all
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where a law holds, p is uniform and e = 1/(2 sqrt p) has mean 1 (a calibrator of Vovk and Wang 2021). A first sample with p above the level ends a trial; another draws fresh
 * samples, four times as many, and multiplies the e-values. Stopping when one likes is allowed: by Ville's inequality the product ever exceeds 1/a with a chance of at
 * most a. Over the m tests of a run Holm's method (1979) is applied to 1/e at a = 1e-9, which needs no independence. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/convergence/convergence.h"
#include "checkers/judge/judge.h"
#include "lib/base/random.h"

enum { STAGES = 4 };
static const double alarm = 1e-9;       /* of a whole run */

static size_t
samples_of(const plumb_descend_options *o, size_t n, int stage)
{
    double scaled = (double)n * (o->scale > 0 ? o->scale : 1);
    return (size_t)fmax(scaled, 64) << 2 * stage;
}

/* Another stage: is any of them in doubt, and undecided? */
static int
goes_on(const plumb_outcome *out, const double *p, int tests, const plumb_descend_options *o)
{
    for (int t = 0; t < tests && !(o->level > 0); t++)
        if (!(p[t] >= plumb_level(o)) && !(out[t].e >= PLUMB_SUITE / alarm))
            return 1;
    return 0;
}

plumb_status
plumb_try_samples(const plumb_experiment *e, const plumb_descend_options *o, int tests, const char *const *names, plumb_sampling *sampling, void *with, size_t n, plumb_diag *diag)
{
    plumb_statistic s[PLUMB_TESTS];
    double p[PLUMB_TESTS];
    plumb_outcome *out = o->suite->outcome + o->suite->n;
    if (o->suite->n + tests > PLUMB_SUITE || tests > PLUMB_TESTS)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: more than %d tests in a run", e->name, PLUMB_SUITE);
    for (int t = 0; t < tests; t++) {
        out[t] = (plumb_outcome){ .experiment = e, .e = 1 };
        snprintf(out[t].what, sizeof out[t].what, "%s", names[t]);
    }
    o->suite->n += tests;
    for (int stage = 0; stage < STAGES && (!stage || goes_on(out, p, tests, o)); stage++) {
        size_t samples = samples_of(o, n, stage);
        plumb_status st = sampling(with, plumb_hash_text(plumb_hash_text(o->seed, "stage") + (uint64_t)stage, names[0]), samples, s, diag);
        if (st)
            return st;
        for (int t = 0; t < tests; t++) {
            if (stage && p[t] >= plumb_level(o))        /* it has had its say */
                continue;
            p[t] = s[t].p;
            out[t].e *= isnan(p[t]) ? INFINITY : 0.5 / sqrt(p[t]);
            out[t].stages = stage + 1, out[t].samples = samples, out[t].doubted = !(p[t] >= plumb_level(o)) || out[t].e > 1 / plumb_level(o);
            if (!stage)
                out[t].p = p[t], out[t].resolution = s[t].resolution;
            memcpy(out[t].words, s[t].words, sizeof s[t].words);
        }
    }
    return PLUMB_OK;
}

/* Which are wrong: with a level, each by itself; else Holm's steps over the e-values, the largest first. */
static void
judge(const struct plumb_suite *suite, const plumb_descend_options *o, char *wrong)
{
    memset(wrong, 0, PLUMB_SUITE);
    for (int i = 0; i < suite->n && o->level > 0; i++)
        wrong[i] = !(suite->outcome[i].p >= o->level);
    for (int rank = 0; rank < suite->n && !(o->level > 0); rank++) {
        int top = -1;
        for (int i = 0; i < suite->n; i++)
            if (!wrong[i] && (top < 0 || !(suite->outcome[i].e <= suite->outcome[top].e)))
                top = i;
        if (suite->outcome[top].e < (suite->n - rank) / alarm)
            return;
        wrong[top] = 1;
    }
}

static void
explain(const plumb_outcome *t, const plumb_descend_options *o, char *why, size_t room)
{
    int used = snprintf(why, room, "%s (%s): p = %.2g", t->words, t->experiment->law, t->p);
    if (t->stages > 1)
        used += snprintf(why + used, room - (size_t)used, ", and with fresh samples, at last %zu of them", t->samples);
    if (!(o->level > 0))
        snprintf(why + used, room - (size_t)used, ": by chance at most once in %.2g", t->e);
}

static void
tell(const plumb_outcome *t, const plumb_descend_options *o, int wrong, plumb_sink *sink)
{
    char replay[200], subject[80];
    int doubted = t->doubted && !(o->level > 0);
    plumb_finding f = { .subject = subject, .part = "", .what = t->what, .route = "samples", .against = "the law", .replay = replay,
        .verdict = wrong ? PLUMB_WRONG : doubted ? PLUMB_UNRESOLVED : PLUMB_CORRECT, .error = NAN, .bar = NAN, .resolution = t->resolution, .z_max = NAN, .z_median = NAN,
        .entries = t->samples, .shape = { 1, { t->samples } } };
    snprintf(subject, sizeof subject, "descend %s", t->experiment->name);
    snprintf(replay, sizeof replay, "plumb descend %s --seed %llu", t->experiment->name, (unsigned long long)o->seed);
    if (f.verdict != PLUMB_CORRECT)
        explain(t, o, f.why, sizeof f.why);
    plumb_finding_id(&f);
    if (sink->finding)
        sink->finding(sink, &f);
}

void
plumb_suite_tell(const struct plumb_suite *suite, const plumb_descend_options *o, plumb_sink *sink)
{
    char wrong[PLUMB_SUITE];
    judge(suite, o, wrong);
    for (int i = 0; i < suite->n; i++)
        tell(&suite->outcome[i], o, wrong[i], sink);
}
