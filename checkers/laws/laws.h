/* laws.h - the laws, and what their files share
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_LAWS_LAWS_H
#define PLUMB_LAWS_LAWS_H
#include "plumbline/sink.h"

/* Each tries its law on a subject and reports findings and figures; OK without any where the law does not apply. */
plumb_status plumb_law_backward(const plumb_subject *, const plumb_check_options *, plumb_sink *, plumb_diag *) PLUMB_MUST_USE;
plumb_status plumb_law_batch(const plumb_subject *, const plumb_check_options *, plumb_sink *, plumb_diag *) PLUMB_MUST_USE;
plumb_status plumb_law_chain(const plumb_subject *, const plumb_check_options *, plumb_sink *, plumb_diag *) PLUMB_MUST_USE;
plumb_status plumb_law_taylor(const plumb_subject *, const plumb_check_options *, plumb_sink *, plumb_diag *) PLUMB_MUST_USE;

/* Fills in replay and id, and hands the finding on. */
void plumb_law_report(const plumb_subject *, const plumb_check_options *, plumb_sink *, plumb_finding *);
void plumb_law_number(char text[PLUMB_NUMBER_TEXT], double x);
#endif
