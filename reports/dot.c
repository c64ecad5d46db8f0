/* dot.c - see dot.h
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An observed variable is a shaded circle, a parameter or computed variable a circle, a deterministic function
 * a rounded box, the cost a square.  Identifiers are numbers of ours; every name goes through quote(). */
#include <string.h>
#include "plumbline/check.h"
#include "reports/dot.h"
#include "reports/escape.h"
#include "reports/json.h"

static const char *
verdict_of(const json_t *graph, const json_t *checks, const char *part)
{
    const char *subject = plumb_json_string(graph, "subject"), *worst = NULL;
    int rank = -1;
    size_t i;
    json_t *check;
    json_array_foreach((json_t *)checks, i, check) {
        int exit = plumb_json_exit(plumb_json_string(check, "verdict")), own = exit == 1 ? 3 : exit == 3 ? 2 : exit == 4 ? 1 : 0;
        if (strcmp(plumb_json_string(check, "subject"), subject) || strcmp(plumb_json_string(check, "part"), part) || own <= rank)
            continue;
        rank = own, worst = plumb_json_string(check, "verdict");
    }
    return worst;
}

static void
shape(FILE *f, const json_t *dims)
{
    size_t i;
    json_t *d;
    fputs("\\n", f);
    json_array_foreach((json_t *)dims, i, d)
        fprintf(f, i ? "x%lld" : "%lld", (long long)json_integer_value(d));
}

/* the label of a variable: its name, and what a walk notes of it */
static void
label(FILE *f, const json_t *value, const char *name)
{
    const char *note = plumb_json_string(value, "note"), *end;
    plumb_put_dot_open(f, name);
    for (; *note; note = *end ? end + 1 : end) {
        char line[64];
        end = note + strcspn(note, "\n");
        snprintf(line, sizeof line, "%.*s", (int)(end - note), note);
        fputs("\\n", f);
        plumb_put_dot_text(f, line);
    }
    fputc('"', f);
    if (*plumb_json_string(value, "note"))
        fprintf(f, ", shape=ellipse");
}

static void
leaf(FILE *f, int i, const json_t *value)
{
    const char *role = plumb_json_string(value, "role");
    int observed = !strcmp(role, "input") || !strcmp(role, "label") || !strcmp(role, "constant");
    fprintf(f, "  v%d [shape=circle, style=filled, fillcolor=\"%s\", label=", i, observed ? "#cccccc" : "#ffffff");
    label(f, value, plumb_json_string(value, "name"));
    fprintf(f, ", tooltip=");
    plumb_put_dot(f, role);
    fprintf(f, "];\n");
}

static void
block(FILE *f, int i, const json_t *node, const char *verdict, int cost)
{
    int exit = verdict ? plumb_json_exit(verdict) : -1;
    const char *fill = exit < 0 ? "#ffffff" : exit == 0 ? "#dceefb" : exit == 4 ? "#fdf1d3" : "#fbdccb";
    const char *line = exit < 0 || exit == 0 ? "#1a1a1a" : exit == 4 ? "#b8860b" : "#d55e00";
    fprintf(f, "  n%d [shape=%s, style=\"%sfilled\", fillcolor=\"%s\", color=\"%s\", penwidth=%s, label=", i,
        cost ? "square, fixedsize=true, width=0.9, fontsize=9" : "box",
        cost ? "" : "rounded,", fill, line, exit > 0 ? "3" : "1");
    plumb_put_dot_open(f, plumb_json_string(node, "op"));
    if (verdict) {
        fputs("\\n", f);
        plumb_put_dot_text(f, verdict);
    }
    fprintf(f, "\"];\n");
}

void
plumb_dot_write(FILE *f, const json_t *graph, const json_t *checks)
{
    const json_t *nodes = json_object_get(graph, "nodes"), *values = json_object_get(graph, "values");
    size_t i, k;
    json_t *node, *value, *in;
    fprintf(f, "digraph plumbline {\n  rankdir=LR; bgcolor=\"transparent\"; nodesep=0.2; ranksep=0.3;\n"
        "  node [fontname=\"sans-serif\", fontsize=12, margin=0.06]; edge [arrowsize=0.7, fontname=\"sans-serif\", fontsize=9];\n");
    json_array_foreach((json_t *)values, i, value)
        if (json_integer_value(json_object_get(value, "node")) < 0)
            leaf(f, (int)i, value);
    json_array_foreach((json_t *)nodes, i, node) {
        int out = (int)json_integer_value(json_object_get(node, "out"));
        int cost = i + 1 == json_array_size(nodes) && !json_array_size(json_object_get(json_array_get(values, (size_t)out), "shape"));
        block(f, (int)i, node, verdict_of(graph, checks, plumb_json_string(node, "name")), cost);
        fprintf(f, "  v%d [shape=circle, label=", out);
        label(f, json_array_get(values, (size_t)out), plumb_json_string(node, "name"));
        fprintf(f, "];\n  n%zu -> v%d [label=\"", i, out);
        shape(f, json_object_get(json_array_get(values, (size_t)out), "shape"));
        fprintf(f, "\"];\n");
        json_array_foreach(json_object_get(node, "in"), k, in)
            fprintf(f, "  v%lld -> n%zu;\n", (long long)json_integer_value(in), i);
    }
    fprintf(f, "}\n");
}
