/* load.h - a finished run's record, read back
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_REPORTS_LOAD_H
#define PLUMB_REPORTS_LOAD_H
#include "reports/json.h"

/* The record of a JSON report; the caller drops it with json_decref.  NULL with a sentence: it cannot be read, is
 * cut off or no JSON (with the line), is no report of ours, or is one of a later version. */
json_t *plumb_record_load(const char *path, plumb_diag *) PLUMB_MUST_USE;

/* The same events that made the record, into a sink: begin, subjects' findings, notes and end. */
plumb_status plumb_record_feed(const json_t *record, plumb_sink *, plumb_diag *) PLUMB_MUST_USE;
/* One finding of a record; texts are borrowed from it. */
void plumb_record_finding_of(const json_t *check, plumb_finding *);
#endif
