#!/bin/sh
# adapters.t - the adapters that docs/protocol.md shows, taken out of it and run; and the clients of bindings/ through examples/boxes
# SPDX-License-Identifier: GPL-3.0-or-later
. "${srcdir:-.}/tests/shell.inc"
PATH=$(dirname "$plumb"):$PATH PLUMB=$plumb PYTHONDONTWRITEBYTECODE=1
export PATH PLUMB PYTHONDONTWRITEBYTECODE
ran() { # ran NAME WANTED COMMAND...
    n=$((n + 1)); name=$1 want=$2; shift 2
    "$@" >"$dir/out" 2>&1
    status=$?
    if [ $status = "$want" ]; then echo "ok $n - $name: exit $status"; else
        echo "not ok $n - $name: exit $status, $want was expected"; sed 's/^/# /' "$dir/out" | head -n 12
    fi
}
# block LANGUAGE [NUMBER [FILE]]: the first, or so many-th, of them
block() { awk -v lang="$1" -v nth="${2-1}" '$0 == "```" lang { on = ++k == nth; next } /^```/ { if (on) exit } on' "$here/${3-docs/protocol.md}"; }
cxx=; for c in "${CXX-}" g++ c++ clang++; do [ -z "$cxx" ] && [ -n "$c" ] && has "$c" && cxx=$c; done

# ---- out of the manual ----
block python >"$dir/adapter.py"; block c >"$dir/adapter.c"; block c++ >"$dir/adapter.cc"; block javascript >"$dir/adapter.js"; block rust >"$dir/adapter.rs"
if [ -n "$any_python" ]; then ran "the Python adapter" 0 "$plumb" check -- "$any_python" "$dir/adapter.py"; else skip "no python3"; fi
$cc -O1 -o "$dir/adapter_c" "$dir/adapter.c" -lm && ran "the C adapter" 0 "$plumb" check -- "$dir/adapter_c"
if [ -n "$cxx" ] && $cxx -O1 -o "$dir/adapter_cc" "$dir/adapter.cc"; then ran "the C++ adapter" 0 "$plumb" check -- "$dir/adapter_cc"; else skip "no C++ compiler"; fi
if has node; then ran "the JavaScript adapter" 0 "$plumb" check -- node "$dir/adapter.js"; else skip "no node"; fi
if has rustc && rustc -O -o "$dir/adapter_rs" "$dir/adapter.rs" >"$dir/out" 2>&1; then ran "the Rust adapter" 0 "$plumb" check -- "$dir/adapter_rs"; else skip "no rustc"; fi
sed 's/(1 - y\[n \* O + o\] \* y\[n \* O + o\])/(1 - y[n * O + o])/' "$dir/adapter.c" >"$dir/wrong.c"
$cc -O1 -o "$dir/wrong" "$dir/wrong.c" -lm && ran "the C adapter with a wrong slope" 1 "$plumb" check -- "$dir/wrong"
block c 2 >"$dir/gain.c"
$cc -O1 -fPIC -shared -o "$dir/gain.so" "$dir/gain.c" -lm && ran "the shared object of the manual" 0 "$plumb" check "$dir/gain.so"
sed 's/gy\[i\] \* gain \/ (1/gy[i] \/ (1/' "$dir/gain.c" >"$dir/gainless.c"
$cc -O1 -fPIC -shared -o "$dir/gainless.so" "$dir/gainless.c" -lm && ran "and without its gain" 1 "$plumb" check "$dir/gainless.so"
block c 1 README.md >"$dir/valley.c"
libs=${PLUMB_LIBS:-$(dirname "$plumb")/.libs}
$cc -O1 -I "$here/include" -o "$dir/valley" "$dir/valley.c" -L "$libs" -lplumbline -lm "-Wl,-rpath,$libs" && ran "the C program of README.md" 0 "$dir/valley"
sed 's/400 \* a/200 * a/' "$dir/valley.c" >"$dir/canyon.c"
$cc -O1 -I "$here/include" -o "$dir/canyon" "$dir/canyon.c" -L "$libs" -lplumbline -lm "-Wl,-rpath,$libs" && ran "and with half a slope" 1 "$dir/canyon"

# ---- the clients ----
b=$here/examples/boxes
pair() { # pair NAME COMMAND... : right, then with "wrong"
    name=$1; shift
    ran "$name" 0 "$@"
    ran "$name, wrong" 1 "$@" wrong
}
$cc -O2 -I "$here/bindings/c" -o "$dir/layer" "$b/layer.c" -lm && pair "C, plumb_subject.h" "$plumb" check -- "$dir/layer"
$cc -O2 -fPIC -shared -I "$here/bindings/c" -o "$dir/layer.so" "$b/layer_plugin.c" -lm && { ran "a C plugin" 0 "$plumb" check "$dir/layer.so:right"; ran "a C plugin, wrong" 1 "$plumb" check "$dir/layer.so:wrong"; }
if [ -n "$cxx" ] && $cxx -O2 -I "$here/bindings/cpp" -o "$dir/layer_cc" "$b/layer.cc"; then pair "C++, plumbline.hpp" "$plumb" check -- "$dir/layer_cc"; else skip "no C++ compiler"; fi
if has node; then pair "JavaScript, plumbline.mjs" "$plumb" check -- node "$b/layer.mjs"; else skip "no node"; fi
if has rustc && rustc -O -o "$dir/layer_rs" "$b/layer.rs" >"$dir/out" 2>&1; then pair "Rust" "$plumb" check -- "$dir/layer_rs"; else skip "no rustc"; fi
if has gfortran && (cd "$dir" && gfortran -O2 -cpp -J. "$here/bindings/fortran/plumbline.f90" "$b/heat.f90" -o heat) >"$dir/out" 2>&1; then
    ran "Fortran, plumbline.f90: an adjoint solved iteratively, 100000 unknowns" 0 "$plumb" check --quick -- "$dir/heat"
    ran "the same, wrong" 1 "$plumb" check --quick -- "$dir/heat" wrong
else skip "no gfortran"; fi
OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM
if has mpif90 && has mpirun && (cd "$dir" && mpif90 -O2 -cpp -DUSE_MPI -J. "$here/bindings/fortran/plumbline.f90" "$b/heat.f90" -o heat_mpi) >"$dir/out" 2>&1; then
    ran "the same on two processes of MPI" 0 "$plumb" check --quick -- mpirun --mca mpi_yield_when_idle 1 --oversubscribe -n 2 "$dir/heat_mpi"
else skip "no MPI"; fi
PYTHONPATH=$here/bindings/python; export PYTHONPATH
if [ -n "$python" ]; then
    block python 1 README.md >"$dir/softplus.py"
    ran "the numpy of README.md" 0 "$python" "$dir/softplus.py"
    sed 's/d = gy/d = 2 * gy/' "$dir/softplus.py" >"$dir/twice.py"
    ran "and twice its gradient" 1 "$python" "$dir/twice.py"
else skip "no numpy"; fi
if [ -n "$python" ]; then pair "numpy by hand" "$plumb" check -- "$python" "$b/numpy_layer.py"; else skip "no numpy"; fi
if [ -n "$python" ] && "$python" -c 'import sklearn' 2>/dev/null; then pair "a loss of scikit-learn" "$python" "$b/sklearn_loss.py"; else skip "no scikit-learn"; fi
if [ -n "$python" ]; then
    ran "a vjp that writes into its arguments is named" 0 "$python" - <<'PY'
import math, plumbline
def back(xs, g):
    g[0] *= 2
    return [c * math.cos(e) for e, c in zip(xs[0], g)]
r = plumbline.gradcheck(lambda x: [math.sin(e) for e in x], [0.1, 0.2], back, raise_exception=False)
assert r.status == 3 and "vjp changed its argument y in place" in str(r), r
def eats(x):
    x[0] = max(x[0], 0.0)
    return [e * e for e in x]
r = plumbline.gradcheck(eats, [-0.1, 0.2], lambda xs, g: [2 * c * e for e, c in zip(xs[0], g)], raise_exception=False)
assert r.status == 3 and "the function changed its argument x in place" in str(r), r
PY
fi
if [ -n "$python" ] && "$python" -c 'import torch' 2>/dev/null; then
    pair "an nn.Module" "$python" "$b/torch_module.py"
    { block python 2 README.md; block python 3 README.md; } >"$dir/readme.py"
    ran "the Python of README.md: a module and a twin ($(grep -c plumbline.gradcheck "$dir/readme.py") checks)" 0 "$python" "$dir/readme.py"
    pair "a float32 function beside its float64 twin" "$python" "$b/torch_f32_twin.py"
    ran "inputs of which none has requires_grad are checked, not passed over" 0 "$python" - <<'PY'
import torch, plumbline
class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x ** 3
    @staticmethod
    def backward(ctx, g):
        return 7 * g
r = plumbline.gradcheck(Cube.apply, torch.tensor([0.5, -1.25], dtype=torch.float64), raise_exception=False)
assert r.status == 1 and any(f["what"] == "x" and f["verdict"] == "wrong" for f in r.findings), r
PY
else skip "no torch"; fi
if [ -n "$python" ] && "$python" -c 'import pytest' 2>/dev/null; then
    cat >"$dir/test_mine.py" <<'PY'
import numpy as np
def test_right(plumb_gradcheck):
    assert plumb_gradcheck(np.sin, np.array([0.5, 1.0, -2.0]), lambda xs, g: g * np.cos(xs[0]))
def test_wrong(plumb_gradcheck):
    assert not plumb_gradcheck(np.sin, np.array([0.5, 1.0, -2.0]), lambda xs, g: g * np.sin(xs[0]), raise_exception=False)
PY
    ran "the pytest fixture" 0 "$python" -m pytest -q -p plumbline -p no:cacheprovider "$dir/test_mine.py"
    sed -n '1,3p' "$dir/test_mine.py" | sed 's/np.cos/np.sin/' >"$dir/test_fails.py"
    ran "a wrong gradient fails a pytest" 1 "$python" -m pytest -q -p plumbline -p no:cacheprovider "$dir/test_fails.py"
else skip "no pytest"; fi
if [ -n "$python" ] && "$python" -c 'import setuptools, pip' 2>/dev/null; then
    cp -r "$here/bindings/python" "$dir/client" && chmod -R u+w "$dir/client"
    ran "pip installs the client offline" 0 env PIP_NO_INDEX=1 "$python" -m pip install -q --no-build-isolation --no-deps --target "$dir/site" "$dir/client"
    ran "and it is found there" 0 env PYTHONPATH="$dir/site" "$python" -c 'import plumbline; assert "site" in plumbline.__file__; print(plumbline.__version__)'
else skip "no pip"; fi
echo "1..$n"
