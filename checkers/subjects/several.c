/* several.c - many points of a program at once: in one frame, on copies of it, or one after the other; and several instances at the same time
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "checkers/subjects/program.h"
#include "lib/base/alloc.h"

/* ---- copies ---- */

void
plumb_program_stop_copies(program *p)
{
    for (int i = 0; i < p->copies; i++)
        plumb_process_end(p->copy[i]);
    plumb_release(p->copy);
    p->copy = NULL, p->copies = 0;
}

/* What is attached has one other end: there are no copies of it. */
static plumb_status
start_copies(program *p, plumb_diag *diag)
{
    int want = p->options.attached ? 1 : p->want_copies < p->options.copies ? p->want_copies : p->options.copies;
    if (p->copies || want < 2)
        return PLUMB_OK;
    p->copy = plumb_alloc((size_t)want - 1, sizeof *p->copy);
    for (int i = 0; p->copy && i < want - 1; i++) {
        char *reply;
        p->copy[i] = plumb_process_start((const char *const *)p->argv, &p->options, diag);
        p->copies += p->copy[i] != NULL;
        if (!p->copy[i] || plumb_process_send(p->copy[i], "hello", NULL, 0, diag) || plumb_process_reply(p->copy[i], plumb_program_first_patience(p), 0, &reply, diag)) {
            plumb_program_stop_copies(p);
            return PLUMB_EFOREIGN;
        }
    }
    return p->copy ? PLUMB_OK : PLUMB_ENOMEM;
}

/* ---- many points ---- */

/* Each copy is sent its point before any reply is read: they work at the same time. */
static plumb_status
on_copies(program *p, size_t n, const double *x, double *y, plumb_status *each, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    p->has_last = 0;
    for (size_t first = 0; first < n && !st; first += (size_t)p->copies + 1) {
        size_t count = n - first < (size_t)p->copies + 1 ? n - first : (size_t)p->copies + 1;
        for (size_t i = 0; i < count && !st; i++)
            st = plumb_process_send(i ? p->copy[i - 1] : p->process, "forward", x + (first + i) * p->inputs, p->inputs, diag);
        for (size_t i = 0; i < count && !st; i++) {
            plumb_process *at = i ? p->copy[i - 1] : p->process;
            plumb_diag said = { "" };
            char *reply;
            each[first + i] = plumb_process_reply(at, plumb_program_patience(p), p->outputs, &reply, &said);
            each[first + i] |= each[first + i] ? 0 : plumb_process_parse(at, reply, y + (first + i) * p->outputs, p->outputs, &said);
            st = each[first + i] & ~PLUMB_EDOMAIN;
            if (st)
                plumb_fail(diag, st, "%s", said.text);
        }
    }
    return st;
}

static plumb_status
in_one_frame(program *p, size_t n, const double *x, double *y, plumb_status *each, plumb_diag *diag)
{
    plumb_diag said = { "" };
    plumb_status st;
    p->has_last = 0;
    st = plumb_process_send_frame(p->process, 'F', "forward of several", x, n * p->inputs, diag);
    st |= st ? st : plumb_process_reply_frame(p->process, plumb_program_patience(p) * (double)n, y, n * p->outputs, &said);
    for (size_t i = 0; i < n; i++)
        each[i] = st & PLUMB_EDOMAIN;
    return st & ~PLUMB_EDOMAIN ? plumb_fail(diag, st, "%s", said.text) : PLUMB_OK;
}

static int
one_changed(const program *p, const double *x, size_t *at)
{
    size_t n = 0;
    for (size_t i = 0; i < p->inputs && n < 2; i++)
        if (memcmp(&x[i], &p->last[i], sizeof *x))
            *at = i, n++;
    return n == 1;
}

static plumb_status
nudge(program *p, const double *x, size_t at, double *y, plumb_diag *diag)
{
    double two[2] = { (double)at, x[at] };
    plumb_status st = plumb_process_send_frame(p->process, 'n', "forward of a nudge", two, 2, diag);
    return st ? st : plumb_process_reply_frame(p->process, plumb_program_patience(p), y, p->outputs, diag);
}

static plumb_status
one_by_one(program *p, size_t n, const double *x, double *y, plumb_status *each, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    for (size_t i = 0; i < n && !st; i++) {
        plumb_diag said = { "" };
        const double *xi = x + i * p->inputs;
        size_t at;
        if (p->frames && p->nudges && p->has_last && one_changed(p, xi, &at))
            each[i] = nudge(p, xi, at, y + i * p->outputs, &said);
        else {
            each[i] = plumb_program_exchange(p, 'f', "forward", xi, p->inputs, y + i * p->outputs, p->outputs, &said);
            memcpy(p->last, xi, p->inputs * sizeof *xi);
            p->has_last = !each[i];
        }
        st = each[i] & ~PLUMB_EDOMAIN;
        if (st)
            plumb_fail(diag, st, "%s", said.text);
    }
    return st;
}

plumb_status
plumb_program_many(plumb_box *box, size_t n, const double *x, double *y, plumb_status *each, plumb_diag *diag)
{
    program *p = (program *)box;
    plumb_status st = p->process ? start_copies(p, diag) : plumb_fail(diag, PLUMB_EFOREIGN, "the program has ended");
    if (st)
        return st;
    if (p->frames && p->batches)
        return in_one_frame(p, n, x, y, each, diag);
    return p->copies ? on_copies(p, n, x, y, each, diag) : one_by_one(p, n, x, y, each, diag);
}

/* ---- several at once ---- */

/* Every copy is sent x before any is read, then g. */
static plumb_status
copies_at_once(program *p, const double *x, const double *g, double *y, double *d, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    char *reply;
    for (int turn = 0; turn < 2; turn++) {
        for (int i = 0; i <= p->copies && !st; i++)
            st = plumb_process_send(i ? p->copy[i - 1] : p->process, turn ? "backward" : "forward", turn ? g : x, turn ? p->outputs : p->inputs, diag);
        for (int i = 0; i <= p->copies && !st; i++) {
            plumb_process *at = i ? p->copy[i - 1] : p->process;
            st = plumb_process_reply(at, plumb_program_patience(p), turn ? p->inputs : p->outputs, &reply, diag);
            st |= st ? st : plumb_process_parse(at, reply, turn ? d + (size_t)i * p->inputs : y, turn ? p->inputs : p->outputs, diag);
        }
    }
    return st;
}

/* Instances in threads of our worker, or copies of a program, at the same time. */
plumb_status
plumb_program_threads(plumb_box *box, size_t *n, const double *x, const double *g, double *d, plumb_diag *diag)
{
    program *p = (program *)box;
    double *y = plumb_alloc(p->outputs, sizeof *y), k = (double)*n;
    char *reply;
    plumb_status st = !y ? PLUMB_ENOMEM : p->process ? PLUMB_OK : PLUMB_EUNABLE;
    if (!st && p->options.worker) {
        st = plumb_program_forward(box, x, y, diag);
        st |= st ? st : plumb_program_backward(box, g, d, diag);
        st |= st ? st : plumb_process_send(p->process, "threads", &k, 1, diag);
        st |= st ? st : plumb_process_reply(p->process, plumb_program_patience(p), 0, &reply, diag);
        st |= st ? st : plumb_process_parse(p->process, reply, d, *n * p->inputs, diag);
    } else if (!st) {
        p->options.copies = p->options.copies > 2 ? p->options.copies : 2;
        st = start_copies(p, diag);
        *n = (size_t)p->copies + 1 < *n ? (size_t)p->copies + 1 : *n;
        st |= st ? st : p->copies ? copies_at_once(p, x, g, y, d, diag) : PLUMB_EUNABLE;
    }
    plumb_release(y);
    return st;
}
