# torch_module.py - an nn.Module in three lines; `wrong`: a layer of its own whose backward pass misses a factor
# SPDX-License-Identifier: MIT
import sys
import torch
from plumbline import gradcheck, GradientError


class Mish(torch.autograd.Function):
    """x tanh(log(1 + e^x)); wrong: the second half of the product rule is forgotten."""

    @staticmethod
    def forward(ctx, x, wrong):
        ctx.save_for_backward(x)
        ctx.wrong = wrong
        return x * torch.tanh(torch.nn.functional.softplus(x))

    @staticmethod
    def backward(ctx, gy):
        x, = ctx.saved_tensors
        t = torch.tanh(torch.nn.functional.softplus(x))
        return gy * (t if ctx.wrong else t + x * (1 - t * t) * torch.sigmoid(x)), None


class Activation(torch.nn.Module):
    def forward(self, x):
        return Mish.apply(x, "wrong" in sys.argv)


torch.manual_seed(0)
try:
    # From here on it is what a user writes.
    net = torch.nn.Sequential(torch.nn.Linear(6, 5), Activation(), torch.nn.LayerNorm(5), torch.nn.Linear(5, 3)).double()
    x = torch.randn(4, 6, dtype=torch.double, requires_grad=True)
    print(gradcheck(net, x, layouts=True))
except GradientError as error:
    sys.exit(error)
