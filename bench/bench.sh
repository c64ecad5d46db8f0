#!/bin/sh
# bench.sh - measures a training step against PyTorch, and two threads against one; README.md says what and why
#   bench.sh [--gate] [--rounds N]
# STEP is the program built from step.c, PYTHON the interpreter that has torch (/usr/bin/python3).
# Exit status: 1 when a result is wrong, or with --gate when a goal is missed or cannot be judged.
# SPDX-License-Identifier: GPL-3.0-or-later
set -u
LC_ALL=C
OMP_WAIT_POLICY=passive
export LC_ALL OMP_WAIT_POLICY
trap '' PIPE
here=$(dirname "$0")
step=${STEP:-$here/step}
python=${PYTHON:-/usr/bin/python3}
rounds=9 gate=no missed=0 unjudged=0 wrong=0
one_ms=60 two_ms=100 patience=15
children='' busy='' dir=''

die() { echo "bench: $*" >&2; exit 1; }

while [ $# -gt 0 ]; do
    case $1 in
    --gate) gate=yes ;;
    --rounds) shift; rounds=${1-} ;;
    *) die "usage: bench.sh [--gate] [--rounds N]" ;;
    esac
    shift
done
case $rounds in '' | *[!0-9]*) die "--rounds takes a whole number" ;; esac
[ "$rounds" -ge 7 ] || die "fewer than 7 rounds say little"

cleanup() {
    for p in $children $busy; do kill "$p" 2>/dev/null; done
    [ -z "$dir" ] || rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
dir=$(mktemp -d) || die "no temporary folder"

# ---- numbers ----

# of the numbers on standard input: median, least, greatest
spread() {
    sort -g | awk '{ v[NR] = $1 } END {
        if (NR) printf "%.4g %.4g %.4g", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2, v[1], v[NR] }'
}

column() { awk -v k="$2" '{ print $k }' "$1" | spread; }

# column over column, row by row
ratios() { awk -v a="$2" -v b="$3" '{ print $a / $b }' "$1" | spread; }

# verdict VALUE RELATION GOAL
verdict() {
    awk -v v="$1" -v r="$2" -v g="$3" 'BEGIN { print (r == ">=" ? v >= g : v <= g) ? "met" : "MISSED" }'
}

count() {
    case $1 in
    MISSED) missed=$((missed + 1)) ;;
    unsure | SKIP) unjudged=$((unjudged + 1)) ;;
    esac
}

# ---- the machine ----

# "busy total", the ticks of all processors
cpu_ticks() { awk '/^cpu / { b = $2 + $3 + $4 + $7 + $8 + $9; print b, b + $5 + $6 }' /proc/stat; }

# true when all processors together were at least 90 % idle for 300 ms
is_idle() {
    before=$(cpu_ticks)
    sleep 0.3
    echo "$before $(cpu_ticks)" | awk '{ exit !(NF == 4 && $4 > $2 && 10 * ($3 - $1) <= $4 - $2) }'
}

# waits for an idle machine, not for ever; prints "noisy" when it did not come, else "quiet"
wait_idle() {
    for try in $(seq "$patience"); do
        if is_idle; then echo quiet; return; fi
    done
    echo noisy
}

say_machine() {
    model=$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)
    echo "cpu        ${model:-unknown}, $(nproc) processor(s), $(uname -sr)"
    OMP_NUM_THREADS=1 "$step" --machine || die "$step does not run"
    [ "$torch" = no ] || cat "$dir/torch"
    echo "threads    one: OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1; two: OMP_NUM_THREADS=2; OMP_WAIT_POLICY=passive"
    echo "inherited  $(env | grep -E '^(OMP|GOMP|OPENBLAS|MKL)_' | grep -v '^OMP_WAIT_POLICY=' | sort | tr '\n' ' ')"
    echo "load       $(cat /proc/loadavg)"
}

# ---- the programs that are timed: each answers a line with a line ----

# start NAME WRITE READ COMMAND...: its standard input and output become descriptors WRITE and READ
start() {
    name=$1 write=$2 read=$3
    shift 3
    mkfifo "$dir/$name.in" "$dir/$name.out" || die "no fifo"
    "$@" <"$dir/$name.in" >"$dir/$name.out" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- &
    children="$children $!"
    eval "exec $write>\"\$dir/\$name.in\" $read<\"\$dir/\$name.out\""
}

# ask WRITE READ QUESTION: leaves the answer in $cpu, $wall (microseconds a step) and $loss
ask() {
    cpu='' wall='' loss=''
    echo "$3" >&"$1" && read -r cpu wall loss <&"$2" && [ -n "$loss" ] || die "no answer to \"$3\""
}

# enough WRITE READ QUESTION MS: leaves the steps that take so long in $steps
enough() {
    steps=5
    for try in 1 2 3; do
        ask "$1" "$2" "$3 $steps"
        steps=$(awk -v ms="$4" -v us="$cpu" 'BEGIN { n = int(1000 * ms / us) + 1; print n < 5 ? 5 : n }')
    done
}

start_busy() {
    (ulimit -t 20; exec setsid sh -c 'while :; do :; done') &
    busy=$!
    sleep 0.1
}

stop_busy() {
    kill "$busy"
    wait "$busy" 2>/dev/null
    busy=
}

# ---- one thread, beside PyTorch ----

# round FILE SYSTEM BATCH STEPS: ours, sgd and bare in turn; a line "us us us loss loss loss"
round() {
    ask 3 4 "$2 $3 1 $4"
    line=$cpu losses=$loss
    for form in sgd bare; do
        if [ "$torch" = yes ]; then ask 5 6 "$2 $3 $form $4"; fi
        line="$line $cpu" losses="$losses $loss"
    done
    echo "$line $losses" >>"$1"
}

# losses FILE LIMIT FLOOR: the worst difference over our loss, or over FLOOR where that is more; status 1 above LIMIT
losses() {
    awk -v limit="$2" -v floor="$3" 'function size(x) { return x < 0 ? -x : x }
        /nan|inf/ || !$4 { bad = 1; next }
        { for (k = 5; k <= 6; k++) {
            d = size($k - $4) / (size($4) > floor ? size($4) : floor)
            if (d > worst) worst = d } }
        END { printf "%.1e", worst; exit bad || !NR || worst > limit }' "$1"
}

# one_thread SYSTEM BATCH GOAL("-": none)
one_thread() {
    file=$dir/$1-$2 most=0
    enough 3 4 "$1 $2 1" "$one_ms"; most=$steps
    if [ "$torch" = yes ]; then
        for form in sgd bare; do
            enough 5 6 "$1 $2 $form" "$one_ms"
            [ "$steps" -le "$most" ] || most=$steps
        done
    fi
    noise=$(wait_idle)
    for i in $(seq "$rounds"); do round "$file" "$1" "$2" "$most"; done
    report_one "$file" "$1" "$2" "$3" "$noise"
}

report_one() {
    limit=1e-9 floor=0 mark=
    [ "$2" = f64 ] || { limit=1e-5; floor=0.1; }
    [ "$5" = quiet ] || mark=noisy
    set -- "$@" $(column "$1" 1)
    if [ "$torch" = no ]; then
        printf '%-4s %5d %9.2f (%.2f - %.2f) %s\n' "$2" "$3" "$6" "$7" "$8" "$mark"
        [ "$4" = - ] || count SKIP
        return
    fi
    set -- "$@" $(column "$1" 2) $(column "$1" 3) $(ratios "$1" 2 1) $(ratios "$1" 3 1)
    difference=$(losses "$1" $limit $floor) || { wrong=$((wrong + 1)); difference="$difference WRONG"; }
    goal='no goal'
    if [ "$4" != - ]; then
        said=$(verdict "${15}" ">=" "$4")
        count "$said"
        goal=">= $4 $said"
    fi
    range="(${16} - ${17})" bare="(${19} - ${20})"
    printf '%-4s %5d %9.2f %9.2f %9.2f %8.2f %-19s %9.2f %-19s %-13s %-8s %s\n' "$2" "$3" "$6" "$9" "${12}" \
        "${15}" "$range" "${18}" "$bare" "$goal" "$difference" "$mark"
}

# ---- two threads ----

# pair FILE BATCH STEPS: a line "quiet|noisy one two beside one_loss two_loss", wall time
pair() {
    line=$(wait_idle)
    ask 7 8 "f64 $2 1 $3"; line="$line $wall" one=$loss
    ask 7 8 "f64 $2 2 $3"; line="$line $wall" two=$loss
    start_busy
    ask 7 8 "f64 $2 2 $3"
    stop_busy
    echo "$line $wall $one $two $loss" >>"$1"
}

two_threads() {
    file=$dir/pairs-$1
    enough 7 8 "f64 $1 1" "$two_ms"; many=$steps
    ask 7 8 "f64 $1 2 5"
    for i in $(seq "$rounds"); do pair "$file" "$1" "$many"; done
    awk '$5 != $6 || $5 != $7 { bad = 1 } END { exit bad }' "$file" ||
        { wrong=$((wrong + 1)); echo "WRONG: at batch $1 the loss depends on the number of threads"; }
    report_two "$file" "$1" 3 "two threads, quiet" 1.05
    report_two "$file" "$1" 4 "two beside a busy process" 1.5
}

# report_two FILE BATCH COLUMN WHAT GOAL: quiet rounds alone where there are 7 of them
report_two() {
    grep '^quiet' "$1" >"$1.quiet"
    number=$(awk 'END { print NR }' "$1.quiet")
    rows=$1.quiet noise=no
    [ "$number" -ge 7 ] || { rows=$1 noise=yes; }
    set -- "$1" "$2" "$3" "$4" "$5" $(column "$rows" 2) $(column "$rows" "$3") $(ratios "$rows" "$3" 2)
    best=$(awk -v a="${10}" -v b="$7" 'BEGIN { print a / b }')
    said=$(verdict "${12}" "<=" "$5")
    range="(${13} - ${14})" mark="$number of $rounds rounds quiet"
    [ "$noise" = no ] || { said=unsure; mark="noisy: $mark"; }
    count "$said"
    printf '%5d %-26s %9.2f %9.2f %6.2f %-19s %6.2f %-14s %s\n' "$2" "$4" "$6" "$9" "${12}" "$range" "$best" \
        "<= $5 $said" "$mark"
}

# ---- the run ----

torch=yes
OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "$python" "$here/peer_torch.py" --machine >"$dir/torch" 2>/dev/null || torch=no
say_machine
start ours 3 4 env OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "$step"
if [ "$torch" = yes ]; then
    start torch 5 6 env OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "$python" "$here/peer_torch.py"
fi

echo
echo "One training step, 600-60-40-10 ReLU, one thread, CPU time in microseconds, medians of $rounds interleaved rounds"
if [ "$torch" = yes ]; then
    printf '%-10s %9s %9s %9s %8s %-19s %9s %-19s %-13s %s\n' "     batch" ours sgd bare sgd/ours "(range)" \
        bare/ours "(range)" "goal of sgd" "losses differ by"
else
    echo "SKIP torch (apt-get install python3-torch)"
fi
for system in f64 f32; do
    for batch in 1 32 1024; do
        case $system-$batch in f64-1) goal=5 ;; f64-32) goal=1.5 ;; *) goal=- ;; esac
        one_thread $system $batch $goal
    done
done

echo
echo "Two threads and one, f64, wall time in microseconds, medians of $rounds rounds"
printf '%5s %-26s %9s %9s %6s %-19s %6s %-14s\n' batch "" one two two/1 "(range)" best goal
if [ "$(nproc)" -ge 2 ]; then
    start pair 7 8 env -u OPENBLAS_NUM_THREADS OMP_NUM_THREADS=2 "$step"
    two_threads 32
    two_threads 1024
else
    echo "SKIP two threads (one processor)"
    unjudged=$((unjudged + 1))
fi

echo
echo "load       $(cat /proc/loadavg)"
echo "goals      $missed missed, $unjudged not judged; $wrong wrong result(s)"
[ "$wrong" = 0 ] || exit 1
[ "$gate" = no ] || [ $((missed + unjudged)) = 0 ] || exit 1
exit 0
