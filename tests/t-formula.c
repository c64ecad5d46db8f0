/* t-formula.c - what a formula means, and the column of what does not parse
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include "plumbline/formula.h"
#include "plumbline/work.h"
#include "tests/tap.h"

static const char *const vars[] = { "x", "y" };

static double
value(const char *text, double x, double y)
{
    plumb_program p;
    plumb_diag why = { "" };
    double out = NAN;
    plumb_work *w = plumb_work_new(&plumb_f64, 1);
    plumb_array in[2] = { { .plane = { &x }, .inc = 1 }, { .plane = { &y }, .inc = 1 } }, to = { .plane = { &out }, .inc = 1 };
    if (plumb_formula_parse(text, vars, 2, &p, &why) || plumb_program_run(&plumb_f64, &p, PLUMB_SET, &to, in, 1, w))
        diag("%s", why.text);
    plumb_work_free(w);
    return out;
}

static void
refused(const char *text, int column)
{
    plumb_program p;
    plumb_diag why = { "" };
    char place[32];
    plumb_status st = plumb_formula_parse(text, vars, 2, &p, &why);
    snprintf(place, sizeof place, "column %d:", column);
    ok(st == PLUMB_EINPUT && strstr(why.text, place), "\"%.40s\" is refused at column %d: %.120s", text, column, why.text);
}

static void
values(void)
{
    double x = 0.7, y = -1.3;
    is_close(value("x", x, y), x, 0, 0, "x");
    is_close(value("3.5e-1", x, y), 0.35, 0, 0, "a number");
    is_close(value("x + y*x", x, y), x + y * x, 0, 0, "product before sum");
    is_close(value("x - y - x", x, y), x - y - x, 0, 0, "sums go from the left");
    is_close(value("x/y/x", x, y), x / y / x, 0, 0, "quotients go from the left");
    is_close(value("-x^2", x, y), -(x * x), 0, 0, "power before minus");
    is_close(value("2^x^2", x, y), pow(2, x * x), 1e-15, 0, "powers go to the right");
    is_close(value("x^-2", x, y), 1 / (x * x), 1e-16, 0, "negative power");
    is_close(value("x^0", x, y), 1, 0, 0, "power 0");
    is_close(value("x^13", x, y), pow(x, 13), 1e-15, 0, "whole power");
    is_close(value("x^0.5", x, y), sqrt(x), 0, 0, "power 0.5");
    is_close(value("x^1.5", x, y), pow(x, 1.5), 1e-15, 0, "power 1.5");
    is_close(value("--x", x, y), x, 0, 0, "minus minus");
    is_close(value("2*-x", x, y), -2 * x, 0, 0, "product with a negative");
    is_close(value(" ( x + ( y ) ) ", x, y), x + y, 0, 0, "parentheses and blanks");
    is_close(value("exp(x)*expm1(x)/log1p(x)+log(x)-sqrt(x)", x, y), exp(x) * expm1(x) / log1p(x) + log(x) - sqrt(x), 1e-15, 0, "functions");
    is_close(value("sin(y)+cos(y)-tanh(y)+abs(y)", x, y), sin(y) + cos(y) - tanh(y) + fabs(y), 1e-15, 0, "more functions");
    is_close(value("max(x,y)+10*min(x,y)+100*step(y)+1000*sign(y)", x, y), x + 10 * y - 1000, 1e-15, 0, "order");
    is_close(value("atan2(y,x)", x, y), atan2(y, x), 0, 0, "atan2(b, a) is the angle of (a, b)");
}

static void
errors(void)
{
    char deep[1001] = "", longer[4000] = "x";
    refused("x*(", 4);
    refused("", 1);
    refused("x+", 3);
    refused("foo(x)", 1);
    refused("x y", 3);
    refused("sin x", 5);
    refused("max(x)", 6);
    refused("(x", 3);
    refused("x)", 2);
    refused("1e999", 1);
    refused("x*+*y", 4);
    refused("x;rm", 2);
    memset(deep, '(', 1000);
    refused(deep, 101);
    for (int i = 0; i < 200; i++)
        strcat(longer, "+x*1.5");
    {
        plumb_program p;
        plumb_diag why = { "" };
        ok(plumb_formula_parse(longer, vars, 2, &p, &why) == PLUMB_EINPUT && strstr(why.text, "too long"), "a formula of 1000 terms is refused");
    }
}

static void
ties(void)
{
    plumb_program p, tie;
    int n = 0;
    if (plumb_formula_parse("max(x,0) + abs(x - 1)*step(y)", vars, 2, &p, NULL))
        bail("it should parse");
    while (plumb_formula_tie(&p, n, &tie))
        n++;
    ok(n == 3, "max, abs and step are three comparisons: %d", n);
}

int
main(void)
{
    values();
    errors();
    ties();
    return done();
}
