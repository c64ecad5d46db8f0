/* stepper.c - a step's formulas bound to a number system, and the state that they lead on
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/base/alloc.h"
#include "plumbline/descent.h"
#include "plumbline/work.h"

enum { VECTORS = 7, RATE = 6, COUNT = 5, MOST_SETTINGS = 400 };
static const char *const names[VECTORS] = { "w", "g", "m", "s", "a", "k", "rate" };

typedef struct bound {
    plumb_program program;
    int to, nin, in[PLUMB_MAXVARS];
} bound;

struct plumb_stepper {
    const plumb_step *step;
    const plumb_num *R;
    size_t n;
    plumb_work *work;
    plumb_array vector[VECTORS];
    bound rate, rule[PLUMB_STEP_RULES];
    int rules;
    plumb_array matrix, product;        /* a preconditioner, and what it makes of the gradient */
    int preconditioned;
};

/* ---- settings ---- */

typedef struct given {
    char rate[MOST_SETTINGS];
    plumb_constants constants;
} given;

static int
index_of(const plumb_step *s, const char *name, size_t length)
{
    for (int i = 0; i < PLUMB_STEP_SETTINGS && s->setting[i].name; i++)
        if (strlen(s->setting[i].name) == length && !strncmp(s->setting[i].name, name, length))
            return i;
    return -1;
}

static void
list_settings(const plumb_step *s, char *text, size_t room)
{
    snprintf(text, room, "rate");
    for (int i = 0; i < PLUMB_STEP_SETTINGS && s->setting[i].name; i++)
        snprintf(text + strlen(text), room - strlen(text), ", %s", s->setting[i].name);
}

static plumb_status
set_one(const plumb_step *s, const char *part, size_t length, given *to, plumb_diag *diag)
{
    const char *equals = memchr(part, '=', length);
    size_t name = equals ? (size_t)(equals - part) : length, value = equals ? length - name - 1 : 0;
    int i = index_of(s, part, name);
    char text[60] = "", known[200], *end;
    double x;
    if (name == 4 && !strncmp(part, "rate", 4) && value) {
        snprintf(to->rate, sizeof to->rate, "%.*s", (int)value, equals + 1);
        return PLUMB_OK;
    }
    list_settings(s, known, sizeof known);
    if (i < 0)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: there is no setting \"%.*s\"; it has %s", s->name, (int)(name < 60 ? name : 60), part, known);
    snprintf(text, sizeof text, "%.*s", (int)(value < 59 ? value : 59), equals ? equals + 1 : "");
    x = strtod(text, &end);
    if (end == text || *end || !(x >= s->setting[i].low && x < s->setting[i].high))
        return plumb_fail(diag, PLUMB_EINPUT, "%s: %s=%s: a number from %g to less than %g was expected", s->name, s->setting[i].name, text, s->setting[i].low,
            s->setting[i].high);
    to->constants.value[i] = x;
    return PLUMB_OK;
}

/* Parts between commas, of which those in parentheses do not count. */
static plumb_status
read_settings(const plumb_step *s, const char *text, given *to, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    *to = (given){ .constants.n = 0 };
    for (int i = 0; i < PLUMB_STEP_SETTINGS && s->setting[i].name; i++)
        to->constants.name[i] = s->setting[i].name, to->constants.value[i] = s->setting[i].value, to->constants.n = i + 1;
    if (strlen(text) >= MOST_SETTINGS)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: the settings are longer than %d characters", s->name, MOST_SETTINGS);
    while (*text && !st) {
        size_t length = 0;
        int depth = 0;
        for (; text[length] && (text[length] != ',' || depth); length++)
            depth += (text[length] == '(') - (text[length] == ')');
        st = set_one(s, text, length, to, diag);
        text += length + (text[length] == ',');
    }
    if (!st && !*to->rate)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: a learning rate is needed: rate=NUMBER, or a formula of the step k", s->name);
    for (int i = 0; i < to->constants.n && !st; i++)
        if (isnan(to->constants.value[i]))
            st = plumb_fail(diag, PLUMB_EINPUT, "%s: the setting %s is needed", s->name, to->constants.name[i]);
    return st;
}

/* ---- formulas ---- */

static int
mentions(const char *formula, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = formula; (at = strstr(at, name)); at += n)
        if ((at == formula || !(isalnum((unsigned char)at[-1]) || at[-1] == '_')) && !(isalnum((unsigned char)at[n]) || at[n] == '_'))
            return 1;
    return 0;
}

/* A formula over those vectors that it names. */
static plumb_status
bind(const char *formula, const char *to, const plumb_constants *constants, int only_k, bound *b, plumb_diag *diag)
{
    const char *vars[PLUMB_MAXVARS];
    b->nin = 0, b->to = -1;
    for (int v = 0; v < VECTORS; v++) {
        b->to = !strcmp(names[v], to) ? v : b->to;
        if (!(only_k ? v == COUNT : mentions(formula, names[v])))
            continue;
        if (b->nin == PLUMB_MAXVARS)
            return plumb_fail(diag, PLUMB_EINPUT, "the rule %s = %s names more than %d vectors", to, formula, PLUMB_MAXVARS);
        vars[b->nin] = names[v], b->in[b->nin++] = v;
    }
    if (b->to < 0 || (!only_k && b->to >= COUNT))
        return plumb_fail(diag, PLUMB_EINPUT, "the rule %s = %s: only w, g, m, s and a can be led on", to, formula);
    return plumb_formula_bind(formula, vars, b->nin, constants, 0, &b->program, diag);
}

static plumb_status
carry_out(plumb_stepper *s, const bound *b, size_t n)
{
    plumb_array in[PLUMB_MAXVARS];
    for (int i = 0; i < b->nin; i++)
        in[i] = b->in[i] >= COUNT ? plumb_repeat(&s->vector[b->in[i]]) : s->vector[b->in[i]];
    return plumb_program_run(s->R, &b->program, PLUMB_SET, &s->vector[b->to], in, n, s->work);
}

/* ---- life ---- */

static plumb_status
make_room(plumb_stepper *s, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    s->work = plumb_work_new(s->R, 1);
    for (int v = 0; v < VECTORS && s->work && !st; v++) {
        size_t n = v < COUNT ? s->n : 1;
        st = plumb_take(s->work, s->R, n, &s->vector[v]);
        st |= st ? st : plumb_zero(s->R, &s->vector[v], n);
    }
    return s->work && !st ? PLUMB_OK : plumb_fail(diag, PLUMB_ENOMEM, "out of memory for a state of %zu numbers", s->n);
}

plumb_stepper *
plumb_stepper_new(const plumb_step *step, const char *settings, const plumb_num *R, size_t n, plumb_diag *diag)
{
    plumb_stepper *s = plumb_alloc(1, sizeof *s);
    given *g = plumb_alloc(1, sizeof *g);
    plumb_status st = s && g ? read_settings(step, settings, g, diag) : plumb_fail(diag, PLUMB_ENOMEM, "out of memory for a state of %zu numbers", n);
    if (!st) {
        s->step = step, s->R = R, s->n = n;
        st = make_room(s, diag);
    }
    st |= st ? st : bind(g->rate, "rate", NULL, 1, &s->rate, diag);
    for (; !st && s->rules < PLUMB_STEP_RULES && step->rule[s->rules].to; s->rules++)
        st = bind(step->rule[s->rules].formula, step->rule[s->rules].to, &g->constants, 0, &s->rule[s->rules], diag);
    plumb_release(g);
    if (st) {
        plumb_stepper_free(s);
        return NULL;
    }
    return s;
}

void
plumb_stepper_free(plumb_stepper *s)
{
    if (!s)
        return;
    plumb_work_free(s->work);
    plumb_release(s);
}

plumb_array
plumb_stepper_vector(const plumb_stepper *s, const char *name)
{
    for (int v = 0; v < VECTORS; v++)
        if (!strcmp(names[v], name))
            return s->vector[v];
    return (plumb_array){ 0 };
}

plumb_status
plumb_stepper_precondition(plumb_stepper *s, const double *P, size_t rows, size_t columns, plumb_diag *diag)
{
    plumb_status st;
    if (rows != columns)
        return plumb_fail(diag, PLUMB_EINPUT, "the preconditioner is %zu x %zu: a square matrix was expected", rows, columns);
    if (rows != s->n)
        return plumb_fail(diag, PLUMB_EINPUT, "the preconditioner is %zu x %zu, a state has %zu numbers", rows, columns, s->n);
    for (size_t i = 0; i < rows * columns; i++)
        if (!isfinite(P[i]))
            return plumb_fail(diag, PLUMB_EINPUT, "the preconditioner holds %g in row %zu, column %zu", P[i], i / columns, i % columns);
    st = plumb_take(s->work, s->R, rows * columns, &s->matrix);
    st |= st ? st : plumb_take(s->work, s->R, s->n, &s->product);
    if (st)
        return plumb_fail(diag, st, "out of memory for a preconditioner of %zu numbers", rows * columns);
    for (size_t i = 0; i < rows * columns; i++)
        plumb_set_d(s->R, &s->matrix, i, P[i]);
    s->preconditioned = 1;
    return PLUMB_OK;
}

static plumb_status
precondition(plumb_stepper *s)
{
    plumb_mm shape = { .m = s->n, .n = 1, .k = s->n, .lda = s->n, .ldb = 1, .ldc = 1 };
    plumb_status st = plumb_gemm(s->R, PLUMB_SET, &shape, &s->product, &s->matrix, &s->vector[1], s->work);
    return st ? st : s->R->copy(s->R, &s->vector[1], &s->product, s->n);
}

plumb_status
plumb_stepper_step_scaled(plumb_stepper *s, const double *given, double factor, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    double k = plumb_get_d(s->R, &s->vector[COUNT], 0) + 1, rate;
    plumb_set_d(s->R, &s->vector[COUNT], 0, k);
    if (given)
        plumb_set_d(s->R, &s->vector[RATE], 0, *given);
    else
        st = carry_out(s, &s->rate, 1);
    rate = plumb_get_d(s->R, &s->vector[RATE], 0) * factor;
    if (!st && !isfinite(rate))
        return plumb_fail(diag, PLUMB_EDOMAIN, "%s: the learning rate of step %g is %g", s->step->name, k, rate);
    if (factor != 1)
        plumb_set_d(s->R, &s->vector[RATE], 0, rate);
    if (!st && s->preconditioned)
        st = precondition(s);
    for (int i = 0; i < s->rules && !st; i++)
        st = carry_out(s, &s->rule[i], s->n);
    return st ? plumb_fail(diag, st, "%s: step %g: %s", s->step->name, k, plumb_status_text(st)) : PLUMB_OK;
}

plumb_status
plumb_stepper_step(plumb_stepper *s, plumb_diag *diag)
{
    return plumb_stepper_step_scaled(s, NULL, 1, diag);
}
