/* sink.h - where findings go: the same events to every format
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMBLINE_SINK_H
#define PLUMBLINE_SINK_H
#include <stdio.h>
#include "plumbline/check.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct plumb_run_info {
    const char *version, *command;
    uint64_t seed;
    int anonymous;              /* no machine, no paths */
} plumb_run_info;

/* Numbers with named columns, row-major.  kind:
 *   curve    the first column against the others; log2x: its first column and its values are powers of 2
 *   v-curve  the same on logarithmic axes of 10: errors against steps
 *   heat     one number per entry of a tensor, as many columns as its last axis (names NULL)
 *   matrix   routes against routes; label and name are the routes
 *   path     stages of the chain rule; label: which
 *   table    numbers to read */
typedef struct plumb_figure {
    const char *kind, *subject; /* subject: whose, "" for none */
    const char *title, *caption;
    int columns;
    const char *const *name, *const *unit;      /* NULL for heat */
    size_t rows;
    const double *data;
    const char *const *label;   /* of the rows; NULL: none */
} plumb_figure;

/* Slots may be NULL.  After a failure a sink stays silent and end() returns the status. */
struct plumb_sink {
    void (*begin)(plumb_sink *, const plumb_run_info *);
    void (*subject)(plumb_sink *, const plumb_subject *);
    void (*finding)(plumb_sink *, const plumb_finding *);
    void (*figure)(plumb_sink *, const plumb_figure *);
    void (*note)(plumb_sink *, const char *sentence);
    /* count: findings by verdict.  Completes the output; the sink must be freed all the same. */
    plumb_status (*end)(plumb_sink *, const size_t count[PLUMB_VERDICTS], plumb_diag *);
    void (*free)(plumb_sink *);
};

/* Makers; NULL without memory.  text and TAP write to a stream as things happen (borrowed; never
 * closed).  level: 0 findings that are not correct and the sum, 1 a line per tensor, 2 every
 * witness.  colour: escape sequences for a terminal. */
plumb_sink *plumb_sink_text(FILE *, int level, int colour) PLUMB_MUST_USE;
plumb_sink *plumb_sink_tap(FILE *) PLUMB_MUST_USE;
/* The same text (level 2, no colour) or TAP into a file, whole at the end through a temporary one;
 * format: "text" or "tap". */
plumb_sink *plumb_sink_file(const char *path, const char *format) PLUMB_MUST_USE;
/* What is being checked just now, on stderr, and only on a terminal. */
plumb_sink *plumb_sink_progress(void) PLUMB_MUST_USE;
/* JSON and HTML are written at the end, in one piece: to path through a temporary file beside it, or to
 * the stream where path is NULL. */
plumb_sink *plumb_sink_json(const char *path, FILE *) PLUMB_MUST_USE;
plumb_sink *plumb_sink_html(const char *path, FILE *) PLUMB_MUST_USE;
/* Sends everything to n sinks, which it frees; counts the verdicts itself. */
plumb_sink *plumb_sink_tee(plumb_sink **sinks, int n) PLUMB_MUST_USE;
const size_t *plumb_sink_tee_count(const plumb_sink *tee);      /* PLUMB_VERDICTS of them */
void plumb_sink_free(plumb_sink *);

/* "0.1.0" */
const char *plumb_version(void);

#ifdef __cplusplus
}
#endif
#endif
