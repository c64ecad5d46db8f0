/* pictures.c - figures by gnuplot and graphs by dot, run as programs, their SVG inline
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Only numbers, our own words and what plumb_put_gnuplot or plumb_put_dot let through enter a script.  Where a
 * program is missing the numbers are shown as a table. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "lib/base/alloc.h"
#include "reports/dot.h"
#include "reports/escape.h"
#include "reports/html.h"
#include "reports/plots.h"
#include "reports/program.h"

static const char *const gnuplot[] = { "gnuplot", "-d", NULL }, *const dot[] = { "dot", "-Tsvg", NULL };

/* What a script writer writes, run through a program, from <svg on. */
typedef plumb_plot writer;

static int
draw(plumb_page *p, const char *const *argv, writer *write, const json_t *what, const char *alt)
{
    char *script = NULL, *svg = NULL, *from;
    size_t length, made;
    FILE *f = open_memstream(&script, &length);
    plumb_diag why = { "" };
    int there = 0;
    if (f) {
        plumb_status st;
        write(f, what, json_object_get(p->record, "checks"));
        st = fclose(f) ? PLUMB_ENOMEM : plumb_run_program(argv, script, length, &svg, &made, &why);
        there = !st;
        p->status |= st & PLUMB_ENOMEM;
    }
    from = there ? strstr(svg, "<svg") : NULL;
    if (from) {
        fprintf(p->f, "<div class=\"picture\" role=\"img\" aria-label=\"");
        plumb_put_html(p->f, alt);
        fprintf(p->f, "\">%s</div>\n", from);
    }
    if (!from && !*p->missing.text)
        p->missing = why;
    plumb_release(svg);
    free(script);
    return from != NULL;
}

/* ---- gnuplot ---- */

static void
cell(FILE *f, double x)
{
    if (isfinite(x))
        fprintf(f, "%.9g ", x);
    else
        fprintf(f, "NaN ");
}

static void
data_twice(FILE *f, const json_t *figure, int each_row, int each_number)
{
    size_t r, c;
    json_t *row, *value;
    fprintf(f, "$data << EOD\n");
    json_array_foreach(json_object_get(figure, "rows"), r, row)
        for (int again = 0; again <= each_row; again++) {
            json_array_foreach(row, c, value)
                for (int k = 0; k <= each_number; k++)
                    cell(f, plumb_json_double(value));
            fputc('\n', f);
        }
    fprintf(f, "EOD\n");
}

void
plumb_plot_data(FILE *f, const json_t *figure)
{
    data_twice(f, figure, 0, 0);
}

const json_t *
plumb_plot_column(const json_t *figure, size_t c)
{
    return json_array_get(json_object_get(figure, "columns"), c);
}

/* "name, unit" */
void
plumb_plot_axis(FILE *f, const char *which, const json_t *column)
{
    char text[160];
    const char *unit = plumb_json_string(column, "unit");
    snprintf(text, sizeof text, "%s%s%s", plumb_json_string(column, "name"), *unit ? ", " : "", unit);
    fprintf(f, "set %s ", which);
    plumb_put_gnuplot(f, text);
    fputc('\n', f);
}

const char plumb_plot_head[] = "set term svg size 680,400 dynamic font 'sans-serif,14' background '#ffffff'\nset grid lc rgb '#dddddd'\n"
    "set border lc rgb '#444444'\n";
const char *const plumb_plot_colours[] = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00" };

static void
curves(FILE *f, const json_t *figure)
{
    size_t n = json_array_size(json_object_get(figure, "columns"));
    fprintf(f, "plot ");
    for (size_t c = 1; c < n; c++) {
        fprintf(f, "%s$data using 1:%zu with %s lw 2 pt %d ps 0.4 dt %d lc rgb '%s' title ", c > 1 ? ", " : "", c + 1,
            n > 3 ? "lines" : "linespoints", (int)(c % 3) * 2 + 5, n > 3 ? (int)c : 1, plumb_plot_colours[(c - 1) % 5]);
        plumb_put_gnuplot(f, plumb_json_string(plumb_plot_column(figure, c), "name"));
    }
    fputc('\n', f);
}

static void
curve(FILE *f, const json_t *figure, const json_t *checks)
{
    (void)checks;
    fprintf(f, "%s", plumb_plot_head);
    plumb_plot_data(f, figure);
    plumb_plot_axis(f, "xlabel", plumb_plot_column(figure, 0));
    if (json_array_size(json_object_get(figure, "columns")) == 2)
        plumb_plot_axis(f, "ylabel", plumb_plot_column(figure, 1));
    fprintf(f, "set key outside bottom center horizontal\n");
    curves(f, figure);
}

/* a formula: the tangent and the secants must not set the scale */
static void
tangent(FILE *f, const json_t *figure, const json_t *checks)
{
    double low = INFINITY, high = -INFINITY;
    size_t r;
    json_t *row;
    json_array_foreach(json_object_get(figure, "rows"), r, row) {
        double y = plumb_json_double(json_array_get(row, 1));
        low = isfinite(y) && y < low ? y : low, high = isfinite(y) && y > high ? y : high;
    }
    fprintf(f, "set ylabel 'value'\n");
    if (low < high)
        fprintf(f, "set yrange [%.9g:%.9g]\n", low - (high - low) / 10, high + (high - low) / 10);
    curve(f, figure, checks);
}

static void
log2_curve(FILE *f, const json_t *figure, const json_t *checks)
{
    (void)checks;
    fprintf(f, "%sset xlabel 'step h'\nset ylabel 'size of the remainder'\nset format x '2^{%%g}'\nset format y '2^{%%g}'\n", plumb_plot_head);
    fprintf(f, "set key bottom right\n");
    plumb_plot_data(f, figure);
    curves(f, figure);
}

static void
v_curve(FILE *f, const json_t *figure, const json_t *checks)
{
    (void)checks;
    fprintf(f, "%sset logscale xy\nset xlabel 'step h'\nset ylabel 'error of the derivative, absolute'\nset format x '10^{%%L}'\n"
        "set format y '10^{%%L}'\nset key outside bottom center horizontal\n", plumb_plot_head);
    plumb_plot_data(f, figure);
    curves(f, figure);
}

/* what was measured as points; slopes and the floor as lines */
static void
taylor(FILE *f, const json_t *figure, const json_t *checks)
{
    static const char *const styles[] = { "points pt 6 ps 0.6 lw 1.5", "points pt 7 ps 0.6", "lines lw 1 dt 2", "lines lw 1 dt 4", "lines lw 1" };
    size_t n = json_array_size(json_object_get(figure, "columns"));
    (void)checks;
    fprintf(f, "%sset logscale xy\nset xlabel 'step h'\nset ylabel 'size, absolute'\nset format x '10^{%%L}'\nset format y '10^{%%L}'\n"
        "set key outside bottom center horizontal\n", plumb_plot_head);
    plumb_plot_data(f, figure);
    fprintf(f, "plot ");
    for (size_t c = 1; c < n && c <= sizeof styles / sizeof *styles; c++) {
        fprintf(f, "%s$data using 1:%zu with %s lc rgb '%s' title ", c > 1 ? ", " : "", c + 1, styles[c - 1], c > 2 ? "#777777" : plumb_plot_colours[c - 1]);
        plumb_put_gnuplot(f, plumb_json_string(plumb_plot_column(figure, c), "name"));
    }
    fputc('\n', f);
}

static void
heat(FILE *f, const json_t *figure, const json_t *checks)
{
    size_t rows = json_array_size(json_object_get(figure, "rows")), cols = json_array_size(json_array_get(json_object_get(figure, "rows"), 0));
    (void)checks;
    fprintf(f, "set term svg size 460,330 dynamic font 'sans-serif,14' background '#ffffff'\nset palette maxcolors 32\n"
        "set palette defined (0 '#f7fbff', 0.999 '#0072b2', 1 '#e69f00', 2 '#d55e00')\nset cbrange [0:2]\nset cblabel 'error / bar'\n"
        "set xlabel 'column'\nset ylabel 'row'\nset yrange [*:*] reverse\nset tics out nomirror\nset autoscale fix\n"
        "set xtics %zu format '%%.0f'\nset ytics %zu format '%%.0f'\n", (cols + 7) / 8, (rows + 7) / 8);
    if (rows < 2)                               /* an image has two rows and columns at least */
        fprintf(f, "unset ylabel\nunset ytics\n");
    if (cols < 2)
        fprintf(f, "unset xlabel\nunset xtics\n");
    data_twice(f, figure, rows < 2, cols < 2);
    fprintf(f, "plot $data matrix with image notitle\n");
}

static const struct drawing {
    const char *kind;
    writer *write;
} drawings[] = { { "curve", curve }, { "tangent", tangent }, { "log2", log2_curve }, { "v-curve", v_curve }, { "taylor", taylor }, { "heat", heat },
    { "semilog", plumb_plot_semilog }, { "loglog", plumb_plot_loglog }, { "plane", plumb_plot_plane }, { "bars", plumb_plot_bars } };

/* ---- tables ---- */

static void
head_row(plumb_page *p, const json_t *figure, int labelled)
{
    size_t c;
    json_t *column;
    fprintf(p->f, "<table class=\"numbers\"><thead><tr>%s", labelled ? "<th></th>" : "");
    json_array_foreach(json_object_get(figure, "columns"), c, column) {
        fprintf(p->f, "<th scope=\"col\">");
        plumb_page_text(p, column, "name");
        if (*plumb_json_string(column, "unit")) {
            fprintf(p->f, "<br><small>");
            plumb_page_text(p, column, "unit");
            fprintf(p->f, "</small>");
        }
        fprintf(p->f, "</th>");
    }
    fprintf(p->f, "</tr></thead><tbody>\n");
}

/* shade: percentages on a scale of blues, below 100 of orange */
static void
number_cell(plumb_page *p, double x, int shade)
{
    if (!shade || isnan(x))
        fprintf(p->f, isnan(x) ? "<td></td>" : "<td>%.6g</td>", x);
    else
        fprintf(p->f, "<td class=\"%s\">%.4g</td>", x >= 100 ? "full" : x > 0 ? "part" : "none", x);
}

static void
table(plumb_page *p, const json_t *figure, int shade)
{
    const json_t *labels = json_object_get(figure, "labels");
    size_t r, c;
    json_t *row, *value;
    head_row(p, figure, labels != NULL);
    json_array_foreach(json_object_get(figure, "rows"), r, row) {
        fprintf(p->f, "<tr>");
        if (labels) {
            const char *label = json_string_value(json_array_get(labels, r));
            fprintf(p->f, "<th scope=\"row\">");
            plumb_put_html(p->f, label ? label : "");
            fprintf(p->f, "</th>");
        }
        json_array_foreach(row, c, value)
            number_cell(p, plumb_json_double(value), shade);
        fprintf(p->f, "</tr>\n");
    }
    fprintf(p->f, "</tbody></table>\n");
}

void
plumb_page_figure(plumb_page *p, const json_t *figure)
{
    const char *kind = plumb_json_string(figure, "kind"), *caption = plumb_json_string(figure, "caption");
    int drawn = 0, drawable = 0;
    fprintf(p->f, "<figure class=\"%s\"><h3>", !strcmp(kind, "heat") ? "small" : "wide");
    plumb_page_text(p, figure, "title");
    fprintf(p->f, "</h3>\n");
    for (size_t i = 0; i < sizeof drawings / sizeof *drawings; i++)
        if (!strcmp(drawings[i].kind, kind)) {
            drawable = 1;
            drawn = json_array_size(json_object_get(figure, "rows")) && draw(p, gnuplot, drawings[i].write, figure, caption);
        }
    if (!drawn) {
        int folded = drawable || json_array_size(json_object_get(figure, "rows")) > 12;
        fprintf(p->f, "%s<div class=\"scroll\">", folded ? "<details><summary>the numbers</summary>\n" : "");
        table(p, figure, !strcmp(kind, "matrix"));
        fprintf(p->f, "</div>%s", folded ? "</details>\n" : "");
    }
    if (strcmp(kind, "heat")) {                 /* a row of maps has one caption, below it */
        fprintf(p->f, "<figcaption>");
        plumb_page_text(p, figure, "caption");
        fprintf(p->f, "</figcaption>");
    }
    fprintf(p->f, "</figure>\n");
}

void
plumb_page_graph(plumb_page *p, const json_t *graph)
{
    static const char caption[] = "The graph in the lecture's blocks: observed variables are shaded circles, other variables circles, functions rounded "
        "boxes, the cost a square; each function carries the verdict on its own derivatives.";
    fprintf(p->f, "<figure class=\"wide graph\"><h3>The graph</h3>\n");
    if (!draw(p, dot, plumb_dot_write, graph, caption))
        fprintf(p->f, "<p>(dot is missing)</p>");
    fprintf(p->f, "<figcaption>%s</figcaption></figure>\n", caption);
}
