/* layer.c - a dense layer y = tanh(x W + b) as a program: plumb check -- ./layer
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include "plumb_subject.h"

enum { N = 4, I = 6, O = 3 };

typedef struct layer {
    double x[N][I], W[I][O], b[O], y[N][O];     /* of the last forward */
    int wrong;
} layer;

static const char *
hello(void *self)
{
    (void)self;
    return "in x:4,6 W:6,3 b:3 out y:4,3 where layer.c:38";
}

static int
forward(void *self, const double *in, double *out)
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

/* Wrong: a sample's bias gradient replaces that of the samples before it, instead of adding to it. */
static int
backward(void *self, const double *gy, double *gx)
{
    layer *l = self, g = { .wrong = 0 };
    for (int n = 0; n < N; n++)
        for (int o = 0; o < O; o++) {
            double d = gy[n * O + o] * (1 - l->y[n][o] * l->y[n][o]);
            for (int i = 0; i < I; i++)
                g.x[n][i] += d * l->W[i][o], g.W[i][o] += d * l->x[n][i];
            g.b[o] = l->wrong ? d : g.b[o] + d;
        }
    memcpy(gx, &g, sizeof g.x + sizeof g.W + sizeof g.b);
    return 0;
}

int
main(int argc, char **argv)
{
    static const plumb_served served = { .hello = hello, .forward = forward, .backward = backward };
    layer l = { .wrong = argc > 1 && !strcmp(argv[1], "wrong") };
    return plumb_serve(&served, &l);
}
