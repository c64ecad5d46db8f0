#!/bin/sh
# consumer.t - Plumbline as other projects meet it: installed, found by aclocal, pkg-config and PATH, linked and not linked
# SPDX-License-Identifier: GPL-3.0-or-later
here=${srcdir:-.}
build=${top_builddir:-$(dirname "${PLUMB:-./plumb}")}
build=$(cd "$build" && pwd) || exit 99
n=0
skip() { echo "1..0 # SKIP $1"; exit 0; }
for tool in autoreconf automake pkg-config; do
    command -v $tool >/dev/null 2>&1 || skip "$tool is not installed"
done
dir=$(mktemp -d) || exit 99
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
point() { # point NAME CONDITION...
    n=$((n + 1)); name=$1; shift
    if "$@"; then echo "ok $n - $name"; else
        echo "not ok $n - $name"; tail -n 15 "$dir/out" | sed 's/^/# out: /'
    fi
}
run() { ( cd "$dir/$1" && shift && "$@" ) >"$dir/out" 2>&1 </dev/null; status=$?; }
says() { grep -q -e "$1" "$dir/out"; }
# spoil PROJECT : the slope of softplus with the wrong sign
spoil() { sed 's/exp(-s)/exp(s)/' "$here/examples/$1/src/layer.c" >"$dir/$1/src/layer.c"; ! cmp -s "$here/examples/$1/src/layer.c" "$dir/$1/src/layer.c"; }

# The make that runs this test has flags and a job server that are not for those inside.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES DESTDIR TESTS PLUMB VERBOSE srcdir top_builddir
make=${MAKE:-make}
cflags=$(sed -n 's/^CFLAGS = //p' "$build/Makefile")       # a library under sanitizers needs programs under them
strict="CFLAGS=$cflags -Wall -Wextra -Werror"
run . "$make" -s -C "$build" install DESTDIR="$dir/root"
plumb=$(find "$dir/root" -path '*/bin/plumb' 2>/dev/null)
pc=$(find "$dir/root" -name plumbline.pc 2>/dev/null)
m4=$(find "$dir/root" -path '*/aclocal/plumb.m4' 2>/dev/null)
point "make install puts plumb, plumbline.pc and plumb.m4 in place" [ "$status" = 0 -a -n "$plumb" -a -n "$pc" -a -n "$m4" ]
if [ -z "$plumb" ] || [ -z "$pc" ] || [ -z "$m4" ]; then echo "1..$n"; exit 1; fi
without=$PATH
PATH=$(dirname "$plumb"):$PATH
ACLOCAL_PATH=$(dirname "$m4")
PKG_CONFIG_PATH=$(dirname "$pc")${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
PKG_CONFIG_SYSROOT_DIR=$dir/root
LD_LIBRARY_PATH=$(dirname "$(dirname "$pc")")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export PATH ACLOCAL_PATH PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR LD_LIBRARY_PATH

for p in consumer consumer-unlinked; do
    cp -R "$here/examples/$p" "$dir/$p" && chmod -R u+w "$dir/$p" || exit 99
    mkdir -p "$dir/$p/m4"
    run $p autoreconf -fi
    point "$p: autoreconf finds plumb.m4" sh -c "[ $status = 0 ] && [ -x '$dir/$p/configure' ]"
    run $p ./configure --cache-file="$dir/cache" CFLAGS="$cflags"
    point "$p: configure finds what was just installed" sh -c "[ $status = 0 ] && grep -qF '$plumb' '$dir/$p/config.status'"
    run $p "$make" "$strict"
    point "$p: make" [ $status = 0 ]
done

run consumer "$make" "$strict" check
point "consumer: make check passes" [ $status = 0 ]
point "consumer: both calls were made and have a sentence" sh -c "[ $(grep -c '^PASS: tests/gradient [12] - ' "$dir/out") = 2 ] &&
    [ $(grep -c 'correct; a relative error of .* would have been caught' "$dir/consumer/tests/gradient.log") = 2 ] &&
    [ $(grep -cE '^# [1-9][0-9]+ calls' "$dir/consumer/tests/gradient.log") = 2 ]"
point "consumer: the program has the library that was installed" sh -c "ldd '$dir/consumer/tests/gradient' | grep -qF 'libplumbline.so.0 => $dir/root'"
spoil consumer && run consumer "$make" "$strict" check
point "consumer: a wrong slope makes make check fail" [ $status != 0 ]
point "consumer: of both, by name" sh -c "grep -q '^FAIL: tests/gradient 1 ' '$dir/out' && grep -q '^FAIL: tests/gradient 2 ' '$dir/out' && grep -qE '(W|x|b) is wrong' '$dir/consumer/tests/gradient.log'"

run consumer-unlinked "$make" "$strict" check
point "consumer-unlinked: make check passes" [ $status = 0 ]
for t in x W b; do
    point "consumer-unlinked: the gradient of $t was looked at" grep -q "^PASS: tests/softplus [0-9]* - .* $t backward: correct" "$dir/out"
done
point "consumer-unlinked: nothing of Plumbline is linked" sh -c "! ldd '$dir/consumer-unlinked/tests/softplus' | grep -q plumb"
spoil consumer-unlinked && run consumer-unlinked "$make" "$strict" check
point "consumer-unlinked: a wrong slope makes make check fail" [ $status != 0 ]
point "consumer-unlinked: by name" says '^FAIL: tests/softplus [0-9]* - .* W backward: wrong'

# where there is no plumb; one that is installed on this machine is hidden by the word no
PATH=$without no=
command -v plumb >/dev/null && no='PLUMB=no'
unset PKG_CONFIG_SYSROOT_DIR
grep -vi 'plumb\|_env_\|pkg_cv' "$dir/cache" >"$dir/without"
PKG_CONFIG_PATH=; PKG_CONFIG_LIBDIR=$dir; export PKG_CONFIG_LIBDIR
for p in consumer consumer-unlinked; do
    run $p "$make" distclean
    run $p ./configure --cache-file="$dir/without" CFLAGS="$cflags" $no
    point "$p, no plumb: configure goes on and says so" sh -c "[ $status = 0 ] && grep -q 'was not found: make check will skip' '$dir/out'"
    run $p "$make" "$strict" check
    point "$p, no plumb: skipped, not passed" sh -c "[ $status = 0 ] && grep -qE '^# SKIP: +1' '$dir/out' && grep -qE '^# PASS: +0' '$dir/out' && grep -q 'not installed' '$dir/out'"
done
echo "1..$n"
