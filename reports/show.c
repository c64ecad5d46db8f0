/* show.c - the graph of a subject as a picture
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include "lib/base/alloc.h"
#include "reports/dot.h"
#include "reports/file.h"
#include "reports/load.h"
#include "reports/program.h"

typedef struct picture {
    char *bytes;
    size_t n;
} picture;

static plumb_status
write_picture(FILE *f, void *with)
{
    const picture *p = with;
    return fwrite(p->bytes, 1, p->n, f) == p->n ? PLUMB_OK : PLUMB_EINPUT;
}

/* The ending of a path, and what dot calls that format. */
static plumb_status
convert(const picture *script, const char *path, picture *out, plumb_diag *diag)
{
    const char *dot = strrchr(path, '.'), *format = dot ? dot + 1 : "";
    char option[8];
    plumb_status st;
    if (strcmp(format, "svg") && strcmp(format, "pdf") && strcmp(format, "png"))
        return plumb_fail(diag, PLUMB_EINPUT, "%s: the ending must be .svg, .pdf, .png or .dot", path);
    snprintf(option, sizeof option, "-T%s", format);
    st = plumb_run_program((const char *const[]){ "dot", option, NULL }, script->bytes, script->n, &out->bytes, &out->n, diag);
    return st & PLUMB_EUNABLE ? PLUMB_EINPUT : st;
}

plumb_status
plumb_show(const plumb_subject *s, const char *report, const char *const *notes, const char *path, FILE *stream, plumb_diag *diag)
{
    json_t *record = report ? plumb_record_load(report, diag) : NULL, *graph = NULL;
    picture script = { NULL, 0 }, made = { NULL, 0 };
    FILE *f;
    plumb_status st = report && !record ? PLUMB_EINPUT : PLUMB_OK;
    if (!st && !(graph = plumb_json_graph(s)))
        st = PLUMB_ENOMEM;
    for (int v = 0; notes && !st && v < plumb_graph_values(s->graph); v++)
        if (*notes[v] && json_object_set_new(json_array_get(json_object_get(graph, "values"), (size_t)v), "note", plumb_json_text(notes[v])))
            st = PLUMB_ENOMEM;
    f = st ? NULL : open_memstream(&script.bytes, &script.n);
    if (f) {
        plumb_dot_write(f, graph, record ? json_object_get(record, "checks") : NULL);
        st = fclose(f) ? PLUMB_ENOMEM : PLUMB_OK;
        if (!st && !path)
            st = write_picture(stream, &script);
        else if (!st && strlen(path) > 4 && !strcmp(path + strlen(path) - 4, ".dot"))
            st = plumb_file_replace(path, write_picture, &script, diag);
        else if (!st) {
            st = convert(&script, path, &made, diag);
            st |= st ? st : plumb_file_replace(path, write_picture, &made, diag);
        }
    }
    if (st)
        plumb_fail(diag, st, "out of memory for the picture of %s", s->name);
    free(script.bytes);
    plumb_release(made.bytes);
    json_decref(graph);
    json_decref(record);
    return st;
}
