/* t-naive.c - the ops of the engine in f64 against the plain loops and formulas of tests/naive
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each problem is one op on random numbers: y = op(x..), and every input's cotangent for a random
 * cotangent of y.  Once more with each input alone asked for, and once more in the graph
 * op(x..) - square(op(x..)), in which every input has two consumers and must get the sum:
 * the cotangent of y by the naive vjp at g (1 - 2y).  Ops that make indices are told apart by what the
 * indices choose; pointwise ops by their values, near 0 and far out.
 *
 * An argument is another seed. */
#include <string.h>
#include "plumbline/run.h"
#include "tests/naive/numbers.h"
#include "tests/naive/pointwise.h"
#include "tests/tap.h"

#define S(...) { sizeof((size_t[]){ __VA_ARGS__ }) / sizeof(size_t), { __VA_ARGS__ } }

enum { MAXIN = NAIVE_MAXIN, ALL = -1, DIRT = 600 };
typedef naive_problem problem;
typedef naive_numbers numbers;
static const double tolerance = 1e-13, roundings = 8;

/* The same shape as the engine writes it. */
static plumb_shape
shape_of(const naive_shape *s)
{
    plumb_shape p = { .rank = (int)s->rank };
    memcpy(p.dim, s->dim, s->rank * sizeof *p.dim);
    return p;
}

/* ---- the engine's side ---- */

typedef struct engine {
    plumb_graph *graph;
    plumb_run *run;
    int in[MAXIN], root;
} engine;

static int
apply(plumb_graph *g, const char *op, const char *attrs, int x, int y)
{
    return plumb_graph_apply(g, plumb_op_find(op), NULL, attrs, (int[]){ x, y });
}

static void
engine_start(engine *e, const char *wanted, int team)
{
    plumb_diag diag = { "" };
    e->run = plumb_run_new(e->graph, &plumb_f64,
        &(plumb_run_options){ .wanted = wanted, .root = e->root, .team = team, .poison = 1 }, &diag);
    if (!e->run)
        bail(diag.text);
}

static engine
engine_bare(void)
{
    engine e = { .graph = plumb_graph_new() };
    if (!e.graph)
        bail("out of memory");
    return e;
}

static const double *
not_a_number(void)
{
    static double x[DIRT];
    for (int i = 0; i < DIRT; i++)
        x[i] = NAN;
    return x;
}

static void
engine_leaves(engine *e, const problem *p)
{
    char name[] = "x0";
    for (int i = 0; i < p->ref->inputs; i++, name[1]++)
        if (i && p->same)
            e->in[i] = e->in[0];
        else if (i && p->ref->labels)
            e->in[i] = plumb_graph_label(e->graph, name, shape_of(&p->in[i]), (int64_t)p->in[0].dim[p->ref->labels - 1]);
        else
            e->in[i] = plumb_graph_input(e->graph, name, shape_of(&p->in[i]));
}

/* only: the one input whose cotangent is asked for.  Last in the graph, and not before the root: a
 * softmax of NaN, which leaves a workspace full of NaN to the pass that follows. */
static engine
engine_new(const problem *p, int forked, int only)
{
    const plumb_op *op = plumb_op_find(p->ref->op);
    char wanted[MAXIN + 6] = { 0 };
    engine e = engine_bare();
    int dirt;
    engine_leaves(&e, p);
    for (int i = 0; i < naive_leaves(p); i++)
        wanted[e.in[i]] = only == ALL || only == i;
    e.root = plumb_graph_apply(e.graph, op, NULL, p->attrs, e.in);
    if (forked) {
        int again = plumb_graph_apply(e.graph, op, NULL, p->attrs, e.in);
        e.root = apply(e.graph, "sub", NULL, e.root, apply(e.graph, "square", NULL, again, 0));
    }
    dirt = plumb_graph_input(e.graph, "dirt", (plumb_shape)S(DIRT));
    apply(e.graph, "softmax", NULL, dirt, 0);
    engine_start(&e, wanted, p->team);
    plumb_run_set(e.run, dirt, not_a_number());
    return e;
}

static void
engine_free(engine *e)
{
    plumb_run_free(e->run);
    plumb_graph_free(e->graph);
}

/* Both passes, from the root's cotangent g. */
static plumb_status
engine_pass(const engine *e, const double *g)
{
    plumb_status st = plumb_run_forward(e->run);
    plumb_array bar = plumb_run_cotangent(e->run, e->root, 0);
    size_t n = plumb_shape_size(&plumb_graph_value(e->graph, e->root)->shape);
    for (size_t i = 0; i < n; i++)
        plumb_set_d(&plumb_f64, &bar, i, g[i]);
    return st | plumb_run_reverse(e->run);
}

/* Twice, with other numbers: nothing of the first time may be seen in the second. */
static plumb_status
engine_work(const engine *e, const problem *p, numbers *v)
{
    plumb_status st = PLUMB_OK;
    for (int round = 0; round < 2; round++) {
        naive_numbers_draw(p, v);
        for (int i = 0; i < naive_leaves(p); i++)
            plumb_run_set(e->run, e->in[i], v->x[i]);
        if (p->ref->labels)
            plumb_run_set_label(e->run, e->in[1], v->label);
        st |= engine_pass(e, v->g);
    }
    return st;
}

/* ---- comparing ---- */

/* Of the largest element; terms of size 1 may cancel, and where all are zero so must be the engine's. */
static double
allowed(double largest)
{
    return largest > 0 ? tolerance * fmax(largest, 0.1) : 0;
}

/* One point; st: how the engine answered. */
static void
compare(const char *what, plumb_status st, plumb_array got, const double *want, size_t n)
{
    double largest = 0, worst = 0;
    size_t where = 0;
    if (n && !got.plane[0]) {
        ok(0, "%s: the engine keeps none", what);
        return;
    }
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(want[i]));
    for (size_t i = 0; i < n; i++) {
        double difference = fabs(plumb_get_d(&plumb_f64, &got, i) - want[i]);
        if (difference <= worst)
            continue;
        worst = difference, where = i;
        if (isnan(difference))
            break;
    }
    if (!ok(!st && isfinite(largest) && worst <= allowed(largest), "%s: worst difference %.2g", what, worst))
        diag("status %u (%s); element %zu of %zu: got %.17g, want %.17g; largest %g", st, plumb_status_text(st), where,
            n, n ? plumb_get_d(&plumb_f64, &got, where) : 0, n ? want[where] : 0, largest);
}

static const char *
shape_text(const naive_shape *s, char *text)
{
    plumb_shape p = shape_of(s);
    return plumb_shape_text(&p, text);
}

/* "softmax(2,3,4) axis=1" */
static void
title(const problem *p, char *text, size_t length)
{
    char shape[PLUMB_SHAPE_TEXT];
    size_t used = (size_t)snprintf(text, length, "%s", p->ref->op);
    for (int i = 0; i < p->ref->inputs; i++)
        used += (size_t)snprintf(text + used, length - used, "%s", shape_text(&p->in[i], shape));
    if (p->attrs)
        used += (size_t)snprintf(text + used, length - used, " %s", p->attrs);
    if (p->lo < p->hi)
        used += (size_t)snprintf(text + used, length - used, " of %g to %g", p->lo, p->hi);
    if (p->whole)
        used += (size_t)snprintf(text + used, length - used, " of whole numbers");
    if (p->same)
        snprintf(text + used, length - used, " of one value");
}

static void
compare_shape(const engine *e, int value, const naive_shape *want, const char *head)
{
    plumb_shape got = plumb_graph_value(e->graph, value)->shape, out = shape_of(want);
    char a[PLUMB_SHAPE_TEXT], b[PLUMB_SHAPE_TEXT];
    if (!ok(plumb_shape_equal(&got, &out), "%s gives %s for %s", head, plumb_shape_text(&got, a), plumb_shape_text(&out, b)))
        bail("there is no comparing of different shapes");
}

static void
try(const problem *p, int forked)
{
    char head[256], what[320];
    numbers v = naive_numbers_new(p);
    engine e = engine_new(p, forked, ALL);
    plumb_status st;
    title(p, head, sizeof head);
    if (!forked)
        compare_shape(&e, e.root, &p->out, head);
    st = engine_work(&e, p, &v);
    naive_numbers_refer(p, &v, forked);
    snprintf(what, sizeof what, "%s %sforward", head, forked ? "twice, " : "");
    compare(what, st, plumb_run_value(e.run, e.root, 0), v.y, naive_size(&p->out));
    for (int i = 0; i < naive_leaves(p); i++) {
        snprintf(what, sizeof what, "%s %svjp of input %d", head, forked ? "twice, " : "", i);
        compare(what, st, plumb_run_cotangent(e.run, e.in[i], 0), v.x_bar[i], naive_size(&p->in[i]));
    }
    engine_free(&e);
    naive_numbers_free(&v);
}

/* one input alone is asked for; the others' cotangents must not be kept */
static void
try_only(const problem *p, int only)
{
    char head[256], what[320];
    numbers v = naive_numbers_new(p);
    engine e = engine_new(p, 0, only);
    plumb_status st = engine_work(&e, p, &v);
    int kept = 0;
    naive_numbers_refer(p, &v, 0);
    title(p, head, sizeof head);
    for (int i = 0; i < naive_leaves(p); i++)
        kept += i != only && plumb_run_cotangent(e.run, e.in[i], 0).plane[0];
    snprintf(what, sizeof what, "%s vjp of input %d alone", head, only);
    if (kept)
        ok(0, "%s: %d others are kept", what, kept);
    else
        compare(what, st, plumb_run_cotangent(e.run, e.in[only], 0), v.x_bar[only], naive_size(&p->in[only]));
    engine_free(&e);
    naive_numbers_free(&v);
}

/* ---- graphs of several ops ---- */

static void
fill(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = naive_draw_cotangent();
}

static void
add_to(double *x, const double *more, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] += more[i];
}

/* x sum(x): the sum over axis 1 is stretched back over x */
static void
try_row_sums(void)
{
    static const naive_shape xs = S(3, 4), ss = S(3, 1);
    static const int over[] = { 0, 1 };
    const naive_binary product = { '*', xs, ss, xs };
    double x[12], s[3], z[12], g[12], x_bar[12], s_bar[3], more[12];
    engine e = engine_bare();
    plumb_status st;
    e.in[0] = plumb_graph_input(e.graph, "x", (plumb_shape)S(3, 4));
    e.root = apply(e.graph, "mul", NULL, e.in[0], apply(e.graph, "sum", "axes=1,keep=1", e.in[0], 0));
    engine_start(&e, "\1\0", 1);
    fill(x, 12), fill(g, 12);
    plumb_run_set(e.run, e.in[0], x);
    st = engine_pass(&e, g);
    naive_reduce(&xs, over, 0, x, s);
    naive_broadcast(&product, x, s, z);
    naive_broadcast_vjp(&product, x, s, g, x_bar, s_bar);
    naive_reduce_vjp(&xs, over, 0, s_bar, more);
    add_to(x_bar, more, 12);
    compare("x sum(x) forward", st, plumb_run_value(e.run, e.root, 0), z, 12);
    compare("x sum(x) vjp", st, plumb_run_cotangent(e.run, e.in[0], 0), x_bar, 12);
    engine_free(&e);
}

/* softmax(x) x^T, and behind the root branches that it does not depend on: two of x and s, one of u */
static engine
branches(int *sm)
{
    engine e = engine_bare();
    e.in[0] = plumb_graph_input(e.graph, "x", (plumb_shape)S(3, 4));
    e.in[1] = plumb_graph_input(e.graph, "u", (plumb_shape)S(2));
    *sm = apply(e.graph, "softmax", NULL, e.in[0], 0);
    e.root = apply(e.graph, "matmul", NULL, *sm, apply(e.graph, "transpose", NULL, e.in[0], 0));
    apply(e.graph, "square", NULL, *sm, 0);
    apply(e.graph, "exp", NULL, e.in[0], 0);
    apply(e.graph, "square", NULL, e.in[1], 0);
    engine_start(&e, "\1\1\1\0\0\0\0", 1);
    return e;
}

static void
branches_refer(const double *x, const double *g, double *z, double *x_bar, double *s_bar)
{
    static const naive_shape xs = S(3, 4);
    static const naive_mm mm = { 1, 3, 4, 3, 1 };
    static const size_t perm[] = { 1, 0 };
    double s[12], t[12], t_bar[12], more[12];
    naive_softmax(&xs, 1, x, s);
    naive_transpose(&xs, perm, x, t);
    naive_matmul(&mm, s, t, z);
    naive_matmul_vjp(&mm, s, t, g, s_bar, t_bar);
    naive_softmax_vjp(&xs, 1, x, s_bar, x_bar);
    naive_transpose_vjp(&xs, perm, t_bar, more);
    add_to(x_bar, more, 12);
}

static void
try_branches(void)
{
    static const double none[2] = { 0, 0 };
    double x[12], u[2], z[9], g[9], x_bar[12], s_bar[12];
    int sm;
    engine e = branches(&sm);
    plumb_status st;
    fill(x, 12), fill(u, 2), fill(g, 9);
    plumb_run_set(e.run, e.in[0], x);
    plumb_run_set(e.run, e.in[1], u);
    st = engine_pass(&e, g);
    branches_refer(x, g, z, x_bar, s_bar);
    compare("softmax(x) x^T forward", st, plumb_run_value(e.run, e.root, 0), z, 9);
    compare("softmax(x) x^T vjp", st, plumb_run_cotangent(e.run, e.in[0], 0), x_bar, 12);
    compare("softmax(x) x^T vjp of the softmax", st, plumb_run_cotangent(e.run, sm, 0), s_bar, 12);
    compare("softmax(x) x^T vjp of a stranger is zero", st, plumb_run_cotangent(e.run, e.in[1], 0), none, 2);
    engine_free(&e);
}

/* x (x x): three uses of one value */
static void
try_cube(void)
{
    double x[5], z[5], g[5], x_bar[5];
    engine e = engine_bare();
    plumb_status st;
    e.in[0] = plumb_graph_input(e.graph, "x", (plumb_shape)S(5));
    e.root = apply(e.graph, "mul", NULL, e.in[0], apply(e.graph, "mul", NULL, e.in[0], e.in[0]));
    engine_start(&e, "\1\0", 1);
    fill(x, 5), fill(g, 5);
    plumb_run_set(e.run, e.in[0], x);
    st = engine_pass(&e, g);
    for (int i = 0; i < 5; i++)
        z[i] = x[i] * x[i] * x[i], x_bar[i] = 3 * x[i] * x[i] * g[i];
    compare("x (x x) forward", st, plumb_run_value(e.run, e.root, 0), z, 5);
    compare("x (x x) vjp", st, plumb_run_cotangent(e.run, e.in[0], 0), x_bar, 5);
    engine_free(&e);
}

/* log sum exp of no number is the logarithm of 0 */
static void
try_nothing(void)
{
    engine e = engine_bare();
    plumb_array y;
    int right = 0;
    e.in[0] = plumb_graph_input(e.graph, "x", (plumb_shape)S(3, 0));
    e.root = apply(e.graph, "logsumexp", NULL, e.in[0], 0);
    engine_start(&e, "\1\0", 1);
    plumb_run_set(e.run, e.in[0], NULL);
    (void)!engine_pass(&e, (double[]){ 1, 2, 3 });
    y = plumb_run_value(e.run, e.root, 0);
    for (size_t i = 0; i < 3; i++)
        right += plumb_get_d(&plumb_f64, &y, i) == -INFINITY;
    ok(right == 3, "logsumexp(3,0) is -inf, %d times", right);
    engine_free(&e);
}

/* Once and twice, and with each input alone. */
static void
try_problem(const problem *p)
{
    try(p, 0);
    try(p, 1);
    for (int only = 0; naive_leaves(p) > 1 && only < naive_leaves(p); only++)
        try_only(p, only);
}

/* ---- indices ---- */

/* A graph in which an index does something: the rows of a table that it names, summed, and the sum of the
 * squares of x.  late: x's other consumer comes later, so that the search adds to its cotangent. */
static engine
search_new(const naive_search *s, int late, int *found)
{
    plumb_shape table = { 2, { s->in.dim[s->axis], 2 } };
    engine e = engine_bare();
    int squares = -1, rows;
    e.in[0] = plumb_graph_input(e.graph, "x", shape_of(&s->in));
    e.in[1] = plumb_graph_input(e.graph, "table", table);
    if (!late)
        squares = apply(e.graph, "sum", NULL, apply(e.graph, "square", NULL, e.in[0], 0), 0);
    *found = apply(e.graph, s->op, s->attrs, e.in[0], 0);
    rows = apply(e.graph, "sum", NULL, apply(e.graph, "gather", NULL, e.in[1], *found), 0);
    if (late)
        squares = apply(e.graph, "sum", NULL, apply(e.graph, "square", NULL, e.in[0], 0), 0);
    e.root = apply(e.graph, "add", NULL, rows, squares);
    engine_start(&e, "\1\1\0\0\0\0\0\0", 1);
    return e;
}

enum { ANYHOW, WHOLE, EQUAL, DRAWS };

static void
search_draw(double *x, size_t n, int how)
{
    for (size_t i = 0; i < n; i++)
        x[i] = how == ANYHOW ? naive_draw_between(-2, 2) : how == WHOLE ? naive_draw_whole() : 0.5;
}

/* how many of the engine's indices are others than the reference's */
static size_t
others(const engine *e, int found, const int64_t *want, size_t n)
{
    const int64_t *got = plumb_run_index(e->run, found, 0);
    size_t bad = got ? 0 : n;
    for (size_t i = 0; got && i < n; i++)
        bad += got[i] != want[i];
    return bad;
}

static void
search_vjp(const engine *e, plumb_status st, const naive_search *s, const double *x, const int64_t *place, const char *head)
{
    const double g = naive_draw_cotangent();
    size_t n = naive_size(&s->in), m = naive_size(&s->out);
    naive_table t = { s->in.dim[s->axis], 2, m };
    double *x_bar = naive_room(n), *rows = naive_room(2 * m), *bar = naive_room(2 * t.rows);
    char what[200];
    st |= engine_pass(e, &g);
    for (size_t i = 0; i < n; i++)
        x_bar[i] = 2 * x[i] * g;
    for (size_t i = 0; i < 2 * m; i++)
        rows[i] = g;
    naive_gather_vjp(&t, place, rows, bar);
    snprintf(what, sizeof what, "%s vjp", head);
    compare(what, st, plumb_run_cotangent(e->run, e->in[0], 0), x_bar, n);
    snprintf(what, sizeof what, "%s vjp of the table", head);
    compare(what, st, plumb_run_cotangent(e->run, e->in[1], 0), bar, 2 * t.rows);
    free(x_bar), free(rows), free(bar);
}

static void
try_search_on(const naive_search *s, int late, int how)
{
    static const char *const draws[DRAWS] = { "numbers", "few numbers", "one number" };
    size_t n = naive_size(&s->in), m = naive_size(&s->out), bad;
    double *x = naive_room(n), *table = naive_room(2 * s->in.dim[s->axis]);
    int64_t *place = naive_room(m);
    char head[160], shape[PLUMB_SHAPE_TEXT];
    int found;
    engine e = search_new(s, late, &found);
    plumb_status st;
    snprintf(head, sizeof head, "%s%s%s%s of %s, %s", s->op, shape_text(&s->in, shape), s->attrs ? " " : "",
        s->attrs ? s->attrs : "", draws[how], late ? "read again later" : "read before");
    if (!late && how == ANYHOW)
        compare_shape(&e, found, &s->out, head);
    search_draw(x, n, how), search_draw(table, 2 * s->in.dim[s->axis], ANYHOW);
    plumb_run_set(e.run, e.in[0], x);
    plumb_run_set(e.run, e.in[1], table);
    st = plumb_run_forward(e.run);
    naive_place(&s->in, s->axis, s->smallest, x, place);
    bad = others(&e, found, place, m);
    ok(!st && !bad, "%s: %zu of %zu places are others", head, bad, m);
    search_vjp(&e, st, s, x, place, head);
    engine_free(&e);
    free(x), free(table), free(place);
}

static void
try_search(const naive_search *s)
{
    for (int how = 0; how < DRAWS; how++)
        for (int late = 0; late < 2; late++)
            try_search_on(s, late, how);
}
/* ---- pointwise ops ---- */

enum { POINTS = 220 };
static const double landmarks[] = { 0, -0.0, 1e-150, -1e-150, 1e-9, -1e-9, 0.3, -0.3, 0.5, -0.5, 1, -1, 1.5, -1.5, 2, -2, 3, -3, 6, -6,
    10, -10, 20, -20, 30, -30, 36, -36, 40, -40, 100, -100, 300, -300, 700, -700, 1000, -1000 };
enum { LANDMARKS = sizeof landmarks / sizeof *landmarks };

/* the i-th candidate: every landmark first, then small ones and ones of every size from 2^-20 to 2^10 */
static double
candidate(int i)
{
    if (i < LANDMARKS)
        return landmarks[i];
    return i % 2 ? naive_draw_between(-4, 4) : (naive_draw() & 1 ? -1 : 1) * exp2(naive_draw_between(-20, 10));
}

/* Can the result be held by a double, and not only by losing digits? */
static int
usable(const naive_function *f, double x, double y, double *want)
{
    int all = f->lo[0] == f->hi[0], in = all || (f->lo[0] < x && x < f->hi[0]);
    if (f->inputs > 1 && f->lo[1] < f->hi[1])
        in = in && f->lo[1] < y && y < f->hi[1];
    *want = in ? (double)f->value(f->attr, x, y) : NAN;
    return isfinite(*want) && (*want == 0 || fabs(*want) >= 0x1p-1022);
}

static int
choose_points(const naive_function *f, double *x, double *y, double *want)
{
    int n = 0;
    for (int i = 0; n < POINTS && i < 50 * POINTS; i++) {
        x[n] = candidate(i), y[n] = candidate(i < 2 * LANDMARKS ? i * 7 % LANDMARKS : i + 1);
        n += usable(f, x[n], y[n], &want[n]);
    }
    return n;
}

static engine
function_new(const naive_function *f, size_t n)
{
    engine e = engine_bare();
    e.in[0] = plumb_graph_input(e.graph, "x", (plumb_shape)S(n));
    e.in[1] = plumb_graph_input(e.graph, "y", (plumb_shape)S(n));
    e.root = apply(e.graph, f->op, f->attrs, e.in[0], e.in[1]);
    engine_start(&e, f->inputs > 1 ? "\1\1\0" : "\1\0\0", 1);
    return e;
}

/* in units of the rounding of a result of this size */
static double
roundings_off(const naive_function *f, double x, double y, double got, double want)
{
    double terms = f->terms ? (double)f->terms(x, y) : 0;
    return got == want ? 0 : fabs(got - want) / (0x1p-53 * fmax(fabs(want), terms));
}

/* the slopes need no reference here (the checker judges them), but far out they must be numbers, too */
static size_t
broken_slopes(const engine *e, int inputs, size_t n)
{
    size_t bad = 0;
    for (int k = 0; k < inputs; k++) {
        plumb_array bar = plumb_run_cotangent(e->run, e->in[k], 0);
        for (size_t i = 0; i < n; i++)
            bad += !isfinite(plumb_get_d(&plumb_f64, &bar, i));
    }
    return bad;
}

static void
try_function(const naive_function *f)
{
    double x[POINTS], y[POINTS], want[POINTS], ones[POINTS], worst = 0;
    size_t n = (size_t)choose_points(f, x, y, want), where = 0, broken;
    engine e = function_new(f, n);
    plumb_array got = plumb_run_value(e.run, e.root, 0);
    plumb_status st;
    plumb_run_set(e.run, e.in[0], x);
    plumb_run_set(e.run, e.in[1], y);
    for (size_t i = 0; i < POINTS; i++)
        ones[i] = 1;
    st = engine_pass(&e, ones);
    for (size_t i = 0; i < n && !isnan(worst); i++) {
        double off = roundings_off(f, x[i], y[i], plumb_get_d(&plumb_f64, &got, i), want[i]);
        if (!(off <= worst))
            worst = off, where = i;
    }
    broken = broken_slopes(&e, f->inputs, n);
    if (!ok(!st && n == POINTS && worst <= roundings && !broken, "%s%s%s at %zu points: off by %.2g roundings, %zu slopes are not finite",
            f->op, f->attrs ? " " : "", f->attrs ? f->attrs : "", n, worst, broken))
        diag("status %u; x %.17g y %.17g: got %.17g, want %.17g", st, x[where], y[where],
            plumb_get_d(&plumb_f64, &got, where), want[where]);
    engine_free(&e);
}

/* ---- nobody is forgotten ---- */

/* Every op has a reference, with the number of inputs that it has; where there are attributes, not the
 * fallbacks alone are tried. */
static void
covered(const plumb_op *op)
{
    int tried = 0, with_attrs = 0, inputs = -1;
    for (const problem *p = naive_problems; p->ref; p++)
        if (!strcmp(p->ref->op, op->name))
            tried++, with_attrs += p->attrs != NULL, inputs = p->ref->inputs;
    for (const naive_search *s = naive_searches; s->op; s++)
        if (!strcmp(s->op, op->name))
            tried++, with_attrs += s->attrs != NULL, inputs = 1;
    if (op->structure == PLUMB_POINTWISE)
        tried = with_attrs = 0;                 /* broadcast arithmetic is not enough: values count */
    for (const naive_function *f = naive_functions; f->op; f++)
        if (!strcmp(f->op, op->name))
            tried++, with_attrs += f->attrs != NULL, inputs = f->inputs;
    ok(tried && inputs == op->nin && (with_attrs || !op->attrs[0].name),
        "op:%s has a reference of %d inputs: tried %d times, %d with attributes", op->name, inputs, tried, with_attrs);
}

int
main(int argc, char **argv)
{
    if (argc > 1)
        naive_state = strtoull(argv[1], NULL, 0);
    diag("seed %llu", (unsigned long long)naive_state);
    for (const problem *p = naive_problems; p->ref; p++)
        try_problem(p);
    for (const naive_search *s = naive_searches; s->op; s++)
        try_search(s);
    for (const naive_function *f = naive_functions; f->op; f++)
        try_function(f);
    try_row_sums();
    try_branches();
    try_cube();
    try_nothing();
    for (int i = 0; plumb_ops[i]; i++)
        covered(plumb_ops[i]);
    return done();
}
