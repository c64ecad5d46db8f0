/* progress.c - the part that is being checked, on one line of a terminal
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/base/alloc.h"
#include "plumbline/sink.h"
#include "reports/escape.h"

typedef struct progress {
    plumb_sink sink;
    int shown;
} progress;

static void
wipe(progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr), fflush(stderr);
    p->shown = 0;
}

static void
show(progress *p, const char *what, const char *part)
{
    const char *term = getenv("TERM");
    if (!isatty(STDERR_FILENO) || !term || !strcmp(term, "dumb"))
        return;
    wipe(p);
    fputs("checking ", stderr);
    plumb_put_plain(stderr, what, 0);
    fputs(*part ? ", module " : "", stderr);
    plumb_put_plain(stderr, part, 0);
    fputs(" ...", stderr);
    fflush(stderr);
    p->shown = 1;
}

static void
subject(plumb_sink *sink, const plumb_subject *s)
{
    show((progress *)sink, s->name, s->part);
}

static void
stage(plumb_sink *sink, const char *what)
{
    show((progress *)sink, what, "");
}

static void
finding(plumb_sink *sink, const plumb_finding *f)
{
    (void)f;
    wipe((progress *)sink);
}

static void
note(plumb_sink *sink, const char *sentence)
{
    (void)sentence;
    wipe((progress *)sink);
}

static plumb_status
end(plumb_sink *sink, const size_t count[PLUMB_VERDICTS], plumb_diag *diag)
{
    (void)count, (void)diag;
    wipe((progress *)sink);
    return PLUMB_OK;
}

static void
free_progress(plumb_sink *sink)
{
    wipe((progress *)sink);
    plumb_release(sink);
}

plumb_sink *
plumb_sink_progress(void)
{
    progress *p = plumb_alloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->sink = (plumb_sink){ NULL, subject, finding, NULL, note, end, free_progress, stage };
    return &p->sink;
}
