/* html.c - a plain page, made from the record alone: the answer, what is wrong, then every tensor
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include "reports/escape.h"
#include "reports/json.h"

static const char style[] =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}"
    "h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}.answer{font-size:1.25rem;padding:1rem;border-left:.5rem solid}"
    ".good{border-color:#0072b2;background:#eef6fb}.bad{border-color:#d55e00;background:#fdf0e8}.open{border-color:#e69f00;background:#fdf7e6}"
    "table{border-collapse:collapse;width:100%;display:block;overflow-x:auto}th,td{text-align:left;padding:.25rem .45rem;border-bottom:1px solid #ddd;white-space:nowrap}"
    "td.why{white-space:normal}code{background:#f3f3f3;padding:.1rem .3rem}dt{font-weight:600}.finding{border:1px solid #d55e00;padding:.5rem 1rem;margin:.7rem 0}"
    "@media(max-width:40rem){body{margin:1rem auto}}";

static const char *
text(const json_t *j, const char *key)
{
    const char *s = json_string_value(json_object_get(j, key));
    return s ? s : "";
}

/* a number, or NaN for the strings that stand for what is not finite */
static double
number(const json_t *j, const char *key)
{
    const json_t *v = json_object_get(j, key);
    return json_is_number(v) ? json_number_value(v) : NAN;
}

static int
exit_of(const char *verdict)
{
    for (int v = 0; v < PLUMB_VERDICTS; v++)
        if (!strcmp(plumb_verdict_text((plumb_verdict)v), verdict))
            return plumb_verdict_exit((plumb_verdict)v);
    return 4;
}

static void
answer(FILE *f, const json_t *record)
{
    const json_t *summary = json_object_get(record, "summary");
    const char *key;
    json_t *value;
    long bad = 0, open = 0, good = 0;
    json_object_foreach((json_t *)summary, key, value) {
        int exit = exit_of(key);
        *(exit == 0 ? &good : exit == 4 ? &open : &bad) += (long)json_integer_value(value);
    }
    if (bad)
        fprintf(f, "<p class=\"answer bad\"><b>Something is wrong:</b> %ld of %ld findings, told below.</p>\n", bad, bad + open + good);
    else if (open || !good)
        fprintf(f, "<p class=\"answer open\"><b>Not everything could be told:</b> %ld findings hold, %ld are undecided.</p>\n", good, open);
    else
        fprintf(f, "<p class=\"answer good\"><b>All %ld findings hold.</b> Every derivative agrees with independent witnesses within "
            "its error bars.</p>\n", good);
    fprintf(f, "<p>");
    json_object_foreach((json_t *)summary, key, value)
        if (json_integer_value(value))
            fprintf(f, "%lld %s. ", (long long)json_integer_value(value), key);
    fprintf(f, "</p>\n");
}

static void
place(FILE *f, const json_t *check)
{
    size_t i;
    json_t *d;
    plumb_put_html(f, text(check, "what"));
    fputc('[', f);
    json_array_foreach(json_object_get(json_object_get(check, "worst"), "index"), i, d)
        fprintf(f, i ? ",%lld" : "%lld", (long long)json_integer_value(d));
    fputc(']', f);
}

static void
trouble(FILE *f, const json_t *check)
{
    const json_t *worst = json_object_get(check, "worst");
    fprintf(f, "<div class=\"finding\"><p><b>%s</b>: ", text(check, "verdict"));
    plumb_put_html(f, text(check, "subject"));
    fprintf(f, "%s", *text(check, "part") ? ", module " : "");
    plumb_put_html(f, text(check, "part"));
    fprintf(f, ", ");
    plumb_put_html(f, text(check, "what"));
    fprintf(f, " by %s</p><p>", text(check, "route"));
    plumb_put_html(f, text(check, "why"));
    fprintf(f, "</p>");
    if (worst && *text(worst, "got")) {
        fprintf(f, "<p>Worst entry ");
        place(f, check);
        fprintf(f, " = %.9g: got <code>", number(worst, "at"));
        plumb_put_html(f, text(worst, "got"));
        fprintf(f, "</code>, want <code>");
        plumb_put_html(f, text(worst, "want"));
        fprintf(f, "</code> (");
        plumb_put_html(f, text(check, "against"));
        fprintf(f, ")</p>");
    }
    fprintf(f, "<p>Again: <code>");
    plumb_put_html(f, text(check, "replay"));
    fprintf(f, "</code></p></div>\n");
}

static void
troubles(FILE *f, const json_t *checks)
{
    size_t i;
    json_t *check;
    int any = 0;
    json_array_foreach((json_t *)checks, i, check)
        if (exit_of(text(check, "verdict"))) {
            if (!any++)
                fprintf(f, "<h2>What does not hold</h2>\n");
            trouble(f, check);
        }
}

static void
real(FILE *f, double x, const char *format)
{
    fprintf(f, "<td>");
    if (isfinite(x))
        fprintf(f, format, x);
    fprintf(f, "</td>");
}

static void
shape(FILE *f, const json_t *dims)
{
    size_t i;
    json_t *d;
    if (!dims)
        return;
    fprintf(f, " (");
    json_array_foreach((json_t *)dims, i, d)
        fprintf(f, i ? ",%lld" : "%lld", (long long)json_integer_value(d));
    fputc(')', f);
}

static void
row(FILE *f, const json_t *check)
{
    double resolution = number(check, "resolution"), bar = number(check, "bar"), error = number(check, "error");
    fprintf(f, "<tr><td>%s</td><td>", text(check, "verdict"));
    plumb_put_html(f, text(check, "what"));
    shape(f, json_object_get(check, "shape"));
    fprintf(f, "</td><td>%s</td><td>", text(check, "route"));
    plumb_put_html(f, text(check, "against"));
    fprintf(f, "</td>");
    if (resolution > 0) {
        real(f, -log10(resolution), "%.1f");
        real(f, resolution, "%.1e");
    } else
        fprintf(f, resolution == 0 && !exit_of(text(check, "verdict")) ? "<td>exact</td><td>any</td>" : "<td></td><td></td>");
    real(f, bar > 0 ? error / bar : NAN, "%.2f");
    real(f, number(check, "z_max"), "%.2f");
    fprintf(f, "<td class=\"why\">");
    plumb_put_html(f, text(check, "why"));
    fprintf(f, "</td></tr>\n");
}

static void
tables(FILE *f, const json_t *checks)
{
    size_t i;
    json_t *check;
    const char *subject = "", *part = "";
    int open = 0;
    json_array_foreach((json_t *)checks, i, check) {
        if (!open || strcmp(subject, text(check, "subject")) || strcmp(part, text(check, "part"))) {
            subject = text(check, "subject"), part = text(check, "part");
            fprintf(f, "%s<h2>", open++ ? "</tbody></table>\n" : "");
            plumb_put_html(f, subject);
            fprintf(f, "%s", *part ? ", module " : "");
            plumb_put_html(f, part);
            fprintf(f, "</h2>\n<table><thead><tr><th>verdict</th><th>tensor or law</th><th>route</th><th>against</th>"
                "<th>certain digits</th><th>smallest error caught</th><th>error / bar</th><th>rounding, sigmas</th><th></th></tr></thead><tbody>\n");
        }
        row(f, check);
    }
    if (open)
        fprintf(f, "</tbody></table>\n");
}

static void
figures(FILE *f, const json_t *list)
{
    size_t i, c, r;
    json_t *figure, *column, *line, *value;
    json_array_foreach((json_t *)list, i, figure) {
        fprintf(f, "<h2>");
        plumb_put_html(f, text(figure, "title"));
        fprintf(f, "</h2>\n<p>");
        plumb_put_html(f, text(figure, "caption"));
        fprintf(f, "</p>\n<table><thead><tr>");
        json_array_foreach(json_object_get(figure, "columns"), c, column) {
            fprintf(f, "<th>");
            plumb_put_html(f, text(column, "name"));
            fprintf(f, "%s", *text(column, "unit") ? ", " : "");
            plumb_put_html(f, text(column, "unit"));
            fprintf(f, "</th>");
        }
        fprintf(f, "</tr></thead><tbody>\n");
        json_array_foreach(json_object_get(figure, "rows"), r, line) {
            fprintf(f, "<tr>");
            json_array_foreach(line, c, value)
                fprintf(f, "<td>%.6g</td>", json_is_number(value) ? json_number_value(value) : NAN);
            fprintf(f, "</tr>\n");
        }
        fprintf(f, "</tbody></table>\n");
    }
}

static void
foot(FILE *f, const json_t *record)
{
    const json_t *machine = json_object_get(record, "machine");
    fprintf(f, "<h2>Words</h2><dl><dt>certain digits</dt><dd>Every entry agrees with the witness to this many decimal digits of "
        "the largest entry; what is left is covered by the error bars.</dd><dt>smallest error caught</dt><dd>A relative error "
        "larger than this, in an entry of the largest size, would have been called wrong.</dd><dt>error / bar</dt><dd>The difference "
        "at the worst entry, in units of what the two error bars allow together.</dd><dt>rounding, sigmas</dt><dd>The largest rounding "
        "error in units of its predicted standard deviation.</dd></dl>\n<p>plumb %s, seed %lld", text(record, "plumbline"),
        (long long)json_integer_value(json_object_get(record, "seed")));
    if (*text(machine, "processor")) {
        fprintf(f, ", on ");
        plumb_put_html(f, text(machine, "processor"));
    }
    fprintf(f, "</p>\n");
}

plumb_status
plumb_html_write(FILE *f, const json_t *record)
{
    size_t i;
    json_t *note;
    fprintf(f, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width\"><title>Plumbline report</title><style>%s</style></head><body>\n<h1>Plumbline report</h1>\n", style);
    answer(f, record);
    json_array_foreach(json_object_get(record, "notes"), i, note) {
        fprintf(f, "<p>");
        plumb_put_html(f, json_string_value(note));
        fprintf(f, "</p>\n");
    }
    troubles(f, json_object_get(record, "checks"));
    tables(f, json_object_get(record, "checks"));
    figures(f, json_object_get(record, "figures"));
    foot(f, record);
    fprintf(f, "</body></html>\n");
    return ferror(f) ? PLUMB_EINPUT : PLUMB_OK;
}
