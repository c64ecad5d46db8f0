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
    { "Descent ends where the closed form is", "plumb descend squares", "the distance to the solution of the normal equations, step by step" },
    { "Nearest neighbour: argmin over stored rows", "plumb check model:nearest_neighbour",
        "a derivative of zero off the boundary, a kink on it" },
    { "Block diagrams: variables, deterministic functions, a scalar cost", "plumb show model:tiny -o tiny.svg",
        "shaded circles, circles, rounded boxes, a square" },
    { "The loss per sample and the average loss", "plumb check 'model:mlp(batch=6,reduction=sum)' --quick", "the law of batch: parts add up" },
    { "Full-batch gradient descent, stochastic gradient descent, mini-batches", "plumb descend quadratic batches rows noise redundant -o descent.html",
        "the noisy path and the smooth one; a batch of B has a B-th of the noise; a pass over redundant data" },
    { "A positive semi-definite matrix for a step size: still downhill", "plumb descend matrix", "down if the symmetric part is positive; to the bottom if the spectral radius is below 1" },
    { "Stairs, flats and holes: methods without gradients", "plumb descend stairs smoothing", "descent stands still, a simplex goes down, and fails where McKinnon says" },
    { "Reinforcement learning: the gradient of an unknown cost", "plumb descend bandit policy", "the score-function estimator, outcome by outcome: unbiased whatever the baseline" },
    { "Actor and critic: a trainable critic stands in for the cost", "plumb descend td critic -o critic.html", "the expected steps, and the way to the best policy" },
    { "GANs: a Nash equilibrium instead of a minimum", "plumb descend game -o game.html", "spirals out, circles, spirals in: the modulus of each method" },
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
