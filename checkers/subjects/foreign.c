/* foreign.c - somebody's layer, in a program, beside an op of ours that computes the same: its twin
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The program says "hello": names, shapes and the twin.  In f64 its own forward and backward run; every other number system
 * runs the twin, so that differences, dual numbers and error bars are those of the function that it claims to be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "checkers/subjects/process.h"
#include "lib/base/alloc.h"
#include "plumbline/subject.h"

/* The op comes first: a call's op leads back here. */
struct plumb_foreign {
    plumb_op op;
    plumb_process *program;
    plumb_subject *subject;
    plumb_diag failed;          /* the first thing that it did wrong while it ran */
    double *in, *out;           /* all inputs, all input gradients; sizes */
    size_t inputs, outputs;
    char attrs[128];
    char names[PLUMB_MAXIN][32];
    plumb_shape shape[PLUMB_MAXIN], result;
    int counted;
};

/* ---- the two passes ---- */

static void
gather_inputs(struct plumb_foreign *f, const plumb_call *c)
{
    size_t at = 0;
    for (int k = 0; k < c->nin; k++)
        for (size_t i = 0; i < plumb_shape_size(&c->in[k]); i++)
            f->in[at++] = c->op->element[k] == PLUMB_INDEX ? (double)c->index[k][i] : plumb_get_d(c->num, &c->x[k], i);
}

static plumb_status
forward(const plumb_call *c)
{
    struct plumb_foreign *f = (struct plumb_foreign *)c->op;
    plumb_status st;
    gather_inputs(f, c);
    st = plumb_process_numbers(f->program, "forward", f->in, f->inputs, f->out, f->outputs, &f->failed);
    for (size_t j = 0; j < f->outputs; j++)
        plumb_set_d(c->num, &c->y[0], j, st ? 0 : f->out[j]);
    return st;
}

/* forward again: a backward pass is at the inputs of the last forward */
static plumb_status
vjp(const plumb_call *c)
{
    struct plumb_foreign *f = (struct plumb_foreign *)c->op;
    double *back = f->out + f->outputs;
    size_t at = 0;
    plumb_status st;
    gather_inputs(f, c);
    st = plumb_process_numbers(f->program, "forward", f->in, f->inputs, f->out, f->outputs, &f->failed);
    for (size_t j = 0; j < f->outputs; j++)
        f->out[j] = plumb_get_d(c->num, &c->y_bar[0], j);
    st |= st ? st : plumb_process_numbers(f->program, "backward", f->out, f->outputs, back, f->inputs, &f->failed);
    for (int k = 0; k < c->nin; k++)
        for (size_t i = 0; i < plumb_shape_size(&c->in[k]); i++, at++)
            if (c->want[k])
                plumb_set_d(c->num, &c->x_bar[k], i, st ? 0 : back[at] + (c->mode[k] == PLUMB_ADD ? plumb_get_d(c->num, &c->x_bar[k], i) : 0));
    return st;
}

/* ---- hello ---- */

/* "W:5,4:f64" or "5,4" */
static plumb_status
read_spec(const char *spec, char *name, size_t room, plumb_shape *shape, int *index, plumb_diag *diag)
{
    const char *dims = spec, *colon = strchr(spec, ':');
    char *end;
    *index = 0, shape->rank = 0;
    if (colon && (spec[0] < '0' || spec[0] > '9')) {
        snprintf(name, room, "%.*s", (int)(colon - spec), spec);
        dims = colon + 1;
    }
    for (;; dims = end + 1) {
        unsigned long d = strtoul(dims, &end, 10);
        if (end == dims || shape->rank == PLUMB_MAXRANK || d > 1000000 || (*end && *end != ',' && *end != ':'))
            return plumb_fail(diag, PLUMB_EFOREIGN, "hello: \"%.60s\" is not name:dims or name:dims:dtype", spec);
        shape->dim[shape->rank++] = d;
        if (*end != ',')
            break;
    }
    if (*end == ':' && !strcmp(end, ":i64"))
        *index = 1;
    else if (*end == ':' && strcmp(end, ":f64"))
        return plumb_fail(diag, PLUMB_EFOREIGN, "hello: the dtype of \"%.60s\" is neither f64 nor i64", spec);
    return PLUMB_OK;
}

static plumb_status
read_twin(struct plumb_foreign *f, const char *text, plumb_diag *diag)
{
    char name[64];
    const char *open = strchr(text, '(');
    const plumb_op *twin;
    if (strncmp(text, "op:", 3))
        return plumb_fail(diag, PLUMB_EFOREIGN, "hello: the twin \"%.60s\" is not op:NAME", text);
    snprintf(name, sizeof name, "%.*s", open ? (int)(open - text - 3) : 63, text + 3);
    if (open)
        snprintf(f->attrs, sizeof f->attrs, "%.*s", (int)strcspn(open + 1, ")"), open + 1);
    twin = plumb_op_find(name);
    if (!twin || twin->makes == PLUMB_INDEX)
        return plumb_fail(diag, PLUMB_EFOREIGN, "hello: there is no op:%s to be the twin (plumb list ops)", name);
    f->op = *twin;
    f->op.twin = twin, f->op.forward = forward, f->op.vjp = vjp, f->op.fold = NULL;
    return PLUMB_OK;
}

static plumb_status
read_hello(struct plumb_foreign *f, char *reply, plumb_diag *diag)
{
    static const char *const names[PLUMB_MAXIN] = { "x", "y", "u", "v" };
    char *rest, *section = "", ignored[32];
    int nin = 0, nout = 0, index[PLUMB_MAXIN] = { 0 };
    plumb_status st = PLUMB_OK;
    for (char *word = strtok_r(reply, " \t\r", &rest); word && !st; word = strtok_r(NULL, " \t\r", &rest)) {
        int other;
        if (!strcmp(word, "in") || !strcmp(word, "out") || !strcmp(word, "twin"))
            section = word;
        else if (!strcmp(section, "in") && nin < PLUMB_MAXIN) {
            strcpy(f->names[nin], names[nin]);
            st = read_spec(word, f->names[nin], sizeof f->names[nin], &f->shape[nin], &index[nin], diag), nin++;
        } else if (!strcmp(section, "out") && nout < 1)
            st = read_spec(word, ignored, sizeof ignored, &f->result, &other, diag), nout++;
        else if (!strcmp(section, "twin") && !f->op.twin)
            st = read_twin(f, word, diag);
        else
            st = plumb_fail(diag, PLUMB_EFOREIGN, "hello: \"%.60s\" is not understood; in SPEC... out SPEC twin op:NAME was expected", word);
    }
    if (!st && !f->op.twin)
        st = plumb_fail(diag, PLUMB_EFOREIGN, "hello names no twin: the op that the layer computes (twin op:relu)");
    for (int k = 0; k < f->op.nin && !st; k++)
        if (nin != f->op.nin || nout != 1 || index[k] != (f->op.element[k] == PLUMB_INDEX))
            st = plumb_fail(diag, PLUMB_EFOREIGN, "hello: op:%s has %d inputs and one output; labels are i64", f->op.name, f->op.nin);
    return st;
}

/* A scalar is written as the dims "1". */
static int
same_size(const plumb_shape *a, const plumb_shape *b)
{
    return plumb_shape_equal(a, b) || (plumb_shape_size(a) == 1 && plumb_shape_size(b) == 1);
}

static plumb_status
build(struct plumb_foreign *f, const char *name, const char *target, uint64_t seed, plumb_diag *diag)
{
    plumb_graph *g = plumb_graph_new();
    int in[PLUMB_MAXIN], y;
    plumb_status st;
    for (int k = 0; g && k < f->op.nin; k++)
        in[k] = f->op.element[k] == PLUMB_INDEX ? plumb_graph_label(g, f->names[k], f->shape[k], f->op.nin > 1 ? (int64_t)f->shape[0].dim[f->shape[0].rank - 1] : 1)
                                                : plumb_graph_input(g, f->names[k], f->shape[k]);
    y = g ? plumb_graph_apply(g, &f->op, "yours", f->attrs, in) : -1;
    if (g && !plumb_graph_done(g, NULL) && !same_size(&plumb_graph_value(g, y)->shape, &f->result)) {
        char theirs[PLUMB_SHAPE_TEXT], ours[PLUMB_SHAPE_TEXT];
        st = plumb_fail(diag, PLUMB_EFOREIGN, "hello: the output is %s, op:%s makes %s", plumb_shape_text(&f->result, theirs), f->op.name,
            plumb_shape_text(&plumb_graph_value(g, y)->shape, ours));
        plumb_graph_free(g);
        return st;
    }
    f->subject = plumb_subject_new(name, "", target, g, y, diag);
    if (!f->subject)
        return PLUMB_EINPUT;
    for (int k = 0; k < f->op.nin; k++)
        f->inputs += plumb_shape_size(&f->shape[k]);
    f->outputs = plumb_shape_size(&f->result);
    f->in = plumb_alloc(f->inputs, sizeof *f->in), f->out = plumb_alloc(f->outputs + f->inputs, sizeof *f->out);
    return f->in && f->out ? plumb_subject_draw(f->subject, seed, 0) : PLUMB_ENOMEM;
}

plumb_foreign *
plumb_subject_program(const char *const *argv, uint64_t seed, plumb_diag *diag)
{
    struct plumb_foreign *f = plumb_alloc(1, sizeof *f);
    char name[300] = "", target[600] = "--", *reply;
    plumb_status st = f ? PLUMB_OK : PLUMB_ENOMEM;
    for (int i = 0; argv[i]; i++) {
        snprintf(name + strlen(name), sizeof name - strlen(name), "%s%s", i ? " " : "", argv[i]);
        snprintf(target + strlen(target), sizeof target - strlen(target), " ");
        plumb_shell_quote(target, sizeof target, argv[i]);
    }
    if (!st && !(f->program = plumb_process_start(argv, diag)))
        st = PLUMB_EINPUT;
    st |= st ? st : plumb_process_ask(f->program, "hello", NULL, 0, 60, &reply, diag);
    st |= st ? st : read_hello(f, reply, diag);
    st |= st ? st : build(f, name, target, seed, diag);
    if (!st)
        return f;
    plumb_fail(diag, st, "%s: %s", name, plumb_status_text(st));
    plumb_foreign_free(f);
    return NULL;
}

const plumb_subject *
plumb_foreign_subject(const plumb_foreign *f)
{
    return f->subject;
}

const char *
plumb_foreign_failure(const plumb_foreign *f)
{
    return f->failed.text;
}

void
plumb_foreign_free(plumb_foreign *f)
{
    if (!f)
        return;
    plumb_subject_free(f->subject);
    plumb_process_end(f->program);
    plumb_release(f->in);
    plumb_release(f->out);
    plumb_release(f);
}

int
plumb_subject_is_foreign(const plumb_subject *s)
{
    for (int i = 0; i < plumb_graph_nodes(s->graph); i++)
        if (plumb_graph_node(s->graph, i)->op->twin)
            return 1;
    return 0;
}
