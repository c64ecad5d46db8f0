/* batch.c - samples that are declared independent do not reach each other, add up, and may come in any order
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "checkers/box/contract.h"

/* The sample that an element belongs to, or -1 for a tensor that all samples share. */
static long
sample_of(const plumb_hello *h, const plumb_tensor *t, size_t at)
{
    size_t inner = 1;
    if (t->batch < 0)
        return -1;
    if (h->column_major)
        for (int a = 0; a < t->batch; a++)
            inner *= t->shape.dim[a];
    else
        for (int a = t->batch + 1; a < t->shape.rank; a++)
            inner *= t->shape.dim[a];
    return (long)(at / (inner ? inner : 1) % t->shape.dim[t->batch]);
}

static size_t
samples(const plumb_hello *h)
{
    size_t n = 0;
    for (int k = 0; k < h->nin + h->nout; k++) {
        const plumb_tensor *t = k < h->nin ? &h->in[k] : &h->out[k - h->nin];
        if (t->batch >= 0)
            n = n && n != t->shape.dim[t->batch] ? (size_t)-1 : t->shape.dim[t->batch];
    }
    return n;
}

/* A cotangent of sample 0 alone reaches no other sample, and the two parts add up. */
static plumb_status
independence(plumb_walk *w, plumb_contract *q)
{
    const plumb_hello *h = &w->bench.hello;
    char text[120];
    plumb_status st;
    for (int part = 0; part < 2; part++) {
        for (int k = 0; k < h->nout; k++)
            for (size_t j = 0; j < h->out[k].size; j++)
                q->g[h->out[k].from + j] = (sample_of(h, &h->out[k], j) == 0) == !part ? q->u[h->out[k].from + j] : 0;
        st = plumb_contract_pass(w, w->here.x, q->g, q, part ? q->b : q->a);
        if (st)
            return st;
    }
    for (int k = 0; k < h->nin; k++)
        for (size_t i = 0; i < h->in[k].size; i++) {
            long s = sample_of(h, &h->in[k], i);
            size_t e = h->in[k].from + i;
            q->c[e] = q->a[e] + q->b[e];
            if ((s > 0 && q->a[e] != 0) || (s == 0 && q->b[e] != 0)) {
                plumb_tell_law(w, "batch", PLUMB_WRONG, "samples are declared independent, and a cotangent of sample %s reaches %s", s > 0 ? "0" : "1 and later",
                    (plumb_element_text(h, e, text, sizeof text), text));
                return PLUMB_OK;
            }
        }
    plumb_contract_verdict(w, "batch", PLUMB_OTHER_COTANGENT, q->c, q->claim, 1, "the parts of a batch add up; it");
    return PLUMB_OK;
}

/* Element i of the tensor with its samples in reverse order. */
static size_t
turned(const plumb_hello *h, const plumb_tensor *t, size_t at)
{
    size_t inner = 1, b;
    if (t->batch < 0)
        return at;
    for (int a = h->column_major ? 0 : t->batch + 1; a < (h->column_major ? t->batch : t->shape.rank); a++)
        inner *= t->shape.dim[a];
    b = at / inner % t->shape.dim[t->batch];
    return at - b * inner + (t->shape.dim[t->batch] - 1 - b) * inner;
}

static plumb_status
permutation(plumb_walk *w, plumb_contract *q)
{
    const plumb_hello *h = &w->bench.hello;
    plumb_status st;
    for (int k = 0; k < h->nin; k++)
        for (size_t i = 0; i < h->in[k].size; i++)
            q->x[h->in[k].from + turned(h, &h->in[k], i)] = w->here.x[h->in[k].from + i];
    for (int k = 0; k < h->nout; k++)
        for (size_t j = 0; j < h->out[k].size; j++)
            q->g[h->out[k].from + turned(h, &h->out[k], j)] = q->u[h->out[k].from + j];
    st = plumb_contract_pass(w, q->x, q->g, q, q->a);
    for (int k = 0; k < h->nin && !st; k++)
        for (size_t i = 0; i < h->in[k].size; i++)
            q->b[h->in[k].from + i] = q->a[h->in[k].from + turned(h, &h->in[k], i)];
    if (!st)
        plumb_contract_verdict(w, "permutation", PLUMB_OTHER_COTANGENT, q->b, q->claim, 1, "the order of the samples does not matter; it");
    return st;
}

plumb_status
plumb_contract_batch(plumb_walk *w, plumb_contract *q)
{
    size_t n = samples(&w->bench.hello);
    plumb_status st;
    if (n == (size_t)-1)
        plumb_tell_law(w, "batch", PLUMB_WRONG, "the batch axes that were declared have different lengths");
    if (n < 2 || n == (size_t)-1)
        return PLUMB_OK;
    st = independence(w, q);
    return st ? st : permutation(w, q);
}
