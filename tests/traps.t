#!/bin/sh
# traps.t - 96 wrong backward passes and 40 right ones that are hard to check, each over a pipe at its default settings
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Wrong ones of classes A, B and C must be found (D: what depends on the order of calls; E: not decidable from values), and no right one may be
# called wrong: undecided is allowed there. In the environment, TRAPS_SALT: the same cases with other numbers; TRAPS=all: classes B and D, and the right
# twin of every wrong case, too (make check-long).
. "${srcdir:-.}/tests/shell.inc"
here=$here/tests/traps
if [ -z "$python" ]; then echo "1..0 # SKIP numpy is not installed"; exit 0; fi
GRADCORPUS_SALT=${TRAPS_SALT-} PYTHONDONTWRITEBYTECODE=1 OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
export GRADCORPUS_SALT PYTHONDONTWRITEBYTECODE OPENBLAS_NUM_THREADS OMP_NUM_THREADS plumb python here dir
(cd "$here" && "$python" list.py cases_public) >"$dir/every" || { echo "Bail out! the cases cannot be listed"; exit 1; }
if [ "${TRAPS-}" = all ]; then cp "$dir/every" "$dir/cases"; else grep -E ' wrong [ACE]$| right [^T]$' "$dir/every" >"$dir/cases"; fi
cut -d' ' -f1 "$dir/cases" | xargs -P 2 -I '{}' sh -c 'cd "$here"; timeout 100 "$plumb" check -q -- "$python" serve.py cases_public "$1" >"$dir/out.$1" 2>&1; echo $? >"$dir/status.$1"' sh '{}'
n=0
while read -r name label class; do
    n=$((n + 1)); status=$(cat "$dir/status.$name"); verdict=no
    case $label$class$status in
    wrongE*) verdict=yes ;;
    wrong*1) verdict=yes ;;
    right?0|right?4) verdict=yes ;;
    esac
    if [ $verdict = yes ]; then echo "ok $n - $name: $label, class $class, exit $status"; else
        echo "not ok $n - $name: $label, class $class, exit $status"; sed 's/^/# /' "$dir/out.$name" | head -n 8; fi
done <"$dir/cases"
undecided=$(awk '$2 == "right" { print $1 }' "$dir/cases" | while read -r name; do cat "$dir/status.$name"; done | grep -c 4)
echo "# right cases that were left undecided: $undecided"
echo "1..$n"
