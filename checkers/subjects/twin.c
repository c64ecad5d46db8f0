/* twin.c - the graph that a box names as its twin: an op, a formula, or a model that the catalogue has
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include "checkers/subjects/twin.h"
#include "lib/base/alloc.h"
#include "lib/ops/ops.h"
#include "plumbline/formula.h"

static plumb_subject *
one_op(const plumb_op *op, const char *attrs, const plumb_hello *h, const char *name, plumb_diag *diag)
{
    plumb_graph *g = plumb_graph_new();
    int in[PLUMB_MAXIN] = { 0 };
    for (int k = 0; g && k < op->nin; k++) {
        plumb_shape s = h->in[k].shape;
        int64_t classes = h->in[0].shape.rank ? (int64_t)h->in[0].shape.dim[h->in[0].shape.rank - 1] : 1;
        in[k] = op->element[k] == PLUMB_INDEX ? plumb_graph_label(g, h->in[k].name, s, classes) : plumb_graph_input(g, h->in[k].name, s);
    }
    return plumb_subject_new(name, "", "", g, g ? plumb_graph_apply(g, op, "twin", attrs, in) : -1, diag);
}

static plumb_subject *
by_op(const char *text, const plumb_hello *h, plumb_diag *diag)
{
    char name[64], attrs[128] = "";
    const char *open = strchr(text, '(');
    const plumb_op *op;
    snprintf(name, sizeof name, "%.*s", open ? (int)(open - text - 3) : 63, text + 3);
    if (open)
        snprintf(attrs, sizeof attrs, "%.*s", (int)strcspn(open + 1, ")"), open + 1);
    op = plumb_op_find(name);
    if (!op || op->makes == PLUMB_INDEX)
        return plumb_fail(diag, PLUMB_EINPUT, "there is no op:%s to be the twin (plumb list ops)", name), NULL;
    if (op->nin != h->nin)
        return plumb_fail(diag, PLUMB_EINPUT, "the twin op:%s has %d inputs, %d are declared", op->name, op->nin, h->nin), NULL;
    for (int k = 0; k < op->nin; k++)
        if ((op->element[k] == PLUMB_INDEX) != (h->in[k].dtype == PLUMB_I64))
            return plumb_fail(diag, PLUMB_EINPUT, "the twin op:%s: input %s is %s", op->name, h->in[k].name, op->element[k] == PLUMB_INDEX ? "labels (i64)"
                : "real, not i64"), NULL;
    return one_op(op, attrs, h, text, diag);
}

/* ---- formulas ---- */

/* The op lives as long as its subject. */
typedef struct written {
    plumb_op op;
    char text[200], kinks[200];
    plumb_subject *subject;
} written;

/* The variables of a formula are called x and y; the inputs may have other names. */
static plumb_status
rename_inputs(const char *text, const plumb_hello *h, char *to, size_t room, plumb_diag *diag)
{
    size_t used = 0;
    while (*text && used + 2 < room) {
        size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.");
        int which = -1;
        for (int k = 0; k < h->nin && k < 2; k++)
            if (n && strlen(h->in[k].name) == n && !strncmp(h->in[k].name, text, n))
                which = k;
        if (which >= 0)
            to[used++] = which ? 'y' : 'x';
        else
            for (size_t i = 0; i < (n ? n : 1) && used + 1 < room; i++)
                to[used++] = text[i];
        text += n ? n : 1;
    }
    to[used] = 0;
    return *text ? plumb_fail(diag, PLUMB_EINPUT, "the formula is too long") : PLUMB_OK;
}

static plumb_subject *
by_formula(const char *text, const plumb_hello *h, plumb_diag *diag)
{
    static const char *const vars[] = { "x", "y" };
    plumb_program program;
    written *f;
    if (h->nin > 2 || h->in[0].size != h->outputs || (h->nin == 2 && h->in[1].size != h->outputs))
        return plumb_fail(diag, PLUMB_EINPUT, "the twin %s: a formula has one or two inputs and an output of one and the same shape; op:NAME or model:NAME otherwise", text), NULL;
    f = plumb_alloc(1, sizeof *f);
    if (!f || rename_inputs(text, h, f->text, sizeof f->text, diag) || plumb_formula_parse(f->text, vars, h->nin, &program, diag)) {
        plumb_release(f);
        return NULL;
    }
    f->op = h->nin == 2 ? plumb_op_add : plumb_op_neg;
    f->op.name = "formula", f->op.summary = "the twin", f->op.origin = NULL, f->op.formula = f->text, f->op.slope[0] = f->op.slope[1] = "0", f->op.kinks = f->text;
    f->subject = one_op(&f->op, NULL, h, text, diag);
    if (f->subject)
        return f->subject;
    plumb_release(f);
    return NULL;
}

plumb_subject *
plumb_twin_graph(const char *name, const plumb_hello *h, const plumb_catalogue *catalogue, int *formula, plumb_diag *diag)
{
    *formula = 0;
    if (!strncmp(name, "op:", 3))
        return by_op(name, h, diag);
    if (!strncmp(name, "model:", 6)) {
        if (catalogue && catalogue->open)
            return catalogue->open(catalogue->with, name, h, diag);
        return plumb_fail(diag, PLUMB_EINPUT, "the twin %s: there are no models here", name), NULL;
    }
    if (strchr(name, '/') && strstr(name, ".so"))
        return plumb_fail(diag, PLUMB_EINPUT, "the twin \"%.60s\": programs and libraries are twins only by --twin-program on the command line", name), NULL;
    if (!strchr("(+-.0123456789", *name) && name[strspn(name, "abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")] == 0 && !strstr(name, h->in[0].name))
        return plumb_fail(diag, PLUMB_EINPUT, "the twin \"%.60s\" is neither op:NAME, model:NAME nor a formula of the inputs; programs are twins only by --twin-program on the "
            "command line", name), NULL;
    *formula = 1;
    return by_formula(name, h, diag);
}

void
plumb_twin_graph_free(plumb_subject *s, int formula)
{
    written *f = s && formula ? (written *)((char *)plumb_graph_node(s->graph, 0)->op - offsetof(written, op)) : NULL;
    plumb_subject_free(s);
    plumb_release(f);
}
