/* report.c - plumb render, explain and replay: what to do with a finished run's record
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "reports/escape.h"
#include "reports/load.h"

enum { KEY_RUN = 600, KEY_FORMAT_RENDER };
static const struct argp common = { .options = cli_common_options, .parser = cli_parse_common };
static const struct argp_child children[] = { { &common, 0, NULL, 0 }, { 0 } };

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    cli_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = o; return 0;
    case KEY_RUN: o->run = 1; return 0;
    case ARGP_KEY_ARG:
        if (o->targets == 2)
            return plumb_fail(&o->diag, PLUMB_EINPUT, "%s: one argument too many", arg) ? EINVAL : 0;
        o->target[o->targets++] = arg;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ---- render ---- */

static const struct argp render_argp = { NULL, parse, "REPORT.json", "Write another format of a finished run.\v"
    "For example: plumb render plumb-report.json -o page.html -o junit.xml", children, NULL, NULL };

int
cli_render(int argc, char **argv)
{
    cli_options o;
    plumb_diag diag = { "" };
    plumb_status st = PLUMB_OK;
    int status = cli_parse(&render_argp, argc, argv, &o);
    if (status)
        return status;
    if (o.targets != 1)
        return cli_refuse("plumb render takes one JSON report (plumb render plumb-report.json -o page.html)");
    for (int i = 0; i < o.outputs; i++)
        if (strcmp(o.output[i], "-") && (!cli_format_of(o.output[i]) || !cli_writable(o.output[i])))
            return EXIT_USAGE;
    if (o.format && !cli_format_named(o.format))
        return EXIT_USAGE;
    if (!o.outputs || o.format)
        st = plumb_render(o.target[0], NULL, stdout, cli_format_named(o.format ? o.format : "text"), &diag);
    for (int i = 0; i < o.outputs && !st; i++)
        if (strcmp(o.output[i], "-"))
            st = plumb_render(o.target[0], o.output[i], NULL, cli_format_of(o.output[i]), &diag);
    return st ? cli_refuse("%s", diag.text) : 0;
}

/* ---- explain ---- */

static void
explain_op(const plumb_op *op)
{
    static const char *const structures[] = { "pointwise", "linear", "multilinear", "general" };
    plumb_case c = { .attrs = "" };
    int cases = 0;
    printf("op:%s - %s\n  %s\n", op->name, op->summary, op->formula);
    for (int k = 0; k < 2 && op->slope[k]; k++)
        printf("  d/d%c = %s\n", "xy"[k], op->slope[k]);
    if (op->structure == PLUMB_POINTWISE)
        printf("  (x, y: the inputs, z: the value)\n");
    printf("  %s, %d input%s; origin: %s\n", structures[op->structure], op->nin, op->nin == 1 ? "" : "s", op->origin);
    if (op->kinks)
        printf("  kinks: where %s%s\n", op->kinks, op->structure == PLUMB_POINTWISE ? " is 0" : "");
    for (int i = 0; i < PLUMB_MAXATTRS && op->attrs[i].name; i++)
        printf("  attribute %s (%s): %s\n", op->attrs[i].name, *op->attrs[i].fallback ? op->attrs[i].fallback : "none", op->attrs[i].summary);
    for (int i = 0; op->sample(i, &c); i++, c = (plumb_case){ .attrs = "" })
        cases += !c.kink || op->kinks;
    printf("  %d test cases: plumb check op:%s\n", cases, op->name);
}

static int
explain_piece(const char *what)
{
    const char *name = strchr(what, ':') ? strchr(what, ':') + 1 : "", *names[128] = { NULL }, *near;
    int n = 0;
    if (!strncmp(what, "op:", 3)) {
        if (plumb_op_find(name)) {
            explain_op(plumb_op_find(name));
            return 0;
        }
        for (int i = 0; plumb_ops[i] && n < 127; i++)
            names[n++] = plumb_ops[i]->name;
    } else if (!strncmp(what, "route:", 6)) {
        const plumb_route *r = plumb_route_find(name), *boxes = plumb_box_routes;
        while (!r && boxes->name && strcmp(boxes->name, name))
            boxes++;
        r = r || !boxes->name ? r : boxes;
        if (r) {
            printf("route:%s - %s\n  %ld bits; %s\n  %s\n", r->name, r->summary, r->bits, r->rule ? r->rule : "no derivative rule at all",
                r->claim ? "its derivative is judged" : "a witness: it is heard when others are judged");
            return 0;
        }
        for (int i = 0; plumb_routes[i] && n < 127; i++)
            names[n++] = plumb_routes[i]->name;
    } else {
        if (cli_explain_law(name))
            return 0;
        n = cli_law_names(names, 127);
    }
    near = cli_nearest(name, names);
    return cli_refuse("there is no %s%s%s%s", what, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

/* The finding of a record by its id (the first characters are enough where only one begins so). */
static const json_t *
find(const json_t *record, const char *id)
{
    const json_t *found = NULL;
    size_t i;
    json_t *check;
    json_array_foreach(json_object_get(record, "checks"), i, check)
        if (!strncmp(plumb_json_string(check, "id"), id, strlen(id)))
            found = found ? found : check;
    return found;
}

static int
hexadecimal(const char *id)
{
    return strlen(id) >= 4 && strlen(id) <= 16 && strspn(id, "0123456789abcdef") == strlen(id);
}

static void
put(const char *before, const char *text, const char *after)
{
    printf("%s", before);
    plumb_put_plain(stdout, text, 0);
    printf("%s", after);
}

static void
explain_finding(const json_t *check)
{
    const json_t *worst = json_object_get(check, "worst");
    const char *verdict = plumb_json_string(check, "verdict");
    size_t i;
    json_t *w;
    put("", plumb_json_string(check, "id"), ": ");
    put("", verdict, "");
    for (int v = 0; v < PLUMB_VERDICTS; v++)
        if (!strcmp(plumb_verdict_text((plumb_verdict)v), verdict))
            printf(" - %s", plumb_verdict_meaning((plumb_verdict)v));
    put("\n  ", plumb_json_string(check, "subject"), *plumb_json_string(check, "part") ? ", module " : "");
    put("", plumb_json_string(check, "part"), ", ");
    put("", plumb_json_string(check, "what"), " by ");
    put("", plumb_json_string(check, "route"), "\n");
    if (*plumb_json_string(check, "why"))
        put("  ", plumb_json_string(check, "why"), "\n");
    if (*plumb_json_string(worst, "got")) {
        put("  got ", plumb_json_string(worst, "got"), "");
        put(", want ", plumb_json_string(worst, "want"), "\n");
    }
    printf("  error %.3g, bar %.3g", plumb_json_number(check, "error"), plumb_json_number(check, "bar"));
    if (plumb_json_number(check, "resolution") > 0)
        printf(", smallest error that would have been caught %.3g", plumb_json_number(check, "resolution"));
    putchar('\n');
    json_array_foreach(json_object_get(check, "estimates"), i, w) {
        put("    ", plumb_json_string(w, "route"), " ");
        put("says ", plumb_json_string(w, "value"), "");
        printf(" +- %.2g, agrees in %lld, parts in %lld numbers\n", plumb_json_number(w, "bar"), (long long)json_integer_value(json_object_get(w, "agree")),
            (long long)json_integer_value(json_object_get(w, "disagree")));
    }
    put("  again: ", plumb_json_string(check, "replay"), "\n");
}

static const char default_report[] = "plumb-report.json";
static const struct argp explain_argp = { NULL, parse, "ID [REPORT.json] | op:NAME | law:NAME | route:NAME",
    "One finding, or one piece of the toolkit, in full.\vThe report is plumb-report.json unless another one is named.", children, NULL, NULL };

int
cli_explain(int argc, char **argv)
{
    cli_options o;
    plumb_diag diag = { "" };
    json_t *record;
    const json_t *check;
    int status = cli_parse(&explain_argp, argc, argv, &o);
    if (status)
        return status;
    if (!o.targets)
        return cli_refuse("nothing to explain: the id of a finding, op:NAME, law:NAME or route:NAME");
    if (!strncmp(o.target[0], "op:", 3) || !strncmp(o.target[0], "law:", 4) || !strncmp(o.target[0], "route:", 6))
        return explain_piece(o.target[0]);
    if (!hexadecimal(o.target[0]))
        return cli_refuse("\"%s\" is neither the id of a finding nor op:NAME, law:NAME or route:NAME", o.target[0]);
    record = plumb_record_load(o.targets > 1 ? o.target[1] : default_report, &diag);
    if (!record)
        return cli_refuse("%s%s", diag.text, o.targets > 1 ? "" : "; name the report that has the finding (plumb check -o r.json ..., then plumb explain ID r.json)");
    check = find(record, o.target[0]);
    if (check)
        explain_finding(check);
    status = check ? 0 : cli_refuse("%s has no finding %s", o.targets > 1 ? o.target[1] : default_report, o.target[0]);
    json_decref(record);
    return status;
}

/* ---- replay ---- */

/* A shell's words of a command, quotes taken off; 0 when there are too many or a quote is not closed. */
static int
words(char *text, char **argv, int room)
{
    int n = 0;
    char *to = text;
    for (char *at = text; *at;) {
        while (*at == ' ')
            at++;
        if (!*at)
            break;
        if (n == room)
            return 0;
        argv[n++] = to;
        for (int quoted = 0; *at && (quoted || *at != ' '); at++)
            if (*at == '\'')
                quoted = !quoted;
            else if (*at == '\\' && !quoted && at[1])
                *to++ = *++at;
            else
                *to++ = *at;
        at += *at == ' ';
        *to++ = 0;
    }
    return n;
}

/* A report may have been written by anybody: only what checks something of ours is run from it. */
static int
harmless(char **argv, int n)
{
    if (n < 3 || strcmp(argv[0], "plumb") || strcmp(argv[1], "check"))
        return 0;
    for (int i = 2; i < n; i++) {
        int with_value = !strcmp(argv[i], "--seed") || !strcmp(argv[i], "--math") || !strcmp(argv[i], "--slope") || !strcmp(argv[i], "--data");
        if (with_value && i + 1 < n)
            i++;
        else if (strncmp(argv[i], "op:", 3) && strncmp(argv[i], "model:", 6) && strcmp(argv[i], "--quick") && strcmp(argv[i], "--all"))
            return 0;
    }
    return 1;
}

static int
run_again(const char *command)
{
    char copy[2048], *argv[32];
    int n;
    if ((size_t)snprintf(copy, sizeof copy, "%s", command) >= sizeof copy || !(n = words(copy, argv, 31)) || !harmless(argv, n))
        return cli_refuse("this command is not run from a report; type it if you trust it: %s", command);
    argv[n] = NULL;
    return cli_check(n - 1, argv + 1);
}

static const struct argp_option replay_options[] = { { "run", KEY_RUN, NULL, 0, "Run the command, not only print it", 0 }, { 0 } };
static const struct argp replay_argp = { replay_options, parse, "ID [REPORT.json] | REPORT.json", "The command that makes a finding again.\v"
    "Of a whole report: the commands of everything that does not hold. Only commands that check ops, models and formulas are ever run.", children,
    NULL, NULL };

static int
replay_all(const json_t *record, int run)
{
    const char *last = "";
    size_t i;
    json_t *check;
    int status = 0;
    json_array_foreach(json_object_get(record, "checks"), i, check) {
        const char *command = plumb_json_string(check, "replay");
        if (!plumb_json_exit(plumb_json_string(check, "verdict")) || !strcmp(command, last))
            continue;
        last = command;
        put("", command, "\n");
        fflush(stdout);
        if (run && status != EXIT_USAGE) {
            int own = run_again(command);
            status = own == EXIT_USAGE || own == 1 || !status ? own : status;
        }
    }
    if (!*last)
        printf("everything in it holds\n");
    return status;
}

int
cli_replay(int argc, char **argv)
{
    cli_options o;
    plumb_diag diag = { "" };
    json_t *record;
    const json_t *check;
    int by_id, status = cli_parse(&replay_argp, argc, argv, &o);
    if (status)
        return status;
    by_id = o.targets && hexadecimal(o.target[0]);
    record = plumb_record_load(by_id ? (o.targets > 1 ? o.target[1] : default_report) : o.targets ? o.target[0] : default_report, &diag);
    if (!record)
        return cli_refuse("%s", diag.text);
    check = by_id ? find(record, o.target[0]) : NULL;
    if (by_id && !check)
        status = cli_refuse("the report has no finding %s", o.target[0]);
    else if (!by_id)
        status = replay_all(record, o.run);
    else {
        put("", plumb_json_string(check, "replay"), "\n");
        fflush(stdout);
        status = o.run ? run_again(plumb_json_string(check, "replay")) : 0;
    }
    json_decref(record);
    return status;
}
