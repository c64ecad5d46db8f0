/* alloc.h - the one way to the heap, so that a test can make the n-th allocation fail
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The meter behind it is the only state of the process that the library keeps: counters, changed
 * atomically, that influence nothing unless a test asks for a failure. */
#ifndef PLUMB_BASE_ALLOC_H
#define PLUMB_BASE_ALLOC_H
#include <stddef.h>
#include "plumbline/status.h"

/* count * size bytes set to zero, aligned for any type and to 64 bytes; NULL where there is no
 * memory, the product overflows, or a test said so.  A request for nothing gives one byte. */
void *plumb_alloc(size_t count, size_t size) PLUMB_MUST_USE;
/* As realloc of an array made by plumb_alloc; what is new is not set to zero.  On NULL the old
 * array is untouched. */
void *plumb_realloc(void *old, size_t count, size_t size) PLUMB_MUST_USE;
void plumb_release(void *memory);               /* NULL is fine */
char *plumb_text_copy(const char *text) PLUMB_MUST_USE;

/* For tests: the n-th allocation from now fails (1 is the next), 0 never; all after it succeed. */
void plumb_alloc_fail_at(long n);
long plumb_alloc_count(void);                   /* allocations so far, failed ones too */
long plumb_alloc_live(void);                    /* allocated and not released */
#endif
