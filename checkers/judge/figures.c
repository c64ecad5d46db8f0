/* figures.c - what a page draws of a check: errors over a tensor, and which routes agree
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/judge/judge.h"
#include "lib/base/alloc.h"

enum { SIDE = 64 };                             /* a larger map is drawn by its largest numbers */

/* The worst error of route j in units of its bar, per direction; NaN where nobody says. */
static void
worst_of(const plumb_trial *t, int j, double *ratio)
{
    mpfr_t a, b;
    mpfr_inits2(512, a, b, (mpfr_ptr)0);
    for (size_t c = 0; c < t->probe.entries; c++)
        ratio[c] = NAN;
    for (size_t at = 0; at < t->n; at++) {
        plumb_side x = plumb_trial_side(t, &t->estimate[j], at, a);
        double tightest = INFINITY, gap = NAN, *to = &ratio[at % t->probe.entries];
        if (t->tied[at])                        /* at a kink there is no one right number */
            continue;
        for (int i = 0; i < t->routes; i++) {
            plumb_side y;
            if (!t->pair[j][i].there || (t->culprits | t->rough) >> i & 1)
                continue;
            y = plumb_trial_side(t, &t->estimate[i], at, b);
            if (y.status || !(x.bar + y.bar < tightest))
                continue;
            tightest = x.bar + y.bar;
            mpfr_sub(b, a, b, MPFR_RNDN);
            gap = fabs(mpfr_get_d(b, MPFR_RNDN));
        }
        if (isfinite(tightest) && !isnan(gap))
            *to = fmax(isnan(*to) ? 0 : *to, gap == 0 ? 0 : gap / tightest);
    }
    mpfr_clears(a, b, (mpfr_ptr)0);
}

plumb_status
plumb_trial_heat(const plumb_trial *t, plumb_sink *sink)
{
    const plumb_value *leaf = plumb_graph_value(t->subject->graph, t->probe.leaf);
    size_t n = plumb_shape_size(&leaf->shape), cols = leaf->shape.rank ? leaf->shape.dim[leaf->shape.rank - 1] : 1, rows = cols ? n / cols : 0;
    size_t down = (rows + SIDE - 1) / SIDE, across = (cols + SIDE - 1) / SIDE, r = rows ? (rows + down - 1) / down : 0,
        c = cols ? (cols + across - 1) / across : 0;
    double *ratio, *map;
    char title[280], shape[PLUMB_SHAPE_TEXT];
    int j = 0;
    plumb_figure f = { "heat", t->subject->name, title, "The error of the backward pass in double precision, in units of what the bars allow: below 1 "
        "everywhere is right. White: no number, as at a kink. Where only sums of entries were looked at, each has the number of its sum.", (int)c, NULL, NULL, r, NULL, NULL };
    while (j < t->routes && !(t->ran[j] && t->estimate[j].route->claim))
        j++;
    if (!sink->figure || *t->subject->part || n < 2 || j == t->routes || t->covered < n)
        return PLUMB_OK;
    ratio = plumb_alloc(t->probe.entries + r * c, sizeof *ratio), map = ratio ? ratio + t->probe.entries : NULL;
    if (!ratio)
        return PLUMB_ENOMEM;
    worst_of(t, j, ratio);
    for (size_t i = 0; i < r * c; i++)
        map[i] = NAN;
    for (size_t k = 0; k < t->probe.entries; k++) {
        plumb_direction d = plumb_direction_of(&t->probe, k);
        for (size_t i = 0; i < d.n; i++) {
            double *to = &map[d.entry[i] / cols / down * c + d.entry[i] % cols / across];
            if (!(ratio[k] <= *to) && !isnan(ratio[k]))
                *to = ratio[k];
        }
    }
    snprintf(title, sizeof title, "%.60s %s", leaf->name, plumb_shape_text(&leaf->shape, shape));
    if (down > 1 || across > 1)
        snprintf(title + strlen(title), sizeof title - strlen(title), ", a cell is the worst of %zux%zu", down, across);
    f.data = map;
    sink->figure(sink, &f);
    plumb_release(ratio);
    return PLUMB_OK;
}

void
plumb_trial_tally(const plumb_trial *t, plumb_tally *all)
{
    for (int i = 0; i < t->routes; i++)
        for (int j = 0; j < t->routes; j++)
            if (i != j && t->pair[i][j].there)
                all->agree[i][j] += t->pair[i][j].agree, all->all[i][j] += t->pair[i][j].agree + t->pair[i][j].disagree + t->pair[i][j].undecided;
}

void
plumb_tally_tell(const plumb_tally *all, const plumb_subject *s, plumb_sink *sink)
{
    double data[PLUMB_MAXROUTES * PLUMB_MAXROUTES];
    const char *names[PLUMB_MAXROUTES], *units[PLUMB_MAXROUTES];
    int n = 0;
    plumb_figure f = { "matrix", s->name, "Which routes agree", "In how many of 100 numbers each pair of independent routes agrees within its bars; blank: "
        "the two rest on the same rules, and their agreement would say nothing.", 0, names, units, 0, data, names };
    while (plumb_routes[n])
        names[n] = plumb_routes[n]->name, units[n] = "%", n++;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            data[i * n + j] = all->all[i][j] ? 100 * (double)all->agree[i][j] / (double)all->all[i][j] : NAN;
    f.columns = n, f.rows = (size_t)n;
    if (sink->figure)
        sink->figure(sink, &f);
}
