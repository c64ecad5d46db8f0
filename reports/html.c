/* html.c - the page, made from the record alone: the answer, what is wrong, the subjects at a glance, then each
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Self-contained: no network, and no script is needed; a little one hides what holds. */
#include <math.h>
#include <string.h>
#include "lib/base/alloc.h"
#include "reports/escape.h"
#include "reports/html.h"

enum { PICTURED = 12 };                         /* subjects with pictures */

static const char style[] =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}"
    "h1{font-size:1.6rem}h2{font-size:1.2rem;display:inline}h3{font-size:1rem;margin:.2rem 0}.answer{font-size:1.3rem;padding:1rem;border-left:.5rem solid}"
    ".good{border-color:#0072b2;background:#eef6fb}.bad{border-color:#d55e00;background:#fdf0e8}.open{border-color:#e69f00;background:#fdf7e6}"
    "table{border-collapse:collapse}th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #ddd;vertical-align:top}"
    ".numbers td{text-align:right;font-variant-numeric:tabular-nums}.scroll{overflow-x:auto}td.why{min-width:16rem}"
    ".full{background:#dceefb}.part{background:#fdf1d3}.none{background:#fbdccb}tr.v1 td:first-child,tr.v3 td:first-child{color:#b34700;font-weight:700}"
    "tr.v4 td:first-child{color:#8a6200;font-weight:700}code{background:#f3f3f3;padding:.1rem .3rem;overflow-wrap:anywhere}dt{font-weight:600}"
    ".finding{border:1px solid #d55e00;padding:.3rem 1rem;margin:.7rem 0}.undecided{border-color:#e69f00}.subject{border-top:2px solid #ccc;padding:.8rem 0}"
    "summary{cursor:pointer}figure{margin:1rem 0}figcaption,.caption{font-size:.9rem;color:#444;max-width:44rem}.picture svg{max-width:100%;height:auto}"
    ".wide .picture{max-width:62rem;overflow-x:auto}.graph .picture svg{max-width:none}.row{display:flex;flex-wrap:wrap;gap:0 1.5rem}.small{width:21rem;max-width:100%}image{image-rendering:pixelated}"
    "@media(max-width:40rem){body{margin:1rem auto}.answer{font-size:1.15rem}}.hide-good .v0{display:none}";

/* ---- the answer ---- */

typedef struct sums {
    long good, bad, open;
} sums;

static sums
count(const json_t *summary)
{
    sums s = { 0, 0, 0 };
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)summary, key, value) {
        int exit = plumb_json_exit(key);
        *(exit == 0 ? &s.good : exit == 4 ? &s.open : &s.bad) += (long)json_integer_value(value);
    }
    return s;
}

/* the largest resolution among the tensors: what the whole run would have caught */
static double
coarsest(const json_t *checks, const char *subject)
{
    double worst = 0;
    size_t i;
    json_t *check;
    json_array_foreach((json_t *)checks, i, check)
        if (strncmp(plumb_json_string(check, "what"), "law:", 4) && !plumb_json_exit(plumb_json_string(check, "verdict")) &&
            strcmp(plumb_json_string(check, "route"), "reverse-f32") && (!subject || !strcmp(plumb_json_string(check, "subject"), subject)))
            worst = fmax(worst, plumb_json_number(check, "resolution"));
    return worst;
}

/* Steps beside what they must be, rather than derivatives beside other ones. */
static int
of_descent(const json_t *checks)
{
    size_t i;
    json_t *c;
    json_array_foreach(checks, i, c) {
        const char *against = plumb_json_string(c, "against");
        if (strcmp(against, "the law") && strcmp(against, "the step due"))
            return 0;
    }
    return json_array_size(checks) > 0;
}

static void
answer(plumb_page *p)
{
    const json_t *summary = json_object_get(p->record, "summary");
    const char *key;
    json_t *value;
    sums s = count(summary);
    double caught = coarsest(json_object_get(p->record, "checks"), NULL);
    int descent = of_descent(json_object_get(p->record, "checks"));
    if (s.bad)
        fprintf(p->f, "<p class=\"answer bad\"><b>Something is wrong:</b> %ld of %ld checks do not hold, told below.</p>\n", s.bad, s.bad + s.open + s.good);
    else if (s.open || !s.good)
        fprintf(p->f, "<p class=\"answer open\"><b>Not everything could be told:</b> %ld checks hold, %ld are undecided.</p>\n", s.good, s.open);
    else
        fprintf(p->f, "<p class=\"answer good\"><b>All %ld checks hold.</b> %s.</p>\n", s.good, descent ? "Every step is what it must be, within its error bars; every test on samples holds"
            : "Every derivative agrees with independent witnesses within its error bars");
    fprintf(p->f, "<p>");
    json_object_foreach((json_t *)summary, key, value)
        if (json_integer_value(value)) {
            fprintf(p->f, "%lld ", (long long)json_integer_value(value));
            plumb_put_html(p->f, key);
            fprintf(p->f, ". ");
        }
    if (caught > 0 && !s.bad && !s.open && !descent)
        fprintf(p->f, "In double precision an error larger than %.0e of a tensor's largest entry would have been caught in every tensor.", caught);
    fprintf(p->f, "</p>\n");
}

/* ---- what does not hold ---- */

/* what each route says of the worst entry */
static void
witnesses(plumb_page *p, const json_t *check)
{
    size_t i;
    json_t *w;
    if (!json_array_size(json_object_get(check, "estimates")))
        return;
    fprintf(p->f, "<details><summary>what each route says there</summary><div class=\"scroll\"><table><tbody>\n");
    json_array_foreach(json_object_get(check, "estimates"), i, w) {
        fprintf(p->f, "<tr><td>");
        plumb_page_text(p, w, "route");
        fprintf(p->f, "</td><td><code>");
        plumb_page_text(p, w, "value");
        fprintf(p->f, "</code></td><td>&plusmn; %.2g</td></tr>\n", plumb_json_number(w, "bar"));
    }
    fprintf(p->f, "</tbody></table></div></details>\n");
}

static void
trouble(plumb_page *p, const json_t *check, int undecided)
{
    const json_t *worst = json_object_get(check, "worst");
    fprintf(p->f, "<div class=\"finding%s\"><p><b>", undecided ? " undecided" : "");
    plumb_page_text(p, check, "verdict");
    fprintf(p->f, "</b>: ");
    plumb_page_text(p, check, "subject");
    fprintf(p->f, "%s", *plumb_json_string(check, "part") ? ", module " : "");
    plumb_page_text(p, check, "part");
    fprintf(p->f, ", ");
    plumb_page_text(p, check, "what");
    fprintf(p->f, " by ");
    plumb_page_text(p, check, "route");
    fprintf(p->f, "</p><p>");
    plumb_page_text(p, check, "why");
    fprintf(p->f, "</p>");
    if (*plumb_json_string(worst, "got")) {
        fprintf(p->f, json_object_get(worst, "members") ? "<p>Worst in a sum that begins with " : "<p>Worst entry ");
        plumb_page_place(p, check);
        fprintf(p->f, " = %.9g: got <code>", plumb_json_number(worst, "at"));
        plumb_page_text(p, worst, "got");
        fprintf(p->f, "</code>, want <code>");
        plumb_page_text(p, worst, "want");
        fprintf(p->f, "</code> (");
        plumb_page_text(p, check, "against");
        fprintf(p->f, ")</p>");
    }
    witnesses(p, check);
    fprintf(p->f, "<p>Again: <code>");
    plumb_page_text(p, check, "replay");
    fprintf(p->f, "</code> <small>(id ");
    plumb_page_text(p, check, "id");
    fprintf(p->f, ")</small></p></div>\n");
}

static void
troubles(plumb_page *p)
{
    static const int order[] = { 1, 3, 4 };
    int any = 0;
    for (int k = 0; k < 3; k++) {
        size_t i;
        json_t *check;
        json_array_foreach(json_object_get(p->record, "checks"), i, check)
            if (plumb_json_exit(plumb_json_string(check, "verdict")) == order[k] && ++any <= 50) {
                if (any == 1)
                    fprintf(p->f, "<h2>What does not hold</h2>\n");
                trouble(p, check, order[k] == 4);
            }
    }
    if (any > 50)
        fprintf(p->f, "<p>... and %d more, in the tables below.</p>\n", any - 50);
}

/* ---- the subjects at a glance ---- */

typedef struct glance {
    const char *subject;
    size_t findings, bad, open;
    double ratio, caught, sigmas;
} glance;

static int
names_again(const json_t *checks, size_t at)
{
    const char *own = plumb_json_string(json_array_get(checks, at), "subject");
    for (size_t i = at; i-- > 0;)
        if (!strcmp(plumb_json_string(json_array_get(checks, i), "subject"), own))
            return 1;
    return 0;
}

static glance
look(const json_t *checks, const char *subject)
{
    glance g = { .subject = subject, .caught = coarsest(checks, subject), .ratio = 0, .sigmas = 0 };
    size_t i;
    json_t *check;
    json_array_foreach((json_t *)checks, i, check) {
        int exit = plumb_json_exit(plumb_json_string(check, "verdict"));
        double bar = plumb_json_number(check, "bar"), error = plumb_json_number(check, "error");
        if (strcmp(plumb_json_string(check, "subject"), subject))
            continue;
        g.findings++, g.bad += exit == 1 || exit == 3, g.open += exit == 4;
        if (bar > 0 && isfinite(error / bar) && strcmp(plumb_json_string(check, "verdict"), "kink"))
            g.ratio = fmax(g.ratio, error / bar);
        g.sigmas = fmax(g.sigmas, plumb_json_number(check, "z_max"));
    }
    return g;
}

static void
overview(plumb_page *p)
{
    const json_t *checks = json_object_get(p->record, "checks");
    fprintf(p->f, "<h2>Subjects</h2> <label class=\"script\" hidden><input type=\"checkbox\" id=\"hide\"> only what does not hold</label>\n"
        "<div class=\"scroll\"><table><thead><tr><th>subject</th><th>answer</th><th>checks</th><th>worst error / bar</th><th>certain digits</th>"
        "<th>smallest error caught</th><th>worst rounding, sigmas</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < json_array_size(checks); i++) {
        glance g;
        if (names_again(checks, i))
            continue;
        g = look(checks, plumb_json_string(json_array_get(checks, i), "subject"));
        fprintf(p->f, "<tr class=\"v%d\"><td>", g.bad ? 1 : g.open ? 4 : 0);
        plumb_put_html(p->f, g.subject);
        fprintf(p->f, "</td><td>%s</td><td>%zu</td><td>%.3g</td>", g.bad ? "wrong" : g.open ? "undecided" : "holds", g.findings, g.ratio);
        if (g.bad || g.open)
            fprintf(p->f, "<td></td><td></td>");
        else if (g.caught > 0)
            fprintf(p->f, "<td>%.1f</td><td>%.1e</td>", -log10(g.caught), g.caught);
        else
            fprintf(p->f, "<td>exact</td><td>any</td>");
        fprintf(p->f, g.bad ? "<td></td></tr>\n" : "<td>%.3g</td></tr>\n", g.sigmas);
    }
    fprintf(p->f, "</tbody></table></div>\n");
}

static int
has_pictures(const plumb_page *p, const char *subject)
{
    static const char *const kinds[] = { "figures", "graphs" };
    size_t i;
    json_t *item;
    for (int k = 0; k < 2; k++)
        json_array_foreach(json_object_get(p->record, kinds[k]), i, item)
            if (!strcmp(plumb_json_string(item, "subject"), subject))
                return 1;
    return 0;
}

static void
sections(plumb_page *p)
{
    const json_t *checks = json_object_get(p->record, "checks");
    size_t subjects = 0, pictured = 0;
    for (size_t i = 0; i < json_array_size(checks); i++)
        subjects += !names_again(checks, i) && has_pictures(p, plumb_json_string(json_array_get(checks, i), "subject"));
    for (size_t i = 0, at = 0; i < json_array_size(checks); i++) {
        const char *subject = plumb_json_string(json_array_get(checks, i), "subject");
        glance g;
        int pictures;
        if (names_again(checks, i))
            continue;
        g = look(checks, subject);
        pictures = has_pictures(p, subject) && (subjects <= PICTURED || g.bad || g.open) && pictured < PICTURED;
        pictured += (size_t)pictures;
        plumb_page_section(p, subject, at++ == 0 || g.bad || g.open, pictures);
    }
    if (pictured < subjects)
        fprintf(p->f, "<p>Pictures are drawn for at most %d subjects, those with something wrong first; check one subject alone for its own.</p>\n", PICTURED);
}

/* figures of no checked subject: training */
static void
others(plumb_page *p)
{
    const json_t *checks = json_object_get(p->record, "checks");
    size_t i, k;
    json_t *figure, *check;
    json_array_foreach(json_object_get(p->record, "figures"), i, figure) {
        int known = 0;
        json_array_foreach((json_t *)checks, k, check)
            known |= !strcmp(plumb_json_string(check, "subject"), plumb_json_string(figure, "subject"));
        if (!known)
            plumb_page_figure(p, figure);
    }
}

/* ---- the end ---- */

static void
foot(plumb_page *p)
{
    const json_t *machine = json_object_get(p->record, "machine");
    fprintf(p->f, "<h2>Words</h2><dl><dt>cotangent, VJP</dt><dd>The cotangent of a value is the derivative of the output with respect to it; a "
        "vector-Jacobian product (VJP) takes the cotangent of a function's result to those of its inputs: one step of backpropagation.</dd>"
        "<dt>bar</dt><dd>How far a number may be from the truth: the rounding that an honest computation is entitled to, and for differences "
        "what the step leaves.</dd><dt>certain digits</dt><dd>Every entry agrees with the witness to this many decimal digits of "
        "the largest entry; what is left is covered by the error bars.</dd><dt>smallest error caught (resolution)</dt><dd>A relative error "
        "larger than this, in an entry of the largest size, would have been called wrong.</dd><dt>error / bar</dt><dd>The difference "
        "at the worst entry, in units of what the two error bars allow together.</dd><dt>rounding, sigmas</dt><dd>The largest rounding "
        "error in units of its predicted standard deviation.</dd><dt>kink</dt><dd>A point without a derivative, like ReLU at 0; any slope between "
        "those on its sides is a legitimate answer there.</dd></dl>\n<p>plumb ");
    plumb_page_text(p, p->record, "plumbline");
    fprintf(p->f, ", seed %lld", (long long)json_integer_value(json_object_get(p->record, "seed")));
    if (*plumb_json_string(machine, "processor")) {
        fprintf(p->f, ", on ");
        plumb_page_text(p, machine, "processor");
    }
    fprintf(p->f, ".");
    if (*plumb_json_string(p->record, "command")) {
        fprintf(p->f, " Made by <code>");
        plumb_page_text(p, p->record, "command");
        fprintf(p->f, "</code>.");
    }
    if (*p->missing.text) {
        fprintf(p->f, " Some pictures are missing: ");
        plumb_put_html(p->f, p->missing.text);
        fprintf(p->f, ".");
    }
    fprintf(p->f, "</p>\n<script>document.querySelectorAll('.script').forEach(function(e){e.hidden=false});document.getElementById('hide')"
        ".addEventListener('change',function(e){document.body.classList.toggle('hide-good',e.target.checked)})</script>\n");
}

plumb_status
plumb_html_write(FILE *f, const json_t *record)
{
    plumb_page p = { f, record, { "" }, PLUMB_OK };
    size_t i;
    json_t *note;
    fprintf(f, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\"><title>Plumbline report</title><style>%s</style></head><body>\n<h1>Plumbline report</h1>\n",
        style);
    answer(&p);
    json_array_foreach(json_object_get(record, "notes"), i, note) {
        fprintf(f, "<p>");
        plumb_put_html(f, json_string_value(note) ? json_string_value(note) : "");
        fprintf(f, "</p>\n");
    }
    troubles(&p);
    overview(&p);
    sections(&p);
    others(&p);
    foot(&p);
    fprintf(f, "</body></html>\n");
    return p.status ? p.status : ferror(f) ? PLUMB_EINPUT : PLUMB_OK;
}
