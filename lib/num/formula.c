/* formula.c - a recursive descent from the text of a formula to a straight-line program
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One pass: each rule emits the instructions of what it has read and returns the register of the
 * result.  Registers are written once; equal constants share one. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "plumbline/formula.h"

enum { MAXDEPTH = 100 };
typedef struct parser {
    const char *text, *at;
    const char *const *vars;
    const plumb_constants *constants;
    int nvars, depth;
    plumb_program *P;
    plumb_status status;
    plumb_diag *diag;
} parser;

static int sum(parser *p);

/* The column is shown, and of a long formula what stands around it. */
static int
refuse(parser *p, const char *what)
{
    enum { SHOWN = 100 };
    int column = (int)(p->at - p->text) + 1, length = (int)strlen(p->text), from = 0;
    if (length > SHOWN)
        from = column > SHOWN / 2 ? column - SHOWN / 2 : 0;
    if (!p->status)
        p->status = plumb_fail(p->diag, PLUMB_EINPUT, "formula \"%s%.*s%s\", column %d: %s", from ? "..." : "", SHOWN,
            p->text + from, length - from > SHOWN ? "..." : "", column, what);
    return 0;
}

static void
skip(parser *p)
{
    while (isspace((unsigned char)*p->at))
        p->at++;
}

static int
accept(parser *p, char c)
{
    skip(p);
    if (*p->at != c)
        return 0;
    p->at++;
    return 1;
}

static int
emit(parser *p, plumb_fn fn, int a, int b, double c)
{
    if (p->P->nins == PLUMB_MAXINS)
        return refuse(p, "the formula is too long from here on");
    p->P->ins[p->P->nins] = (plumb_ins){ fn, a, b, c };
    return p->nvars + p->P->nins++;
}

static int
constant(parser *p, double c)
{
    for (int q = 0; q < p->P->nins; q++)
        if (p->P->ins[q].fn == PLUMB_FN_CONST && p->P->ins[q].c == c && !p->P->ins[q].a)
            return p->nvars + q;
    return emit(p, PLUMB_FN_CONST, 0, 0, c);
}

static int
is_constant(const parser *p, int reg, double *c)
{
    const plumb_ins *I = reg < p->nvars ? NULL : &p->P->ins[reg - p->nvars];
    if (!I || I->fn != PLUMB_FN_CONST || I->a)
        return 0;
    *c = I->c;
    return 1;
}

static int
number(parser *p)
{
    char *end;
    double c = strtod(p->at, &end);
    if (end == p->at || !isfinite(c) || (p->at[0] == '0' && (p->at[1] | 32) == 'x' && isalnum((unsigned char)p->at[2])))
        return refuse(p, "a finite number was expected");
    p->at = end;
    return constant(p, c);
}

static plumb_fn
function_named(const char *name, size_t length)
{
    for (int fn = PLUMB_FN_ABS; fn < PLUMB_FN_COUNT; fn++) {
        int hidden = fn == PLUMB_FN_ADD || fn == PLUMB_FN_SUB || fn == PLUMB_FN_MUL || fn == PLUMB_FN_DIV;
        if (!hidden && strlen(plumb_fn_text(fn)) == length && !strncmp(plumb_fn_text(fn), name, length))
            return fn;
    }
    return PLUMB_FN_CONST;
}

static int
call(parser *p, plumb_fn fn)
{
    int a, b = 0;
    if (!accept(p, '('))
        return refuse(p, "\"(\" was expected after the function");
    a = sum(p);
    if (PLUMB_FN_IS_BINARY(fn)) {
        if (!accept(p, ','))
            return refuse(p, "\",\" and a second argument were expected");
        b = sum(p);
    }
    if (!accept(p, ')'))
        return refuse(p, "\")\" was expected");
    return emit(p, fn, a, b, 0);
}

static int
word(parser *p)
{
    const char *from = p->at;
    size_t n = 0;
    plumb_fn fn;
    while (isalnum((unsigned char)from[n]) || from[n] == '_')
        n++;
    for (int v = 0; v < p->nvars; v++)
        if (strlen(p->vars[v]) == n && !strncmp(from, p->vars[v], n)) {
            p->at += n;
            return v;
        }
    for (int k = 0; p->constants && k < p->constants->n; k++)
        if (strlen(p->constants->name[k]) == n && !strncmp(from, p->constants->name[k], n)) {
            p->at += n;
            return constant(p, p->constants->value[k]);
        }
    if (n == 2 && !strncmp(from, "pi", 2)) {
        p->at += n;
        return emit(p, PLUMB_FN_CONST, 1, 0, 1);
    }
    fn = function_named(from, n);
    if (fn == PLUMB_FN_CONST)
        return refuse(p, "neither a variable, pi nor one of abs exp expm1 log log1p sqrt sin cos tanh erf step sign max min atan2 pow");
    p->at += n;
    return call(p, fn);
}

static int
atom(parser *p)
{
    int r;
    skip(p);
    if (p->status)
        return 0;
    if (isalpha((unsigned char)*p->at) || *p->at == '_')
        return word(p);
    if (isdigit((unsigned char)*p->at) || *p->at == '.')
        return number(p);
    if (!accept(p, '('))
        return refuse(p, *p->at ? "a number, a variable, a function or \"(\" was expected" : "the formula ends too early");
    r = sum(p);
    return accept(p, ')') ? r : refuse(p, "\")\" was expected");
}

static int
whole_power(parser *p, int base, int n)
{
    int r = -1;
    for (int m = abs(n); m; m >>= 1) {
        if (m & 1)
            r = r < 0 ? base : emit(p, PLUMB_FN_MUL, r, base, 0);
        if (m > 1)
            base = emit(p, PLUMB_FN_MUL, base, base, 0);
    }
    if (r < 0)
        return constant(p, 1);
    return n < 0 ? emit(p, PLUMB_FN_DIV, constant(p, 1), r, 0) : r;
}

static int factor(parser *p);

static int
power(parser *p)
{
    double c;
    int a = atom(p), b;
    if (!accept(p, '^'))
        return a;
    b = factor(p);
    if (p->status)
        return 0;
    if (is_constant(p, b, &c) && c == floor(c) && fabs(c) <= 64)
        return whole_power(p, a, (int)c);
    if (is_constant(p, b, &c) && c == 0.5)
        return emit(p, PLUMB_FN_SQRT, a, 0, 0);
    return emit(p, PLUMB_FN_EXP, emit(p, PLUMB_FN_MUL, b, emit(p, PLUMB_FN_LOG, a, 0, 0), 0), 0, 0);
}

static int
factor(parser *p)
{
    int r;
    double c;
    if (++p->depth > MAXDEPTH)
        return refuse(p, "nested too deeply");
    if (accept(p, '-')) {
        r = factor(p);
        r = p->status ? 0 : is_constant(p, r, &c) ? constant(p, -c) : emit(p, PLUMB_FN_NEG, r, 0, 0);
    } else if (accept(p, '+'))
        r = factor(p);
    else
        r = power(p);
    p->depth--;
    return r;
}

static int
product(parser *p)
{
    int r = factor(p);
    while (!p->status)
        if (accept(p, '*'))
            r = emit(p, PLUMB_FN_MUL, r, factor(p), 0);
        else if (accept(p, '/'))
            r = emit(p, PLUMB_FN_DIV, r, factor(p), 0);
        else
            break;
    return r;
}

static int
sum(parser *p)
{
    int r = product(p);
    while (!p->status)
        if (accept(p, '+'))
            r = emit(p, PLUMB_FN_ADD, r, product(p), 0);
        else if (accept(p, '-'))
            r = emit(p, PLUMB_FN_SUB, r, product(p), 0);
        else
            break;
    return r;
}

/* The last instruction must be the result: a bare variable or an earlier register is copied by + 0,
 * which is exact in every system (but for the sign of a zero). */
static void
finish(parser *p, int result)
{
    if (!p->status && (p->P->nins == 0 || result != p->nvars + p->P->nins - 1))
        emit(p, PLUMB_FN_ADD, result, constant(p, 0), 0);
}

static plumb_status
parse(const char *text, const char *const *vars, int nvars, const plumb_constants *constants, int times_last, plumb_program *P,
    plumb_diag *diag)
{
    parser p = { .text = text, .at = text, .vars = vars, .constants = constants, .nvars = nvars, .P = P, .diag = diag };
    int r;
    P->nin = nvars, P->nins = 0;
    r = sum(&p);
    skip(&p);
    if (!p.status && *p.at)
        refuse(&p, "nothing more was expected here");
    if (times_last && !p.status)
        r = emit(&p, PLUMB_FN_MUL, nvars - 1, r, 0);
    finish(&p, r);
    return p.status;
}

plumb_status
plumb_formula_parse(const char *text, const char *const *vars, int nvars, plumb_program *P, plumb_diag *diag)
{
    return parse(text, vars, nvars, NULL, 0, P, diag);
}

plumb_status
plumb_formula_bind(const char *text, const char *const *vars, int nvars, const plumb_constants *constants, int times_last,
    plumb_program *P, plumb_diag *diag)
{
    return parse(text, vars, nvars, constants, times_last, P, diag);
}

int
plumb_formula_tie(const plumb_program *P, int k, plumb_program *tie)
{
    for (int q = 0; q < P->nins; q++) {
        const plumb_ins *I = &P->ins[q];
        int pair = I->fn == PLUMB_FN_MAX || I->fn == PLUMB_FN_MIN;
        if (!pair && I->fn != PLUMB_FN_ABS && I->fn != PLUMB_FN_STEP && I->fn != PLUMB_FN_SIGN)
            continue;
        if (k-- > 0)
            continue;
        *tie = *P;
        tie->nins = q + 1;
        tie->ins[q] = (plumb_ins){ pair ? PLUMB_FN_SUB : PLUMB_FN_NEG, I->a, pair ? I->b : 0, 0 };
        return 1;
    }
    return 0;
}
