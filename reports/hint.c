/* hint.c - findings that do not give the answer away: homework
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Level 0: the verdict alone.  Level 1: also which tensor, and how many of its numbers.  Numbers, places,
 * witnesses and pictures stay behind. */
#include <math.h>
#include <string.h>
#include "lib/base/alloc.h"
#include "plumbline/sink.h"

typedef struct hint {
    plumb_sink sink, *to;
    int level;
} hint;

static void
begin(plumb_sink *sink, const plumb_run_info *info)
{
    plumb_sink *to = ((hint *)sink)->to;
    if (to->begin)
        to->begin(to, info);
}

static void
finding(plumb_sink *sink, const plumb_finding *full)
{
    hint *h = (hint *)sink;
    plumb_finding f = *full;
    char *end;
    if (!h->to->finding || h->level == 0)       /* the sum at the end is all */
        return;
    f.witnesses = 0, f.has_worst = 0, *f.got = *f.want = 0;
    f.error = f.bar = f.resolution = f.z_max = f.z_median = NAN;
    if (f.verdict != PLUMB_CRASHED && (end = strpbrk(f.why, ";:")) && end[1] == ' ')
        *end = 0;
    h->to->finding(h->to, &f);
}

static void
note(plumb_sink *sink, const char *sentence)
{
    plumb_sink *to = ((hint *)sink)->to;
    if (to->note)
        to->note(to, sentence);
}

static plumb_status
end(plumb_sink *sink, const size_t count[PLUMB_VERDICTS], plumb_diag *diag)
{
    plumb_sink *to = ((hint *)sink)->to;
    return to->end ? to->end(to, count, diag) : PLUMB_OK;
}

static void
free_hint(plumb_sink *sink)
{
    plumb_sink_free(((hint *)sink)->to);
    plumb_release(sink);
}

plumb_sink *
plumb_sink_hint(plumb_sink *to, int level)
{
    hint *h = to ? plumb_alloc(1, sizeof *h) : NULL;
    if (!h) {
        plumb_sink_free(to);
        return NULL;
    }
    h->sink = (plumb_sink){ begin, NULL, finding, NULL, note, end, free_hint, NULL };
    h->to = to, h->level = level;
    return &h->sink;
}
