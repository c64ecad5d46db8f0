/* formula.h - pointwise formulas as text: the text is the code
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMBLINE_FORMULA_H
#define PLUMBLINE_FORMULA_H
#include "plumbline/num.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The language: decimal numbers (each is the double nearest to it), the variables given, + - * / ^,
 * parentheses, pi (to the precision of the system), and the functions abs exp expm1 log log1p sqrt sin cos
 * tanh erf step sign of one argument, max min atan2 pow of two.  ^ binds tightest and to the right, then unary minus, then * and /, then
 * + and -.  A power with a whole constant exponent of at most 64 in size is a product, one of 0.5 a
 * square root, any other a^b is exp(b*log(a)).
 *
 * vars: the names of the variables (one word each), register i holds vars[i]; nvars of them, at most
 * PLUMB_MAXVARS.  On success *program is filled in.  EINPUT with a sentence that shows the column
 * (from 1) for a text that does not parse or needs more than PLUMB_MAXINS instructions. */
plumb_status plumb_formula_parse(const char *text, const char *const *vars, int nvars, plumb_program *program,
    plumb_diag *diag) PLUMB_MUST_USE;

/* As parse, with named constants (an op's attributes; borrowed, NULL for none) and, where times_last is 1,
 * the factor vars[nvars-1]: (text)*vars[nvars-1] is the vector-Jacobian product of a pointwise function
 * when the last variable is the cotangent. */
typedef struct plumb_constants {
    int n;
    const char *name[PLUMB_MAXVARS];
    double value[PLUMB_MAXVARS];
} plumb_constants;
plumb_status plumb_formula_bind(const char *text, const char *const *vars, int nvars, const plumb_constants *constants,
    int times_last, plumb_program *program, plumb_diag *diag) PLUMB_MUST_USE;

/* Where a formula may have a kink: the k-th (from 0) of its abs, step, sign, max and min as the
 * program whose zeros are its ties, over the same inputs.  Returns 0 when there is no k-th. */
int plumb_formula_tie(const plumb_program *program, int k, plumb_program *tie);

#ifdef __cplusplus
}
#endif
#endif
