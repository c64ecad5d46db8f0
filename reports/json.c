/* json.c - the record: how it is made of events, and how it is read
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <unistd.h>
#include "lib/base/alloc.h"
#include "reports/escape.h"
#include "reports/json.h"

json_t *
plumb_json_real(double x)
{
    return isfinite(x) ? json_real(x) : json_string(isnan(x) ? "NaN" : x > 0 ? "Infinity" : "-Infinity");
}

json_t *
plumb_json_text(const char *text)
{
    size_t n = strlen(text), used = 0;
    char *clean = plumb_alloc(3 * n + 1, 1);
    json_t *j;
    if (!clean)
        return NULL;
    while (*text) {
        int k = plumb_utf8_length(text);
        memcpy(clean + used, k ? text : "\xef\xbf\xbd", k ? (size_t)k : 3);
        used += k ? (size_t)k : 3, text += k ? k : 1;
    }
    j = json_string(clean);
    plumb_release(clean);
    return j;
}

/* Every insertion goes through here: a NULL value or a failed one breaks the record. */
static void
set(plumb_record *r, json_t *object, const char *key, json_t *value)
{
    r->broken |= json_object_set_new(object, key, value) != 0;
}

static void
append(plumb_record *r, json_t *array, json_t *value)
{
    r->broken |= json_array_append_new(array, value) != 0;
}

void
plumb_record_open(plumb_record *r)
{
    *r = (plumb_record){ json_object(), json_array(), json_array(), json_array(), json_array(), 0 };
    r->broken = !r->root || !r->checks || !r->figures || !r->graphs || !r->notes;
}

void
plumb_record_close(plumb_record *r)
{
    json_decref(r->root);
    json_decref(r->checks);
    json_decref(r->figures);
    json_decref(r->graphs);
    json_decref(r->notes);
}

/* ---- the head ---- */

static void
processor(char *text, size_t room)
{
    FILE *f = fopen("/proc/cpuinfo", "r");
    char line[256];
    snprintf(text, room, "unknown");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, "model name", 10) && strchr(line, ':')) {
            snprintf(text, room, "%s", strchr(line, ':') + 2);
            text[strcspn(text, "\n")] = 0;
            break;
        }
    if (f)
        fclose(f);
}

void
plumb_record_begin(plumb_record *r, const plumb_run_info *info)
{
    json_t *machine = json_object();
    char cpu[200];
    if (r->broken || !machine) {
        json_decref(machine);
        r->broken = 1;
        return;
    }
    set(r, r->root, "plumbline", plumb_json_text(info->version));
    set(r, r->root, "seed", json_integer((json_int_t)info->seed));
    if (!info->anonymous) {
        processor(cpu, sizeof cpu);
        set(r, r->root, "command", plumb_json_text(info->command));
        set(r, machine, "processor", plumb_json_text(cpu));
        set(r, machine, "cores", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
        set(r, machine, "compiler", plumb_json_text(__VERSION__));
        set(r, machine, "mpfr", plumb_json_text(mpfr_get_version()));
    }
    set(r, r->root, "machine", machine);
}

/* ---- graphs ---- */

static json_t *
dims(const plumb_shape *s)
{
    json_t *j = json_array();
    int failed = !j;
    for (int i = 0; i < s->rank; i++)
        failed |= json_array_append_new(j, json_integer((json_int_t)s->dim[i])) != 0;
    if (!failed)
        return j;
    json_decref(j);
    return NULL;
}

json_t *
plumb_json_graph(const plumb_subject *s)
{
    static const char *const roles[] = { "input", "parameter", "label", "constant", "computed" };
    json_t *nodes = json_array(), *values = json_array(), *j = NULL;
    int failed = !nodes || !values;
    for (int v = 0; v < plumb_graph_values(s->graph) && !failed; v++) {
        const plumb_value *value = plumb_graph_value(s->graph, v);
        failed |= json_array_append_new(values, json_pack("{s:o, s:s, s:o, s:i, s:b}", "name", plumb_json_text(value->name), "role",
            roles[value->role], "shape", dims(&value->shape), "node", value->node, "checked", s->checked[v])) != 0;
    }
    for (int i = 0; i < plumb_graph_nodes(s->graph) && !failed; i++) {
        const plumb_node *node = plumb_graph_node(s->graph, i);
        json_t *in = json_array();
        for (int k = 0; in && k < node->op->nin; k++)
            failed |= json_array_append_new(in, json_integer(node->in[k])) != 0;
        failed |= json_array_append_new(nodes, json_pack("{s:o, s:o, s:o, s:o, s:i}", "name", plumb_json_text(node->name), "op",
            plumb_json_text(node->op->name), "attributes", plumb_json_text(node->attrs), "in", in, "out", node->out)) != 0;
    }
    if (!failed)
        j = json_pack("{s:o, s:O, s:O}", "subject", plumb_json_text(s->name), "nodes", nodes, "values", values);
    json_decref(nodes);
    json_decref(values);
    return j;
}

void
plumb_record_subject(plumb_record *r, const plumb_subject *s)
{
    if (!r->broken && !*s->part && plumb_graph_nodes(s->graph) > 1)
        append(r, r->graphs, plumb_json_graph(s));
}

/* ---- reading ---- */

const char *
plumb_json_string(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : "";
}

double
plumb_json_double(const json_t *v)
{
    const char *s = json_string_value(v);
    if (s && !strcmp(s, "Infinity"))
        return INFINITY;
    if (s && !strcmp(s, "-Infinity"))
        return -INFINITY;
    return json_is_number(v) ? json_number_value(v) : NAN;
}

double
plumb_json_number(const json_t *object, const char *key)
{
    return plumb_json_double(json_object_get(object, key));
}

int
plumb_json_exit(const char *verdict)
{
    for (int v = 0; v < PLUMB_VERDICTS; v++)
        if (!strcmp(plumb_verdict_text((plumb_verdict)v), verdict))
            return plumb_verdict_exit((plumb_verdict)v);
    return 4;
}

/* ---- findings ---- */

static json_t *
witness(plumb_record *r, const plumb_witness *w)
{
    json_t *j = json_object();
    if (!j)
        return NULL;
    set(r, j, "route", plumb_json_text(w->route->name));
    set(r, j, "value", plumb_json_text(w->value));
    set(r, j, "bar", plumb_json_real(w->bar));
    set(r, j, "bound", plumb_json_text(plumb_bound_text(w->bound)));
    set(r, j, "via", plumb_json_text(w->via));
    set(r, j, "status", plumb_json_text(plumb_status_text(w->status)));
    set(r, j, "agree", json_integer((json_int_t)w->agree));
    set(r, j, "disagree", json_integer((json_int_t)w->disagree));
    set(r, j, "undecided", json_integer((json_int_t)w->undecided));
    if (w->doubt)
        set(r, j, "doubt", plumb_json_text(plumb_doubt_text(w->doubt)));
    return j;
}

static json_t *
index_of(plumb_record *r, const plumb_shape *s, size_t at)
{
    json_t *j = json_array();
    size_t stride = plumb_shape_size(s);
    for (int i = 0; j && i < s->rank; i++) {
        stride /= s->dim[i] ? s->dim[i] : 1;
        append(r, j, json_integer((json_int_t)(stride ? at / stride : 0)));
        at %= stride ? stride : 1;
    }
    return j;
}

static json_t *
worst(plumb_record *r, const plumb_finding *f)
{
    json_t *j = json_object();
    if (!j)
        return NULL;
    set(r, j, "index", index_of(r, &f->shape, f->worst));
    set(r, j, "product", json_integer((json_int_t)f->worst_row));
    if (f->members > 1)
        set(r, j, "members", json_integer((json_int_t)f->members));
    set(r, j, "at", plumb_json_real(f->point));
    set(r, j, "got", plumb_json_text(f->got));
    set(r, j, "want", plumb_json_text(f->want));
    return j;
}

static void
numbers(plumb_record *r, json_t *j, const plumb_finding *f)
{
    set(r, j, "error", plumb_json_real(f->error));
    set(r, j, "bar", plumb_json_real(f->bar));
    set(r, j, "resolution", plumb_json_real(f->resolution));
    set(r, j, "entries", json_integer((json_int_t)f->entries));
    if (!f->law)
        set(r, j, "numbers", json_integer((json_int_t)(f->directions * f->rows)));
    set(r, j, "products", json_integer((json_int_t)f->rows));
    if (!isnan(f->z_max)) {
        set(r, j, "z_max", plumb_json_real(f->z_max));
        set(r, j, "z_median", plumb_json_real(f->z_median));
    }
    set(r, j, "evaluations", json_integer((json_int_t)f->evaluations));
    set(r, j, "seconds", plumb_json_real(f->seconds));
}

void
plumb_record_finding(plumb_record *r, const plumb_finding *f)
{
    json_t *j = r->broken ? NULL : json_object(), *estimates = r->broken ? NULL : json_array(), *shape;
    if (!j || !estimates) {
        json_decref(j);
        json_decref(estimates);
        r->broken = 1;
        return;
    }
    set(r, j, "id", plumb_json_text(f->id));
    set(r, j, "subject", plumb_json_text(f->subject));
    set(r, j, "part", plumb_json_text(f->part));
    set(r, j, "what", plumb_json_text(f->what));
    if (!f->law) {
        shape = json_array();
        for (int i = 0; shape && i < f->shape.rank; i++)
            append(r, shape, json_integer((json_int_t)f->shape.dim[i]));
        set(r, j, "shape", shape);
    }
    set(r, j, "route", plumb_json_text(f->route));
    set(r, j, "against", plumb_json_text(f->against));
    set(r, j, "verdict", plumb_json_text(plumb_verdict_text(f->verdict)));
    for (int i = 0; i < f->witnesses; i++)
        append(r, estimates, witness(r, &f->witness[i]));
    set(r, j, "estimates", estimates);
    numbers(r, j, f);
    if (f->has_worst)
        set(r, j, "worst", worst(r, f));
    set(r, j, "why", plumb_json_text(f->why));
    set(r, j, "replay", plumb_json_text(f->replay));
    append(r, r->checks, j);
}

void
plumb_record_figure(plumb_record *r, const plumb_figure *f)
{
    json_t *j = r->broken ? NULL : json_object(), *columns = json_array(), *rows = json_array(), *labels = json_array();
    if (!j || !columns || !rows || !labels) {
        json_decref(j), json_decref(columns), json_decref(rows), json_decref(labels);
        r->broken = 1;
        return;
    }
    set(r, j, "kind", plumb_json_text(f->kind));
    set(r, j, "subject", plumb_json_text(f->subject));
    set(r, j, "title", plumb_json_text(f->title));
    set(r, j, "caption", plumb_json_text(f->caption));
    for (size_t i = 0; f->label && i < f->rows; i++)
        append(r, labels, plumb_json_text(f->label[i]));
    if (f->label)
        set(r, j, "labels", json_incref(labels));
    json_decref(labels);
    for (int c = 0; f->name && c < f->columns; c++) {
        json_t *column = json_pack("{s:o, s:o}", "name", plumb_json_text(f->name[c]), "unit", plumb_json_text(f->unit[c]));
        append(r, columns, column);
    }
    for (size_t i = 0; i < f->rows; i++) {
        json_t *row = json_array();
        for (int c = 0; row && c < f->columns; c++)
            append(r, row, plumb_json_real(f->data[i * (size_t)f->columns + (size_t)c]));
        append(r, rows, row);
    }
    set(r, j, "columns", columns);
    set(r, j, "rows", rows);
    append(r, r->figures, j);
}

void
plumb_record_note(plumb_record *r, const char *sentence)
{
    if (!r->broken)
        append(r, r->notes, plumb_json_text(sentence));
}

plumb_status
plumb_record_end(plumb_record *r, const size_t count[PLUMB_VERDICTS])
{
    json_t *summary = json_object();
    if (r->broken || !summary) {
        json_decref(summary);
        r->broken = 1;
        return PLUMB_ENOMEM;
    }
    for (int v = 0; v < PLUMB_VERDICTS; v++)
        set(r, summary, plumb_verdict_text((plumb_verdict)v), json_integer((json_int_t)count[v]));
    set(r, r->root, "summary", summary);
    r->broken |= json_object_set(r->root, "checks", r->checks) || json_object_set(r->root, "figures", r->figures) || json_object_set(r->root, "graphs", r->graphs) ||
        json_object_set(r->root, "notes", r->notes);
    return r->broken ? PLUMB_ENOMEM : PLUMB_OK;
}
