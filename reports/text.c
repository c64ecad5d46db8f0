/* text.c - findings for a person at a terminal: a line per tensor, the laws of a part on one line
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Findings of one tensor follow each other (one per route that claims it); the line is written when
 * the next tensor begins.  What is not correct is told in full after its line, in the words of the first route
 * that says so. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "lib/base/alloc.h"
#include "plumbline/sink.h"
#include "reports/escape.h"

enum { KEPT = 64, DETAIL = 4096 };
typedef struct text {
    plumb_sink sink;
    FILE *f;
    int level, colour;
    char subject[256], part[64], what[64], shape[PLUMB_SHAPE_TEXT];
    plumb_verdict verdict;              /* of the tensor: the worst */
    char routes[KEPT * 4];              /* "f64 15.1 digits, ..." */
    double caught;                      /* by the sharpest route */
    int laws, law_trouble;
    char laws_held[128];
    char *detail;
    size_t used;
} text;

static const char *
paint(const text *t, plumb_verdict v)
{
    int exit = plumb_verdict_exit(v);
    return !t->colour ? "" : exit == 0 ? "\033[32m" : exit == 1 ? "\033[1;31m" : "\033[33m";
}

static const char *
plain(const text *t)
{
    return t->colour ? "\033[0m" : "";
}

static void
heading(text *t, const char *subject, const char *part)
{
    if (!strcmp(t->subject, subject) && !strcmp(t->part, part))
        return;
    snprintf(t->subject, sizeof t->subject, "%s", subject), snprintf(t->part, sizeof t->part, "%s", part);
    if (t->level < 1)
        return;
    plumb_put_plain(t->f, subject, 0);
    fprintf(t->f, "%s", *part ? ", module " : "");
    plumb_put_plain(t->f, part, 0);
    fputc('\n', t->f);
}

static void
flush_tensor(text *t)
{
    char name[64 + PLUMB_SHAPE_TEXT];
    if (!*t->what)
        return;
    snprintf(name, sizeof name, "%s %s", t->what, t->shape);
    if (t->level >= 1 || plumb_verdict_exit(t->verdict)) {
        fprintf(t->f, "  %s%-11s%s ", paint(t, t->verdict), plumb_verdict_text(t->verdict), plain(t));
        plumb_put_plain(t->f, name, 0);
        fprintf(t->f, "%*s %s", (int)strlen(name) < 14 ? 14 - (int)strlen(name) : 0, "", t->routes);
        if (t->caught >= 0 && !plumb_verdict_exit(t->verdict))
            fprintf(t->f, "; an error of %.0e would have been caught", t->caught);
        fputc('\n', t->f);
    }
    if (t->used)
        fputs(t->detail, t->f);
    *t->what = 0, t->used = 0, *t->detail = 0;
}

static void
flush_laws(text *t)
{
    if (t->laws && t->level >= 1 && *t->laws_held)
        fprintf(t->f, "  %slaws%s        %s %s\n", paint(t, PLUMB_CORRECT), plain(t), t->laws_held, strchr(t->laws_held, ',') ? "hold" : "holds");
    t->laws = 0, *t->laws_held = 0;
}

static void
flush(text *t)
{
    flush_tensor(t);
    flush_laws(t);
}

/* "[3,5]" of a flat index */
static const char *
coordinates(const plumb_shape *s, size_t at, char *out)
{
    size_t c[PLUMB_MAXRANK];
    int used = sprintf(out, "[");
    for (int i = s->rank - 1; i >= 0; i--)
        c[i] = s->dim[i] ? at % s->dim[i] : 0, at /= s->dim[i] ? s->dim[i] : 1;
    for (int i = 0; i < s->rank; i++)
        used += sprintf(out + used, i ? ",%zu" : "%zu", c[i]);
    strcpy(out + used, "]");
    return out;
}

/* A number in at most 20 digits; the record has them all. */
static const char *
brief(const char *number, char *out)
{
    const char *e = strchr(number, 'e');
    size_t digits = e ? (size_t)(e - number) : strlen(number);
    sprintf(out, "%.*s%s", (int)(digits > 23 ? 23 : digits), number, e ? e : "");
    return out;
}

static void
put(text *t, const char *line)
{
    size_t n = strlen(line);
    if (t->used + n + 1 >= DETAIL)
        return;
    for (size_t i = 0; i < n; i++)              /* names may come from anywhere */
        t->detail[t->used + i] = i + 1 < n && ((unsigned char)line[i] < 0x20 || line[i] == 0x7f) ? '?' : line[i];
    t->used += n, t->detail[t->used] = 0;
}

static void
tell(text *t, const plumb_finding *f)
{
    char line[1200], where[PLUMB_SHAPE_TEXT], got[PLUMB_NUMBER_TEXT], want[PLUMB_NUMBER_TEXT];
    if (*f->why) {
        snprintf(line, sizeof line, "      %s: %s\n", f->route, f->why);
        put(t, line);
    }
    if (f->law && *f->got) {
        snprintf(line, sizeof line, "      got %s, want %s\n", brief(f->got, got), brief(f->want, want));
        put(t, line);
    } else if (f->has_worst && *f->got) {
        snprintf(line, sizeof line, "      worst at %s%s = %.9g: got %s, want %s (%s)\n", f->what, coordinates(&f->shape, f->worst, where),
            f->point, brief(f->got, got), brief(f->want, want), *f->against ? f->against : "the slopes on both sides");
        put(t, line);
    }
    if (plumb_verdict_exit(f->verdict)) {
        snprintf(line, sizeof line, "      again: %s   (id %s)\n", f->replay, f->id);
        put(t, line);
    }
}

static void
tell_witnesses(text *t, const plumb_finding *f)
{
    for (int i = 0; i < f->witnesses; i++) {
        const plumb_witness *w = &f->witness[i];
        char line[512], value[PLUMB_NUMBER_TEXT];
        snprintf(line, sizeof line, "      %-13s %s +- %.2g; agrees %zu, parts %zu, undecided %zu%s%s\n", w->route->name, brief(w->value, value),
            w->bar, w->agree, w->disagree, w->undecided, w->doubt ? ": " : "", plumb_doubt_text(w->doubt));
        put(t, line);
    }
}

static const char *
short_name(const char *route)
{
    return strncmp(route, "reverse-", 8) ? route : route + 8;
}

static void
add_route(text *t, const plumb_finding *f)
{
    size_t used = strlen(t->routes);
    double digits = f->resolution > 0 ? -log10(f->resolution) : INFINITY;
    if (plumb_verdict_exit(f->verdict))
        snprintf(t->routes + used, sizeof t->routes - used, "%s%s %s", used ? ", " : "", short_name(f->route), plumb_verdict_text(f->verdict));
    else if (!strcmp(f->route, "samples"))      /* the digits of a mean say little */
        snprintf(t->routes + used, sizeof t->routes - used, "%ssamples", used ? ", " : "");
    else if (isfinite(digits))
        snprintf(t->routes + used, sizeof t->routes - used, "%s%s %.1f digits", used ? ", " : "", short_name(f->route), fmax(digits, 0));
    else if (isnan(f->resolution))
        snprintf(t->routes + used, sizeof t->routes - used, "%s%s holds", used ? ", " : "", short_name(f->route));
    else
        snprintf(t->routes + used, sizeof t->routes - used, "%s%s exact", used ? ", " : "", short_name(f->route));
    if (!plumb_verdict_exit(f->verdict) && (t->caught < 0 || f->resolution < t->caught) && f->resolution > 0)
        t->caught = f->resolution;
}

static int
worse(plumb_verdict a, plumb_verdict b)
{
    static const int rank[] = { [0] = 0, [1] = 3, [3] = 2, [4] = 1 };
    int ra = rank[plumb_verdict_exit(a)], rb = rank[plumb_verdict_exit(b)];
    return ra != rb ? ra > rb : a > b && !ra;
}

static void
law(text *t, const plumb_finding *f)
{
    const char *name = strchr(f->what, ':') ? strchr(f->what, ':') + 1 : f->what;
    flush_tensor(t);
    t->laws++;
    if (!plumb_verdict_exit(f->verdict)) {
        size_t used = strlen(t->laws_held);
        snprintf(t->laws_held + used, sizeof t->laws_held - used, "%s%s", used ? ", " : "", name);
        return;
    }
    fprintf(t->f, "  %s%-11s%s the law of %s\n", paint(t, f->verdict), plumb_verdict_text(f->verdict), plain(t), name);
    tell(t, f);
    fputs(t->detail, t->f);
    t->used = 0, *t->detail = 0;
}

static void
finding(plumb_sink *sink, const plumb_finding *f)
{
    text *t = (text *)sink;
    int same = !strcmp(t->subject, f->subject) && !strcmp(t->part, f->part);
    if (!same)
        flush(t);
    heading(t, f->subject, f->part);
    if (f->law) {
        law(t, f);
        return;
    }
    if (strcmp(t->what, f->what)) {
        flush(t);
        snprintf(t->what, sizeof t->what, "%s", f->what);
        plumb_shape_text(&f->shape, t->shape);
        t->verdict = f->verdict, *t->routes = 0, t->caught = -1;
    } else if (worse(f->verdict, t->verdict))
        t->verdict = f->verdict;
    add_route(t, f);
    if (t->level >= 2 || (!t->used && (plumb_verdict_exit(f->verdict) || (t->level && f->verdict == PLUMB_KINK))))
        tell(t, f);
    if (t->level >= 2)
        tell_witnesses(t, f);
}

static void
note(plumb_sink *sink, const char *sentence)
{
    text *t = (text *)sink;
    flush(t);
    plumb_put_plain(t->f, sentence, 0);
    fputc('\n', t->f);
    *t->subject = *t->part = 0;
}

static plumb_status
end(plumb_sink *sink, const size_t count[PLUMB_VERDICTS], plumb_diag *diag)
{
    text *t = (text *)sink;
    int any = 0;
    flush(t);
    for (int v = 0; v < PLUMB_VERDICTS; v++)
        if (count[v])
            fprintf(t->f, "%s%s%zu %s%s", any++ ? ", " : "", paint(t, (plumb_verdict)v), count[v], plumb_verdict_text((plumb_verdict)v), plain(t));
    fprintf(t->f, "%s\n", any ? "" : "nothing was checked");
    return fflush(t->f) || ferror(t->f) ? plumb_fail(diag, PLUMB_EINPUT, "cannot write the text output") : PLUMB_OK;
}

static void
free_text(plumb_sink *sink)
{
    plumb_release(((text *)sink)->detail);
    plumb_release(sink);
}

plumb_sink *
plumb_sink_text(FILE *f, int level, int colour)
{
    text *t = plumb_alloc(1, sizeof *t);
    char *detail = plumb_alloc(DETAIL, 1);
    if (!t || !detail) {
        plumb_release(t);
        plumb_release(detail);
        return NULL;
    }
    t->sink = (plumb_sink){ NULL, NULL, finding, NULL, note, end, free_text, NULL };
    t->f = f, t->level = level, t->colour = colour, t->detail = detail;
    return &t->sink;
}
