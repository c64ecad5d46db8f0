/* alloc.c - allocation with a meter; a header before each block keeps its size for realloc
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "lib/base/alloc.h"

enum { HEAD = 64 };                             /* keeps the block aligned to a cache line */
static atomic_long made, living, fail_at;

static int
refused(void)
{
    long n = atomic_fetch_add(&made, 1) + 1;
    return n == atomic_load(&fail_at);
}

void *
plumb_alloc(size_t count, size_t size)
{
    char *head;
    size_t bytes = count * size;
    if (refused() || (size && count > (SIZE_MAX - 2 * HEAD) / size))
        return NULL;
    bytes = (bytes + 2 * HEAD - 1) / HEAD * HEAD;       /* room for the head, a multiple of it */
    head = aligned_alloc(HEAD, bytes + HEAD);
    if (!head)
        return NULL;
    memset(head, 0, bytes + HEAD);
    memcpy(head, &bytes, sizeof bytes);
    atomic_fetch_add(&living, 1);
    return head + HEAD;
}

void *
plumb_realloc(void *old, size_t count, size_t size)
{
    size_t had = 0;
    void *fresh = plumb_alloc(count, size);
    if (!fresh || !old)
        return fresh;
    memcpy(&had, (char *)old - HEAD, sizeof had);
    memcpy(fresh, old, had < count * size ? had : count * size);
    plumb_release(old);
    return fresh;
}

void
plumb_release(void *memory)
{
    if (!memory)
        return;
    atomic_fetch_sub(&living, 1);
    free((char *)memory - HEAD);
}

char *
plumb_text_copy(const char *text)
{
    size_t n = strlen(text) + 1;
    char *copy = plumb_alloc(n, 1);
    return copy ? memcpy(copy, text, n) : NULL;
}

void
plumb_alloc_fail_at(long n)
{
    atomic_store(&fail_at, n > 0 ? atomic_load(&made) + n : 0);
}

long
plumb_alloc_count(void)
{
    return atomic_load(&made);
}

long
plumb_alloc_live(void)
{
    return atomic_load(&living);
}
