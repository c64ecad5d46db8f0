/* t-rounding.c - honest gradients stay inside the bars of rounding(f64), dishonest ones do not
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Nets of depth 2 to 16 and width 8 to 256, tanh and relu, in f32 and f64 against 256 bits.
 * The errors of one net are correlated (a whole gradient shares the rounding of one pre-activation), so
 * that a median over one net scatters widely.  The median is over the first and the last weight matrix of
 * three nets of every width at one depth; each width's own is shown.  A deep narrow ReLU net is below the
 * rest (0.11 to 0.14 at depth 16, width 8): few paths are alive, the relative errors of a sample's cotangents
 * are nearly one common factor, which cancels where the variances of independent errors add up.
 * t-rounding [all]: the small half in make check, all of it in make check-long */
#include <stdlib.h>
#include <string.h>
#include "lib/base/random.h"
#include "tests/collect.h"
#include "tests/tap.h"

enum { INPUTS = 16, CLASSES = 10, BATCH = 16 };

static plumb_subject *
net(const char *act, int depth, size_t width, uint64_t seed)
{
    plumb_graph *g = plumb_graph_new();
    plumb_diag why = { "" };
    plumb_random r = plumb_random_named(seed, act);
    int h = plumb_graph_input(g, "x", (plumb_shape){ 2, { BATCH, INPUTS } }), t = plumb_graph_label(g, "t", (plumb_shape){ 1, { BATCH } }, CLASSES);
    plumb_subject *s;
    size_t in = INPUTS;
    for (int l = 0; l < depth; l++) {
        size_t out = l == depth - 1 ? CLASSES : width;
        char W[16], b[16];
        snprintf(W, sizeof W, "W%d", l), snprintf(b, sizeof b, "b%d", l);
        h = plumb_graph_apply(g, plumb_op_find("linear"), NULL, NULL, (int[]){ h, plumb_graph_param(g, W, (plumb_shape){ 2, { out, in } }),
            plumb_graph_param(g, b, (plumb_shape){ 1, { out } }) });
        if (l < depth - 1)
            h = plumb_graph_apply(g, plumb_op_find(act), NULL, NULL, &h);
        in = out;
    }
    plumb_graph_apply(g, plumb_op_find("cross_entropy"), NULL, NULL, (int[]){ h, t });
    s = plumb_subject_new("net", "", "", g, plumb_graph_values(g) - 1, &why);
    if (!s || plumb_subject_draw(s, seed, 0))
        bail(why.text);
    for (int v = 0; v < plumb_graph_values(g); v++) {
        const plumb_value *leaf = plumb_graph_value(g, v);
        double gain = leaf->shape.rank == 2 && leaf->role == PLUMB_PARAM ? sqrt((strcmp(act, "relu") ? 3.0 : 6.0) / (double)leaf->shape.dim[1]) : 0.1;
        s->checked[v] = leaf->role == PLUMB_PARAM;
        for (size_t i = 0; leaf->role == PLUMB_PARAM && i < plumb_shape_size(&leaf->shape); i++)
            s->point[v][i] = (double)(float)(gain * plumb_random_between(&r, -1, 1));
    }
    return s;
}

/* the gradient of one weight matrix by one route: z = gap/sigma */
typedef struct spread {
    double max, z[6 * 300 * 60];
    size_t n, outside;
    int flagged, matrices;
} spread;

static int
ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* adds the entries of one leaf; is a planted relative error of the largest entry outside twice its bar? */
static void
score(const plumb_subject *s, int leaf, const plumb_route *route, double planted, spread *r)
{
    size_t n = plumb_shape_size(&plumb_graph_value(s->graph, leaf)->shape), largest = 0;
    size_t *entry = calloc(n, sizeof *entry);
    double one = 0.8125;
    plumb_probe p = { .subject = s, .leaf = leaf, .entry = entry, .entries = n, .cotangent = &one, .rows = 1, .team = 1, .alpha = 1e-6 };
    plumb_estimate e, exact;
    plumb_diag why = { "" };
    mpfr_t a, b;
    for (size_t i = 0; i < n; i++)
        entry[i] = i;
    if (plumb_estimate_make(route, &p, &e, &why) || plumb_estimate_make(plumb_route_find("reverse-mpfr"), &p, &exact, &why))
        bail(why.text);
    mpfr_inits2(256, a, b, (mpfr_ptr)0);
    for (size_t i = 0; i < n; i++) {
        double gap;
        plumb_get_mpfr(e.num, &e.value, i, a), plumb_get_mpfr(exact.num, &exact.value, i, b);
        if (fabs(mpfr_get_d(a, MPFR_RNDN)) > fabs(plumb_get_d(e.num, &e.value, largest)))
            largest = i;
        mpfr_sub(a, a, b, MPFR_RNDN);
        gap = fabs(mpfr_get_d(a, MPFR_RNDN));
        if (e.bar[i] > 1.5 * e.sigmas * plumb_rounding_floor(route->bits))
            r->z[r->n++] = gap * e.sigmas / e.bar[i], r->max = fmax(r->max, gap / e.bar[i]);
        r->outside += !(gap <= e.bar[i]);
    }
    plumb_get_mpfr(exact.num, &exact.value, largest, b);
    r->flagged += fabs(mpfr_get_d(b, MPFR_RNDN)) * planted > 2 * e.bar[largest], r->matrices++;
    mpfr_clears(a, b, (mpfr_ptr)0);
    plumb_estimate_clear(&e), plumb_estimate_clear(&exact);
    free(entry);
}

/* the nets of one width; their z go to the pool of the depth */
static void
judge(const char *act, int depth, size_t width, const char *route, double planted, spread *pool)
{
    static spread r;
    memset(&r, 0, sizeof r);
    for (uint64_t seed = 0; seed < 3; seed++) {
        plumb_subject *s = net(act, depth, width, 20261123 + 100 * seed + (uint64_t)depth + width);
        int last = -1, first = -1;
        for (int v = 0; v < plumb_graph_values(s->graph); v++)
            if (plumb_graph_value(s->graph, v)->role == PLUMB_PARAM && plumb_graph_value(s->graph, v)->shape.rank == 2)
                first = first < 0 ? v : first, last = v;
        score(s, first, plumb_route_find(route), planted, &r), score(s, last, plumb_route_find(route), planted, &r);
        plumb_subject_free(s);
    }
    memcpy(pool->z + pool->n, r.z, r.n * sizeof *r.z), pool->n += r.n;
    qsort(r.z, r.n, sizeof *r.z, ascending);
    diag("%s %s depth %d width %zu: median |z| %.2f", route, act, depth, width, r.n ? r.z[r.n / 2] : NAN);
    ok(r.max <= 1 && !r.outside, "%s %s depth %d width %zu: max |z| is %.2f of the threshold over %zu entries", route, act, depth, width, r.max, r.n);
    ok(r.flagged == r.matrices, "%s %s depth %d width %zu: one entry off by %g is outside twice its bar in %d of %d matrices", route, act, depth,
        width, planted, r.flagged, r.matrices);
}

static void
judge_depth(const char *act, int depth, const char *route, double planted, int all)
{
    static const size_t widths[] = { 8, 32, 64, 256 };
    static spread pool;
    double median;
    memset(&pool, 0, sizeof pool);
    for (int w = 0; w < 4; w++)
        if (all || (size_t)depth * widths[w] <= 520)
            judge(act, depth, widths[w], route, planted, &pool);
    qsort(pool.z, pool.n, sizeof *pool.z, ascending);
    median = pool.n ? pool.z[pool.n / 2] : NAN;
    ok(median >= 0.15 && median <= 1, "%s %s depth %d: median |z| %.2f over %zu entries", route, act, depth, median, pool.n);
}

/* the whole judge: one weight's gradient is off by a little in the subject's own arithmetic */
static const plumb_op *right;
static double little;
static plumb_status
off_by_little(const plumb_call *c)
{
    plumb_call real = *c;
    plumb_status st;
    size_t best = 0, n = plumb_shape_size(&c->in[1]);
    real.op = right;
    st = right->vjp(&real);
    for (size_t i = 1; c->want[1] && i < n; i++)
        if (fabs(plumb_get_d(c->num, &c->x_bar[1], i)) > fabs(plumb_get_d(c->num, &c->x_bar[1], best)))
            best = i;
    if (c->want[1]) {
        plumb_array e = plumb_at(&c->x_bar[1], (ptrdiff_t)best), k;
        plumb_mark mark = plumb_work_mark(c->work);
        st |= plumb_take(c->work, c->num, 1, &k);
        if (!st)
            plumb_set_d(c->num, &k, 0, 1 + little), st = c->num->map2(c->num, PLUMB_FN_MUL, &e, &e, &k, 1, c->work);
        plumb_work_give(c->work, mark);
    }
    return st;
}

static void
verdicts(const char *route, double error)
{
    static collect found;
    plumb_subject *s = net("tanh", 3, 16, 5), *bad;
    plumb_op wrong = *plumb_op_find("linear");
    plumb_check_options o = { .seed = 1, .team = 2 };
    plumb_diag why = { "" };
    int accused = 0, others = 0;
    right = plumb_op_find("linear"), little = error;
    wrong.vjp = off_by_little;
    bad = plumb_subject_with_op(s, right, &wrong, &why);
    collect_open(&found);
    if (!bad || plumb_check_subject(bad, &o, &found.sink, &why))
        bail(why.text);
    for (int i = 0; i < found.n; i++)
        if (!strcmp(found.at[i].route, route) && found.at[i].what[0] == 'W')
            accused += found.at[i].verdict == PLUMB_WRONG;
        else if (found.at[i].what[0] == 'b')
            others += plumb_verdict_exit(found.at[i].verdict) == 1;
    ok(accused == 3 && !others, "one entry of each weight's gradient off by %g: %s calls %d of 3 wrong, %d of the biases", error, route, accused, others);
    plumb_subject_free(bad), plumb_subject_free(s);
}

int
main(int argc, char **argv)
{
    static const int depths[] = { 2, 4, 8, 16 };
    int all = argc > 1;
    (void)argv;
    diag("seeds 20261123 + 100 k + depth + width");
    for (int d = 0; d < 4; d++)
        for (int a = 0; a < 2; a++) {
            judge_depth(a ? "relu" : "tanh", depths[d], "reverse-f32", 1e-4, all);
            judge_depth(a ? "relu" : "tanh", depths[d], "reverse-f64", 1e-11, all);
        }
    verdicts("reverse-f32", 1e-4);
    verdicts("reverse-f64", 1e-11);
    mpfr_free_cache();
    return done();
}
