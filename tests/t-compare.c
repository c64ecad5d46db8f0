/* t-compare.c - no NaN, no missing bar, no shared rule ever ends as agreement
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "plumbline/check.h"
#include "tests/tap.h"

static plumb_comparison
compare(double a, double abar, plumb_status as, const char *avia, double b, double bbar, const char *bvia)
{
    mpfr_t x, y;
    plumb_side p, q;
    plumb_comparison c;
    mpfr_inits2(256, x, y, (mpfr_ptr)0);
    mpfr_set_d(x, a, MPFR_RNDN), mpfr_set_d(y, b, MPFR_RNDN);
    p = (plumb_side){ x, abar, as, avia }, q = (plumb_side){ y, bbar, PLUMB_OK, bvia };
    c = plumb_compare(&p, &q, 0, 1e-6);
    mpfr_clears(x, y, (mpfr_ptr)0);
    return c;
}

static void
is(plumb_comparison c, plumb_relation r, const char *what)
{
    static const char *const name[] = { "agree", "disagree", "undecided" };
    ok(c.relation == r, "%s: %s%s%s", what, name[c.relation], c.doubt ? ", " : "", plumb_doubt_text(c.doubt));
}

/* every place of a comparison gets every value that is no number; none may agree */
static void
never_agrees(void)
{
    static const double awful[] = { NAN, INFINITY, -INFINITY };
    int agreed = 0, tried = 0;
    for (int slot = 0; slot < 4; slot++)
        for (int other = -1; other < 4; other++)
            for (int k = 0; k < 3; k++) {
                double v[4] = { 1, 1e-9, 1, 1e-9 };
                v[slot] = awful[k];
                if (other >= 0)
                    v[other] = awful[(k + 1) % 3];
                agreed += compare(v[0], v[1], PLUMB_OK, "", v[2], v[3], "").relation == PLUMB_AGREE, tried++;
            }
    ok(!agreed, "NaN or infinity as value or bar on either side: %d of %d end as agreement", agreed, tried);
}

static void
exit_statuses(void)
{
    size_t n[PLUMB_VERDICTS] = { 0 };
    ok(plumb_exit_status(n, 0) == 4, "nothing was checked: 4");
    n[PLUMB_CORRECT] = 3;
    ok(plumb_exit_status(n, 0) == 0, "correct: 0");
    n[PLUMB_KINK] = 1;
    ok(plumb_exit_status(n, 0) == 0, "kink: 0");
    n[PLUMB_UNRESOLVED] = 1;
    ok(plumb_exit_status(n, 0) == 4 && plumb_exit_status(n, 1) == 0, "unresolved: 4, allowed: 0");
    n[PLUMB_CRASHED] = 1;
    ok(plumb_exit_status(n, 0) == 3, "crashed goes before undecided: 3");
    n[PLUMB_NONFINITE] = 1;
    ok(plumb_exit_status(n, 1) == 1, "nonfinite goes before crashed: 1");
}

int
main(void)
{
    is(compare(1, 1e-9, 0, "vjp:tanh", 1 + 1e-10, 1e-9, "dual:tanh"), PLUMB_AGREE, "inside the bars");
    is(compare(1, 1e-9, 0, "", 1 + 3e-9, 1e-9, ""), PLUMB_DISAGREE, "outside the bars");
    is(compare(1, 1e-9, 0, "vjp:tanh,vjp:sum", 1, 1e-9, "dual:exp,vjp:sum"), PLUMB_UNDECIDED, "one rule in common");
    is(compare(1, 1e-9, 0, "vjp:tan", 1, 1e-9, "vjp:tanh"), PLUMB_AGREE, "rules with a common beginning are two rules");
    is(compare(1, 1e-3, 0, "", 1, 1e-3, ""), PLUMB_UNDECIDED, "bars wider than the accuracy asked for");
    is(compare(1, 1e-9, PLUMB_EUNABLE, "", 1, 1e-9, ""), PLUMB_UNDECIDED, "a side that cannot say");
    is(compare(1, 1e-9, PLUMB_EFOREIGN, "", 2, 1e-9, ""), PLUMB_UNDECIDED, "a side whose code failed");
    is(compare(NAN, 1e-9, 0, "", 1, 1e-9, ""), PLUMB_DISAGREE, "NaN against a number");
    is(compare(NAN, 1e-9, PLUMB_EUNABLE, "", 1, 1e-9, ""), PLUMB_UNDECIDED, "NaN because it cannot say");
    is(compare(NAN, 1e-9, 0, "", NAN, 1e-9, ""), PLUMB_UNDECIDED, "NaN against NaN");
    is(compare(INFINITY, 1e-9, 0, "", INFINITY, 1e-9, ""), PLUMB_UNDECIDED, "infinity against infinity");
    is(compare(1, -1, 0, "", 1, 1e-9, ""), PLUMB_UNDECIDED, "a negative bar");
    is(compare(0, 0, 0, "", 0, 1e-9, ""), PLUMB_AGREE, "0 against an exact 0");
    is(compare(0, 1e-12, 0, "", 0, 1e-12, ""), PLUMB_UNDECIDED, "0 against a 0 that is not exact, nothing else to compare with");
    is(compare(1e-300, 1e-310, 0, "", 2e-300, 1e-310, ""), PLUMB_DISAGREE, "tiny numbers are numbers");
    never_agrees();
    exit_statuses();
    return done();
}
