/* train.c - a classifier of ours, trained by mini-batch descent
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include "lib/base/alloc.h"
#include "plumbline/descent.h"
#include "plumbline/model.h"

typedef struct trainer {
    const plumb_dataset *data;
    plumb_run *run;
    int x, t, loss, logits;
    size_t batch;
    double *inputs;
    int64_t *labels;
    size_t *order;
} trainer;

static void
load_batch(trainer *w, const size_t *which)
{
    for (size_t i = 0; i < w->batch; i++) {
        memcpy(w->inputs + i * w->data->features, w->data->x + which[i] * w->data->features, w->data->features * sizeof(double));
        w->labels[i] = w->data->label[which[i]];
    }
    plumb_run_set(w->run, w->x, w->inputs);
    plumb_run_set_label(w->run, w->t, w->labels);
}

static size_t
hits(const trainer *w)
{
    plumb_array y = plumb_run_value(w->run, w->logits, 0);
    size_t classes = plumb_graph_value(plumb_run_graph(w->run), w->logits)->shape.dim[1], right = 0;
    for (size_t i = 0; i < w->batch; i++) {
        size_t best = 0;
        for (size_t c = 1; c < classes; c++)
            if (plumb_get_d(&plumb_f64, &y, i * classes + c) > plumb_get_d(&plumb_f64, &y, i * classes + best))
                best = c;
        right += (int64_t)best == w->labels[i];
    }
    return right;
}

static plumb_status
epoch(trainer *w, uint64_t seed, int number, double rate, plumb_epoch *e)
{
    size_t batches = w->data->n / w->batch, right = 0;
    plumb_status st = PLUMB_OK;
    double sum = 0;
    plumb_epoch_order(seed, (uint64_t)number, w->data->n, w->order);
    for (size_t b = 0; b < batches && !st; b++) {
        plumb_array y;
        load_batch(w, w->order + b * w->batch);
        st = plumb_sgd_step(w->run, w->loss, rate);
        y = plumb_run_value(w->run, w->loss, 0);
        sum += plumb_get_d(&plumb_f64, &y, 0), right += hits(w);
    }
    e->loss = sum / (double)batches, e->accuracy = (double)right / (double)(batches * w->batch);
    return st;
}

static void
weights(trainer *w, plumb_subject *s, int out)
{
    for (int v = 0; v < plumb_graph_values(s->graph); v++) {
        plumb_array a = plumb_run_value(w->run, v, 0);
        size_t n = plumb_shape_size(&plumb_graph_value(s->graph, v)->shape);
        if (plumb_graph_value(s->graph, v)->role != PLUMB_PARAM)
            continue;
        if (!out)
            plumb_run_set(w->run, v, s->point[v]);
        for (size_t i = 0; i < n && out; i++)
            s->point[v][i] = (double)(float)plumb_get_d(&plumb_f64, &a, i);
    }
}

plumb_status
plumb_train(plumb_subject *s, const plumb_dataset *data, int epochs, double rate, uint64_t seed, plumb_epoch *log,
    plumb_diag *diag)
{
    trainer w = { .data = data, .x = plumb_graph_find(s->graph, "x"), .t = plumb_graph_find(s->graph, "t"), .loss = s->output };
    plumb_status st = PLUMB_ENOMEM;
    if (w.x < 0 || w.t < 0 || !isfinite(rate))
        return plumb_fail(diag, PLUMB_EINPUT, "%s cannot be trained: inputs x and t and a finite learning rate are needed", s->name);
    w.logits = plumb_graph_node(s->graph, plumb_graph_value(s->graph, s->output)->node)->in[0];
    w.batch = plumb_graph_value(s->graph, w.x)->shape.dim[0];
    w.run = plumb_run_new(s->graph, &plumb_f64, NULL, diag);
    w.inputs = plumb_alloc(w.batch * data->features, sizeof *w.inputs);
    w.labels = plumb_alloc(w.batch, sizeof *w.labels);
    w.order = plumb_alloc(data->n, sizeof *w.order);
    if (w.run && w.inputs && w.labels && w.order) {
        st = PLUMB_OK;
        weights(&w, s, 0);
        for (int e = 0; e < epochs && !st; e++)
            st = epoch(&w, seed, e, rate, &log[e]);
        weights(&w, s, 1);
    }
    if (st)
        plumb_fail(diag, st, "training %s: %s", s->name, plumb_status_text(st));
    plumb_run_free(w.run);
    plumb_release(w.inputs);
    plumb_release(w.labels);
    plumb_release(w.order);
    return st;
}
