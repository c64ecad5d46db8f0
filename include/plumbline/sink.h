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
 *   tangent  a curve whose second column sets the scale
 *   taylor   steps against what is left, on logarithmic axes of 10, with lines of slope 1 and 2 and the noise floor
 *   matrix   routes against routes; label and name are the routes
 *   path     stages of the chain rule; label: which
 *   semilog  the first column against the others, which are on a logarithmic axis of 10; the unit of the second names that axis; NaN: no point
 *   loglog   the same with both
 *   plane    pairs of columns: the name of the first is the title, that of the second is line, grey or points; the units of the first pair name the axes
 *   bars     x (base 2), a measured value, its standard error, the law
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

/* Draws a formula of one variable with its claimed tangent and secants; nothing for two variables, or where it is not
 * finite at any likely point.  ENOMEM. */
plumb_status plumb_formula_curve(const plumb_formula_subject *, struct plumb_sink *) PLUMB_MUST_USE;

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
    void (*stage)(plumb_sink *, const char *what);      /* what is being done just now: for a progress line */
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
/* JUnit XML, in the same way. */
plumb_sink *plumb_sink_junit(const char *path, FILE *) PLUMB_MUST_USE;
/* Another format of a finished run: "json", "html", "xml", "tap" or "text" of the JSON report, to path (whole or not
 * at all) or the stream.  EINPUT with a sentence for a report that cannot be used. */
plumb_status plumb_render(const char *report, const char *path, FILE *, const char *format, plumb_diag *) PLUMB_MUST_USE;
/* Findings without what would give the answer away: level 0 the verdicts, 1 also which tensor and how many of its
 * numbers.  Takes `to` over, also on failure (NULL). */
plumb_sink *plumb_sink_hint(plumb_sink *to, int level) PLUMB_MUST_USE;
/* Counts the findings that the JSON report of an earlier run does not excuse: those it does not have by their id, and
 * those that are worse than there.  NULL with a sentence. */
plumb_sink *plumb_sink_baseline(const char *report, plumb_diag *) PLUMB_MUST_USE;
const size_t *plumb_sink_baseline_count(const plumb_sink *, size_t *known);     /* PLUMB_VERDICTS of them */
/* The graph of a subject in the lecture's blocks, as .svg, .pdf, .png (by dot, run as a program) or .dot; on the stream,
 * as DOT, where path is NULL.  report: a JSON report whose verdicts go onto the blocks, or NULL.  notes: a text per
 * value ("" for none) that goes beside it, or NULL.  EINPUT. */
plumb_status plumb_show(const plumb_subject *, const char *report, const char *const *notes, const char *path, FILE *, plumb_diag *)
    PLUMB_MUST_USE;
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
