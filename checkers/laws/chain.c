/* chain.c - the chain rule along the graph, stage by stage, and fan-out
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A module y = g(x, w) has a Jacobian for each of its inputs.  From the output backwards the row vector
 * dC/dy [1 x dg] is multiplied by each of them [dg x df], row by row of the Jacobian that the module's
 * own backward pass gives for unit cotangents; where a value is used several times the products add up.
 * Beside each product stands the end-to-end derivative through that same edge: a difference of the rest
 * of the graph in 256 bits, along a random direction.  The first stage where they part is the one to
 * blame: what comes after it was right.
 *
 * fan-out: the cotangents of one backward pass over the whole graph are the sums of these products. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/judge/judge.h"
#include "checkers/laws/laws.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

enum { MAXROWS = 128, BITS = 256, STEP = 125 };

typedef struct stage {
    int node, input;
    double product, truth, bar;         /* along the direction */
    int parts;
} stage;

typedef struct chain {
    const plumb_subject *s;
    const plumb_check_options *o;
    plumb_diag *diag;
    plumb_num *mpfr, *rounding;
    plumb_run *f64, *exact, *bars;      /* of the whole: backward in f64, forward in 256 bits, the backward pass' bars */
    double **product, **size;           /* per value: dC/dvalue by products along the graph, and the sum of the sizes of their terms */
    double *u;                          /* the cotangent of the output */
    double sigmas;
    int values, stages;
    stage *stage;
    plumb_status met;
} chain;

static size_t
size_of(const plumb_graph *g, int v)
{
    return plumb_shape_size(&plumb_graph_value(g, v)->shape);
}

static int
is_real(const plumb_graph *g, int v)
{
    return plumb_graph_value(g, v)->element == PLUMB_REAL;
}

/* ---- the whole ---- */

static plumb_run *
whole(const chain *c, const plumb_num *R, const char *wanted)
{
    const plumb_subject *s = c->s;
    plumb_run_options o = { .root = s->output, .wanted = wanted, .poison = 1 };
    plumb_run *run = plumb_run_new(s->graph, R, &o, c->diag);
    if (run)
        plumb_subject_load(s, run);
    return run;
}

static plumb_status
pass(chain *c, plumb_run *run)
{
    plumb_array bar = plumb_run_cotangent(run, c->s->output, 0);
    plumb_status st = plumb_run_forward(run);
    for (size_t j = 0; j < size_of(c->s->graph, c->s->output); j++)
        plumb_set_d(plumb_run_num(run), &bar, j, c->u[j]);
    st |= plumb_run_reverse(run);
    c->met |= st;
    return st & (PLUMB_ENOMEM | PLUMB_EINPUT);
}

static plumb_status
open_chain(chain *c)
{
    const plumb_graph *g = c->s->graph;
    char *wanted = plumb_alloc((size_t)c->values, 1);
    size_t n = size_of(g, c->s->output);
    plumb_random r = plumb_random_named(c->o->seed, "chain");
    plumb_status st = PLUMB_ENOMEM;
    for (int v = 0; wanted && v < c->values; v++)
        wanted[v] = is_real(g, v) && v != c->s->output && plumb_graph_value(g, v)->role != PLUMB_CONSTANT;
    c->mpfr = plumb_mpfr_new(BITS, c->diag), c->rounding = plumb_rounding_new(&plumb_f64, c->diag);
    c->product = plumb_alloc((size_t)c->values, sizeof *c->product), c->size = plumb_alloc((size_t)c->values, sizeof *c->size);
    c->u = plumb_alloc(n, sizeof *c->u);
    c->stage = plumb_alloc((size_t)plumb_graph_nodes(g) * PLUMB_MAXIN, sizeof *c->stage);
    if (!wanted || !c->mpfr || !c->rounding || !c->product || !c->size || !c->u || !c->stage)
        goto out;
    for (int v = 0; v < c->values; v++) {
        c->product[v] = plumb_alloc(size_of(g, v), sizeof **c->product), c->size[v] = plumb_alloc(size_of(g, v), sizeof **c->size);
        if (!c->product[v] || !c->size[v])
            goto out;
    }
    for (size_t j = 0; j < n; j++)
        c->product[c->s->output][j] = c->size[c->s->output][j] = c->u[j] = n == 1 ? 1 : (double)(float)plumb_random_signed(&r);
    c->f64 = whole(c, &plumb_f64, wanted), c->exact = whole(c, c->mpfr, wanted), c->bars = whole(c, c->rounding, wanted);
    if (!c->f64 || !c->exact || !c->bars)
        goto out;
    c->sigmas = plumb_sigmas(1e-6, 64);
    c->met |= st = plumb_run_forward(c->exact);
    st = (st & (PLUMB_ENOMEM | PLUMB_EINPUT)) | pass(c, c->f64);
    st |= st ? st : pass(c, c->bars);
out:
    plumb_release(wanted);
    return st;
}

static void
close_chain(chain *c)
{
    for (int v = 0; v < c->values; v++) {
        plumb_release(c->product ? c->product[v] : NULL);
        plumb_release(c->size ? c->size[v] : NULL);
    }
    plumb_release(c->product);
    plumb_release(c->size);
    plumb_release(c->u);
    plumb_release(c->stage);
    plumb_run_free(c->f64);
    plumb_run_free(c->exact);
    plumb_run_free(c->bars);
    plumb_num_free(c->rounding);
    plumb_num_free(c->mpfr);
}

/* ---- a part of the graph with leaves where it was cut off ---- */

typedef struct piece {
    plumb_graph *graph;
    int *from;                          /* per value of the piece that is a leaf: the value of the whole */
    int moved, output;
} piece;

static int
cut_leaf(piece *p, const plumb_graph *g, int v, const char *name)
{
    const plumb_value *value = plumb_graph_value(g, v);
    int leaf = value->element == PLUMB_INDEX ? plumb_graph_label(p->graph, name, value->shape, value->below)
                                             : plumb_graph_input(p->graph, name, value->shape);
    if (leaf >= 0)
        p->from[leaf] = v;
    return leaf;
}

/* The graph from node `first` on as far as it depends on input k of it, which is a leaf of its own: `moved`. */
static plumb_status
cut(const chain *c, int first, int k, piece *p)
{
    const plumb_graph *g = c->s->graph;
    int nodes = plumb_graph_nodes(g), *map = plumb_alloc((size_t)c->values, sizeof *map);
    *p = (piece){ .graph = plumb_graph_new(), .moved = -1, .output = -1 };
    p->from = plumb_alloc(2 * (size_t)c->values + PLUMB_MAXIN, sizeof *p->from);
    if (!map || !p->graph || !p->from) {
        plumb_release(map);
        return PLUMB_ENOMEM;
    }
    for (int i = first; i < nodes; i++) {         /* map: 0 unknown, n + 1 a value of the piece */
        const plumb_node *node = plumb_graph_node(g, i);
        int in[PLUMB_MAXIN], depends = i == first, out;
        for (int j = 0; j < node->op->nin && i != first; j++)
            depends |= map[node->in[j]] > 0 && plumb_graph_value(p->graph, map[node->in[j]] - 1)->node >= 0;
        if (!depends)
            continue;
        for (int j = 0; j < node->op->nin; j++) {
            int v = node->in[j];
            if (i == first && j == k) {
                in[j] = p->moved = cut_leaf(p, g, v, "moved");
                continue;
            }
            if (!map[v])
                map[v] = cut_leaf(p, g, v, plumb_graph_value(g, v)->name) + 1;
            in[j] = map[v] - 1;
        }
        out = plumb_graph_apply(p->graph, node->op, node->name, node->attrs, in);
        for (int j = 0; j < node->op->nout && out >= 0; j++)
            map[node->out + j] = out + j + 1;
    }
    p->output = map[c->s->output] - 1;
    plumb_release(map);
    return plumb_graph_done(p->graph, c->diag);
}

static void
drop(piece *p)
{
    plumb_graph_free(p->graph);
    plumb_release(p->from);
}

/* The piece in the number system of `whole`, its leaves at the values that they have there. */
static plumb_run *
bind(const chain *c, const piece *p, plumb_run *whole, plumb_run_options *o)
{
    const plumb_num *R = plumb_run_num(whole);
    plumb_run *run;
    o->root = p->output;
    run = plumb_run_new(p->graph, R, o, c->diag);
    for (int v = 0; run && v < plumb_graph_values(p->graph); v++) {
        const plumb_value *leaf = plumb_graph_value(p->graph, v);
        plumb_array to = plumb_run_value(run, v, 0), from;
        if (leaf->node >= 0 || leaf->role == PLUMB_CONSTANT)
            continue;
        if (leaf->element == PLUMB_INDEX) {
            const int64_t *index = plumb_run_index(whole, p->from[v], 0);
            plumb_run_set_label(run, v, index ? index : c->s->label[p->from[v]]);
            continue;
        }
        from = plumb_run_value(whole, p->from[v], 0);
        if (plumb_shape_size(&leaf->shape))
            (void)!R->copy(R, &to, &from, plumb_shape_size(&leaf->shape));
    }
    return run;
}

/* ---- one stage ---- */

/* x_bar += y_bar J of the stage in f64, row by row of the Jacobian; of a large one at once */
static plumb_status
multiply(chain *c, const stage *g)
{
    const plumb_node *node = plumb_graph_node(c->s->graph, g->node);
    size_t dg = size_of(c->s->graph, node->out), df = size_of(c->s->graph, node->in[g->input]), rows = dg > MAXROWS ? 1 : dg;
    const double *y = c->product[node->out];
    double *J = plumb_alloc(rows * df, sizeof *J), *x = c->product[node->in[g->input]], *size = c->size[node->in[g->input]];
    plumb_status st = J ? PLUMB_OK : PLUMB_ENOMEM;
    if (J)
        c->met |= st = plumb_run_pull(c->f64, g->node, g->input, dg > MAXROWS ? y : NULL, rows, J, c->diag);
    for (size_t j = 0; j < rows && J; j++)
        for (size_t i = 0; i < df; i++) {
            double factor = dg > MAXROWS ? 1 : y[j], term = factor == 0 ? 0 : factor * J[j * df + i];
            x[i] += term, size[i] += fabs(term);
        }
    plumb_release(J);
    return st & PLUMB_ENOMEM;
}

/* the end-to-end derivative through the edge, along direction d */
static plumb_status
difference(chain *c, stage *g, const double *d, size_t n)
{
    const plumb_num *R = c->mpfr;
    piece p;
    plumb_run_options o = { .root = -1 };
    plumb_run *run = NULL;
    plumb_array y, x;
    mpfr_t f[2], t, h;
    plumb_status st = cut(c, g->node, g->input, &p);
    size_t outputs = size_of(c->s->graph, c->s->output);
    if (!st)
        st = (run = bind(c, &p, c->exact, &o)) ? PLUMB_OK : PLUMB_ENOMEM;
    if (st) {
        drop(&p);
        return st;
    }
    mpfr_inits2(BITS, f[0], f[1], t, h, (mpfr_ptr)0);
    mpfr_set_ui_2exp(h, 1, -STEP, MPFR_RNDN);
    x = plumb_run_value(run, p.moved, 0), y = plumb_run_value(run, p.output, 0);
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < n && side; i++) {
            mpfr_mul_d(t, h, d[i], MPFR_RNDN);
            plumb_get_mpfr(R, &x, i, f[1]);
            mpfr_add(t, t, f[1], MPFR_RNDN);
            plumb_set_mpfr(R, &x, i, t);
        }
        c->met |= plumb_run_forward(run);
        mpfr_set_zero(f[side], 1);
        for (size_t j = 0; j < outputs; j++) {
            plumb_get_mpfr(R, &y, j, t);
            mpfr_mul_d(t, t, c->u[j], MPFR_RNDN);
            mpfr_add(f[side], f[side], t, MPFR_RNDN);
        }
    }
    mpfr_sub(t, f[1], f[0], MPFR_RNDN);
    mpfr_div(t, t, h, MPFR_RNDN);
    g->truth = mpfr_get_d(t, MPFR_RNDN);
    mpfr_clears(f[0], f[1], t, h, (mpfr_ptr)0);
    plumb_run_free(run);
    drop(&p);
    return c->met & PLUMB_ENOMEM;
}

/* Each stage's own share of dC/dvalue along a direction, its bar, and the end-to-end derivative beside it. */
static plumb_status
walk_stage(chain *c, stage *g)
{
    const plumb_node *node = plumb_graph_node(c->s->graph, g->node);
    int v = node->in[g->input];
    size_t n = size_of(c->s->graph, v);
    double *d = plumb_alloc(3 * n, sizeof *d), *before = d ? d + n : NULL, *size = d ? d + 2 * n : NULL, variance = 0, terms = 0;
    plumb_random r = plumb_random_named(c->o->seed, node->name);
    plumb_array bar = plumb_run_cotangent(c->bars, v, 0), e = plumb_half(&plumb_f64, &bar, 1);
    plumb_status st;
    if (!d)
        return PLUMB_ENOMEM;
    memcpy(before, c->product[v], n * sizeof *before), memcpy(size, c->size[v], n * sizeof *size);
    st = multiply(c, g);
    for (size_t i = 0; i < n; i++) {
        double sigma = plumb_rounding_sigma(plumb_get_d(&plumb_f64, &e, i), 53);
        d[i] = (double)(float)plumb_random_signed(&r);
        g->product += d[i] * (c->product[v][i] - before[i]);
        variance += d[i] * d[i] * sigma * sigma, terms += fabs(d[i]) * (c->size[v][i] + fabs(before[i]));
    }
    g->bar = 2 * c->sigmas * sqrt(variance) + 0x1p-50 * terms;
    st |= st ? st : difference(c, g, d, n);
    g->parts = !(fabs(g->product - g->truth) <= g->bar + 0x1p-52 * fabs(g->truth));
    plumb_release(d);
    return st;
}

/* ---- what is said ---- */

static const char *
stage_text(const chain *c, const stage *g, char *text, size_t room)
{
    const plumb_graph *graph = c->s->graph;
    const plumb_node *node = plumb_graph_node(graph, g->node);
    snprintf(text, room, "%.60s by %.60s: [1 x %zu][%zu x %zu]", node->name, plumb_graph_value(graph, node->in[g->input])->name,
        size_of(graph, node->out), size_of(graph, node->out), size_of(graph, node->in[g->input]));
    return text;
}

static plumb_status
draw_path(const chain *c, plumb_sink *sink)
{
    plumb_status st = PLUMB_ENOMEM;
    static const char *const names[] = { "product along v", "end-to-end along v", "|difference|/bar" }, *const units[] = { "", "", "bars" };
    double *data = sink->figure ? plumb_alloc(3 * (size_t)c->stages, sizeof *data) : NULL;
    char (*text)[200] = sink->figure ? plumb_alloc((size_t)c->stages, sizeof *text) : NULL;
    const char **label = sink->figure ? plumb_alloc((size_t)c->stages, sizeof *label) : NULL;
    plumb_figure f = { "path", c->s->name, "The chain rule, stage by stage", "Each module's Jacobians times the row vector that reaches it, from the "
        "output backwards, along a random direction v of that input; beside it the end-to-end derivative through the same edge.", 3, names,
        units, (size_t)c->stages, data, label };
    for (int i = 0; data && text && label && i < c->stages; i++) {
        const stage *g = &c->stage[i];
        data[3 * i] = g->product, data[3 * i + 1] = g->truth;
        data[3 * i + 2] = g->product == g->truth ? 0 : fabs(g->product - g->truth) / g->bar;
        label[i] = stage_text(c, g, text[i], sizeof text[i]);
    }
    if (data && text && label)
        sink->figure(sink, &f);
    if (!sink->figure || (data && text && label))
        st = PLUMB_OK;
    plumb_release(data);
    plumb_release(text);
    plumb_release(label);
    return st;
}

static int
at_kink(const chain *c)
{
    plumb_events ties = { 0, { { 0 } } };
    return plumb_run_ties(c->bars, 53, &ties) == PLUMB_OK && ties.count > 0;
}

static void
say_chain(const chain *c, plumb_sink *sink)
{
    plumb_finding f = { .subject = c->s->name, .part = c->s->part, .what = "law:chain", .route = "reverse-f64", .against = "the law", .law = 1,
        .entries = (size_t)c->stages, .rows = 1, .evaluations = 2 * (size_t)c->stages, .z_max = NAN, .z_median = NAN };
    const stage *first = NULL, *worst = NULL;
    char text[200];
    for (int i = 0; i < c->stages; i++) {
        const stage *g = &c->stage[i];
        first = !first && g->parts ? g : first;
        if (!worst || fabs(g->product - g->truth) * worst->bar > fabs(worst->product - worst->truth) * g->bar)
            worst = g;
    }
    worst = first ? first : worst;
    f.error = worst ? fabs(worst->product - worst->truth) : 0, f.bar = worst ? worst->bar : 0;
    f.resolution = worst && worst->truth != 0 ? worst->bar / fabs(worst->truth) : 0;
    f.verdict = c->met & PLUMB_EUNABLE ? PLUMB_UNRESOLVED : first ? (at_kink(c) ? PLUMB_KINK : PLUMB_WRONG) : c->met ? PLUMB_DOMAIN : PLUMB_CORRECT;
    if (f.verdict == PLUMB_KINK)
        snprintf(f.why, sizeof f.why, "at a kink a derivative from one side need not be the chosen one");
    else if (first) {
        const plumb_node *node = plumb_graph_node(c->s->graph, first->node);
        plumb_law_number(f.got, first->product), plumb_law_number(f.want, first->truth);
        snprintf(f.why, sizeof f.why, "from the output backwards the product of Jacobians first parts from the end-to-end derivative at "
            "module %.60s (op:%.30s), %s", node->name, node->op->name, stage_text(c, first, text, sizeof text));
    } else if (c->met)
        snprintf(f.why, sizeof f.why, "%s", plumb_status_text(c->met));
    plumb_law_report(c->s, c->o, sink, &f);
}

static int
uses(const plumb_graph *g, int v)
{
    int n = 0;
    for (int i = 0; i < plumb_graph_nodes(g); i++)
        for (int k = 0; k < plumb_graph_node(g, i)->op->nin; k++)
            n += plumb_graph_node(g, i)->in[k] == v;
    return n;
}

/* The backward pass' own cotangents of values with several consumers against the sums of the products. */
static void
say_fan_out(const chain *c, plumb_sink *sink)
{
    plumb_finding f = { .subject = c->s->name, .part = c->s->part, .what = "law:fan-out", .route = "reverse-f64", .against = "the law", .law = 1,
        .rows = 1, .evaluations = 1, .z_max = NAN, .z_median = NAN };
    size_t bad = 0;
    double excess = -1;
    for (int v = 0; v < c->values; v++) {
        plumb_array g = plumb_run_cotangent(c->f64, v, 0), bar = plumb_run_cotangent(c->bars, v, 0), e = plumb_half(&plumb_f64, &bar, 1);
        if (!is_real(c->s->graph, v) || !g.plane[0] || plumb_graph_value(c->s->graph, v)->role == PLUMB_CONSTANT || uses(c->s->graph, v) < 2)
            continue;
        for (size_t i = 0; i < size_of(c->s->graph, v); i++) {
            double got = plumb_get_d(&plumb_f64, &g, i), want = c->product[v][i], gap = fabs(got - want), over;
            double allowed = 2 * plumb_sigmas(1e-6, 1e4) * plumb_rounding_sigma(plumb_get_d(&plumb_f64, &e, i), 53) + 0x1p-50 * c->size[v][i];
            over = gap == 0 ? 0 : gap / allowed;
            f.entries++, bad += !(gap <= allowed);
            if (over <= excess)
                continue;
            excess = isnan(over) ? INFINITY : over, f.error = gap, f.bar = allowed;
            f.resolution = fabs(want) > 0 ? allowed / fabs(want) : 0;
            plumb_law_number(f.got, got), plumb_law_number(f.want, want);
            snprintf(f.why, sizeof f.why, "%.60s has %d consumers, and its cotangent is not the sum of what they send back", 
                plumb_graph_value(c->s->graph, v)->name, uses(c->s->graph, v));
        }
    }
    if (!f.entries)
        return;
    f.verdict = c->met & PLUMB_EUNABLE ? PLUMB_UNRESOLVED : bad ? PLUMB_WRONG : c->met ? PLUMB_DOMAIN : PLUMB_CORRECT;
    if (!bad)
        *f.why = *f.got = *f.want = 0;
    plumb_law_report(c->s, c->o, sink, &f);
}

plumb_status
plumb_law_chain(const plumb_subject *s, const plumb_check_options *o, plumb_sink *sink, plumb_diag *diag)
{
    chain c = { .s = s, .o = o, .diag = diag, .values = plumb_graph_values(s->graph) };
    plumb_status st;
    if (plumb_graph_nodes(s->graph) < 2 || *s->part || !size_of(s->graph, s->output))
        return PLUMB_OK;
    st = open_chain(&c);
    for (int i = plumb_graph_nodes(s->graph) - 1; i >= 0 && !st; i--) {
        const plumb_node *node = plumb_graph_node(s->graph, i);
        for (int k = 0; k < node->op->nin && !st; k++) {
            plumb_array reached = plumb_run_cotangent(c.f64, node->in[k], 0);
            if (!is_real(s->graph, node->in[k]) || !is_real(s->graph, node->out) || node->op->nout > 1 || !reached.plane[0] ||
                plumb_graph_value(s->graph, node->in[k])->role == PLUMB_CONSTANT || !size_of(s->graph, node->in[k]))
                continue;
            c.stage[c.stages] = (stage){ .node = i, .input = k };
            st = walk_stage(&c, &c.stage[c.stages++]);
        }
    }
    if (!st && c.stages) {
        say_chain(&c, sink);
        say_fan_out(&c, sink);
        st = draw_path(&c, sink);
    }
    close_chain(&c);
    return st;
}
