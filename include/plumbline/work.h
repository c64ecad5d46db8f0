/* work.h - workspaces: a stack of leaf elements that kernels take their temporaries from
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A workspace grows in chunks while it is first used and never shrinks: after the first call of
 * anything the same call allocates nothing.  It is one thread's; inside a parallel region of the
 * library thread t uses work + t. */
#ifndef PLUMBLINE_WORK_H
#define PLUMBLINE_WORK_H
#include <stddef.h>
#include "plumbline/num.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { PLUMB_MAXCHUNKS = 48 };
struct plumb_work {
    const plumb_num *leaf;
    int team;                                   /* threads that a kernel may use */
    int chunk;                                  /* the one in use */
    size_t used;                                /* elements of it */
    void *memory[PLUMB_MAXCHUNKS];
    size_t size[PLUMB_MAXCHUNKS];
};
typedef struct plumb_mark {
    int chunk;
    size_t used;
} plumb_mark;

/* An array of `team` workspaces for R's leaf; NULL without memory. */
plumb_work *plumb_work_new(const plumb_num *R, int team) PLUMB_MUST_USE;
void plumb_work_free(plumb_work *);

/* n numbers of R, inc 1, lane n, contents undefined; with every plane present, or the first `planes`
 * of them.  ENOMEM leaves *a untouched. */
plumb_status plumb_take(plumb_work *, const plumb_num *R, size_t n, plumb_array *a) PLUMB_MUST_USE;
plumb_status plumb_take_planes(plumb_work *, const plumb_num *R, size_t n, int planes, plumb_array *a)
    PLUMB_MUST_USE;
plumb_mark plumb_work_mark(const plumb_work *);
void plumb_work_give(plumb_work *, plumb_mark);         /* back to the mark */

#ifdef __cplusplus
}
#endif
#endif
