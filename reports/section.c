/* section.c - all there is to say of one subject: its graph, its pictures, its findings
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include "reports/escape.h"
#include "reports/html.h"

void
plumb_page_text(plumb_page *p, const json_t *object, const char *key)
{
    plumb_put_html(p->f, plumb_json_string(object, key));
}

static void
dims(plumb_page *p, const json_t *list, const char *open, const char *close)
{
    size_t i;
    json_t *d;
    fputs(open, p->f);
    json_array_foreach((json_t *)list, i, d)
        fprintf(p->f, i ? ",%lld" : "%lld", (long long)json_integer_value(d));
    fputs(close, p->f);
}

void
plumb_page_place(plumb_page *p, const json_t *check)
{
    plumb_page_text(p, check, "what");
    dims(p, json_object_get(json_object_get(check, "worst"), "index"), "[", "]");
}

static void
real(plumb_page *p, double x, const char *format)
{
    fprintf(p->f, "<td>");
    if (isfinite(x))
        fprintf(p->f, format, x);
    fprintf(p->f, "</td>");
}

static void
row(plumb_page *p, const json_t *check)
{
    double resolution = plumb_json_number(check, "resolution"), bar = plumb_json_number(check, "bar"), error = plumb_json_number(check, "error");
    int exit = plumb_json_exit(plumb_json_string(check, "verdict"));
    fprintf(p->f, "<tr class=\"v%d\"><td>", exit);
    plumb_page_text(p, check, "verdict");
    fprintf(p->f, "</td><td>");
    plumb_page_text(p, check, "part");
    fprintf(p->f, "</td><td>");
    plumb_page_text(p, check, "what");
    if (json_object_get(check, "shape"))
        dims(p, json_object_get(check, "shape"), " (", ")");
    fprintf(p->f, "</td><td>");
    plumb_page_text(p, check, "route");
    fprintf(p->f, "</td><td>");
    plumb_page_text(p, check, "against");
    fprintf(p->f, "</td>");
    if (resolution > 0) {
        real(p, -log10(resolution), "%.1f");
        real(p, resolution, "%.1e");
    } else
        fprintf(p->f, resolution == 0 && !exit ? "<td>exact</td><td>any</td>" : "<td></td><td></td>");
    real(p, bar > 0 ? error / bar : NAN, "%.3g");
    real(p, plumb_json_number(check, "z_max"), "%.3g");
    fprintf(p->f, "<td class=\"why\">");
    plumb_page_text(p, check, "why");
    fprintf(p->f, "</td></tr>\n");
}

static void
findings(plumb_page *p, const char *subject)
{
    size_t i;
    json_t *check;
    fprintf(p->f, "<details class=\"findings\"><summary>Every check</summary><div class=\"scroll\"><table><thead><tr><th>verdict</th><th>module</th>"
        "<th>tensor or law</th><th>route</th><th>against</th><th>certain digits</th><th>smallest error caught</th><th>error / bar</th>"
        "<th>rounding, sigmas</th><th></th></tr></thead><tbody>\n");
    json_array_foreach(json_object_get(p->record, "checks"), i, check)
        if (!strcmp(plumb_json_string(check, "subject"), subject))
            row(p, check);
    fprintf(p->f, "</tbody></table></div></details>\n");
}

static void
end_of_maps(plumb_page *p, const json_t *last)
{
    fprintf(p->f, "</div><p class=\"caption\">");
    plumb_page_text(p, last, "caption");
    fprintf(p->f, "</p>\n");
}

void
plumb_page_section(plumb_page *p, const char *subject, int open, int pictures)
{
    size_t i;
    json_t *item;
    const json_t *small = NULL;                 /* the last map of a row of them */
    fprintf(p->f, "<details class=\"subject\"%s><summary><h2>", open ? " open" : "");
    plumb_put_html(p->f, subject);
    fprintf(p->f, "</h2></summary>\n");
    json_array_foreach(json_object_get(p->record, "graphs"), i, item)
        if (pictures && !strcmp(plumb_json_string(item, "subject"), subject))
            plumb_page_graph(p, item);
    json_array_foreach(json_object_get(p->record, "figures"), i, item) {
        int heat = !strcmp(plumb_json_string(item, "kind"), "heat");
        if (!pictures || strcmp(plumb_json_string(item, "subject"), subject))
            continue;
        if (heat && !small)
            fprintf(p->f, "<div class=\"row\">");
        if (!heat && small)
            end_of_maps(p, small);
        small = heat ? item : NULL;
        plumb_page_figure(p, item);
    }
    if (small)
        end_of_maps(p, small);
    findings(p, subject);
    fprintf(p->f, "</details>\n");
}
