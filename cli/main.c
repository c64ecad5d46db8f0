/* main.c - plumb(1): the commands
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "cli/cli.h"
#include "lib/base/alloc.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    { "demo", cli_demo, "the tour: a net on real digits, a planted bug, training; leaves a report" },
    { "check", cli_check, "compare derivatives with independent witnesses" },
    { "descend", cli_descend, "descent on problems whose course is known exactly" },
    { "walk", cli_walk, "follow a small net forward and back, with every number and Jacobian" },
    { "show", cli_show, "draw the graph of a model" },
    { "render", cli_render, "another format of a finished run's report" },
    { "explain", cli_explain, "one finding, op, law or route in full" },
    { "replay", cli_replay, "the command that makes a finding again" },
    { "worker", cli_worker, NULL },
    { "list", cli_list, "what there is: ops, models, routes, laws, numbers, steps, experiments, lecture" },
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static int
help(FILE *f)
{
    fprintf(f, "Usage: plumb COMMAND [OPTION...]\nGradient checking and numerical verification.\n\n");
    for (int i = 0; i < COMMANDS; i++)
        if (commands[i].summary)
            fprintf(f, "  %-8s %s\n", commands[i].name, commands[i].summary);
    fprintf(f, "\nplumb COMMAND --help tells the options.  plumb --version.\n"
        "Exit status: 0 all holds, 1 something is wrong, 2 usage or input error,\n3 the subject's code failed, 4 undecided.\n");
    return 0;
}

static void *
json_memory(size_t n)
{
    return plumb_alloc(n, 1);
}

/* what was printed must have arrived */
static int
flushed(int status)
{
    int lost = fflush(stdout) || ferror(stdout);
    return lost && status != EXIT_USAGE ? cli_refuse("cannot write to the output") : status;
}

int
cli_main(int argc, char **argv)
{
    const char *names[COMMANDS + 1] = { NULL }, *near;
    json_set_alloc_funcs(json_memory, plumb_release);
    if (argc < 2) {
        help(stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "-?") || !strcmp(argv[1], "help"))
        return flushed(help(stdout));
    if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
        return printf("plumb %s\n", plumb_version()), flushed(0);
    for (int i = 0; i < COMMANDS; i++) {
        names[i] = commands[i].name;
        if (!strcmp(argv[1], commands[i].name))
            return flushed(commands[i].run(argc - 1, argv + 1));
    }
    near = cli_nearest(argv[1], names);
    return cli_refuse("there is no command \"%s\"%s%s%s (plumb --help)", argv[1], near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}
