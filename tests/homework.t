#!/bin/sh
# homework.t - the homework: not written, solved, and wrong in eight ways
# SPDX-License-Identifier: GPL-3.0-or-later
. "${srcdir:-.}/tests/shell.inc"
build() { $cc -O1 -I "$here/examples/homework" -o "$dir/$1" "$here/examples/homework/main.c" "$2" -lm 2>"$dir/err"; }
layers='relu tanh sigmoid add linear mse softmax cross_entropy'

build blank "$here/examples/homework/layers.c" && build solved "$here/tests/homework/layers.c" || { cat "$dir/err"; echo "Bail out! the homework does not compile"; exit 1; }
for l in $layers; do
    check --hint 1 -- "$dir/blank" $l
    point "C, $l: not written yet" sh -c "[ $status = 3 ] && grep -q 'is not written yet' '$dir/out'"
    check -- "$dir/solved" $l
    point "C, $l: solved, correct" [ $status = 0 ]
done
# wrong NAME LAYER TENSOR SED : one line of the solution is spoilt; the hint names the tensor and gives no number away
wrong() {
    sed "$4" "$here/tests/homework/layers.c" >"$dir/wrong.c"
    cmp -s "$dir/wrong.c" "$here/tests/homework/layers.c" && { status=none; point "C, $2: $1 (the line to spoil is gone)" false; return; }
    build wrong "$dir/wrong.c"
    check --hint 1 -- "$dir/wrong" $2
    point "C, $2: $1 is wrong, in $3" sh -c "[ $status = 1 ] && grep -q '^  wrong  *$3 ' '$dir/out' && ! grep -qE 'got|want' '$dir/out'"
}
wrong "the other side" relu s 's/d\[i\] = s\[i\] > 0 ? g\[i\] : 0/d[i] = s[i] < 0 ? g[i] : 0/'
wrong "1 - z for 1 - z^2" tanh s 's/(1 - tanh(s\[i\]) \* tanh(s\[i\]))/(1 - tanh(s[i]))/'
wrong "s for z" sigmoid s 's/g\[i\] \* z \* (1 - z)/g[i] * z * (1 - s[i])/'
wrong "b forgotten" add b 's/d\[i\] = d\[N + i\] = g\[i\]/d[i] = g[i], d[N + i] = 0/'
wrong "the last row overwrites" linear b 's/db\[j\] += /db[j] = /'
wrong "the factor 2" mse y 's/\*g \* 2 \* /*g * /'
wrong "the sum is missing" softmax s 's/(g\[r \* C + j\] - sum)/g[r * C + j]/'
wrong "not averaged" cross_entropy s 's|\*= \*g / B|*= *g|'
sed 's/: 0;$/: 0.01;/' "$here/tests/homework/layers.c" >"$dir/wrong.c"; build wrong "$dir/wrong.c"
check -- "$dir/wrong" relu
point "a wrong forward pass is told apart" sh -c "[ $status = 1 ] && grep -q 'the law of forward' '$dir/out' && grep -q 'not that of its twin' '$dir/out'"
check -o "$dir/r.json" -- "$dir/wrong" relu
"$plumb" replay "$dir/r.json" >"$dir/out" 2>"$dir/err"; status=$?
point "the command to see it again has its options before the program" grep -q "plumb check --seed 1 -- $dir/wrong relu" "$dir/out"
"$plumb" replay "$dir/r.json" --run >"$dir/out" 2>"$dir/err"; status=$?
point "and is not run from a report" sh -c "[ $status = 2 ] && grep -q 'type it if you trust it' '$dir/err'"

# the same in numpy, where there is one
if [ -n "$python" ]; then
    for l in $layers; do
        check --hint 1 -- "$python" "$here/examples/homework/layers.py" $l
        point "numpy, $l: not written yet" sh -c "[ $status = 3 ] && grep -q 'is not written yet' '$dir/out'"
        check -- "$python" "$here/tests/homework/layers.py" $l
        point "numpy, $l: solved, correct" [ $status = 0 ]
    done
    sed 's/return g, g.sum(axis=0)/return g, g/' "$here/tests/homework/layers.py" >"$dir/wrong.py"
    check -- "$python" "$dir/wrong.py" add
    point "numpy: a broadcast that is not summed back" sh -c "[ $status = 3 ] && grep -q 'has 24 numbers, 16 were expected' '$dir/out'"
    sed "s/return g @ W, g.T @ z/return g @ W, (g.T @ z)[::-1]/" "$here/tests/homework/layers.py" >"$dir/wrong.py"
    check --hint 1 -- "$python" "$dir/wrong.py" linear
    point "numpy: rows of a gradient in the wrong order" sh -c "[ $status = 1 ] && grep -q '^  wrong  *W ' '$dir/out' && ! grep -q '^  wrong  *z ' '$dir/out'"
else skip "numpy is not installed"; fi
echo "1..$n"
