/* contract.h - what the files of the laws of the contract share
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUMB_BOX_CONTRACT_H
#define PLUMB_BOX_CONTRACT_H
#include "checkers/box/walk.h"

/* Room for three gradients, a cotangent, a point and a value; and the row that laws are tried on: dense, where there is one. */
typedef struct plumb_contract {
    double *a, *b, *c, *g, *x, *y;
    const double *claim, *u;
    size_t row;
} plumb_contract;
plumb_status plumb_contract_open(plumb_walk *, plumb_contract *) PLUMB_MUST_USE;
void plumb_contract_close(plumb_contract *);

/* A forward at x and a backward for g, into d. */
plumb_status plumb_contract_pass(plumb_walk *, const double *x, const double *g, plumb_contract *, double *d) PLUMB_MUST_USE;
/* What was asked: the same again, or of another cotangent (or another order). */
typedef enum plumb_room { PLUMB_SAME_CALL, PLUMB_OTHER_COTANGENT } plumb_room;
/* got must be factor * want: exactly, else to rounding (said), else the law does not hold. */
void plumb_contract_verdict(plumb_walk *, const char *law, plumb_room, const double *got, const double *want, double factor, const char *what);

/* batch.c: nothing where no batch axis is declared */
plumb_status plumb_contract_batch(plumb_walk *, plumb_contract *) PLUMB_MUST_USE;
#endif
