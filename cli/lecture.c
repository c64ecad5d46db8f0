/* lecture.c - the lecture, item by item: what shows it here
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * docs/lecture.md says more of each; a test runs every command. */
#include <stdio.h>
#include "cli/cli.h"

static const struct {
    const char *item, *command, *see;
} rows[] = {
    { "A parametrised model y = G(x, w) with a cost; x and w on an equal footing, w shared by the samples",
        "plumb check model:logistic", "the derivatives by x, W and b; the law of batch" },
    { "The linear model and the squared distance", "plumb check 'model:linear(batch=5)'", "every module, and the whole" },
    { "Nearest neighbour: argmin over stored rows", "plumb check model:nearest_neighbour",
        "a derivative of zero off the boundary, a kink on it" },
    { "Block diagrams: variables, deterministic functions, a scalar cost", "plumb show model:tiny -o tiny.svg",
        "shaded circles, circles, rounded boxes, a square" },
    { "The loss per sample and the average loss", "plumb check 'model:mlp(batch=6,reduction=sum)' --quick", "the law of batch: parts add up" },
    { "The traditional net: weighted sums and a non-linearity, layer by layer", "plumb check 'model:mlp(act=relu,sizes=64:20:15:10)' --quick",
        "s = W z + b and z = f(s), each alone and all together" },
    { "Layers without a non-linearity are one layer", "plumb check model:linear_stack", "a stack that equals its product matrix" },
    { "Backpropagation through a non-linearity; the perturbation argument",
        "plumb check --math 'tanh(x)' --slope '1 - tanh(x)^2' -o tanh.html", "curve, tangent, secants; slope 2 of the remainder" },
    { "Backpropagation through weighted sums: fan-out", "plumb check model:residual", "the law of fan-out: what consumers send back adds up" },
    { "The PyTorch example: an image 3x10x20, layers 600-60-40-10 with ReLU", "plumb check 'model:mynet(cost=cross_entropy)' --quick",
        "its gradients; the tests hold them against PyTorch's" },
    { "Modules, the chain rule, rows and columns of Jacobians: [1 x dg][dg x df] = [1 x df]", "plumb walk model:tiny -o walk.svg",
        "every product with its numbers and shapes" },
    { "A graph of many stages, two Jacobians per module: by the state and by the weights",
        "plumb check 'model:residual(act=relu,blocks=4)' -o stages.html", "the chain rule stage by stage; the first stage where it parts" },
};

void
cli_lecture(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        printf("%s%s\n    $ %s\n    %s\n", i ? "\n" : "", rows[i].item, rows[i].command, rows[i].see);
}
