/* t-trials.c [RUNS [SCALE]] - the tests on samples: false alarms at a stated level, power at the stated resolution, doubt and judgement
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every test of every experiment is run RUNS times at level 0.02 with SCALE of its samples; each must alarm as often as that, within three standard deviations of the
 * binomial distribution (for 2000 runs: 40 +- 19). The table goes to docs/manual.md. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "checkers/convergence/convergence.h"
#include "plumbline/plumbline.h"
#include "tests/tap.h"

enum { MOST = 64 };
typedef struct tally {
    plumb_sink sink;
    int n, only;                /* only: those on samples */
    char name[MOST][120];
    int wrong[MOST], runs[MOST], undecided[MOST];
    double resolution[MOST];
} tally;

static void
count(plumb_sink *sink, const plumb_finding *f)
{
    tally *t = (tally *)sink;
    char name[120];
    int i = 0;
    if (strcmp(f->route, "samples"))
        return;
    snprintf(name, sizeof name, "%s: %s", f->subject + strlen("descend "), f->what);
    while (i < t->n && strcmp(t->name[i], name))
        i++;
    if (i == t->n && t->n++ < MOST)
        strcpy(t->name[i], name);
    t->runs[i]++, t->wrong[i] += f->verdict == PLUMB_WRONG, t->undecided[i] += f->verdict == PLUMB_UNRESOLVED, t->resolution[i] = f->resolution;
}

static void
descend(tally *t, plumb_descend_options o)
{
    static const char *const names[] = { "rows", "noise", "schedule", "smoothing", "bandit", "td" };
    const plumb_experiment *e[sizeof names / sizeof *names];
    plumb_diag diag = { "" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        e[i] = plumb_experiment_find(names[i]);
    o.number = &plumb_f64, o.number_name = "f64";
    if (plumb_descend(e, sizeof names / sizeof *names, &o, &t->sink, &diag))
        bail(diag.text);
}

static void
level(int runs, double scale)
{
    static tally t = { .sink.finding = count };
    double due = 0.02 * runs, sd = sqrt(0.02 * 0.98 * runs);
    for (int i = 0; i < runs; i++)
        descend(&t, (plumb_descend_options){ .seed = 1000 + (uint64_t)i, .level = 0.02, .scale = scale });
    for (int i = 0; i < t.n; i++)
        ok(fabs(t.wrong[i] - due) <= fmax(3 * sd, 6) && t.runs[i] == runs, "%s: %d alarms in %d runs at level 0.02, %.0f +- %.0f are due", t.name[i], t.wrong[i], runs, due,
            fmax(3 * sd, 6));
}

/* A step off by the resolution that was told must be found in nearly all runs; by a tenth of it, hardly ever. */
static void
power(int runs)
{
    static tally right = { .sink.finding = count };
    static const plumb_step *steps[2];
    static plumb_step wider, hardly;
    static char text[2][80];
    int found[2] = { 0 }, at = 0;
    descend(&right, (plumb_descend_options){ .seed = 5 });
    while (at < right.n - 1 && strcmp(right.name[at], "noise: variance, batches of 1"))
        at++;
    snprintf(text[0], sizeof text[0], "w - rate*(a + %.17g*(g - a))", sqrt(1 + right.resolution[at]));
    snprintf(text[1], sizeof text[1], "w - rate*(a + %.17g*(g - a))", sqrt(1 + right.resolution[at] / 10));
    wider = (plumb_step){ "sgd", "", "", { { 0 } }, { { "w", text[0] } } }, hardly = (plumb_step){ "sgd", "", "", { { 0 } }, { { "w", text[1] } } };
    steps[0] = &wider, steps[1] = &hardly;
    for (int which = 0; which < 2; which++)
        for (int run = 0; run < runs; run++) {
            tally t = { .sink.finding = count };
            const plumb_experiment *e = plumb_experiment_find("noise");
            plumb_diag diag = { "" };
            plumb_descend_options o = { .seed = 100 + (uint64_t)run, .number = &plumb_f64, .number_name = "f64", .step = steps[which] };
            if (plumb_descend(&e, 1, &o, &t.sink, &diag))
                bail(diag.text);
            for (int i = 0; i < t.n; i++)
                found[which] += !strcmp(t.name[i], "noise: variance, batches of 1") && t.wrong[i];
        }
    ok(found[0] >= runs - 1 - runs / 8, "a variance off by the resolution (%.3g) is found in %d of %d runs; 95 %% are promised", right.resolution[at], found[0], runs);
    ok(found[1] <= 1, "a tenth of it in %d of them", found[1]);
}

/* With the scheme of a whole run nothing alarms, and doubt is settled. */
static void
quiet(int runs)
{
    static tally t = { .sink.finding = count };
    int wrong = 0, undecided = 0;
    for (int i = 0; i < runs; i++)
        descend(&t, (plumb_descend_options){ .seed = 50000 + (uint64_t)i, .scale = 0.1 });
    for (int i = 0; i < t.n; i++)
        wrong += t.wrong[i], undecided += t.undecided[i];
    ok(!wrong && !undecided, "%d runs with false alarms below 1e-9: %d wrong, %d undecided of %d tests", runs, wrong, undecided, t.n * runs);
}

static void
samplers(void)
{
    for (int i = 0; plumb_samplers[i]; i++) {
        size_t rows[12], again[12], seen[12] = { 0 }, twice = 0, beyond = 0;
        for (uint64_t k = 0; k < 12; k++) {
            plumb_samplers[i]->draw(7, k, 12, 4, rows), plumb_samplers[i]->draw(7, k, 12, 4, again);
            beyond += memcmp(rows, again, 4 * sizeof *rows) != 0;
            for (size_t a = 0; a < 4; a++) {
                beyond += rows[a] >= 12, seen[rows[a] % 12]++;
                for (size_t b = 0; b < a; b++)
                    twice += rows[a] == rows[b];
            }
        }
        ok(!beyond, "%s: rows of the data, the same for the same seed and batch", plumb_samplers[i]->name);
        ok(strcmp(plumb_samplers[i]->name, "replacement") ? !twice : twice > 0, "%s: %zu rows twice in a batch", plumb_samplers[i]->name, twice);
        if (!strcmp(plumb_samplers[i]->name, "epochs"))
            for (int r = 0; r < 12; r++)
                ok(seen[r] == 4, "epochs: row %d is seen once in each of 4 epochs", r);
    }
}

static void
preconditioners(void)
{
    static const double P[6] = { 2, 1, 0, 3, 1, 1 }, bad[4] = { 1, 0, NAN, 1 }, turned[4] = { 1, 2, -2, 1 }, down[4] = { 1, 0, 0, -1e-9 };
    plumb_diag diag = { "" };
    plumb_stepper *s = plumb_stepper_new(plumb_step_find("sgd"), "rate=0.5", &plumb_f64, 2, &diag);
    plumb_array w = plumb_stepper_vector(s, "w"), g = plumb_stepper_vector(s, "g");
    ok(plumb_stepper_precondition(s, P, 2, 3, &diag) == PLUMB_EINPUT && strstr(diag.text, "2 x 3: a square matrix was expected"), "%s", diag.text), *diag.text = 0;
    ok(plumb_stepper_precondition(s, P, 1, 1, &diag) == PLUMB_EINPUT && strstr(diag.text, "a state has 2 numbers"), "%s", diag.text), *diag.text = 0;
    ok(plumb_stepper_precondition(s, bad, 2, 2, &diag) == PLUMB_EINPUT && strstr(diag.text, "holds nan in row 1, column 0"), "%s", diag.text), *diag.text = 0;
    plumb_set_d(&plumb_f64, &g, 0, 1), plumb_set_d(&plumb_f64, &g, 1, -1);
    ok(!plumb_stepper_precondition(s, P, 2, 2, &diag) && !plumb_stepper_step(s, &diag), "a matrix before the gradient");
    is_close(plumb_get_d(&plumb_f64, &w, 0), -0.5 * (2 - 1), 0, 0, "its first row");
    is_close(plumb_get_d(&plumb_f64, &w, 1), -0.5 * (0 - 3), 0, 0, "its second row");
    plumb_stepper_free(s);
    is_close(plumb_matrix_descends(turned, 2), 1, 1e-14, 0, "a turn leads down as far as its symmetric part does");
    ok(plumb_matrix_descends(down, 2) < 0, "a direction that leads up is seen");
}

/* ---- doubt, and the judgement over all tests, with made-up samples ---- */

typedef struct script {
    const double (*p)[4];       /* of each test, stage by stage */
    int tests, stage;
    uint64_t seed[4];
    size_t n[4];
} script;

static plumb_status
read_out(void *with, uint64_t seed, size_t n, plumb_statistic *out, plumb_diag *diag)
{
    script *s = with;
    (void)diag;
    for (int t = 0; t < s->tests; t++)
        out[t] = (plumb_statistic){ .p = s->p[t][s->stage], .resolution = 0.1, .words = "made up" };
    s->seed[s->stage] = seed, s->n[s->stage++] = n;
    return PLUMB_OK;
}

static void
verdicts(plumb_sink *sink, const plumb_finding *f)
{
    tally *t = (tally *)sink;
    t->runs[t->n] = (int)f->verdict, t->n++;
}

static void
scripted(int tests, const double (*p)[4], int stages, const plumb_verdict *due, const char *what)
{
    static const char *const names[] = { "a", "b", "c" };
    struct plumb_suite suite = { .n = 0 };
    plumb_descend_options o = { .seed = 3, .number = &plumb_f64, .number_name = "f64", .suite = &suite };
    script s = { .p = p, .tests = tests };
    tally t = { .sink.finding = verdicts };
    plumb_diag diag = { "" };
    int same = 1;
    if (plumb_try_samples(plumb_experiment_find("noise"), &o, tests, names, read_out, &s, 100, &diag))
        bail(diag.text);
    plumb_suite_tell(&suite, &o, &t.sink);
    for (int i = 0; i < tests; i++)
        same &= t.runs[i] == (int)due[i];
    ok(s.stage == stages, "%s: %d stages", what, s.stage);
    ok(same, "%s: the verdicts", what);
    for (int i = 1; i < s.stage; i++)
        ok(s.n[i] == 4 * s.n[i - 1] && s.seed[i] != s.seed[i - 1], "%s: stage %d has fresh samples, four times as many", what, i + 1);
}

static void
judgements(void)
{
    const plumb_verdict GOOD = PLUMB_CORRECT, BAD = PLUMB_WRONG, OPEN = PLUMB_UNRESOLVED;
    static const double calm[1][4] = { { 0.5 } }, luck[1][4] = { { 1e-4, 0.5 } }, odd[1][4] = { { 1e-15, 0.01 } }, dead[1][4] = { { 1e-30, 1e-60 } }, twice[1][4] = { { 1e-12, 1e-12 } },
        slow[1][4] = { { 5e-4, 5e-4, 5e-4, 5e-4 } }, closed[2][4] = { { 0.5, 1e-5, 1e-5, 1e-5 }, { 5e-4, 0.5 } }, none[1][4] = { { NAN } },
        /* e: 1.25e9 twice is below 2e9; the larger one above it lets the other one through at 1e9 */
        below[2][4] = { { 1.6e-19 * 1, 0.25 }, { 1.6e-19, 0.25 } }, through[2][4] = { { 4e-20, 0.25 }, { 1.6e-19, 0.25 } };
    scripted(1, calm, 1, (plumb_verdict[]){ GOOD }, "no doubt");
    scripted(1, luck, 2, (plumb_verdict[]){ GOOD }, "a doubt that fresh samples settle");
    scripted(1, odd, 2, (plumb_verdict[]){ OPEN }, "an odd sample that fresh ones do not show again");
    scripted(1, dead, 1, (plumb_verdict[]){ BAD }, "so odd that one sample is enough");
    scripted(1, twice, 2, (plumb_verdict[]){ BAD }, "odd twice");
    scripted(1, slow, 4, (plumb_verdict[]){ OPEN }, "in doubt to the end");
    scripted(2, closed, 2, (plumb_verdict[]){ GOOD, GOOD }, "a test that is closed stays closed");
    scripted(1, none, 1, (plumb_verdict[]){ BAD }, "no number at all");
    scripted(2, below, 2, (plumb_verdict[]){ OPEN, OPEN }, "two below what two tests need");
    scripted(2, through, 2, (plumb_verdict[]){ BAD, BAD }, "the larger one lets the other one through");
}

/* ---- p-values beside those of tables ---- */

static void
p_values(void)
{
    static const double ones[4] = { 1, 1, 1, 1 }, zero = 0, one = 1, walk[3] = { 1, 2, 3 }, count[2] = { 15, 5 }, half[2] = { 0.5, 0.5 }, plane[2] = { 1, 1 }, zeros[2] = { 0, 0 },
        C[4] = { 2, 1, 1, 2 };
    is_close(plumb_test_mean(4, 1, ones, &zero, &one, 0.001, "it").p, 0.04550026389635842, 1e-14, 1e-12, "a mean two standard errors off");
    is_close(plumb_test_mean(1, 2, plane, zeros, C, 0.001, "it").p, exp(-1.0 / 3), 1e-14, 1e-12, "in the plane, with a covariance: chi-square of two is an exponential");
    is_close(plumb_test_spread(1, 2, plane, zeros, C, 0.001, "it").p, 2 * (1 - exp(-1.0 / 3)), 1e-14, 1e-12, "a spread, two-sided");
    is_close(plumb_test_hotelling(3, 1, walk, &zero, 0.001, "it").p, 0.07417990022744858, 1e-12, 1e-10, "of one number it is Student's t");
    is_close(plumb_test_counts(20, 2, count, half, 0.001, "it").p, 0.025347318677468325, 1e-14, 1e-12, "fifteen of twenty");
    ok(isnan(plumb_test_hotelling(3, 1, ones, &zero, 0.001, "it").p), "samples without a spread have no p");
}

int
main(int argc, char **argv)
{
    judgements();
    p_values();
    samplers();
    preconditioners();
    level(argc > 1 ? atoi(argv[1]) : 25, argc > 2 ? atof(argv[2]) : 0.1);
    quiet(argc > 1 ? 200 : 5);
    power(argc > 1 ? 40 : 5);
    return done();
}
