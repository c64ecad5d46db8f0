#!/bin/sh
# cli.t - the program as a user meets it: verdicts, formats, exit statuses, and input that cannot be used
# SPDX-License-Identifier: GPL-3.0-or-later
plumb=${PLUMB:-./plumb}
here=${srcdir:-.}
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
n=0
run() { # run ARGS... : status, $dir/out, $dir/err
    "$plumb" "$@" >"$dir/out" 2>"$dir/err" </dev/null
    status=$?
}
point() { # point NAME CONDITION...
    n=$((n + 1)); name=$1; shift
    if "$@"; then echo "ok $n - $name"; else
        echo "not ok $n - $name"; echo "# status $status"; sed 's/^/# out: /' "$dir/out" | head -n 12; sed 's/^/# err: /' "$dir/err" | head -n 5
    fi
}
is() { [ "$status" = "$1" ] && shift && for w in "$@"; do grep -qF -e "$w" "$dir/out" "$dir/err" || return 1; done; }
# refused WORDS...: status 2, one sentence, nothing on the output
refused() { [ "$status" = 2 ] && [ "$(wc -l <"$dir/err")" = 1 ] && ! [ -s "$dir/out" ] && for w in "$@"; do grep -qF -e "$w" "$dir/err" || return 1; done; }

F='x*tanh(log1p(exp(x)))'
run check --math "$F" --slope 'tanh(log1p(exp(x)))'
point "a slope with a missing term is wrong, where and by how much" is 1 wrong 'worst at x[' 'got' 'want' 'again: plumb check --math'
run check --math "$F" --slope 'tanh(log1p(exp(x))) + x*(1-tanh(log1p(exp(x)))^2)*exp(x)/(1+exp(x))'
point "the right slope is correct, to so many digits" is 0 correct digits
run check --math 'exp(x)' --slope 'exp(x)*(1+1e-9)'
point "a slope off by 1e-9 is wrong" is 1 wrong
run check --math 'exp(x)' --slope 'exp(x)'
point "and the right one is not" is 0 correct
run check --math 'abs(x)*y' --slope 'sign(x)*y' --slope 'abs(x)'
point "two variables" is 0 'x (24)' 'y (24)'
run check --math 'x*(' --slope x
point "a formula that ends too early is shown with the column" refused 'column 4' 'x*('
run check --math 'x' --slope 'fo(x)'
point "so is a slope" refused 'column 1' 'fo(x)'
run check --math 'x'
point "--math alone" refused '--slope'
run check --math 'log(-1-x^2)' --slope '1'
point "a formula that is finite nowhere" refused 'finite'
run check
point "no target" refused 'nothing to check'
run check op:sofmax
point "an unknown op, and the nearest" refused 'op:sofmax' 'op:softmax'
run check model:mpl
point "an unknown model, and the nearest" refused 'model:mpl' 'model:mlp'
run check 'model:mlp(act=rleu)'
point "an option of a model that does not fit" refused 'act=rleu'
run check 'model:mlp(batch=0)'
point "a batch of nothing" refused 'batch=0'
run check 'model:linear_stack(sizes=5:10)'
point "a shape that does not fit the data" refused 'sizes begin with 5' '4 features'
run check --quick 'model:mlp(sizes=5:4:3)'
point "a net for other data than the digits is checked on drawn samples" [ $status = 0 ]
run check 'model:mlp(sizes=64:32:10'
point "a missing parenthesis" refused ')'
run check softmax
point "no kind of target" refused 'softmax' 'op:NAME'
run check --sed 4 op:tanh
point "an unknown option, and the nearest" refused '--sed' '--seed'
run check --seed four op:tanh
point "a seed that is none" refused 'four'
run check -j 0 op:tanh
point "no threads" refused '-j 0'
run chek op:tanh
point "an unknown command, and the nearest" refused 'chek' 'check'
run list op
point "an unknown list" refused 'ops'
run check op:tanh --data /nonexistent --color sometimes
point "a colour that is none" refused 'sometimes'

run check model:mlp --data "$dir/none.csv"
point "a data file that is missing" refused 'none.csv' 'No such file'
printf '1,2,3\n' >"$dir/short.csv"
run check model:mlp --data "$dir/short.csv"
point "a line that is short, with its number" refused 'short.csv, line 1'
head -n 3 "$here/models/data/digits.csv" >"$dir/bad.csv"; head -n 4 "$here/models/data/digits.csv" | tail -n 1 | sed 's/,[0-9]*,/,seven,/' >>"$dir/bad.csv"
run check model:mlp --data "$dir/bad.csv"
point "a line that is not numeric, with its number" refused 'bad.csv, line 4' 'not a number'
head -n 1 "$here/models/data/digits.csv" | sed 's/^0,/99,/' >"$dir/range.csv"
run check model:mlp --data "$dir/range.csv"
point "a pixel out of range" refused 'line 1' '16'
: >"$dir/empty.csv"
run check model:mlp --data "$dir/empty.csv"
point "an empty file" refused 'empty'
head -n 3 "$here/models/data/digits.csv" >"$dir/few.csv"
run check model:mlp --data "$dir/few.csv"
point "fewer samples than the batch" refused 'batch=8' '3'
mkfifo "$dir/fifo"
run check model:mlp --data "$dir/fifo"
point "a pipe for a file" refused 'not a regular file'
run check op:tanh op:nope
point "a later target that does not exist is found before anything is checked" refused 'op:nope'
run check "op:$(printf 'x\033[31m')"
point "what was typed reaches the terminal as text" refused 'x\x1b[31m'
run check --math x --math y --slope 1
point "a second formula" refused 'second formula'
run check 'model:mlp(batch=1.5)'
point "half a sample" refused 'batch=1.5'
run check 'model:mlp(batch=4))'
point "one parenthesis too many" refused ')'
run list ops models
point "two lists" refused 'models'
run check model:mlp --data "$dir"
point "a folder for a file" refused "$dir"

run check op:tanh -o "$dir/nowhere/r.json"
point "a report into a folder that is not there" refused 'nowhere/r.json'
run check op:tanh -o "$dir/r.jsn"
point "a format that does not exist, and the nearest" refused 'jsn' 'json'
mkdir "$dir/folder.json"
run check op:tanh -q -o "$dir/folder.json"
point "a report onto a folder" is 2 'folder.json'
ls -A "$dir" | grep -q '\.json\.' ; left=$?
point "no half report is left" [ $left = 1 ]
if [ -e /dev/full ]; then
    "$plumb" check op:tanh --format json >/dev/full 2>"$dir/err"; status=$?; : >"$dir/out"
    point "an output that is full" refused 'cannot write'
else echo "ok $((n += 1)) - # SKIP no /dev/full"; fi

cp "$here/models/data/digits.csv" "$dir/keep.json"
run check op:sofmax -o "$dir/keep.json"
cmp -s "$here/models/data/digits.csv" "$dir/keep.json"; same=$?
point "a failed check leaves an old report as it was" [ $same = 0 ]

run check op:tanh op:relu -o "$dir/r.json" -o "$dir/r.html" -o "$dir/r.tap" -o "$dir/r.txt"
point "four reports at once" is 0
point "JSON has what it should" sh -c "for k in plumbline seed machine summary checks figures id subject what route against verdict estimates via bound error bar resolution worst why evaluations seconds replay; do [ \$k = worst ] || grep -q '\"'\$k'\"' '$dir/r.json' || exit 1; done"
point "TAP has a plan that fits" sh -c "[ \"\$(sed -n 's/^1\\.\\.//p' '$dir/r.tap')\" = \"\$(grep -cE '^(not )?ok ' '$dir/r.tap')\" ] && head -n 1 '$dir/r.tap' | grep -qx 'TAP version 13'"
point "HTML is one whole page" sh -c "head -n 1 '$dir/r.html' | grep -q DOCTYPE && tail -n 1 '$dir/r.html' | grep -q '</html>' && ! grep -qE '(src|href)=.?https?:|<link|<script ' '$dir/r.html'"
run check op:relu --format tap
point "a kink is ok in TAP" sh -c "grep -q '^ok .*: kink' '$dir/out' && ! grep -q '^not ok' '$dir/out'"
run check --math 'x' --slope '2' --format tap
point "wrong is not ok in TAP" sh -c "grep -q '^not ok .*: wrong' '$dir/out'"
run check op:tanh --format json --anonymous
point "--anonymous names no machine" sh -c "! grep -qE 'processor|\"command\"' '$dir/out'"
evil='x + 0*abs(x)'
run check --math "$evil" --slope "1 - 0*x;<b>\`'\"" 
point "hostile text in a slope is refused with its column" refused column
run check --math 'max(x,0) ' --slope '2' -o "$dir/e.html" -o "$dir/e.json"
point "a wrong formula in HTML is escaped text" sh -c "grep -q 'Something is wrong' '$dir/e.html'"

# gradients that are right where a checker might trip
right() { # right FORMULA SLOPE
    for seed in 1 2 3 4 5 6; do
        run check --math "$1" --slope "$2" --seed $seed -q
        [ $status = 0 ] || break
    done
    point "right: $1" is 0
}
right 'tanh(20*x)' '20*(1-tanh(20*x)^2)'
right 'tanh(x^3)' '3*x^2*(1-tanh(x^3)^2)'
right 'log(1+exp(20*x))' '20/(1+exp(-20*x))'
right 'exp(-10*x^2)' '-20*x*exp(-10*x^2)'
right 'exp(-exp(x))' '-exp(x-exp(x))'
right 'exp(exp(x))' 'exp(x)*exp(exp(x))'
right '1e-150*x^2' '2e-150*x'
right '1e-40*x^2' '2e-40*x'
right 'x^24' '24*x^23'
right 'x^2+1e6' '2*x'
right 'x^2+1e100' '2*x'
right '1e-12*sin(x)' '1e-12*cos(x)'
right 'abs(x)' 'sign(x)'
right 'max(x,0)' 'step(x)'
right 'max(x,0)' '1-step(-x)'
right 'log(x)' '1/x'
right '5' '0'
run check --math 'max(x,0)' --slope 'step(x)+7*(1-abs(sign(x)))'
point "a slope of 7 at the kink of ReLU is wrong" is 1 'kink'
run check --math 'abs(x)' --slope 'x/abs(x)'
point "a slope that is NaN at the kink is not correct" sh -c "[ $status = 1 ] && grep -q nonfinite '$dir/out'"
run check --math 'x*y' --slope y
point "an unchecked y is said" is 0 'y is held fixed'
for seed in 1 2 3; do run check 'model:mlp(act=relu,sizes=64:1:10)' -q --quick --seed $seed; [ $status = 0 ] || break; done
point "a net with dead rows is right" is 0
run check 'model:mlp(batch=1797,sizes=64:10)' --quick -q
point "a batch of all digits is right" is 0
if [ -e /dev/full ]; then
    "$plumb" list >/dev/full 2>"$dir/err"; status=$?; : >"$dir/out"
    point "a list onto a full device" refused 'cannot write'
fi
run check op:tanh --seed 5 --format json --anonymous; sed '/seconds/d' "$dir/out" >"$dir/one"
OMP_NUM_THREADS=1 "$plumb" check op:tanh --seed 5 --format json --anonymous | sed '/seconds/d' >"$dir/two"
point "the same seed gives the same record, for any number of threads" cmp -s "$dir/one" "$dir/two"
run check op:tanh --seed 6 --format json --anonymous; sed '/seconds/d' "$dir/out" >"$dir/three"
point "another seed gives another one" sh -c "! cmp -s '$dir/one' '$dir/three'"
run descend
point "descend without an experiment" refused 'name an experiment'
run descend qadratic
point "an experiment misspelt" refused 'did you mean quadratic'
run descend game --number f16
point "a number system that steps are not made in" refused 'f64, f32 or mpfr:P'
run descend game --number mpfr:256 -o "$dir/descend.json"
point "a game in 256 bits" is 0 'modulus 0.707107' '76.' '8 correct'
"$plumb" render "$dir/descend.json" -o "$dir/descend.html" >"$dir/out" 2>"$dir/err"; status=$?
point "and its record as a page" sh -c "[ $status = 0 ] && grep -q 'modulus 0.707107' '$dir/descend.html'"
run list
point "list shows what there is" is 0 softmax mlp difference adjoint rounding adamw quadratic
run --help
point "--help" is 0 'Usage: plumb'
run check --help
point "check --help" is 0 '--math' 'Exit status'
run --version
point "--version" is 0 'plumb 0.'
run
point "no command" [ $status = 2 ]
(cd "$dir" && "$plumb" demo >"$dir/out" 2>"$dir/err"); status=$?
point "the demo holds, shows a caught bug, trains, and leaves both reports" is 0 'was caught, and blamed on module z1' 'digits right' 'plumb-report.html'
point "the demo's reports are there" [ -s "$dir/plumb-report.json" -a -s "$dir/plumb-report.html" ]
echo "1..$n"
