/* compare.c - two numbers with bars: agree, part, or cannot be told
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include "plumbline/check.h"

const char *
plumb_doubt_text(plumb_doubt d)
{
    static const char *const text[] = {
        "", "the subject's code failed", "neither value is finite", "a route could not produce a value",
        "both rest on the same rule", "there is no error bar", "the error bars are too wide for the accuracy asked for",
    };
    return text[d];
}

int
plumb_via_meet(const char *a, const char *b)
{
    while (*a) {
        size_t n = strcspn(a, ",");
        for (const char *q = b; n && *q;) {
            size_t m = strcspn(q, ",");
            if (n == m && !strncmp(a, q, n))
                return 1;
            q += m + (q[m] == ',');
        }
        a += n + (a[n] == ',');
    }
    return 0;
}

static double
distance(mpfr_srcptr a, mpfr_srcptr b)
{
    mpfr_t d;
    double gap;
    mpfr_init2(d, mpfr_get_prec(a) > mpfr_get_prec(b) ? mpfr_get_prec(a) : mpfr_get_prec(b));
    mpfr_sub(d, a, b, MPFR_RNDA);
    mpfr_abs(d, d, MPFR_RNDU);
    gap = mpfr_get_d(d, MPFR_RNDU);
    mpfr_clear(d);
    return gap;
}

plumb_comparison
plumb_compare(const plumb_side *a, const plumb_side *b, double size, double wanted)
{
    plumb_comparison c = { PLUMB_UNDECIDED, PLUMB_NO_DOUBT, NAN, a->bar + b->bar };
    int fa = !!mpfr_number_p(a->value), fb = !!mpfr_number_p(b->value);
    if ((a->status | b->status) & PLUMB_EFOREIGN)
        c.doubt = PLUMB_FOREIGN;
    else if (fa != fb && !((fa ? b : a)->status & PLUMB_EUNABLE))
        c.relation = PLUMB_DISAGREE, c.gap = INFINITY;
    else if (!fa && !fb)
        c.doubt = PLUMB_NEITHER_FINITE;
    else if (a->status || b->status)
        c.doubt = PLUMB_NO_VALUE;
    else if (plumb_via_meet(a->via, b->via))
        c.doubt = PLUMB_SHARED_RULE;
    else if (!isfinite(c.slack) || a->bar < 0 || b->bar < 0)
        c.doubt = PLUMB_NO_BAR;
    else {
        c.gap = distance(a->value, b->value);
        size = fmax(size, fmax(fabs(mpfr_get_d(a->value, MPFR_RNDN)), fabs(mpfr_get_d(b->value, MPFR_RNDN))));
        if (c.gap > c.slack)
            c.relation = PLUMB_DISAGREE;
        else if (c.gap == 0 && (a->bar == 0 || b->bar == 0))
            c.relation = PLUMB_AGREE;           /* equal to what is exact */
        else if (!(c.slack <= wanted * size))
            c.doubt = PLUMB_TOO_WIDE;
        else if (c.gap <= c.slack)
            c.relation = PLUMB_AGREE;
        else
            c.doubt = PLUMB_NO_BAR;
    }
    return c;
}
