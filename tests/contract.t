#!/bin/sh
# contract.t - each law of the contract catches the offender that breaks it, and names it
# SPDX-License-Identifier: GPL-3.0-or-later
. "${srcdir:-.}/tests/shell.inc"
source=$here/tests/contract/offenders.c
$cc -O1 -o "$dir/offenders" "$source" -lm && $cc -O1 -DPLUGIN -shared -fPIC -o "$dir/offenders.so" "$source" -lm || { echo "Bail out! the offenders do not compile"; exit 1; }

check -- "$dir/offenders" right
point "the layer itself keeps all of them" sh -c "[ $status = 0 ] && for l in determinism repeat cache zero doubling linearity batch permutation adjoint threads region; do grep -q \"\$l\" '$dir/out' || exit 1; done"
check -- "$dir/offenders" sign
point "sign -1 as declared" [ $status = 0 ]
check -- "$dir/offenders" adds
point "adds as declared: every reply is the running total" [ $status = 0 ]
check -- "$dir/offenders" frozen
point "randomness that seed freezes" sh -c "[ $status = 0 ] && grep -q 'seed' '$dir/out'"

# offender NAME STATUS LAW : the law is named, with that exit status
offender() {
    check -- "$dir/offenders" "$1"
    point "$1: the law of $3" sh -c "[ $status = $2 ] && grep -q 'the law of $3\$' '$dir/out'"
}
offender determinism 1 determinism
offender backward-noise 1 determinism
offender seed 1 seed
offender repeat 1 repeat
offender cache 1 region
point "and why: what a fresh start says" grep -q 'something of an earlier call is kept' "$dir/out"
offender stale 1 cache
offender stale-little 1 cache
offender repeat-little 1 repeat
offender zero 1 zero
offender doubling 1 doubling
offender linearity 1 linearity
offender batch 1 batch
offender permutation 1 permutation
offender adjoint 1 adjoint
offender forward 1 forward
check -- "$dir/offenders" overwrites
point "adds declared of code that overwrites is wrong" [ $status = 1 ]

check "$dir/offenders.so:right"
point "the layer as a plugin keeps all of them" sh -c "[ $status = 0 ] && grep -q threads '$dir/out'"
plugin() { # plugin NAME STATUS WORDS
    check "$dir/offenders.so:$1"
    printf '%s\n' "$3" >"$dir/said"
    point "plugin $1: $3" sh -c "[ $status = $2 ] && grep -qF -f '$dir/said' '$dir/out'"
}
plugin reads-only 1 'forward changed its input, x[0,1]'
plugin behind 1 'forward wrote behind the outputs'
plugin in-front 1 'forward wrote in front of the outputs'
plugin cotangent 1 'backward changed the cotangent, number 0'
plugin output 1 'backward left x[1,0] unwritten'
point "and is not taken for one that adds" sh -c "! grep -q accumulation '$dir/out'"
plugin adds-undeclared 1 'the law of accumulation'
plugin accumulation 1 'adds is declared, and the backward pass overwrites'
plugin threads 1 'the law of threads'
plugin environment 0 'switched on flush-to-zero'
plugin exit 3 'with exit status 7'
check "$dir/offenders.so"
point "all subjects of a plugin: one that exits leaves the verdicts of the others" sh -c "[ $status = 1 ] && grep -q 'offenders.so:right' '$dir/out' && grep -q 'offenders.so:threads' '$dir/out' && grep -q 'exit status 7' '$dir/out'"
check "$dir/offenders.so:nobody"
point "a subject that the plugin does not have" sh -c "[ $status = 2 ] && grep -q 'no subject \"nobody\"' '$dir/err'"
echo "1..$n"
