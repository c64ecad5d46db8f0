/* t-run.c - graphs and runs: shape errors, sharing, lanes, plans, second derivatives
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "lib/base/alloc.h"
#include "lib/base/random.h"
#include "plumbline/descent.h"
#include "plumbline/run.h"
#include "tests/tap.h"

#define SHAPE(...) (plumb_shape){ sizeof((size_t[]){ __VA_ARGS__ }) / sizeof(size_t), { __VA_ARGS__ } }
#define IN(...) (int[]){ __VA_ARGS__ }

static void
shape_error(const char *what, const char *op, plumb_shape a, plumb_shape b, const char *attrs, const char *const *words)
{
    plumb_graph *g = plumb_graph_new();
    plumb_diag why = { "" };
    int x = plumb_graph_input(g, "x", a), y = plumb_graph_input(g, "y", b), found = 1;
    int made = plumb_graph_apply(g, plumb_op_find(op), "h", attrs, IN(x, y)), later = plumb_graph_apply(g, plumb_op_find("neg"), NULL, NULL, IN(made));
    plumb_status st = plumb_graph_done(g, &why);
    for (int i = 0; words[i]; i++)
        found &= strstr(why.text, words[i]) != NULL;
    ok(st && made < 0 && later < 0 && found, "%s: %s", what, why.text);
    plumb_graph_free(g);
}

static void
shape_errors(void)
{
    shape_error("matmul", "matmul", SHAPE(3, 4), SHAPE(5, 6), NULL, (const char *const[]){ "node h", "op:matmul", "(3,4)", "(5,6)", NULL });
    shape_error("broadcast", "add", SHAPE(3, 4), SHAPE(3), NULL, (const char *const[]){ "op:add", "(3,4)", "(3)", "4 and 3", NULL });
    shape_error("mse", "mse", SHAPE(2), SHAPE(3), NULL, (const char *const[]){ "op:mse", "(2)", "(3)", NULL });
    shape_error("an axis that is not there", "softmax", SHAPE(2, 3), SHAPE(1), "axis=2", (const char *const[]){ "op:softmax", "(2,3)", "axis 2", NULL });
    shape_error("an unknown attribute", "softmax", SHAPE(2, 3), SHAPE(1), "axes=2", (const char *const[]){ "axes=2", "axis", NULL });
    shape_error("reshape", "reshape", SHAPE(2, 3), SHAPE(1), "dims=4:2", (const char *const[]){ "op:reshape", "6 elements", NULL });
}

/* ---- a net with a shared weight, and its numbers ---- */

typedef struct net {
    plumb_graph *g;
    int x, W, b, h, loss;
    double xs[6], Ws[9], bs[3];
} net;

/* h = tanh(x W^T + b); g = tanh(h W^T + b) + h; loss = sum of g*g: W and b twice, h three times */
static net
build(void)
{
    net n = { .g = plumb_graph_new() };
    plumb_random r = plumb_random_named(7, "t-run");
    const plumb_op *linear = plumb_op_find("linear"), *tanh_ = plumb_op_find("tanh");
    int s, k;
    n.x = plumb_graph_input(n.g, "x", SHAPE(2, 3));
    n.W = plumb_graph_param(n.g, "W", SHAPE(3, 3));
    n.b = plumb_graph_param(n.g, "b", SHAPE(3));
    n.h = plumb_graph_apply(n.g, tanh_, NULL, NULL, IN(plumb_graph_apply(n.g, linear, NULL, NULL, IN(n.x, n.W, n.b))));
    k = plumb_graph_apply(n.g, tanh_, NULL, NULL, IN(plumb_graph_apply(n.g, linear, NULL, NULL, IN(n.h, n.W, n.b))));
    s = plumb_graph_apply(n.g, plumb_op_find("add"), NULL, NULL, IN(k, n.h));
    n.loss = plumb_graph_apply(n.g, plumb_op_find("sum"), NULL, NULL, IN(plumb_graph_apply(n.g, plumb_op_find("mul"), NULL, NULL, IN(s, s))));
    for (int i = 0; i < 9; i++)
        n.Ws[i] = plumb_random_between(&r, -1, 1), n.xs[i % 6] = plumb_random_between(&r, -1, 1), n.bs[i % 3] = plumb_random_between(&r, -1, 1);
    return n;
}

static plumb_run *
bind(const net *n, const plumb_num *R, plumb_run_options o)
{
    plumb_diag why = { "" };
    plumb_run *r;
    o.root = n->loss;
    r = plumb_run_new(n->g, R, &o, &why);
    if (!r)
        bail(why.text);
    plumb_run_set(r, n->x, n->xs), plumb_run_set(r, n->W, n->Ws), plumb_run_set(r, n->b, n->bs);
    return r;
}

static double
at(const plumb_run *r, int value, size_t lane, size_t i)
{
    plumb_array a = plumb_run_value(r, value, lane);
    return plumb_get_d(plumb_run_num(r), &a, i);
}

static double
bar_at(const plumb_run *r, int value, size_t lane, size_t i)
{
    plumb_array a = plumb_run_cotangent(r, value, lane);
    return plumb_get_d(plumb_run_num(r), &a, i);
}

static plumb_status
gradient(plumb_run *r, int loss, size_t lanes)
{
    plumb_status st = plumb_run_forward(r);
    for (size_t l = 0; l < lanes; l++) {
        plumb_array bar = plumb_run_cotangent(r, loss, l);
        plumb_set_d(plumb_run_num(r), &bar, 0, 1);
    }
    return st | plumb_run_reverse(r);
}

/* the loss in plain loops */
static double
plain_loss(const net *n, const double *W)
{
    double total = 0;
    for (int i = 0; i < 2; i++) {
        double h[3], k;
        for (int o = 0; o < 3; o++) {
            double s = n->bs[o];
            for (int j = 0; j < 3; j++)
                s += W[o * 3 + j] * n->xs[i * 3 + j];
            h[o] = tanh(s);
        }
        for (int o = 0; o < 3; o++) {
            double s = n->bs[o];
            for (int j = 0; j < 3; j++)
                s += W[o * 3 + j] * h[j];
            k = tanh(s) + h[o], total += k * k;
        }
    }
    return total;
}

static void
sharing(const net *n)
{
    char all[32];
    memset(all, 1, sizeof all);
    plumb_run *r = bind(n, &plumb_f64, (plumb_run_options){ .poison = 1, .wanted = all });
    int finite = 1;
    double worst = 0;
    plumb_status st = gradient(r, n->loss, 1);
    is_close(at(r, n->loss, 0, 0), plain_loss(n, n->Ws), 1e-15, 0, "the loss against plain loops");
    for (int i = 0; i < 9; i++) {
        double W[9], up, down;
        memcpy(W, n->Ws, sizeof W);
        W[i] += 1e-5, up = plain_loss(n, W), W[i] -= 2e-5, down = plain_loss(n, W);
        worst = fmax(worst, fabs((up - down) / 2e-5 - bar_at(r, n->W, 0, (size_t)i)));
    }
    ok(!st && worst < 1e-8, "a weight used twice: its gradient against differences of the plain loops, %.2g", worst);
    for (int v = 0; v < plumb_graph_values(n->g); v++)
        for (size_t i = 0; i < plumb_shape_size(&plumb_graph_value(n->g, v)->shape); i++)
            finite &= isfinite(at(r, v, 0, i)) && isfinite(bar_at(r, v, 0, i));
    ok(finite, "every node's value and cotangent can be looked at, and poison is gone from each");
    plumb_run_free(r);
}

static void
lanes(const net *n)
{
    enum { K = 5 };
    for (int which = 0; which < 2; which++) {
        char laned[32] = "";
        int leaf = which ? n->W : n->x;
        size_t size = which ? 9 : 6;
        plumb_run *r, *one;
        int same = 1, grad = 1;
        plumb_status st;
        laned[leaf] = 1;
        r = bind(n, &plumb_f64, (plumb_run_options){ .lanes = K, .laned = laned, .poison = 1 });
        for (size_t l = 0; l < K; l++) {
            plumb_array a = plumb_run_value(r, leaf, l);
            plumb_set_d(&plumb_f64, &a, l % size, 0.1 * (double)l - 0.3);
        }
        st = gradient(r, n->loss, K);
        one = bind(n, &plumb_f64, (plumb_run_options){ .poison = 1 });
        for (size_t l = 0; l < K; l++) {
            plumb_array a;
            plumb_run_set(one, leaf, which ? n->Ws : n->xs);
            a = plumb_run_value(one, leaf, 0);
            plumb_set_d(&plumb_f64, &a, l % size, 0.1 * (double)l - 0.3);
            st |= gradient(one, n->loss, 1);
            same &= fabs(at(one, n->loss, 0, 0) - at(r, n->loss, l, 0)) <= 1e-14;
            for (size_t i = 0; i < 9; i++)
                grad &= fabs(bar_at(one, n->W, 0, i) - bar_at(r, n->W, l, i)) <= 1e-14;
        }
        ok(!st && same, "%d lanes of %s give the values of %d runs", K, which ? "W" : "x", K);
        ok(grad, "a laned reverse gives each lane its own gradient of W, shared or not");
        ok(plumb_run_is_laned(r, n->loss) && !plumb_run_is_laned(r, which ? n->x : n->W), "what does not depend on the lane is shared");
        plumb_run_free(r), plumb_run_free(one);
    }
}

static void
second_derivatives(const net *n)
{
    char active[32] = "";
    plumb_diag why = { "" };
    plumb_num *D = plumb_dual_new(&plumb_f64, 1, &why), *M = plumb_mpfr_new(256, &why);
    plumb_run *r, *m;
    double v[9], worst = 0, base[9];
    plumb_array w, t;
    plumb_status st;
    active[n->W] = 1;
    r = bind(n, D, (plumb_run_options){ .active = active, .poison = 1 });
    m = bind(n, M, (plumb_run_options){ .poison = 1 });
    w = plumb_run_value(r, n->W, 0), t = plumb_half(&plumb_f64, &w, 1);
    for (size_t i = 0; i < 9; i++)
        v[i] = sin(1 + (double)i), plumb_set_d(&plumb_f64, &t, i, v[i]);
    st = gradient(r, n->loss, 1) | gradient(m, n->loss, 1);
    /* the 256-bit gradient moved by 2^-60 v: a difference of gradients good to 60 bits */
    {
        mpfr_t a, b[9];
        plumb_array bar = plumb_run_cotangent(m, n->W, 0), leaf = plumb_run_value(m, n->W, 0);
        mpfr_init2(a, 256);
        for (size_t i = 0; i < 9; i++) {
            mpfr_init2(b[i], 256), plumb_get_mpfr(M, &bar, i, b[i]);
            mpfr_set_d(a, v[i], MPFR_RNDN), mpfr_mul_2si(a, a, -60, MPFR_RNDN), mpfr_add_d(a, a, n->Ws[i], MPFR_RNDN);
            plumb_set_mpfr(M, &leaf, i, a);
        }
        st |= gradient(m, n->loss, 1);
        for (size_t i = 0; i < 9; i++) {
            plumb_get_mpfr(M, &bar, i, a), mpfr_sub(a, a, b[i], MPFR_RNDN), mpfr_mul_2si(a, a, 60, MPFR_RNDN);
            base[i] = mpfr_get_d(a, MPFR_RNDN), mpfr_clear(b[i]);
        }
        mpfr_clear(a);
    }
    w = plumb_run_cotangent(r, n->W, 0), t = plumb_half(&plumb_f64, &w, 1);
    for (size_t i = 0; i < 9; i++)
        worst = fmax(worst, fabs(plumb_get_d(&plumb_f64, &t, i) - base[i]));
    ok(!st && worst < 1e-13, "Hessian-vector product by reverse over dual(f64) against differences of 256-bit gradients: %.2g", worst);
    plumb_run_free(r), plumb_run_free(m);
    plumb_num_free(D), plumb_num_free(M);
}

static void
allocations(const net *n)
{
    plumb_run *r = bind(n, &plumb_f64, (plumb_run_options){ .root = 0 });
    long before;
    plumb_status st = gradient(r, n->loss, 1) | plumb_sgd_step(r, n->loss, 1e-3);
    before = plumb_alloc_count();
    for (int i = 0; i < 50; i++)
        st |= plumb_sgd_step(r, n->loss, 1e-3);
    ok(!st && plumb_alloc_count() == before, "50 steps after the first allocate %ld times", plumb_alloc_count() - before);
    plumb_run_free(r);
}

static void
update(const net *n)
{
    plumb_run *r = bind(n, &plumb_f64, (plumb_run_options){ .root = 0 });
    double before = n->Ws[4], g;
    plumb_status st = plumb_sgd_step(r, n->loss, 0.125);
    g = bar_at(r, n->W, 0, 4);
    ok(!st, "a step of descent");
    is_close(at(r, n->W, 0, 4), before - 0.125 * g, 1e-15, 0, "w - rate*g");
    ok(at(r, n->x, 0, 2) == n->xs[2], "inputs stay");
    plumb_run_free(r);
}

static void
orders(void)
{
    size_t a[50], b[50], seen[50] = { 0 }, moved = 0;
    int all = 1;
    plumb_epoch_order(3, 0, 50, a), plumb_epoch_order(3, 1, 50, b);
    for (size_t i = 0; i < 50; i++)
        seen[a[i]]++, moved += a[i] != b[i];
    for (size_t i = 0; i < 50; i++)
        all &= seen[i] == 1;
    ok(all && moved > 30, "an epoch is a permutation, and the next another one");
}

int
main(void)
{
    net n = build();
    shape_errors();
    sharing(&n);
    lanes(&n);
    second_derivatives(&n);
    allocations(&n);
    update(&n);
    orders();
    plumb_graph_free(n.g);
    ok(plumb_alloc_live() == 0, "everything is given back: %ld", plumb_alloc_live());
    mpfr_free_cache();
    return done();
}
