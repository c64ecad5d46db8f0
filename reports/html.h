/* html.h - the parts of the page
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_REPORTS_HTML_H
#define PLUMB_REPORTS_HTML_H
#include <stdio.h>
#include "reports/json.h"

/* One page being written; missing: the first program that could not draw, said once at the end; status: what was worse. */
typedef struct plumb_page {
    FILE *f;
    const json_t *record;
    plumb_diag missing;
    plumb_status status;
} plumb_page;

/* pictures.c: a figure as SVG, a table or a coloured table, with its caption; a graph with verdicts */
void plumb_page_figure(plumb_page *, const json_t *figure);
void plumb_page_graph(plumb_page *, const json_t *graph);
/* section.c: all there is to say of one subject */
void plumb_page_section(plumb_page *, const char *subject, int open, int pictures);

/* text of an object's member, escaped */
void plumb_page_text(plumb_page *, const json_t *object, const char *key);
/* "x[1,2]" of a finding's worst entry, escaped */
void plumb_page_place(plumb_page *, const json_t *check);
#endif
