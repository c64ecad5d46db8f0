/* guard.h - buffers that tell what somebody's code did to them
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Numbers with canaries on both sides; poisoned before they are to be written, compared after they were only to be read. */
#ifndef PLUMB_BASE_GUARD_H
#define PLUMB_BASE_GUARD_H
#include <stddef.h>
#include "plumbline/status.h"

typedef struct plumb_guard {
    unsigned char *memory;
    double *wide;               /* n doubles in, or out; the caller's side */
    void *data;                 /* n numbers as the code sees them: double or float */
    size_t n;
    int is_float;
} plumb_guard;

plumb_status plumb_guard_open(plumb_guard *, size_t n, int is_float) PLUMB_MUST_USE;
void plumb_guard_close(plumb_guard *);
/* The numbers of x, to be read only. */
void plumb_guard_fill(plumb_guard *, const double *x);
/* Patterns of NaN that no computation makes. */
void plumb_guard_poison(plumb_guard *);
/* Into y. */
void plumb_guard_take(const plumb_guard *, double *y);
/* The first number that is still poison, or n. */
size_t plumb_guard_unwritten(const plumb_guard *);
/* Was one of the numbers that were filled in changed?  Its index, or n. */
size_t plumb_guard_changed(const plumb_guard *);
/* Was something written in front (-1) or behind (1)?  0: no. */
int plumb_guard_overrun(const plumb_guard *);
#endif
