/* recorder.c - the sinks that keep the whole record and write it at the end: JSON, HTML, JUnit; and rendering one that was read
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "lib/base/alloc.h"
#include "reports/file.h"
#include "reports/json.h"
#include "reports/load.h"

typedef struct recorder {
    plumb_sink sink;
    plumb_record record;
    const char *path;
    FILE *f;
    plumb_status (*write)(FILE *, void *);
} recorder;

static void
begin(plumb_sink *sink, const plumb_run_info *info)
{
    plumb_record_begin(&((recorder *)sink)->record, info);
}

static void
subject(plumb_sink *sink, const plumb_subject *s)
{
    plumb_record_subject(&((recorder *)sink)->record, s);
}

static void
finding(plumb_sink *sink, const plumb_finding *f)
{
    plumb_record_finding(&((recorder *)sink)->record, f);
}

static void
figure(plumb_sink *sink, const plumb_figure *f)
{
    plumb_record_figure(&((recorder *)sink)->record, f);
}

static void
note(plumb_sink *sink, const char *sentence)
{
    plumb_record_note(&((recorder *)sink)->record, sentence);
}

static plumb_status
write_json(FILE *f, void *with)
{
    const recorder *r = with;
    int failed = json_dumpf(r->record.root, f, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    fputc('\n', f);
    return failed && !ferror(f) ? PLUMB_ENOMEM : PLUMB_OK;      /* the stream's own error is found by who closes it */
}

static plumb_status
write_junit(FILE *f, void *with)
{
    return plumb_junit_write(f, ((recorder *)with)->record.root);
}

static plumb_status
write_html(FILE *f, void *with)
{
    return plumb_html_write(f, ((recorder *)with)->record.root);
}

static plumb_status
end(plumb_sink *sink, const size_t count[PLUMB_VERDICTS], plumb_diag *diag)
{
    recorder *r = (recorder *)sink;
    plumb_status st = plumb_record_end(&r->record, count);
    if (st)
        return plumb_fail(diag, st, "out of memory for the report%s%s", r->path ? " " : "", r->path ? r->path : "");
    if (r->path)
        return plumb_file_replace(r->path, r->write, r, diag);
    st = r->write(r->f, r);
    return fflush(r->f) || ferror(r->f) ? plumb_fail(diag, PLUMB_EINPUT, "cannot write the report to the output") : st;
}

static void
free_recorder(plumb_sink *sink)
{
    plumb_record_close(&((recorder *)sink)->record);
    plumb_release(sink);
}

static plumb_sink *
make(const char *path, FILE *f, plumb_status (*write)(FILE *, void *))
{
    recorder *r = plumb_alloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->sink = (plumb_sink){ begin, subject, finding, figure, note, end, free_recorder, NULL };
    r->path = path, r->f = f, r->write = write;
    plumb_record_open(&r->record);
    return &r->sink;
}

plumb_sink *
plumb_sink_json(const char *path, FILE *f)
{
    return make(path, f, write_json);
}

plumb_sink *
plumb_sink_html(const char *path, FILE *f)
{
    return make(path, f, write_html);
}

plumb_sink *
plumb_sink_junit(const char *path, FILE *f)
{
    return make(path, f, write_junit);
}

/* ---- the same from a record that was read ---- */

plumb_status
plumb_render(const char *report, const char *path, FILE *f, const char *format, plumb_diag *diag)
{
    json_t *record = plumb_record_load(report, diag);
    recorder r = { .path = path, .f = f };
    plumb_sink *events = NULL;
    plumb_status st = record ? PLUMB_OK : PLUMB_EINPUT;
    r.record.root = record;
    r.write = !strcmp(format, "json") ? write_json : !strcmp(format, "html") ? write_html : !strcmp(format, "xml") ? write_junit : NULL;
    if (!st && r.write) {
        st = path ? plumb_file_replace(path, r.write, &r, diag) : r.write(f, &r);
    } else if (!st) {
        events = path ? plumb_sink_file(path, format) : !strcmp(format, "tap") ? plumb_sink_tap(f) : plumb_sink_text(f, 2, 0);
        st = events ? plumb_record_feed(record, events, diag) : PLUMB_ENOMEM;
        plumb_sink_free(events);
    }
    json_decref(record);
    return st ? plumb_fail(diag, st, "cannot render %s: %s", report, plumb_status_text(st)) : PLUMB_OK;
}
