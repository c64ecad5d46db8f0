#!/bin/sh
# screenshots.sh - pictures of the report's page, to be looked at before a release: what holds and what does not, wide and narrow
#   docs/screenshots.sh [FOLDER]     from the top of the source tree; Chromium is needed
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Look for: the answer within five seconds; no picture clipped; axes with names and units; logarithmic where it should be.
set -eu
to=${1:-screenshots}
mkdir -p "$to"
./plumb check model:residual 'model:mynet(cost=squared)' --quick -q -o "$to/holds.html" || :
./plumb check model:tiny --math 'x*tanh(x)' --slope 'tanh(x)' -q -o "$to/wrong.html" || :
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
for page in holds wrong; do
    for width in 1200 480; do
        chromium --headless --no-sandbox --disable-gpu --no-first-run --user-data-dir="$profile" --hide-scrollbars \
            --window-size=$width,5200 --screenshot="$to/$page-$width.png" "file://$(cd "$to" && pwd)/$page.html" 2>/dev/null
        echo "$to/$page-$width.png"
    done
done
