#!/bin/sh
# descent.sh - mini-batch descent on the digits, 64-128-10, beside PyTorch's eager loop: one thread, CPU time, medians of seven rounds
# SPDX-License-Identifier: GPL-3.0-or-later
# Run by make bench-descent in the build tree. Both programs make the same steps; where their losses part in f64 by more than 1e-9 the exit status is 1.
here=${srcdir:-.}
digits=$here/models/data/digits.csv
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1; export OMP_NUM_THREADS OPENBLAS_NUM_THREADS
python=${PYTHON:-/usr/bin/python3}
"$python" -c 'import torch' 2>/dev/null || python=
median() { sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }
status=0
printf '%s\n' 'system batch   ours us/step  us/sample   PyTorch us/step  us/sample   ratio   goal'
for system in f64 f32; do
    for batch in 1 2 4 8 16 32 64 128 256; do
        n=$((40000 / (batch + 20) + 50))
        : >"$dir/ours"; : >"$dir/peer"; : >"$dir/ratio"
        for round in 1 2 3 4 5 6 7; do
            set -- $(echo "$system $batch $n" | "$DESCENT" "$digits") || exit 1
            ours=$1 loss=$2
            echo "$ours" >>"$dir/ours"
            [ -n "$python" ] || continue
            set -- $(echo "$system $batch $n" | "$python" "$here/bench/peer_descent.py" "$digits")
            echo "$1" >>"$dir/peer"; echo "$ours $1" | awk '{ print $2 / $1 }' >>"$dir/ratio"
            [ "$system" = f32 ] || awk -v a="$loss" -v b="$2" 'BEGIN { exit !(a - b < 1e-9 * b && b - a < 1e-9 * b) }' || { echo "WRONG: losses $loss and $2"; status=1; }
        done
        goal=; [ $batch = 1 ] && goal='at least 10'; [ $batch = 32 ] && goal='at least 3'; [ "$system" = f64 ] || goal=
        echo "$system $batch $(median <"$dir/ours") $(median <"$dir/peer") $(median <"$dir/ratio") $goal" |
            awk '{ printf "%-6s %5d %13.1f %10.2f %17.1f %10.2f %7.1f   %s %s %s\n", $1, $2, $3, $3 / $2, $4, $4 / $2, $5, $6, $7, $8 }'
    done
done
exit $status
