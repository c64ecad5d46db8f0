/* findings.c - from pairs to verdicts, and the words for them
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "checkers/judge/judge.h"
#include "checkers/routes/routes.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

void
plumb_number_text(char text[PLUMB_NUMBER_TEXT], mpfr_srcptr x, long bits)
{
    int digits = bits <= 24 ? 9 : bits <= 53 ? 17 : (int)((double)bits * 0.30103) + 1;
    if (digits > 60)
        digits = 60;
    if (mpfr_nan_p(x))
        strcpy(text, "nan");
    else if (mpfr_zero_p(x))
        strcpy(text, "0");                      /* whatever its sign */
    else if (mpfr_inf_p(x))
        strcpy(text, mpfr_sgn(x) > 0 ? "inf" : "-inf");
    else
        mpfr_snprintf(text, PLUMB_NUMBER_TEXT, "%.*RNg", digits, x);
}

void
plumb_finding_id(plumb_finding *f)
{
    uint64_t h = plumb_hash_text(0, f->subject);
    h = plumb_hash_text(h, f->part);
    h = plumb_hash_text(h, f->what);
    h = plumb_hash_text(h, f->route);
    snprintf(f->id, sizeof f->id, "%016llx", (unsigned long long)h);
}

/* Options come before the "--" of a program. */
const char *
plumb_replay_text(const plumb_subject *s, const plumb_check_options *o, char *text)
{
    const char *extent = o->quick ? " --quick" : o->all ? " --all" : "";
    if (!strncmp(s->target, "-- ", 3))
        snprintf(text, PLUMB_REPLAY_TEXT, "plumb check --seed %llu%s %s", (unsigned long long)o->seed, extent, s->target);
    else
        snprintf(text, PLUMB_REPLAY_TEXT, "plumb check %s%s--seed %llu%s", s->target, *s->target ? " " : "", (unsigned long long)o->seed, extent);
    return text;
}

/* Is route i no witness: are the partings blamed on it? */
static int
set_aside(const plumb_trial *t, int i)
{
    return (t->culprits | t->rough) >> i & 1;
}

/* The independent route with the tightest bars that agrees with j on the most entries, or -1. */
static int
best_partner(const plumb_trial *t, int j)
{
    int best = -1;
    for (int i = 0; i < t->routes; i++) {
        const plumb_pair *p = &t->pair[j][i];
        if (i == j || !p->there || set_aside(t, i))
            continue;
        if (best < 0 || p->agree > t->pair[j][best].agree ||
            (p->agree == t->pair[j][best].agree && p->widest < t->pair[j][best].widest))
            best = i;
    }
    return best;
}

/* Is i a better accuser of j than best?  No culprit itself, then precision, then a tight bar. */
static int
sharper(const plumb_trial *t, int j, int i, int best)
{
    int guilty_i = set_aside(t, i), guilty_best = set_aside(t, best);
    if (guilty_i != guilty_best)
        return guilty_best;
    if (plumb_routes[i]->bits != plumb_routes[best]->bits)
        return plumb_routes[i]->bits > plumb_routes[best]->bits;
    return t->estimate[i].bar[t->pair[j][i].at] < t->estimate[best].bar[t->pair[j][best].at];
}

static int
sharpest_opponent(const plumb_trial *t, int j)
{
    int best = -1;
    for (int i = 0; i < t->routes; i++)
        if (t->pair[j][i].there && t->pair[j][i].disagree && (best < 0 || sharper(t, j, i, best)))
            best = i;
    return best;
}

/* ---- what the finding says of its worst entry ---- */

/* A product with a cotangent that has one element other than 0 is an entry of the Jacobian times that
 * element: people want to see the entry.  Returns the element, else 1. */
static double
unit_of(const plumb_trial *t, size_t at)
{
    size_t outputs = plumb_shape_size(&plumb_graph_value(t->subject->graph, t->subject->output)->shape);
    const double *u = t->cotangent + (t->probe.entries ? at / t->probe.entries : 0) * outputs;
    double unit = 0;
    for (size_t j = 0; j < outputs; j++)
        if (u[j] != 0) {
            if (unit != 0)
                return 1;
            unit = u[j];
        }
    return unit != 0 ? unit : 1;
}

static void
present(const plumb_trial *t, size_t at, mpfr_ptr x, long bits, char text[PLUMB_NUMBER_TEXT])
{
    mpfr_div_d(x, x, unit_of(t, at), MPFR_RNDN);
    plumb_number_text(text, x, bits);
}

static void
place_worst(const plumb_trial *t, plumb_finding *f, size_t at)
{
    f->has_worst = 1;
    f->worst_row = t->probe.entries ? at / t->probe.entries : 0;
    f->column = t->probe.entries ? at % t->probe.entries : 0;
    f->worst = t->probe.entries ? *plumb_direction_of(&t->probe, f->column).entry : 0;
    f->members = t->probe.entries ? plumb_direction_of(&t->probe, f->column).n : 1;
    f->point = t->subject->point[t->probe.leaf][f->worst];
}

static void
describe_witnesses(const plumb_trial *t, int j, plumb_finding *f, size_t at)
{
    mpfr_t x;
    mpfr_init2(x, 512);
    for (int i = 0; i < t->routes && t->n; i++) {
        const plumb_estimate *e = &t->estimate[i];
        plumb_witness *w = &f->witness[f->witnesses];
        const plumb_pair *p = &t->pair[j][i];
        if (!t->ran[i])
            continue;
        f->witnesses++;
        plumb_trial_side(t, e, at, x);
        *w = (plumb_witness){ .route = e->route, .bar = e->bar[at] / fabs(unit_of(t, at)), .bound = e->bound, .via = e->via,
            .status = e->status[at], .agree = p->agree, .disagree = p->disagree, .undecided = p->undecided, .doubt = p->doubt };
        present(t, at, x, e->route->bits, w->value);
        if (i != j && !p->there)
            w->doubt = PLUMB_SHARED_RULE, w->undecided = t->n;
        f->evaluations += e->evaluations, f->seconds += e->seconds;
    }
    mpfr_clear(x);
}

static int
ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* z = (claim - exact)/sigma over the entries that have a rounding error; exact: the best reference */
static plumb_status
rounding(const plumb_trial *t, int j, const plumb_estimate *exact, plumb_finding *f)
{
    const plumb_estimate *e = &t->estimate[j];
    double *z = plumb_alloc(t->n, sizeof *z);
    size_t n = 0;
    mpfr_t a, b;
    f->z_max = f->z_median = NAN;
    if (!z)
        return PLUMB_ENOMEM;
    mpfr_inits2(512, a, b, (mpfr_ptr)0);
    for (size_t at = 0; at < t->n && e->sigmas > 0; at++)
        if (e->bar[at] > 1.5 * e->sigmas * plumb_rounding_floor(e->route->bits) && !t->tied[at]) {
            plumb_trial_side(t, e, at, a), plumb_trial_side(t, e->route->bits == 24 && t->swung[at] ? &t->other_side : exact, at, b);
            mpfr_sub(a, a, b, MPFR_RNDN);
            z[n++] = fabs(mpfr_get_d(a, MPFR_RNDN)) * e->sigmas / e->bar[at];
        }
    mpfr_clears(a, b, (mpfr_ptr)0);
    qsort(z, n, sizeof *z, ascending);
    if (n)
        f->z_max = z[n - 1], f->z_median = z[n / 2];
    plumb_release(z);
    return PLUMB_OK;
}

/* ---- verdicts ---- */

typedef struct scan {
    size_t open, first_open, not_finite, first_not_finite, both;
    double widest;                      /* over entries, of the tightest agreeing slack */
    size_t closest;                     /* the entry with the largest gap/slack that agrees */
    double error, bar;
} scan;

/* Over the entries that no tie touches: does at least one independent route agree, and how tightly? */
static scan
look(const plumb_trial *t, int j)
{
    scan s = { .widest = 0, .error = 0 };
    double ratio = -1;
    mpfr_t a, b;
    mpfr_inits2(512, a, b, (mpfr_ptr)0);
    for (size_t at = 0; at < t->n; at++) {
        double tightest = INFINITY, gap = 0;
        int own_finite, other_finite = 0;
        plumb_side x = plumb_trial_side(t, &t->estimate[j], at, a);
        own_finite = !!mpfr_number_p(x.value);
        if (t->tied[at])
            continue;
        for (int i = 0; i < t->routes; i++) {
            const plumb_estimate *e = &t->estimate[i];
            plumb_side y;
            plumb_comparison c;
            if (!t->pair[j][i].there || set_aside(t, i))
                continue;
            y = plumb_trial_side(t, plumb_routes[j]->bits == 24 && t->swung[at] ? &t->other_side : e, at, b);
            other_finite |= mpfr_number_p(y.value) && !y.status;
            c = plumb_compare(&x, &y, fmax(t->size, t->most[i]), fmax(plumb_routes[j]->wanted, plumb_routes[i]->wanted));
            if (c.relation == PLUMB_AGREE && c.slack < tightest)
                tightest = c.slack, gap = c.gap;
        }
        if (!own_finite && !x.status && other_finite && !s.not_finite++)
            s.first_not_finite = at;
        s.both += !own_finite && !other_finite;
        if (!isfinite(tightest)) {
            if (!s.open++)
                s.first_open = at;
            continue;
        }
        s.widest = fmax(s.widest, tightest);
        if (!(gap / tightest <= ratio))
            ratio = tightest > 0 ? gap / tightest : 0, s.closest = at, s.error = gap, s.bar = tightest;
    }
    mpfr_clears(a, b, (mpfr_ptr)0);
    return s;
}

static const char *
names_of_culprits(const plumb_trial *t, char *text, size_t room)
{
    *text = 0;
    for (int i = 0; i < t->routes; i++)
        if (t->ran[i] && set_aside(t, i))
            snprintf(text + strlen(text), room - strlen(text), "%s%s", *text ? ", " : "", plumb_routes[i]->name);
    return text;
}

static void
accuse(const plumb_trial *t, int j, plumb_finding *f)
{
    int i = sharpest_opponent(t, j);
    const plumb_pair *p = &t->pair[j][i];
    mpfr_t a, b;
    plumb_side x, y;
    mpfr_inits2(512, a, b, (mpfr_ptr)0);
    x = plumb_trial_side(t, &t->estimate[j], p->at, a), y = plumb_trial_side(t, &t->estimate[i], p->at, b);
    place_worst(t, f, p->at);
    f->bar = (x.bar + y.bar) / fabs(unit_of(t, p->at));
    present(t, p->at, a, plumb_routes[j]->bits, f->got), present(t, p->at, b, plumb_routes[i]->bits, f->want);
    mpfr_sub(a, a, b, MPFR_RNDN);
    f->error = fabs(mpfr_get_d(a, MPFR_RNDN));
    f->against = plumb_routes[i]->name;
    mpfr_clears(a, b, (mpfr_ptr)0);
    snprintf(f->why, sizeof f->why, "%zu of %zu numbers part from %s; at the worst one the difference is %.3g, ", p->disagree, t->n,
        plumb_routes[i]->name, f->error);
    if (!mpfr_number_p(x.value) || !mpfr_number_p(y.value))
        snprintf(f->why, sizeof f->why, "%zu of %zu numbers part from %s; the worst one is finite on one side only", p->disagree, t->n,
            plumb_routes[i]->name);
    else if (isfinite(p->worst))
        snprintf(f->why + strlen(f->why), sizeof f->why - strlen(f->why), "%.3g times what the bars allow", p->worst);
    else
        strcat(f->why, "where the bars allow none");
}

static plumb_status
kink(plumb_trial *t, int j, plumb_finding *f, plumb_diag *diag)
{
    int legitimate = 0;
    size_t worst = 0, tied = 0;
    double wanted = NAN;
    plumb_status st = PLUMB_OK;
    for (size_t at = 0; at < t->n; at++)
        tied += t->tied[at];
    if (!tied)
        return PLUMB_OK;
    if (t->ties.count > PLUMB_MAXTIES) {
        f->verdict = PLUMB_UNRESOLVED;
        snprintf(f->why, sizeof f->why, "%zu comparisons are ties here, more than the %d that can be told apart; move the point",
            t->ties.count, PLUMB_MAXTIES);
        return PLUMB_OK;
    }
    st = plumb_trial_kink(t, j, &legitimate, &worst, &wanted, diag);
    if (st)
        return st;
    if (legitimate && t->steps) {
        snprintf(f->why, sizeof f->why, "on the boundary between two choices; the answer is the derivative on either side of it");
        f->verdict = f->verdict == PLUMB_CORRECT ? PLUMB_KINK : f->verdict;
        return PLUMB_OK;
    }
    if (legitimate) {
        int used = snprintf(f->why, sizeof f->why, "%zu of %zu numbers depend on %zu tie%s; the answer is the subgradient with share%s",
            tied, t->n, t->ties.count, t->ties.count == 1 ? "" : "s", t->ties.count == 1 ? "" : "s");
        for (size_t k = 0; k < t->ties.count && used < (int)sizeof f->why - 16; k++)
            used += snprintf(f->why + used, sizeof f->why - (size_t)used, " %.3g", t->share[k]);
        if (f->verdict == PLUMB_CORRECT)
            f->verdict = PLUMB_KINK;
        return PLUMB_OK;
    }
    f->verdict = PLUMB_WRONG;
    place_worst(t, f, worst);
    mpfr_t x;
    mpfr_init2(x, 512);
    plumb_trial_side(t, &t->estimate[j], worst, x);
    present(t, worst, x, plumb_routes[j]->bits, f->got);
    mpfr_set_d(x, wanted, MPFR_RNDN);
    present(t, worst, x, 53, f->want);
    mpfr_clear(x);
    snprintf(f->why, sizeof f->why, "at a kink, and not between the slopes on its sides");
    return PLUMB_OK;
}

/* The verdict on route j's values of this tensor. */
static plumb_status
decide(plumb_trial *t, int j, plumb_finding *f, plumb_diag *diag)
{
    scan s = look(t, j);
    plumb_status met = PLUMB_OK;
    size_t parted = 0;
    char names[160];
    int partner = best_partner(t, j);
    for (int i = 0; i < t->routes; i++)         /* what a culprit's party gets wrong may be too small for this one to show */
        parted += t->pair[j][i].there && !set_aside(t, i) ? t->pair[j][i].disagree : 0;
    f->against = partner >= 0 ? plumb_routes[partner]->name : "";
    f->error = s.error, f->bar = s.bar;
    if (partner >= 0) {
        double most = t->most[partner];
        f->resolution = most > 0 ? s.widest / most : s.widest;
        if (f->resolution < 1e-30)              /* no bar but the floor of the arithmetic */
            f->resolution = 0;
    }
    f->verdict = PLUMB_CORRECT;
    for (size_t at = 0; at < t->n; at++)
        met |= t->estimate[j].status[at];
    if (met & PLUMB_EFOREIGN) {
        f->verdict = PLUMB_CRASHED;
        snprintf(f->why, sizeof f->why, "%s", plumb_status_text(PLUMB_EFOREIGN));
        return PLUMB_OK;
    }
    if (parted) {
        f->verdict = s.not_finite ? PLUMB_NONFINITE : plumb_routes[j] == &plumb_route_central ? PLUMB_NOISY
            : t->culprits >> j & 1 || !plumb_routes[j]->rule ? PLUMB_WRONG : PLUMB_UNSTABLE;
        accuse(t, j, f);
        if (f->verdict == PLUMB_NOISY)
            snprintf(f->why + strlen(f->why), sizeof f->why - strlen(f->why), "; double precision steps do not resolve the function here");
        if (f->verdict == PLUMB_UNSTABLE)
            snprintf(f->why + strlen(f->why), sizeof f->why - strlen(f->why), "; the same rules in 256 bits are right");
        return PLUMB_OK;
    }
    if (s.open) {
        f->verdict = s.both ? PLUMB_DOMAIN : PLUMB_UNRESOLVED;
        place_worst(t, f, s.first_open);
        snprintf(f->why, sizeof f->why, "%zu of %zu numbers cannot be told", s.open, t->n);
        for (int i = 0; i < t->routes; i++)
            if (t->pair[j][i].there && t->pair[j][i].undecided && !strstr(f->why, ": "))
                snprintf(f->why + strlen(f->why), sizeof f->why - strlen(f->why), ": %s", plumb_doubt_text(t->pair[j][i].doubt));
        if ((t->culprits | t->rough) && !set_aside(t, j))
            snprintf(f->why + strlen(f->why), sizeof f->why - strlen(f->why), " (set aside: %s)", names_of_culprits(t, names, sizeof names));
        return PLUMB_OK;
    }
    if (t->swings && plumb_routes[j]->bits == 24)
        snprintf(f->why, sizeof f->why, "%d value%s near a kink fell on the other side in f32 and %s judged there", t->swings,
            t->swings == 1 ? "" : "s", t->swings == 1 ? "is" : "are");
    else if ((t->culprits | t->rough) && !set_aside(t, j))
        snprintf(f->why, sizeof f->why, "set aside: %s", names_of_culprits(t, names, sizeof names));
    return kink(t, j, f, diag);
}

static plumb_status
one_finding(plumb_trial *t, int j, plumb_sink *sink, plumb_diag *diag)
{
    const plumb_value *leaf = plumb_graph_value(t->subject->graph, t->probe.leaf);
    plumb_finding f = { .subject = t->subject->name, .part = t->subject->part, .what = leaf->name,
        .route = plumb_routes[j]->name, .against = "", .entries = t->covered, .directions = t->probe.entries, .rows = t->probe.rows, .shape = leaf->shape,
        .z_max = NAN, .z_median = NAN };
    char replay[PLUMB_REPLAY_TEXT];
    plumb_status st = t->n ? decide(t, j, &f, diag) : PLUMB_OK;
    int exact = -1;
    if (!t->n)
        snprintf(f.why, sizeof f.why, "an empty tensor has no entry to check");
    for (int i = 0; i < t->routes; i++)
        if (t->ran[i] && (plumb_routes[i]->bits > 53) && (exact < 0 || plumb_routes[i]->rule))
            exact = i;
    if (!st && t->n && exact >= 0)
        st = rounding(t, j, &t->estimate[exact], &f);
    if (st)
        return st;
    describe_witnesses(t, j, &f, f.worst_row * t->probe.entries + f.column);
    plumb_replay_text(t->subject, t->options, replay);
    f.replay = replay;
    plumb_finding_id(&f);
    if (sink->finding)
        sink->finding(sink, &f);
    return PLUMB_OK;
}

plumb_status
plumb_trial_findings(plumb_trial *t, plumb_sink *sink, plumb_diag *diag)
{
    plumb_status st = PLUMB_OK;
    for (int j = 0; j < t->routes && !st; j++)
        if (t->ran[j] && (plumb_routes[j]->claim || (set_aside(t, j) && plumb_routes[j] != &plumb_route_reverse_mpfr)))
            st = one_finding(t, j, sink, diag);
    return st;
}
