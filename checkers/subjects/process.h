/* process.h - a program that answers requests line by line
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_SUBJECTS_PROCESS_H
#define PLUMB_SUBJECTS_PROCESS_H
#include <stddef.h>
#include "plumbline/status.h"

typedef struct plumb_process plumb_process;

/* Starts argv[0] (found in PATH, ended by NULL) in a process group of its own, with requests on its standard input and
 * replies on its standard output.  NULL with a sentence. */
plumb_process *plumb_process_start(const char *const *argv, plumb_diag *) PLUMB_MUST_USE;
/* Ends it (and its group) and waits for it. */
void plumb_process_end(plumb_process *);

/* Sends one line, "word x1 x2 ...", and waits at most `seconds` for the reply "= ...".  *reply gets what stands after the
 * sign, borrowed until the next request.  EFOREIGN with a sentence: it died, was silent too long, or said "! why". */
plumb_status plumb_process_ask(plumb_process *, const char *word, const double *x, size_t n, double seconds, char **reply, plumb_diag *)
    PLUMB_MUST_USE;
/* The same where the reply must be exactly `want` numbers, into y. */
plumb_status plumb_process_numbers(plumb_process *, const char *word, const double *x, size_t n, double *y, size_t want, plumb_diag *)
    PLUMB_MUST_USE;
#endif
