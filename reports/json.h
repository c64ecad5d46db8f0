/* json.h - the whole record of a run as one JSON document
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_REPORTS_JSON_H
#define PLUMB_REPORTS_JSON_H
#include <jansson.h>
#include "plumbline/sink.h"

/* Collects events into a document; what did not fit into memory is remembered until the end. */
typedef struct plumb_record {
    json_t *root, *checks, *figures, *graphs, *notes;
    int broken;
} plumb_record;
void plumb_record_open(plumb_record *);
void plumb_record_begin(plumb_record *, const plumb_run_info *);
void plumb_record_subject(plumb_record *, const plumb_subject *);
void plumb_record_finding(plumb_record *, const plumb_finding *);
void plumb_record_figure(plumb_record *, const plumb_figure *);
void plumb_record_note(plumb_record *, const char *sentence);
plumb_status plumb_record_end(plumb_record *, const size_t count[PLUMB_VERDICTS]);
void plumb_record_close(plumb_record *);

/* A finite number, or "NaN", "Infinity", "-Infinity" (jansson refuses them); NULL without memory. */
json_t *plumb_json_real(double);
/* A text made valid UTF-8 (other bytes become U+FFFD). */
json_t *plumb_json_text(const char *);

/* The graph of a subject as the record holds it; NULL without memory. */
json_t *plumb_json_graph(const plumb_subject *);
/* Reading, tolerant of what is missing: a text or "", a number or NaN (also for the strings that stand for what is
 * not finite, but infinities), the exit status of a verdict by its name. */
const char *plumb_json_string(const json_t *object, const char *key);
double plumb_json_number(const json_t *object, const char *key);
double plumb_json_double(const json_t *value);
int plumb_json_exit(const char *verdict);

/* Writes JUnit XML of a record. */
plumb_status plumb_junit_write(FILE *, const json_t *record);
/* Writes the page of a record: everything in it comes from the document. */
plumb_status plumb_html_write(FILE *, const json_t *record);
#endif
