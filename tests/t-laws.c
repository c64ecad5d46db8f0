/* t-laws.c - the laws of whole graphs hold for the models, and each hears its own offender
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include "checkers/laws/laws.h"
#include "lib/ops/ops.h"
#include "tests/collect.h"
#include "tests/models.h"
#include "tests/tap.h"

static collect found;

/* the finding of a law in the whole, or -1; the law alone is tried */
static int
law(const plumb_subject *s, const char *what)
{
    plumb_diag why = { "" };
    plumb_check_options o = { .seed = 1, .team = 2, .quick = 1 };
    plumb_status (*one)(const plumb_subject *, const plumb_check_options *, plumb_sink *, plumb_diag *) =
        !strcmp(what, "law:batch") ? plumb_law_batch : !strcmp(what, "law:taylor") ? plumb_law_taylor : plumb_law_chain;
    collect_open(&found);
    if (one(s, &o, &found.sink, &why))
        bail(why.text);
    for (int i = 0; i < found.n; i++)
        if (!strcmp(found.at[i].what, what) && !*found.at[i].part)
            return i;
    return -1;
}

/* ---- offenders: the op under trial is reached through its original ---- */

static const plumb_op *original;

static void
scale(const plumb_call *c, const plumb_array *a, double by_less_one)
{
    plumb_array k, t;
    plumb_mark mark = plumb_work_mark(c->work);
    if (!(plumb_take_constant(c->work, c->num, by_less_one, &k) | plumb_take(c->work, c->num, 1, &t)))
        (void)!(c->num->map2(c->num, PLUMB_FN_MUL, &t, a, &k, 1, c->work) | c->num->map2(c->num, PLUMB_FN_ADD, a, a, &t, 1, c->work));
    plumb_work_give(c->work, mark);
}

static plumb_status
forward(const plumb_call *c)
{
    plumb_call real = *c;
    real.op = original;
    return original->forward(&real);
}

/* the last wanted input's cotangent is off by a factor 1 + 1e-6 in every element */
static plumb_status
slightly_off(const plumb_call *c)
{
    plumb_call real = *c;
    plumb_status st;
    int last = -1;
    real.op = original;
    st = original->vjp(&real);
    for (int k = 0; k < c->nin; k++)
        if (c->want[k])
            last = k;
    for (size_t i = 0; last >= 0 && i < plumb_shape_size(&c->in[last]); i++) {
        plumb_array e = plumb_at(&c->x_bar[last], (ptrdiff_t)i);
        scale(c, &e, 1e-6);
    }
    return st;
}

/* and by 1e-20, which only a wide arithmetic can hold */
static plumb_status
barely_off(const plumb_call *c)
{
    plumb_call real = *c;
    plumb_status st;
    real.op = original;
    st = original->vjp(&real);
    for (size_t i = 0; c->want[0] && i < plumb_shape_size(&c->in[0]); i++) {
        plumb_array e = plumb_at(&c->x_bar[0], (ptrdiff_t)i);
        scale(c, &e, 1e-20);
    }
    return st;
}

/* b_bar is divided by the rows, as if the loss had not been */
static plumb_status
divides(const plumb_call *c)
{
    plumb_call real = *c;
    plumb_status st;
    double rows = (double)c->in[0].dim[0];
    real.op = original;
    st = original->vjp(&real);
    for (size_t i = 0; c->want[2] && i < plumb_shape_size(&c->in[2]); i++) {
        plumb_array e = plumb_at(&c->x_bar[2], (ptrdiff_t)i);
        scale(c, &e, 1 / rows - 1);
    }
    return st;
}

static plumb_status
overwrites(const plumb_call *c)
{
    plumb_call real = *c;
    real.op = original;
    for (int k = 0; k < c->nin; k++)
        real.mode[k] = PLUMB_SET;
    return original->vjp(&real);
}

static plumb_op
offender(const plumb_op *op, plumb_status (*vjp)(const plumb_call *))
{
    plumb_op wrong = *op;
    original = op;
    wrong.forward = forward, wrong.vjp = vjp;
    return wrong;
}

/* ---- the laws ---- */

static void
hold(const char *name, const char *options)
{
    static const char *const laws[] = { "law:chain", "law:taylor", "law:batch" };
    plumb_subject *s = open_model(name, options);
    int held = 0;
    for (int i = 0; i < 3; i++) {
        int at = law(s, laws[i]);
        held += at >= 0 && (found.at[at].verdict == PLUMB_CORRECT || found.at[at].verdict == PLUMB_KINK);
        if (at < 0 || found.at[at].verdict != PLUMB_CORRECT)
            diag("%s: %s", laws[i], at < 0 ? "not tried" : found.at[at].why);
    }
    ok(held == 3, "model:%s(%s): chain, taylor and batch hold", name, options);
    plumb_subject_free(s);
}

/* a bug in one module after the other: the chain law names that one */
static void
stages(const char *name, const char *options)
{
    plumb_subject *s = open_model(name, options);
    plumb_diag why = { "" };
    for (int i = 0; i < plumb_graph_nodes(s->graph); i++) {
        const plumb_node *node = plumb_graph_node(s->graph, i);
        plumb_op wrong = offender(node->op, slightly_off);
        plumb_subject *planted = plumb_subject_with_node(s, i, &wrong, &why);
        char expected[120];
        int at;
        if (!planted)
            bail(why.text);
        snprintf(expected, sizeof expected, "at module %s (op:%s)", node->name, node->op->name);
        at = law(planted, "law:chain");
        ok(at >= 0 && found.at[at].verdict == PLUMB_WRONG && strstr(found.at[at].why, expected),
            "model:%s(%s): a bug of 1e-6 in %s is found by the chain law, and there", name, options, node->name);
        if (at >= 0 && !strstr(found.at[at].why, expected))
            diag("%s", found.at[at].why);
        plumb_subject_free(planted);
    }
    plumb_subject_free(s);
}

static void
taylor(const char *name, const char *options, const char *op, int by_f64)
{
    plumb_subject *s = open_model(name, options), *planted;
    plumb_diag why = { "" };
    plumb_op wrong = offender(plumb_op_find(op), by_f64 ? slightly_off : barely_off);
    int at, claims = 0;
    planted = plumb_subject_with_op(s, plumb_op_find(op), &wrong, &why);
    if (!planted)
        bail(why.text);
    at = law(planted, "law:taylor");
    char said[PLUMB_DIAG_LENGTH] = "not tried";
    int wrong_at = at >= 0 && found.at[at].verdict == PLUMB_WRONG;
    plumb_check_options o = { .seed = 1, .team = 2, .quick = 1 };
    if (at >= 0)
        strcpy(said, found.at[at].why);
    collect_open(&found);
    if (!by_f64 && plumb_check_subject(planted, &o, &found.sink, &why))
        bail(why.text);
    for (int i = 0; i < found.n; i++)
        claims += !strcmp(found.at[i].route, "reverse-f64") && strncmp(found.at[i].what, "law:", 4) && found.at[i].verdict == PLUMB_WRONG;
    ok(wrong_at && strstr(said, by_f64 ? "e-0" : "e-2"),
        "model:%s: the Taylor remainder turns where %s of op:%s is off by %s: %s", name, "the backward pass", op, by_f64 ? "1e-6" : "1e-20",
        said);
    if (!by_f64)
        ok(!claims, "model:%s: and nothing in double precision can see it", name);
    plumb_subject_free(planted);
    plumb_subject_free(s);
}

static void
offence(const char *name, const char *op, plumb_status (*vjp)(const plumb_call *), const char *what)
{
    plumb_subject *s = open_model(name, ""), *planted;
    plumb_diag why = { "" };
    plumb_op wrong = offender(plumb_op_find(op), vjp);
    int at;
    planted = plumb_subject_with_op(s, plumb_op_find(op), &wrong, &why);
    at = planted ? law(planted, what) : -1;
    ok(at >= 0 && found.at[at].verdict == PLUMB_WRONG, "model:%s: %s hears its offender: %s", name, what, at >= 0 ? found.at[at].why : why.text);
    plumb_subject_free(planted);
    plumb_subject_free(s);
}

/* one entry of 36,000 in a large matrix, seen in a sum and found */
static plumb_status
one_of_many(const plumb_call *c)
{
    plumb_call real = *c;
    plumb_array e = plumb_at(&c->x_bar[1], 31234);
    plumb_status st;
    real.op = original;
    st = original->vjp(&real);
    if (c->want[1] && plumb_shape_size(&c->in[1]) > 31234)
        scale(c, &e, 1e-7);
    return st;
}

static void
needle(void)
{
    plumb_subject *s = open_model("mynet", "cost=squared"), *planted;
    plumb_diag why = { "" };
    plumb_check_options o = { .seed = 1, .team = 2 };
    plumb_op wrong = offender(plumb_op_find("linear"), one_of_many);
    int caught = 0, placed = 0;
    planted = plumb_subject_with_op(s, plumb_op_find("linear"), &wrong, &why);
    collect_open(&found);
    if (!planted || plumb_check_subject(planted, &o, &found.sink, &why))
        bail(why.text);
    for (int i = 0; i < found.n; i++)
        if (!strcmp(found.at[i].what, "W0") && !strcmp(found.at[i].route, "reverse-f64"))
            caught = found.at[i].verdict == PLUMB_WRONG, placed = found.at[i].worst == 31234;
    ok(caught && placed, "an error of 1e-7 in entry 31234 of 36000 is seen in a signed sum, and found");
    plumb_subject_free(planted);
    plumb_subject_free(s);
}

/* a large step may cross a kink, beyond which the function is straight again: no fault of the gradient */
static void
straight(const char *name)
{
    int held = 0, tried = 0;
    plumb_diag why = { "" };
    for (uint64_t seed = 1; seed <= 15; seed++) {
        plumb_subject *s = plumb_subject_op(plumb_op_find(name), 0, seed, &why);
        int at = law(s, "law:taylor");
        tried++, held += at >= 0 && plumb_verdict_exit(found.at[at].verdict) == 0;
        plumb_subject_free(s);
    }
    ok(held == tried, "op:%s: the Taylor remainder of a piecewise straight function holds for %d of %d seeds", name, held, tried);
}

int
main(void)
{
    straight("relu"), straight("abs"), straight("max"), straight("amax"), straight("hardtanh"), straight("leaky_relu");
    hold("linear", ""), hold("logistic", ""), hold("nearest_neighbour", ""), hold("linear_stack", ""), hold("residual", "act=tanh");
    hold("residual", "act=relu"), hold("mlp", "act=tanh"), hold("mynet", "cost=cross_entropy"), hold("mynet", "cost=squared,reduction=sum");
    stages("residual", "act=tanh"), stages("residual", "act=relu,cost=squared");
    stages("mynet", "cost=cross_entropy"), stages("mynet", "cost=squared");
    taylor("residual", "", "tanh", 0), taylor("logistic", "", "softplus", 0), taylor("residual", "", "tanh", 1);
    offence("residual", "linear", divides, "law:batch"), offence("residual", "linear", overwrites, "law:fan-out");
    needle();
    mpfr_free_cache();
    return done();
}
