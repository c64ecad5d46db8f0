/* boxes.c - other people's code on the command line: programs, plugins, recorded arrays, and their twins
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/cli.h"

enum { KEY_TWIN = 600, KEY_TWIN_PROGRAM, KEY_TIMEOUT, KEY_START, KEY_MEMORY, KEY_FD, KEY_FIFO, KEY_BUDGET, KEY_POINT };
const struct argp_option cli_box_options[] = {
    { "twin", KEY_TWIN, "TARGET", 0, "The same function: op:NAME, model:NAME or a formula of the inputs", 0 },
    { "twin-program", KEY_TWIN_PROGRAM, "COMMAND", 0, "The same function as another program (or ./lib.so:NAME), in higher precision", 0 },
    { "budget", KEY_BUDGET, "N|TIME", 0, "At most so many calls, or so long: 200calls, 90s, 30m (1000 calls and 30 s)", 0 },
    { "point-only", KEY_POINT, NULL, 0, "Look at the given point alone, not at its region", 0 },
    { "timeout", KEY_TIMEOUT, "SECONDS", 0, "For a reply (20 times the slowest so far, at least 10)", 0 },
    { "start-timeout", KEY_START, "SECONDS", 0, "For the first reply (120)", 0 },
    { "limit-memory", KEY_MEMORY, "MIB", 0, "End a program that uses more (half of the machine's)", 0 },
    { "fd", KEY_FD, "R,W", 0, "Speak with what is at the other end of two open descriptors", 0 },
    { "fifo", KEY_FIFO, "FOLDER", 0, "Requests and replies through two named pipes in FOLDER (PLUMB_IN and PLUMB_OUT tell the program), so that it may print", 0 },
    { 0 },
};

static error_t
refuse(cli_options *o, const char *option, const char *arg, const char *wanted)
{
    return plumb_fail(&o->diag, PLUMB_EINPUT, "%s %s: %s was expected", option, arg, wanted) ? EINVAL : 0;
}

static error_t
read_seconds(cli_options *o, const char *option, const char *arg, double *to)
{
    char *end;
    *to = strtod(arg, &end);
    return end != arg && !*end && *to > 0 && *to < 1e9 ? 0 : refuse(o, option, arg, "a number of seconds");
}

static error_t
read_budget(cli_options *o, const char *arg)
{
    char *end;
    double n = strtod(arg, &end);
    if (end == arg || !(n > 0) || n > 1e9)
        return refuse(o, "--budget", arg, "as in 200calls, 90s or 30m");
    if (!*end || !strcmp(end, "calls"))
        o->calls = (size_t)n, o->seconds = 1e9;
    else if (!strcmp(end, "s") || !strcmp(end, "m") || !strcmp(end, "h"))
        o->seconds = n * (*end == 's' ? 1 : *end == 'm' ? 60 : 3600), o->calls = (size_t)1 << 40;
    else
        return refuse(o, "--budget", arg, "as in 200calls, 90s or 30m");
    return 0;
}

static error_t
read_descriptors(cli_options *o, const char *arg)
{
    int used = 0;
    if (sscanf(arg, "%d,%d%n", &o->program.in, &o->program.out, &used) != 2 || arg[used] || o->program.in < 0 || o->program.out < 0)
        return refuse(o, "--fd", arg, "two numbers of open descriptors, as in 3,4,");
    if (fcntl(o->program.in, F_GETFD) < 0 || fcntl(o->program.out, F_GETFD) < 0)
        return refuse(o, "--fd", arg, "two descriptors that are open");
    o->program.attached = 1;
    return 0;
}

error_t
cli_parse_box(int key, char *arg, struct argp_state *state)
{
    cli_options *o = state->input;
    char *end;
    unsigned long mib;
    switch (key) {
    case KEY_TWIN: o->twin = arg; return 0;
    case KEY_TWIN_PROGRAM: o->twin_program = arg; return 0;
    case KEY_BUDGET: return read_budget(o, arg);
    case KEY_POINT: o->point_only = 1; return 0;
    case KEY_TIMEOUT: return read_seconds(o, "--timeout", arg, &o->program.timeout);
    case KEY_START: return read_seconds(o, "--start-timeout", arg, &o->program.start_timeout);
    case KEY_FD: return read_descriptors(o, arg);
    case KEY_FIFO:
        if (access(arg, W_OK | X_OK))
            return refuse(o, "--fifo", arg, "a folder that can be written to");
        o->program.fifo = arg;
        return 0;
    case KEY_MEMORY:
        mib = strtoul(arg, &end, 10);
        if (end == arg || *end || !mib || mib > 1 << 24)
            return refuse(o, "--limit-memory", arg, "a number of MiB");
        o->program.limit_memory = (size_t)mib << 20;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ---- opening ---- */

/* "./layers.so" of "./layers.so:name"; the length of the path, or 0 when it is no plugin */
static size_t
plugin_path(const char *target)
{
    const char *so = strstr(target, ".so");
    while (so && so[3] && so[3] != ':' && so[3] != '.')
        so = strstr(so + 3, ".so");
    if (!so || strstr(target, "op:") == target || strstr(target, "model:") == target)
        return 0;
    return so[3] == '.' ? strcspn(target, ":") : (size_t)(so + 3 - target);
}

static int
is_arrays(const char *target)
{
    struct stat is;
    size_t n = strlen(target);
    return (n > 4 && !strcmp(target + n - 4, ".npz")) || (!strncmp(target, "./", 2) && !stat(target, &is) && S_ISDIR(is.st_mode)) || (n > 1 && target[n - 1] == '/') ||
        (!strchr(target, ':') && !stat(target, &is) && S_ISDIR(is.st_mode));
}

int
cli_is_box(const char *target)
{
    return plugin_path(target) || is_arrays(target);
}

static void
log_line(void *with, const char *line)
{
    (void)with;
    fputs("| ", stderr);
    for (; *line; line++)
        fprintf(stderr, (unsigned char)*line < 0x20 || *line == 0x7f ? "\\x%02x" : "%c", (unsigned char)*line);
    fputc('\n', stderr);
}

plumb_program_options
cli_program_options(const cli_options *o)
{
    plumb_program_options p = o->program;
    p.copies = o->team;
    p.log = o->level >= 2 ? log_line : NULL;
    if (!p.limit_memory)
        p.limit_memory = (size_t)sysconf(_SC_PHYS_PAGES) / 2 * (size_t)sysconf(_SC_PAGESIZE);
    return p;
}

/* A plugin runs in a worker of ours, a process of its own. */
static plumb_box *
open_plugin(const cli_options *o, const char *target, plumb_diag *diag)
{
    plumb_program_options options = cli_program_options(o);
    size_t n = plugin_path(target);
    char path[4096], self[4096];
    const char *argv[] = { self, "worker", path, target[n] == ':' ? target + n + 1 : "", NULL };
    plumb_box *box;
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        return plumb_fail(diag, PLUMB_EINPUT, "cannot find the program itself: %s", strerror(errno)), NULL;
    self[length] = 0;
    options.attached = 0, options.fifo = NULL, options.worker = 1;
    snprintf(path, sizeof path, "%s%.*s", memchr(target, '/', n) ? "" : "./", (int)n, target);
    if (access(path, R_OK))
        return plumb_fail(diag, PLUMB_EINPUT, "cannot read the plugin %s: %s", path, strerror(errno)), NULL;
    box = plumb_box_program(argv, &options, diag);
    if (box && !plumb_box_rename(box, target, target)) {
        plumb_box_free(box);
        return plumb_fail(diag, PLUMB_ENOMEM, "out of memory for %s", target), NULL;
    }
    return box;
}

static plumb_box *
open_command(const cli_options *o, const char *command, plumb_diag *diag)
{
    plumb_program_options options = cli_program_options(o);
    const char *argv[] = { "/bin/sh", "-c", NULL, NULL };
    char line[4096];
    if (plugin_path(command) && !strpbrk(command, " \t"))
        return open_plugin(o, command, diag);
    if ((size_t)snprintf(line, sizeof line, "exec %s", command) >= sizeof line)
        return plumb_fail(diag, PLUMB_EINPUT, "--twin-program: the command is too long"), NULL;
    argv[2] = line, options.attached = 0, options.fifo = NULL;
    return plumb_box_program(argv, &options, diag);
}

static plumb_box *
open_box(const cli_options *o, const char *target, char **program, plumb_diag *diag)
{
    plumb_program_options options = cli_program_options(o);
    if (!target)
        return plumb_box_program((const char *const *)program, &options, diag);
    return plugin_path(target) ? open_plugin(o, target, diag) : plumb_box_arrays(target, diag);
}

/* ---- twins by name ---- */

/* A subject outlives the visit that it is shown in: a copy of it. */
static plumb_status
keep(const plumb_subject *s, void *with, plumb_diag *diag)
{
    plumb_subject **to = with;
    *to = plumb_subject_with_op(s, NULL, NULL, diag);
    return *to ? PLUMB_OK : PLUMB_EINPUT;
}

static plumb_subject *
open_model(void *with, const char *name, const plumb_hello *h, plumb_diag *diag)
{
    plumb_subject *s = NULL;
    (void)h;
    return cli_one_subject(with, name, keep, &s, diag) ? NULL : s;
}

/* ---- the check ---- */

static volatile int stopped;

static void
stop(int signal)
{
    (void)signal;
    stopped = 1;
}

/* What must be typed beside the seed to see the same again. */
static const char *
options_again(const cli_options *o, char *text, size_t room)
{
    if (o->twin)
        strcat(text, " --twin "), plumb_shell_quote(text, room, o->twin);
    if (o->twin_program)
        strcat(text, " --twin-program "), plumb_shell_quote(text, room, o->twin_program);
    if (o->calls && o->calls < (size_t)1 << 40)
        snprintf(text + strlen(text), room - strlen(text), " --budget %zucalls", o->calls);
    else if (o->seconds > 0)
        snprintf(text + strlen(text), room - strlen(text), " --budget %gs", o->seconds);
    if (o->point_only && strlen(text) + 20 < room)
        strcat(text, " --point-only");
    return text;
}

static plumb_status
check_one(const cli_options *o, const char *target, char **program, plumb_sink *sink, plumb_diag *diag)
{
    plumb_catalogue catalogue = { open_model, (void *)o };
    plumb_box *box = open_box(o, target, program, diag), *twin = NULL;
    plumb_box_options options = { .seed = o->seed, .quick = o->quick, .all = o->all, .calls = o->calls, .seconds = o->seconds, .team = o->team,
        .catalogue = &catalogue, .given_only = o->point_only, .silent = o->level < 1, .stop = &stopped, .twin_name = o->twin };
    char again[3000] = "";
    struct sigaction once = { .sa_handler = stop, .sa_flags = (int)SA_RESETHAND }, before;
    plumb_status st = box ? PLUMB_OK : PLUMB_EINPUT;
    if (box && o->twin && o->twin_program)
        st = plumb_fail(diag, PLUMB_EINPUT, "--twin and --twin-program are two twins: give one");
    if (!st && o->twin_program && !(twin = open_command(o, o->twin_program, diag)))
        st = PLUMB_EINPUT;
    options.twin = twin, options.again = options_again(o, again, sizeof again);
    if (o->all && !o->calls)
        options.calls = (size_t)1 << 40, options.seconds = 3600;
    sigaction(SIGINT, &once, &before);          /* the first one says what is known and ends; the second ends at once */
    st |= st ? st : plumb_check_box(box, &options, sink, diag);
    sigaction(SIGINT, &before, NULL);
    plumb_box_free(box);
    plumb_box_free(twin);
    return st;
}

/* The subjects of a plugin, one a line, as its worker tells them; NULL for none. */
static char *
subjects_of(const char *path)
{
    char command[9000] = "", self[4096], *names = NULL;
    size_t length = 0;
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    FILE *f;
    if (n < 0)
        return NULL;
    self[n] = 0;
    plumb_shell_quote(command, sizeof command, self);
    strcat(command, " worker ");
    plumb_shell_quote(command, sizeof command, path);
    strcat(command, " '?' 2>/dev/null");
    f = popen(command, "r");
    if (!f)
        return NULL;
    if (getdelim(&names, &length, 0, f) < 0 || *names == '!') {
        free(names);
        names = NULL;
    }
    pclose(f);
    return names;
}

/* Is it one of its subjects?  EINPUT with a sentence and the nearest. */
static plumb_status
listed(const char *names, const char *name, const char *target, plumb_diag *diag)
{
    enum { MOST = 256 };
    const char *list[MOST + 1] = { NULL }, *near;
    char *copy = strdup(names), *rest;
    int n = 0, there = 0;
    for (char *at = copy ? strtok_r(copy, "\n", &rest) : NULL; at && n < MOST; at = strtok_r(NULL, "\n", &rest))
        list[n++] = at, there |= !strcmp(at, name);
    near = there ? NULL : cli_nearest(name, list);
    if (!there)
        plumb_fail(diag, PLUMB_EINPUT, "%s: the plugin has no subject \"%.60s\"%s%.60s%s", target, name, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    free(copy);
    return there ? PLUMB_OK : PLUMB_EINPUT;
}

/* A plugin without a name means each of its subjects in turn; one that dies leaves the others alone. */
plumb_status
cli_check_box(const cli_options *o, const char *target, char **program, plumb_sink *sink, plumb_diag *diag)
{
    size_t n = target ? plugin_path(target) : 0;
    char *names, *rest, one[4400];
    plumb_status st = PLUMB_OK;
    if (!n)
        return check_one(o, target, program, sink, diag);
    snprintf(one, sizeof one, "%.*s", (int)n, target);
    if (!(names = subjects_of(one)))
        return check_one(o, target, program, sink, diag);
    if (target[n] == ':') {
        st = listed(names, target + n + 1, target, diag);
        free(names);
        return st ? st : check_one(o, target, program, sink, diag);
    }
    for (char *name = strtok_r(names, "\n", &rest); name && !st; name = strtok_r(NULL, "\n", &rest)) {
        snprintf(one, sizeof one, "%s:%s", target, name);
        st = check_one(o, one, NULL, sink, diag);
    }
    free(names);
    return st;
}
