/* linear.c - linear least squares, and logistic regression
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * y = x w^T + b, the squared distance to t: the width of an iris' petal from its other three measures.
 * s = x w^T + b, log(1 + exp s) - t s: is it a setosa (t = 1) or not (t = 0)? */
#include <string.h>
#include "models/build.h"

static plumb_subject *
finish(const plumb_model *m, const char *options, const plumb_settings *s, plumb_graph *g, const plumb_dataset *d, uint64_t seed,
    plumb_diag *diag)
{
    plumb_subject *subject = plumb_model_subject(m, options, s, g, 1, diag);
    if (!subject)
        return NULL;
    plumb_draw_parameters(subject, "", seed);
    if (!plumb_draw_samples(subject, s, d, seed, diag))
        return subject;
    plumb_subject_free(subject);
    return NULL;
}

static plumb_subject *
open_linear(const char *options, const plumb_dataset *d, uint64_t seed, plumb_diag *diag)
{
    plumb_settings s = { .cost = "squared", .reduction = "mean", .batch = 8 };
    plumb_graph *g;
    if (plumb_settings_read(&plumb_model_linear, options, &s, diag))
        return NULL;
    g = plumb_graph_new();
    if (g) {
        int x = plumb_graph_input(g, "x", (plumb_shape){ 2, { s.batch, 3 } });
        plumb_cost(g, &s, plumb_layer(g, "y", "", x, 1, 3), s.batch, 1);
    }
    return finish(&plumb_model_linear, options, &s, g, d, seed, diag);
}

static plumb_subject *
open_logistic(const char *options, const plumb_dataset *d, uint64_t seed, plumb_diag *diag)
{
    plumb_settings s = { .reduction = "mean", .batch = 8 };
    plumb_graph *g;
    plumb_subject *subject;
    if (plumb_settings_read(&plumb_model_logistic, options, &s, diag))
        return NULL;
    g = plumb_graph_new();
    if (g) {
        int x = plumb_graph_input(g, "x", (plumb_shape){ 2, { s.batch, 4 } }), t = plumb_graph_input(g, "t", (plumb_shape){ 2, { s.batch, 1 } });
        int score = plumb_layer(g, "s", "", x, 1, 4);
        int a = plumb_graph_apply(g, plumb_op_find("softplus"), "a", NULL, &score);
        int b = plumb_graph_apply(g, plumb_op_find("mul"), "ts", NULL, (int[]){ t, score });
        a = plumb_graph_apply(g, plumb_op_find("sub"), "c", NULL, (int[]){ a, b });
        plumb_graph_apply(g, plumb_op_find(s.reduction), "C", NULL, &a);
    }
    subject = finish(&plumb_model_logistic, options, &s, g, d, seed, diag);
    for (size_t i = 0; subject && i < s.batch; i++)         /* t is 0 or 1, both of them */
        subject->point[plumb_graph_find(subject->graph, "t")][i] = (double)(i % 2);
    return subject;
}

static const char *const plain[] = { "", NULL };
const plumb_model plumb_model_linear = { "linear", "a weighted sum and the squared distance: least squares on the irises",
    "batch=8, reduction=mean|sum", plain, "iris.csv", open_linear, plumb_load_iris };
const plumb_model plumb_model_logistic = { "logistic", "a weighted sum and the logistic loss: logistic regression on the irises",
    "batch=8, reduction=mean|sum", plain, "iris.csv", open_logistic, plumb_load_iris };
