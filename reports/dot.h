/* dot.h - a graph of the record in the lecture's block diagrams, as DOT
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_REPORTS_DOT_H
#define PLUMB_REPORTS_DOT_H
#include <jansson.h>
#include <stdio.h>

/* The graph {"nodes": [..], "values": [..]} of a record; checks (may be NULL): the record's, whose verdicts on the
 * parts of this subject go onto the blocks. */
void plumb_dot_write(FILE *, const json_t *graph, const json_t *checks);
#endif
