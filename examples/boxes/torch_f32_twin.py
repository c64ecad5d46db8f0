# torch_f32_twin.py - a float32 function beside its float64 twin; `wrong`: a backward pass that rounds to half precision on its way
# SPDX-License-Identifier: MIT
import sys
import torch
from plumbline import gradcheck, GradientError


class LogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = torch.logsumexp(x, -1)
        ctx.save_for_backward(x, y)
        return y

    @staticmethod
    def backward(ctx, gy):
        x, y = ctx.saved_tensors
        p = torch.exp(x - y[:, None])
        return gy[:, None] * (p.half().to(p.dtype) if "wrong" in sys.argv else p)


torch.manual_seed(0)
try:
    # The function is called with float32 tensors, its twin with the same values in float64: a difference of it has 10 digits instead of 4.
    x = torch.randn(5, 8, requires_grad=True)
    print(gradcheck(LogSumExp.apply, x, twin=LogSumExp.apply, name="logsumexp"))
except GradientError as error:
    sys.exit(error)
