/* program.c - a program as a box: the requests of docs/protocol.md
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An optional request is followed by an echo, as a fence: a program that does not know the word may say nothing at all, or "=", and
 * the echo's reply tells that the answer is not going to come. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "checkers/subjects/program.h"
#include "lib/base/alloc.h"

static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static plumb_status
start(program *p, plumb_diag *diag)
{
    if (!p->process)
        p->process = plumb_process_start((const char *const *)p->argv, &p->options, diag);
    return p->process ? PLUMB_OK : PLUMB_EFOREIGN;
}

static void
stop(program *p)
{
    plumb_process_end(p->process);
    plumb_program_stop_copies(p);
    p->process = NULL, p->frames = 0, p->talked = 0, p->has_last = 0;
}

/* ---- one request ---- */

plumb_status
plumb_program_exchange(program *p, char letter, const char *word, const double *x, size_t n, double *y, size_t want, plumb_diag *diag)
{
    double before = now(), limit = plumb_program_patience(p);
    char *reply;
    plumb_status st = p->process ? PLUMB_OK : plumb_fail(diag, PLUMB_EFOREIGN, "the program has ended");
    if (!st && p->frames) {
        st = plumb_process_send_frame(p->process, letter, word, x, n, diag);
        st |= st ? st : plumb_process_reply_frame(p->process, limit, y, want, diag);
    } else if (!st) {
        st = plumb_process_send(p->process, word, x, n, diag);
        st |= st ? st : plumb_process_reply(p->process, limit, want, &reply, diag);
        st |= st ? st : plumb_process_parse(p->process, reply, y, want, diag);
    }
    p->slowest = fmax(p->slowest, now() - before);
    return st;
}

static void
new_fence(program *p, double fence[4])
{
    static const double rest[3] = { -0.375, 48, 0.5 };
    fence[0] = (double)(++p->fences % 120) + 0.5;       /* few digits, few bits: it comes back exactly whatever the dtype */
    memcpy(fence + 1, rest, sizeof rest);
}

static int
is_fence(program *p, const char *reply, const double fence[4])
{
    double got[4];
    char copy[200];
    plumb_diag ignored = { "" };
    if (strlen(reply) >= sizeof copy)
        return 0;
    strcpy(copy, reply);
    if (plumb_process_parse(p->process, copy, got, 4, &ignored))
        return 0;
    return !memcmp(got, fence, sizeof got);
}

static plumb_status hello(plumb_box *, plumb_hello *, plumb_diag *);

/* A program may end at a word that it does not know: it is started again, and not asked that any more. */
static plumb_status
ended_by_it(program *p, int which, plumb_status st, const plumb_diag *said, plumb_diag *diag)
{
    plumb_hello h;
    if (p->options.attached || !strstr(said->text, " ended in "))
        return plumb_fail(diag, st, "%s", said->text);
    stop(p);
    p->knows[which] = -1;
    st = hello(&p->box, &h, diag);
    plumb_hello_clear(&h);
    return st ? st : PLUMB_EUNABLE;
}

/* An optional request; EUNABLE when it is not known.  *text: what it said, to be released. */
static plumb_status
ask_optional(program *p, int which, const char *word, const double *x, size_t n, char **text, plumb_diag *diag)
{
    plumb_diag said = { "" };
    char *reply;
    double fence[4];
    plumb_status st;
    *text = NULL;
    if (p->knows[which] < 0)
        return PLUMB_EUNABLE;
    if (!p->process)
        return plumb_fail(diag, PLUMB_EFOREIGN, "the program has ended");
    new_fence(p, fence);
    st = plumb_process_send(p->process, word, x, n, diag);
    if (!st && p->echoes && p->knows[which] == 0)
        st = plumb_process_send_more(p->process, "echo", fence, 4, diag);
    if (st)
        return st;
    for (;;) {
        st = plumb_process_reply(p->process, which == SAMPLE ? plumb_program_first_patience(p) : plumb_program_patience(p), 0, &reply, &said);
        if (p->knows[which] || !p->echoes)
            return st == PLUMB_EDOMAIN ? PLUMB_EUNABLE : st ? plumb_fail(diag, st, "%s", said.text) : (*text = plumb_text_copy(reply)) ? PLUMB_OK : PLUMB_ENOMEM;
        if (st & ~PLUMB_EDOMAIN)
            return ended_by_it(p, which, st, &said, diag);
        if (!st && is_fence(p, reply, fence))
            return *text ? (p->knows[which] = 1, PLUMB_OK) : (p->knows[which] = -1, PLUMB_EUNABLE);
        if (!st && !*text && !(*text = plumb_text_copy(reply)))
            return PLUMB_ENOMEM;
    }
}

/* What it answered to is not what the request asks for: it does not know it. */
static plumb_status
forget(program *p, int which)
{
    p->knows[which] = -1;
    return PLUMB_EUNABLE;
}

/* ---- the handshake ---- */

/* Numbers must come back as they were sent: bit for bit, or as the widest dtype holds them. */
static plumb_status
shake_hands(program *p, plumb_diag *diag)
{
    static const double exact[4] = { 0.1234567890123456, 1e-300, 5e-324, -1.7976931348623157e+308 };
    double sent[4], got[4];
    char *reply;
    plumb_diag said = { "" };
    plumb_status st;
    for (int i = 0; i < 4; i++)
        sent[i] = p->exact == PLUMB_F64 ? exact[i] : plumb_dtype_round(p->exact, i == 3 ? -1024.5 : i ? 0.375 : exact[0]);
    st = plumb_process_send(p->process, "echo", sent, 4, diag);
    st |= st ? st : plumb_process_reply(p->process, plumb_program_patience(p), 0, &reply, &said);
    p->echoes = !st;
    if (st == PLUMB_EDOMAIN)                    /* it does not know echo: its numbers are taken on trust */
        return PLUMB_OK;
    st |= st ? plumb_fail(diag, st, "%s", said.text) : plumb_process_parse(p->process, reply, got, 4, diag);
    if (st)
        return st;
    for (int i = 0; i < 4; i++) {
        double off = fabs(got[i] / sent[i] - 1);
        if (plumb_dtype_round(p->exact, got[i]) == sent[i])
            continue;
        if (i == 0 && off > 1e-8 && off < 1e-5)
            return plumb_fail(diag, PLUMB_EFOREIGN, "echo: %.17g came back as %.9g: six digits are printed (C++: setprecision(17); C: %%.17g) or the number went "
                "through a float", sent[i], got[i]);
        if (i == 0 && off > 0 && off < 1e-5)
            return plumb_fail(diag, PLUMB_EFOREIGN, "echo: %.17g came back as %.17g: the numbers go through a float, or too few digits are printed (%%.17g)", sent[i], got[i]);
        return plumb_fail(diag, PLUMB_EFOREIGN, "echo: %.17g came back as %.17g", sent[i], got[i]);
    }
    return PLUMB_OK;
}

/* What the description means for the talk. */
static plumb_status
adopt(program *p, const plumb_hello *h)
{
    double *last = plumb_realloc(p->last, h->inputs ? h->inputs : 1, sizeof *last);
    if (!last)
        return PLUMB_ENOMEM;
    p->last = last, p->has_last = 0;
    p->inputs = h->inputs, p->outputs = h->outputs, p->nudges = h->nudges, p->batches = h->batches, p->want_copies = h->copies;
    p->exact = h->nin ? h->in[0].dtype : PLUMB_F64;
    for (int k = 0; k < h->nin + h->nout; k++) {
        plumb_dtype t = k < h->nin ? h->in[k].dtype : h->out[k - h->nin].dtype;
        p->exact = t < p->exact ? t : p->exact;
    }
    return PLUMB_OK;
}

/* Frames, where the program says that it knows them. */
static plumb_status
try_frames(program *p, const plumb_hello *h, plumb_diag *diag)
{
    char *text = NULL;
    plumb_status st;
    if (!h->binary || p->frames)
        return PLUMB_OK;
    st = ask_optional(p, BINARY, "binary", NULL, 0, &text, diag);
    p->frames = !st && text && !strcmp(text, "binary");
    plumb_release(text);
    return st == PLUMB_EUNABLE ? PLUMB_OK : st;
}

static plumb_status
hello(plumb_box *box, plumb_hello *h, plumb_diag *diag)
{
    program *p = (program *)box;
    char *reply;
    plumb_diag said = { "" };
    plumb_status st = start(p, diag);
    *h = (plumb_hello){ .factor = 1, .copies = 1 };
    st |= st ? st : plumb_process_send(p->process, "hello", NULL, 0, diag);
    st |= st ? st : plumb_process_reply(p->process, plumb_program_first_patience(p), 0, &reply, &said);
    if (st)
        return plumb_fail(diag, st == PLUMB_EDOMAIN ? PLUMB_EFOREIGN : st, "%s", said.text);
    st = plumb_hello_read(reply, h, &said);
    if (st && !plumb_process_reply(p->process, 0.1, 0, &reply, &(plumb_diag){ "" }))
        st = plumb_fail(diag, st, "the program sent a reply before the request \"hello\" (request 1), or two to it");
    st |= st ? plumb_fail(diag, st, "%s", said.text) : adopt(p, h);
    if (!st && !p->talked) {
        st = shake_hands(p, diag);
        st |= st ? st : try_frames(p, h, diag);
        p->talked = !st;
    }
    if (st)
        plumb_hello_clear(h);
    return st;
}

static plumb_status
sample(plumb_box *box, uint64_t seed, plumb_hello *h, plumb_diag *diag)
{
    program *p = (program *)box;
    double n = (double)seed;
    char *text = NULL;
    plumb_status st = ask_optional(p, SAMPLE, "sample", &n, 1, &text, diag);
    *h = (plumb_hello){ .factor = 1, .copies = 1 };
    if (!st && strncmp(text, "in ", 3))
        st = forget(p, SAMPLE);
    st |= st ? st : plumb_hello_read(text, h, diag);
    st |= st ? st : adopt(p, h);
    plumb_release(text);
    return st;
}

/* ---- numbers ---- */

plumb_status
plumb_program_forward(plumb_box *box, const double *x, double *y, plumb_diag *diag)
{
    program *p = (program *)box;
    plumb_status st = plumb_program_exchange(p, 'f', "forward", x, p->inputs, y, p->outputs, diag);
    if (p->inputs)
        memcpy(p->last, x, p->inputs * sizeof *x);
    p->has_last = !st;
    return st;
}

plumb_status
plumb_program_backward(plumb_box *box, const double *g, double *d, plumb_diag *diag)
{
    program *p = (program *)box;
    return plumb_program_exchange(p, 'b', "backward", g, p->outputs, d, p->inputs, diag);
}

static plumb_status
tangent(plumb_box *box, const double *v, double *t, plumb_diag *diag)
{
    program *p = (program *)box;
    char *text = NULL;
    plumb_status st;
    if (p->knows[TANGENT] > 0)
        return plumb_program_exchange(p, 't', "tangent", v, p->inputs, t, p->outputs, diag);
    st = ask_optional(p, TANGENT, "tangent", v, p->inputs, &text, diag);
    if (!st && plumb_process_parse(p->process, text, t, p->outputs, &(plumb_diag){ "" }))
        st = forget(p, TANGENT);
    plumb_release(text);
    return st;
}

static plumb_status
reseed(plumb_box *box, uint64_t seed, plumb_diag *diag)
{
    program *p = (program *)box;
    double n = (double)seed;
    char *text = NULL;
    plumb_status st = ask_optional(p, SEED, "seed", &n, 1, &text, diag);
    if (!st && *text)                           /* "=" alone is the reply of one that knows it */
        st = forget(p, SEED);
    plumb_release(text);
    return st;
}

/* ---- life ---- */

static plumb_status
restart(plumb_box *box, plumb_diag *diag)
{
    program *p = (program *)box;
    plumb_hello h;
    plumb_status st;
    if (p->options.attached)
        return PLUMB_EUNABLE;
    stop(p);
    st = hello(box, &h, diag);
    plumb_hello_clear(&h);
    return st;
}

/* What our own worker has seen beside the numbers. */
static plumb_status
report(plumb_box *box, char *text, size_t room, plumb_diag *diag)
{
    program *p = (program *)box;
    char *reply;
    plumb_status st = p->process ? plumb_process_send(p->process, "report", NULL, 0, diag) : PLUMB_EFOREIGN;
    st |= st ? st : plumb_process_reply(p->process, plumb_program_patience(p), 0, &reply, diag);
    snprintf(text, room, "%s", st ? "" : reply);
    return st;
}

static void
free_program(plumb_box *box)
{
    program *p = (program *)box;
    stop(p);
    for (size_t i = 0; p->argv && p->argv[i]; i++)
        plumb_release(p->argv[i]);
    plumb_release(p->argv);
    plumb_release(p->last);
    plumb_release((char *)p->options.fifo);
}

static const plumb_box_kind kind = { .name = "program", .hello = hello, .sample = sample, .forward = plumb_program_forward, .backward = plumb_program_backward,
    .tangent = tangent, .reseed = reseed, .many = plumb_program_many, .restart = restart, .threads = plumb_program_threads, .free = free_program };
static const plumb_box_kind worker_kind = { .name = "plugin", .hello = hello, .sample = sample, .forward = plumb_program_forward, .backward = plumb_program_backward,
    .tangent = tangent, .many = plumb_program_many, .restart = restart, .report = report, .threads = plumb_program_threads, .free = free_program };

/* "prog arg" to show, "-- 'prog' 'arg'" to type */
static plumb_status
name_it(program *p, const char *const *argv)
{
    char name[300] = "", target[1200] = "--";
    size_t n = 0;
    for (; argv && argv[n]; n++) {
        snprintf(name + strlen(name), sizeof name - strlen(name), "%s%s", n ? " " : "", argv[n]);
        snprintf(target + strlen(target), sizeof target - strlen(target), " ");
        plumb_shell_quote(target, sizeof target, argv[n]);
    }
    p->argv = plumb_alloc(n + 1, sizeof *p->argv);
    for (size_t i = 0; p->argv && i < n; i++)
        if (!(p->argv[i] = plumb_text_copy(argv[i])))
            return PLUMB_ENOMEM;
    p->box.name = plumb_text_copy(n ? name : "the caller's function"), p->box.target = plumb_text_copy(n ? target : "");
    return p->argv && p->box.name && p->box.target ? PLUMB_OK : PLUMB_ENOMEM;
}

plumb_box *
plumb_box_program(const char *const *argv, const plumb_program_options *options, plumb_diag *diag)
{
    program *p = plumb_alloc(1, sizeof *p);
    plumb_status st = p ? PLUMB_OK : PLUMB_ENOMEM;
    if (p) {
        p->box.kind = options->worker ? &worker_kind : &kind, p->options = *options, p->options.fifo = NULL;
        st = name_it(p, argv);
        if (options->fifo && !(p->options.fifo = plumb_text_copy(options->fifo)))
            st = PLUMB_ENOMEM;
    }
    if (!st) {                                  /* a program that is not there is the caller's mistake, not the box's */
        p->process = plumb_process_start((const char *const *)p->argv, &p->options, diag);
        st = p->process ? PLUMB_OK : PLUMB_EINPUT;
    }
    if (!st)
        return &p->box;
    plumb_fail(diag, st, "%s", plumb_status_text(st));
    plumb_box_free(p ? &p->box : NULL);
    return NULL;
}
