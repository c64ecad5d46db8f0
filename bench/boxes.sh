#!/bin/sh
# boxes.sh - other people's code: what a call costs us, and how long a 3x4 linear layer takes from start to verdict
# SPDX-License-Identifier: GPL-3.0-or-later
# Run by make bench-boxes in the build tree; whole commands are timed, the best and the median of nine.
plumb=${PLUMB:-./plumb}
here=${srcdir:-.}
cc=${CC:-cc}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
python=
for p in /usr/bin/python3 python3; do [ -z "$python" ] && "$p" -c 'import numpy' 2>/dev/null && python=$p; done
cat >"$dir/linear.c" <<'C'
#include <string.h>
static double x[8 + 12 + 3];
int plumb_abi(void) { return 1; }
void *plumb_open(const char *n) { return x; }
const char *plumb_hello(void *s) { return "in x:2,4 W:3,4 b:3 out y:2,3"; }
int plumb_forward(void *s, const double *v, double *y) { memcpy(x, v, sizeof x); for (int n = 0; n < 2; n++) for (int o = 0; o < 3; o++) { double t = x[20 + o]; for (int i = 0; i < 4; i++) t += x[n * 4 + i] * x[8 + o * 4 + i]; y[n * 3 + o] = t; } return 0; }
int plumb_backward(void *s, const double *g, double *d) { memset(d, 0, sizeof x); for (int n = 0; n < 2; n++) for (int o = 0; o < 3; o++) { double q = g[n * 3 + o]; for (int i = 0; i < 4; i++) d[n * 4 + i] += q * x[8 + o * 4 + i], d[8 + o * 4 + i] += q * x[n * 4 + i]; d[20 + o] += q; } return 0; }
void plumb_close(void *s) {}
C
cat >"$dir/linear.py" <<'PY'
import sys, numpy as np
for line in sys.stdin:
    word, *v = line.split()
    v = np.array(v, float)
    if word == 'hello': r = ['in x:2,4 W:3,4 b:3 out y:2,3']
    elif word == 'forward': x, W, b = v[:8].reshape(2, 4), v[8:20].reshape(3, 4), v[20:]; r = (x @ W.T + b).ravel().tolist()
    elif word == 'backward': g = v.reshape(2, 3); r = np.concatenate([(g @ W).ravel(), (g.T @ x).ravel(), g.sum(0)]).tolist()
    elif word == 'echo': r = v.tolist()
    else: print('! unknown', flush=True); continue
    print('=', *r, flush=True)
PY
$cc -O2 -w -shared -fPIC -o "$dir/linear.so" "$dir/linear.c"
timed() { # timed NAME LIMIT COMMAND...
    name=$1 limit=$2; shift 2
    for i in 1 2 3 4 5 6 7 8 9; do
        a=$(date +%s%N); "$@" >/dev/null 2>&1; b=$(date +%s%N); echo $(((b - a) / 1000))
    done | sort -n | awk -v name="$name" -v limit="$limit" '{ t[NR] = $1 / 1000 } END { printf "%-46s best %6.1f ms, median %6.1f ms   (aim: %s ms)\n", name, t[1], t[5], limit }'
}
timed "plugin, 3x4 linear layer, start to verdict" 50 "$plumb" check -q "$dir/linear.so"
[ -z "$python" ] || timed "Python program with numpy, the same" 400 "$plumb" check -q -- "$python" "$dir/linear.py"
[ -z "$python" ] || timed "Python with numpy alone: start and import" - "$python" -c 'import numpy'
if [ -n "$python" ]; then
    echo "A Python program in frames (aim: 10 us of ours):"
    bench/calls 20000 "$python" "$here/tests/foreign/frames.py" nudges
    echo "The same in lines:"
    bench/calls 20000 "$python" "$dir/linear.py"
fi
"$plumb" check -q -o "$dir/r.json" "$dir/linear.so" >/dev/null
echo "calls of a default check: $(sed -n 's/.*"evaluations": \([0-9]*\).*/\1/p' "$dir/r.json" | sort -n | tail -n 1) (at most 1000)"
