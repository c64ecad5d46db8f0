/* work.c - the stack of chunks behind a workspace
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "lib/base/alloc.h"
#include "plumbline/work.h"

enum { ALIGN = 8, FIRST = 2048 };               /* in elements */

plumb_work *
plumb_work_new(const plumb_num *R, int team)
{
    plumb_work *w = plumb_alloc((size_t)team, sizeof *w);
    for (int t = 0; w && t < team; t++)
        w[t] = (plumb_work){ .leaf = R->leaf, .team = t ? 1 : team };
    return w;
}

void
plumb_work_free(plumb_work *w)
{
    int team = w ? w->team : 0;
    for (int t = 0; t < team; t++)
        for (int c = 0; c < PLUMB_MAXCHUNKS; c++)
            plumb_release(w[t].memory[c]);
    plumb_release(w);
}

static plumb_status
grow(plumb_work *w, size_t n)
{
    int next = w->memory[0] ? w->chunk + 1 : 0;
    size_t size = next ? 2 * w->size[w->chunk] : FIRST;
    while (size < n)
        size *= 2;
    while (next < PLUMB_MAXCHUNKS && w->memory[next] && w->size[next] < n)
        next++;
    if (next == PLUMB_MAXCHUNKS)
        return PLUMB_ENOMEM;
    if (!w->memory[next]) {
        w->memory[next] = plumb_alloc(w->leaf->bytes(w->leaf, size), 1);
        if (!w->memory[next])
            return PLUMB_ENOMEM;
        w->leaf->start(w->leaf, w->memory[next], size);
        w->size[next] = size;
    }
    w->chunk = next, w->used = 0;
    return PLUMB_OK;
}

plumb_status
plumb_take_planes(plumb_work *w, const plumb_num *R, size_t n, int planes, plumb_array *a)
{
    size_t each = (n + ALIGN - 1) / ALIGN * ALIGN, many = (n * R->lanes + ALIGN - 1) / ALIGN * ALIGN, total = 0;
    plumb_array r = { .inc = 1, .lane = (ptrdiff_t)n };
    for (int p = 0; p < planes; p++)
        total += R->laned >> p & 1 ? many : each;
    if (!w->memory[0] || w->used + total > w->size[w->chunk])
        if (grow(w, total))
            return PLUMB_ENOMEM;
    for (int p = 0; p < planes; p++) {
        r.plane[p] = (char *)w->memory[w->chunk] + w->used * w->leaf->size;
        w->used += R->laned >> p & 1 ? many : each;
    }
    *a = r;
    return PLUMB_OK;
}

plumb_status
plumb_take(plumb_work *w, const plumb_num *R, size_t n, plumb_array *a)
{
    return plumb_take_planes(w, R, n, R->planes, a);
}

plumb_mark
plumb_work_mark(const plumb_work *w)
{
    return (plumb_mark){ w->chunk, w->used };
}

void
plumb_work_give(plumb_work *w, plumb_mark mark)
{
    w->chunk = mark.chunk, w->used = mark.used;
}
