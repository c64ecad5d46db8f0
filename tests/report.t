#!/bin/sh
# report.t - walk, show, render, explain, replay, baseline and hint, and reports that cannot be used
# SPDX-License-Identifier: GPL-3.0-or-later
plumb=${PLUMB:-./plumb}
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
n=0
run() { "$plumb" "$@" >"$dir/out" 2>"$dir/err" </dev/null; status=$?; }
point() { # point NAME CONDITION...
    n=$((n + 1)); name=$1; shift
    if "$@"; then echo "ok $n - $name"; else
        echo "not ok $n - $name"; echo "# status $status"; sed 's/^/# out: /' "$dir/out" | head -n 12; sed 's/^/# err: /' "$dir/err" | head -n 5
    fi
}
is() { [ "$status" = "$1" ] && shift && for w in "$@"; do grep -qF -e "$w" "$dir/out" "$dir/err" || return 1; done; }
refused() { [ "$status" = 2 ] && [ "$(wc -l <"$dir/err")" = 1 ] && ! [ -s "$dir/out" ] && for w in "$@"; do grep -qF -e "$w" "$dir/err" || return 1; done; }
has() { grep -qF -e "$2" "$dir/$1"; }
have_dot=yes; command -v dot >/dev/null 2>&1 || have_dot=no

# walk
run walk model:tiny
point "a walk shows values, slopes, products and shapes" is 0 's1[0] = (0.75)(0.5)' "f'(s1)" '[1 x 2][2 x 2]' 'dC/dW1' 'differs by 0'
run walk 'model:tiny(act=relu,sizes=3:2:2:1)'
point "another net" is 0 'z1 = relu' 's3'
run walk 'model:residual(batch=1,blocks=2)'
point "values with two consumers add up" is 0 'which adds to what is there' 'one backward pass differs by'
run walk model:mynet
point "a model too large to walk" refused 'model:mynet' 'too many' 'model:tiny'
run walk
point "nothing to walk" refused 'model:tiny'
run walk model:tiny model:tiny
point "two models" refused 'one model'
run walk op:softmax
point "no cost at the end" refused 'single number'
run walk model:tiny -o "$dir/w.jpg"
point "a picture format that does not exist" refused 'w.jpg' '.svg'
run walk model:tiny -o "$dir/nowhere/w.svg"
point "a picture into a folder that is not there" refused 'nowhere/w.svg'
run walk model:tiny -o "$dir/w.dot"
point "the walk as DOT, with its numbers" sh -c "[ $status = 0 ] && grep -q 'dC: 0.0968 -0.0858' '$dir/w.dot'"

# show
run show model:residual
point "a graph as DOT" is 0 'digraph' 'shape=square' 'rounded' '#cccccc'
run show model:tiny --check
point "with verdicts" is 0 'tanh\ncorrect'
if [ $have_dot = yes ]; then
    for f in svg pdf png; do run show model:tiny -o "$dir/n.$f"; [ $status = 0 ] && [ -s "$dir/n.$f" ] || break; done
    point "as SVG, PDF and PNG" [ $status = 0 -a -s "$dir/n.svg" -a -s "$dir/n.pdf" -a -s "$dir/n.png" ]
    PATH=/nonexistent "$plumb" show model:tiny -o "$dir/none.svg" >"$dir/out" 2>"$dir/err"; status=$?
    point "without dot: a sentence, and nothing half-written" sh -c "[ $status = 2 ] && grep -q 'dot cannot be run' '$dir/err' && ! [ -e '$dir/none.svg' ]"
else echo "ok $((n += 1)) - # SKIP dot is missing"; fi
PATH=/nonexistent "$plumb" check model:tiny -q -o "$dir/plain.html" >"$dir/out" 2>"$dir/err"; status=$?
point "a page without gnuplot and dot says what is missing, and has the numbers" sh -c "[ $status = 0 ] && grep -q 'Some pictures are missing: dot cannot be run' '$dir/plain.html' && grep -q 'the numbers' '$dir/plain.html'"

# render
run check model:tiny op:tanh --math 'x*tanh(x)' --slope 'tanh(x)' -o "$dir/r.json" -o "$dir/r.html" -o "$dir/r.xml" -o "$dir/r.tap" -q
point "a run with something wrong" is 1
run render "$dir/r.json" -o "$dir/2.html" -o "$dir/2.xml" -o "$dir/2.tap" -o "$dir/2.json" -o "$dir/2.txt"
point "rendered again in every format" [ $status = 0 ]
point "the page is the same, byte for byte" cmp "$dir/r.html" "$dir/2.html"
point "so is JUnit" cmp "$dir/r.xml" "$dir/2.xml"
point "and the record" cmp "$dir/r.json" "$dir/2.json"
grep -v '^# ' "$dir/r.tap" >"$dir/a"; grep -v '^# ' "$dir/2.tap" >"$dir/b"
point "and TAP, point by point" cmp "$dir/a" "$dir/b"
run render "$dir/r.json" --format xml
point "to the output" is 0 '<testsuites'
run render "$dir/none.json"
point "a report that is not there" refused 'none.json' 'No such file'
head -c 3000 "$dir/r.json" >"$dir/cut.json"
run render "$dir/cut.json" -o "$dir/cut.html"
point "a report that is cut off" sh -c "[ $status = 2 ] && grep -q 'cut.json, line' '$dir/err' && ! [ -e '$dir/cut.html' ]"
echo '{"a": 1}' >"$dir/other.json"
run render "$dir/other.json"
point "a file that is no report" refused 'other.json' 'not a report of plumb'
echo '[1, 2]' >"$dir/list.json"
run explain abcd "$dir/list.json"
point "a list" refused 'not a report of plumb'
sed 's/"plumbline": "[^"]*"/"plumbline": "99.1.0"/' "$dir/r.json" >"$dir/later.json"
run render "$dir/later.json"
point "a report of a later version" refused '99.1.0' 'later'
sed 's/"checks": \[/"checks": 7, "rest": [/' "$dir/r.json" >"$dir/odd.json"
run render "$dir/odd.json"
point "a report whose checks are a number" refused 'odd.json' 'not a whole report'
printf '\001\002' >"$dir/bytes.json"
run render "$dir/bytes.json"
point "bytes" refused 'bytes.json, line 1'
run render "$dir"
point "a folder" refused 'not a regular file'
run render "$dir/r.json" -o "$dir/nowhere/x.html"
point "a folder that is not there" refused 'nowhere/x.html'
run render "$dir/r.json" -o "$dir/x.htm"
point "a format that does not exist, and the nearest" refused 'htm' 'html'
if [ "$(id -u)" != 0 ]; then
    mkdir "$dir/closed"; chmod 500 "$dir/closed"
    run render "$dir/r.json" -o "$dir/closed/x.html"
    point "a folder that is not writable" refused 'closed/x.html' 'Permission'
fi
run render
point "nothing to render" refused 'one JSON report'

# explain, replay
id=$(awk -F '"' '/"id":/ { id = $4 } /"verdict": "wrong"/ { print id; exit }' "$dir/r.json")
run explain "$id" "$dir/r.json"
point "a finding in full" is 0 "$id" 'x*tanh(x)' 'difference says' 'again: plumb check --math'
run explain 0123456789abcdef "$dir/r.json"
point "an id that is not there" refused '0123456789abcdef'
run explain op:hubert
point "an op that does not exist, and the nearest" refused 'op:huber'
for w in zero doubling linearity accumulation adjoint chain fan-out taylor batch; do run explain law:$w; [ $status = 0 ] || break; done
point "every law" [ $status = 0 ]
run list routes
for w in $(awk '{ print $1 }' "$dir/out"); do run explain "route:$w"; [ $status = 0 ] || break; done
point "every route" [ $status = 0 ]
run list ops
for w in $(awk '{ print $1 }' "$dir/out"); do run explain "op:$w"; [ $status = 0 ] || break; done
point "every op" [ $status = 0 ]
run explain nonsense
point "neither an id nor a piece" refused 'nonsense'
run replay "$id" "$dir/r.json"
point "the command of a finding" is 0 "plumb check --math 'x*tanh(x)' --slope 'tanh(x)' --seed 1"
run replay "$dir/r.json" --run -q
point "run again: wrong again" is 1 '5 correct, 4 wrong'
sed "s#\"replay\": \"plumb check --math[^\"]*\"#\"replay\": \"plumb check op:tanh -o $dir/evil.json\"#" "$dir/r.json" >"$dir/evil"
mv "$dir/evil" "$dir/hostile.json"
run replay "$dir/hostile.json" --run
point "a command that writes is not run from a report" sh -c "[ $status = 2 ] && grep -q 'not run from a report' '$dir/err' && ! [ -e '$dir/evil.json' ]"
sed "s#\"replay\": \"plumb check --math[^\"]*\"#\"replay\": \"rm -rf /nonexistent\"#" "$dir/r.json" >"$dir/hostile.json"
run replay "$dir/hostile.json" --run
point "nor is another program" is 2 'not run from a report'

# baseline
run check --math 'x*tanh(x)' --slope 'tanh(x)' -q --baseline "$dir/r.json"
point "what did not hold before does not fail again" is 0 'as in the baseline'
run check --math 'x*tanh(x)' --slope 'tanh(x)' op:relu --math 'x' --slope 1
run check --math 'x*tanh(x)' --slope 'x' -q --baseline "$dir/none.json"
point "a baseline that is not there" refused 'none.json'
run check --math 'exp(x)*x' --slope 'exp(x)' -q --baseline "$dir/r.json"
point "what is new fails" is 1
run check --math 'tanh(x)' --slope '1 - tanh(x)^2' -q -o "$dir/good.json"
sed 's/"verdict": "correct"/"verdict": "unresolved"/' "$dir/good.json" >"$dir/open.json"
run check --math 'tanh(x)' --slope '1 - tanh(x)' -q --baseline "$dir/open.json"
point "what is worse than before fails" is 1

# hint
run check --math 'x*tanh(x)' --slope 'tanh(x)' --hint 0 -o "$dir/h.json"
point "hint 0: the verdicts alone, in every report" sh -c "[ $status = 1 ] && ! grep -q 'x (24)' '$dir/out' && ! grep -q '\"got\"' '$dir/h.json'"
run check --math 'x*tanh(x)' --slope 'tanh(x)' --hint 1 -o "$dir/h.json" -o "$dir/h.html" -v
point "hint 1: which tensor and how many numbers, no numbers" sh -c "[ $status = 1 ] && grep -q '24 of 576 numbers' '$dir/out' && ! grep -qE 'got|want|worst at' '$dir/out' '$dir/h.json' '$dir/h.html'"
run check op:tanh --hint 3
point "no such hint" refused '--hint 3'

# anonymous
run check model:tiny --anonymous -q -o "$dir/a.json"
point "anonymous: no machine, no command, no paths" sh -c "! grep -qE '\"processor|\"command|$dir' '$dir/a.json'"
run check 'model:mlp(act=log)' --quick -q
point "a net that is not finite is undecided, and nobody is accused" sh -c "[ $status = 4 ] && grep -q 'not finite here' '$dir/out' && ! grep -qE '[0-9] (wrong|nonfinite)' '$dir/out'"
run check --math 'x^0.3' --slope '0.3*x^(-0.7)' -q
point "decimals of formula and slope are rounded, and that is no fault" is 0 '9 correct'
run check 'model:residual(blocks=5000)'
point "a net too deep" refused 'blocks=5000'
run list lecture
point "the lecture" is 0 'plumb walk model:tiny' 'model:nearest_neighbour'
echo "1..$n"
