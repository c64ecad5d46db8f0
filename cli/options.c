/* options.c - what the commands have in common: options, sinks, the end of a run
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <omp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/cli.h"

int
cli_refuse(const char *format, ...)
{
    char text[1200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fprintf(stderr, "plumb: ");
    for (const char *c = text; *c; c++)         /* nothing that the user typed moves the cursor */
        fprintf(stderr, (unsigned char)*c < 0x20 || *c == 0x7f ? "\\x%02x" : "%c", (unsigned char)*c);
    fputc('\n', stderr);
    return EXIT_USAGE;
}

/* ---- reading ---- */

enum { KEY_SEED = 300, KEY_QUICK, KEY_ALL, KEY_ALLOW, KEY_ANONYMOUS, KEY_COLOR, KEY_FORMAT, KEY_DATA };
const struct argp_option cli_common_options[] = {
    { NULL, 'o', "FILE", 0, "Write a report; the ending .json .html .tap .txt decides the format, - is the output (repeatable)", 1 },
    { "output", 'o', "FILE", OPTION_ALIAS, NULL, 1 },
    { "format", KEY_FORMAT, "text|tap|json|html", 0, "The format of standard output (text)", 1 },
    { "seed", KEY_SEED, "N|random", 0, "Seed of the points and cotangents (1)", 2 },
    { "quick", KEY_QUICK, NULL, 0, "Eight entries of each tensor, and signed sums that cover the rest", 2 },
    { "all", KEY_ALL, NULL, 0, "Every entry by itself, however many there are (of more than 2048, the default is 64 and signed sums of all)", 2 },
    { "jobs", 'j', "N", 0, "Threads (all cores)", 2 },
    { "data", KEY_DATA, "FILE", 0, "Another data file for a model", 2 },
    { "allow-undecided", KEY_ALLOW, NULL, 0, "Undecided findings do not change the exit status", 3 },
    { "anonymous", KEY_ANONYMOUS, NULL, 0, "No machine and no command line in reports", 3 },
    { "color", KEY_COLOR, "auto|always|never", 0, "Colours (auto; NO_COLOR is honoured)", 3 },
    { "verbose", 'v', NULL, 0, "Every witness of every tensor", 3 },
    { "quiet", 'q', NULL, 0, "Only what does not hold, and the sum", 3 },
    { 0 },
};

static error_t
read_seed(cli_options *o, const char *arg)
{
    char *end;
    if (!strcmp(arg, "random"))
        return getrandom(&o->seed, sizeof o->seed, 0) == sizeof o->seed ? (o->seed >>= 33, 0) : EIO;
    errno = 0;
    o->seed = strtoull(arg, &end, 10);
    if (end == arg || *end || *arg == '-' || errno || o->seed > INT64_MAX)
        return plumb_fail(&o->diag, PLUMB_EINPUT, "--seed %s: a whole number or \"random\" was expected", arg) ? EINVAL : 0;
    return 0;
}

static error_t
read_jobs(cli_options *o, const char *arg)
{
    char *end;
    long n = strtol(arg, &end, 10);
    if (end == arg || *end || n < 1 || n > 1024)
        return plumb_fail(&o->diag, PLUMB_EINPUT, "-j %s: a number from 1 to 1024 was expected", arg) ? EINVAL : 0;
    o->team = (int)n;
    return 0;
}

static error_t
read_colour(cli_options *o, const char *arg)
{
    o->colour = !strcmp(arg, "always") ? 1 : !strcmp(arg, "never") ? 0 : !strcmp(arg, "auto") ? -1 : -2;
    return o->colour > -2 ? 0
        : plumb_fail(&o->diag, PLUMB_EINPUT, "--color %s: auto, always or never was expected", arg) ? EINVAL : 0;
}

static error_t
add_output(cli_options *o, const char *arg)
{
    if (o->outputs == MAXOUTPUTS)
        return plumb_fail(&o->diag, PLUMB_EINPUT, "-o %s: more than %d reports", arg, MAXOUTPUTS) ? EINVAL : 0;
    o->output[o->outputs++] = arg;
    return 0;
}

error_t
cli_parse_common(int key, char *arg, struct argp_state *state)
{
    cli_options *o = state->input;
    switch (key) {
    case 'o': return add_output(o, arg);
    case 'j': return read_jobs(o, arg);
    case 'v': o->level = 2; return 0;
    case 'q': o->level = 0; return 0;
    case KEY_FORMAT: o->format = arg; return 0;
    case KEY_SEED: return read_seed(o, arg);
    case KEY_QUICK: o->quick = 1, o->all = 0; return 0;
    case KEY_ALL: o->quick = 0, o->all = 1; return 0;
    case KEY_DATA: o->data = arg; return 0;
    case KEY_ALLOW: o->allow_undecided = 1; return 0;
    case KEY_ANONYMOUS: o->anonymous = 1; return 0;
    case KEY_COLOR: return read_colour(o, arg);
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* A long option that does not exist gets our sentence, with the nearest one, before argp sees it. */
static int
unknown_option(const struct argp *a, int argc, char **argv)
{
    const char *names[64];
    int n = 0;
    for (const struct argp_option *p = cli_common_options; p->name || p->key; p++)
        if (p->name && n < 60)
            names[n++] = p->name;
    for (const struct argp_option *p = a->options; p && (p->name || p->key || p->doc) && n < 60; p++)
        if (p->name)
            names[n++] = p->name;
    names[n++] = "help", names[n++] = "usage", names[n++] = "version", names[n] = NULL;
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
        char word[64];
        int known = 0;
        if (strncmp(argv[i], "--", 2))
            continue;
        snprintf(word, sizeof word, "%.*s", (int)strcspn(argv[i] + 2, "="), argv[i] + 2);
        for (int k = 0; k < n; k++)
            known |= !strncmp(names[k], word, strlen(word));
        if (!known) {
            const char *near = cli_nearest(word, names);
            return cli_refuse("there is no option --%s%s%s%s", word, near ? "; did you mean --" : "", near ? near : "", near ? "?" : "");
        }
    }
    return 0;
}

static void
remember(cli_options *o, int argc, char **argv)
{
    snprintf(o->command, sizeof o->command, "plumb");
    for (int i = 0; i < argc; i++) {
        size_t used = strlen(o->command);
        snprintf(o->command + used, sizeof o->command - used, strpbrk(argv[i], " ()*$&;<>|#'") ? " '%s'" : " %s", argv[i]);
    }
}

int
cli_parse(const struct argp *a, int argc, char **argv, cli_options *o)
{
    char name[64];
    error_t e;
    *o = (cli_options){ .seed = 1, .level = 1, .colour = -1, .team = omp_get_max_threads() };
    remember(o, argc, argv);
    if (unknown_option(a, argc, argv))
        return EXIT_USAGE;
    snprintf(name, sizeof name, "plumb %s", argv[0]);
    argv[0] = name;
    argp_err_exit_status = EXIT_USAGE;
    e = argp_parse(a, argc, argv, 0, NULL, o);
    if (o->diag.text[0])
        return cli_refuse("%s", o->diag.text);
    return e ? cli_refuse("%s", strerror(e)) : 0;
}

plumb_check_options
cli_check_options(const cli_options *o)
{
    return (plumb_check_options){ .seed = o->seed, .quick = o->quick, .all = o->all, .team = o->team, .modules = 1 };
}

/* ---- sinks ---- */

static int
wants_colour(const cli_options *o)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    if (o->colour >= 0)
        return o->colour;
    return !(no && *no) && isatty(STDOUT_FILENO) && !(term && !strcmp(term, "dumb"));
}

static plumb_sink *
made(plumb_sink *sink)
{
    if (!sink)
        cli_refuse("out of memory for the reports");
    return sink;
}

static plumb_sink *
by_format(const cli_options *o, const char *format, const char *path)
{
    const char *known[] = { "text", "txt", "tap", "json", "html", NULL }, *near;
    if (!strcmp(format, "json"))
        return made(plumb_sink_json(path, stdout));
    if (!strcmp(format, "html"))
        return made(plumb_sink_html(path, stdout));
    if (!strcmp(format, "tap"))
        return made(path ? plumb_sink_file(path, "tap") : plumb_sink_tap(stdout));
    if (!strcmp(format, "text") || !strcmp(format, "txt"))
        return made(path ? plumb_sink_file(path, "text") : plumb_sink_text(stdout, o->level, wants_colour(o)));
    near = cli_nearest(format, known);
    cli_refuse("%s%sthere is no report format \"%s\"%s%s%s", path ? path : "", path ? ": " : "", format, near ? "; did you mean " : "",
        near ? near : "", near ? "?" : "; there are text, tap, json, html");
    return NULL;
}

/* A report that cannot be written is better known before an hour's check than after it. */
static int
writable(const char *path)
{
    char folder[1024];
    struct stat is;
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    if (slash == path)
        strcpy(folder, "/");
    if (!stat(path, &is) && S_ISDIR(is.st_mode)) {
        cli_refuse("cannot write %s: it is a folder", path);
        return 0;
    }
    if (!access(folder, W_OK | X_OK))
        return 1;
    cli_refuse("cannot write %s: %s: %s", path, folder, strerror(errno));
    return 0;
}

plumb_sink *
cli_sinks(cli_options *o)
{
    plumb_sink *list[MAXOUTPUTS + 2], *tee;
    int n = 0, ok = 1;
    const char *format = o->format ? o->format : "text";
    list[n++] = plumb_sink_progress();
    list[n] = by_format(o, format, NULL);
    ok = list[n] != NULL;
    n += ok;
    for (int i = 0; i < o->outputs && ok; i++) {
        const char *dot = strrchr(o->output[i], '.');
        if (!strcmp(o->output[i], "-"))
            continue;
        ok = writable(o->output[i]);
        list[n] = ok ? by_format(o, dot ? dot + 1 : "", o->output[i]) : NULL;
        ok = list[n] != NULL;
        n += ok;
    }
    if (!list[0] && ok)
        cli_refuse("out of memory for the reports");
    if (!ok || !list[0]) {
        for (int i = 0; i < n; i++)
            plumb_sink_free(list[i]);
        return NULL;
    }
    tee = plumb_sink_tee(list, n);
    if (!tee)
        cli_refuse("out of memory for the reports");
    return tee;
}

void
cli_begin(const cli_options *o, plumb_sink *sink)
{
    plumb_run_info info = { plumb_version(), o->command, o->seed, o->anonymous };
    sink->begin(sink, &info);
}

/* Only findings are worth a report: after a failure nothing is written. */
int
cli_end(const cli_options *o, plumb_sink *sink, plumb_status st, plumb_diag *diag)
{
    int status = plumb_exit_status(plumb_sink_tee_count(sink), o->allow_undecided);
    if (!st)
        st = sink->end(sink, plumb_sink_tee_count(sink), diag);
    if (st)
        status = cli_refuse("%s", diag->text[0] ? diag->text : plumb_status_text(st));
    plumb_sink_free(sink);
    return status;
}
