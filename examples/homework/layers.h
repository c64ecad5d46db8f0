/* layers.h - what layers.c needs to be asked by plumb: nothing to do here
 * SPDX-License-Identifier: MIT */
#ifndef LAYERS_H
#define LAYERS_H

/* Inputs and their gradients come one after the other in x and d; y and g are the output and its cotangent. */
typedef struct layer {
    const char *name, *hello;
    int inputs, outputs;
    void (*forward)(const double *x, double *y);
    /* d = the gradients of all inputs for the cotangent g of the output; 0 while it is not written */
    int (*backward)(const double *x, const double *g, double *d);
} layer;
extern const layer layers[];            /* ends at a NULL name */
#endif
