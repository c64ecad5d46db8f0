/* process.c - see process.h
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests go through a socket, so that writing to a program that has died is an error and no signal.  Lines that do not
 * begin with "= " or "! " are the program's own log and are passed over. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "checkers/subjects/process.h"
#include "lib/base/alloc.h"

enum { PATIENCE = 30, LONGEST = 1 << 26 };      /* seconds; bytes of one reply */
struct plumb_process {
    pid_t pid;
    int to, from;
    char *buffer;
    size_t used, room, line;                    /* line: where the unread part begins */
};

extern char **environ;

static int
spawn(plumb_process *p, const char *const *argv, int in[2], int out[2])
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error;
    posix_spawn_file_actions_init(&actions), posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, in[1], 0), posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    for (int i = 0; i < 2; i++)
        posix_spawn_file_actions_addclose(&actions, in[i]), posix_spawn_file_actions_addclose(&actions, out[i]);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    error = posix_spawnp(&p->pid, argv[0], &actions, &attributes, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions), posix_spawnattr_destroy(&attributes);
    return error;
}

plumb_process *
plumb_process_start(const char *const *argv, plumb_diag *diag)
{
    plumb_process *p = plumb_alloc(1, sizeof *p);
    int in[2] = { -1, -1 }, out[2] = { -1, -1 }, error = p ? 0 : ENOMEM;
    if (!error && (socketpair(AF_UNIX, SOCK_STREAM, 0, in) || socketpair(AF_UNIX, SOCK_STREAM, 0, out)))
        error = errno;
    if (!error)
        error = spawn(p, argv, in, out);
    close(in[1]), close(out[1]);
    if (!error) {
        p->to = in[0], p->from = out[0];
        return p;
    }
    close(in[0]), close(out[0]);
    plumb_release(p);
    plumb_fail(diag, error == ENOMEM ? PLUMB_ENOMEM : PLUMB_EINPUT, "cannot run %s: %s", argv[0], strerror(error));
    return NULL;
}

void
plumb_process_end(plumb_process *p)
{
    int status;
    if (!p)
        return;
    close(p->to), close(p->from);
    kill(-p->pid, SIGKILL);
    while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
        ;
    plumb_release(p->buffer);
    plumb_release(p);
}

static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* how it ended, in words */
static plumb_status
died(const plumb_process *p, const char *word, plumb_diag *diag)
{
    int status = 0;
    struct timespec moment = { 0, 50000000 };
    nanosleep(&moment, NULL);
    if (waitpid(p->pid, &status, WNOHANG) == p->pid && WIFSIGNALED(status))
        return plumb_fail(diag, PLUMB_EFOREIGN, "the program died by signal %d (%s) in \"%s\"", WTERMSIG(status), strsignal(WTERMSIG(status)), word);
    return plumb_fail(diag, PLUMB_EFOREIGN, "the program ended in \"%s\" without a reply", word);
}

static plumb_status
send_line(const plumb_process *p, const char *word, const double *x, size_t n, plumb_diag *diag)
{
    char *line = NULL;
    size_t length = 0, done = 0;
    FILE *f = open_memstream(&line, &length);
    if (!f)
        return PLUMB_ENOMEM;
    fputs(word, f);
    for (size_t i = 0; i < n; i++)
        fprintf(f, " %.17g", x[i]);
    fputc('\n', f);
    fclose(f);
    while (done < length) {
        ssize_t k = send(p->to, line + done, length - done, MSG_NOSIGNAL);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            break;
        done += (size_t)k;
    }
    free(line);
    return done == length ? PLUMB_OK : died(p, word, diag);
}

/* More bytes, or why not. */
static plumb_status
read_more(plumb_process *p, const char *word, double until, plumb_diag *diag)
{
    struct pollfd ready = { p->from, POLLIN, 0 };
    double left = until - now();
    ssize_t k;
    if (p->line) {
        memmove(p->buffer, p->buffer + p->line, p->used - p->line);
        p->used -= p->line, p->line = 0;
    }
    if (p->used + 4096 > p->room) {
        char *grown = p->room < LONGEST ? plumb_realloc(p->buffer, p->room ? 2 * p->room : 16384, 1) : NULL;
        if (!grown)
            return plumb_fail(diag, PLUMB_EFOREIGN, "the reply to \"%s\" does not end", word);
        p->buffer = grown, p->room = p->room ? 2 * p->room : 16384;
    }
    if (left <= 0 || poll(&ready, 1, (int)(left * 1000) + 1) == 0)
        return plumb_fail(diag, PLUMB_EFOREIGN, "the program did not answer \"%s\" in time; does it flush its output after every reply?", word);
    k = recv(p->from, p->buffer + p->used, p->room - p->used - 1, 0);
    if (k <= 0)
        return k < 0 && errno == EINTR ? PLUMB_OK : died(p, word, diag);
    p->used += (size_t)k;
    return PLUMB_OK;
}

plumb_status
plumb_process_ask(plumb_process *p, const char *word, const double *x, size_t n, double seconds, char **reply, plumb_diag *diag)
{
    double until = now() + seconds;
    plumb_status st = send_line(p, word, x, n, diag);
    while (!st) {
        char *from = p->buffer ? p->buffer + p->line : NULL, *end = from ? memchr(from, '\n', p->used - p->line) : NULL;
        if (!end) {
            st = read_more(p, word, until, diag);
            continue;
        }
        *end = 0, p->line = (size_t)(end + 1 - p->buffer);
        if (*from == '=' && (from[1] == ' ' || !from[1])) {
            *reply = from + 1;
            return PLUMB_OK;
        }
        if (*from == '!' && from[1] == ' ')
            return plumb_fail(diag, PLUMB_EFOREIGN, "the program refused \"%s\": %.300s", word, from + 2);
    }
    return st;
}

plumb_status
plumb_process_numbers(plumb_process *p, const char *word, const double *x, size_t n, double *y, size_t want, plumb_diag *diag)
{
    char *reply, *end;
    size_t got = 0;
    plumb_status st = plumb_process_ask(p, word, x, n, PATIENCE, &reply, diag);
    if (st)
        return st;
    for (; *(reply += strspn(reply, " \t\r")); reply = end, got++) {
        double v = strtod(reply, &end);
        if (end == reply)
            return plumb_fail(diag, PLUMB_EFOREIGN, "number %zu of the reply to \"%s\" is \"%.*s\"", got + 1, word, (int)(strcspn(reply, " \t\r") % 40), reply);
        if (got < want)
            y[got] = v;
    }
    return got == want ? PLUMB_OK : plumb_fail(diag, PLUMB_EFOREIGN, "the reply to \"%s\" has %zu numbers, %zu were expected", word, got, want);
}
