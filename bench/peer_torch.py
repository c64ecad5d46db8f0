# peer_torch.py - times the training step of step.c's net in PyTorch; bench.sh asks
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Each line "SYSTEM BATCH FORM STEPS" on standard input is answered by "CPU WALL LOSS": microseconds a step, and
# the loss after STEPS steps from the initial weights.  FORM is sgd (nn.Module and optim.SGD, gradients set to
# None) or bare (functions of torch.nn.functional, autograd.grad and _foreach_add_: the fastest form found).
# "peer_torch.py --machine" says what PyTorch and BLAS there are.
import math
import sys
import time

import torch
import torch.nn.functional as F

WIDTH = (600, 60, 40, 10)
MOST = 1024
RATE = 1e-4
MASK = (1 << 64) - 1


def uniform(stream, n):
    """n numbers in [0, 1): SplitMix64, as in step.c"""
    numbers = []
    for i in range(1, n + 1):
        z = ((stream << 32) + i * 0x9E3779B97F4A7C15) & MASK
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
        numbers.append(((z ^ z >> 31) >> 11) * 2.0**-53)
    return numbers


def fill(shape, stream, size):
    numbers = [size * (2 * u - 1) for u in uniform(stream, math.prod(shape))]
    return torch.tensor(numbers, dtype=torch.float64).float().reshape(shape)


def initial_weights():
    weights = []
    for layer in range(3):
        fan_in, out = WIDTH[layer], WIDTH[layer + 1]
        weights.append(fill((out, fan_in), 2 * layer + 1, math.sqrt(6 / fan_in)))
        weights.append(fill((out,), 2 * layer + 2, 0.1))
    return weights


def module():
    layers = []
    for layer in range(3):
        layers += [torch.nn.Linear(WIDTH[layer], WIDTH[layer + 1]), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


class Sgd:
    def __init__(self, dtype):
        self.net = module().to(dtype)
        self.params = list(self.net.parameters())
        self.optimizer = torch.optim.SGD(self.params, lr=RATE)

    def loss(self, x, y):
        return F.cross_entropy(self.net(x), y)

    def step(self, x, y):
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(x, y).backward()
        self.optimizer.step()


class Bare:
    def __init__(self, dtype):
        self.params = [p.to(dtype, copy=True).requires_grad_() for p in START]

    def loss(self, x, y):
        w0, b0, w1, b1, w2, b2 = self.params
        z = torch.relu(F.linear(torch.relu(F.linear(x, w0, b0)), w1, b1))
        return F.cross_entropy(F.linear(z, w2, b2), y)

    def step(self, x, y):
        gradient = torch.autograd.grad(self.loss(x, y), self.params)
        with torch.no_grad():
            torch._foreach_add_(self.params, gradient, alpha=-RATE)


def reset(net):
    with torch.no_grad():
        for p, start in zip(net.params, START):
            p.copy_(start)


def answer(net, x, y, steps):
    reset(net)
    for _ in range(3):
        net.step(x, y)
    reset(net)
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(steps):
        net.step(x, y)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    with torch.no_grad():
        loss = net.loss(x, y).item()
    print(f"{1e6 * cpu / steps:.4f} {1e6 * wall / steps:.4f} {loss:.17g}", flush=True)


def say_machine():
    with open("/proc/self/maps") as maps:
        blas = {line.split()[-1] for line in maps if "blas" in line}
    print(f"torch      {torch.__version__}, Python {sys.version.split()[0]}, {torch.get_num_threads()} thread(s), "
          f"{torch.backends.mkldnn.is_available() and 'mkldnn, ' or ''}{', '.join(sorted(blas)) or 'BLAS unknown'}")


torch.set_num_threads(1)
if "--machine" in sys.argv:
    say_machine()
    sys.exit()
START = initial_weights()
SAMPLES = fill((MOST, WIDTH[0]), 11, 1)
LABELS = torch.tensor([int(10 * u) for u in uniform(12, MOST)])
FORMS, TYPES = {"sgd": Sgd, "bare": Bare}, {"f64": torch.float64, "f32": torch.float32}
nets = {}
for line in sys.stdin:
    system, batch, form, steps = line.split()
    key = system, batch, form
    if key not in nets:
        rows = int(batch)
        dtype = TYPES[system]
        nets[key] = FORMS[form](dtype), SAMPLES[:rows].to(dtype).contiguous(), LABELS[:rows].contiguous()
    answer(*nets[key], int(steps))
