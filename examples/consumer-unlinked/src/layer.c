/* layer.c - see layer.h
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include "layer.h"

static double
affine(const layer *l, const double *x, size_t j)
{
    double s = l->b[j];
    for (size_t i = 0; i < l->inputs; i++)
        s += l->W[j * l->inputs + i] * x[i];
    return s;
}

/* log(1 + exp(s)) without overflow */
static double
softplus(double s)
{
    return (s > 0 ? s : 0) + log1p(exp(-fabs(s)));
}

static double
slope(double s)
{
    return 1 / (1 + exp(-s));
}

void
layer_forward(const layer *l, const double *x, double *y)
{
    for (size_t j = 0; j < l->outputs; j++)
        y[j] = softplus(affine(l, x, j));
}

void
layer_backward(const layer *l, const double *x, const double *gy, double *gx, double *gW, double *gb)
{
    for (size_t i = 0; gx && i < l->inputs; i++)
        gx[i] = 0;
    for (size_t j = 0; j < l->outputs; j++) {
        double gs = gy[j] * slope(affine(l, x, j));
        for (size_t i = 0; gx && i < l->inputs; i++)
            gx[i] += gs * l->W[j * l->inputs + i];
        for (size_t i = 0; gW && i < l->inputs; i++)
            gW[j * l->inputs + i] = gs * x[i];
        if (gb)
            gb[j] = gs;
    }
}

double
layer_loss(const layer *l, const double *x, const double *target, double *y, double *gW, double *gb)
{
    double sum = 0;
    layer_forward(l, x, y);
    for (size_t j = 0; j < l->outputs; j++) {
        y[j] -= target[j];
        sum += y[j] * y[j] / 2;
    }
    if (gW || gb)
        layer_backward(l, x, y, NULL, gW, gb);
    return sum;
}
