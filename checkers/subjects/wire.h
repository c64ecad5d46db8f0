/* wire.h - the two ends of a process, for the files that start it and that talk through it
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_SUBJECTS_WIRE_H
#define PLUMB_SUBJECTS_WIRE_H
#include <sys/types.h>
#include "checkers/subjects/process.h"

struct plumb_process {
    const plumb_program_options *options;
    pid_t pid;                                  /* 0: nothing was started */
    int to, from, status, reaped, unnamed;
    char *buffer;
    size_t used, room, line, scanned;           /* line: where the unread part begins; scanned: there is no end of line before */
    size_t log;                                 /* bytes of log since the last request */
    char last[61];                              /* its last line, for a sentence */
    unsigned long requests;
    char word[32];                              /* of the last request */
};

/* What sentences call it. */
static inline const char *
plumb_process_who(const plumb_process *p)
{
    return p->options->worker ? "the shared object" : "the program";
}

double plumb_process_now(void);
/* Ended, in words; inside: what was missing. */
plumb_status plumb_process_died(plumb_process *, const char *inside, plumb_diag *);
/* What is there to read, without waiting; *ended: the other end is closed. */
plumb_status plumb_process_drain(plumb_process *, int *ended, plumb_diag *) PLUMB_MUST_USE;
/* Waits for something to read, or (writing) for room to write. */
plumb_status plumb_process_wait(plumb_process *, int writing, double until, const char *inside, plumb_diag *) PLUMB_MUST_USE;
/* Once the program has answered it has opened its named pipes, and their names may go. */
void plumb_process_unname(plumb_process *);
#endif
