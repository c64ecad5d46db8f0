/* talk.c - lines and frames to a process and back; see process.h
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "checkers/subjects/wire.h"
#include "lib/base/alloc.h"

enum { MOST_LOG = 1 << 26 };                    /* bytes of log for one reply */

/* ---- log lines ---- */

static void
log_line(plumb_process *p, char *line, size_t length)
{
    line[length] = 0;
    p->log += length + 1;
    if (length)
        snprintf(p->last, sizeof p->last, "%s", line);
    if (p->options->log && length)
        p->options->log(p->options->with, line);
}

/* Passes over the lines of the log; *line gets the first reply that is whole, or NULL. */
static void
first_reply(plumb_process *p, char **line)
{
    *line = NULL;
    while (p->line < p->used && !*line) {
        size_t at = p->scanned > p->line ? p->scanned : p->line;
        char *from = p->buffer + p->line, *end = memchr(p->buffer + at, '\n', p->used - at);
        p->scanned = p->used;
        if (!end)
            return;
        p->scanned = 0;
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

/* A line of log that has no end yet counts, too. */
static plumb_status
no_end_of_log(const plumb_process *p, plumb_diag *diag)
{
    int reply = p->used > p->line && (p->buffer[p->line] == '=' || p->buffer[p->line] == '!');
    return p->log + (reply ? 0 : p->used - p->line) <= MOST_LOG ? PLUMB_OK
        : plumb_fail(diag, PLUMB_EFOREIGN, "%s wrote %d MiB of log lines and no reply to \"%s\" (request %lu)", plumb_process_who(p), MOST_LOG >> 20, p->word, p->requests);
}

/* A reply that begins with "!".  What a shared object's worker says is a whole sentence. */
static plumb_status
refused(const plumb_process *p, const char *text, plumb_diag *diag)
{
    return p->options->worker ? plumb_fail(diag, PLUMB_EDOMAIN, "%.200s", text)
        : plumb_fail(diag, PLUMB_EDOMAIN, "the program answered \"%s\" with: %.200s", p->word, text);
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
        st = p->used > p->line ? PLUMB_OK : plumb_process_drain(p, &ended, diag);
    first_reply(p, &line);
    return st ? st : line ? plumb_fail(diag, PLUMB_EFOREIGN, "%s sent a reply before the request \"%s\" (request %lu): \"%.60s\"", plumb_process_who(p), word, p->requests + 1,
        line) : PLUMB_OK;
}

static plumb_status
send_bytes(plumb_process *p, const char *bytes, size_t length, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    double until = plumb_process_now() + 600;
    for (size_t done = 0; done < length && !st;) {
        ssize_t k = p->pid && !p->options->fifo ? send(p->to, bytes + done, length - done, MSG_NOSIGNAL) : write(p->to, bytes + done, length - done);
        if (k > 0)
            done += (size_t)k;
        else if (k < 0 && (errno == EAGAIN || errno == EINTR))
            st = plumb_process_wait(p, 1, until, "while it was sent", diag);
        else
            st = plumb_process_died(p, "without a reply", diag);
    }
    return st;
}

static plumb_status
begin_request(plumb_process *p, const char *word, plumb_diag *diag)
{
    plumb_status st = no_early_reply(p, word, diag);
    p->requests++, p->log = 0, *p->last = 0;
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
    double until = plumb_process_now() + seconds;
    plumb_status st = PLUMB_OK;
    char *line = NULL;
    while (!st) {
        first_reply(p, &line);
        if (line)
            break;
        if (numbers && p->used - p->line > 4096 + 64 * numbers && p->buffer[p->line] == '=')
            return plumb_fail(diag, PLUMB_EFOREIGN, "the reply to \"%s\" (request %lu) is longer than %zu numbers can be", p->word, p->requests, numbers);
        st = no_end_of_log(p, diag);
        st |= st ? st : plumb_process_wait(p, 0, until, "without a reply", diag);
    }
    if (st)
        return st;
    plumb_process_unname(p);
    *reply = line + 1 + (line[1] == ' ');
    return *line == '=' ? PLUMB_OK : refused(p, *reply, diag);
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
        st = plumb_process_wait(p, 0, until, p->used == p->line ? "without a reply" : inside, diag);
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
    return refused(p, text, diag);
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
    double until = plumb_process_now() + seconds;
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
