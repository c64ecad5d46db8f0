/* check.c - plumb check TARGET...
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "cli/cli.h"

enum { KEY_MATH = 500, KEY_SLOPE, POINTS = 24 };
static const struct argp_option options[] = {
    { "math", KEY_MATH, "F", 0, "Check a formula of x (and y) ...", 0 },
    { "slope", KEY_SLOPE, "G", 0, "... against its claimed slope in x; given again: in y", 0 },
    { 0 },
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    cli_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = o;
        return 0;
    case KEY_MATH:
        if (o->math)
            return plumb_fail(&o->diag, PLUMB_EINPUT, "--math %s: a second formula; one at a time", arg) ? EINVAL : 0;
        o->math = arg;
        return 0;
    case KEY_SLOPE:
        if (o->slope[1])
            return plumb_fail(&o->diag, PLUMB_EINPUT, "--slope %s: a third slope; there are x and y", arg) ? EINVAL : 0;
        o->slope[o->slope[0] != NULL] = arg;
        return 0;
    case ARGP_KEY_ARG:
        return cli_add_target(o, arg, "targets");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp common = { .options = cli_common_options, .parser = cli_parse_common };
static const struct argp boxes = { .options = cli_box_options, .parser = cli_parse_box };
static const struct argp_child children[] = { { &common, 0, NULL, 0 }, { &boxes, 0, "Other people's code:", 4 }, { 0 } };
static const struct argp argp = { options, parse, "[TARGET...] [-- PROGRAM ARGS...]",
    "Compare derivatives with independent witnesses.\v"
    "Targets: model:NAME or model:NAME(OPTIONS), op:NAME, op:all; ./layers.so[:NAME], a plugin; a folder or .npz of recorded gradients; "
    "after --, a program that speaks docs/protocol.md.\n"
    "Exit status: 0 all holds, 1 something is wrong, 2 usage or input error, 3 the subject's code failed, 4 undecided.",
    children, NULL, NULL };

typedef struct visit {
    plumb_check_options options;
    plumb_sink *sink;
} visit;

static plumb_status
check_one(const plumb_subject *s, void *with, plumb_diag *diag)
{
    visit *v = with;
    return plumb_check_subject(s, &v->options, v->sink, diag);
}

static plumb_status
check_formula(const cli_options *o, visit *v, plumb_diag *diag)
{
    plumb_formula_subject *f = plumb_subject_formula(o->math, o->slope, POINTS, o->seed, diag);
    plumb_status st;
    if (f && f->op.nin > 1 && !o->slope[1])
        v->sink->note(v->sink, "y is held fixed: there is no second --slope for it.");
    st = f ? plumb_formula_curve(f, v->sink) : PLUMB_EINPUT;
    st |= st ? st : check_one(f->subject, v, diag);
    plumb_formula_subject_free(f);
    return st;
}

char **
cli_program_of(int *argc, char **argv)
{
    for (int i = 1; i < *argc; i++)
        if (!strcmp(argv[i], "--")) {
            *argc = i, argv[i] = NULL;
            return argv + i + 1;
        }
    return NULL;
}

/* A target that cannot be is better known before the first one is checked. */
static plumb_status
only_open(const plumb_subject *s, void *with, plumb_diag *diag)
{
    (void)s, (void)with, (void)diag;
    return PLUMB_OK;
}

int
cli_check(int argc, char **argv)
{
    cli_options o;
    plumb_diag diag = { "" };
    visit v;
    plumb_status st = PLUMB_OK;
    char **program = cli_program_of(&argc, argv);
    int status = cli_parse(&argp, argc, argv, &o);
    if (status)
        return status;
    if (program && !*program)
        return cli_refuse("a program was expected after --");
    if (!o.math != !o.slope[0])
        return cli_refuse("--math and --slope go together: a formula and its claimed derivative");
    if (program && o.program.attached)
        return cli_refuse("--fd and a program after -- do not go together: the descriptors lead to what is checked");
    if (!o.targets && !o.math && !program && !o.program.attached)
        return cli_refuse("nothing to check: name a target (model:mlp, op:all), give --math F --slope G, or a program after --");
    for (int i = 0; i < o.targets; i++)
        if (!cli_is_box(o.target[i]) && cli_each_subject(&o, o.target[i], only_open, NULL, &diag))
            return cli_refuse("%s", diag.text[0] ? diag.text : "out of memory");
    v = (visit){ cli_check_options(&o), cli_sinks(&o) };
    if (!v.sink)
        return EXIT_USAGE;
    cli_begin(&o, v.sink);
    if (o.math)
        st = check_formula(&o, &v, &diag);
    for (int i = 0; i < o.targets && !st; i++)
        st = cli_is_box(o.target[i]) ? cli_check_box(&o, o.target[i], NULL, v.sink, &diag) : cli_each_subject(&o, o.target[i], check_one, &v, &diag);
    if ((program || o.program.attached) && !st)
        st = cli_check_box(&o, NULL, program, v.sink, &diag);
    return cli_end(&o, v.sink, st, &diag);
}
