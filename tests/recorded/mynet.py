#!/usr/bin/env python3
# mynet.py - the gradients of the image classifier 600-60-40-10 by PyTorch, as t-recorded compares them with ours
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   python3 tests/recorded/mynet.py FOLDER    writes mynet-cross_entropy.f64 and mynet-squared.f64
#
# Made with PyTorch 1.13.0 (Debian 12), CPU, double precision. Every number of the point is a multiple of 2^-12 that
# both sides make from its place by the same integers, so that only the gradients are stored: little-endian
# doubles, x, W0, b0, W1, b1, W2, b2 one after the other.
import sys
import numpy as np
import torch

BATCH, SIZES = 2, [600, 60, 40, 10]


def numbers(tensor, count, bits):
    """multiples of 2^-12 within +-2^-bits, from a 32-bit multiplicative hash of (tensor, place)"""
    i = np.arange(count, dtype=np.uint64)
    h = (i * np.uint64(2654435761) + np.uint64(tensor) * np.uint64(40503)) & np.uint64(0xffffffff)
    h = ((h ^ (h >> np.uint64(15))) * np.uint64(2246822519)) & np.uint64(0xffffffff)
    h = h >> np.uint64(19)                                     # 13 bits
    return (h.astype(np.float64) - 4096) / 4096 * 2.0 ** -bits


def gradients(cost):
    leaves = [torch.tensor(numbers(0, BATCH * 600, 0).reshape(BATCH, 3, 10, 20), requires_grad=True)]
    for k in range(3):
        leaves.append(torch.tensor(numbers(2 * k + 1, SIZES[k + 1] * SIZES[k], 3 if k == 0 else 2).reshape(SIZES[k + 1], SIZES[k]), requires_grad=True))
        leaves.append(torch.tensor(numbers(2 * k + 2, SIZES[k + 1], 4), requires_grad=True))
    z = leaves[0].reshape(BATCH, 600)
    for k in range(3):
        z = torch.nn.functional.linear(z, leaves[2 * k + 1], leaves[2 * k + 2])
        z = torch.relu(z) if k < 2 else z
    labels = torch.tensor([(3 * i + 7) % 10 for i in range(BATCH)])
    if cost == "cross_entropy":
        loss = torch.nn.functional.cross_entropy(z, labels)
    else:
        loss = ((z - torch.nn.functional.one_hot(labels, 10)) ** 2).sum(dim=1).mean()
    loss.backward()
    return np.concatenate([leaf.grad.numpy().reshape(-1) for leaf in leaves])


torch.set_num_threads(1)
for cost in "cross_entropy", "squared":
    gradients(cost).astype("<f8").tofile(f"{sys.argv[1]}/mynet-{cost}.f64")
