# peer_descent.py DIGITS - times mini-batch descent on the handwritten digits in PyTorch's eager loop; descent.sh asks, descent.c is its twin
# SPDX-License-Identifier: GPL-3.0-or-later
import math
import sys
import time
import torch
import torch.nn.functional as F

WIDTH, RATE, MASK = (64, 128, 10), 0.05, (1 << 64) - 1


def uniform(stream, n):
    numbers = []
    for i in range(1, n + 1):
        z = ((stream << 32) + i * 0x9E3779B97F4A7C15) & MASK
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
        numbers.append(((z ^ z >> 31) >> 11) * 2.0**-53)
    return numbers


def fill(shape, stream, size):
    return torch.tensor([size * (2 * u - 1) for u in uniform(stream, math.prod(shape))], dtype=torch.float64).float().reshape(shape)


torch.set_num_threads(1)
table = [[float(a) for a in line.split(',')] for line in open(sys.argv[1]) if line[0].isdigit() and line.count(',') == 64]
X = torch.tensor([row[:64] for row in table], dtype=torch.float64) / 16
T = torch.tensor([int(row[64]) for row in table])
START = [fill(s, p + 1, 0.1 if p % 2 else math.sqrt(6 / WIDTH[p // 2])) for p, s in enumerate([(128, 64), (128,), (10, 128), (10,)])]
for line in sys.stdin:
    system, batch, n = line.split()
    batch, n, dtype = int(batch), int(n), torch.float64 if system == 'f64' else torch.float32
    net = torch.nn.Sequential(torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10)).to(dtype)
    with torch.no_grad():
        for p, s in zip(net.parameters(), START):
            p.copy_(s)
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE)
    x = X.to(dtype)
    rows = [torch.tensor([(k * batch + i) * 7 % len(X) for i in range(batch)]) for k in range(n + 3)]

    def steps(first, last):
        for k in range(first, last):
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(net(x[rows[k]]), T[rows[k]]).backward()
            optimizer.step()

    steps(0, 3)
    cpu = time.process_time()
    steps(3, n + 3)
    cpu = time.process_time() - cpu
    with torch.no_grad():
        print('%.4f %.12g' % (1e6 * cpu / n, F.cross_entropy(net.double()(X), T).item()), flush=True)
