/* t-hostile.c - names full of quotes, backticks, tags, newlines and escape sequences stay text in every format
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A subject, its module, its leaf and its notes are called so; every report and picture is made of it.  What a
 * shell, gnuplot or dot would have been made to do is to create a file: it must not be there.  JUnit is read by a
 * small XML parser, and its shape and counts are looked at. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/ops/ops.h"
#include "plumbline/sink.h"
#include "tests/tap.h"

static char folder[] = "/tmp/plumb-hostile-XXXXXX", marker[100], name[600];

static const char *
in_folder(const char *file)
{
    static char path[8][200];
    static int next;
    char *to = path[next++ % 8];
    snprintf(to, 200, "%s/%s", folder, file);
    return to;
}

static char *
slurp(const char *file)
{
    FILE *f = fopen(in_folder(file), "rb");
    char *text = calloc(4 << 20, 1);
    if (f && text && fread(text, 1, (4 << 20) - 1, f) == 0)
        diag("%s is empty", file);
    if (f)
        fclose(f);
    return text;
}

/* ---- the subject ---- */

static plumb_op wrong;

static plumb_subject *
subject(void)
{
    plumb_graph *g = plumb_graph_new();
    plumb_diag why = { "" };
    plumb_subject *s;
    int x = plumb_graph_param(g, name, (plumb_shape){ 1, { 3 } }), y;
    wrong = plumb_op_tanh;
    wrong.slope[0] = "1 - z";
    y = plumb_graph_apply(g, &wrong, name, NULL, &x);
    plumb_graph_apply(g, &plumb_op_sum, "sum", NULL, &y);
    s = plumb_subject_new(name, "", name, g, plumb_graph_values(g) - 1, &why);
    if (!s || plumb_subject_draw(s, 1, 0))
        bail(why.text);
    return s;
}

static void
figures(plumb_sink *sink)
{
    static const double data[] = { 1, 2, 3, 4 };
    const char *const names[] = { name, name }, *const labels[] = { name, name };
    static const char *const kinds[] = { "curve", "log2", "v-curve", "heat", "matrix", "path", "table", "tangent" };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        plumb_figure f = { kinds[i], name, name, name, 2, names, names, 2, data, labels };
        sink->figure(sink, &f);
    }
}

static void
make_everything(const plumb_subject *s)
{
    plumb_diag why = { "" };
    plumb_check_options o = { .seed = 1, .modules = 1 };
    plumb_run_info info = { name, name, 1, 0 };
    plumb_sink *list[5] = { plumb_sink_json(in_folder("r.json"), NULL), plumb_sink_html(in_folder("r.html"), NULL),
        plumb_sink_junit(in_folder("r.xml"), NULL), plumb_sink_file(in_folder("r.tap"), "tap"), plumb_sink_file(in_folder("r.txt"), "text") };
    plumb_sink *tee = plumb_sink_tee(list, 5);
    info.version = plumb_version();
    if (!tee)
        bail("no sinks");
    tee->begin(tee, &info);
    if (plumb_check_subject(s, &o, tee, &why))
        bail(why.text);
    figures(tee);
    tee->note(tee, name);
    if (tee->end(tee, plumb_sink_tee_count(tee), &why))
        bail(why.text);
    plumb_sink_free(tee);
    if (plumb_show(s, in_folder("r.json"), NULL, in_folder("g.dot"), NULL, &why) || plumb_render(in_folder("r.json"), in_folder("r2.html"), NULL, "html", &why) ||
        plumb_render(in_folder("r.json"), in_folder("r2.txt"), NULL, "text", &why) || plumb_render(in_folder("r.json"), in_folder("r2.tap"), NULL, "tap", &why))
        bail(why.text);
    if (plumb_show(s, in_folder("r.json"), NULL, in_folder("g.svg"), NULL, &why))
        diag("no picture: %s", why.text);
}

/* ---- what must not be there ---- */

static size_t
times(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, what)); at++)
        n++;
    return n;
}

static int
control(const char *text)
{
    for (; *text; text++)
        if (((unsigned char)*text < 0x20 && *text != '\n' && *text != '\t') || *text == 0x7f)
            return 1;
    return 0;
}

static void
quiet(const char *file)
{
    char *text = slurp(file);
    ok(*text && !control(text), "%s has no control character but line ends", file);
    free(text);
}

static void
markup(const char *file, size_t scripts)
{
    char *text = slurp(file);
    ok(*text && !strstr(text, "<img src=x") && !strstr(text, "<b>boo") && times(text, "<script") == scripts && !strstr(text, "]]>"),
        "%s: no tag of a name became one", file);
    free(text);
}

/* every line of a DOT file is one of ours: quotes are balanced on it */
static void
dot(void)
{
    char *text = slurp("g.dot");
    int bad = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        int quotes = 0;
        for (char *c = line; *c; c++)
            quotes += *c == '"';
        bad += quotes % 2;
    }
    ok(!bad, "g.dot: every quoted string ends on its line");
    free(text);
}

static void
tap_lines(const char *file)
{
    char *text = slurp(file);
    int strange = 0, points = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        int point = !strncmp(line, "ok ", 3) || !strncmp(line, "not ok ", 7);
        points += point;
        strange += !point && *line != '#' && strncmp(line, "1..", 3) && strncmp(line, "TAP version", 11);
    }
    ok(points > 3 && !strange, "%s: every line is TAP (%d points)", file, points);
    free(text);
}

/* ---- a small XML parser ---- */

typedef struct reader {
    const char *at;
    int bad, depth;
    size_t suites, cases, outcomes, tests, failures;
    char stack[8][20];
} reader;

static void
text_until(reader *r, char stop)
{
    for (; *r->at && *r->at != stop; r->at++) {
        const char *end;
        if (*r->at == '<')
            r->bad = 1;
        if (*r->at != '&')
            continue;
        end = strchr(r->at, ';');
        r->bad |= !end || end - r->at > 9 || (r->at[1] != '#' && strncmp(r->at, "&amp;", 5) && strncmp(r->at, "&lt;", 4) && strncmp(r->at, "&gt;", 4) &&
            strncmp(r->at, "&quot;", 6) && strncmp(r->at, "&apos;", 6));
    }
}

static void
attributes(reader *r)
{
    while (*r->at == ' ') {
        char key[20] = "";
        size_t n = strspn(++r->at, "abcdefghijklmnopqrstuvwxyz");
        snprintf(key, sizeof key, "%.*s", (int)n, r->at);
        r->at += n;
        if (strncmp(r->at, "=\"", 2)) {
            r->bad = 1;
            return;
        }
        r->at += 2;
        if (!strcmp(key, "tests") && r->depth == 1)
            r->tests = strtoul(r->at, NULL, 10);
        if (!strcmp(key, "failures") && r->depth == 1)
            r->failures = strtoul(r->at, NULL, 10);
        text_until(r, '"');
        r->at += *r->at == '"';
    }
}

static void
element(reader *r)
{
    static const char *const parents[][2] = { { "testsuites", "" }, { "testsuite", "testsuites" }, { "testcase", "testsuite" },
        { "failure", "testcase" }, { "error", "testcase" }, { "skipped", "testcase" } };
    size_t n = strspn(r->at, "abcdefghijklmnopqrstuvwxyz");
    char tag[20] = "";
    int fits = 0;
    snprintf(tag, sizeof tag, "%.*s", (int)n, r->at);
    r->at += n;
    for (int i = 0; i < 6; i++)
        fits |= !strcmp(tag, parents[i][0]) && !strcmp(r->depth ? r->stack[r->depth - 1] : "", parents[i][1]);
    r->bad |= !fits || r->depth == 7;
    if (r->bad)
        return;
    strcpy(r->stack[r->depth++], tag);
    r->suites += !strcmp(tag, "testsuite"), r->cases += !strcmp(tag, "testcase"), r->outcomes += !strcmp(tag, "failure");
    attributes(r);
    r->bad |= *r->at != '>';
}

static void
closing(reader *r)
{
    size_t n = strspn(r->at, "abcdefghijklmnopqrstuvwxyz");
    r->bad |= r->depth == 0 || strlen(r->stack[r->depth - 1]) != n || strncmp(r->at, r->stack[r->depth - 1], n) || r->at[n] != '>';
    r->depth--, r->at += n;
}

static void
junit(const char *file, size_t suites)
{
    char *text = slurp(file);
    reader r = { .at = text };
    r.bad = strncmp(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", 39) != 0;
    r.at += r.bad ? 0 : 39;
    while (*r.at && !r.bad) {
        if (*r.at == '<' && r.at[1] == '/')
            r.at += 2, closing(&r);
        else if (*r.at == '<')
            r.at++, element(&r);
        else {
            text_until(&r, '<');
            continue;
        }
        r.at++;
    }
    ok(!r.bad && r.depth == 0 && r.suites == suites && r.cases == r.tests && r.outcomes == r.failures && r.failures > 0,
        "%s is well-formed JUnit: %zu suites, %zu cases of %zu, %zu failures of %zu", file, r.suites, r.cases, r.tests, r.outcomes, r.failures);
    free(text);
}

int
main(void)
{
    static const char *const plain[] = { "r.html", "r2.html", "r.xml", "r.tap", "r2.tap", "r.txt", "r2.txt", "g.dot" };
    plumb_subject *s;
    char *one, *two;
    if (!mkdtemp(folder))
        bail("no temporary folder");
    snprintf(marker, sizeof marker, "%s/made", folder);
    snprintf(name, sizeof name, "a`touch %s`\"'<img src=x onerror=alert(1)><b>boo\n\033[31m&amp;\\N\\l$(touch %s)%%s]]>--\x9b;'; system(\"touch %s\")\n#not ok",
        marker, marker, marker);
    s = subject();
    make_everything(s);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        quiet(plain[i]);
    markup("r.html", 1), markup("r2.html", 1), markup("r.xml", 0);
    one = slurp("r.html"), two = slurp("r2.html");
    ok(*one && !strcmp(one, two), "the page made live and the page made from the JSON are the same bytes");
    if (access(in_folder("g.svg"), R_OK))
        ok(1, "g.svg # SKIP dot is missing");
    else
        markup("g.svg", 0);
    dot();
    tap_lines("r.tap"), tap_lines("r2.tap");
    junit("r.xml", 1);
    ok(access(marker, F_OK), "no name was run by a shell, gnuplot or dot");
    free(one), free(two);
    plumb_subject_free(s);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        unlink(in_folder(plain[i]));
    unlink(in_folder("r.json")), unlink(in_folder("g.svg")), unlink(marker), rmdir(folder);
    mpfr_free_cache();
    return done();
}
