/* pairs.c - every independent pair of routes, and who is to blame where they part
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Routes that rest on one set of rules stand or fall together: the backward passes are one party,
 * forward mode another, the complex step, the differences.  Where parties part, the smallest set of
 * parties that explains every parting is to blame; of two such sets the one that names claims before
 * witnesses (the order of plumb_routes).  The backward pass in MPFR speaks for the rules of the
 * backward passes: what only f64 or f32 gets wrong is rounding, and not the rule's fault.  Such a route is found by
 * the same argument among single routes. */
#include <math.h>
#include <string.h>
#include "checkers/judge/judge.h"

plumb_side
plumb_trial_side(const plumb_trial *t, const plumb_estimate *e, size_t at, mpfr_ptr storage)
{
    (void)t;
    plumb_get_mpfr(e->num, &e->value, at, storage);
    return (plumb_side){ storage, e->bar[at], e->status[at], e->via };
}

/* the largest finite entry */
static double
largest(const plumb_trial *t, const plumb_estimate *e)
{
    double most = 0;
    for (size_t i = 0; i < t->n; i++) {
        double v = fabs(plumb_get_d(e->num, &e->value, i));
        if (isfinite(v))
            most = fmax(most, v);
    }
    return most;
}

static void
tally(plumb_pair *pair, const plumb_comparison *c, size_t at)
{
    double ratio = c->gap / c->slack;
    if (c->relation == PLUMB_AGREE)
        pair->agree++, pair->widest = fmax(pair->widest, c->slack);
    else if (c->relation == PLUMB_DISAGREE)
        pair->disagree++;
    else
        pair->undecided++, pair->doubt = c->doubt;
    if (c->relation == PLUMB_DISAGREE && !(ratio <= pair->worst))
        pair->worst = isnan(ratio) ? INFINITY : ratio, pair->at = at;
}

static void
meet(plumb_trial *t, int i, int j, mpfr_ptr a, mpfr_ptr b)
{
    const plumb_estimate *x = &t->estimate[i], *y = &t->estimate[j];
    plumb_pair *pair = &t->pair[i][j];
    double size = fmax(t->size, t->most[j]), wanted = fmax(x->route->wanted, y->route->wanted);
    int single = x->route->bits == 24 || y->route->bits == 24;
    pair->there = 1, pair->worst = -1;
    for (size_t at = 0; at < t->n; at++) {
        plumb_side sx, sy;
        plumb_comparison c;
        if (t->tied[at])
            continue;
        sx = plumb_trial_side(t, x, at, a), sy = plumb_trial_side(t, single && t->swung[at] ? &t->other_side : y, at, b);
        c = plumb_compare(&sx, &sy, size, wanted);
        tally(pair, &c, at);
    }
    t->pair[j][i] = *pair;
}

/* party of each route: those with the same rule are one */
static int
party(const plumb_trial *t, int i)
{
    for (int j = 0; j < i; j++)
        if (plumb_routes[j]->rule && plumb_routes[i]->rule && !strcmp(plumb_routes[j]->rule, plumb_routes[i]->rule))
            return party(t, j);
    return i;
}

/* the route that speaks for a party: the most precise that ran */
static int
speaker(const plumb_trial *t, int of)
{
    int best = -1;
    for (int i = 0; i < t->routes; i++)
        if (t->ran[i] && party(t, i) == of && (best < 0 || plumb_routes[i]->bits > plumb_routes[best]->bits))
            best = i;
    return best;
}

typedef struct partings {
    unsigned with[PLUMB_MAXROUTES];     /* bit j of with[i]: i and j part */
} partings;

/* The smallest set that has a member of every parting; of equals the one that names the first routes. */
static unsigned
smallest_cover(const partings *p, int n)
{
    unsigned best = 0;
    int fewest = n + 1;
    for (unsigned set = 0; set < 1u << n; set++) {
        int members = __builtin_popcount(set), covered = 1;
        for (int i = 0; i < n; i++)
            covered &= set >> i & 1 || !(p->with[i] & ~set);
        if (covered && (members < fewest || (members == fewest && __builtin_ctz(set | 1u << 31) < __builtin_ctz(best | 1u << 31))))
            fewest = members, best = set;
    }
    return best;
}

static void
part(const plumb_trial *t, partings *p, int i, int j)
{
    if (t->pair[i][j].disagree)
        p->with[i] |= 1u << j, p->with[j] |= 1u << i;
}

/* First between parties, by their voices; then, of what that does not explain, between single routes. */
static void
blame(plumb_trial *t)
{
    partings parties = { { 0 } }, singles = { { 0 } };
    int voice[PLUMB_MAXROUTES];
    unsigned guilty;
    for (int i = 0; i < t->routes; i++)
        voice[i] = party(t, i) == i ? speaker(t, i) : -1;
    for (int i = 0; i < t->routes; i++)
        for (int j = 0; j < i; j++)
            if (voice[i] >= 0 && voice[j] >= 0 && t->pair[voice[i]][voice[j]].disagree)
                parties.with[i] |= 1u << j, parties.with[j] |= 1u << i;
    guilty = smallest_cover(&parties, t->routes);
    t->culprits = 0;
    for (int i = 0; i < t->routes; i++)
        if (guilty >> party(t, i) & 1)
            t->culprits |= 1u << i;
    for (int i = 0; i < t->routes; i++)
        for (int j = 0; j < i; j++)
            if (!((t->culprits >> i | t->culprits >> j) & 1))
                part(t, &singles, i, j);
    t->rough = smallest_cover(&singles, t->routes);
}

plumb_status
plumb_trial_compare(plumb_trial *t)
{
    mpfr_t a, b;
    mpfr_inits2(512, a, b, (mpfr_ptr)0);
    for (int i = 0; i < t->routes; i++)
        t->most[i] = t->ran[i] ? largest(t, &t->estimate[i]) : 0;
    for (int i = 0; i < t->routes; i++)
        for (int j = i + 1; j < t->routes; j++)
            if (t->ran[i] && t->ran[j] && party(t, i) != party(t, j) && !plumb_via_meet(t->estimate[i].via, t->estimate[j].via))
                meet(t, i, j, a, b);
    blame(t);
    mpfr_clears(a, b, (mpfr_ptr)0);
    return PLUMB_OK;
}
