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

error_t
cli_add_target(cli_options *o, const char *arg, const char *what)
{
    if (o->targets == MAXTARGETS)
        return plumb_fail(&o->diag, PLUMB_EINPUT, "%s: more than %d %s", arg, MAXTARGETS, what) ? EINVAL : 0;
    o->target[o->targets++] = arg;
    return 0;
}

enum { KEY_SEED = 300, KEY_QUICK, KEY_ALL, KEY_ALLOW, KEY_ANONYMOUS, KEY_COLOR, KEY_FORMAT, KEY_DATA, KEY_BASELINE, KEY_HINT };
const struct argp_option cli_common_options[] = {
    { NULL, 'o', "FILE", 0, "Write a report; the ending .json .html .xml .tap .txt decides the format, - is the output (repeatable)", 1 },
    { "output", 'o', "FILE", OPTION_ALIAS, NULL, 1 },
    { "format", KEY_FORMAT, "text|tap|json|html|xml", 0, "The format of standard output (text)", 1 },
    { "seed", KEY_SEED, "N|random", 0, "Seed of the points and cotangents (1)", 2 },
    { "quick", KEY_QUICK, NULL, 0, "Eight entries of each tensor, and signed sums that cover the rest", 2 },
    { "all", KEY_ALL, NULL, 0, "Every entry by itself, however many there are (of more than 2048, the default is 64 and signed sums of all)", 2 },
    { "jobs", 'j', "N", 0, "Threads (all cores)", 2 },
    { "data", KEY_DATA, "FILE", 0, "Another data file for a model", 2 },
    { "baseline", KEY_BASELINE, "REPORT.json", 0, "Only what is new or worse than in that report changes the exit status", 3 },
    { "hint", KEY_HINT, "0|1|2", 0, "How much is told: 0 the verdict, 1 which tensor and how many numbers, 2 everything (2)", 3 },
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
read_hint(cli_options *o, const char *arg)
{
    o->hint = strlen(arg) == 1 && *arg >= '0' && *arg <= '2' ? *arg - '0' : -1;
    return o->hint >= 0 ? 0 : plumb_fail(&o->diag, PLUMB_EINPUT, "--hint %s: 0, 1 or 2 was expected", arg) ? EINVAL : 0;
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
    case KEY_BASELINE: o->baseline = arg; return 0;
    case KEY_HINT: return read_hint(o, arg);
    case KEY_ALLOW: o->allow_undecided = 1; return 0;
    case KEY_ANONYMOUS: o->anonymous = 1; return 0;
    case KEY_COLOR: return read_colour(o, arg);
    default: return ARGP_ERR_UNKNOWN;
    }
}

enum { MAXOPTIONS = 80 };

static void
collect(const struct argp *a, const char **names, int *n)
{
    for (const struct argp_option *p = a->options; p && (p->name || p->key || p->doc); p++)
        if (p->name && *n < MAXOPTIONS)
            names[(*n)++] = p->name;
    for (const struct argp_child *c = a->children; c && c->argp; c++)
        collect(c->argp, names, n);
}

/* A long option that does not exist gets our sentence, with the nearest one, before argp sees it. */
static int
unknown_option(const struct argp *a, int argc, char **argv)
{
    const char *names[MAXOPTIONS + 4];
    int n = 0;
    collect(a, names, &n);
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
    *o = (cli_options){ .seed = 1, .level = 1, .colour = -1, .hint = 2, .team = omp_get_max_threads() };
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

const char *
cli_format_named(const char *word)
{
    static const char *const known[] = { "text", "txt", "tap", "json", "html", "xml", "junit", NULL };
    const char *near;
    for (int i = 0; known[i]; i++)
        if (!strcmp(word, known[i]))
            return i == 1 ? "text" : i == 6 ? "xml" : known[i];
    near = cli_nearest(word, known);
    cli_refuse("there is no report format \"%s\"%s%s%s", word, near ? "; did you mean " : "", near ? near : "",
        near ? "?" : "; there are text, tap, json, html, xml");
    return NULL;
}

const char *
cli_format_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    return cli_format_named(dot ? dot + 1 : "");
}

static plumb_sink *
by_format(const cli_options *o, const char *format, const char *path)
{
    if (!format)
        return NULL;
    if (!strcmp(format, "json"))
        return made(plumb_sink_json(path, stdout));
    if (!strcmp(format, "html"))
        return made(plumb_sink_html(path, stdout));
    if (!strcmp(format, "xml"))
        return made(plumb_sink_junit(path, stdout));
    if (!strcmp(format, "tap"))
        return made(path ? plumb_sink_file(path, "tap") : plumb_sink_tap(stdout));
    return made(path ? plumb_sink_file(path, "text") : plumb_sink_text(stdout, o->level, wants_colour(o)));
}

/* A report that cannot be written is better known before an hour's check than after it. */
int
cli_writable(const char *path)
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

/* The reports of -o and --format into list; 0 when one cannot be (said). */
static int
reports(cli_options *o, plumb_sink **list, int *n)
{
    list[*n] = by_format(o, cli_format_named(o->format ? o->format : "text"), NULL);
    if (!list[*n])
        return 0;
    (*n)++;
    for (int i = 0; i < o->outputs; i++) {
        if (!strcmp(o->output[i], "-"))
            continue;
        list[*n] = cli_writable(o->output[i]) ? by_format(o, cli_format_of(o->output[i]), o->output[i]) : NULL;
        if (!list[*n])
            return 0;
        (*n)++;
    }
    for (int i = 0; i < *n && o->hint < 2; i++)
        if (!(list[i] = made(plumb_sink_hint(list[i], o->hint))))
            return 0;
    return 1;
}

plumb_sink *
cli_sinks(cli_options *o)
{
    plumb_sink *list[MAXOUTPUTS + 3] = { NULL }, *tee;
    plumb_diag diag = { "" };
    int n = 0, ok = reports(o, list, &n);
    if (ok && o->baseline) {
        o->excused = list[n] = plumb_sink_baseline(o->baseline, &diag);
        ok = list[n] != NULL;
        n += ok;
        if (!ok)
            cli_refuse("%s", diag.text);
    }
    if (ok) {
        list[n] = made(plumb_sink_progress());
        ok = list[n] != NULL;
        n += ok;
    }
    for (int i = 0; i < n && !ok; i++)
        plumb_sink_free(list[i]);
    if (!ok)
        return NULL;
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

/* The exit status that the findings mean, those of the baseline aside. */
static int
status_of(const cli_options *o, plumb_sink *sink)
{
    const size_t *count = plumb_sink_tee_count(sink);
    char line[120];
    size_t known;
    if (o->excused) {
        count = plumb_sink_baseline_count(o->excused, &known);
        snprintf(line, sizeof line, "%zu finding%s not hold, as in the baseline; what is new or worse decides.", known, known == 1 ? " does" : "s do");
        if (known && sink->note)
            sink->note(sink, line);
    }
    return plumb_exit_status(count, o->allow_undecided);
}

/* Only findings are worth a report: after a failure nothing is written. */
int
cli_end(const cli_options *o, plumb_sink *sink, plumb_status st, plumb_diag *diag)
{
    int status = status_of(o, sink);
    if (!st)
        st = sink->end(sink, plumb_sink_tee_count(sink), diag);
    if (st)
        status = cli_refuse("%s", diag->text[0] ? diag->text : plumb_status_text(st));
    plumb_sink_free(sink);
    return status;
}
