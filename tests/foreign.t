#!/bin/sh
# foreign.t - programs, plugins and arrays that cannot be used: each a sentence that names the place, none a hang, and the others still checked
# SPDX-License-Identifier: GPL-3.0-or-later
. "${srcdir:-.}/tests/shell.inc"
said() { printf '%s\n' "$1" >"$dir/said"; cat "$dir/out" "$dir/err" | grep -qF -f "$dir/said"; }
both() { [ "$status" = "$1" ] && said "$2"; }
$cc -O1 -w -o "$dir/liar" "$here/tests/foreign/liar.c" -lm || { echo "Bail out! liar.c does not compile"; exit 1; }

check -- "$dir/liar" honest
point "the program itself is right" [ $status = 0 ]
check -- "$dir/liar" frames
point "and in frames" [ $status = 0 ]
bad() { # bad NAME STATUS WORDS [OPTIONS...]
    what=$1 want=$2 words=$3; shift 3
    check "$@" -- "$dir/liar" "$what"
    point "$what: $words" both "$want" "$words"
}
bad ends 3 'ended in "hello" (request 1) without a reply'
bad banana 3 '"banana" is not understood'
bad no-output 3 'out SPEC... was expected'
bad no-input 3 'hello names no input'
bad huge 3 'more than 2^26 numbers'
bad dims 3 'is neither name:dims nor name:dims:dtype'
bad dtype 3 'has a dtype that is none of f64'
bad twice 3 'has the name of another one'
bad ranks 3 'more than 6 dims'
bad point 3 'at has 1 numbers, one for each of 2 inputs was expected'
bad box 3 '(3, 1) is no interval'
bad outside 3 'is outside its box (0, 1)'
bad nan-point 3 'element 0 of x is not finite'
bad unknown-option 3 '"colour" is not understood'
bad option-twice 3 'given twice'
bad factor-zero 3 'would hide every gradient'
bad fixed-nobody 3 'the name of an input was expected'
bad batch-axis 3 'an axis of that tensor (batch)'
bad at-file 3 '/nonexistent.npy'
bad twin-program 3 'programs are twins only by --twin-program'
bad twin-library 3 'programs and libraries are twins only by --twin-program'
bad twin-shell 3 'formula "$(reboot)", column 1'
bad twin-op 3 'no op:reluu'
bad twin-shape 3 'makes 2 numbers, 3 are declared'
bad twin-inputs 3 'has 1 inputs, 2 are declared'
bad twin-model 3 'no model:nothing'
bad refused 3 'not today'
bad six 3 'six digits are printed'
bad float 3 'went through a float'
bad few 3 'has 1 numbers, 2 were expected'
bad many 3 'has 3 numbers, 2 were expected'
bad fish 3 'number 2 of the reply to "forward" (request'
bad glued 3 'is "2x"'
bad refuses 3 'no thanks'
bad early 3 'a reply before the request "hello"'
bad extra 3 'a reply before the request'
bad no-flush 3 'does it flush its output after every reply?' --start-timeout 1
bad hangs 3 'did not answer "backward"' --timeout 1
bad floods 3 'MiB of log lines and no reply'
bad no-end 3 'MiB of log lines and no reply'
bad grows 3 'more than 200 MiB of memory' --limit-memory 200
bad endless 3 'is longer than 2 numbers can be'
bad nan 1 'nonfinite'
bad third 3 'died by signal 11'
bad frame-count 3 'has 1152921504606846976 numbers, 2 were expected'
bad frame-half 3 'in the middle of a frame, after 8 of 16 bytes'
bad frame-refusal 3 'no frame'
check op:tanh -- "$dir/liar" third
point "what else was asked for is checked all the same" sh -c "[ $status = 3 ] && grep -q 'op:tanh case 0' '$dir/out' && grep -q 'signal 11' '$dir/out'"
check --timeout 1 op:tanh -- "$dir/liar" hangs
point "and beside one that hangs" sh -c "[ $status = 3 ] && grep -q 'op:tanh case 0' '$dir/out' && grep -q 'did not answer' '$dir/out'"
point "no program is left behind" sh -c "sleep 0.3; ! pgrep -f '$dir/[l]iar' >/dev/null"
check -- "$dir/nothing"
point "a program that is not there" both 2 'cannot run'
check --fd 97,98
point "descriptors that are not open" both 2 '--fd 97,98'
check --budget soon -- "$dir/liar" honest
point "a budget that is none" both 2 '--budget soon'
check --fifo "$dir/none" -- "$dir/liar" honest
point "a folder for pipes that is not there" both 2 '--fifo'
cat >"$dir/printer.sh" <<'SH'
exec <"$PLUMB_IN" >"$PLUMB_OUT"
exec "$1" honest
SH
check --fifo "$dir" -- sh "$dir/printer.sh" "$dir/liar"
point "through named pipes" [ $status = 0 ]

# ---- plugins ----
plugin() { # plugin NAME WORDS SOURCE [FLAGS]
    printf '%s\n' "$3" >"$dir/p.c"
    $cc -shared -fPIC -w ${4-} -o "$dir/p.so" "$dir/p.c" || { status=none; : >"$dir/out"; }
    check "$dir/p.so"
    point "plugin: $1" both 3 "$2"
}
plugin "no interface" 'has no function plumb_abi' 'int x;'
plugin "another version" 'speaks version 9 of the interface' 'int plumb_abi(void) { return 9; }'
plugin "a missing function" 'has no function plumb_open' 'int plumb_abi(void) { return 1; }'
all='void *plumb_open(const char *n) { return &plumb_open; } const char *plumb_hello(void *s) { return "in x:2 out y:2"; } void plumb_close(void *s) {} int plumb_abi(void) { return 1; }'
plugin "no backward" 'has no function plumb_backward' "$all int plumb_forward(void *s, const double *x, double *y) { return 0; }"
plugin "an undefined symbol" 'cannot open the plugin' "int missing(void); int plumb_abi(void) { return missing(); }" -Wl,-z,now
plugin "an error of its own" 'forward returned 5' "$all int plumb_forward(void *s, const double *x, double *y) { return 5; } int plumb_backward(void *s, const double *g, double *d) { return 0; }"
plugin "a description that is none" '"banana" is not understood' "void *plumb_open(const char *n) { return &plumb_open; } const char *plumb_hello(void *s) { return \"banana\"; } void plumb_close(void *s) {} int plumb_abi(void) { return 1; } int plumb_forward(void *s, const double *x, double *y) { return 0; } int plumb_backward(void *s, const double *g, double *d) { return 0; }"
if printf 'int main(void){return 0;}' | $cc -fsanitize=address -x c -o "$dir/a.out" - 2>/dev/null; then
    plugin "built with a sanitizer" 'was built with AddressSanitizer' "int plumb_abi(void) { return 1; } int a[4]; int plumb_x(int i) { return a[i]; }" -fsanitize=address
fi
echo "not an object" >"$dir/text.so"
check "$dir/text.so"
point "a text that is called .so" both 3 'is no shared object'
check "$dir/none.so"
point "a plugin that is not there" both 2 'none.so'

# ---- arrays ----
npy() { # npy FILE DESCR SHAPE BYTES : a .npy file, version 1
    printf '\223NUMPY\001\000\166\000' >"$1"
    printf "%-117s\n" "{'descr': $2, 'fortran_order': False, 'shape': $3, }" >>"$1"
    printf "$4" >>"$1"
}
one='\000\000\000\000\000\000\360\077' two='\000\000\000\000\000\000\000\100' big='\077\360\000\000\000\000\000\000'
fresh() { rm -rf "$dir/a"; mkdir "$dir/a"; npy "$dir/a/x.npy" "'<f8'" '(2,)' "$one$two"; npy "$dir/a/cotangent.npy" "'<f8'" '(2,)' "$one$one"; npy "$dir/a/grad_x.npy" "'<f8'" '(2,)' "$one$one"; }
arrays() { # arrays NAME STATUS WORDS
    check --twin op:relu "$dir/a"
    point "arrays: $1" both "$2" "$3"
}
fresh
arrays "gradients that are right" 0 correct
npy "$dir/a/grad_x.npy" "'<f8'" '(2,)' "$one$two"
arrays "a gradient that is wrong, and where" 1 'worst at x[1] = 2: got 2, want 1'
fresh; npy "$dir/a/grad_x.npy" "'>f8'" '(2,)' "$big$big"
arrays "big-endian numbers" 0 correct
npy "$dir/a/grad_x.npy" "'<f8'" '(2,)' "$big$big"
arrays "swapped bytes are another number" 1 wrong
fresh; npy "$dir/a/grad_x.npy" "'<f8'" '(2,)' "$one"
arrays "truncated" 3 '2 numbers of 8 bytes were expected after byte 128, 8 bytes are there'
npy "$dir/a/grad_x.npy" "'<f8'" '(99999999, 99999999)' "$one"
arrays "a shape that lies" 3 'claims more than 2^26 numbers'
npy "$dir/a/grad_x.npy" "'|O'" '(2,)' "$one$one"
arrays "pickled" 3 'pickled Python objects, which are not read'
npy "$dir/a/grad_x.npy" "'<c16'" '(1,)' "$one$one"
arrays "complex" 3 'complex numbers'
npy "$dir/a/grad_x.npy" "[('a', '<f8')]" '(2,)' "$one$one"
arrays "records" 3 'structured dtype'
printf 'hello, world, this is text' >"$dir/a/grad_x.npy"
arrays "no .npy at all" 3 'is no .npy file'
printf '\223NUMPY\001\000\377\377x' >"$dir/a/grad_x.npy"
arrays "half a header" 3 'in the middle of its header'
printf '\223NUMPY\011\000\166\000' >"$dir/a/grad_x.npy"; head -c 200 /dev/zero >>"$dir/a/grad_x.npy"
arrays "a version of the future" 3 'version 9'
fresh; npy "$dir/a/grad_x.npy" "'<f8'" '(1,)' "$one"
arrays "too few gradients" 3 'grad_x has 1 numbers, x has 2'
fresh; rm "$dir/a/cotangent.npy"
arrays "no cotangent" 3 'twin op:relu makes 2 numbers, 1 are declared'
fresh; mv "$dir/a/grad_x.npy" "$dir/a/gx.npy"
arrays "no gradient by its name" 3 'that of an array x is called grad_x; there are the inputs gx, x'
fresh; npy "$dir/a/y.npy" "'<f8'" '(2,)' "$one$two"; npy "$dir/a/z.npy" "'<f8'" '(2,)' "$one$two"
arrays "two arrays more than the twin has inputs" 3 'the twin op:relu has 1 inputs, 3 are declared'
rm "$dir/a"/*
arrays "an empty folder" 2 'no .npy arrays'
check "$dir/none.npz"
point "an archive that is not there" both 2 'none.npz'
fresh
check "$dir/a"
point "no twin" both 3 'name a twin'
python=$any_python
if [ -n "$python" ] && ! "$plumb" check "$dir/none.npz" 2>&1 | grep -q 'without libzip'; then
    (cd "$dir/a" && "$python" -c "
import zipfile
with zipfile.ZipFile('../good.npz', 'w', zipfile.ZIP_DEFLATED) as z:
    for n in ('x', 'cotangent', 'grad_x'): z.write(n + '.npy')
with zipfile.ZipFile('../bomb.npz', 'w', zipfile.ZIP_DEFLATED) as z:
    for n in ('x', 'cotangent'): z.write(n + '.npy')
    with z.open('grad_x.npy', 'w', force_zip64=True) as f:
        for _ in range(1100): f.write(bytes(1 << 20))
d = open('../good.npz', 'rb').read()
open('../cut.npz', 'wb').write(d[:len(d) // 2])
")
    check --twin op:relu "$dir/good.npz"
    point ".npz" [ $status = 0 ]
    check --twin op:relu "$dir/bomb.npz"
    point "a zip bomb" both 2 'more than 1 GiB is not read'
    check --twin op:relu "$dir/cut.npz"
    point "half an archive" both 2 'cut.npz'
else skip "no python3 or no libzip"; fi
echo "1..$n"
