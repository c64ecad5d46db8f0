/* callee.h - C functions of somebody else's, called under guard: of a plugin, or of the caller's own process
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inputs must stay as they are, outputs are poisoned first, canaries stand around all of them, and the processor's floating-point
 * settings are put back after every call. What is broken is remembered and told once. */
#ifndef PLUMB_SUBJECTS_CALLEE_H
#define PLUMB_SUBJECTS_CALLEE_H
#include "lib/base/guard.h"
#include "plumbline/box.h"

typedef struct plumb_callee {
    /* d: of the code; x: what the last forward had.  Returns 0 or the code's own error. */
    int (*forward)(void *with, const void *x, void *y);
    int (*backward)(void *with, const void *x, const void *gy, void *gx);
    int (*tangent)(void *with, const void *v, void *t);         /* optional */
    const char *(*error)(void *with);                           /* optional: words for the last nonzero return */
    void *with;
    plumb_guard x, y, gy, gx;
    int adds, tried_adding, floats;
    unsigned control;           /* of the processor, as it should be */
    char broken[2048];          /* lines "law verdict sentence" */
} plumb_callee;

/* Buffers for so many numbers; floats: the code takes and gives float. */
plumb_status plumb_callee_open(plumb_callee *, size_t inputs, size_t outputs, int floats) PLUMB_MUST_USE;
void plumb_callee_close(plumb_callee *);
/* EDOMAIN with a sentence when the code returned an error. */
plumb_status plumb_callee_forward(plumb_callee *, const double *x, double *y, plumb_diag *) PLUMB_MUST_USE;
plumb_status plumb_callee_backward(plumb_callee *, const double *g, double *d, plumb_diag *) PLUMB_MUST_USE;
plumb_status plumb_callee_tangent(plumb_callee *, const double *v, double *t, plumb_diag *) PLUMB_MUST_USE;
/* The settings now; were they changed since? */
unsigned plumb_float_control(void);
void plumb_float_restore(unsigned);
const char *plumb_float_change(unsigned was, unsigned is);      /* in words, or NULL */
#endif
