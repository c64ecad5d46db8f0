/* callee.c - see callee.h
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "checkers/subjects/callee.h"
#if defined __SSE2__
#include <xmmintrin.h>
#endif

enum { FLAGS = 0x3f, FTZ = 0x8000, DAZ = 0x40 };        /* of MXCSR: exceptions seen; flush to zero; denormals are zero */

unsigned
plumb_float_control(void)
{
#if defined __SSE2__
    return _mm_getcsr() & ~(unsigned)FLAGS;
#else
    return 0;
#endif
}

void
plumb_float_restore(unsigned control)
{
#if defined __SSE2__
    _mm_setcsr((_mm_getcsr() & FLAGS) | control);
#else
    (void)control;
#endif
}

const char *
plumb_float_change(unsigned was, unsigned is)
{
    return was == is ? NULL : (is & ~was) & (FTZ | DAZ) ? "switched on flush-to-zero (FTZ, DAZ), as code built with -ffast-math does" : "changed the rounding mode or the traps";
}

/* ---- what is broken ---- */

static void
remember(plumb_callee *c, const char *law, const char *word, const char *sentence)
{
    size_t used = strlen(c->broken);
    char line[300];
    snprintf(line, sizeof line, "%s %s %s\n", law, word, sentence);
    if (!strstr(c->broken, line) && used + strlen(line) < sizeof c->broken)
        strcat(c->broken, line);
}

static void
look_after(plumb_callee *c, const char *call)
{
    static const char *const names[] = { "the inputs", "the outputs", "the cotangent", "the gradient" };
    const plumb_guard *all[] = { &c->x, &c->y, &c->gy, &c->gx };
    unsigned is = plumb_float_control();
    const char *change = plumb_float_change(c->control, is);
    char text[200];
    if (change) {
        plumb_float_restore(c->control);
        snprintf(text, sizeof text, "%s %s; it was put back", call, change);
        remember(c, "environment", "note", text);
    }
    for (int i = 0; i < 4; i++) {
        int side = plumb_guard_overrun(all[i]);
        snprintf(text, sizeof text, "%s wrote %s %s", call, side < 0 ? "in front of" : "behind", names[i]);
        if (side)
            remember(c, "purity", "wrong", text);
    }
    if (plumb_guard_changed(&c->x) < c->x.n) {
        snprintf(text, sizeof text, "%s changed its input, number %zu", call, plumb_guard_changed(&c->x));
        remember(c, "purity", "wrong", text);
        plumb_guard_fill(&c->x, c->x.wide);
    }
    if (plumb_guard_changed(&c->gy) < c->gy.n) {
        snprintf(text, sizeof text, "%s changed the cotangent, number %zu", call, plumb_guard_changed(&c->gy));
        remember(c, "purity", "wrong", text);
        plumb_guard_fill(&c->gy, c->gy.wide);
    }
}

static void
look_at_output(plumb_callee *c, const plumb_guard *g, const char *call)
{
    char text[200];
    size_t at = plumb_guard_unwritten(g);
    if (at == g->n)
        return;
    snprintf(text, sizeof text, "%s left number %zu unwritten", call, at);
    remember(c, "output", "wrong", text);
}

static plumb_status
failed(plumb_callee *c, const char *call, int code, plumb_diag *diag)
{
    const char *words = c->error ? c->error(c->with) : NULL;
    return plumb_fail(diag, PLUMB_EDOMAIN, "%s returned %d%s%.200s", call, code, words && *words ? ": " : "", words ? words : "");
}

/* ---- life ---- */

plumb_status
plumb_callee_open(plumb_callee *c, size_t inputs, size_t outputs, int floats)
{
    plumb_status st = plumb_guard_open(&c->x, inputs, floats);
    static const double nothing[1];
    st |= plumb_guard_open(&c->y, outputs, floats), st |= plumb_guard_open(&c->gy, outputs, floats), st |= plumb_guard_open(&c->gx, inputs, floats);
    c->floats = floats, c->control = plumb_float_control();
    if (!st) {                                  /* zeros, so that nothing looks changed before it is filled */
        plumb_guard_fill(&c->x, inputs ? c->x.wide : nothing);
        plumb_guard_fill(&c->gy, outputs ? c->gy.wide : nothing);
    }
    if (st)
        plumb_callee_close(c);
    return st;
}

void
plumb_callee_close(plumb_callee *c)
{
    plumb_guard_close(&c->x), plumb_guard_close(&c->y), plumb_guard_close(&c->gy), plumb_guard_close(&c->gx);
}

/* ---- calls ---- */

plumb_status
plumb_callee_forward(plumb_callee *c, const double *x, double *y, plumb_diag *diag)
{
    int code;
    plumb_guard_fill(&c->x, x);
    plumb_guard_poison(&c->y);
    code = c->forward(c->with, c->x.data, c->y.data);
    look_after(c, "forward");
    if (code)
        return failed(c, "forward", code, diag);
    look_at_output(c, &c->y, "forward");
    plumb_guard_take(&c->y, y);
    return PLUMB_OK;
}

/* Of one that adds: once onto zeros, for the gradient, and once (the first time) onto that gradient, which must be doubled exactly. */
static int
add_twice(plumb_callee *c, double *d)
{
    int code;
    for (size_t i = 0; i < c->gx.n; i++)
        d[i] = 0;
    plumb_guard_fill(&c->gx, d);
    code = c->backward(c->with, c->x.data, c->gy.data, c->gx.data);
    plumb_guard_take(&c->gx, d);
    if (code || c->tried_adding)
        return code;
    c->tried_adding = 1;
    code = c->backward(c->with, c->x.data, c->gy.data, c->gx.data);
    for (size_t i = 0; i < c->gx.n; i++) {
        double twice = c->floats ? (double)((float *)c->gx.data)[i] : ((double *)c->gx.data)[i];
        if (twice != 2 * d[i] && isfinite(d[i])) {
            remember(c, "accumulation", "wrong", twice == d[i] ? "adds is declared, and the backward pass overwrites" : "adds is declared, and the backward pass does not add exactly");
            break;
        }
    }
    return code;
}

/* All was written, and some of it is NaN, as poison is: does it add where it should overwrite? */
static void
suspect_adding(plumb_callee *c, const double *d)
{
    double *again = c->gx.wide;
    size_t bad = 0;
    for (size_t i = 0; i < c->gx.n; i++)
        bad += isnan(d[i]) != 0;
    if (!bad || c->tried_adding || plumb_guard_unwritten(&c->gx) < c->gx.n)
        return;
    c->tried_adding = 1;
    for (size_t i = 0; i < c->gx.n; i++)
        again[i] = 0;
    plumb_guard_fill(&c->gx, again);
    if (c->backward(c->with, c->x.data, c->gy.data, c->gx.data))
        return;
    for (size_t i = 0; i < c->gx.n; i++)
        if (isnan(c->floats ? (double)((float *)c->gx.data)[i] : ((double *)c->gx.data)[i]))
            return;
    remember(c, "accumulation", "wrong", "the backward pass adds to what stands in the gradient's buffer; declare adds, or overwrite");
}

plumb_status
plumb_callee_backward(plumb_callee *c, const double *g, double *d, plumb_diag *diag)
{
    int code;
    plumb_guard_fill(&c->gy, g);
    plumb_guard_poison(&c->gx);
    code = c->adds ? add_twice(c, d) : c->backward(c->with, c->x.data, c->gy.data, c->gx.data);
    look_after(c, "backward");
    if (code)
        return failed(c, "backward", code, diag);
    if (c->adds)
        return PLUMB_OK;
    look_at_output(c, &c->gx, "backward");
    plumb_guard_take(&c->gx, d);
    suspect_adding(c, d);
    return PLUMB_OK;
}

plumb_status
plumb_callee_tangent(plumb_callee *c, const double *v, double *t, plumb_diag *diag)
{
    int code;
    if (!c->tangent)
        return PLUMB_EUNABLE;
    plumb_guard_fill(&c->gx, v);
    plumb_guard_poison(&c->y);
    code = c->tangent(c->with, c->gx.data, c->y.data);
    look_after(c, "tangent");
    if (code)
        return failed(c, "tangent", code, diag);
    look_at_output(c, &c->y, "tangent");
    plumb_guard_take(&c->y, t);
    return PLUMB_OK;
}
