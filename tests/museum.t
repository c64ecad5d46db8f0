#!/bin/sh
# museum.t - twelve gradient bugs that stood in well-known libraries are found, and their right versions are not accused
# SPDX-License-Identifier: GPL-3.0-or-later
. "${srcdir:-.}/tests/shell.inc"
here=$here/examples/museum
ran() { # ran NAME WANTED ARGS...
    n=$((n + 1)); name=$1 want=$2; shift 2
    "$plumb" check -q "$@" >"$dir/out" 2>&1 </dev/null
    status=$?
    if [ $status = "$want" ]; then echo "ok $n - $name: exit $status"; else
        echo "not ok $n - $name: exit $status, $want was expected"; sed 's/^/# /' "$dir/out" | head -n 8
    fi
}
$cc -O2 -shared -fPIC -o "$dir/museum.so" "$here/museum.c" -lm && $cc -O2 -DMUSEUM_MAIN -o "$dir/museum" "$here/museum.c" -lm || { echo "Bail out! museum.c does not compile"; exit 1; }
exhibits='P01 P02 P03 P04 P05 P06 P07 P08 P09 P10 P11 P12'
for e in $exhibits; do
    ran "$e, as it was, a plugin" 1 "$dir/museum.so:$e-wrong"
    ran "$e, mended, a plugin" 0 "$dir/museum.so:$e-right"
    ran "$e, as it was, a program" 1 -- "$dir/museum" "$e-wrong"
    ran "$e, mended, a program" 0 -- "$dir/museum" "$e-right"
done
# seeds at which earlier versions of the regression took jumps for noise
for seed in 9 11 20 27 28; do ran "P08, mended, seed $seed" 0 --seed $seed "$dir/museum.so:P08-right"; done
for seed in 8 28 30; do ran "P05, mended, seed $seed" 0 --seed $seed "$dir/museum.so:P05-right"; done
if [ -n "$python" ]; then
    for e in $exhibits; do
        ran "$e, as it was, numpy" 1 -- "$python" "$here/museum.py" $e wrong
        ran "$e, mended, numpy" 0 -- "$python" "$here/museum.py" $e right
    done
else skip "numpy is not installed"; fi
echo "1..$n"
