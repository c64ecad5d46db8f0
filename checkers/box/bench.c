/* bench.c - asking a box: calls counted, conventions taken off, deaths survived
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <time.h>
#include "checkers/box/bench.h"
#include "lib/base/alloc.h"

enum { MOST_DEATHS = 4 };

double
plumb_bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int
plumb_bench_late(const plumb_bench *b)
{
    return plumb_bench_now() - b->started > b->seconds || (b->options->stop && *b->options->stop);
}

int
plumb_bench_exhausted(const plumb_bench *b, size_t wanted)
{
    size_t calls = b->forwards + b->backwards;
    double each = calls ? b->spent / (double)calls : 0;
    return calls + wanted + b->reserve > b->limit || plumb_bench_now() - b->started + each * (double)wanted > b->seconds || (b->options->stop && *b->options->stop) ||
        b->failed >= MOST_DEATHS;
}

static plumb_status
adopt(plumb_bench *b, plumb_hello *h)
{
    double *total = plumb_alloc(h->inputs, sizeof *total), *extra = plumb_alloc(h->inputs, sizeof *extra);
    if (!total || !extra) {
        plumb_release(total), plumb_release(extra), plumb_hello_clear(h);
        return PLUMB_ENOMEM;
    }
    plumb_release(b->total), plumb_release(b->extra);
    b->total = total, b->extra = extra;
    plumb_hello_clear(&b->hello);
    b->hello = *h;
    plumb_release(b->batch_x), plumb_release(b->batch_y), plumb_release(b->batch_status);
    b->batch_x = b->batch_y = NULL, b->batch_status = NULL, b->batch_room = 0;
    return PLUMB_OK;
}

plumb_status
plumb_bench_open(plumb_bench *b, plumb_box *box, const plumb_box_options *o, plumb_sink *sink, plumb_diag *diag)
{
    plumb_hello h;
    plumb_status st;
    *b = (plumb_bench){ .box = box, .options = o, .sink = sink, .started = plumb_bench_now() };
    b->limit = o->calls ? o->calls : o->quick ? 24 : 1000, b->seconds = o->seconds > 0 ? o->seconds : 30;
    b->reserve = b->limit / 10;
    st = box->kind->hello(box, &b->given, diag);
    st |= st ? st : box->kind->hello(box, &h, diag);
    return st ? st : adopt(b, &h);
}

void
plumb_bench_close(plumb_bench *b)
{
    plumb_hello_clear(&b->given), plumb_hello_clear(&b->hello);
    plumb_release(b->total), plumb_release(b->extra);
    plumb_release(b->batch_x), plumb_release(b->batch_y), plumb_release(b->batch_status);
}

plumb_status
plumb_bench_afresh(plumb_bench *b)
{
    plumb_diag again = { "" };
    plumb_hello h;
    plumb_status st = b->box->kind->restart ? b->box->kind->restart(b->box, &again) : PLUMB_EUNABLE;
    memset(b->total, 0, b->hello.inputs * sizeof *b->total);
    if (!st && b->sampled && !(st = b->box->kind->sample(b->box, b->seed, &h, &again)))
        plumb_hello_clear(&h);
    return st;
}

/* After a death: again from the start, at the case in hand.  What was cached is gone, and so is the running total. */
static plumb_status
fail(plumb_bench *b, plumb_status st, plumb_diag *said, plumb_diag *diag)
{
    if (!(st & PLUMB_EFOREIGN))
        return plumb_fail(diag, st, "%s", said->text);
    if (!b->failed++)
        b->failure = *said;
    plumb_fail(diag, st, "%s", said->text);
    if (b->failed >= MOST_DEATHS || plumb_bench_afresh(b))
        b->failed = MOST_DEATHS;
    return st;
}

plumb_status
plumb_bench_sample(plumb_bench *b, uint64_t seed, plumb_diag *diag)
{
    plumb_hello h;
    plumb_diag said = { "" };
    plumb_status st;
    if (!b->box->kind->sample)
        return PLUMB_EUNABLE;
    st = b->box->kind->sample(b->box, seed, &h, &said);
    if (st & PLUMB_EUNABLE)
        return PLUMB_EUNABLE;
    if (st)
        return fail(b, st, &said, diag);
    b->sampled = 1, b->seed = seed;
    return adopt(b, &h);
}

plumb_status
plumb_bench_first(plumb_bench *b, plumb_diag *diag)
{
    plumb_hello h;
    plumb_diag said = { "" };
    plumb_status st = b->box->kind->hello(b->box, &h, &said);
    b->sampled = 0;
    return st ? fail(b, st, &said, diag) : adopt(b, &h);
}

/* ---- forward ---- */

static void
note_floats(plumb_bench *b, const double *y, size_t n)
{
    for (size_t j = 0; j < n && b->floats >= 0; j++)
        if (y[j] != (double)(float)y[j] && !isnan(y[j]))
            b->floats = -1;
        else if (y[j] != rint(y[j] * 1024) / 1024 && isfinite(y[j]))
            b->floats = 1;
}

/* What a program prints of a narrow dtype in fewer digits is the value of that dtype. */
static void
as_declared(const plumb_tensor *list, int n, double *y)
{
    for (int k = 0; k < n; k++)
        for (size_t i = list[k].from; i < list[k].from + list[k].size && list[k].dtype != PLUMB_F64 && list[k].dtype != PLUMB_I64; i++)
            y[i] = plumb_dtype_round(list[k].dtype, y[i]);
}

plumb_status
plumb_bench_forward(plumb_bench *b, const double *x, double *y, plumb_diag *diag)
{
    plumb_diag said = { "" };
    double before = plumb_bench_now();
    plumb_status st = b->box->kind->forward(b->box, x, y, &said);
    b->spent += plumb_bench_now() - before;
    b->forwards++;
    if (!st)
        as_declared(b->hello.out, b->hello.nout, y), note_floats(b, y, b->hello.outputs);
    return st ? fail(b, st, &said, diag) : PLUMB_OK;
}

plumb_status
plumb_bench_many(plumb_bench *b, size_t n, const double *x, double *y, plumb_diag *diag)
{
    plumb_diag said = { "" };
    double before = plumb_bench_now();
    plumb_status st = PLUMB_OK;
    size_t ny = b->hello.outputs, nx = b->hello.inputs;
    if (b->batch_room < n) {
        plumb_release(b->batch_status);
        b->batch_status = plumb_alloc(n, sizeof *b->batch_status), b->batch_room = b->batch_status ? n : 0;
        if (!b->batch_status)
            return PLUMB_ENOMEM;
    }
    if (b->box->kind->many)
        st = b->box->kind->many(b->box, n, x, y, b->batch_status, &said);
    else
        for (size_t i = 0; i < n && !(st & ~PLUMB_EDOMAIN); i++)
            st = b->batch_status[i] = b->box->kind->forward(b->box, x + i * nx, y + i * ny, &said);
    b->spent += plumb_bench_now() - before;
    b->forwards += n;
    if (st & ~PLUMB_EDOMAIN)
        return fail(b, st, &said, diag);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < ny && b->batch_status[i]; j++)
            y[i * ny + j] = NAN;
    for (size_t i = 0; i < n; i++)
        as_declared(b->hello.out, b->hello.nout, y + i * ny);
    note_floats(b, y, n * ny);
    return PLUMB_OK;
}

/* ---- backward ---- */

/* Spacing of what came back, as the tensor's dtype or the arithmetic inside has it. */
static double
spacing(const plumb_bench *b, const plumb_tensor *t, double v)
{
    double own = plumb_dtype_spacing(t->dtype, v);
    return fmax(own, b->hello.eps * fabs(v));
}

static void
take_off(plumb_bench *b, const double *x, double *d)
{
    const plumb_hello *h = &b->hello;
    for (int k = 0; k < h->nin; k++)
        for (size_t i = h->in[k].from; i < h->in[k].from + h->in[k].size; i++) {
            double raw = d[i], w = h->inner ? h->inner[i] : 1;
            b->extra[i] = 0;
            if (h->rate > 0) {
                d[i] = (x[i] - raw) / h->rate;
                b->extra[i] = (spacing(b, &h->in[k], raw) + spacing(b, &h->in[k], x[i])) / h->rate;
            } else if (h->adds) {
                d[i] = raw - b->total[i];
                b->extra[i] = spacing(b, &h->in[k], raw) + spacing(b, &h->in[k], b->total[i]);
                b->total[i] = raw;
            }
            d[i] = d[i] * w / h->factor;
            b->extra[i] *= fabs(w / h->factor);
            if (h->in[k].fixed)
                d[i] = 0;
        }
}

plumb_status
plumb_bench_backward(plumb_bench *b, const double *x, const double *g, double *d, plumb_diag *diag)
{
    plumb_diag said = { "" };
    double before = plumb_bench_now();
    plumb_status st = b->box->kind->backward(b->box, g, d, &said);
    b->spent += plumb_bench_now() - before;
    b->backwards++;
    if (st)
        return fail(b, st, &said, diag);
    as_declared(b->hello.in, b->hello.nin, d);
    take_off(b, x, d);
    return PLUMB_OK;
}
