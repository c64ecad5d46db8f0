/* process.c - a program's life: started, waited for, ended; see process.h
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Requests go through a socket, so that writing to a program that has died is an error and no signal; while a long one is written
 * what the program says is read, or both would wait for each other.  Lines that do not begin with "=" or "!" are the program's
 * own log. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "checkers/subjects/wire.h"
#include "lib/base/alloc.h"

enum { TICK = 50 };                             /* milliseconds between looks at its memory */
static const size_t longest = (size_t)1 << 31;  /* bytes of one reply */

extern char **environ;

/* ---- starting ---- */

static int
spawn(plumb_process *p, const char *const *argv, char **environment, const int in[2], const int out[2])
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error;
    posix_spawn_file_actions_init(&actions), posix_spawnattr_init(&attributes);
    if (in[1] >= 0) {
        posix_spawn_file_actions_adddup2(&actions, in[1], 0), posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    } else {                                    /* its requests come through named pipes: it may print */
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0), posix_spawn_file_actions_adddup2(&actions, 2, 1);
    }
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    error = posix_spawnp(&p->pid, argv[0], &actions, &attributes, (char *const *)argv, environment);
    posix_spawn_file_actions_destroy(&actions), posix_spawnattr_destroy(&attributes);
    return error;
}

static void
shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int
by_sockets(plumb_process *p, const char *const *argv)
{
    int in[2] = { -1, -1 }, out[2] = { -1, -1 }, error = 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out))
        error = errno;
    if (!error)
        error = spawn(p, argv, environ, in, out);
    shut(&in[1]), shut(&out[1]);
    p->to = in[0], p->from = out[0];
    return error;
}

/* The environment with the names of the two pipes in front. */
static char **
with_pipes(char *in, char *out)
{
    size_t n = 0;
    char **list;
    while (environ[n])
        n++;
    list = plumb_alloc(n + 3, sizeof *list);
    if (list) {
        list[0] = in, list[1] = out;
        memcpy(list + 2, environ, n * sizeof *list);
    }
    return list;
}

static int
by_fifos(plumb_process *p, const char *const *argv, const char *folder)
{
    char in[600], out[600], **list;
    static const int none[2] = { -1, -1 };
    int error;
    snprintf(in, sizeof in, "PLUMB_IN=%s/plumb-in.%ld", folder, (long)getpid());
    snprintf(out, sizeof out, "PLUMB_OUT=%s/plumb-out.%ld", folder, (long)getpid());
    unlink(in + 9), unlink(out + 10);
    if (mkfifo(in + 9, 0600) || mkfifo(out + 10, 0600))
        return errno;
    p->from = open(out + 10, O_RDONLY | O_NONBLOCK | O_CLOEXEC), p->to = open(in + 9, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (p->from < 0 || p->to < 0)
        return errno;
    list = with_pipes(in, out);
    error = list ? spawn(p, argv, list, none, none) : ENOMEM;
    plumb_release(list);
    return error;
}

plumb_process *
plumb_process_start(const char *const *argv, const plumb_program_options *options, plumb_diag *diag)
{
    plumb_process *p = plumb_alloc(1, sizeof *p);
    int error = p ? 0 : ENOMEM;
    if (p)
        p->options = options, p->to = p->from = -1;
    if (!error && options->attached)
        p->from = options->in, p->to = options->out;
    else if (!error)
        error = options->fifo ? by_fifos(p, argv, options->fifo) : by_sockets(p, argv);
    if (!error && p->pid)
        for (int i = 0; i < 2; i++)
            fcntl(i ? p->to : p->from, F_SETFL, fcntl(i ? p->to : p->from, F_GETFL) | O_NONBLOCK);
    if (!error)
        return p;
    if (p)
        shut(&p->to), shut(&p->from);
    plumb_release(p);
    plumb_fail(diag, error == ENOMEM ? PLUMB_ENOMEM : PLUMB_EINPUT, "cannot run %s: %s", argv && argv[0] ? argv[0] : "the program", strerror(error));
    return NULL;
}

/* ---- ending ---- */

static int
gone(plumb_process *p, int milliseconds)
{
    for (int waited = 0; p->pid && !p->reaped; waited += 5) {
        struct timespec moment = { 0, 5000000 };
        pid_t got = waitpid(p->pid, &p->status, WNOHANG);
        p->reaped = got == p->pid || (got < 0 && errno == ECHILD);
        if (p->reaped || waited >= milliseconds)
            break;
        nanosleep(&moment, NULL);
    }
    return !p->pid || p->reaped;
}

static void
kill_group(plumb_process *p)
{
    if (!p->pid)
        return;
    if (!gone(p, 0)) {
        kill(-p->pid, SIGTERM);
        gone(p, 200);
    }
    kill(-p->pid, SIGKILL);
    while (!p->reaped && waitpid(p->pid, &p->status, 0) < 0 && errno == EINTR)
        ;
    p->reaped = 1;
}

/* Once the program has answered it has opened them, and their names may go. */
void
plumb_process_unname(plumb_process *p)
{
    char name[600];
    if (!p->pid || !p->options->fifo || p->unnamed)
        return;
    p->unnamed = 1;
    snprintf(name, sizeof name, "%s/plumb-in.%ld", p->options->fifo, (long)getpid()), unlink(name);
    snprintf(name, sizeof name, "%s/plumb-out.%ld", p->options->fifo, (long)getpid()), unlink(name);
}

void
plumb_process_end(plumb_process *p)
{
    if (!p)
        return;
    if (p->pid || !p->options->attached)
        shut(&p->to), shut(&p->from);
    gone(p, 300);                               /* most end by themselves at the end of their input */
    kill_group(p);
    plumb_process_unname(p);
    plumb_release(p->buffer);
    plumb_release(p);
}

/* ---- waiting ---- */

double
plumb_process_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* how it ended, in words; inside: what was missing */
plumb_status
plumb_process_died(plumb_process *p, const char *inside, plumb_diag *diag)
{
    gone(p, 200);
    if (p->pid && p->reaped && WIFSIGNALED(p->status))
        return plumb_fail(diag, PLUMB_EFOREIGN, "%s died by signal %d (%s) in \"%s\" (request %lu)", plumb_process_who(p), WTERMSIG(p->status),
            strsignal(WTERMSIG(p->status)), p->word, p->requests);
    if (p->pid && p->reaped && WEXITSTATUS(p->status))
        return plumb_fail(diag, PLUMB_EFOREIGN, "%s ended in \"%s\" (request %lu) %s, with exit status %d", plumb_process_who(p), p->word, p->requests, inside,
            WEXITSTATUS(p->status));
    return plumb_fail(diag, PLUMB_EFOREIGN, "%s ended in \"%s\" (request %lu) %s%s", plumb_process_who(p), p->word, p->requests, inside,
        p->requests == 1 && !p->options->worker ? ": does it speak the protocol (docs/protocol.md)?" : "");
}

/* Resident bytes of the program, 0 where that is not known. */
static size_t
resident(const plumb_process *p)
{
    char path[64];
    unsigned long pages = 0, all;
    FILE *f;
    snprintf(path, sizeof path, "/proc/%ld/statm", (long)p->pid);
    f = p->pid ? fopen(path, "r") : NULL;
    if (!f || fscanf(f, "%lu %lu", &all, &pages) != 2)
        pages = 0;
    if (f)
        fclose(f);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static plumb_status
too_much_memory(plumb_process *p, plumb_diag *diag)
{
    size_t limit = p->options->limit_memory;
    if (!limit || resident(p) <= limit)
        return PLUMB_OK;
    kill_group(p);
    return plumb_fail(diag, PLUMB_EFOREIGN, "%s used more than %zu MiB of memory in \"%s\" (request %lu) and was ended (--limit-memory)",
        plumb_process_who(p), limit >> 20, p->word, p->requests);
}

static plumb_status
make_room(plumb_process *p, plumb_diag *diag)
{
    char *grown;
    if (p->line && p->line == p->used)
        p->used = p->line = p->scanned = 0;
    if (p->used + 4096 <= p->room)
        return PLUMB_OK;
    if (p->line > p->room / 2) {
        memmove(p->buffer, p->buffer + p->line, p->used - p->line);
        p->used -= p->line, p->line = p->scanned = 0;
        return PLUMB_OK;
    }
    if (p->room > longest)
        return plumb_fail(diag, PLUMB_EFOREIGN, "the reply to \"%s\" (request %lu) does not end", p->word, p->requests);
    grown = plumb_realloc(p->buffer, p->room ? 2 * p->room : 65536, 1);
    if (!grown)
        return plumb_fail(diag, PLUMB_EFOREIGN, "the reply to \"%s\" (request %lu) is longer than the memory", p->word, p->requests);
    p->buffer = grown, p->room = p->room ? 2 * p->room : 65536;
    return PLUMB_OK;
}

/* What is there to read, without waiting; *ended: the other end is closed. */
plumb_status
plumb_process_drain(plumb_process *p, int *ended, plumb_diag *diag)
{
    plumb_status st = make_room(p, diag);
    ssize_t k = st ? 0 : read(p->from, p->buffer + p->used, p->room - p->used - 1);
    *ended = !st && (k == 0 || (k < 0 && errno != EINTR && errno != EAGAIN));
    p->used += k > 0 ? (size_t)k : 0;
    return st;
}

/* Waits for something to read, or (writing) for room to write. */
plumb_status
plumb_process_wait(plumb_process *p, int writing, double until, const char *inside, plumb_diag *diag)
{
    struct pollfd ready[2] = { { p->from, POLLIN, 0 }, { p->to, POLLOUT, 0 } };
    double left = until - plumb_process_now();
    int ended = 0;
    plumb_status st;
    if (left <= 0)
        return plumb_fail(diag, PLUMB_EFOREIGN, "%s did not answer \"%s\" (request %lu) in time%s%s%s", plumb_process_who(p), p->word, p->requests,
            *p->last ? "; a reply begins with \"= \", and its last line was \"" : p->log || p->used > p->line ? "" : "; does it flush its output after every reply?",
            p->last, *p->last ? "\"" : "");
    if (poll(ready, writing ? 2 : 1, left * 1000 < TICK ? (int)(left * 1000) + 1 : TICK) == 0)
        return too_much_memory(p, diag);
    if (!ready[0].revents)
        return PLUMB_OK;
    st = plumb_process_drain(p, &ended, diag);
    return st ? st : ended ? plumb_process_died(p, inside, diag) : PLUMB_OK;
}
