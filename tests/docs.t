#!/bin/sh
# docs.t - every example of the manual is run: its exit status, and each line that it shows, must be so
# SPDX-License-Identifier: GPL-3.0-or-later
#
# In a ```console block "$ COMMAND" is run ("# exit N" at its end: the status expected, else 0); each line after it
# must be found in the output, in this order.  Commands that do not begin with plumb are left to the reader.
plumb=${PLUMB:-./plumb}
here=${srcdir:-.}
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/bin"
ln -s "$plumb" "$dir/bin/plumb"
PATH="$dir/bin:$PATH"
export PATH
n=0

# found FILE: each line of $dir/expected occurs in it, in this order
found() { awk -v expected="$dir/expected" 'BEGIN { while ((getline line <expected) > 0) want[++m] = line }
    at < m && index($0, want[at + 1]) { at++ } END { if (at < m) { print want[at + 1]; exit 1 } }' "$1" >"$dir/missing"; }

try() {
    n=$((n + 1))
    want=$(printf '%s\n' "$command" | sed -n 's/.*# exit \([0-9]\)$/\1/p')
    (cd "$dir" && sh -c "$command" </dev/null >out 2>&1)
    status=$?
    if [ "$status" = "${want:-0}" ] && found "$dir/out"; then echo "ok $n - $doc: $command"; else
        echo "not ok $n - $doc: $command"; echo "# status $status, missing: $(cat "$dir/missing" 2>/dev/null)"; sed 's/^/# /' "$dir/out" | head -n 20
    fi
}

for doc in docs/manual.md docs/lecture.md; do
    command=
    inside=no
    : >"$dir/expected"
    while IFS= read -r line; do
        case $inside$line in
        'no```console') inside=yes; command= ;;
        no*) ;;
        'yes```') inside=no; [ -z "$command" ] || try; command= ;;
        'yes$ plumb'*) [ -z "$command" ] || try; command=${line#'$ '}; : >"$dir/expected" ;;
        'yes$ '*) ;;
        *) printf '%s\n' "$line" >>"$dir/expected" ;;
        esac
    done <"$here/$doc"
done

# the list of the lecture: every row has its command, and it runs
plumb list lecture >"$dir/list"
rows=$(grep -c '^    \$ plumb' "$dir/list")
n=$((n + 1))
if [ "$rows" -ge 19 ] && [ "$(grep -c '^[A-Z]' "$dir/list")" = "$rows" ]; then echo "ok $n - plumb list lecture: $rows rows, each with a command"; else
    echo "not ok $n - plumb list lecture: $rows commands"; fi
sed -n 's/^    \$ //p' "$dir/list" >"$dir/commands"
doc='list lecture'
: >"$dir/expected"
while IFS= read -r command; do try; done <"$dir/commands"
# and the chapter shows every one of them
while IFS= read -r command; do
    n=$((n + 1))
    if grep -qF -e "$command" "$here/docs/lecture.md"; then echo "ok $n - docs/lecture.md shows $command"; else
        echo "not ok $n - docs/lecture.md shows $command"; fi
done <"$dir/commands"
echo "1..$n"
