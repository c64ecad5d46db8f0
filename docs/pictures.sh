#!/bin/sh
# pictures.sh - makes the pictures of the manual with plumb itself; gnuplot and dot are needed
#   docs/pictures.sh [PLUMB]      from the top of the source tree
# SPDX-License-Identifier: GPL-3.0-or-later
set -eu
plumb=${1:-./plumb}
to=docs/pictures
page=$(mktemp -d)
trap 'rm -rf "$page"' EXIT

# cut PAGE N FILE: the N-th picture of a page
cut_out() { awk -v n="$2" '/<svg/ { at++ } at == n { sub(/^.*<svg/, "<svg"); print } /<\/svg>/ { if (at == n) exit }' "$1" |
    sed 's,</svg></div>,</svg>,' >"$3"; }

"$plumb" show model:tiny -o $to/tiny.svg >/dev/null
"$plumb" walk model:tiny -o $to/walk.svg >/dev/null
"$plumb" show model:residual --check -o $to/residual.svg >/dev/null
"$plumb" show 'model:mlp(act=relu,sizes=64:20:15:10)' -o $to/layers.svg >/dev/null
"$plumb" check --math 'tanh(x)' --slope '1 - tanh(x)^2' -q -o "$page/f.html" >/dev/null
cut_out "$page/f.html" 1 $to/tangent.svg
cut_out "$page/f.html" 3 $to/taylor.svg
cut_out "$page/f.html" 4 $to/differences.svg
"$plumb" check --math 'tanh(x)' --slope '(1 - tanh(x)^2)*(1 + 1e-9)' -q -o "$page/b.html" >/dev/null || :
cut_out "$page/b.html" 3 $to/bent.svg
