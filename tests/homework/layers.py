#!/usr/bin/env python3
# layers.py - the homework solved in numpy
# SPDX-License-Identifier: MIT
import sys
import numpy as np


class relu:
    """z = max(s, 0)"""
    inputs, output, twin = {"s": (6,)}, (6,), "op:relu"
    def forward(s): return np.maximum(s, 0)
    def backward(s, g): return g * (s > 0)


class tanh:
    inputs, output, twin = {"s": (6,)}, (6,), "op:tanh"
    def forward(s): return np.tanh(s)
    def backward(s, g): return g * (1 - np.tanh(s) ** 2)


class sigmoid:
    """z = 1/(1 + exp(-s))"""
    inputs, output, twin = {"s": (6,)}, (6,), "op:sigmoid"
    def forward(s): return 1 / (1 + np.exp(-s))
    def backward(s, g): z = sigmoid.forward(s); return g * z * (1 - z)


class add:
    """y = a + b, where b is one row for all rows of a"""
    inputs, output, twin = {"a": (3, 4), "b": (4,)}, (3, 4), "op:add"
    def forward(a, b): return a + b
    def backward(a, b, g): return g, g.sum(axis=0)


class linear:
    """y = z W^T + b"""
    inputs, output, twin = {"z": (2, 3), "W": (4, 3), "b": (4,)}, (2, 4), "op:linear"
    def forward(z, W, b): return z @ W.T + b
    def backward(z, W, b, g): return g @ W, g.T @ z, g.sum(axis=0)


class mse:
    """the mean of (y - t)^2"""
    inputs, output, twin = {"y": (5,), "t": (5,)}, (1,), "op:mse"
    def forward(y, t): return np.mean((y - t) ** 2)
    def backward(y, t, g): return 2 * (y - t) / 5 * g, -2 * (y - t) / 5 * g


class softmax:
    """of each row"""
    inputs, output, twin = {"s": (2, 4)}, (2, 4), "op:softmax"
    def forward(s):
        e = np.exp(s - s.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
    def backward(s, g): p = softmax.forward(s); return p * (g - (p * g).sum(axis=1, keepdims=True))


class cross_entropy:
    """of logits and labels, averaged over the rows"""
    inputs, output, twin = {"s": (2, 4), "t": (2, "i64")}, (1,), "op:cross_entropy"
    def forward(s, t):
        top = s.max(axis=1)
        return np.mean(np.log(np.exp(s - top[:, None]).sum(axis=1)) + top - s[np.arange(2), t])
    def backward(s, t, g): return (softmax.forward(s) - np.eye(4)[t]) / 2 * g, None


# ---- nothing to do below: it answers plumb's requests ----

def spec(name, shape):
    label = shape[-1] == "i64"
    return name + ":" + ",".join(str(n) for n in (shape[:-1] if label else shape)) + (":i64" if label else "")


def split(numbers, layer):
    arrays, at = [], 0
    for shape in layer.inputs.values():
        label = shape[-1] == "i64"
        shape = shape[:-1] if label else shape
        n = int(np.prod(shape))
        arrays.append(numbers[at:at + n].reshape(shape).astype(int if label else float))
        at += n
    return arrays


def text(arrays):
    return " ".join(repr(float(v)) for a in arrays for v in np.asarray(a, dtype=float).reshape(-1))


def answer(layer, word, numbers, last):
    if word == "hello":
        return "in " + " ".join(spec(*i) for i in layer.inputs.items()) + " out " + spec("out", layer.output) + " twin " + layer.twin
    if word == "forward":
        last[:] = split(numbers, layer)
        return text([layer.forward(*last)])
    g = numbers.reshape(layer.output) if layer.output != (1,) else numbers[0]
    gradients = layer.backward(*last, g)
    gradients = gradients if isinstance(gradients, tuple) else (gradients,)
    return text([np.zeros(np.shape(x)) if d is None else d for x, d in zip(last, gradients)])


def main():
    layers = {c.__name__: c for c in (relu, tanh, sigmoid, add, linear, mse, softmax, cross_entropy)}
    if len(sys.argv) != 2 or sys.argv[1] not in layers:
        sys.exit("which layer? " + " ".join(layers))
    last = []
    for line in sys.stdin:
        word, *rest = line.split()
        try:
            print("=", answer(layers[sys.argv[1]], word, np.array([float(v) for v in rest]), last), flush=True)
        except NotImplementedError:
            print("! the backward pass of", sys.argv[1], "is not written yet", flush=True)
        except Exception as error:
            print("!", " ".join(str(error).split()) or type(error).__name__, flush=True)


main()
