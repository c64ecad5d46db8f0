#!/bin/sh
# twins.t - a function beside another one that should be the same: wrong forwards, wrong backwards and wrong twins told apart; narrow dtypes, copies, frames
# SPDX-License-Identifier: GPL-3.0-or-later
. "${srcdir:-.}/tests/shell.inc"
digits() { sed -n 's/.*backward \([0-9.]*\) digits.*/\1/p' "$dir/out"; }
more() { awk -v a="$(digits)" -v b="$1" 'BEGIN { exit !(a != "" && a > b) }'; }
$cc -O1 -w -o "$dir/pair" "$here/tests/foreign/pair.c" -lm || { echo "Bail out! pair.c does not compile"; exit 1; }
p=$dir/pair
twin() { check --twin-program "$p f64" "$@"; }

check -- "$p" f32
point "single precision against differences of itself: $(digits) digits" sh -c "[ $status = 0 ]"
alone=$(digits)
twin -- "$p" f32
point "beside a double twin it is resolved to its own rounding: $(digits) digits, more than $alone" more "$alone"
point "and 5 digits at least" more 5
twin -- "$p" f32-backward
point "a backward pass off by 5e-4" is 1 'wrong       x (6)' 'worst at x[2]'
point "is no forward's fault" sh -c "! grep -q 'the law of forward' '$dir/out'"
twin -- "$p" f32-forward
point "a forward pass off by 5e-4, with the right gradient: it is the forward" is 1 'the law of forward' 'so the forward pass is wrong' 'correct     x (6)'
twin -- "$p" f32-other
point "another function, whose backward fits its forward: it is the twin" is 1 'the law of forward' 'so the twin is not the same function' 'correct     x (6)'
twin -- "$p" f32-forward-backward
point "both wrong" is 1 'the law of forward' 'wrong       x (6)'
check --twin-program "$p f64-flat" -- "$p" f32-flat
point "slopes that rounding has taken the digits of, in float" is 0 'correct     x (6)'
check --twin-program "$p f64-tiny" -- "$p" f32-tiny
point "a slope below the rounding of the value" is 0 'correct     x (6)'
check --twin-program "$p f64-tiny" -- "$p" f32-tiny-twice
point "twice that slope is not called right" is 4 'unresolved  x (6)'
twin -- "$p" f64
point "double beside double" is 0 correct
check --twin 'log1p(exp(x))' -- "$p" f32
point "a formula as the twin" is 0 correct
check --twin 'log1p(exp(x))' -- "$p" f32-backward
point "a formula as the twin of a wrong one" is 1 'worst at x[2]'
cat >"$dir/twin.c" <<'C'
#include <math.h>
int plumb_abi(void) { return 1; }
void *plumb_open(const char *n) { return &plumb_open; }
const char *plumb_hello(void *s) { return "in x:6 out y:6"; }
int plumb_forward(void *s, const double *x, double *y) { for (int i = 0; i < 6; i++) y[i] = log1p(exp(x[i])); return 0; }
int plumb_backward(void *s, const double *g, double *d) { return 1; }
void plumb_close(void *s) {}
C
$cc -O1 -w -shared -fPIC -o "$dir/twin.so" "$dir/twin.c" -lm
check --twin-program "$dir/twin.so" -- "$p" f32
point "a plugin as the twin" is 0 correct
check --twin-program "$dir/twin.so" -- "$p" f32-backward
point "a plugin as the twin of a wrong one" is 1 'worst at x[2]'
check --twin 'op:softplus' -- "$p" f64-forward
point "an op as the twin: a forward that is wrong" is 1 'so the forward pass is wrong'
twin -- "$p" bf16
point "bf16 beside its double twin" is 0 correct
twin -- "$p" f16
point "f16 beside its double twin" is 0 correct
check --twin-program "$dir/nothing" -- "$p" f32
point "a twin that is not there" is 3 'the program'
check --twin-program "sh -c 'exit 4'" -- "$p" f32
point "a twin that ends at once" is 3 'ended in "hello"' 'exit status 4'
$cc -O1 -w -o "$dir/liar" "$here/tests/foreign/liar.c" -lm
check --twin-program "$dir/liar honest" -- "$p" f32
point "a twin of other sizes" is 3 'has 2 inputs and 2 outputs'

check -j 4 -- "$p" f64-copies
cp "$dir/out" "$dir/four"
check -j 1 -- "$p" f64-copies
point "copies at once, and one alone" is 0 correct
sed '/^plan/d' "$dir/four" >"$dir/a"; sed '/^plan/d' "$dir/out" >"$dir/b"
point "say the same" cmp -s "$dir/a" "$dir/b"
check --budget 90calls -- "$p" f64
point "a budget of 90 calls is kept to" sh -c "[ $status = 0 ]"
check -o "$dir/r.json" --budget 300calls -- "$p" f64
point "and said in the record" sh -c "e=\$(sed -n 's/.*\"evaluations\": \([0-9]*\).*/\1/p' '$dir/r.json' | sort -n | tail -n 1); [ \"\$e\" -le 300 ]"
check --twin-program "$p f64" -o "$dir/r.json" -- "$p" f32-backward
"$plumb" replay "$dir/r.json" >"$dir/out" 2>"$dir/err"; status=$?
point "the command that makes it again names the twin" grep -q -- "--twin-program '$p f64' -- $p f32-backward" "$dir/out"
grep -q '"kind": "taylor"' "$dir/r.json"; status=$?
point "the Taylor table is in the record" [ $status = 0 ]

python=$any_python
if [ -n "$python" ]; then
    for kind in nudges batches; do
        check -- "$python" "$here/tests/foreign/frames.py" $kind
        letter=F; [ $kind = nudges ] && letter=n
        point "frames: $kind are used" sh -c "[ $status = 0 ] && grep -q '^saw.*$letter' '$dir/err'"
        check -- "$python" "$here/tests/foreign/frames.py" $kind-wrong
        point "frames: $kind, a wrong entry" is 1 'worst at x[3]'
    done
    # an interrupted run says what it knows
    cat >"$dir/slow.py" <<'PY'
import sys, time
for line in sys.stdin:
    w, *v = line.split()
    if w == 'forward': time.sleep(0.05)
    print('=' if w == 'echo' or w in ('forward', 'backward') else '= in x:2 out y:2' if w == 'hello' else '! no', *(v if w in ('echo', 'forward', 'backward') else []), flush=True)
PY
    "$plumb" check -- "$python" "$dir/slow.py" >"$dir/out" 2>"$dir/err" </dev/null &
    pid=$!; sleep 2.5; kill -INT $pid; wait $pid; status=$?
    point "an interrupted run says what it knows" sh -c "[ $status != 130 ] && grep -q ' x (2)' '$dir/out'"
else skip "no python3"; fi
echo "1..$n"
