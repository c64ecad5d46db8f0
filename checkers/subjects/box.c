/* box.c - what every kind of box has in common
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/base/alloc.h"
#include "plumbline/box.h"

int
plumb_box_rename(plumb_box *box, const char *name, const char *target)
{
    char *fresh = plumb_text_copy(name), *other = plumb_text_copy(target);
    if (!fresh || !other) {
        plumb_release(fresh), plumb_release(other);
        return 0;
    }
    plumb_release(box->name), plumb_release(box->target);
    box->name = fresh, box->target = other;
    return 1;
}

void
plumb_box_free(plumb_box *box)
{
    if (!box)
        return;
    if (box->kind->free)
        box->kind->free(box);
    plumb_release(box->name);
    plumb_release(box->target);
    plumb_release(box);
}
