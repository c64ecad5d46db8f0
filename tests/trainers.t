#!/bin/sh
# trainers.t - somebody else's trainers: PyTorch's recorded ones found right, planted bugs found at their step and named, bad files refused, programs driven
# SPDX-License-Identifier: GPL-3.0-or-later
. "${srcdir:-.}/tests/shell.inc"
runs=$here/tests/trainers
descend() { "$plumb" descend "$@" >"$dir/out" 2>"$dir/err" </dev/null; status=$?; }

# ---- recorded by PyTorch 1.13: right ----
for f in "$runs"/right-*.npz; do
    name=${f##*/right-}
    descend "$f"
    point "PyTorch's ${name%.npz} makes its steps, and its course is explained by rounding" is 0 '4 correct' 'explained by rounding'
done

# ---- and with a planted bug ----
while IFS='|' read -r name first words; do
    descend "$runs/wrong-$name.npz"
    point "$name: found at step $first, and named" is 1 "step $first is the first" "$words"
done <"$runs/wrong.txt"
if [ -n "$python" ]; then
    mkdir "$dir/forms" && "$python" "$runs/forms.py" "$dir/forms" >"$dir/forms/list"
    while IFS='|' read -r name first words; do
        descend "$dir/forms/$name.npz"
        point "by hand, $name: found at step $first, and named" is 1 "step $first is the first" "$words"
    done <"$dir/forms/list"
    point "there are as many as are meant" [ "$(grep -c . "$dir/forms/list")" = 37 ]
else
    skip "no Python with numpy"
fi
descend "$runs/wrong-rate.npz"
point "rounding does not explain the course of a wrong one" is 1 'rounding does not explain it'
descend --twin 'model:mlp(sizes=4:5:3,batch=6,act=relu)' "$runs/right-sgd-f64.npz"
point "another net as the twin is not the same" is 1 'no simple cause fits'
descend --step 'adam(rate=0.05)' "$runs/right-adam-f64.npz"
point "what the trainer means to do can be said on the command line" is 1 'a weight decay of 0.001 that nobody asked for'
grep -o 'replay: .*' "$dir/out" | head -n 1 | sed 's/replay: plumb //' >"$dir/line"
point "and is part of the line that shows it again" grep -qF -e "--step 'adam(rate=0.05)'" "$dir/out"

# ---- bad files ----
refused() { name=$1; shift; point "$name" is 2 "$@"; }
if [ -n "$python" ]; then
    alter() { "$python" - "$runs/right-sgd-f64.npz" "$dir/bad.npz" "$1" <<'P'
import sys
import numpy as np
a = dict(np.load(sys.argv[1]))
exec(sys.argv[3])
np.savez(sys.argv[2], **a)
P
        shift; descend "$dir/bad.npz" "$@"; }
    alter "a['index'][3, 2] = 150"
    refused "a row that the data do not have" 'index: step 4 takes row 150 of the data, which have rows 0 to 149'
    alter "a['index'][3, 0] = -1"
    refused "an empty batch" 'step 4 takes row -1'
    alter "a['k'] = np.array(list(range(10)) + list(range(11, 26)))"
    refused "a step that is missing" 'state 10 is that of step 11, right after that of step 9: steps are missing'
    alter "a['k'] = np.array([0, 1, 3, 2] + list(range(4, 25)))"
    refused "steps out of order" 'steps are missing'
    alter "a['k'] = np.array([0, 1, 2, 2] + list(range(3, 24)))"
    refused "a step twice" 'they are out of order'
    alter "a['b1'] = a['b1'][:-1]"
    refused "a state that is missing in one parameter" 'states'
    alter "del a['b1']"
    refused "a parameter that is missing" 'there are no states of b1'
    alter "a['c'] = a['b1']"
    refused "a parameter that the twin does not have" 'c is no parameter of the twin'
    alter "a['rate'] = np.full(24, 0.3); a['rate'][6] = np.nan"
    refused "a learning rate that is not finite" 'the learning rate of step 7 is nan'
    alter "a['step'] = np.array('sgd(rate=1/0)')"
    refused "a learning rate that is infinite in the settings" 'learning rate of step 1 is inf'
    alter "a['step'] = np.array('sgdd(rate=0.1)')"
    refused "a step that is not known" 'there is no step "sgdd"'
    alter "del a['step']"
    refused "no word about the step" 'does not say which step it takes'
    alter "a['step'] = np.array('sgd(decay=0.01)')"
    refused "no learning rate" 'no learning rate is known'
    alter "del a['data_t']"
    refused "an input without data" 'there is no array data_t'
    alter "a['data_t'][7] = 3"
    refused "a label that does not exist" 'row 7 holds 3, labels are 0 to 2'
    alter "a['data_x'] = a['data_x'][:, :3]"
    refused "rows of another width" 'a row of data_x has 3 numbers'
    alter "a['data_x'][5, 1] = np.inf"
    refused "data that are not finite" 'data_x: number 21 is not finite'
    alter "a['twin'] = np.array('model:mlp(sizes=4:5:3,batch=4)')"
    refused "a twin for smaller batches" 'say so in its name, batch=6'
    alter "a['W0'][7:] = np.nan; a['b1'][7:] = np.nan"
    point "a trainer that goes to NaN at step 7" is 1 nonfinite 'step 7 is the first'
    alter "a['index'][2, 3] = -1"
    refused "a row behind the end of a batch" 'step 3 row' 'stands behind a -1, which ends a batch'
    alter "a['W0'] = a['W0'].transpose(0, 2, 1)"
    refused "weights the other way around" 'is it transposed?'
    alter "a['k'] = np.arange(7, 32); a['step'] = np.array('sgd(rate=0.3*max(k-6,1)/max(k-6,1),decay=0.01)')"
    point "a record that begins at step 7 counts from there" is 0 '4 correct'
    alter "a['k'] = np.arange(7, 32)" --step 'adam(rate=0.3)'
    refused "a record that begins late, of a step that remembers" 'the record begins at step 7, and what adam keeps'
    descend "$dir/forms/adam32-0.999.npz"
    point "a float32 adam over 400 steps is right" is 0 '2 correct'
    descend "$dir/forms/adam32-0.npz"
    point "one that divides by a gradient of nearly 0 is not accused" sh -c "[ $status = 0 ] || [ $status = 4 ]"
    descend "$dir/forms/vanishing.npz"
    point "steps that rounding hides are told" is 0 'Rounding hides more than a hundredth of some steps' '2 correct'
    alter "a['b1'][0] = np.nan"
    refused "a start that is not finite" 'the first state holds a number that is not finite'
    alter "a['index'] = np.concatenate([a['index'], np.full((24, 1), -1)], 1); a['twin'] = np.array('model:mlp(sizes=4:5:3,batch=7)')"
    point "batches that end early are batches of fewer samples" is 0 '4 correct'
    alter "a['rate'] = np.full(24, 0.3); a['step'] = np.array('sgd(decay=0.01)')"
    point "recorded learning rates stand for a formula" is 0 '4 correct'
    cat >"$dir/matrix.py" <<'P'
import sys, numpy as np
# least squares with a matrix for a step size: w -= 0.1 P g
x, t = np.sin(np.arange(60.0)).reshape(20, 3), np.cos(np.arange(20.0))[:, None]
P = np.diag([1, 2, 0.5, 1.0]); P[0, 1] = 0.5; P[1, 0] = -0.5
P = eval(sys.argv[2])
w, states, index = np.array([0.5, -1, 0.25, 0.125]), [], []
for k in range(12):
    states.append(w)
    rows = np.arange(4 * k, 4 * k + 4) % 20
    e = x[rows] @ w[:3] + w[3] - t[rows, 0]
    w = w - 0.1 * P @ (2 * np.append(e @ x[rows], e.sum()) / 4)
    index.append(rows)
states = np.array(states + [w])
np.savez(sys.argv[1], W=states[:, None, :3], b=states[:, 3:], index=index, data_x=x, data_t=t, matrix=eval(sys.argv[3]), step='sgd(rate=0.1)', twin='model:linear(batch=4)')
P
    matrix() { "$python" "$dir/matrix.py" "$dir/m.npz" "$1" "$2" && descend "$dir/m.npz"; }
    matrix P P
    point "a matrix for a step size" is 0 '2 correct' 'The matrix leads down'
    matrix P P.T
    point "the matrix turned over" is 1 'step 1 is the first'
    matrix P 'P[:, :3]'
    refused "a preconditioner that is not square" 'the preconditioner is 4 x 3: a square one was expected'
    matrix P 'np.eye(3)'
    refused "a preconditioner of another size" 'the preconditioner is 3 x 3, a state has 4 numbers'
    matrix P 'P * np.inf'
    refused "a preconditioner that is not finite" 'row 0, column 0 is not finite'
    matrix 'P * [[1], [1], [-1], [1]]' P
    point "a matrix that leads up is no descent step" is 0 'The matrix makes no descent step'
    alter "a['W1'][13:] += 1e-13"
    point "one part in 10^13 at one step is seen" is 1 'step 13 is the first' 'no simple cause fits'
else
    skip "no Python with numpy"
fi

# ---- programs that make steps ----
$cc -O1 -w -o "$dir/trainer" "$here/tests/trainers/trainer.c" -lm || { echo "Bail out! trainer.c does not compile"; exit 1; }
mkdir "$dir/data"
live() { descend -- "$dir/trainer" "$dir/data" "$@"; }
live
point "a program whose steps are right" is 0 '2 correct' 'explained by rounding'
descend --steps 7 --batch 9 --twin 'model:linear(batch=9)' -- "$dir/trainer" "$dir/data"
point "more in a batch, fewer steps" is 0 'Over 7 steps'
live late
point "a schedule that is one step late" is 1 'step 2 is the first' 'the learning rate is that of the step before'
live rate
point "a rate off by 1e-12" is 1 'step 1 is the first' 'the step is 1.00000000000'
live nan
point "a program that goes to NaN" is 1 nonfinite 'step 7 is the first'
live dies
point "a program that dies names the step" is 3 'step 5: ' 'crashed'
live short
point "a reply of another length names the step" is 3 'step 1: '
live other
point "a hello that is no trainer's" is 3 'a state to a state'
live nodata
refused "a program that does not say what it trains on" 'data FILE.npz in hello'
descend --twin model:linear --step 'sgd(rate=0.1/k)' --data "$dir/data" -- "$dir/trainer" "$dir/data" nodata
point "its data named on the command line" is 0 '2 correct'
descend -- "$dir/no-such-program"
point "no such program" is 2 'no-such-program'
if [ -n "$python" ] && "$python" -c 'import sklearn' 2>/dev/null; then
    descend -- "$python" "$here/examples/trainers/sklearn_sgd.py"
    point "scikit-learn's SGDRegressor" is 0 '2 correct'
    descend -- "$python" "$here/examples/trainers/sklearn_sgd.py" 0.5
    point "with a weight decay, which spares the intercept" is 1 'a weight decay of 1 that nobody asked for (in W alone)' 'correct     b (1)'
    for s in sgd momentum nesterov; do
        descend -- "$python" "$here/examples/trainers/sklearn_mlp.py" $s
        point "scikit-learn's MLPClassifier, $s" is 0 '4 correct'
    done
    descend -- "$python" "$here/examples/trainers/sklearn_mlp.py" momentum 'nesterov(rate=0.1,mu=0.9)'
    point "which is not Nesterov's" is 1 'of momentum, not of nesterov'
    descend -- "$python" "$here/examples/trainers/sklearn_mlp.py" adam
    point "its adam adds eps before the bias correction" is 1 'eps is added before the bias correction'
else
    skip "no scikit-learn"
fi
if [ -n "$python" ]; then
    sed -n '/^import sys, numpy/,/^```/p' "$here/docs/trainers.md" | sed '/^```/d' >"$dir/doc.py"
    (cd "$dir" && "$plumb" descend -- "$python" doc.py >out 2>err </dev/null); status=$?
    point "the trainer of docs/trainers.md" is 0 '2 correct'
    sed 's/0.1 \* 2 \* error.mean/0.1 * error.mean/' "$dir/doc.py" >"$dir/bad.py"
    (cd "$dir" && "$plumb" descend -- "$python" bad.py >out 2>err </dev/null); status=$?
    point "with half the slope of the bias" is 1 'wrong       b (1)' 'the step is 0.5 times what is due (in b alone)'
fi
descend "$dir/none.npz"
refused "no such file" 'cannot read'
descend "$runs/right-sgd-f64.npz" --step 'sgd(rate=0.1'
refused "a parenthesis that is open" 'one ")" was expected'
descend "$runs/right-sgd-f64.npz" --steps 0
refused "no steps" 'a whole number from 1'
echo "1..$n"
