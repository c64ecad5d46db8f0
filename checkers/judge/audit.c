/* audit.c - how far the error claims of well-known difference methods hold on this very function
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A claim holds when the value is within the claimed error (and the reference's bar) of the difference in
 * 256 bits.  Nothing here changes a verdict. */
#include <math.h>
#include <stdlib.h>
#include "checkers/judge/judge.h"
#include "checkers/routes/routes.h"
#include "lib/base/alloc.h"

enum { ENTRIES = 6 };

static plumb_status
weigh(const plumb_estimate *e, const plumb_estimate *truth, plumb_audit_row *row)
{
    mpfr_t a, b;
    mpfr_inits2(512, a, b, (mpfr_ptr)0);
    for (size_t at = 0; at < e->rows * e->entries; at++) {
        double error, size;
        plumb_get_mpfr(e->num, &e->value, at, a), plumb_get_mpfr(truth->num, &truth->value, at, b);
        mpfr_sub(a, a, b, MPFR_RNDN);
        error = fabs(mpfr_get_d(a, MPFR_RNDN)), size = fabs(mpfr_get_d(b, MPFR_RNDN));
        if (e->status[at] || truth->status[at] || !isfinite(error) || isnan(truth->bar[at]))
            continue;
        row->numbers++;
        row->held += error <= e->bar[at] + truth->bar[at];
        if (size > 0)
            row->worst = fmax(row->worst, error / size), row->claimed = fmax(row->claimed, e->bar[at] / size);
    }
    mpfr_clears(a, b, (mpfr_ptr)0);
    return PLUMB_OK;
}

plumb_status
plumb_audit(plumb_audit_row rows[PLUMB_AUDITED], const plumb_subject *s, int leaf, const double *cotangent, plumb_diag *diag)
{
    size_t n = plumb_shape_size(&plumb_graph_value(s->graph, leaf)->shape), entry[ENTRIES], count = n < ENTRIES ? n : ENTRIES;
    plumb_probe p = { .subject = s, .leaf = leaf, .entry = entry, .entries = count, .cotangent = cotangent, .rows = 1, .team = 1, .alpha = 1e-6 };
    plumb_estimate truth, e;
    plumb_status st = PLUMB_OK;
    if (!count)
        return st;
    for (size_t i = 0; i < count; i++)
        entry[i] = i * n / count;
    st = plumb_estimate_make(&plumb_route_difference, &p, &truth, diag);
    for (int i = 0; plumb_audited[i] && !st; i++) {
        st = plumb_estimate_make(plumb_audited[i], &p, &e, diag);
        st |= st ? st : weigh(&e, &truth, &rows[i]);
        plumb_estimate_clear(&e);
    }
    plumb_estimate_clear(&truth);
    return st;
}

void
plumb_audit_tell(const plumb_audit_row rows[PLUMB_AUDITED], const plumb_subject *s, plumb_sink *sink)
{
    static const char *const names[] = { "numbers", "error claims that hold", "worst error", "largest claim" };
    static const char *const units[] = { "", "%", "relative", "relative" };
    double data[4 * PLUMB_AUDITED];
    const char *label[PLUMB_AUDITED];
    plumb_figure f = { "table", s->name, "Other methods, audited", "How often the error that a well-known difference method claims for itself is the "
        "error that it makes on this function. They are not used as witnesses.", 4, names, units, 0, data, label };
    for (int i = 0; plumb_audited[i]; i++) {
        double *to = data + 4 * i;
        label[i] = plumb_audited[i]->name, f.rows++;
        to[0] = (double)rows[i].numbers, to[1] = rows[i].numbers ? 100 * (double)rows[i].held / (double)rows[i].numbers : NAN;
        to[2] = rows[i].worst, to[3] = rows[i].claimed;
    }
    if (sink->figure && rows[0].numbers)
        sink->figure(sink, &f);
}
