/* targets.c - from what the user typed to subjects
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"

enum { MAXNAMES = 128 };

/* ---- op:NAME, op:all ---- */

static plumb_status
one_op(const cli_options *o, const plumb_op *op, cli_visit *visit, void *with, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    for (int i = 0; !st; i++) {
        plumb_subject *s = plumb_subject_op(op, i, o->seed, diag);
        if (!s)
            return diag->text[0] ? PLUMB_ENOMEM : PLUMB_OK;
        st = visit(s, with, diag);
        plumb_subject_free(s);
    }
    return st;
}

static plumb_status
ops(const cli_options *o, const char *name, cli_visit *visit, void *with, plumb_diag *diag)
{
    const char *names[MAXNAMES] = { "all" }, *near;
    int n = 1;
    plumb_status st = PLUMB_OK;
    if (!strcmp(name, "all")) {
        for (int i = 0; plumb_ops[i] && !st; i++)
            st = one_op(o, plumb_ops[i], visit, with, diag);
        return st;
    }
    if (plumb_op_find(name))
        return one_op(o, plumb_op_find(name), visit, with, diag);
    for (int i = 0; plumb_ops[i] && n < MAXNAMES - 1; i++)
        names[n++] = plumb_ops[i]->name;
    near = cli_nearest(name, names);
    return plumb_fail(diag, PLUMB_EINPUT, "there is no op:%s%s%s%s (plumb list ops)", name, near ? "; did you mean op:" : "",
        near ? near : "", near ? "?" : "");
}

/* ---- model:NAME(options) ---- */

/* The data of an installed program, or of a build tree. */
static int
find_data(const char *file, char *path, size_t room)
{
    static const char *const places[] = { "../share/plumbline/data", "models/data", "../models/data", NULL };
    char program[400];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (n > 0 && (program[n] = 0, strrchr(program, '/'))) {
        *strrchr(program, '/') = 0;
        for (int i = 0; places[i]; i++) {
            snprintf(path, room, "%s/%s/%s", program, places[i], file);
            if (!access(path, R_OK))
                return 1;
        }
    }
    snprintf(path, room, "%s/%s", PLUMB_DATADIR, file);
    return !access(path, R_OK);
}

plumb_dataset *
cli_load(const cli_options *o, const plumb_model *model, plumb_diag *diag)
{
    char path[1024];
    if (o->data)
        return model->load(o->data, diag);
    find_data(model->data, path, sizeof path);
    return model->load(path, diag);
}

static plumb_status
one_model(const cli_options *o, const plumb_model *model, const char *options, cli_visit *visit, void *with, plumb_diag *diag)
{
    plumb_dataset *data = model->data ? cli_load(o, model, diag) : NULL;
    plumb_subject *s = data || !model->data ? model->open(options, data, o->seed, diag) : NULL;
    char target[1600];
    plumb_status st = s ? PLUMB_OK : PLUMB_EINPUT;
    if (s && o->data) {
        snprintf(target, sizeof target, "%s --data ", s->target);
        plumb_shell_quote(target, sizeof target, o->anonymous ? "DATA" : o->data);
        st = plumb_subject_retarget(s, target) ? PLUMB_OK : PLUMB_ENOMEM;
    }
    st |= st ? st : visit(s, with, diag);
    plumb_subject_free(s);
    plumb_dataset_free(data);
    return st;
}

static plumb_status
models(const cli_options *o, const char *text, cli_visit *visit, void *with, plumb_diag *diag)
{
    char name[64], options[256] = "";
    const char *open = strchr(text, '('), *names[MAXNAMES] = { NULL }, *near;
    size_t length = open ? (size_t)(open - text) : strlen(text);
    const plumb_model *model;
    plumb_status st = PLUMB_OK;
    if (open && (text[strlen(text) - 1] != ')' || strchr(open, ')')[1] || strlen(open) - 2 >= sizeof options))
        return plumb_fail(diag, PLUMB_EINPUT, "model:%s: one \")\" was expected, at the end", text);
    if (open)
        snprintf(options, sizeof options, "%.*s", (int)(strlen(open) - 2), open + 1);
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    model = plumb_model_find(name);
    if (model && *options)
        return one_model(o, model, options, visit, with, diag);
    for (int i = 0; model && model->variants[i] && !st; i++)
        st = one_model(o, model, model->variants[i], visit, with, diag);
    if (model)
        return st;
    for (int i = 0; plumb_models[i] && i < MAXNAMES - 1; i++)
        names[i] = plumb_models[i]->name;
    near = cli_nearest(name, names);
    return plumb_fail(diag, PLUMB_EINPUT, "there is no model:%s%s%s%s (plumb list models)", name, near ? "; did you mean model:" : "",
        near ? near : "", near ? "?" : "");
}

plumb_status
cli_each_subject(const cli_options *o, const char *target, cli_visit *visit, void *with, plumb_diag *diag)
{
    if (!strncmp(target, "op:", 3))
        return ops(o, target + 3, visit, with, diag);
    if (!strncmp(target, "model:", 6))
        return models(o, target + 6, visit, with, diag);
    return plumb_fail(diag, PLUMB_EINPUT, "\"%s\" is not a target: model:NAME, op:NAME, op:all, --math F --slope G, ./x.so, x.npz, or -- PROGRAM", target);
}

typedef struct first_only {
    cli_visit *visit;
    void *with;
    int done;
} first_only;

static plumb_status
visit_first(const plumb_subject *s, void *with, plumb_diag *diag)
{
    first_only *f = with;
    return f->done++ ? PLUMB_OK : f->visit(s, f->with, diag);
}

plumb_status
cli_one_subject(const cli_options *o, const char *target, cli_visit *visit, void *with, plumb_diag *diag)
{
    first_only f = { visit, with, 0 };
    return cli_each_subject(o, target, visit_first, &f, diag);
}
