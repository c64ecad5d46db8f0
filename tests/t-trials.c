/* t-trials.c [RUNS [SCALE]] - the tests on samples: false alarms at a stated level, power at the stated resolution, doubt and judgement
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every test of every experiment is run RUNS times at level 0.02 with SCALE of its samples; each must alarm as often as that, within three standard deviations of the
 * binomial distribution (for 2000 runs: 40 +- 19). The table goes to docs/manual.md. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

int
main(int argc, char **argv)
{
    samplers();
    preconditioners();
    level(argc > 1 ? atoi(argv[1]) : 25, argc > 2 ? atof(argv[2]) : 0.1);
    quiet(argc > 1 ? 200 : 5);
    power(argc > 1 ? 40 : 5);
    return done();
}
