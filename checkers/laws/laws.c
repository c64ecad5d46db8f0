/* laws.c - every law in turn
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "checkers/judge/judge.h"
#include "checkers/laws/laws.h"

plumb_status
plumb_check_laws(const plumb_subject *s, const plumb_check_options *o, plumb_sink *sink, plumb_diag *diag)
{
    plumb_status st = plumb_law_backward(s, o, sink, diag);
    st |= st ? st : plumb_law_batch(s, o, sink, diag);
    st |= st ? st : plumb_law_chain(s, o, sink, diag);
    st |= st ? st : plumb_law_taylor(s, o, sink, diag);
    if (st)
        plumb_fail(diag, st, "the laws of %s: %s", s->name, plumb_status_text(st));
    return st;
}
