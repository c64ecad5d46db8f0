/* formula.c - any text as a formula of x and y, with its ties, run in f64 and in intervals of rounding
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/scratch.h"
#include "plumbline/formula.h"
#include "plumbline/work.h"

enum { POINTS = 7 };

static void
sound(const plumb_program *p)
{
    expect(p->nins > 0 && p->nins <= PLUMB_MAXINS);
    for (int i = 0; i < p->nins; i++) {
        const plumb_ins *s = &p->ins[i];
        expect(s->fn >= 0 && s->fn < PLUMB_FN_COUNT);
        expect(s->fn == PLUMB_FN_CONST || (s->a >= 0 && s->a < p->nin + i));
        expect(!PLUMB_FN_IS_BINARY(s->fn) || (s->b >= 0 && s->b < p->nin + i));
    }
}

static void
run(const plumb_program *p)
{
    double x[POINTS] = { 0, -0.0, 1, -2.5, 1e300, -1e-300, 0.5 }, y[POINTS] = { 1, 0, -1, 3, -1e300, 1e-300, 0.5 }, v[POINTS] = { 0 }, z[2][POINTS];
    plumb_array in[3] = { { .plane = { x }, .inc = 1 }, { .plane = { y }, .inc = 1 }, { .plane = { y }, .inc = 1 } }, out = { .plane = { z[0], z[1] }, .inc = 1 };
    plumb_num *rounding = plumb_rounding_new(&plumb_f64, NULL);
    plumb_work *plain = plumb_work_new(&plumb_f64, 1), *work = plumb_work_new(rounding, 1);
    sound(p);
    expect(rounding && plain && work);
    expect(!(plumb_program_run(&plumb_f64, p, PLUMB_SET, &out, in, POINTS, plain) & PLUMB_ENOMEM));
    in[0].plane[1] = in[1].plane[1] = v;
    expect(!(plumb_program_run(rounding, p, PLUMB_SET, &out, in, POINTS, work) & PLUMB_ENOMEM));
    plumb_work_free(work), plumb_work_free(plain), plumb_num_free(rounding);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char *const vars[] = { "x", "y", "g" };
    static const plumb_constants constants = { 2, { "alpha", "k" }, { 0.01, 3 } };
    char *text = fuzz_text(bytes, n);
    plumb_program p, tie;
    plumb_diag why = { "" };
    plumb_status st = plumb_formula_parse(text, vars, 2, &p, &why);
    expect(!st == !*why.text);
    if (!st) {
        run(&p);
        for (int k = 0; plumb_formula_tie(&p, k, &tie); k++)
            run(&tie);
    }
    if (!plumb_formula_bind(text, vars, 3, &constants, 1, &p, NULL))
        run(&p);
    free(text);
    return 0;
}
