/* functions.c - the pointwise ops: each is its formula and its slope, both written by hand
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A slope is in x (and y), the value z and the real attributes.  Formulas avoid overflow and
 * cancellation where they can: exponentials of numbers <= 0, expm1 and log1p near 0. */
#include "lib/ops/ops.h"

#define POINTWISE1                                                                          \
    .structure = PLUMB_POINTWISE, .nin = 1, .nout = 1, .shape = plumb_pointwise_same,                 \
    .forward = plumb_pointwise_forward, .vjp = plumb_pointwise_vjp,                         \
    .sample = plumb_pointwise_sample, .fold = plumb_pointwise_fold
#define POINTWISE2                                                                          \
    .structure = PLUMB_POINTWISE, .nin = 2, .nout = 1, .shape = plumb_pointwise_shape,      \
    .forward = plumb_pointwise_forward, .vjp = plumb_pointwise_vjp,                         \
    .sample = plumb_pointwise_sample2, .fold = plumb_pointwise_fold

const plumb_op plumb_op_neg = { "neg", "minus", "-x", { "-1" }, "definition", POINTWISE1 };
const plumb_op plumb_op_abs = { "abs", "absolute value", "abs(x)", { "sign(x)" }, "definition", POINTWISE1, .kinks = "x" };
const plumb_op plumb_op_exp = { "exp", "exponential", "exp(x)", { "z" }, "definition", POINTWISE1 };
const plumb_op plumb_op_log = { "log", "natural logarithm", "log(x)", { "1/x" }, "definition", POINTWISE1,
    .lo = { 0.05 }, .hi = { 4 } };
const plumb_op plumb_op_sqrt = { "sqrt", "square root", "sqrt(x)", { "1/(2*z)" }, "definition", POINTWISE1,
    .lo = { 0.05 }, .hi = { 4 } };
const plumb_op plumb_op_square = { "square", "square", "x*x", { "2*x" }, "definition", POINTWISE1 };
const plumb_op plumb_op_tanh = { "tanh", "hyperbolic tangent", "tanh(x)", { "1 - z*z" }, "definition", POINTWISE1 };
const plumb_op plumb_op_sigmoid = { "sigmoid", "logistic function, without overflow on either side",
    "exp(min(x,0))/(1 + exp(-abs(x)))", { "exp(-abs(x))/(1 + exp(-abs(x)))^2" }, "Verhulst 1845", POINTWISE1,
    .lo = { -6 }, .hi = { 6 } };
const plumb_op plumb_op_relu = { "relu", "the positive part", "max(x,0)", { "step(x)" }, "Fukushima 1969", POINTWISE1,
    .kinks = "x" };
const plumb_op plumb_op_softplus = { "softplus", "smooth positive part, without overflow",
    "max(x,0) + log1p(exp(-abs(x)))", { "exp(min(x,0))/(1 + exp(-abs(x)))" }, "Dugas et al. 2001", POINTWISE1,
    .lo = { -6 }, .hi = { 6 } };

const plumb_op plumb_op_add = { "add", "sum", "x + y", { "1", "1" }, "definition", POINTWISE2 };
const plumb_op plumb_op_sub = { "sub", "difference", "x - y", { "1", "-1" }, "definition", POINTWISE2 };
const plumb_op plumb_op_mul = { "mul", "product", "x*y", { "y", "x" }, "definition", POINTWISE2 };
const plumb_op plumb_op_div = { "div", "quotient", "x/y", { "1/y", "-z/y" }, "definition", POINTWISE2,
    .lo = { -2, 0.3 }, .hi = { 2, 3 } };
const plumb_op plumb_op_max = { "max", "the larger one", "max(x,y)", { "step(x - y)", "1 - step(x - y)" }, "definition",
    POINTWISE2, .kinks = "x - y" };
const plumb_op plumb_op_min = { "min", "the smaller one", "min(x,y)", { "step(y - x)", "1 - step(y - x)" }, "definition",
    POINTWISE2, .kinks = "x - y" };
const plumb_op plumb_op_pow = { "pow", "power of a positive number", "pow(x,y)", { "y*pow(x,y - 1)", "z*log(x)" }, "definition",
    POINTWISE2, .lo = { 0.1, -2 }, .hi = { 3, 3 } };

const plumb_op plumb_op_expm1 = { "expm1", "exponential less 1", "expm1(x)", { "exp(x)" }, "definition", POINTWISE1 };
const plumb_op plumb_op_log1p = { "log1p", "logarithm of 1 + x", "log1p(x)", { "1/(1 + x)" }, "definition", POINTWISE1,
    .lo = { -0.9 }, .hi = { 4 } };
const plumb_op plumb_op_recip = { "recip", "reciprocal", "1/x", { "-z*z" }, "definition", POINTWISE1, .lo = { 0.3 }, .hi = { 3 } };
const plumb_op plumb_op_sin = { "sin", "sine", "sin(x)", { "cos(x)" }, "definition", POINTWISE1 };
const plumb_op plumb_op_cos = { "cos", "cosine", "cos(x)", { "-sin(x)" }, "definition", POINTWISE1 };
const plumb_op plumb_op_erf = { "erf", "error function", "erf(x)", { "2*exp(-x*x)/sqrt(pi)" }, "Gauss 1809", POINTWISE1 };
const plumb_op plumb_op_silu = { "silu", "x times the logistic function", "x*exp(min(x,0))/(1 + exp(-abs(x)))",
    { "exp(min(x,0))/(1 + exp(-abs(x)))*(1 + x*exp(min(-x,0))/(1 + exp(-abs(x))))" }, "Elfwing, Uchibe, Doya 2018", POINTWISE1,
    .lo = { -6 }, .hi = { 6 } };
const plumb_op plumb_op_gelu = { "gelu", "x times the normal distribution function", "0.5*x*(1 + erf(x/sqrt(2)))",
    { "0.5*(1 + erf(x/sqrt(2))) + x*exp(-x*x/2)/sqrt(2*pi)" }, "Hendrycks, Gimpel 2016", POINTWISE1, .lo = { -3 }, .hi = { 3 } };
const plumb_op plumb_op_gelu_tanh = { "gelu_tanh", "gelu with tanh for the distribution function",
    "0.5*x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3)))",
    { "0.5*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3))) + "
      "0.5*x*(1 - tanh(sqrt(2/pi)*(x + 0.044715*x^3))^2)*sqrt(2/pi)*(1 + 3*0.044715*x*x)" }, "Hendrycks, Gimpel 2016", POINTWISE1,
    .lo = { -3 }, .hi = { 3 } };

/* ---- with attributes ---- */

/* the cases of one input, and one with another attribute */
static int
with(const char *attrs, int i, plumb_case *c)
{
    int there = plumb_pointwise_sample(i ? i - 1 : 0, c);
    if (there && i == 1)
        c->attrs = attrs;
    return there;
}

static int
leaky_sample(int i, plumb_case *c)
{
    return with("slope=0.25", i, c);
}

static int
elu_sample(int i, plumb_case *c)
{
    return with("alpha=0.5", i, c);
}

static int
hardtanh_sample(int i, plumb_case *c)
{
    return with("lo=-0.5,hi=1.5", i, c);
}

static int
huber_sample(int i, plumb_case *c)
{
    return with("delta=0.375", i, c);
}

#define ATTRIBUTED                                                                          \
    .structure = PLUMB_POINTWISE, .nin = 1, .nout = 1, .shape = plumb_pointwise_same,       \
    .forward = plumb_pointwise_forward, .vjp = plumb_pointwise_vjp, .fold = plumb_pointwise_fold
const plumb_op plumb_op_leaky_relu = { "leaky_relu", "the positive part, and a little of the negative one",
    "max(x,0) + slope*min(x,0)", { "step(x) + slope*(1 - step(x))" }, "Maas, Hannun, Ng 2013", ATTRIBUTED, .sample = leaky_sample,
    .attrs = { { "slope", PLUMB_ATTR_REAL, "0.01", "of the negative part" } }, .kinks = "x" };
const plumb_op plumb_op_elu = { "elu", "the positive part, and an exponential for the negative one",
    "max(x,0) + alpha*expm1(min(x,0))", { "step(x) + alpha*exp(min(x,0))*(1 - step(x))" }, "Clevert, Unterthiner, Hochreiter 2015",
    ATTRIBUTED, .sample = elu_sample, .attrs = { { "alpha", PLUMB_ATTR_REAL, "1", "minus the limit at -infinity" } }, .kinks = "x",
    .lo = { -4 }, .hi = { 4 } };
const plumb_op plumb_op_hardtanh = { "hardtanh", "x cut off on both sides", "max(lo,min(x,hi))", { "step(x - lo)*step(hi - x)" },
    "Collobert 2004", ATTRIBUTED, .sample = hardtanh_sample,
    .attrs = { { "lo", PLUMB_ATTR_REAL, "-1", "lower end" }, { "hi", PLUMB_ATTR_REAL, "1", "upper end" } }, .kinks = "(x - lo)*(x - hi)" };
const plumb_op plumb_op_huber = { "huber", "a square near 0, straight beyond delta",
    "min(abs(x),delta)*(abs(x) - min(abs(x),delta)/2)", { "max(-delta,min(x,delta))" }, "Huber 1964", ATTRIBUTED, .sample = huber_sample,
    .attrs = { { "delta", PLUMB_ATTR_REAL, "1", "where the square ends" } } };
