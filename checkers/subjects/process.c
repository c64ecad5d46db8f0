/* process.c - see process.h
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
#include "checkers/subjects/process.h"
#include "lib/base/alloc.h"

enum { TICK = 50, MOST_LOG = 1 << 26 };         /* milliseconds between looks at its memory; bytes of log for one reply */
static const size_t longest = (size_t)1 << 31;  /* bytes of one reply */

struct plumb_process {
    const plumb_program_options *options;
    pid_t pid;                                  /* 0: nothing was started */
    int to, from, status, reaped, unnamed;
    char *buffer;
    size_t used, room, line;                    /* line: where the unread part begins */
    size_t log;                                 /* bytes of log since the last request */
    unsigned long requests;
    char word[32];                              /* of the last request */
};

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
static void
remove_pipes(plumb_process *p)
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
    remove_pipes(p);
    plumb_release(p->buffer);
    plumb_release(p);
}

/* ---- waiting ---- */

static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* how it ended, in words; inside: what was missing */
static plumb_status
died(plumb_process *p, const char *inside, plumb_diag *diag)
{
    gone(p, 200);
    if (p->pid && p->reaped && WIFSIGNALED(p->status))
        return plumb_fail(diag, PLUMB_EFOREIGN, "the program died by signal %d (%s) in \"%s\" (request %lu)", WTERMSIG(p->status),
            strsignal(WTERMSIG(p->status)), p->word, p->requests);
    if (p->pid && p->reaped && WEXITSTATUS(p->status))
        return plumb_fail(diag, PLUMB_EFOREIGN, "the program ended in \"%s\" (request %lu) %s, with exit status %d", p->word, p->requests, inside,
            WEXITSTATUS(p->status));
    return plumb_fail(diag, PLUMB_EFOREIGN, "the program ended in \"%s\" (request %lu) %s", p->word, p->requests, inside);
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
    return plumb_fail(diag, PLUMB_EFOREIGN, "the program used more than %zu MiB of memory in \"%s\" (request %lu) and was ended (--limit-memory)",
        limit >> 20, p->word, p->requests);
}

static plumb_status
make_room(plumb_process *p, plumb_diag *diag)
{
    char *grown;
    if (p->line && p->line == p->used)
        p->used = p->line = 0;
    if (p->used + 4096 <= p->room)
        return PLUMB_OK;
    if (p->line > p->room / 2) {
        memmove(p->buffer, p->buffer + p->line, p->used - p->line);
        p->used -= p->line, p->line = 0;
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
static plumb_status
drain(plumb_process *p, int *ended, plumb_diag *diag)
{
    plumb_status st = make_room(p, diag);
    ssize_t k = st ? 0 : read(p->from, p->buffer + p->used, p->room - p->used - 1);
    *ended = !st && (k == 0 || (k < 0 && errno != EINTR && errno != EAGAIN));
    p->used += k > 0 ? (size_t)k : 0;
    return st;
}

/* Waits for something to read, or (writing) for room to write. */
static plumb_status
wait_for(plumb_process *p, int writing, double until, const char *inside, plumb_diag *diag)
{
    struct pollfd ready[2] = { { p->from, POLLIN, 0 }, { p->to, POLLOUT, 0 } };
    double left = until - now();
    int ended = 0;
    plumb_status st;
    if (left <= 0)
        return plumb_fail(diag, PLUMB_EFOREIGN, "the program did not answer \"%s\" (request %lu) in time%s", p->word, p->requests,
            p->log || p->used > p->line ? "" : "; does it flush its output after every reply?");
    if (poll(ready, writing ? 2 : 1, left * 1000 < TICK ? (int)(left * 1000) + 1 : TICK) == 0)
        return too_much_memory(p, diag);
    if (!ready[0].revents)
        return PLUMB_OK;
    st = drain(p, &ended, diag);
    return st ? st : ended ? died(p, inside, diag) : PLUMB_OK;
}

/* ---- log lines ---- */

static void
log_line(plumb_process *p, char *line, size_t length)
{
    line[length] = 0;
    p->log += length + 1;
    if (p->options->log && length)
        p->options->log(p->options->with, line);
}

/* Passes over the lines of the log; *line gets the first reply that is whole, or NULL. */
static void
first_reply(plumb_process *p, char **line)
{
    *line = NULL;
    while (p->line < p->used && !*line) {
        char *from = p->buffer + p->line, *end = memchr(from, '\n', p->used - p->line);
        if (!end)
            return;
        p->line = (size_t)(end + 1 - p->buffer);
        if (*from == '=' || *from == '!') {
            *end = 0;
            if (end > from && end[-1] == '\r')
                end[-1] = 0;
            *line = from;
        } else
            log_line(p, from, (size_t)(end - from));
    }
}

static plumb_status
no_end_of_log(const plumb_process *p, plumb_diag *diag)
{
    return p->log <= MOST_LOG ? PLUMB_OK
        : plumb_fail(diag, PLUMB_EFOREIGN, "the program wrote %d MiB of log lines and no reply to \"%s\" (request %lu)", MOST_LOG >> 20, p->word, p->requests);
}

/* ---- requests ---- */

/* A reply that nobody asked for would be taken for the next one's. */
static plumb_status
no_early_reply(plumb_process *p, const char *word, plumb_diag *diag)
{
    struct pollfd ready = { p->from, POLLIN, 0 };
    char *line = NULL;
    int ended = 0;
    plumb_status st = PLUMB_OK;
    if (p->used > p->line || poll(&ready, 1, 0) > 0)
        st = p->used > p->line ? PLUMB_OK : drain(p, &ended, diag);
    first_reply(p, &line);
    return st ? st : line ? plumb_fail(diag, PLUMB_EFOREIGN, "the program sent a reply before the request \"%s\" (request %lu): \"%.60s\"", word, p->requests + 1,
        line) : PLUMB_OK;
}

static plumb_status
send_bytes(plumb_process *p, const char *bytes, size_t length, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    double until = now() + 600;
    for (size_t done = 0; done < length && !st;) {
        ssize_t k = p->pid && !p->options->fifo ? send(p->to, bytes + done, length - done, MSG_NOSIGNAL) : write(p->to, bytes + done, length - done);
        if (k > 0)
            done += (size_t)k;
        else if (k < 0 && (errno == EAGAIN || errno == EINTR))
            st = wait_for(p, 1, until, "while it was sent", diag);
        else
            st = died(p, "without a reply", diag);
    }
    return st;
}

static plumb_status
begin_request(plumb_process *p, const char *word, plumb_diag *diag)
{
    plumb_status st = no_early_reply(p, word, diag);
    p->requests++, p->log = 0;
    snprintf(p->word, sizeof p->word, "%s", word);
    return st;
}

plumb_status
plumb_process_send_more(plumb_process *p, const char *word, const double *x, size_t n, plumb_diag *diag)
{
    size_t length = strlen(word);
    char *line = plumb_alloc(length + 26 * n + 2, 1);
    plumb_status st = line ? PLUMB_OK : PLUMB_ENOMEM;
    if (!st) {
        memcpy(line, word, length);
        for (size_t i = 0; i < n; i++)
            length += (size_t)sprintf(line + length, " %.17g", x[i]);
        line[length++] = '\n';
        st = send_bytes(p, line, length, diag);
    }
    plumb_release(line);
    return st;
}

plumb_status
plumb_process_send(plumb_process *p, const char *word, const double *x, size_t n, plumb_diag *diag)
{
    plumb_status st = begin_request(p, word, diag);
    return st ? st : plumb_process_send_more(p, word, x, n, diag);
}

plumb_status
plumb_process_reply(plumb_process *p, double seconds, size_t numbers, char **reply, plumb_diag *diag)
{
    double until = now() + seconds;
    plumb_status st = PLUMB_OK;
    char *line = NULL;
    while (!st) {
        first_reply(p, &line);
        if (line)
            break;
        if (numbers && p->used - p->line > 4096 + 64 * numbers)
            return plumb_fail(diag, PLUMB_EFOREIGN, "the reply to \"%s\" (request %lu) is longer than %zu numbers can be", p->word, p->requests, numbers);
        st = no_end_of_log(p, diag);
        st |= st ? st : wait_for(p, 0, until, "without a reply", diag);
    }
    if (st)
        return st;
    remove_pipes(p);
    *reply = line + 1 + (line[1] == ' ');
    return *line == '=' ? PLUMB_OK : plumb_fail(diag, PLUMB_EDOMAIN, "the program answered \"%s\" with: %.200s", p->word, *reply);
}

plumb_status
plumb_process_parse(plumb_process *p, char *reply, double *y, size_t n, plumb_diag *diag)
{
    size_t got = 0;
    for (char *at = reply, *end;; at = end) {
        double v = strtod(at, &end);
        if (end == at) {
            at += strspn(at, " \t\r");
            if (*at)
                return plumb_fail(diag, PLUMB_EFOREIGN, "number %zu of the reply to \"%s\" (request %lu) is \"%.30s\"", got + 1, p->word, p->requests, at);
            break;
        }
        if (*end && !strchr(" \t\r", *end))
            return plumb_fail(diag, PLUMB_EFOREIGN, "number %zu of the reply to \"%s\" (request %lu) is \"%.30s\"", got + 1, p->word, p->requests, at + strspn(at, " \t"));
        if (got < n)
            y[got] = v;
        got++;
    }
    return got == n ? PLUMB_OK
        : plumb_fail(diag, PLUMB_EFOREIGN, "the reply to \"%s\" (request %lu) has %zu numbers, %zu were expected", p->word, p->requests, got, n);
}

/* ---- frames ---- */

static void
put_count(unsigned char *to, uint64_t n)
{
    for (int i = 0; i < 8; i++)
        to[i] = (unsigned char)(n >> 8 * i);
}

static uint64_t
get_count(const char *from)
{
    uint64_t n = 0;
    for (int i = 7; i >= 0; i--)
        n = n << 8 | (unsigned char)from[i];
    return n;
}

static void
swap_where_big(double *x, size_t n)
{
    static const uint16_t probe = 1;
    unsigned char *b = (unsigned char *)x;
    for (size_t i = 0; i < n && !*(const unsigned char *)&probe; i++, b += 8)
        for (int k = 0; k < 4; k++) {
            unsigned char t = b[k];
            b[k] = b[7 - k], b[7 - k] = t;
        }
}

plumb_status
plumb_process_send_frame(plumb_process *p, char letter, const char *word, const double *x, size_t n, plumb_diag *diag)
{
    size_t length = 9 + 8 * n;
    unsigned char small[9 + 8 * 64], *frame = length <= sizeof small ? small : plumb_alloc(length, 1);
    plumb_status st = frame ? begin_request(p, word, diag) : PLUMB_ENOMEM;
    if (!st) {
        frame[0] = (unsigned char)letter;
        put_count(frame + 1, n);
        for (size_t i = 0; i < n; i++) {
            double v = x[i];
            swap_where_big(&v, 1);
            memcpy(frame + 9 + 8 * i, &v, 8);
        }
        st = send_bytes(p, (char *)frame, length, diag);
    }
    if (frame != small)
        plumb_release(frame);
    return st;
}

/* At least `length` unread bytes in the buffer. */
static plumb_status
have(plumb_process *p, size_t length, double until, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    char inside[100];
    while (p->used - p->line < length && !st) {
        snprintf(inside, sizeof inside, "in the middle of a frame, after %zu of %zu bytes", p->used - p->line, length);
        st = wait_for(p, 0, until, p->used == p->line ? "without a reply" : inside, diag);
    }
    return st;
}

static plumb_status
refusal(plumb_process *p, size_t length, double until, plumb_diag *diag)
{
    char text[201];
    plumb_status st = length > 1 << 20 ? plumb_fail(diag, PLUMB_EFOREIGN, "the frame that answers \"%s\" (request %lu) is a refusal of %zu bytes", p->word,
        p->requests, length) : have(p, length, until, diag);
    if (st)
        return st;
    snprintf(text, sizeof text, "%.*s", (int)(length < 200 ? length : 200), p->buffer + p->line);
    p->line += length;
    return plumb_fail(diag, PLUMB_EDOMAIN, "the program answered \"%s\" with: %s", p->word, text);
}

/* The letter of the frame, log lines before it passed over. */
static plumb_status
frame_letter(plumb_process *p, double until, char *letter, plumb_diag *diag)
{
    plumb_status st;
    while (!(st = have(p, 1, until, diag))) {
        char *from = p->buffer + p->line, *end;
        *letter = *from;
        if (*letter == '=' || *letter == '!')
            return PLUMB_OK;
        end = memchr(from, '\n', p->used - p->line);
        if (!end) {
            st = p->used - p->line > MOST_LOG ? plumb_fail(diag, PLUMB_EFOREIGN, "the reply to \"%s\" (request %lu) is neither a frame nor a line", p->word,
                p->requests) : have(p, p->used - p->line + 1, until, diag);
            if (st)
                return st;
            continue;
        }
        p->line = (size_t)(end + 1 - p->buffer);
        log_line(p, from, (size_t)(end - from));
        if ((st = no_end_of_log(p, diag)))
            return st;
    }
    return st;
}

plumb_status
plumb_process_reply_frame(plumb_process *p, double seconds, double *y, size_t n, plumb_diag *diag)
{
    double until = now() + seconds;
    char letter = 0;
    uint64_t count;
    plumb_status st = frame_letter(p, until, &letter, diag);
    st |= st ? st : have(p, 9, until, diag);
    if (st)
        return st;
    count = get_count(p->buffer + p->line + 1);
    p->line += 9;
    if (letter == '!')
        return refusal(p, (size_t)count, until, diag);
    if (count != n)
        return plumb_fail(diag, PLUMB_EFOREIGN, "the frame that answers \"%s\" (request %lu) has %llu numbers, %zu were expected", p->word, p->requests,
            (unsigned long long)count, n);
    st = have(p, 8 * n, until, diag);
    if (st)
        return st;
    if (n)
        memcpy(y, p->buffer + p->line, 8 * n);
    swap_where_big(y, n);
    p->line += 8 * n;
    return PLUMB_OK;
}
