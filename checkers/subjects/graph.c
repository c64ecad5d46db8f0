/* graph.c - subjects that are graphs of ours: an op's test case, a model, a module of one
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include "lib/base/alloc.h"
#include "plumbline/run.h"
#include "plumbline/subject.h"

static plumb_status
make_point(plumb_subject *s)
{
    int values = plumb_graph_values(s->graph);
    s->point = plumb_alloc((size_t)values, sizeof *s->point);
    s->label = plumb_alloc((size_t)values, sizeof *s->label);
    s->checked = plumb_alloc((size_t)values, 1);
    s->samples = plumb_alloc((size_t)values, 1);
    if (!s->point || !s->label || !s->checked || !s->samples)
        return PLUMB_ENOMEM;
    for (int v = 0; v < values; v++) {
        const plumb_value *leaf = plumb_graph_value(s->graph, v);
        size_t n = plumb_shape_size(&leaf->shape);
        if (leaf->node >= 0 || leaf->role == PLUMB_CONSTANT)
            continue;
        if (leaf->element == PLUMB_INDEX)
            s->label[v] = plumb_alloc(n, sizeof **s->label);
        else
            s->point[v] = plumb_alloc(n, sizeof **s->point);
        if (!s->label[v] && !s->point[v])
            return PLUMB_ENOMEM;
        s->checked[v] = leaf->element == PLUMB_REAL;
    }
    return PLUMB_OK;
}

plumb_subject *
plumb_subject_new(const char *name, const char *part, const char *target, plumb_graph *graph, int output, plumb_diag *diag)
{
    plumb_subject *s = plumb_alloc(1, sizeof *s);
    if (!s || !graph) {
        plumb_graph_free(graph);
        goto out_of_memory;
    }
    s->graph = graph, s->output = output;
    if (plumb_graph_done(graph, diag))
        goto out;
    s->name = plumb_text_copy(name), s->part = plumb_text_copy(part), s->target = plumb_text_copy(target);
    if (s->name && s->part && s->target && !make_point(s))
        return s;
out_of_memory:
    plumb_fail(diag, PLUMB_ENOMEM, "out of memory for the subject %s", name);
out:
    plumb_subject_free(s);
    return NULL;
}

void
plumb_subject_free(plumb_subject *s)
{
    if (!s)
        return;
    for (int v = 0; s->graph && v < plumb_graph_values(s->graph); v++) {
        if (s->point)
            plumb_release(s->point[v]);
        if (s->label)
            plumb_release(s->label[v]);
    }
    plumb_release(s->point);
    plumb_release(s->label);
    plumb_release(s->checked);
    plumb_release(s->samples);
    plumb_release(s->name);
    plumb_release(s->part);
    plumb_release(s->target);
    plumb_graph_free(s->graph);
    plumb_release(s);
}

void
plumb_subject_load(const plumb_subject *s, plumb_run *run)
{
    for (int v = 0; v < plumb_graph_values(s->graph); v++) {
        if (s->point[v])
            plumb_run_set(run, v, s->point[v]);
        if (s->label[v])
            plumb_run_set_label(run, v, s->label[v]);
    }
}

void
plumb_shell_quote(char *to, size_t room, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:=,+-";
    size_t used = strlen(to);
    if (*text && !text[strspn(text, plain)]) {
        snprintf(to + used, room - used, "%s", text);
        return;
    }
    used += (size_t)snprintf(to + used, room - used, "'");
    for (; *text && used + 6 < room; text++)
        used += (size_t)snprintf(to + used, room - used, *text == '\'' ? "'\\''" : "%c", *text);
    snprintf(to + used, room - used, "'");
}

static int
replace(char **text, const char *fresh)
{
    char *copy = plumb_text_copy(fresh);
    if (!copy)
        return 0;
    plumb_release(*text);
    *text = copy;
    return 1;
}

int
plumb_subject_rename(plumb_subject *s, const char *name)
{
    return replace(&s->name, name);
}

int
plumb_subject_retarget(plumb_subject *s, const char *target)
{
    return replace(&s->target, target);
}

/* An op that makes indices is seen through what they choose: rows of a table. */
static int
look_up(plumb_graph *g, int index)
{
    enum { ROWS = 64, COLUMNS = 2 };
    double table[ROWS * COLUMNS];
    int t;
    for (int i = 0; i < ROWS * COLUMNS; i++)
        table[i] = (double)((i * 37 + 11) % 64) / 16 - 2;
    t = plumb_graph_constant(g, "table", (plumb_shape){ 2, { ROWS, COLUMNS } }, table);
    return plumb_graph_apply(g, plumb_op_find("gather"), NULL, NULL, (int[]){ t, index });
}

/* A graph of one node whose leaves have the shapes of a case (or of another graph's values). */
static plumb_graph *
one_node(const plumb_op *op, const char *name, const char *attrs, const plumb_shape *shape, const char *const *names,
    const int64_t *below, const int *same, int *output)
{
    plumb_graph *g = plumb_graph_new();
    int in[PLUMB_MAXIN];
    for (int k = 0; g && k < op->nin; k++)
        in[k] = same[k] < k ? in[same[k]]
            : op->element[k] == PLUMB_INDEX ? plumb_graph_label(g, names[k], shape[k], below[k])
            : plumb_graph_input(g, names[k], shape[k]);
    *output = g ? plumb_graph_apply(g, op, name, attrs, in) : -1;
    if (*output >= 0 && op->makes == PLUMB_INDEX)
        *output = look_up(g, *output);
    return g;
}

plumb_subject *
plumb_subject_op(const plumb_op *op, int i, uint64_t seed, plumb_diag *diag)
{
    static const char *const names[PLUMB_MAXIN] = { "x", "y", "u", "v" };
    static const char *const linear[PLUMB_MAXIN] = { "x", "W", "b", "v" };
    static const int same[PLUMB_MAXIN] = { 0, 1, 2, 3 };
    char name[200], target[80];
    plumb_case c = { .attrs = "" };
    int64_t below[PLUMB_MAXIN];
    int output;
    plumb_graph *g;
    plumb_subject *s;
    while (op->sample(i, &c) && c.kink && !op->kinks)
        c = (plumb_case){ .attrs = "" }, i++;
    if (!op->sample(i, &c))
        return NULL;
    for (int k = 0; k < PLUMB_MAXIN; k++)
        below[k] = (int64_t)c.classes;
    g = one_node(op, op->name, c.attrs, c.in, strcmp(op->name, "linear") ? names : linear, below, same, &output);
    snprintf(name, sizeof name, "op:%s case %d", op->name, i);
    snprintf(target, sizeof target, "op:%s", op->name);
    s = plumb_subject_new(name, "", target, g, output, diag);
    if (s && plumb_subject_draw(s, seed, c.kink)) {
        plumb_subject_free(s);
        return NULL;
    }
    return s;
}

/* The values that reach a node in an f64 forward of the whole, rounded to f32. */
static plumb_status
carry(const plumb_subject *whole, const plumb_node *node, plumb_subject *module, plumb_diag *diag)
{
    plumb_run *run = plumb_run_new(whole->graph, &plumb_f64, NULL, diag);
    plumb_status st = run ? PLUMB_OK : PLUMB_ENOMEM;
    if (run) {
        plumb_subject_load(whole, run);
        st |= plumb_run_forward(run) & (PLUMB_ENOMEM | PLUMB_EINPUT);
    }
    for (int k = 0; run && k < node->op->nin; k++) {
        int to = plumb_graph_node(module->graph, 0)->in[k];
        size_t n = plumb_shape_size(&plumb_graph_value(module->graph, to)->shape);
        plumb_array a = plumb_run_value(run, node->in[k], 0);
        const int64_t *index = plumb_run_index(run, node->in[k], 0);
        index = index ? index : whole->label[node->in[k]];
        for (size_t i = 0; i < n; i++)
            if (module->label[to])
                module->label[to][i] = index[i];
            else
                module->point[to][i] = (double)(float)plumb_get_d(&plumb_f64, &a, i);
    }
    plumb_run_free(run);
    return st;
}

plumb_subject *
plumb_subject_module(const plumb_subject *whole, int at, plumb_diag *diag)
{
    const plumb_node *node = plumb_graph_node(whole->graph, at);
    plumb_shape shape[PLUMB_MAXIN] = { { 0 } };
    const char *names[PLUMB_MAXIN] = { NULL };
    int64_t below[PLUMB_MAXIN] = { 0 };
    int same[PLUMB_MAXIN], output;
    plumb_subject *s;
    for (int k = 0; k < node->op->nin; k++) {
        const plumb_value *v = plumb_graph_value(whole->graph, node->in[k]);
        shape[k] = v->shape, names[k] = v->name, below[k] = v->below, same[k] = k;
        for (int j = 0; j < k; j++)
            if (node->in[j] == node->in[k])
                same[k] = j;
    }
    plumb_graph *g = one_node(node->op, node->name, node->attrs, shape, names, below, same, &output);
    s = plumb_subject_new(whole->name, node->name, whole->target, g, output, diag);
    if (s && carry(whole, node, s, diag)) {
        plumb_subject_free(s);
        return NULL;
    }
    return s;
}

/* ---- copies ---- */

/* How a copy differs: an op in place of another, or fewer samples. */
typedef struct change {
    const plumb_op *old, *fresh;
    int node;                   /* old NULL: fresh takes this node's place */
    size_t from, count;         /* of samples; count 0: all */
} change;

static plumb_shape
shape_of(const plumb_subject *s, int v, const change *c)
{
    plumb_shape shape = plumb_graph_value(s->graph, v)->shape;
    if (c->count && s->samples[v])
        shape.dim[0] = c->count;
    return shape;
}

static void
copy_leaf(plumb_graph *g, const plumb_subject *s, int at, const change *c)
{
    const plumb_value *v = plumb_graph_value(s->graph, at);
    plumb_shape shape = shape_of(s, at, c);
    if (v->role == PLUMB_CONSTANT)
        plumb_graph_constant(g, v->name, v->shape, v->data);
    else if (v->role == PLUMB_LABEL)
        plumb_graph_label(g, v->name, shape, v->below);
    else if (v->role == PLUMB_PARAM)
        plumb_graph_param(g, v->name, shape);
    else
        plumb_graph_input(g, v->name, shape);
}

static void
copy_point(plumb_subject *to, const plumb_subject *s, int v, const change *c)
{
    const plumb_shape *whole = &plumb_graph_value(s->graph, v)->shape;
    size_t n = plumb_shape_size(&plumb_graph_value(to->graph, v)->shape), skip = 0;
    if (c->count && s->samples[v])
        skip = c->from * (plumb_shape_size(whole) / whole->dim[0]);
    if (s->point[v])
        memcpy(to->point[v], s->point[v] + skip, n * sizeof **s->point);
    if (s->label[v])
        memcpy(to->label[v], s->label[v] + skip, n * sizeof **s->label);
    to->checked[v] = s->checked[v], to->samples[v] = s->samples[v];
}

static plumb_subject *
copy_subject(const plumb_subject *s, const change *c, plumb_diag *diag)
{
    plumb_graph *g = plumb_graph_new();
    plumb_subject *copy;
    for (int v = 0, last = -1; g && v < plumb_graph_values(s->graph); v++) {
        const plumb_value *value = plumb_graph_value(s->graph, v);
        if (value->node < 0)
            copy_leaf(g, s, v, c);
        else if (value->node != last) {
            const plumb_node *node = plumb_graph_node(s->graph, last = value->node);
            int other = c->fresh && (c->old ? node->op == c->old : last == c->node);
            plumb_graph_apply(g, other ? c->fresh : node->op, node->name, node->attrs, node->in);
        }
    }
    copy = plumb_subject_new(s->name, s->part, s->target, g, s->output, diag);
    for (int v = 0; copy && v < plumb_graph_values(s->graph); v++)
        if (plumb_graph_value(s->graph, v)->node < 0)
            copy_point(copy, s, v, c);
    if (copy)
        copy->average = s->average;
    return copy;
}

plumb_subject *
plumb_subject_with_op(const plumb_subject *s, const plumb_op *old, const plumb_op *fresh, plumb_diag *diag)
{
    return copy_subject(s, &(change){ .old = old, .fresh = fresh }, diag);
}

plumb_subject *
plumb_subject_with_node(const plumb_subject *s, int node, const plumb_op *fresh, plumb_diag *diag)
{
    return copy_subject(s, &(change){ .fresh = fresh, .node = node }, diag);
}

plumb_subject *
plumb_subject_part(const plumb_subject *s, size_t from, size_t count, plumb_diag *diag)
{
    return copy_subject(s, &(change){ .from = from, .count = count }, diag);
}
