/* layer_plugin.c - a dense layer y = tanh(x W + b) as a shared object: plumb check ./layer_plugin.so
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include "plumb_subject.h"

enum { N = 4, I = 6, O = 3 };

typedef struct layer {
    double x[N][I], W[I][O], b[O], y[N][O];     /* of the last forward */
    int wrong;
} layer;

int
plumb_abi(void)
{
    return 1;
}

const char *
plumb_subjects(void)
{
    return "right\nwrong\n";
}

void *
plumb_open(const char *subject)
{
    layer *l = calloc(1, sizeof *l);
    if (l)
        l->wrong = !strcmp(subject, "wrong");
    return l;
}

void
plumb_close(void *self)
{
    free(self);
}

const char *
plumb_hello(void *self)
{
    (void)self;
    return "in x:4,6 W:6,3 b:3 out y:4,3 copies 4";
}

int
plumb_forward(void *self, const double *in, double *out)
{
    layer *l = self;
    memcpy(l, in, sizeof l->x + sizeof l->W + sizeof l->b);
    for (int n = 0; n < N; n++)
        for (int o = 0; o < O; o++) {
            double s = l->b[o];
            for (int i = 0; i < I; i++)
                s += l->x[n][i] * l->W[i][o];
            l->y[n][o] = tanh(s);
        }
    memcpy(out, l->y, sizeof l->y);
    return 0;
}

/* Wrong: the gradient of x multiplies with W instead of its transpose, reading the wrong entry of the same array. */
int
plumb_backward(void *self, const double *gy, double *gx)
{
    layer *l = self, g = { .wrong = 0 };
    const double *W = &l->W[0][0];
    for (int n = 0; n < N; n++)
        for (int o = 0; o < O; o++) {
            double d = gy[n * O + o] * (1 - l->y[n][o] * l->y[n][o]);
            for (int i = 0; i < I; i++)
                g.x[n][i] += d * (l->wrong ? W[o * I + i] : W[i * O + o]), g.W[i][o] += d * l->x[n][i];
            g.b[o] += d;
        }
    memcpy(gx, &g, sizeof g.x + sizeof g.W + sizeof g.b);
    return 0;
}
