/* report.c - the finding of a law
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "checkers/judge/judge.h"
#include "checkers/laws/laws.h"

void
plumb_law_number(char text[PLUMB_NUMBER_TEXT], double x)
{
    mpfr_t m;
    mpfr_init2(m, 53);
    mpfr_set_d(m, x, MPFR_RNDN);
    plumb_number_text(text, m, 53);
    mpfr_clear(m);
}

void
plumb_law_report(const plumb_subject *s, const plumb_check_options *o, plumb_sink *sink, plumb_finding *f)
{
    char replay[PLUMB_REPLAY_TEXT];
    f->replay = plumb_replay_text(s, o, replay);
    plumb_finding_id(f);
    if (sink->finding)
        sink->finding(sink, f);
}
