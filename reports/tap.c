/* tap.c - TAP 13: one test point per finding
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/base/alloc.h"
#include "plumbline/sink.h"
#include "reports/escape.h"

typedef struct tap {
    plumb_sink sink;
    FILE *f;
    size_t points;
} tap;

static void
begin(plumb_sink *sink, const plumb_run_info *info)
{
    tap *t = (tap *)sink;
    fprintf(t->f, "TAP version 13\n# plumb %s, seed %llu\n", info->version, (unsigned long long)info->seed);
}

static void
finding(plumb_sink *sink, const plumb_finding *f)
{
    tap *t = (tap *)sink;
    int undecided = plumb_verdict_exit(f->verdict) == 4 || f->both_not_finite;
    fprintf(t->f, "%s %zu - ", plumb_verdict_exit(f->verdict) ? "not ok" : "ok", ++t->points);
    plumb_put_plain(t->f, f->subject, 1);
    fprintf(t->f, "%s", *f->part ? " " : "");
    plumb_put_plain(t->f, f->part, 1);
    fputc(' ', t->f);
    plumb_put_plain(t->f, f->what, 1);
    fprintf(t->f, " %s: %s%s\n", f->route, plumb_verdict_text(f->verdict), undecided ? " # TODO undecided" : "");
    if (*f->why) {
        fprintf(t->f, "#   ");
        plumb_put_plain(t->f, f->why, 0);
        fputc('\n', t->f);
    }
    if (f->has_worst && *f->got)
        fprintf(t->f, "#   entry %zu: got %s, want %s\n", f->worst, f->got, f->want);
}

static void
note(plumb_sink *sink, const char *sentence)
{
    tap *t = (tap *)sink;
    fprintf(t->f, "# ");
    plumb_put_plain(t->f, sentence, 0);
    fputc('\n', t->f);
}

static plumb_status
end(plumb_sink *sink, const size_t count[PLUMB_VERDICTS], plumb_diag *diag)
{
    tap *t = (tap *)sink;
    (void)count;
    fprintf(t->f, "1..%zu\n", t->points);
    return fflush(t->f) || ferror(t->f) ? plumb_fail(diag, PLUMB_EINPUT, "cannot write the TAP output") : PLUMB_OK;
}

static void
free_tap(plumb_sink *sink)
{
    plumb_release(sink);
}

plumb_sink *
plumb_sink_tap(FILE *f)
{
    tap *t = plumb_alloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->sink = (plumb_sink){ begin, NULL, finding, NULL, note, end, free_tap, NULL };
    t->f = f;
    return &t->sink;
}
