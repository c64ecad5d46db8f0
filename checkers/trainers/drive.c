/* drive.c - a program makes steps, one request each, and what it did is written down
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "checkers/subjects/process.h"
#include "checkers/trainers/shadow.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

enum { BATCH = 8 };

typedef struct driver {
    plumb_process *process;
    const plumb_program_options *options;
    plumb_trajectory *t;
    plumb_hello hello;
    plumb_sink *progress;
    plumb_diag *diag;
    double *request;            /* k, batch, rows, state */
    size_t *order;
} driver;

static plumb_status
say_hello(driver *d)
{
    double patience = d->options->start_timeout > 0 ? d->options->start_timeout : 120;
    char *reply;
    plumb_status st = plumb_process_send(d->process, "hello", NULL, 0, d->diag);
    st |= st ? st : plumb_process_reply(d->process, patience, 0, &reply, d->diag);
    st |= st ? st : plumb_hello_read(reply, &d->hello, d->diag);
    if (!st && (d->hello.nin != d->hello.nout || d->hello.inputs != d->hello.outputs))
        st = plumb_fail(d->diag, PLUMB_EFOREIGN, "hello: a trainer leads a state to a state: behind out the same as behind in was expected");
    for (int p = 0; !st && p < d->hello.nin; p++)
        if (strcmp(d->hello.in[p].name, d->hello.out[p].name) || !plumb_shape_equal(&d->hello.in[p].shape, &d->hello.out[p].shape))
            st = plumb_fail(d->diag, PLUMB_EFOREIGN, "hello: %s stands behind out where %s stands behind in: the same names and shapes in the same order were expected",
                d->hello.out[p].name, d->hello.in[p].name);
    return st;
}

static plumb_status
take_params(driver *d)
{
    plumb_trajectory *t = d->t;
    t->n = d->hello.inputs, t->params = d->hello.nin;
    if (t->params > PLUMB_MAXTRAINED)
        return plumb_fail(d->diag, PLUMB_EFOREIGN, "hello: more than %d parameters", PLUMB_MAXTRAINED);
    for (int p = 0; p < t->params; p++)
        if ((t->param[p] = d->hello.in[p]).dtype != d->hello.in[0].dtype || t->param[p].dtype == PLUMB_I64)
            return plumb_fail(d->diag, PLUMB_EFOREIGN, "hello: %s: parameters of one floating-point dtype were expected", t->param[p].name);
    snprintf(t->step, sizeof t->step, "%s", d->hello.step), snprintf(t->twin, sizeof t->twin, "%s", d->hello.twin);
    return PLUMB_OK;
}

/* The samples: the caller's, or those of the file that it names. */
static plumb_status
take_data(driver *d)
{
    plumb_trajectory file;
    plumb_status st;
    if (d->t->datas)
        return PLUMB_OK;
    if (!*d->hello.data)
        return plumb_fail(d->diag, PLUMB_EINPUT, "it does not say what it trains on: --data FILE.npz, or data FILE.npz in hello, with an array data_NAME for each input of the twin");
    st = plumb_trajectory_data(d->hello.data, &file, d->diag);
    if (st)
        return st;
    memcpy(d->t->data, file.data, sizeof file.data), d->t->datas = file.datas, file.datas = 0;
    plumb_trajectory_clear(&file);
    return PLUMB_OK;
}

static plumb_status
make_room(driver *d, size_t steps, size_t batch)
{
    plumb_trajectory *t = d->t;
    t->steps = steps, t->batch = batch ? batch : d->hello.samples ? d->hello.samples : BATCH;
    if (t->batch > t->data[0].rows)
        return plumb_fail(d->diag, PLUMB_EINPUT, "batches of %zu were asked for; the data have %zu rows", t->batch, t->data[0].rows);
    t->w = plumb_alloc((steps + 1) * t->n, sizeof *t->w), t->index = plumb_alloc(steps * t->batch, sizeof *t->index);
    d->request = plumb_alloc(2 + t->batch + t->n, sizeof *d->request), d->order = plumb_alloc(t->data[0].rows, sizeof *d->order);
    return t->w && t->index && d->request && d->order ? PLUMB_OK : plumb_fail(d->diag, PLUMB_ENOMEM, "out of memory for %zu steps", steps);
}

static void
start_and_order(driver *d, uint64_t seed)
{
    plumb_trajectory *t = d->t;
    plumb_random r = plumb_random_named(seed, "start");
    size_t rows = t->data[0].rows, each = (rows + t->batch - 1) / t->batch, epoch = (size_t)-1;
    for (size_t i = 0; i < t->n; i++)
        t->w[i] = d->hello.at ? d->hello.at[i] : plumb_dtype_round(t->param[0].dtype, 0.3 * plumb_random_normal(&r));
    for (size_t k = 0; k < t->steps; k++) {
        if (k / each != epoch)
            plumb_epoch_order(seed, epoch = k / each, rows, d->order);
        for (size_t i = 0; i < t->batch; i++) {
            size_t at = k % each * t->batch + i;
            t->index[k * t->batch + i] = at < rows ? (int64_t)d->order[at] : -1;         /* the last batch of an epoch may be short */
        }
    }
}

static plumb_status
one_step(driver *d, size_t k)
{
    plumb_trajectory *t = d->t;
    size_t b = 0;
    double *w = t->w + k * t->n, patience = d->options->timeout > 0 ? d->options->timeout : 60;
    char *reply;
    plumb_status st;
    while (b < t->batch && t->index[k * t->batch + b] >= 0)
        d->request[2 + b] = (double)t->index[k * t->batch + b], b++;
    d->request[0] = (double)k + 1, d->request[1] = (double)b;
    memcpy(d->request + 2 + b, w, t->n * sizeof *w);
    st = plumb_process_send(d->process, "step", d->request, 2 + b + t->n, d->diag);
    st |= st ? st : plumb_process_reply(d->process, patience, t->n, &reply, d->diag);
    st |= st ? st : plumb_process_parse(d->process, reply, w + t->n, t->n, d->diag);
    if (st) {
        char said[400];
        snprintf(said, sizeof said, "%.399s", d->diag->text), d->diag->text[0] = 0;
        return plumb_fail(d->diag, PLUMB_EFOREIGN, "step %zu: %s", k + 1, said);
    }
    for (size_t i = 0; i < t->n; i++)
        w[t->n + i] = plumb_dtype_round(t->param[0].dtype, w[t->n + i]);
    return PLUMB_OK;
}

static plumb_status
go(driver *d, size_t steps, size_t batch, uint64_t seed)
{
    plumb_status st = say_hello(d);
    st |= st ? st : take_params(d);
    st |= st ? st : take_data(d);
    st |= st ? st : make_room(d, steps, batch);
    if (!st)
        start_and_order(d, seed);
    for (size_t k = 0; k < steps && !st; k++) {
        plumb_tell_step(d->progress, "asked for step", k, steps);
        st = one_step(d, k);
        if (!st && !plumb_finite(d->t->w + (k + 1) * d->t->n, d->t->n))
            d->t->steps = steps = k + 1;
    }
    return st;
}

static char *
joined(const char *const *argv)
{
    char *text = NULL;
    size_t length;
    FILE *f = open_memstream(&text, &length);
    for (int i = 0; f && argv[i]; i++)
        fprintf(f, "%s%s", i ? " " : "", argv[i]);
    if (f)
        fclose(f);
    return text;
}

plumb_status
plumb_trajectory_drive(const char *const *argv, const plumb_program_options *options, size_t steps, size_t batch, uint64_t seed, plumb_trajectory *t, plumb_sink *progress,
    plumb_diag *diag)
{
    driver d = { .options = options, .t = t, .progress = progress, .diag = diag };
    char *name = joined(argv);
    plumb_status st;
    plumb_trajectory data = { .datas = t->datas };
    memcpy(data.data, t->data, sizeof data.data), t->datas = 0;
    plumb_trajectory_clear(t);
    *t = data;
    st = name && (t->name = plumb_text_copy(name)) ? PLUMB_OK : PLUMB_ENOMEM;
    if (!st)
        d.process = plumb_process_start(argv, options, diag);
    st |= st ? st : d.process ? go(&d, steps, batch, seed) : PLUMB_EINPUT;
    if (d.process)
        plumb_process_end(d.process);
    plumb_hello_clear(&d.hello);
    plumb_release(d.request), plumb_release(d.order);
    free(name);
    if (st)
        plumb_trajectory_clear(t);
    return st;
}
