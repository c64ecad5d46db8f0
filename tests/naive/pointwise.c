/* pointwise.c - see pointwise.h
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stddef.h>
#include "tests/naive/pointwise.h"

static const long double pi = 3.14159265358979323846264338327950288L;

/* a: the attributes */
#define FUNCTION(name, expression)                                                          \
    static long double name##_of(const double *a, long double x, long double y)             \
    {                                                                                       \
        (void)a, (void)x, (void)y;                                                          \
        return expression;                                                                  \
    }

FUNCTION(neg, -x)
FUNCTION(abs, x < 0 ? -x : x)
FUNCTION(exp, expl(x))
FUNCTION(expm1, expm1l(x))
FUNCTION(log, logl(x))
FUNCTION(log1p, log1pl(x))
FUNCTION(sqrt, sqrtl(x))
FUNCTION(square, x * x)
FUNCTION(recip, 1 / x)
FUNCTION(sin, sinl(x))
FUNCTION(cos, cosl(x))
FUNCTION(tanh, tanhl(x))
FUNCTION(erf, erfl(x))
FUNCTION(add, x + y)
FUNCTION(sub, x - y)
FUNCTION(mul, x * y)
FUNCTION(div, x / y)
FUNCTION(max, x < y ? y : x)
FUNCTION(min, x < y ? x : y)
FUNCTION(pow, powl(x, y))
FUNCTION(sigmoid, 1 / (1 + expl(-x)))
FUNCTION(softplus, log1pl(expl(x)))
FUNCTION(relu, x > 0 ? x : 0)
FUNCTION(leaky_relu, x > 0 ? x : a[0] * x)
FUNCTION(elu, x > 0 ? x : a[0] * expm1l(x))
FUNCTION(silu, x / (1 + expl(-x)))
FUNCTION(gelu, 0.5L * x * erfcl(-x / sqrtl(2)))
FUNCTION(gelu_tanh, 0.5L * x * (1 + tanhl(sqrtl(2 / pi) * (x + 0.044715 * x * x * x))))
FUNCTION(hardtanh, x < a[0] ? a[0] : x > a[1] ? a[1] : x)
FUNCTION(huber, fabsl(x) <= a[0] ? x * x / 2 : a[0] * (fabsl(x) - a[0] / 2.0L))

/* 1 + erf and 1 + tanh cancel on the far left: what is left over is a rounding of 1 */
static long double
half(long double x, long double y)
{
    (void)y;
    return x < 0 ? -x / 2 : 0;
}

#define ON(op, ...) { #op, op##_of, __VA_ARGS__, .inputs = 1 }
#define ON2(op, ...) { #op, op##_of, __VA_ARGS__, .inputs = 2 }
#define PLAIN(op) { #op, op##_of, .inputs = 1 }
#define PLAIN2(op) { #op, op##_of, .inputs = 2 }

const naive_function naive_functions[] = {
    PLAIN(neg), PLAIN(abs), PLAIN(exp), PLAIN(expm1), PLAIN(square), PLAIN(recip), PLAIN(sin), PLAIN(cos),
    PLAIN(tanh), PLAIN(erf), PLAIN(sigmoid), PLAIN(softplus), PLAIN(relu), PLAIN(silu),
    PLAIN2(add), PLAIN2(sub), PLAIN2(mul), PLAIN2(div), PLAIN2(max), PLAIN2(min),
    ON(log, .lo = { 1e-300 }, .hi = { 1e300 }),
    ON(log1p, .lo = { -1 }, .hi = { 1e300 }),
    ON(sqrt, .lo = { 1e-300 }, .hi = { 1e300 }),
    ON2(pow, .lo = { 1e-6, -30 }, .hi = { 1e6, 30 }),
    ON(gelu, .terms = half),
    ON(gelu_tanh, .terms = half),
    ON(leaky_relu, .attr = { 0.01 }),
    ON(leaky_relu, .attrs = "slope=0.3", .attr = { 0.3 }),
    ON(leaky_relu, .attrs = "slope=-1.5", .attr = { -1.5 }),
    ON(elu, .attr = { 1 }),
    ON(elu, .attrs = "alpha=0.7", .attr = { 0.7 }),
    ON(hardtanh, .attr = { -1, 1 }),
    ON(hardtanh, .attrs = "hi=6,lo=0", .attr = { 0, 6 }),
    ON(hardtanh, .attrs = "lo=-0.3", .attr = { -0.3, 1 }),
    ON(huber, .attr = { 1 }),
    ON(huber, .attrs = "delta=0.3", .attr = { 0.3 }),
    ON(huber, .attrs = "delta=40", .attr = { 40 }),
    { .op = NULL },
};
