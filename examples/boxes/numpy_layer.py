# numpy_layer.py - a dense layer and the protocol by hand: plumb check -- python3 numpy_layer.py; `wrong`: W for its transpose
# SPDX-License-Identifier: MIT
import sys
import numpy as np


def forward(x, W, b):
    forward.saved = x, W, np.tanh(x @ W + b)
    return forward.saved[2]


def backward(gy):
    x, W, y = forward.saved
    d = gy * (1 - y * y)
    return d @ (W if "wrong" in sys.argv else W.T), x.T @ d, d.sum(0)


shapes = [(4, 3), (3, 3), (3,)]
ends = np.cumsum([0] + [int(np.prod(s)) for s in shapes])
for line in sys.stdin:
    word, *v = line.split()
    v = np.array(v, float)
    if word == "hello":
        print("= in x:4,3 W:3,3 b:3 out y:4,3", flush=True)
        continue
    if word == "forward":
        v = forward(*(v[i:j].reshape(s) for i, j, s in zip(ends, ends[1:], shapes)))
    elif word == "backward":
        v = np.concatenate([d.ravel() for d in backward(v.reshape(4, 3))])
    print("=" if word in ("forward", "backward", "echo") else "! no", *v.ravel().tolist(), flush=True)
