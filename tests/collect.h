/* collect.h - a sink that keeps what a test wants to ask of the findings
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_TESTS_COLLECT_H
#define PLUMB_TESTS_COLLECT_H
#include <string.h>
#include "plumbline/check.h"
#include "plumbline/sink.h"

enum { COLLECT_MAX = 600 };
typedef struct collect {
    plumb_sink sink;
    int n;
    struct {
        char part[64], what[64], route[32], why[PLUMB_DIAG_LENGTH];
        plumb_verdict verdict;
        double resolution, z_max, z_median;
        size_t agree[PLUMB_MAXWITNESSES], numbers;
        int witnesses, exact;
        size_t worst;
    } at[COLLECT_MAX];
    size_t count[PLUMB_VERDICTS];
} collect;

static inline void
collect_finding(plumb_sink *sink, const plumb_finding *f)
{
    collect *c = (collect *)sink;
    c->count[f->verdict]++;
    if (c->n == COLLECT_MAX)
        return;
    snprintf(c->at[c->n].part, 64, "%s", f->part), snprintf(c->at[c->n].what, 64, "%s", f->what);
    snprintf(c->at[c->n].route, 32, "%s", f->route), snprintf(c->at[c->n].why, PLUMB_DIAG_LENGTH, "%s", f->why);
    c->at[c->n].verdict = f->verdict, c->at[c->n].resolution = f->resolution;
    c->at[c->n].z_max = f->z_max, c->at[c->n].z_median = f->z_median;
    c->at[c->n].numbers = f->entries * f->rows, c->at[c->n].witnesses = f->witnesses;
    for (int i = 0; i < f->witnesses; i++)
        c->at[c->n].agree[i] = f->witness[i].agree;
    c->at[c->n].worst = f->has_worst ? f->worst : (size_t)-1;
    c->n++;
}

static inline void
collect_open(collect *c)
{
    memset(c, 0, sizeof *c);
    c->sink.finding = collect_finding;
}

/* findings of a part (NULL: any) whose verdict has exit status 1 */
static inline int
collect_wrong(const collect *c, const char *part)
{
    int n = 0;
    for (int i = 0; i < c->n; i++)
        n += (!part || !strcmp(c->at[i].part, part)) && plumb_verdict_exit(c->at[i].verdict) == 1;
    return n;
}
#endif
