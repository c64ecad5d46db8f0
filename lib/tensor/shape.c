/* shape.c - shapes and their texts
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include "plumbline/op.h"

size_t
plumb_shape_size(const plumb_shape *s)
{
    size_t n = 1;
    for (int i = 0; i < s->rank; i++)
        n *= s->dim[i];
    return n;
}

int
plumb_shape_equal(const plumb_shape *a, const plumb_shape *b)
{
    if (a->rank != b->rank)
        return 0;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i])
            return 0;
    return 1;
}

const char *
plumb_shape_text(const plumb_shape *s, char *text)
{
    int used = sprintf(text, "(");
    for (int i = 0; i < s->rank; i++)
        used += snprintf(text + used, (size_t)(PLUMB_SHAPE_TEXT - used - 1), i ? ",%zu" : "%zu", s->dim[i]);
    sprintf(text + used, ")");
    return text;
}
