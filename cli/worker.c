/* worker.c - plumb worker LIBRARY NAME: a process that opens a plugin and answers for it; started by plumb check, not by people
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "cli/cli.h"

/* What the plugin prints is log and goes to the error output; replies keep the pipe for themselves. */
int
cli_worker(int argc, char **argv)
{
    int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    FILE *to = out < 0 ? NULL : fdopen(out, "w");
    int failed;
    if (argc != 3)
        return cli_refuse("plumb worker takes a library and a name; it is started by plumb check ./layers.so:NAME");
    if (!to || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return cli_refuse("plumb worker: no output");
    failed = plumb_plugin_serve(argv[1], argv[2], stdin, to);
    fclose(to);
    return failed ? EXIT_USAGE : 0;
}
