/* formula.c - a formula and its claimed slope, typed by a user, as a subject
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "lib/base/alloc.h"
#include "lib/base/random.h"
#include "lib/ops/ops.h"
#include "plumbline/subject.h"

static int
uses(const plumb_program *p, int reg)
{
    for (int q = 0; q < p->nins; q++)
        if (p->ins[q].fn != PLUMB_FN_CONST && (p->ins[q].a == reg || (PLUMB_FN_IS_BINARY(p->ins[q].fn) && p->ins[q].b == reg)))
            return 1;
    return 0;
}

/* Parses everything once, for the sentence with the column, and finds out whether there is a y. */
static plumb_status
look(const char *formula, const char *const slope[2], int *inputs, plumb_diag *diag)
{
    static const char *const vars[] = { "x", "y", "z" };
    plumb_program f, g;
    plumb_status st = plumb_formula_parse(formula, vars, 2, &f, diag);
    *inputs = !st && (uses(&f, 1) || slope[1]) ? 2 : 1;
    for (int k = 0; k < 2 && slope[k] && !st; k++) {
        st = plumb_formula_parse(slope[k], vars, 2, &g, diag);
        if (!st && *inputs == 1 && uses(&g, 1))
            st = plumb_fail(diag, PLUMB_EINPUT, "the slope \"%s\" uses y, the formula \"%s\" does not", slope[k], formula);
    }
    return st;
}

/* the value of a one-element program at x (and y) */
static plumb_status
value_at(const plumb_program *p, const double *x, plumb_work *w, double *out)
{
    double in[2] = { x[0], x[1] };
    plumb_array ax[2] = { { .plane = { &in[0] }, .inc = 1 }, { .plane = { &in[1] }, .inc = 1 } }, ay = { .plane = { out }, .inc = 1 };
    *out = NAN;
    return plumb_program_run(&plumb_f64, p, PLUMB_SET, &ay, ax, 1, w);
}

/* Points where a comparison of the formula is a tie, the formula is finite and its slopes on both sides are
 * of ordinary size: kinks belong to what a slope claims.  At most two, from a few round numbers. */
static plumb_status
find_kinks(const plumb_program *p, plumb_work *w, double *point, size_t room, size_t *found)
{
    static const double candidates[] = { 0, 1, -1, 2, -2, 0.5, -0.5 };
    plumb_status st = PLUMB_OK;
    *found = 0;
    for (size_t c = 0; c < sizeof candidates / sizeof *candidates && *found < 2 && *found < room; c++) {
        plumb_program tie;
        double x = candidates[c], d, f[5];
        int tied = 0, ordinary = 1;
        for (int k = 0; plumb_formula_tie(p, k, &tie); k++) {
            st |= value_at(&tie, (double[]){ x, 0 }, w, &d);
            tied |= d == 0;
        }
        for (int q = 0; q < 5; q++)
            st |= value_at(p, (double[]){ x + (q - 2) * 1e-6, 0 }, w, &f[q]), ordinary &= isfinite(f[q]) && fabs(f[q]) < 1e30;
        if (tied && ordinary && fabs(f[3] - f[2]) < 1e-3 * (1 + fabs(f[2])) && fabs(f[1] - f[2]) < 1e-3 * (1 + fabs(f[2])) &&
            fabs(f[4] - f[2]) < 3 * fabs(f[3] - f[2]) + 1e-9 && fabs(f[0] - f[2]) < 3 * fabs(f[1] - f[2]) + 1e-9 &&
            !(fabs(f[4] - f[2]) < 1.7 * fabs(f[3] - f[2]) - 1e-9) && !(fabs(f[0] - f[2]) < 1.7 * fabs(f[1] - f[2]) - 1e-9))
            point[(*found)++] = x;
    }
    return st;
}

/* Values that f32 can hold, too, are looked for first. */
static plumb_status
draw(plumb_subject *s, int inputs, size_t n, uint64_t seed, plumb_diag *diag)
{
    enum { TRIALS = 4000 };
    const plumb_program *p = &plumb_graph_node(s->graph, 0)->compiled->value;
    plumb_random r = plumb_random_named(seed, s->name);
    plumb_work *w = plumb_work_new(&plumb_f64, 1);
    plumb_status st = w ? PLUMB_OK : PLUMB_ENOMEM;
    size_t found = 0;
    if (!st && inputs == 1)
        st = find_kinks(p, w, s->point[0], n, &found);
    for (int trial = 0; trial < TRIALS && found < n && !st; trial++) {
        double x[2], f;
        for (int k = 0; k < 2; k++)
            x[k] = (double)(float)copysign(exp2(plumb_random_between(&r, -6, 3)), plumb_random_unit(&r) - 0.5);
        st = value_at(p, x, w, &f);
        if (!isfinite(f) || (trial < TRIALS / 2 && f != 0 && !(fabs(f) > 1e-30 && fabs(f) < 1e30)))
            continue;
        for (int k = 0; k < inputs; k++)
            s->point[k][found] = x[k];
        found++;
    }
    plumb_work_free(w);
    if (!st && found < n)
        st = plumb_fail(diag, PLUMB_EINPUT, "the formula is finite at hardly any x of size 1/64 to 8");
    return st;
}

static plumb_status
build(plumb_formula_subject *f, int inputs, size_t n, uint64_t seed, plumb_diag *diag)
{
    char name[300], target[600] = "--math ";
    plumb_shape shape = { 1, { n } };
    plumb_graph *g = plumb_graph_new();
    int in[2];
    f->op = inputs == 2 ? plumb_op_add : plumb_op_neg;
    f->op.name = "formula", f->op.summary = "typed by the user", f->op.origin = NULL, f->op.formula = f->text[0];
    f->op.slope[0] = f->text[1], f->op.slope[1] = f->text[2] ? f->text[2] : "0";
    f->op.kinks = f->text[0];                   /* unknown: its comparisons are looked at */
    if (!g)
        return PLUMB_ENOMEM;
    in[0] = plumb_graph_input(g, "x", shape);
    in[1] = inputs == 2 ? plumb_graph_input(g, "y", shape) : 0;
    snprintf(name, sizeof name, "formula %s", f->text[0]);
    plumb_shell_quote(target, sizeof target, f->text[0]);
    for (int k = 1; k < 3 && f->text[k]; k++) {
        strncat(target, " --slope ", sizeof target - strlen(target) - 1);
        plumb_shell_quote(target, sizeof target, f->text[k]);
    }
    f->subject = plumb_subject_new(name, "", target, g, plumb_graph_apply(g, &f->op, "formula", NULL, in), diag);
    if (!f->subject)
        return PLUMB_EINPUT;
    if (inputs == 2)
        f->subject->checked[1] = f->text[2] != NULL;
    return draw(f->subject, inputs, n, seed, diag);
}

plumb_formula_subject *
plumb_subject_formula(const char *formula, const char *const slope[2], size_t n, uint64_t seed, plumb_diag *diag)
{
    plumb_formula_subject *f = plumb_alloc(1, sizeof *f);
    int inputs;
    plumb_status st = f ? look(formula, slope, &inputs, diag) : PLUMB_ENOMEM;
    if (!st && (!(f->text[0] = plumb_text_copy(formula)) || !(f->text[1] = plumb_text_copy(slope[0])) ||
        (slope[1] && !(f->text[2] = plumb_text_copy(slope[1])))))
        st = PLUMB_ENOMEM;
    st |= st ? st : build(f, inputs, n, seed, diag);
    if (!st)
        return f;
    plumb_fail(diag, st, "the formula \"%s\": %s", formula, plumb_status_text(st));
    plumb_formula_subject_free(f);
    return NULL;
}

void
plumb_formula_subject_free(plumb_formula_subject *f)
{
    if (!f)
        return;
    plumb_subject_free(f->subject);
    for (int i = 0; i < 3; i++)
        plumb_release(f->text[i]);
    plumb_release(f);
}
