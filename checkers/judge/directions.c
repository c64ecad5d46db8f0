/* directions.c - what is asked of a tensor: each entry, or a few entries and signed sums that cover all of them
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A signed sum of m entries has the rounding of m entries, sqrt(m) times that of one: an error of one entry
 * that is larger than that shows in it, and none of them goes unseen.  A sum that is not right is looked
 * into entry by entry. */
#include <math.h>
#include "checkers/judge/judge.h"
#include "lib/base/alloc.h"
#include "lib/base/random.h"

enum { LARGE = 2048, SINGLES = 64, SUMS = 128, QUICK = 12, QUICK_SINGLES = 8, QUICK_SUMS = 4 };

static double
draw_weight(plumb_random *r)
{
    double size = 0.5 + (double)plumb_random_below(r, 33) / 32;
    return plumb_random_below(r, 2) ? size : -size;
}

/* one from each of `count` equal stretches of the list */
static size_t
stratified(plumb_random *r, const size_t *list, size_t n, size_t i, size_t count)
{
    size_t from = i * n / count, at = count == n ? i : from + plumb_random_below(r, (i + 1) * n / count - from);
    return list ? list[at] : at;
}

/* Every entry of the list into one of `sums` sums, by lot. */
static void
deal(plumb_trial *t, plumb_random *r, const size_t *list, size_t n, size_t singles, size_t sums)
{
    size_t at = singles;
    plumb_random lot = *r, again = *r;
    for (size_t i = 0; i < n; i++)                  /* how many each gets, then where each begins */
        t->start[singles + 1 + plumb_random_below(&lot, sums)]++;
    for (size_t s = 0, sum = singles; s <= sums; s++) {
        size_t own = s < sums ? t->start[singles + 1 + s] : 0;
        if (s < sums)
            t->start[singles + 1 + s] = sum;        /* a cursor that ends at the next one's beginning */
        sum += own;
    }
    for (size_t i = 0; i < n; i++) {
        size_t *cursor = &t->start[singles + 1 + plumb_random_below(&again, sums)];
        t->entry[*cursor] = list ? list[i] : i;
        (*cursor)++;
    }
    t->start[singles] = at;
    for (; at < singles + n; at++)
        t->weight[at] = draw_weight(&lot);
}

plumb_status
plumb_trial_directions(plumb_trial *t, const size_t *list, size_t n)
{
    int quick = t->options->quick && n > QUICK, large = !t->options->all && n > LARGE;
    size_t singles = quick ? QUICK_SINGLES : large ? SINGLES : n, sums = quick ? QUICK_SUMS : large ? SUMS : 0;
    plumb_random r = plumb_random_named(t->options->seed, "entries");
    t->entry = plumb_alloc(sums ? singles + n : n, sizeof *t->entry);
    t->start = sums ? plumb_alloc(singles + sums + 1, sizeof *t->start) : NULL;
    t->weight = sums ? plumb_alloc(singles + n, sizeof *t->weight) : NULL;
    if (!t->entry || (sums && (!t->start || !t->weight)))
        return PLUMB_ENOMEM;
    for (size_t i = 0; i < singles; i++) {
        t->entry[i] = stratified(&r, list, n, i, singles);
        if (sums)
            t->start[i] = i, t->weight[i] = 1;
    }
    if (sums)
        deal(t, &r, list, n, singles, sums);
    t->probe.entry = t->entry, t->probe.start = t->start, t->probe.weight = t->weight;
    t->probe.entries = singles + sums, t->covered = n;
    return PLUMB_OK;
}

ptrdiff_t
plumb_trial_suspect(const plumb_trial *t)
{
    double worst = -1;
    ptrdiff_t found = -1;
    if (!t->start || !(t->culprits | t->rough))
        return -1;
    for (int i = 0; i < t->routes; i++)
        for (int j = 0; j < t->routes; j++) {
            const plumb_pair *p = &t->pair[i][j];
            size_t c = p->at % t->probe.entries;
            if (!p->there || !p->disagree || plumb_direction_of(&t->probe, c).n < 2 || p->worst <= worst)
                continue;
            worst = p->worst, found = (ptrdiff_t)c;
        }
    return found;
}
