/* members.h - named arrays in a folder of .npy files or an .npz
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_SUBJECTS_MEMBERS_H
#define PLUMB_SUBJECTS_MEMBERS_H
#include "plumbline/tensor.h"

typedef struct plumb_member {
    char name[64];
    char *bytes;
    size_t length;
} plumb_member;
typedef struct plumb_members {
    const char *path;           /* borrowed */
    plumb_member *list;
    size_t n, bytes, packed;    /* packed: of the whole archive */
} plumb_members;

/* EINPUT with a sentence: unreadable, damaged, larger than it can be, without arrays; then there is nothing to close. */
plumb_status plumb_members_open(const char *path, plumb_members *, plumb_diag *) PLUMB_MUST_USE;
void plumb_members_close(plumb_members *);
/* The one called prefix + name, or NULL. */
const plumb_member *plumb_members_find(const plumb_members *, const char *prefix, const char *name);
/* The array called so (plumb_npy_clear frees it); EINPUT where there is none. */
plumb_status plumb_members_array(const plumb_members *, const char *prefix, const char *name, int bf16, plumb_npy *, plumb_diag *) PLUMB_MUST_USE;
#endif
