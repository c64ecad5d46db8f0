"""frames.py - a program that knows every frame, and ends with status 9 unless nudges and batches were sent (as its arguments say)
SPDX-License-Identifier: GPL-3.0-or-later"""
import math, struct, sys

wish = sys.argv[1]
N = 4
seen = set()
read, write = sys.stdin.buffer.read, sys.stdout.buffer.write
x = [0.0] * N

def forward(v):
    return [math.sin(v[0]) * v[1], v[1] * v[2], math.exp(v[3] / 2)]

def backward(v, g):
    return [math.cos(v[0]) * v[1] * g[0], math.sin(v[0]) * g[0] + v[2] * g[1], v[1] * g[1], math.exp(v[3] / 2) / 2 * g[2] * (1.01 if 'wrong' in wish else 1)]

def reply(y):
    write(b'=' + struct.pack('<Q%dd' % len(y), len(y), *y))

while True:
    first = read(1)
    if not first:
        break
    head = first
    if first in b'fbtnF':
        head += read(5)
    if len(head) == 6 and head[5] == 0:
        count, = struct.unpack('<Q', head[1:] + read(3))
        v = list(struct.unpack('<%dd' % count, read(8 * count)))
        seen.add(first)
        if first == b'f':
            x = v
            reply(forward(x))
        elif first == b'b':
            reply(backward(x, v))
        elif first == b'n':
            reply(forward(x[:int(v[0])] + [v[1]] + x[int(v[0]) + 1:]))
        elif first == b'F':
            reply([a for k in range(count // N) for a in forward(v[N * k:N * k + N])])
    else:
        line = (head + sys.stdin.buffer.readline()).decode()
        word, *rest = line.split()
        if word == 'hello':
            write(b'= in x:4 out y:3 at 0.5 -1 2 0.75 binary ' + wish.split('-')[0].encode() + b'\n')
        elif word == 'binary':
            write(b'= binary\n')
        elif word == 'echo':
            write(('= ' + ' '.join(repr(float(a)) for a in rest) + '\n').encode())
        else:
            write(b'! unknown\n')
    sys.stdout.buffer.flush()
print('saw', ''.join(sorted(s.decode() for s in seen)), file=sys.stderr)
