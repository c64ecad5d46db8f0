/* guard.c - see guard.h
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <string.h>
#include "lib/base/alloc.h"
#include "lib/base/guard.h"

enum { CANARY = 256, PATTERN = 0xc5 };
static const uint64_t poison64 = 0x7ff4dead5eed5eedu;
static const uint32_t poison32 = 0x7fa5eed5u;

static size_t
width(const plumb_guard *g)
{
    return g->is_float ? sizeof(float) : sizeof(double);
}

plumb_status
plumb_guard_open(plumb_guard *g, size_t n, int is_float)
{
    size_t bytes = n * (is_float ? sizeof(float) : sizeof(double));
    *g = (plumb_guard){ .n = n, .is_float = is_float };
    g->memory = plumb_alloc(bytes + 2 * CANARY, 1), g->wide = plumb_alloc(n, sizeof *g->wide);
    if (!g->memory || !g->wide) {
        plumb_guard_close(g);
        return PLUMB_ENOMEM;
    }
    memset(g->memory, PATTERN, bytes + 2 * CANARY);
    g->data = g->memory + CANARY;
    return PLUMB_OK;
}

void
plumb_guard_close(plumb_guard *g)
{
    plumb_release(g->memory), plumb_release(g->wide);
    *g = (plumb_guard){ .n = 0 };
}

void
plumb_guard_fill(plumb_guard *g, const double *x)
{
    if (g->n)
        memcpy(g->wide, x, g->n * sizeof *x);
    for (size_t i = 0; i < g->n; i++)
        if (g->is_float)
            ((float *)g->data)[i] = (float)x[i];
        else
            ((double *)g->data)[i] = x[i];
}

void
plumb_guard_poison(plumb_guard *g)
{
    for (size_t i = 0; i < g->n; i++)
        if (g->is_float)
            memcpy((float *)g->data + i, &poison32, sizeof poison32);
        else
            memcpy((double *)g->data + i, &poison64, sizeof poison64);
}

void
plumb_guard_take(const plumb_guard *g, double *y)
{
    for (size_t i = 0; i < g->n; i++)
        y[i] = g->is_float ? (double)((const float *)g->data)[i] : ((const double *)g->data)[i];
}

size_t
plumb_guard_unwritten(const plumb_guard *g)
{
    for (size_t i = 0; i < g->n; i++)
        if (!memcmp((const char *)g->data + i * width(g), g->is_float ? (const void *)&poison32 : (const void *)&poison64, width(g)))
            return i;
    return g->n;
}

size_t
plumb_guard_changed(const plumb_guard *g)
{
    for (size_t i = 0; i < g->n; i++) {
        float f = (float)g->wide[i];
        if (memcmp((const char *)g->data + i * width(g), g->is_float ? (const void *)&f : (const void *)&g->wide[i], width(g)))
            return i;
    }
    return g->n;
}

int
plumb_guard_overrun(const plumb_guard *g)
{
    size_t bytes = g->n * width(g);
    for (size_t i = 0; i < CANARY; i++)
        if (g->memory[i] != PATTERN)
            return -1;
    for (size_t i = 0; i < CANARY; i++)
        if (g->memory[CANARY + bytes + i] != PATTERN)
            return 1;
    return 0;
}
