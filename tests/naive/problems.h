/* problems.h - what the structural ops are tried on, and the reference of each behind one face
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ops are known by name and attributes by their text: what they ask for is said once more, in the
 * reference's own terms. */
#ifndef NAIVE_PROBLEMS_H
#define NAIVE_PROBLEMS_H
#include "tests/naive/naive.h"

enum { NAIVE_MAXIN = 3 };

typedef struct naive_problem naive_problem;

/* The numbers of a problem: of the engine, and what the reference makes of them. */
typedef struct naive_numbers {
    double *x[NAIVE_MAXIN], *y, *g, *x_bar[NAIVE_MAXIN];
    int64_t *label;
} naive_numbers;

typedef struct naive_reference {
    const char *op;
    void (*forward)(const naive_problem *, naive_numbers *);    /* y of x */
    void (*vjp)(const naive_problem *, naive_numbers *);        /* x_bar of x and g */
    int inputs, labels;         /* labels: input 1 is labels below dim[labels - 1] of input 0 */
} naive_reference;

/* naive_ref_<op>: the op, what its adaptor is called, inputs, labels */
#define NAIVE_REFERENCES(X)                                                                 \
    X(matmul, matmul, 2, 0) X(linear, linear, 3, 0) X(transpose, transpose, 1, 0)           \
    X(reshape, reshape, 1, 0) X(sum, sum, 1, 0) X(mean, mean, 1, 0)                         \
    X(softmax, softmax, 1, 0) X(cross_entropy, cross_entropy, 2, 2) X(mse, mse, 2, 0)       \
    X(add, binary, 2, 0) X(sub, binary, 2, 0) X(mul, binary, 2, 0) X(div, binary, 2, 0)     \
    X(concat, concat, 2, 0) X(slice, slice, 1, 0) X(gather, gather, 2, 1)                   \
    X(amax, amax, 1, 0) X(logsumexp, logsumexp, 1, 0) X(log_softmax, log_softmax, 1, 0)     \
    X(nll, nll, 2, 2) X(squared_norm, squared_norm, 1, 0)                                   \
    X(squared_distances, squared_distances, 2, 0)
#define X(op, adaptor, inputs, labels) extern const naive_reference naive_ref_##op;
NAIVE_REFERENCES(X)
#undef X

/* plan: what the attributes ask for.  same: every input is one value. */
struct naive_problem {
    const naive_reference *ref;
    const char *attrs;
    naive_shape in[NAIVE_MAXIN], out;
    int plan[NAIVE_MAXRANK];
    double lo, hi;              /* of the inputs; both 0: (-2, 2) */
    int whole;                  /* the inputs are whole numbers: there are equal ones */
    int same, team;
};
extern const naive_problem naive_problems[];    /* ends at a NULL ref */

/* Where the largest (smallest) element along an axis is: the result is indices. */
typedef struct naive_search {
    const char *op, *attrs;
    naive_shape in, out;
    size_t axis;
    int smallest;
} naive_search;
extern const naive_search naive_searches[];     /* ends at a NULL op */
#endif
