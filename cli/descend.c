/* descend.c - plumb descend EXPERIMENT...|all, RUN.npz or -- PROGRAM
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"

enum { KEY_NUMBER = 700 };
static const struct argp_option options[] = {
    { "number", KEY_NUMBER, "f64|f32|mpfr:P", 0, "What the steps are made in (f64)", 0 },
    { 0 },
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    cli_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = state->child_inputs[2] = o;
        return 0;
    case KEY_NUMBER:
        o->number = arg;
        return 0;
    case ARGP_KEY_ARG:
        return cli_add_target(o, arg, "experiments");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp common = { .options = cli_common_options, .parser = cli_parse_common };
static const struct argp boxes = { .options = cli_box_options, .parser = cli_parse_box }, trainers = { .options = cli_trainer_options, .parser = cli_parse_trainer };
static const struct argp_child children[] = { { &common, 0, NULL, 0 }, { &trainers, 0, "Somebody's trainer:", 3 }, { &boxes, 0, "Its twin, and how a program is spoken with:", 4 }, { 0 } };
static const struct argp argp = { options, parse, "EXPERIMENT...|all\nRUN.npz...\n-- PROGRAM ARGS...",
    "Descent on problems whose course is known exactly; or a trainer's own steps, each beside the one that was due from the same state.\v"
    "The experiments: plumb list experiments. What a run holds and a program is asked: docs/trainers.md.\n"
    "Exit status: 0 all holds, 1 something is wrong, 2 usage or input error, 3 the program failed, 4 undecided.",
    children, NULL, NULL };

void
cli_list_experiments(void)
{
    for (int i = 0; plumb_experiments[i]; i++)
        printf("%-14s %s\n%-14s %s (%s)\n", plumb_experiments[i]->name, plumb_experiments[i]->summary, "", plumb_experiments[i]->law, plumb_experiments[i]->source);
}

void
cli_list_steps(void)
{
    for (int i = 0; plumb_steps[i]; i++) {
        const plumb_step *s = plumb_steps[i];
        printf("%-14s %s (%s)\n", s->name, s->summary, s->source);
        printf("%-14s settings: rate", "");
        for (int k = 0; k < PLUMB_STEP_SETTINGS && s->setting[k].name; k++)
            printf(", %s=%g", s->setting[k].name, s->setting[k].value);
        putchar('\n');
        for (int k = 0; k < PLUMB_STEP_RULES && s->rule[k].to; k++)
            printf("%-14s %s = %s\n", "", s->rule[k].to, s->rule[k].formula);
    }
}

/* f64, f32 or mpfr:P; *made is to be freed.  NULL (said) for another. */
static const plumb_num *
number_of(const char *text, plumb_num **made)
{
    plumb_diag diag = { "" };
    char *end;
    long bits;
    *made = NULL;
    if (!strcmp(text, "f64") || !strcmp(text, "f32"))
        return text[1] == '6' ? &plumb_f64 : &plumb_f32;
    bits = strncmp(text, "mpfr:", 5) ? 0 : strtol(text + 5, &end, 10);
    if (bits && !*end)
        *made = plumb_mpfr_new(bits, &diag);
    if (!*made)
        cli_refuse("--number %s: f64, f32 or mpfr:P was expected, with P bits from 24 to 10000", text);
    return *made;
}

static plumb_status
each(const cli_options *o, char **program, const plumb_descend_options *d, plumb_sink *sink, plumb_diag *diag)
{
    const plumb_experiment *chosen[64];
    size_t n = 0;
    plumb_status st = PLUMB_OK;
    for (int k = 0; plumb_experiments[k] && n < 64; k++)
        for (int i = 0; i < o->targets; i++)
            if (!strcmp(o->target[i], "all") || !strcmp(o->target[i], plumb_experiments[k]->name)) {
                chosen[n++] = plumb_experiments[k];
                break;
            }
    if (n)
        st = plumb_descend(chosen, n, d, sink, diag);
    for (int i = 0; i < o->targets && !st; i++)
        if (cli_is_box(o->target[i]))
            st = cli_check_run(o, o->target[i], sink, diag);
    return st || !program ? st : cli_check_trainer(o, program, sink, diag);
}

/* 0, or EXIT_USAGE (said) */
static int
known(const cli_options *o, char **program)
{
    const char *names[64] = { NULL }, *near;
    for (int k = 0; plumb_experiments[k] && k < 62; k++)
        names[k] = plumb_experiments[k]->name;
    if (program && !*program)
        return cli_refuse("a program was expected after --");
    if (!o->targets && !program)
        return cli_refuse("nothing to do: name an experiment (plumb list experiments) or all, a recorded run.npz, or a program after --");
    for (int i = 0; i < o->targets; i++)
        if (!cli_is_box(o->target[i]) && strcmp(o->target[i], "all") && !plumb_experiment_find(o->target[i])) {
            near = cli_nearest(o->target[i], names);
            return cli_refuse("there is no experiment \"%s\"%s%s%s", o->target[i], near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
        }
    return 0;
}

int
cli_descend(int argc, char **argv)
{
    cli_options o;
    plumb_diag diag = { "" };
    plumb_descend_options d = { 0 };
    plumb_num *made = NULL;
    plumb_sink *sink;
    char **program = cli_program_of(&argc, argv);
    int status = cli_parse(&argp, argc, argv, &o);
    status = status ? status : known(&o, program);
    if (status)
        return status;
    d.number_name = o.number ? o.number : "f64", d.seed = o.seed;
    d.number = number_of(d.number_name, &made);
    sink = d.number ? cli_sinks(&o) : NULL;
    if (sink) {
        cli_begin(&o, sink);
        status = cli_end(&o, sink, each(&o, program, &d, sink, &diag), &diag);
    }
    plumb_num_free(made);
    return sink ? status : EXIT_USAGE;
}
