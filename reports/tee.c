/* tee.c - one event, many formats; and the freeing of any sink
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/base/alloc.h"
#include "plumbline/sink.h"

typedef struct tee {
    plumb_sink sink;
    plumb_sink **to;
    int n;
    size_t count[PLUMB_VERDICTS];
} tee;

#define EACH(call)                          \
    tee *t = (tee *)sink;                   \
    for (int i = 0; i < t->n; i++)          \
        if (t->to[i]->call)                 \
        t->to[i]->call

static void
begin(plumb_sink *sink, const plumb_run_info *info)
{
    EACH(begin)(t->to[i], info);
}

static void
subject(plumb_sink *sink, const plumb_subject *s)
{
    EACH(subject)(t->to[i], s);
}

static void
finding(plumb_sink *sink, const plumb_finding *f)
{
    ((tee *)sink)->count[f->verdict == PLUMB_NONFINITE && f->both_not_finite ? PLUMB_DOMAIN : f->verdict]++;
    EACH(finding)(t->to[i], f);
}

static void
figure(plumb_sink *sink, const plumb_figure *f)
{
    EACH(figure)(t->to[i], f);
}

static void
note(plumb_sink *sink, const char *sentence)
{
    EACH(note)(t->to[i], sentence);
}

static void
stage(plumb_sink *sink, const char *what)
{
    EACH(stage)(t->to[i], what);
}

static plumb_status
end(plumb_sink *sink, const size_t count[PLUMB_VERDICTS], plumb_diag *diag)
{
    tee *t = (tee *)sink;
    plumb_status st = PLUMB_OK;
    for (int i = 0; i < t->n; i++)
        if (t->to[i]->end)
            st |= t->to[i]->end(t->to[i], count, diag);
    return st;
}

static void
free_tee(plumb_sink *sink)
{
    tee *t = (tee *)sink;
    for (int i = 0; i < t->n; i++)
        plumb_sink_free(t->to[i]);
    plumb_release(t->to);
    plumb_release(t);
}

plumb_sink *
plumb_sink_tee(plumb_sink **sinks, int n)
{
    tee *t = plumb_alloc(1, sizeof *t);
    plumb_sink **to = plumb_alloc((size_t)n, sizeof *to);
    if (!t || !to) {
        for (int i = 0; i < n; i++)
            plumb_sink_free(sinks[i]);
        plumb_release(t);
        plumb_release(to);
        return NULL;
    }
    t->sink = (plumb_sink){ begin, subject, finding, NULL, note, end, free_tee, stage };
    for (int i = 0; i < n; i++)                 /* what nobody wants to draw need not be made */
        if (sinks[i]->figure)
            t->sink.figure = figure;
    t->to = to, t->n = n;
    for (int i = 0; i < n; i++)
        to[i] = sinks[i];
    return &t->sink;
}

const size_t *
plumb_sink_tee_count(const plumb_sink *sink)
{
    return ((const tee *)sink)->count;
}

void
plumb_sink_free(plumb_sink *sink)
{
    if (sink)
        sink->free(sink);
}

const char *
plumb_version(void)
{
    return "0.1.0";
}
