/* layer.h - y = softplus(W x + b), and its backward pass by hand
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LAYER_H
#define LAYER_H
#include <stddef.h>

/* W is outputs x inputs, row-major. */
typedef struct layer {
    size_t inputs, outputs;
    const double *W, *b;
} layer;

void layer_forward(const layer *, const double *x, double *y);
/* gx, gW and gb get the gradients of <gy, y> at x; a NULL is not wanted. */
void layer_backward(const layer *, const double *x, const double *gy, double *gx, double *gW, double *gb);
/* |y - target|^2 / 2, and its gradients with respect to W and b where gW and gb are not NULL.  y: room for the outputs. */
double layer_loss(const layer *, const double *x, const double *target, double *y, double *gW, double *gb);
#endif
