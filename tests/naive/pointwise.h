/* pointwise.h - the functions of the pointwise ops once more, as a mathematician would write them in C
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * In long double: what overflows or cancels in double here does not, or by 2^11 times less. */
#ifndef NAIVE_POINTWISE_H
#define NAIVE_POINTWISE_H

enum { NAIVE_MAXREALS = 2 };

typedef struct naive_function {
    const char *op;
    long double (*value)(const double *attr, long double x, long double y);
    /* optional: the size of terms that cancel in any double formula; its roundings are allowed, too */
    long double (*terms)(long double x, long double y);
    const char *attrs;          /* NULL: the defaults */
    double attr[NAIVE_MAXREALS];        /* the same attributes as numbers, in the order of the op */
    double lo[2], hi[2];        /* of x and of y; both 0: everywhere */
    int inputs;
} naive_function;
extern const naive_function naive_functions[];  /* ends at a NULL op */
#endif
