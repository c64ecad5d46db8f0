/* baseline.c - what did not hold before, too: known by its id, tolerated while it is not worse
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include "lib/base/alloc.h"
#include "reports/load.h"

typedef struct baseline {
    plumb_sink sink;
    json_t *record;
    size_t fresh[PLUMB_VERDICTS], known;
} baseline;

static int
severity(int exit)
{
    return exit == 1 ? 3 : exit == 3 ? 2 : exit == 4 ? 1 : 0;
}

static void
finding(plumb_sink *sink, const plumb_finding *f)
{
    baseline *b = (baseline *)sink;
    size_t i;
    json_t *old;
    json_array_foreach(json_object_get(b->record, "checks"), i, old)
        if (plumb_verdict_exit(f->verdict) && !strcmp(plumb_json_string(old, "id"), f->id) &&
            severity(plumb_json_exit(plumb_json_string(old, "verdict"))) >= severity(plumb_verdict_exit(f->verdict))) {
            b->known++;
            return;
        }
    b->fresh[f->verdict]++;
}

static plumb_status
end(plumb_sink *sink, const size_t count[PLUMB_VERDICTS], plumb_diag *diag)
{
    (void)sink, (void)count, (void)diag;
    return PLUMB_OK;
}

static void
free_baseline(plumb_sink *sink)
{
    json_decref(((baseline *)sink)->record);
    plumb_release(sink);
}

plumb_sink *
plumb_sink_baseline(const char *path, plumb_diag *diag)
{
    baseline *b = plumb_alloc(1, sizeof *b);
    if (!b) {
        plumb_fail(diag, PLUMB_ENOMEM, "out of memory for the baseline %s", path);
        return NULL;
    }
    b->sink = (plumb_sink){ .finding = finding, .end = end, .free = free_baseline };
    b->record = plumb_record_load(path, diag);
    if (b->record)
        return &b->sink;
    plumb_release(b);
    return NULL;
}

const size_t *
plumb_sink_baseline_count(const plumb_sink *sink, size_t *known)
{
    *known = ((const baseline *)sink)->known;
    return ((const baseline *)sink)->fresh;
}
