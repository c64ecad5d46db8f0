/* show.c - plumb show: the graph of a subject in the lecture's blocks, after a check with the verdicts on them
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"

enum { KEY_REPORT = 500, KEY_CHECK };
static const struct argp_option options[] = {
    { "report", KEY_REPORT, "FILE", 0, "Put the verdicts of this JSON report onto the blocks", 0 },
    { "check", KEY_CHECK, NULL, 0, "Check the subject (quickly) and put the verdicts onto the blocks", 0 },
    { 0 },
};
static const struct argp common = { .options = cli_common_options, .parser = cli_parse_common };
static const struct argp_child children[] = { { &common, 0, NULL, 0 }, { 0 } };

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    cli_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = o; return 0;
    case KEY_REPORT: o->report = arg; return 0;
    case KEY_CHECK: o->check = 1; return 0;
    case ARGP_KEY_ARG:
        if (o->targets)
            return plumb_fail(&o->diag, PLUMB_EINPUT, "%s: one model at a time", arg) ? EINVAL : 0;
        o->target[o->targets++] = arg;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = { options, parse, "MODEL", "Draw the graph of a model.\v"
    "With -o net.svg, .pdf, .png or .dot; DOT on the output without -o.", children, NULL, NULL };

int
cli_picture_name(const char *path)
{
    const char *dot = strrchr(path, '.'), *formats[] = { ".svg", ".pdf", ".png", ".dot" };
    for (int i = 0; i < 4; i++)
        if (dot && !strcmp(dot, formats[i]))
            return cli_writable(path);
    cli_refuse("%s: a picture ends in .svg, .pdf, .png or .dot", path);
    return 0;
}

/* A quick check whose report goes to a temporary file. */
static plumb_status
check_into(const plumb_subject *s, const cli_options *o, const char *path, plumb_diag *diag)
{
    plumb_check_options quick = cli_check_options(o);
    plumb_sink *json = plumb_sink_json(path, NULL), *tee = json ? plumb_sink_tee(&json, 1) : NULL;
    plumb_status st = tee ? PLUMB_OK : PLUMB_ENOMEM;
    quick.quick = 1;
    if (!st) {
        cli_begin(o, tee);
        st = plumb_check_subject(s, &quick, tee, diag);
        st |= st ? st : tee->end(tee, plumb_sink_tee_count(tee), diag);
    }
    plumb_sink_free(tee);
    return st;
}

static plumb_status
show(const plumb_subject *s, void *with, plumb_diag *diag)
{
    const cli_options *o = with;
    char temporary[] = "/tmp/plumb-show-XXXXXX";
    const char *report = o->report;
    int fd = o->check ? mkstemp(temporary) : -1;
    plumb_status st = o->check && fd < 0 ? plumb_fail(diag, PLUMB_EINPUT, "no temporary file in /tmp") : PLUMB_OK;
    if (fd >= 0) {
        close(fd);
        st = check_into(s, o, temporary, diag);
        report = temporary;
    }
    for (int i = 0; i < (o->outputs ? o->outputs : 1) && !st; i++)
        if (!(st = plumb_show(s, report, NULL, o->outputs ? o->output[i] : NULL, stdout, diag)) && o->outputs)
            printf("the graph of %s: %s\n", s->name, o->output[i]);
    if (fd >= 0)
        unlink(temporary);
    return st;
}

int
cli_show(int argc, char **argv)
{
    cli_options o;
    plumb_diag diag = { "" };
    int status = cli_parse(&argp, argc, argv, &o);
    if (status)
        return status;
    if (!o.targets)
        return cli_refuse("nothing to show: name a model (plumb show model:tiny -o net.svg)");
    for (int i = 0; i < o.outputs; i++)
        if (!cli_picture_name(o.output[i]))
            return EXIT_USAGE;
    if (cli_one_subject(&o, o.target[0], show, &o, &diag))
        return cli_refuse("%s", diag.text[0] ? diag.text : "out of memory");
    return 0;
}
