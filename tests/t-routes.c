/* t-routes.c - every route and every law has a failure of its own that is found and laid at its door
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A route is made to fail by an op whose forward is wrong in that route's number system alone. */
#include <string.h>
#include "lib/base/alloc.h"
#include "lib/ops/ops.h"
#include "tests/collect.h"
#include "tests/tap.h"

/* ---- routes ---- */

static plumb_kind bad_kind;
static long bad_bits;

/* In f64: y + 1e-7 (x - x0), right at the point x0 itself, or the central difference's bar would grow. */
static const double *centre;

static void
bend_native(const plumb_call *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double y = plumb_get_d(c->num, &c->y[0], i), x = plumb_get_d(c->num, &c->x[0], i);
        plumb_set_d(c->num, &c->y[0], i, y + 1e-7 * (x - centre[i % 6]));
    }
}

/* value and other planes of y times 1 + 1e-7 where the number system is the chosen one */
static plumb_status
bent_forward(const plumb_call *c)
{
    plumb_status st = plumb_op_tanh.forward(c);
    size_t n = plumb_shape_size(&c->out[0]);
    plumb_array k, half = c->num->base ? plumb_half(c->num->base, &c->y[0], 1) : c->y[0];
    const plumb_num *R = c->num->base ? c->num->base : c->num;
    plumb_mark mark = plumb_work_mark(c->work);
    if (c->num->kind != bad_kind || (bad_bits && c->num->precision != bad_bits) || !half.plane[0])
        return st;
    if (c->num->kind == PLUMB_NATIVE) {
        bend_native(c, n);
        return st;
    }
    st |= plumb_take_constant(c->work, R, 1 + 1e-7, &k);
    for (size_t l = 0; l < (c->num->kind == PLUMB_DUAL ? c->num->lanes : 1) && !st; l++) {
        plumb_array lane = plumb_lane(&half, l);
        st |= R->map2(R, PLUMB_FN_MUL, &lane, &lane, &k, n, c->work);
    }
    plumb_work_give(c->work, mark);
    return st;
}

static plumb_op
copy_of(const plumb_op *op)
{
    return *op;
}

static plumb_subject *
one_op(const plumb_op *op, size_t n)
{
    plumb_graph *g = plumb_graph_new();
    plumb_diag why = { "" };
    int x = plumb_graph_input(g, "x", (plumb_shape){ 1, { n } });
    plumb_subject *s = plumb_subject_new("bent", "", "", g, plumb_graph_apply(g, op, "bent", NULL, &x), &why);
    if (!s || plumb_subject_draw(s, 1, 0))
        bail(why.text);
    return s;
}

static void
check(const plumb_op *op, collect *found)
{
    plumb_diag why = { "" };
    plumb_check_options o = { .seed = 1, .team = 1 };
    plumb_subject *s = one_op(op, 6);
    centre = s->point[0];
    collect_open(found);
    if (plumb_check_subject(s, &o, &found->sink, &why))
        bail(why.text);
    plumb_subject_free(s);
}

static plumb_verdict
verdict_of(const collect *c, const char *route, const char *what)
{
    for (int i = 0; i < c->n; i++)
        if (!strcmp(c->at[i].route, route) && (what ? !strcmp(c->at[i].what, what) : strncmp(c->at[i].what, "law:", 4)))
            return c->at[i].verdict;
    return PLUMB_VERDICTS;
}

static const char *
name(plumb_verdict v)
{
    return v == PLUMB_VERDICTS ? "not reported" : plumb_verdict_text(v);
}

static void
bent_route(const char *route, plumb_kind kind, long bits)
{
    static collect found;
    plumb_op bent = copy_of(&plumb_op_tanh);
    bent.forward = bent_forward, bent.slope[0] = "1 - tanh(x)*tanh(x)";    /* the backward pass has no part in it */
    bad_kind = kind, bad_bits = bits;
    check(&bent, &found);
    ok(verdict_of(&found, route, NULL) == (strcmp(route, "central") ? PLUMB_WRONG : PLUMB_NOISY) && verdict_of(&found, "reverse-f64", NULL) == PLUMB_CORRECT,
        "a forward bent for %s alone: %s is %s, reverse-f64 %s", route, route, name(verdict_of(&found, route, NULL)),
        name(verdict_of(&found, "reverse-f64", NULL)));
}

/* ---- backward passes with more rounding than they are entitled to ---- */

static plumb_status
rough_vjp(const plumb_call *c)
{
    plumb_status st = plumb_op_tanh.vjp(c);
    for (size_t i = 0; c->num->kind == PLUMB_NATIVE && i < plumb_shape_size(&c->in[0]); i++)
        plumb_set_d(c->num, &c->x_bar[0], i, plumb_get_d(c->num, &c->x_bar[0], i) * (1 + 1e-9));
    return st;
}

static plumb_status
nan_vjp(const plumb_call *c)
{
    plumb_status st = plumb_op_tanh.vjp(c);
    plumb_set_d(c->num, &c->x_bar[0], 1, NAN);
    return st;
}

static void
spoilt(const char *what, plumb_status (*vjp)(const plumb_call *), plumb_verdict wanted)
{
    static collect found;
    plumb_op op = copy_of(&plumb_op_tanh);
    plumb_verdict got;
    op.vjp = vjp;
    check(&op, &found);
    got = verdict_of(&found, "reverse-f64", "x");
    ok(got == wanted && verdict_of(&found, "forward", "x") == PLUMB_CORRECT, "%s: reverse-f64 is %s, forward correct", what,
        name(got));
}

/* ---- laws ---- */

/* x_bar (SET or ADD) = what change makes of the right cotangent */
static plumb_status
changed(const plumb_call *c, double (*change)(double right, double y_bar))
{
    size_t n = plumb_shape_size(&c->in[0]);
    plumb_call real = *c;
    plumb_status st = plumb_take(c->work, c->num, n, &real.x_bar[0]);
    real.mode[0] = PLUMB_SET;
    if (st)
        return st;
    st = plumb_op_tanh.vjp(&real);
    for (size_t i = 0; i < n; i++) {
        double v = change(plumb_get_d(c->num, &real.x_bar[0], i), plumb_get_d(c->num, &c->y_bar[0], i));
        plumb_set_d(c->num, &real.x_bar[0], i, v);
    }
    return st | plumb_pass(c, c->mode[0], &c->x_bar[0], &real.x_bar[0], n);
}

static double
constant_term(double right, double y_bar)
{
    (void)y_bar;
    return right + 1e-14;
}

static double
clipped(double right, double y_bar)
{
    (void)y_bar;
    return fmax(-0.3, fmin(0.3, right));
}

static double
unsigned_(double right, double y_bar)
{
    return y_bar < 0 ? -right : right;
}

static double
wrong_factor(double right, double y_bar)
{
    (void)y_bar;
    return right * (1 + 1e-9);
}

static plumb_status
with_constant(const plumb_call *c)
{
    return changed(c, constant_term);
}

static plumb_status
with_clipping(const plumb_call *c)
{
    return changed(c, clipped);
}

static plumb_status
without_sign(const plumb_call *c)
{
    return changed(c, unsigned_);
}

static plumb_status
with_factor(const plumb_call *c)
{
    return changed(c, wrong_factor);
}

static plumb_status
without_adding(const plumb_call *c)
{
    plumb_call real = *c;
    real.mode[0] = PLUMB_SET;
    return plumb_op_tanh.vjp(&real);
}

static void
broken_law(const char *law, const char *what, plumb_status (*vjp)(const plumb_call *))
{
    static collect found;
    plumb_op op = copy_of(&plumb_op_tanh);
    op.vjp = vjp;
    check(&op, &found);
    ok(verdict_of(&found, "reverse-f64", law) == PLUMB_WRONG, "%s fails for %s", law, what);
}

static void
honest_law(void)
{
    static collect found;
    plumb_op op = copy_of(&plumb_op_tanh);
    check(&op, &found);
    ok(found.n == 9 && found.count[PLUMB_CORRECT] == 9, "the right tanh: 3 claims and 6 laws, %zu of %d correct", found.count[PLUMB_CORRECT], found.n);
}

/* ---- inner loops ---- */

static long
allocations_of(const plumb_route *route, size_t n)
{
    plumb_subject *s = one_op(&plumb_op_tanh, n);
    size_t entry[512];
    double cotangent[512];
    plumb_probe p = { .subject = s, .entry = entry, .entries = n, .cotangent = cotangent, .rows = 1, .team = 1, .alpha = 1e-6 };
    plumb_estimate e;
    plumb_diag why = { "" };
    long before;
    for (size_t i = 0; i < n; i++)
        entry[i] = i, cotangent[i] = 0.75;
    before = plumb_alloc_count();
    if (plumb_estimate_make(route, &p, &e, &why))
        bail(why.text);
    before = plumb_alloc_count() - before;
    plumb_estimate_clear(&e);
    plumb_subject_free(s);
    return before;
}

/* Four times the entries are four times the turns of the loop: the count may differ by the larger chunks of
 * the workspaces alone. */
static void
inner_loops(void)
{
    for (int i = 0; plumb_routes[i]; i++) {
        long some = allocations_of(plumb_routes[i], 100), many = allocations_of(plumb_routes[i], 400);
        ok(some > 0 && many <= some + 6, "%s: %ld allocations for 100 entries, %ld for 400", plumb_routes[i]->name, some, many);
    }
}

/* ---- a value that f32 puts on the other side of a kink ---- */

static void
near_tie(void)
{
    static collect found;
    plumb_graph *g = plumb_graph_new();
    plumb_diag why = { "" };
    plumb_check_options o = { .seed = 1, .team = 1 };
    plumb_shape one = { 1, { 1 } };
    int a = plumb_graph_input(g, "a", one), b = plumb_graph_input(g, "b", one), c = plumb_graph_input(g, "c", one), h;
    int noted = 0, correct = 0;
    plumb_subject *s;
    h = plumb_graph_apply(g, &plumb_op_mul, NULL, NULL, (int[]){ a, b });
    h = plumb_graph_apply(g, &plumb_op_add, NULL, NULL, (int[]){ h, c });
    h = plumb_graph_apply(g, &plumb_op_relu, NULL, NULL, &h);
    s = plumb_subject_new("near", "", "", g, h, &why);
    if (!s)
        bail(why.text);
    s->point[a][0] = s->point[b][0] = 1 + 0x1p-12, s->point[c][0] = -1 - 0x1p-11;   /* ab + c = 2^-24, in f32 0 */
    collect_open(&found);
    if (plumb_check_subject(s, &o, &found.sink, &why))
        bail(why.text);
    for (int i = 0; i < found.n; i++) {
        correct += found.at[i].verdict == PLUMB_CORRECT;
        noted += !strcmp(found.at[i].route, "reverse-f32") && strstr(found.at[i].why, "other side") != NULL;
    }
    ok(found.n > 0 && correct == found.n && noted == 3, "a pre-activation of 2^-24 that is 0 in f32: %d of %d findings correct, %d of 3 say so", correct,
        found.n, noted);
    plumb_subject_free(s);
}

int
main(void)
{
    bent_route("forward", PLUMB_DUAL, 0);
    bent_route("complex-step", PLUMB_COMPLEX, 0);
    bent_route("difference", PLUMB_MPFR, 0);
    bent_route("central", PLUMB_NATIVE, 53);
    spoilt("a backward pass with errors of 1e-9 in hardware floats only", rough_vjp, PLUMB_UNSTABLE);
    spoilt("a NaN in the gradient", nan_vjp, PLUMB_NONFINITE);
    spoilt("a wrong rule", with_factor, PLUMB_WRONG);
    broken_law("law:zero", "a constant of 1e-14 that is added", with_constant);
    broken_law("law:doubling", "a clipped gradient", with_clipping);
    broken_law("law:linearity", "a gradient that loses the cotangent's sign", without_sign);
    broken_law("law:accumulation", "a gradient that overwrites", without_adding);
    broken_law("law:adjoint", "a factor of 1 + 1e-9", with_factor);
    honest_law();
    inner_loops();
    near_tie();
    mpfr_free_cache();
    return done();
}
