/* program.h - a program as a box, for the files that talk with it
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_SUBJECTS_PROGRAM_H
#define PLUMB_SUBJECTS_PROGRAM_H
#include <math.h>
#include "checkers/subjects/process.h"

/* Requests that a program need not know. */
enum { SAMPLE, TANGENT, SEED, BINARY, OPTIONAL };

typedef struct program {
    plumb_box box;
    char **argv;
    plumb_program_options options;
    plumb_process *process, **copy;     /* the copies beside the first one */
    int copies, echoes, frames, talked; /* talked: it has been shaken hands with */
    unsigned fences;                    /* each fence is another one: an old reply said again is not taken for it */
    char knows[OPTIONAL];               /* 0 not asked yet, 1 yes, -1 no */
    size_t inputs, outputs;
    plumb_dtype exact;                  /* the widest dtype that it declares */
    int nudges, batches, want_copies;
    double slowest;
    double *last;                       /* the x of the last forward, for nudges */
    int has_last;
} program;

/* How long a reply is waited for, in seconds; the first one of all. */
static inline double
plumb_program_patience(const program *p)
{
    return p->options.timeout > 0 ? p->options.timeout : fmax(10, 20 * p->slowest);
}

static inline double
plumb_program_first_patience(const program *p)
{
    return p->options.start_timeout > 0 ? p->options.start_timeout : 120;
}

/* One request with n numbers and a reply of `want`, as a line or as a frame of that letter. */
plumb_status plumb_program_exchange(program *, char letter, const char *word, const double *x, size_t n, double *y, size_t want, plumb_diag *) PLUMB_MUST_USE;
plumb_status plumb_program_forward(plumb_box *, const double *x, double *y, plumb_diag *) PLUMB_MUST_USE;
plumb_status plumb_program_backward(plumb_box *, const double *g, double *d, plumb_diag *) PLUMB_MUST_USE;

/* several.c: many and threads of the kind; and the end of all copies. */
plumb_status plumb_program_many(plumb_box *, size_t n, const double *x, double *y, plumb_status *each, plumb_diag *) PLUMB_MUST_USE;
plumb_status plumb_program_threads(plumb_box *, size_t *n, const double *x, const double *g, double *d, plumb_diag *) PLUMB_MUST_USE;
void plumb_program_stop_copies(program *);
#endif
