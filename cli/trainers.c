/* trainers.c - plumb descend RUN.npz, plumb descend -- PROGRAM: somebody else's trainer, step by step
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"

enum { KEY_STEP = 720, KEY_STEPS, KEY_BATCH, STEPS = 40, MOST_STEPS = 1000000 };
const struct argp_option cli_trainer_options[] = {
    { "step", KEY_STEP, "STEP", 0, "What the trainer means to do: NAME(SETTINGS), as in 'momentum(rate=0.1,mu=0.9)' (plumb list steps); what it says itself", 0 },
    { "steps", KEY_STEPS, "N", 0, "Steps that a program is asked for (40)", 0 },
    { "batch", KEY_BATCH, "N", 0, "Samples in each batch (what it says itself, or 8)", 0 },
    { 0 },
};

static error_t
whole(cli_options *o, const char *option, const char *arg, size_t *to)
{
    char *end;
    unsigned long n = strtoul(arg, &end, 10);
    if (*arg == '-' || end == arg || *end || !n || n > MOST_STEPS)
        return plumb_fail(&o->diag, PLUMB_EINPUT, "%s %s: a whole number from 1 to %d was expected", option, arg, MOST_STEPS) ? EINVAL : 0;
    *to = n;
    return 0;
}

error_t
cli_parse_trainer(int key, char *arg, struct argp_state *state)
{
    cli_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: return 0;
    case KEY_STEP: o->step = arg; return 0;
    case KEY_STEPS: return whole(o, "--steps", arg, &o->steps);
    case KEY_BATCH: return whole(o, "--batch", arg, &o->batch);
    default: return ARGP_ERR_UNKNOWN;
    }
}

typedef struct visit {
    const cli_options *o;
    const plumb_trajectory *t;
    plumb_trainer_options options;
    plumb_sink *sink;
} visit;

static plumb_status
check(const plumb_subject *twin, void *with, plumb_diag *diag)
{
    visit *v = with;
    if (v->sink->subject)
        v->sink->subject(v->sink, twin);
    return plumb_check_trajectory(v->t, twin, &v->options, v->sink, diag);
}

static plumb_status
judge(const cli_options *o, const plumb_trajectory *t, const char *replay, plumb_sink *sink, plumb_diag *diag)
{
    visit v = { o, t, { o->step, replay, o->seed }, sink };
    const char *twin = o->twin ? o->twin : t->twin;
    cli_options plain = *o;
    if (!*twin)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: no twin gives the gradient: --twin model:NAME(OPTIONS), or a text twin of its own", t->name);
    plain.data = NULL;
    return cli_one_subject(&plain, twin, check, &v, diag);
}

/* What must be typed to see the same again. */
static void
again(const cli_options *o, const char *what, char *text, size_t room)
{
    snprintf(text, room, "plumb descend --seed %llu", (unsigned long long)o->seed);
    if (o->twin)
        snprintf(text + strlen(text), room - strlen(text), " --twin "), plumb_shell_quote(text, room, o->twin);
    if (o->step)
        snprintf(text + strlen(text), room - strlen(text), " --step "), plumb_shell_quote(text, room, o->step);
    if (o->data)
        snprintf(text + strlen(text), room - strlen(text), " --data "), plumb_shell_quote(text, room, o->data);
    if (o->steps)
        snprintf(text + strlen(text), room - strlen(text), " --steps %zu", o->steps);
    if (o->batch)
        snprintf(text + strlen(text), room - strlen(text), " --batch %zu", o->batch);
    snprintf(text + strlen(text), room - strlen(text), "%s", what);
}

plumb_status
cli_check_run(const cli_options *o, const char *path, plumb_sink *sink, plumb_diag *diag)
{
    plumb_trajectory t;
    char replay[2000], quoted[1000] = " ";
    plumb_status st = plumb_trajectory_read(path, &t, diag);
    if (st)
        return st;
    plumb_shell_quote(quoted, sizeof quoted, path);
    again(o, quoted, replay, sizeof replay);
    st = judge(o, &t, replay, sink, diag);
    plumb_trajectory_clear(&t);
    return st;
}

plumb_status
cli_check_trainer(const cli_options *o, char **program, plumb_sink *sink, plumb_diag *diag)
{
    plumb_trajectory t = { .name = NULL };
    plumb_program_options options = cli_program_options(o);
    char replay[2000], words[1000] = " --";
    plumb_status st = o->data ? plumb_trajectory_data(o->data, &t, diag) : PLUMB_OK;
    for (int i = 0; program[i]; i++)
        strncat(words, " ", sizeof words - strlen(words) - 1), plumb_shell_quote(words, sizeof words, program[i]);
    again(o, words, replay, sizeof replay);
    st |= st ? st : plumb_trajectory_drive((const char *const *)program, &options, o->steps ? o->steps : STEPS, o->batch, o->seed, &t, sink, diag);
    if (st & PLUMB_EFOREIGN) {
        plumb_trainer_crashed(words + strlen(" -- "), replay, diag->text, sink);
        return diag->text[0] = 0, PLUMB_OK;
    }
    if (st)
        return st;
    st = judge(o, &t, replay, sink, diag);
    plumb_trajectory_clear(&t);
    return st;
}
