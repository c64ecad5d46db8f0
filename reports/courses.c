/* courses.c - pictures of descent: courses on logarithmic axes, paths in a plane, variances with error bars
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "reports/escape.h"
#include "reports/html.h"
#include "reports/plots.h"

static size_t
columns(const json_t *figure)
{
    return json_array_size(json_object_get(figure, "columns"));
}

static void
text(FILE *f, const char *before, const char *words)
{
    fprintf(f, "%s", before);
    plumb_put_gnuplot(f, words);
}

/* The first column below, the others as lines; the unit of the second names what is on the left. */
static void
lines(FILE *f, const json_t *figure)
{
    plumb_plot_axis(f, "xlabel", plumb_plot_column(figure, 0));
    text(f, "set ylabel ", plumb_json_string(plumb_plot_column(figure, 1), "unit"));
    fprintf(f, "\nset format y '10^{%%L}'\nset key outside bottom center horizontal\nset datafile missing 'NaN'\n");
    plumb_plot_data(f, figure);
    fprintf(f, "plot ");
    for (size_t c = 1; c < columns(figure); c++) {
        fprintf(f, "%s$data using 1:($%zu) with linespoints lw 2 pt %zu ps 0.5 lc rgb '%s' title ", c > 1 ? ", " : "", c + 1, 4 + 2 * (c % 3) + 1, plumb_plot_colours[(c - 1) % 5]);
        plumb_put_gnuplot(f, plumb_json_string(plumb_plot_column(figure, c), "name"));
    }
    fputc('\n', f);
}

void
plumb_plot_semilog(FILE *f, const json_t *figure, const json_t *checks)
{
    (void)checks;
    fprintf(f, "%sset logscale y\n", plumb_plot_head);
    lines(f, figure);
}

void
plumb_plot_loglog(FILE *f, const json_t *figure, const json_t *checks)
{
    (void)checks;
    fprintf(f, "%sset logscale xy\nset format x '10^{%%L}'\n", plumb_plot_head);
    lines(f, figure);
}

/* Pairs of columns: a line or points in the plane; the name of the first is the title, that of the second "line", "grey" or "points"; the units of the first pair
 * name the axes. */
void
plumb_plot_plane(FILE *f, const json_t *figure, const json_t *checks)
{
    (void)checks;
    fprintf(f, "%sset term svg size 680,560 dynamic font 'sans-serif,14' background '#ffffff'\nset size ratio -1\nset offsets graph 0.04, graph 0.04, graph 0.04, graph 0.04\nset key outside bottom center horizontal\n", plumb_plot_head);
    text(f, "set xlabel ", plumb_json_string(plumb_plot_column(figure, 0), "unit"));
    text(f, "\nset ylabel ", plumb_json_string(plumb_plot_column(figure, 1), "unit"));
    fputc('\n', f);
    plumb_plot_data(f, figure);
    fprintf(f, "plot ");
    for (size_t c = 0; c + 1 < columns(figure); c += 2) {
        const char *style = plumb_json_string(plumb_plot_column(figure, c + 1), "name");
        int grey = !strcmp(style, "grey"), points = !strcmp(style, "points");
        fprintf(f, "%s$data using %zu:%zu with %s lc rgb '%s' title ", c ? ", " : "", c + 1, c + 2, grey ? "lines lw 1" : points ? "points pt 7 ps 0.9" : "linespoints lw 1.5 pt 7 ps 0.4",
            grey ? "#999999" : plumb_plot_colours[(c / 2 + 4) % 5]);
        plumb_put_gnuplot(f, plumb_json_string(plumb_plot_column(figure, c), "name"));
    }
    fputc('\n', f);
}

static double
at(const json_t *figure, size_t row)
{
    return plumb_json_double(json_array_get(json_array_get(json_object_get(figure, "rows"), row), 0));
}

/* x, a measured value, its standard error, and the law; both axes logarithmic, x to the base 2. */
void
plumb_plot_bars(FILE *f, const json_t *figure, const json_t *checks)
{
    (void)checks;
    fprintf(f, "%sset logscale x 2\nset logscale y\nset format y '10^{%%L}'\nset key outside bottom center horizontal\n", plumb_plot_head);
    plumb_plot_axis(f, "xlabel", plumb_plot_column(figure, 0));
    text(f, "set ylabel ", plumb_json_string(plumb_plot_column(figure, 1), "unit"));
    fprintf(f, "\nset xrange [%g:%g]\n", at(figure, 0) / 1.3, at(figure, json_array_size(json_object_get(figure, "rows")) - 1) * 1.3);
    plumb_plot_data(f, figure);
    fprintf(f, "plot $data using 1:4 with lines lw 2 lc rgb '%s' title ", plumb_plot_colours[1]);
    plumb_put_gnuplot(f, plumb_json_string(plumb_plot_column(figure, 3), "name"));
    fprintf(f, ", $data using 1:($2-$3):(0):(2*$3) with vectors nohead lw 3 lc rgb '%s' notitle, $data using 1:2 with points pt 7 ps 0.5 lc rgb '%s' title ", plumb_plot_colours[0],
        plumb_plot_colours[0]);
    plumb_put_gnuplot(f, plumb_json_string(plumb_plot_column(figure, 1), "name"));
    fputc('\n', f);
}
