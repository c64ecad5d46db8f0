/* load.c - see load.h
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "reports/load.h"

/* "1.2.3" as a number that grows with the version; only what comes before the last dot decides. */
static long
version(const char *text)
{
    char *end;
    long major = strtol(text, &end, 10), minor = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
    major = major < 1000000 ? major : 1000000, minor = minor < 0 ? 0 : minor < 999 ? minor : 999;
    return end == text || major < 0 ? -1 : 1000 * major + minor;
}

static int
all_objects(const json_t *list)
{
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)list, i, item)
        if (!json_is_object(item))
            return 0;
    return json_is_array(list);
}

static plumb_status
examine(const json_t *record, const char *path, plumb_diag *diag)
{
    const char *made_by = plumb_json_string(record, "plumbline");
    if (!json_is_object(record) || version(made_by) < 0 || !json_is_object(json_object_get(record, "summary")))
        return plumb_fail(diag, PLUMB_EINPUT, "%s is not a report of plumb", path);
    if (version(made_by) > version(plumb_version()))
        return plumb_fail(diag, PLUMB_EINPUT, "%s was made by plumb %.20s, which is later than this one (%s)", path, made_by, plumb_version());
    if (!all_objects(json_object_get(record, "checks")) || !all_objects(json_object_get(record, "figures")) ||
        !all_objects(json_object_get(record, "graphs")) || !json_is_array(json_object_get(record, "notes")))
        return plumb_fail(diag, PLUMB_EINPUT, "%s is not a whole report: checks, figures, graphs and notes were expected as lists", path);
    return PLUMB_OK;
}

json_t *
plumb_record_load(const char *path, plumb_diag *diag)
{
    struct stat is;
    json_error_t error;
    json_t *record;
    if (stat(path, &is)) {
        plumb_fail(diag, PLUMB_EINPUT, "cannot read %s: %s", path, strerror(errno));
        return NULL;
    }
    if (!S_ISREG(is.st_mode)) {
        plumb_fail(diag, PLUMB_EINPUT, "cannot read %s: not a regular file", path);
        return NULL;
    }
    record = json_load_file(path, 0, &error);
    if (!record)
        plumb_fail(diag, PLUMB_EINPUT, "%s, line %d: %.200s", path, error.line > 0 ? error.line : 1, error.text);
    else if (examine(record, path, diag)) {
        json_decref(record);
        record = NULL;
    }
    return record;
}

/* ---- events ---- */

static plumb_verdict
verdict(const char *text)
{
    for (int v = 0; v < PLUMB_VERDICTS; v++)
        if (!strcmp(plumb_verdict_text((plumb_verdict)v), text))
            return (plumb_verdict)v;
    return PLUMB_UNRESOLVED;
}

static void
copy_number(char to[PLUMB_NUMBER_TEXT], const json_t *object, const char *key)
{
    snprintf(to, PLUMB_NUMBER_TEXT, "%.99s", plumb_json_string(object, key));
}

static size_t
count(const json_t *object, const char *key)
{
    json_int_t n = json_integer_value(json_object_get(object, key));
    return n > 0 ? (size_t)n : 0;
}

/* the flat index of a list of coordinates, 0 where they do not fit */
static size_t
flat(const json_t *index, const plumb_shape *s)
{
    size_t at = 0;
    for (int i = 0; i < s->rank; i++) {
        json_int_t c = json_integer_value(json_array_get(index, (size_t)i));
        at = at * s->dim[i] + (c >= 0 && (size_t)c < s->dim[i] ? (size_t)c : 0);
    }
    return at;
}

static void
witnesses(const json_t *check, plumb_finding *f)
{
    size_t i;
    json_t *w;
    json_array_foreach(json_object_get(check, "estimates"), i, w) {
        plumb_witness *to = &f->witness[f->witnesses];
        const plumb_route *route = plumb_route_find(plumb_json_string(w, "route"));
        if (!route || f->witnesses == PLUMB_MAXWITNESSES)
            continue;
        *to = (plumb_witness){ .route = route, .bar = plumb_json_number(w, "bar"), .via = plumb_json_string(w, "via"),
            .agree = count(w, "agree"), .disagree = count(w, "disagree"), .undecided = count(w, "undecided") };
        for (int b = 0; b <= PLUMB_PROVED; b++)
            if (!strcmp(plumb_bound_text((plumb_bound)b), plumb_json_string(w, "bound")))
                to->bound = (plumb_bound)b;
        for (int d = 1; d <= PLUMB_TOO_WIDE; d++)
            if (!strcmp(plumb_doubt_text((plumb_doubt)d), plumb_json_string(w, "doubt")))
                to->doubt = (plumb_doubt)d;
        copy_number(to->value, w, "value");
        f->witnesses++;
    }
}

void
plumb_record_finding_of(const json_t *check, plumb_finding *f)
{
    const json_t *worst = json_object_get(check, "worst"), *shape = json_object_get(check, "shape");
    *f = (plumb_finding){ .subject = plumb_json_string(check, "subject"), .part = plumb_json_string(check, "part"),
        .what = plumb_json_string(check, "what"), .route = plumb_json_string(check, "route"), .against = plumb_json_string(check, "against"),
        .replay = plumb_json_string(check, "replay"), .verdict = verdict(plumb_json_string(check, "verdict")),
        .error = plumb_json_number(check, "error"), .bar = plumb_json_number(check, "bar"), .resolution = plumb_json_number(check, "resolution"),
        .entries = count(check, "entries"), .rows = count(check, "products"), .z_max = plumb_json_number(check, "z_max"),
        .z_median = plumb_json_number(check, "z_median"), .evaluations = count(check, "evaluations"), .seconds = plumb_json_number(check, "seconds") };
    snprintf(f->id, sizeof f->id, "%.16s", plumb_json_string(check, "id"));
    snprintf(f->why, sizeof f->why, "%.511s", plumb_json_string(check, "why"));
    f->law = !shape;
    for (size_t i = 0; i < json_array_size(shape) && f->shape.rank < PLUMB_MAXRANK; i++) {
        json_int_t d = json_integer_value(json_array_get(shape, i));
        f->shape.dim[f->shape.rank++] = d > 0 ? (size_t)d : 0;
    }
    copy_number(f->got, worst, "got"), copy_number(f->want, worst, "want");
    f->has_worst = json_is_object(worst), f->worst = flat(json_object_get(worst, "index"), &f->shape);
    f->worst_row = count(worst, "product"), f->members = count(worst, "members"), f->point = plumb_json_number(worst, "at");
    witnesses(check, f);
}

plumb_status
plumb_record_feed(const json_t *record, plumb_sink *sink, plumb_diag *diag)
{
    plumb_run_info info = { plumb_json_string(record, "plumbline"), plumb_json_string(record, "command"),
        (uint64_t)json_integer_value(json_object_get(record, "seed")), 0 };
    size_t counts[PLUMB_VERDICTS] = { 0 }, i;
    json_t *item;
    if (sink->begin)
        sink->begin(sink, &info);
    json_array_foreach(json_object_get(record, "notes"), i, item)
        if (sink->note && json_is_string(item))
            sink->note(sink, json_string_value(item));
    json_array_foreach(json_object_get(record, "checks"), i, item) {
        plumb_finding f;
        plumb_record_finding_of(item, &f);
        counts[f.verdict]++;
        if (sink->finding)
            sink->finding(sink, &f);
    }
    return sink->end(sink, counts, diag);
}
