/* process.h - a program at the other end of two descriptors: lines and frames of docs/protocol.md
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_SUBJECTS_PROCESS_H
#define PLUMB_SUBJECTS_PROCESS_H
#include <stddef.h>
#include <stdint.h>
#include "plumbline/box.h"

typedef struct plumb_process plumb_process;

/* Starts argv[0] (found in PATH, ended by NULL) in a process group of its own, with requests on its standard input and replies on its standard
 * output (or through the pipes of options->fifo); or, where options has descriptors, uses those.  options is borrowed.  NULL with a sentence. */
plumb_process *plumb_process_start(const char *const *argv, const plumb_program_options *options, plumb_diag *) PLUMB_MUST_USE;
/* Closes its input, gives it a moment, ends it and its group, and waits for it. */
void plumb_process_end(plumb_process *);

/* Sends the line "word x1 x2 ...". */
plumb_status plumb_process_send(plumb_process *, const char *word, const double *x, size_t n, plumb_diag *) PLUMB_MUST_USE;
/* One more line right behind it: a fence (no reply to the first is in between). */
plumb_status plumb_process_send_more(plumb_process *, const char *word, const double *x, size_t n, plumb_diag *) PLUMB_MUST_USE;
/* Waits at most `seconds` for the reply to the last request, of at most so many numbers (0: a text of any length).  *reply gets what stands after "= ", borrowed until the next request.  EDOMAIN with
 * what stands after "! "; EFOREIGN with a sentence: it died, was silent too long, used too much memory, did not stop talking. */
plumb_status plumb_process_reply(plumb_process *, double seconds, size_t numbers, char **reply, plumb_diag *) PLUMB_MUST_USE;
/* The numbers of a reply, exactly n of them; EFOREIGN with a sentence that names both counts, or the word that is no number. */
plumb_status plumb_process_parse(plumb_process *, char *reply, double *y, size_t n, plumb_diag *) PLUMB_MUST_USE;

/* The same in a frame: a letter, a count, little-endian doubles.  word: what the request is called in sentences. */
plumb_status plumb_process_send_frame(plumb_process *, char letter, const char *word, const double *x, size_t n, plumb_diag *) PLUMB_MUST_USE;
plumb_status plumb_process_reply_frame(plumb_process *, double seconds, double *y, size_t n, plumb_diag *) PLUMB_MUST_USE;
#endif
