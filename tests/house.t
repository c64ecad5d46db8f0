#!/bin/sh
# house.t - who may include whom; no global state, no printing in the library; nothing about one machine
# SPDX-License-Identifier: GPL-3.0-or-later
cd "${srcdir:-.}" || exit 99
n=0
point() { # point NAME OFFENDERS
    n=$((n + 1))
    if [ -z "$2" ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; echo "$2" | sed 's/^/# /'; fi
}
includes() { # includes FOLDER... : file:header of every quoted include
    grep -rn --include='*.c' --include='*.h' --include='*.inc' '^#include "' "$@" /dev/null | sed 's/:[0-9]*:#include "\([^"]*\)".*/ \1/'
}
# folder, then a pattern of what it may include
rule() {
    point "$1 includes only $2" "$(includes "$1" | grep -Ev " ($2)" || :)"
}
own='lib/base/'
rule lib/base "plumbline/status.h|$own"
rule lib/num "plumbline/(status|num|work|formula)\.h|$own|lib/num/"
rule lib/tensor "plumbline/(status|num|work|op|tensor)\.h|$own|lib/tensor/"
rule lib/ops "plumbline/(status|num|work|formula|op)\.h|$own|lib/(num|tensor|ops)/"
rule lib/graph "plumbline/(status|num|work|formula|op|graph)\.h|$own|lib/(num|tensor|ops|graph)/"
rule lib/run "plumbline/(status|num|work|formula|op|graph|run)\.h|$own|lib/(num|tensor|ops|graph|run)/"
rule lib/descent "plumbline/(status|num|work|formula|op|graph|run|descent)\.h|$own|lib/(run|descent)/"
rule models "plumbline/(status|num|op|graph|run|descent|subject|model)\.h|$own|models/"
rule checkers "plumbline/(status|num|work|formula|op|graph|run|subject|route|check|sink|box|tensor|gradcheck|descent|experiment|trainer)\.h|lib/|checkers/"
rule reports "plumbline/(status|op|subject|route|check|sink)\.h|$own|reports/"
rule cli "plumbline/|$own|cli/|reports/"
point "the naive references include no header of the engine" "$(includes tests/naive | grep -E ' (lib|plumbline)/' || :)"
point "checkers never include models" "$(includes checkers | grep -E ' (models/|plumbline/model\.h)' || :)"
point "lib and checkers print nothing and never exit" \
    "$(grep -rnE '\b(printf|puts|putchar|perror|abort|exit)[ ]*\(' lib checkers --include='*.c' --include='*.inc' | grep -vE 's?n?printf *\(to|snprintf|sprintf|vsnprintf' || :)"
point "every source names its licence" "$(grep -rL SPDX-License-Identifier --include='*.c' --include='*.h' --include='*.inc' --include='*.t' --include='*.sh' include lib checkers models reports cli tests bench || :)"
point "no source is built for one processor" "$(grep -rn -e '-march=native' --include='*.mk' --include='*.am' --include='*.ac' . || :)"
point "configure.ac has fewer than 120 lines" "$([ "$(wc -l < configure.ac)" -lt 120 ] || wc -l configure.ac)"
echo "1..$n"
