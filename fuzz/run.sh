#!/bin/sh
# run.sh TARGET [SECONDS [MORE...]] : one target on its seeds; what it finds goes to fuzz/found/TARGET
# SPDX-License-Identifier: GPL-3.0-or-later
t=$1 seconds=${2:-600}
here=$(dirname "$0")
shift; [ $# -gt 0 ] && shift
mkdir -p "fuzz/found/$t/corpus"
[ -f "$here/corpus/$t.dict" ] && set -- "-dict=$here/corpus/$t.dict" "$@"
exec "fuzz/$t" -max_total_time="$seconds" -max_len=4000 -timeout=60 -rss_limit_mb=3000 -artifact_prefix="fuzz/found/$t/" "$@" \
    "fuzz/found/$t/corpus" "$here/corpus/$t"
