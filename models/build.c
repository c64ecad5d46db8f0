/* build.c - see build.h
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/base/random.h"
#include "models/build.h"

/* ---- options ---- */

static plumb_status
read_sizes(const char *text, plumb_settings *s)
{
    char *end;
    s->layers = -1;
    for (const char *p = text;; p = end + 1) {
        long v = strtol(p, &end, 10);
        if (end == p || v < 1 || v > 100000 || s->layers == PLUMB_MAXLAYERS || (*end && *end != ':'))
            return PLUMB_EINPUT;
        s->sizes[++s->layers] = (size_t)v;
        if (!*end)
            return s->layers < 1 ? PLUMB_EINPUT : PLUMB_OK;
    }
}

typedef enum option_type { A_TEXT, A_COUNT, A_SWITCH, A_SIZES } option_type;
static const struct option_row {
    const char *key;
    option_type type;
    size_t at, room;
} table[] = {
#define TEXT(name) { #name "=", A_TEXT, offsetof(plumb_settings, name), sizeof((plumb_settings *)0)->name }
#define COUNT(name) { #name "=", A_COUNT, offsetof(plumb_settings, name), 0 }
#define SWITCH(name) { #name "=", A_SWITCH, offsetof(plumb_settings, name), 0 }
    TEXT(act), TEXT(cost), TEXT(reduction), COUNT(batch), COUNT(stored), COUNT(blocks), SWITCH(boundary), SWITCH(bias),
    { "sizes=", A_SIZES, 0, 0 },
};
enum { ROWS = sizeof table / sizeof *table };

/* 1 when the text is "key=value" with a value that fits */
static int
take(const struct option_row *row, const char *text, plumb_settings *s)
{
    size_t n = strlen(row->key);
    char *end, *to = (char *)s + row->at;
    long v;
    if (strncmp(text, row->key, n))
        return 0;
    text += n;
    if (row->type == A_SIZES)
        return !read_sizes(text, s);
    if (row->type == A_TEXT)
        return *text && strlen(text) < row->room && (strcpy(to, text), 1);
    v = strtol(text, &end, 10);
    if (end == text || *end || v < (row->type == A_COUNT) || v > (row->type == A_COUNT ? 100000 : 1))
        return 0;
    *(size_t *)(void *)to = (size_t)v;
    return 1;
}

static plumb_status
check_settings(const plumb_model *m, const plumb_settings *s, plumb_diag *diag)
{
    const plumb_op *act = *s->act ? plumb_op_find(s->act) : NULL;
    if (*s->act && (!act || act->nin != 1 || act->structure != PLUMB_POINTWISE))
        return plumb_fail(diag, PLUMB_EINPUT, "model:%s: act=%s is not a pointwise op of one input", m->name, s->act);
    if (*s->cost && strcmp(s->cost, "cross_entropy") && strcmp(s->cost, "squared"))
        return plumb_fail(diag, PLUMB_EINPUT, "model:%s: cost=%s is neither cross_entropy nor squared", m->name, s->cost);
    if (*s->reduction && strcmp(s->reduction, "mean") && strcmp(s->reduction, "sum"))
        return plumb_fail(diag, PLUMB_EINPUT, "model:%s: reduction=%s is neither mean nor sum", m->name, s->reduction);
    return PLUMB_OK;
}

plumb_status
plumb_settings_read(const plumb_model *m, const char *text, plumb_settings *s, plumb_diag *diag)
{
    char copy[256], *rest;
    if ((size_t)snprintf(copy, sizeof copy, "%s", text) >= sizeof copy)
        return plumb_fail(diag, PLUMB_EINPUT, "model:%s: the options are too long", m->name);
    for (char *one = strtok_r(copy, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
        int taken = 0;
        for (int i = 0; i < ROWS && !taken; i++)
            taken = strstr(m->options, table[i].key) && take(&table[i], one, s);
        if (!taken)
            return plumb_fail(diag, PLUMB_EINPUT, "model:%s: \"%s\" cannot be used; options are %s", m->name, one, m->options);
    }
    return check_settings(m, s, diag);
}

/* ---- graphs ---- */

int
plumb_layer(plumb_graph *g, const char *name, const char *suffix, int x, size_t n, size_t k)
{
    char W[32], b[32];
    int in[3] = { x };
    snprintf(W, sizeof W, "W%s", suffix), snprintf(b, sizeof b, "b%s", suffix);
    in[1] = plumb_graph_param(g, W, (plumb_shape){ 2, { n, k } });
    in[2] = plumb_graph_param(g, b, (plumb_shape){ 1, { n } });
    return plumb_graph_apply(g, plumb_op_find("linear"), name, NULL, in);
}

int
plumb_cost(plumb_graph *g, const plumb_settings *s, int y, size_t batch, size_t n)
{
    char attrs[32];
    int t;
    if (strcmp(s->cost, "squared")) {
        snprintf(attrs, sizeof attrs, "reduction=%s", s->reduction);
        t = plumb_graph_label(g, "t", (plumb_shape){ 1, { batch } }, (int64_t)n);
        return plumb_graph_apply(g, plumb_op_find("cross_entropy"), "C", attrs, (int[]){ y, t });
    }
    t = plumb_graph_input(g, "t", (plumb_shape){ 2, { batch, n } });
    y = plumb_graph_apply(g, plumb_op_find("sub"), "e", NULL, (int[]){ y, t });
    y = plumb_graph_apply(g, plumb_op_find("square"), "q", NULL, &y);
    y = plumb_graph_apply(g, plumb_op_find("sum"), "c", "axes=1", &y);
    return plumb_graph_apply(g, plumb_op_find(s->reduction), "C", NULL, &y);
}

plumb_subject *
plumb_model_subject(const plumb_model *m, const char *options, const plumb_settings *o, plumb_graph *g, int check_x, plumb_diag *diag)
{
    char name[360], target[480] = "";
    plumb_subject *s;
    snprintf(name, sizeof name, *options ? "model:%s(%s)" : "model:%s", m->name, options);
    plumb_shell_quote(target, sizeof target, name);
    s = plumb_subject_new(name, "", target, g, g ? plumb_graph_values(g) - 1 : -1, diag);
    for (int v = 0; s && v < plumb_graph_values(s->graph); v++) {
        const plumb_value *leaf = plumb_graph_value(s->graph, v);
        s->checked[v] = leaf->role == PLUMB_PARAM || (check_x && !strcmp(leaf->name, "x"));
        s->samples[v] = (leaf->role == PLUMB_INPUT || leaf->role == PLUMB_LABEL) && leaf->shape.rank && leaf->shape.dim[0] == o->batch;
    }
    if (s)
        s->average = strcmp(o->reduction, "sum") != 0;
    return s;
}

/* ---- numbers ---- */

void
plumb_draw_parameters(plumb_subject *s, const char *act, uint64_t seed)
{
    plumb_random r = plumb_random_named(seed, "model parameters");
    double boost = strstr(act, "relu") ? 2 : 1;
    for (int v = 0; v < plumb_graph_values(s->graph); v++) {
        const plumb_value *leaf = plumb_graph_value(s->graph, v);
        size_t n = plumb_shape_size(&leaf->shape);
        double gain = leaf->shape.rank == 2 ? sqrt(3 * boost / (double)leaf->shape.dim[1]) : 0.1;
        for (size_t i = 0; i < n && leaf->role == PLUMB_PARAM; i++)
            s->point[v][i] = (double)(float)(gain * plumb_random_between(&r, -1, 1));
    }
}

static void
draw_input(plumb_subject *s, int v, const plumb_dataset *d, size_t first)
{
    const plumb_value *leaf = plumb_graph_value(s->graph, v);
    size_t n = leaf->shape.dim[0], columns = n ? plumb_shape_size(&leaf->shape) / n : 0;
    int target = !strcmp(leaf->name, "t");
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < columns; c++) {
            const double *row = d->x + (first + i) * d->features;
            double v1 = !target ? row[c] : columns == (size_t)d->classes ? d->label[first + i] == (int64_t)c
                : columns == 1 ? row[d->features - 1] : 0;
            s->point[v][i * columns + c] = (double)(float)v1;
        }
}

plumb_status
plumb_draw_samples(plumb_subject *s, const plumb_settings *o, const plumb_dataset *d, uint64_t seed, plumb_diag *diag)
{
    plumb_random r = plumb_random_named(seed, "model samples");
    size_t first;
    if (o->batch > d->n)
        return plumb_fail(diag, PLUMB_EINPUT, "%s: batch=%zu is more than the %zu samples there are", s->name, o->batch, d->n);
    first = plumb_random_below(&r, d->n - o->batch + 1);
    for (int v = 0; v < plumb_graph_values(s->graph); v++) {
        const plumb_value *leaf = plumb_graph_value(s->graph, v);
        if (leaf->role == PLUMB_INPUT)
            draw_input(s, v, d, first);
        for (size_t i = 0; leaf->role == PLUMB_LABEL && i < o->batch; i++)
            s->label[v][i] = d->label[first + i];
    }
    return PLUMB_OK;
}

plumb_dataset *
plumb_load_digits(const char *path, plumb_diag *diag)
{
    return plumb_dataset_read(path, 64, 16, 10, diag);
}

plumb_dataset *
plumb_load_iris(const char *path, plumb_diag *diag)
{
    return plumb_dataset_read(path, 4, 8, 3, diag);
}

/* ---- the catalogue ---- */

const plumb_model *const plumb_models[] = {
#define X(name) &plumb_model_##name,
    PLUMB_MODELS(X)
#undef X
    NULL,
};

const plumb_model *
plumb_model_find(const char *name)
{
    for (int i = 0; plumb_models[i]; i++)
        if (!strcmp(plumb_models[i]->name, name))
            return plumb_models[i];
    return NULL;
}
