/* program.c - see program.h.  Files stand in for pipes, so that neither side can wait for the other.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/base/alloc.h"
#include "reports/program.h"

extern char **environ;

static plumb_status
spawn(const char *const *argv, FILE *in, FILE *out, plumb_diag *diag)
{
    posix_spawn_file_actions_t actions;
    pid_t child;
    int error, status;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fileno(in), 0);
    posix_spawn_file_actions_adddup2(&actions, fileno(out), 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", 1, 0);
    error = posix_spawnp(&child, argv[0], &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error)
        return plumb_fail(diag, PLUMB_EUNABLE, "%s cannot be run: %s", argv[0], strerror(error));
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return plumb_fail(diag, PLUMB_EUNABLE, "%s was lost: %s", argv[0], strerror(errno));
    return status ? plumb_fail(diag, PLUMB_EUNABLE, "%s failed", argv[0]) : PLUMB_OK;
}

static plumb_status
collect(FILE *out, char **text, size_t *length)
{
    long n;
    if (fseek(out, 0, SEEK_END) || (n = ftell(out)) < 0)
        return PLUMB_EUNABLE;
    rewind(out);
    *text = plumb_alloc((size_t)n + 1, 1);
    if (!*text)
        return PLUMB_ENOMEM;
    *length = fread(*text, 1, (size_t)n, out);
    return PLUMB_OK;
}

plumb_status
plumb_run_program(const char *const *argv, const char *input, size_t input_length, char **output, size_t *length, plumb_diag *diag)
{
    FILE *in = tmpfile(), *out = tmpfile();
    plumb_status st = PLUMB_OK;
    *output = NULL, *length = 0;
    if (!in || !out || fwrite(input, 1, input_length, in) != input_length || fflush(in))
        st = plumb_fail(diag, PLUMB_EUNABLE, "%s: no temporary file: %s", argv[0], strerror(errno));
    if (!st) {
        rewind(in);
        st = spawn(argv, in, out, diag);
    }
    st |= st ? st : collect(out, output, length);
    if (in)
        fclose(in);
    if (out)
        fclose(out);
    return st;
}
