#!/bin/sh
# build.sh TARGETS SOURCES FLAGS... -- LIBRARIES... : the library once, under sanitizers, then each target
# SPDX-License-Identifier: GPL-3.0-or-later
set -e
cc=${FUZZ_CC:-clang}
top=${srcdir:-.}
targets=$1 sources=$2
shift 2
command -v "$cc" >/dev/null || { echo "make fuzz needs clang and its libFuzzer (Debian: apt-get install clang libclang-rt-14-dev, of clang's version)"; exit 1; }
mkdir -p fuzz/objects
flags=@fuzz/objects/flags                      # one a line, as clang reads them
while [ "$1" != -- ]; do printf '%s\n' "$1"; shift; done >${flags#@}
shift
made=fuzz/objects/made
if [ ! -f $made ] || [ -n "$(find "$top/include" "$top/lib" "$top/checkers" "$top/reports" -newer $made \( -name '*.[ch]' -o -name '*.inc' -o -name '*.def' \))" ]; then
    for s in $sources; do
        case $s in *.c) echo "$s $(echo "$s" | tr / -)" ;; esac
    done | xargs -P "${FUZZ_JOBS:-1}" -L 1 sh -c "$cc $flags -fsanitize=fuzzer-no-link -c -o fuzz/objects/\$1.o $top/\$0"
    touch $made
fi
for t in $targets; do
    echo "  FUZZ     fuzz/$t"
    $cc $flags -fsanitize=fuzzer -o "fuzz/$t" "$top/fuzz/$t.c" fuzz/objects/*.o "$@"
done
