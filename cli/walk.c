/* walk.c - plumb walk: a small net forward and back, every number and every product of a row vector with a Jacobian
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The lecture's notation: dC/dy [1 x dg] times dy/dx [dg x df] is the share of dC/dx [1 x df] that comes through this
 * module; where x is used several times the shares add up. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"

enum { PAGE = 600, WIDE = 24 };                 /* numbers of all variables together; columns of a printed matrix */

typedef struct walker {
    const plumb_subject *s;
    plumb_run *run;
    double **bar;                               /* per value: dC/dvalue as it adds up */
    char **note;                                /* per value: for the picture */
} walker;

static size_t
size_of(const walker *w, int v)
{
    return plumb_shape_size(&plumb_graph_value(w->s->graph, v)->shape);
}

static const char *
name_of(const walker *w, int v)
{
    return plumb_graph_value(w->s->graph, v)->name;
}

static double
value(const walker *w, int v, size_t i)
{
    plumb_array a = plumb_run_value(w->run, v, 0);
    const int64_t *index = plumb_run_index(w->run, v, 0);
    if (plumb_graph_value(w->s->graph, v)->element == PLUMB_INDEX)
        return (double)(index ? index[i] : w->s->label[v][i]);
    return plumb_get_d(&plumb_f64, &a, i);
}

/* rows of a value's last axis, or of n numbers */
static void
put_numbers(const double *x, size_t rows, size_t cols, int indent)
{
    for (size_t r = 0; r < rows; r++) {
        printf(r ? "%*s[" : "[", r ? indent : 0, "");
        for (size_t c = 0; c < cols; c++)
            printf(c ? " %9.5g" : "%9.5g", x[r * cols + c] + 0.0);     /* no -0 */
        printf("]%s", r + 1 < rows ? "\n" : "");
    }
}

static void
put_value(const walker *w, int v, int indent)
{
    const plumb_shape *s = &plumb_graph_value(w->s->graph, v)->shape;
    size_t n = size_of(w, v), cols = s->rank ? s->dim[s->rank - 1] : 1;
    double x[PAGE];
    for (size_t i = 0; i < n; i++)
        x[i] = value(w, v, i);
    put_numbers(x, cols ? n / cols : 0, cols, indent);
}

/* ---- forward ---- */

/* s[0] = w00 z0 + w01 z1 + b0: where a row fits a line */
static void
spell_out(const walker *w, const plumb_node *node)
{
    const plumb_shape *x = &plumb_graph_value(w->s->graph, node->in[0])->shape;
    size_t k = x->dim[x->rank - 1], rows = size_of(w, node->in[0]) / (k ? k : 1), n = size_of(w, node->in[2]);
    for (size_t r = 0; r < rows && k <= 4 && n <= 8; r++)
        for (size_t j = 0; j < n; j++) {
            printf("        %s[%zu] =", node->name, r * n + j);
            for (size_t i = 0; i < k; i++)
                printf("%s (%.5g)(%.5g)", i ? " +" : "", value(w, node->in[1], j * k + i), value(w, node->in[0], r * k + i));
            printf(" + (%.5g) = %.5g\n", value(w, node->in[2], j), value(w, node->out, r * n + j));
        }
}

static void
show_forward(const walker *w)
{
    const plumb_graph *g = w->s->graph;
    printf("Forward\n");
    for (int v = 0; v < plumb_graph_values(g); v++) {
        const plumb_value *value = plumb_graph_value(g, v);
        const plumb_node *node = value->node >= 0 ? plumb_graph_node(g, value->node) : NULL;
        char shape[PLUMB_SHAPE_TEXT];
        int indent = printf("  %-4s %-9s = ", value->name, plumb_shape_text(&value->shape, shape));
        put_value(w, v, indent);
        if (node) {
            printf("   %s of", node->op->name);
            for (int k = 0; k < node->op->nin; k++)
                printf("%s %s", k ? "," : "", name_of(w, node->in[k]));
        }
        printf("\n");
        if (node && !strcmp(node->op->name, "linear"))
            spell_out(w, node);
    }
}

/* ---- back ---- */

/* f'(s) of a pointwise function of one variable: the diagonal */
static void
show_slope(const walker *w, const plumb_node *node, const double *J)
{
    size_t n = size_of(w, node->out);
    double slope[PAGE];
    for (size_t i = 0; i < n; i++)
        slope[i] = J[i * n + i];
    printf("    f'(%s) = ", name_of(w, node->in[0]));
    put_numbers(slope, 1, n, 0);
    printf("   the diagonal of the Jacobian\n");
}

static void
show_product(const walker *w, const plumb_node *node, int k, const double *J, const double *share)
{
    size_t dg = size_of(w, node->out), df = size_of(w, node->in[k]);
    int used = 0;
    printf("    dC/d%s d%s/d%s  [1 x %zu][%zu x %zu]\n", node->name, node->name, name_of(w, node->in[k]), dg, dg, df);
    printf("      ");
    put_numbers(w->bar[node->out], 1, dg, 0);
    if (df <= WIDE && dg <= WIDE) {
        printf(" times\n      ");
        put_numbers(J, dg, df, 6);
    } else
        printf(" times a matrix too wide to print");
    printf("\n      = ");
    put_numbers(share, 1, df, 8);
    for (size_t i = 0; i < df; i++)
        used |= w->bar[node->in[k]][i] != 0;
    printf(used ? "   which adds to what is there\n" : "\n");
}

static plumb_status
back_through(const walker *w, int at, plumb_diag *diag)
{
    const plumb_node *node = plumb_graph_node(w->s->graph, at);
    size_t dg = size_of(w, node->out);
    plumb_status st = PLUMB_OK;
    printf("  %s = %s\n", node->name, node->op->name);
    for (int k = 0; k < node->op->nin && !st; k++) {
        size_t df = size_of(w, node->in[k]);
        double *J, *share;
        if (plumb_graph_value(w->s->graph, node->in[k])->element == PLUMB_INDEX || plumb_graph_value(w->s->graph, node->in[k])->role == PLUMB_CONSTANT)
            continue;
        J = calloc((dg + 1) * (df ? df : 1), sizeof *J), share = J + dg * df;
        if (!J)
            return PLUMB_ENOMEM;
        st = plumb_run_pull(w->run, at, k, NULL, dg, J, diag) & (PLUMB_ENOMEM | PLUMB_EINPUT);
        for (size_t j = 0; j < dg; j++)
            for (size_t i = 0; i < df; i++)
                share[i] += w->bar[node->out][j] * J[j * df + i];
        if (node->op->structure == PLUMB_POINTWISE && node->op->nin == 1)
            show_slope(w, node, J);
        show_product(w, node, k, J, share);
        for (size_t i = 0; i < df; i++)
            w->bar[node->in[k]][i] += share[i];
        free(J);
    }
    return st;
}

static plumb_status
show_back(const walker *w, plumb_diag *diag)
{
    const plumb_graph *g = w->s->graph;
    plumb_status st = PLUMB_OK;
    printf("\nBack\n  dC/d%s = [1]\n", name_of(w, w->s->output));
    w->bar[w->s->output][0] = 1;
    for (int i = plumb_graph_nodes(g) - 1; i >= 0 && !st; i--)
        if (plumb_graph_value(g, plumb_graph_node(g, i)->out)->element == PLUMB_REAL)
            st = back_through(w, i, diag);
    return st;
}

/* the same by the backward pass of the whole: it must come to the same */
static void
show_sum(const walker *w)
{
    const plumb_graph *g = w->s->graph;
    printf("\nThe gradient\n");
    for (int v = 0; v < plumb_graph_values(g); v++)
        if (w->s->checked[v]) {
            plumb_array bar = plumb_run_cotangent(w->run, v, 0);
            double most = 0;
            int indent = printf("  dC/d%-3s = ", name_of(w, v));
            const plumb_shape *s = &plumb_graph_value(g, v)->shape;
            size_t n = size_of(w, v), cols = s->rank ? s->dim[s->rank - 1] : 1;
            put_numbers(w->bar[v], cols ? n / cols : 0, cols, indent);
            for (size_t i = 0; i < n; i++) {
                double gap = plumb_get_d(&plumb_f64, &bar, i) - w->bar[v][i];
                most = gap > most ? gap : -gap > most ? -gap : most;
            }
            printf("   one backward pass differs by %.2g\n", most);
        }
}

/* ---- the picture's labels ---- */

static void
note_values(const walker *w)
{
    for (int v = 0; v < plumb_graph_values(w->s->graph); v++) {
        size_t n = size_of(w, v), used = 0, room = 400;
        if (n > 6)
            continue;
        used += (size_t)snprintf(w->note[v] + used, room - used, "=");
        for (size_t i = 0; i < n; i++)
            used += (size_t)snprintf(w->note[v] + used, room - used, " %.3g", value(w, v, i));
        used += (size_t)snprintf(w->note[v] + used, room - used, "\ndC:");
        for (size_t i = 0; i < n; i++)
            used += (size_t)snprintf(w->note[v] + used, room - used, " %.3g", w->bar[v][i]);
    }
}

/* ---- the command ---- */

static const struct argp_option options[] = { { "output", 'o', "FILE", 0, "Also a picture with the numbers: .svg .pdf .png .dot", 0 }, { 0 } };
static const struct argp common = { .options = cli_common_options, .parser = cli_parse_common };
static const struct argp_child children[] = { { &common, 0, NULL, 0 }, { 0 } };

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    cli_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = o; return 0;
    case 'o': return cli_parse_common(key, arg, state);
    case ARGP_KEY_ARG:
        if (o->targets)
            return plumb_fail(&o->diag, PLUMB_EINPUT, "%s: one model at a time", arg) ? EINVAL : 0;
        o->target[o->targets++] = arg;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = { options, parse, "MODEL", "Follow a small net forward and back, with every number and Jacobian.\v"
    "For example: plumb walk model:tiny", children, NULL, NULL };

static plumb_status
too_large(const plumb_subject *s, plumb_diag *diag)
{
    size_t total = 0;
    for (int v = 0; v < plumb_graph_values(s->graph); v++)
        total += plumb_shape_size(&plumb_graph_value(s->graph, v)->shape);
    if (total > PAGE)
        return plumb_fail(diag, PLUMB_EINPUT, "%s has %zu numbers, too many to walk through (at most %d); try model:tiny or a smaller batch and sizes",
            s->name, total, PAGE);
    if (plumb_shape_size(&plumb_graph_value(s->graph, s->output)->shape) != 1)
        return plumb_fail(diag, PLUMB_EINPUT, "%s has no single number as its output", s->name);
    return PLUMB_OK;
}

static plumb_status
open_walker(walker *w, const plumb_subject *s, plumb_diag *diag)
{
    int values = plumb_graph_values(s->graph);
    plumb_run_options o = { .root = s->output, .wanted = s->checked };
    plumb_array bar;
    *w = (walker){ .s = s, .run = plumb_run_new(s->graph, &plumb_f64, &o, diag), .bar = calloc((size_t)values, sizeof *w->bar),
        .note = calloc((size_t)values, sizeof *w->note) };
    if (!w->run || !w->bar || !w->note)
        return PLUMB_ENOMEM;
    for (int v = 0; v < values; v++) {
        w->bar[v] = calloc(size_of(w, v) + 1, sizeof **w->bar), w->note[v] = calloc(400, 1);
        if (!w->bar[v] || !w->note[v])
            return PLUMB_ENOMEM;
    }
    plumb_subject_load(s, w->run);
    bar = plumb_run_cotangent(w->run, s->output, 0);
    plumb_set_d(&plumb_f64, &bar, 0, 1);
    return (plumb_run_forward(w->run) | plumb_run_reverse(w->run)) & (PLUMB_ENOMEM | PLUMB_EINPUT);
}

static void
close_walker(walker *w)
{
    for (int v = 0; v < plumb_graph_values(w->s->graph); v++) {
        free(w->bar ? w->bar[v] : NULL);
        free(w->note ? w->note[v] : NULL);
    }
    free(w->bar);
    free(w->note);
    plumb_run_free(w->run);
}

static plumb_status
walk(const plumb_subject *s, void *with, plumb_diag *diag)
{
    const cli_options *o = with;
    walker w = { .s = s };
    plumb_status st = too_large(s, diag);
    if (st)
        return st;
    st = open_walker(&w, s, diag);
    if (!st) {
        printf("%s\n", s->name);
        show_forward(&w);
        st = show_back(&w, diag);
    }
    if (!st)
        show_sum(&w), note_values(&w);
    for (int i = 0; i < o->outputs && !st; i++)
        if (!(st = plumb_show(s, NULL, (const char *const *)w.note, o->output[i], stdout, diag)))
            printf("\nthe same as a picture: %s\n", o->output[i]);
    close_walker(&w);
    return st;
}

int
cli_walk(int argc, char **argv)
{
    cli_options o;
    plumb_diag diag = { "" };
    int status = cli_parse(&argp, argc, argv, &o);
    if (status)
        return status;
    if (!o.targets)
        return cli_refuse("nothing to walk through: name a model (plumb walk model:tiny)");
    for (int i = 0; i < o.outputs; i++)
        if (!cli_picture_name(o.output[i]))
            return EXIT_USAGE;
    if (cli_one_subject(&o, o.target[0], walk, &o, &diag))
        return cli_refuse("%s", diag.text[0] ? diag.text : "out of memory");
    return 0;
}
