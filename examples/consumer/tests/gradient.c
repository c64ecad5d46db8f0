/* gradient.c - the layer's gradients, checked by libplumbline; speaks TAP
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <plumbline/gradcheck.h>
#include <stdio.h>
#include "layer.h"

enum { IN = 4, OUT = 3, WEIGHTS = IN * OUT, ALL = IN + WEIGHTS + OUT };

/* x, W and b in one row */
static layer
layer_of(const double *row)
{
    return (layer){ IN, OUT, row, row + WEIGHTS };
}

static int
forward(const double *row, double *y, void *data)
{
    layer l = layer_of(row + IN);
    (void)data;
    layer_forward(&l, row, y);
    return 0;
}

static int
backward(const double *row, const double *gy, double *g, void *data)
{
    layer l = layer_of(row + IN);
    (void)data;
    layer_backward(&l, row, gy, g, g + IN, g + IN + WEIGHTS);
    return 0;
}

/* as an optimiser would call it: of W and b alone, at one sample */
static double
objective(unsigned n, const double *row, double *g, void *data)
{
    static const double target[OUT] = { 1, 0.25, 2 };
    double y[OUT];
    layer l = layer_of(row);
    return (void)n, layer_loss(&l, data, target, y, g, g ? g + WEIGHTS : NULL);
}

static int
point(int number, const char *name, plumb_verdict_of r)
{
    printf("%s %d - %s\n# %s\n# %zu calls\n", r.status ? "not ok" : "ok", number, name, r.text, r.calls);
    return r.status != 0;
}

int
main(void)
{
    static const plumb_gradcheck_options options = { .declare = "in x:4 W:3,4 b:3 out y:3", .name = "softplus(W x + b)" };
    double row[ALL];
    int bad = 0;
    for (int i = 0; i < ALL; i++)
        row[i] = (i * 7 % 11 - 5) / 4.0;
    puts("1..2");
    bad |= point(1, "softplus(W x + b) with respect to x, W and b", plumb_gradcheck(ALL, row, OUT, forward, backward, NULL, &options));
    bad |= point(2, "the loss with respect to W and b", plumb_gradcheck_objective(ALL - IN, row + IN, objective, row, NULL));
    return bad;
}
