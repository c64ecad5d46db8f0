/* demo.c - plumb demo: check a net on real digits, show a planted bug being caught, train, check again; descend
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include "cli/cli.h"

enum { EPOCHS = 30 };
static const struct argp common = { .options = cli_common_options, .parser = cli_parse_common };
static const struct argp_child children[] = { { &common, 0, NULL, 0 }, { 0 } };

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    if (key == ARGP_KEY_INIT)
        state->child_inputs[0] = state->input;
    return key == ARGP_KEY_INIT ? 0 : ARGP_ERR_UNKNOWN;
}

static const struct argp argp = { NULL, parse, "",
    "The tour: checks a net on real digits, shows one planted bug being caught, trains the net and checks it again; and checks steps of descent.\v"
    "Leaves plumb-report.json and plumb-report.html unless -o names other files.", children, NULL, NULL };

typedef struct tour {
    const cli_options *o;
    plumb_check_options check;
    plumb_sink *sink;
    const plumb_dataset *data;
    plumb_diag *diag;
} tour;

static void
say(const tour *t, const char *sentence)
{
    t->sink->note(t->sink, sentence);
}

/* ---- 1: the net as it starts ---- */

static plumb_status
check_model(tour *t, const char *options)
{
    plumb_subject *s = plumb_model_find("mlp")->open(options, t->data, t->o->seed, t->diag);
    plumb_status st = s ? plumb_check_subject(s, &t->check, t->sink, t->diag) : PLUMB_EINPUT;
    plumb_subject_free(s);
    return st;
}

/* the lecture's other models, quickly */
static plumb_status
check_others(tour *t)
{
    static const struct { const char *name, *options; } others[] = { { "linear", "" }, { "logistic", "" }, { "nearest_neighbour", "boundary=1" },
        { "linear_stack", "" }, { "residual", "" }, { "mynet", "cost=cross_entropy" } };
    plumb_check_options quick = t->check;
    plumb_status st = PLUMB_OK;
    quick.quick = 1, quick.modules = 0;
    for (size_t i = 0; i < sizeof others / sizeof *others && !st; i++) {
        const plumb_model *m = plumb_model_find(others[i].name);
        plumb_dataset *data = m->data ? cli_load(t->o, m, t->diag) : NULL;
        plumb_subject *s = data || !m->data ? m->open(others[i].options, data, t->o->seed, t->diag) : NULL;
        st = s ? plumb_check_subject(s, &quick, t->sink, t->diag) : PLUMB_EINPUT;
        plumb_subject_free(s);
        plumb_dataset_free(data);
    }
    return st;
}

/* ---- 2: a wrong backward pass ---- */

/* Keeps the worst finding of the whole net and the module that is accused. */
typedef struct catcher {
    plumb_sink sink;
    size_t wrong, total;
    char module[64], whole[600];
} catcher;

static void
catch(plumb_sink *sink, const plumb_finding *f)
{
    catcher *c = (catcher *)sink;
    c->total++;
    if (f->verdict != PLUMB_WRONG || f->law || strcmp(f->route, "reverse-f64"))
        return;
    c->wrong++;
    if (*f->part && !*c->module)
        snprintf(c->module, sizeof c->module, "%s", f->part);
    if (!*f->part && !*c->whole)
        snprintf(c->whole, sizeof c->whole, "%s: got %.17s, want %.17s", f->what, f->got, f->want);
}

static plumb_status
plant(tour *t)
{
    plumb_op wrong = *plumb_op_find("tanh");
    catcher c = { .sink = { .finding = catch } };
    plumb_subject *right = plumb_model_find("mlp")->open("act=tanh", t->data, t->o->seed, t->diag), *s;
    plumb_check_options quick = t->check;
    char line[900];
    plumb_status st;
    wrong.slope[0] = "1 - z*z*1.0001";
    s = right ? plumb_subject_with_op(right, plumb_op_find("tanh"), &wrong, t->diag) : NULL;
    quick.quick = 1;
    st = s ? plumb_check_subject(s, &quick, &c.sink, t->diag) : PLUMB_ENOMEM;
    if (!st && *c.module)
        snprintf(line, sizeof line, "A bug planted in the slope of tanh (1 - z*z*1.0001 for 1 - z*z) was caught, and blamed on module %s; %s.",
            c.module, c.whole);
    else
        snprintf(line, sizeof line, "A bug planted in the slope of tanh was NOT caught.");
    if (!st)
        say(t, line);
    if (!st && !*c.module)
        st = plumb_fail(t->diag, PLUMB_EUNABLE, "%s", line);
    plumb_subject_free(s);
    plumb_subject_free(right);
    return st;
}

/* ---- 3: training ---- */

static void
draw_training(const tour *t, const plumb_epoch *log)
{
    static const char *const names[] = { "epoch", "loss", "accuracy" }, *const units[] = { "", "nats", "fraction" };
    double rows[EPOCHS * 3];
    plumb_figure f = { "curve", "model:mlp(act=tanh,batch=32)", "Training on the digits", "Mini-batches of 32, learning rate 0.2; mean over each epoch.", 3, names, units, EPOCHS, rows, NULL };
    char line[200];
    for (int e = 0; e < EPOCHS; e++)
        rows[3 * e] = e + 1, rows[3 * e + 1] = log[e].loss, rows[3 * e + 2] = log[e].accuracy;
    if (t->sink->figure)
        t->sink->figure(t->sink, &f);
    snprintf(line, sizeof line, "Trained for %d epochs: loss %.3f to %.3f, %.1f %% of the digits right in the last one.", EPOCHS, log[0].loss,
        log[EPOCHS - 1].loss, 100 * log[EPOCHS - 1].accuracy);
    say(t, line);
}

static plumb_status
train(tour *t)
{
    plumb_epoch log[EPOCHS];
    plumb_subject *big = plumb_model_find("mlp")->open("act=tanh,batch=32", t->data, t->o->seed, t->diag);
    plumb_subject *small = plumb_model_find("mlp")->open("act=tanh", t->data, t->o->seed, t->diag);
    plumb_check_options whole = t->check;
    plumb_status st = big && small ? plumb_train(big, t->data, EPOCHS, 0.2, t->o->seed, log, t->diag) : PLUMB_ENOMEM;
    if (!st) {
        draw_training(t, log);
        say(t, "Then the same net was checked with its trained weights.");
        for (int v = 0; v < plumb_graph_values(small->graph); v++)
            if (plumb_graph_value(small->graph, v)->role == PLUMB_PARAM)
                memcpy(small->point[v], big->point[v], plumb_shape_size(&plumb_graph_value(small->graph, v)->shape) * sizeof(double));
        whole.modules = 0;
        st = plumb_subject_rename(small, "model:mlp(act=tanh), trained") ? plumb_check_subject(small, &whole, t->sink, t->diag) : PLUMB_ENOMEM;
    }
    plumb_subject_free(big);
    plumb_subject_free(small);
    return st;
}

/* ---- 4: steps ---- */

static plumb_status
descend(tour *t)
{
    const plumb_experiment *chosen[] = { plumb_experiment_find("quadratic"), plumb_experiment_find("rows"), plumb_experiment_find("redundant"), plumb_experiment_find("noise") };
    plumb_descend_options d = { .seed = t->o->seed, .number = &plumb_f64, .number_name = "f64" };
    say(t, "Last, steps of gradient descent where the law of each is known: a quadratic, one sample at a time, data that repeat, and the noise of batches.");
    return plumb_descend(chosen, sizeof chosen / sizeof *chosen, &d, t->sink, t->diag);
}

static plumb_status
walk(tour *t)
{
    plumb_status st;
    say(t, "A 64-32-10 net on 8 handwritten digits: every module's Jacobians and the whole gradient, by every route.");
    st = check_model(t, "act=tanh");
    st |= st ? st : check_model(t, "act=relu");
    if (!st)
        say(t, "The lecture's other models: least squares, logistic regression, nearest neighbour on a boundary, a stack without non-linearities, "
            "a residual net with shared weights, an image classifier of 39,000 weights.");
    st |= st ? st : check_others(t);
    st |= st ? st : plant(t);
    st |= st ? st : train(t);
    return st ? st : descend(t);
}

int
cli_demo(int argc, char **argv)
{
    cli_options o;
    plumb_diag diag = { "" };
    plumb_dataset *data;
    tour t;
    plumb_status st;
    int status = cli_parse(&argp, argc, argv, &o);
    if (status)
        return status;
    if (!o.outputs)
        o.output[0] = "plumb-report.json", o.output[1] = "plumb-report.html", o.outputs = 2;
    t = (tour){ &o, cli_check_options(&o), cli_sinks(&o), NULL, &diag };
    if (!t.sink)
        return EXIT_USAGE;
    cli_begin(&o, t.sink);
    t.data = data = cli_load(&o, plumb_model_find("mlp"), &diag);
    st = data ? walk(&t) : PLUMB_EINPUT;
    plumb_dataset_free(data);
    status = cli_end(&o, t.sink, st, &diag);
    if (!st && status != EXIT_USAGE && !o.format)
        for (int i = 0; i < o.outputs; i++)
            printf("%s%s%s", i ? " and " : "the whole record: ", o.output[i], i == o.outputs - 1 ? "\n" : "");
    return status;
}
