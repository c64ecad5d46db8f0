/* t-agree.c - for every op and every model: all routes agree pairwise, in each number, and nothing is unresolved
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "tests/collect.h"
#include "tests/models.h"
#include "tests/tap.h"

/* Pairs in which a claim and another route that shares no rule with it were compared, and how many of
 * these agree in every number that no tie touches. */
typedef struct tally {
    plumb_sink sink;
    size_t pairs, whole, findings, held, kinks;
    char first[200];
    const char *formula;
} tally;

static void
count(plumb_sink *sink, const plumb_finding *f)
{
    tally *t = (tally *)sink;
    t->findings++;
    t->held += f->verdict == PLUMB_CORRECT || f->verdict == PLUMB_KINK;
    t->kinks += f->verdict == PLUMB_KINK;
    if (f->verdict != PLUMB_CORRECT || f->law)
        return;
    for (int i = 0; i < f->witnesses; i++) {
        const plumb_witness *w = &f->witness[i];
        if (w->doubt == PLUMB_SHARED_RULE || !strcmp(w->route->name, f->route) || !strcmp(w->route->name, "central"))
            continue;
        if (w->doubt == PLUMB_NO_VALUE && !strcmp(w->route->name, "complex-step") && strstr(t->formula, "erf("))
            continue;                           /* no complex error function here, and the route says so */
        t->pairs++;
        /* two zeros with bars and nothing else to measure them by are equal, though no one can say how surely */
        if (w->agree == f->directions * f->rows || (strtod(w->value, NULL) == 0 && !w->disagree && w->doubt == PLUMB_TOO_WIDE))
            t->whole++;
        else if (!*t->first)
            snprintf(t->first, sizeof t->first, "%s %s %s: %s against %s agrees in %zu of %zu, parts in %zu (%s)", f->subject, f->part, f->what,
                f->route, w->route->name, w->agree, f->directions * f->rows, w->disagree, plumb_doubt_text(w->doubt));
    }
}

static void
report(const char *what, const tally *t)
{
    ok(t->findings > 0 && t->held == t->findings && t->whole == t->pairs && (t->pairs > 0 || t->kinks), "%s: %zu of %zu findings hold (%zu at kinks), "
        "%zu of %zu pairs of routes agree in every number", what, t->held, t->findings, t->kinks, t->whole, t->pairs);
    if (*t->first)
        diag("%s", t->first);
}

static void
check(const plumb_subject *s, tally *t)
{
    plumb_diag why = { "" };
    plumb_check_options o = { .seed = 1, .team = 2, .modules = 1, .quick = s && strstr(s->name, "mynet") };
    if (!s || plumb_check_subject(s, &o, &t->sink, &why))
        bail(why.text[0] ? why.text : "no subject");
}

static void
op(const plumb_op *op)
{
    tally t = { .sink = { .finding = count }, .formula = op->formula };
    plumb_diag why = { "" };
    plumb_subject *s;
    for (int i = 0; (s = plumb_subject_op(op, i, 1, &why)); i++) {
        check(s, &t);
        plumb_subject_free(s);
    }
    report(op->name, &t);
}

static void
model(const char *name, const char *options)
{
    tally t = { .sink = { .finding = count }, .formula = "" };
    plumb_subject *s = open_model(name, options);
    char title[100];
    check(s, &t);
    plumb_subject_free(s);
    snprintf(title, sizeof title, "model:%s(%s)", name, options);
    report(title, &t);
}

int
main(void)
{
    for (int i = 0; plumb_ops[i]; i++)
        op(plumb_ops[i]);
    for (int i = 0; plumb_models[i]; i++)
        for (int k = 0; plumb_models[i]->variants[k]; k++)
            model(plumb_models[i]->name, plumb_models[i]->variants[k]);
    mpfr_free_cache();
    return done();
}
