# plumbline.py - checks a gradient of the calling process with the program plumb
# SPDX-License-Identifier: MIT
"""gradcheck(f, x, vjp) starts `plumb` as a child and answers its questions (docs/protocol.md) with f and its backward pass.

    gradcheck(f, (x, W), vjp)       f(*xs) -> y, vjp(xs, gy) -> gradients: numpy arrays, or floats and flat lists of floats
    gradcheck(f, (x, W))            f(*tensors) -> tensor: torch, its backward pass by autograd
    gradcheck(module, x)            an nn.Module: its inputs and all its parameters

The program is found by the argument `plumb`, the environment variable PLUMB, or in PATH.  With pytest (`-p plumbline`) there is a
fixture `plumb_gradcheck`.
"""
import inspect
import json
import math
import os
import random
import select
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
from array import array

__all__ = ["gradcheck", "layouts", "GradientError", "Result"]
__version__ = "0.1.0"

WORDS = {0: "correct", 1: "wrong", 2: "unusable", 3: "crashed", 4: "undecided"}
SIZES = (31, 32, 33, 255, 256, 257, 1023, 1024, 1025)


class GradientError(AssertionError):
    """The gradient does not hold; `result` has the findings."""

    def __init__(self, result):
        super().__init__(str(result))
        self.result = result


class Result:
    """True when everything holds.  status: plumb's exit status; verdict: its word; findings: the checks of its JSON report;
    text: a line for each finding that does not hold; error: the first exception in the caller's code, or None."""

    def __init__(self, name, status, report, labels, error, notes):
        self.name, self.status, self.verdict = name, status, WORDS.get(status, "crashed")
        self.report, self.error = report, error
        self.findings = report.get("checks", [])
        lines = [_sentence(f, labels) for f in self.findings if f["verdict"] not in ("correct", "kink") and (error is None or f["what"] != "law:protocol")]
        if error is not None:
            lines.append("the code under test raised %s: %s" % (type(error).__name__, _one_line(error)))
        self.text = "\n".join(lines if lines or not status else [notes.strip()])

    def __bool__(self):
        return self.status == 0

    def __str__(self):
        said = {0: "the gradient holds: " + self._seen(), 1: "the gradient is wrong", 4: "the gradient could not be decided"}
        head = "%s: %s" % (self.name, said.get(self.status, "the code under test failed"))
        return head + "".join("\n  " + line for line in self.text.splitlines())

    def _seen(self):
        """What was looked at, and how closely."""
        tensors = [f for f in self.findings if not f["what"].startswith("law:")]
        digits = [(f["what"], -math.log10(f["resolution"])) for f in tensors if f["verdict"] == "correct" and (f.get("resolution") or 0) > 0]
        words = ["%s to %.1f digits" % d for d in digits]
        if len(words) > 6:
            words = ["%d tensors to %.1f digits at least" % (len(words), min(d for _, d in digits))]
        words += ["%s at a kink" % f["what"] for f in tensors if f["verdict"] == "kink"]
        return ", ".join(words + ["%d laws" % (len(self.findings) - len(tensors))])

    def __repr__(self):
        return "<%s>" % "; ".join(str(self).split("\n  "))


def _one_line(error):
    return " ".join(str(error).split()) or "(no text)"


def _sentence(f, labels):
    what, worst = f["what"], f.get("worst")
    text = "%s%s %s: %s" % (what, "".join("(%s)" % ",".join(map(str, f["shape"])) if "shape" in f else ""), f["verdict"], f["why"])
    if worst:
        text += "; worst at %s[%s] = %s: got %s, want %s" % (what, ",".join(map(str, worst["index"])), worst["at"], worst["got"], worst["want"])
    for seed, label in labels.items():
        text = text.replace("sample %d " % seed, "sample %d (%s) " % (seed, label))
    return text


# ---- what the numbers are made of ----

class _Slot:
    """The place of one input or output in the row of all of them."""

    def __init__(self, name, shape, dtype, begin, fixed=False):
        self.name, self.shape, self.dtype, self.fixed, self.begin = name, tuple(shape), dtype, fixed or dtype == "i64", begin
        self.size = math.prod(self.shape)
        self.end = begin + self.size

    def spec(self):
        dims = self.shape if len(self.shape) <= 6 else (self.size,)
        return "%s:%s:%s" % (self.name, ",".join(map(str, dims)) or "1", self.dtype)


def _row(names, specs, fixed):
    slots = []
    for name, (shape, dtype), held in zip(names, specs, fixed):
        slots.append(_Slot(name, shape, dtype, slots[-1].end if slots else 0, held))
    return slots


def _fits(slot, shape, size):
    if size != slot.size or (len(shape) > 1 and len(slot.shape) > 1 and tuple(shape) != slot.shape):
        raise ValueError("the gradient of %s has the shape %s, %s was expected" % (slot.name, tuple(shape), slot.shape))


class _Plain:
    """Floats and flat lists of floats: the standard library alone."""

    @staticmethod
    def shape(v):
        return (len(v),) if hasattr(v, "__len__") else ()

    def spec(self, v):
        return self.shape(v), "f64"

    @staticmethod
    def same(a, b):
        return a == b

    @staticmethod
    def floats(v):
        return [float(e) for e in v] if hasattr(v, "__len__") else [float(v)]

    def split(self, data, slots):
        row = array("d", bytes(data))
        return [row[s.begin:s.end].tolist() if s.shape else row[s.begin] for s in slots]

    def join(self, values, slots):
        row = array("d")
        for v, s in zip(values, slots):
            more = [0.0] * s.size if v is None or s.fixed else self.floats(v)
            _fits(s, (len(more),), len(more))
            row.extend(more)
        return row.tobytes()


class _Numpy:
    types = {"f64": "<f8", "f32": "<f4", "f16": "<f2", "i64": "<i8"}

    def __init__(self):
        import numpy
        self.np, self.shape = numpy, numpy.shape

    def spec(self, v):
        a = self.np.asarray(v)
        if a.dtype.kind in "iub":
            return a.shape, "i64"
        for name, code in self.types.items():
            if a.dtype == self.np.dtype(code):
                return a.shape, name
        raise TypeError("numbers of type %s cannot be checked; float64, float32, float16 and integers can" % a.dtype)

    def floats(self, v):
        return self.np.asarray(v, "<f8").ravel().tolist()

    def same(self, a, b):
        return bool(self.np.all((a == b) | (a != a)))

    def split(self, data, slots):
        row = self.np.frombuffer(data, "<f8")
        return [row[s.begin:s.end].reshape(s.shape).astype(self.types[s.dtype]) for s in slots]

    def join(self, values, slots):
        row = self.np.zeros(slots[-1].end if slots else 0, "<f8")
        for v, s in zip(values, slots):
            if v is not None and not s.fixed:
                v = self.np.asarray(v)
                _fits(s, v.shape, v.size)
                row[s.begin:s.end] = v.reshape(-1)
        return row.tobytes()


class _Torch:
    names = {"float64": "f64", "float32": "f32", "float16": "f16", "bfloat16": "bf16"}

    def __init__(self):
        import torch
        self.torch = torch

    @staticmethod
    def shape(v):
        return v.shape

    def spec(self, v):
        v = self.torch.as_tensor(v)
        if v.dtype.is_complex or (v.is_floating_point() and str(v.dtype)[6:] not in self.names):
            raise TypeError("numbers of type %s cannot be checked" % v.dtype)
        return tuple(v.shape), self.names[str(v.dtype)[6:]] if v.is_floating_point() else "i64"

    def floats(self, v):
        return self.torch.as_tensor(v).detach().to("cpu", self.torch.float64).reshape(-1).tolist()

    def split(self, data, slots, like=()):
        row = self.torch.frombuffer(data, dtype=self.torch.float64) if data else self.torch.empty(0, dtype=self.torch.float64)
        return [row[s.begin:s.end].reshape(s.shape).to(v.device, v.dtype, copy=True) for s, v in zip(slots, like)]

    def join(self, values, slots):
        t = self.torch
        rows = []
        for v, s in zip(values, slots):
            none = v is None or s.fixed
            rows.append(t.zeros(s.size, dtype=t.float64) if none else v.detach().to("cpu", t.float64).reshape(-1))
        row = rows[0] if len(rows) == 1 else t.cat(rows)
        try:
            return row.contiguous().numpy().tobytes()
        except RuntimeError:                    # a torch that was built without numpy
            return array("d", row.tolist()).tobytes()


# ---- one point of the region, and the two passes there ----

def _tuple(v):
    return tuple(v) if isinstance(v, (tuple, list)) else (v,)


class _Pair:
    """A forward and a vjp of numpy arrays or of plain numbers."""

    def __init__(self, world, f, vjp, fixed):
        self.world, self.f, self.vjp, self.fixed = world, f, vjp, fixed

    def open(self, case):
        self.xs = case.inputs
        self.several = False
        return self.xs, [False] * len(self.xs)

    def outputs(self):
        return self._call(*self.world_copy())

    def world_copy(self):
        slots = _row(["x"] * len(self.xs), [self.world.spec(x) for x in self.xs], self.fixed)
        data = bytearray(array("d", [e for x in self.xs for e in self.world.floats(x)]).tobytes())
        return self.world.split(data, slots)

    def _call(self, *xs):
        y = self.f(*xs)
        self.several = isinstance(y, tuple)
        return y if self.several else (y,)

    def _untouched(self, who, values, data, slots):
        for v, was, slot in zip(values, self.world.split(data, slots), slots):
            if not self.world.same(v, was):
                raise ValueError("%s changed its argument %s in place" % (who, slot.name))

    def forward(self, data, ins):
        self.now = self.world.split(data, ins)
        y = self._call(*self.now)
        self._untouched("the function", self.now, data, ins)
        self.at = data
        return y

    def backward(self, data, ins, outs):
        gy = self.world.split(data, outs)
        d = self.vjp(self.now, tuple(gy) if self.several else gy[0])
        self._untouched("vjp", self.now, self.at, ins)
        self._untouched("vjp", gy, data, outs)
        one = isinstance(d, tuple) or (isinstance(d, list) and hasattr(d[0] if d else None, "shape"))      # [dx]: a list of one array
        d = d if isinstance(d, (tuple, list)) and (len(ins) > 1 or len(d) == 1 and one) else (d,)
        if len(d) != len(ins):
            raise ValueError("vjp returned %d gradients for %d inputs" % (len(d), len(ins)))
        return d


class _Autograd:
    """A torch function or module; the parameters of a module are written in place and restored by close()."""

    def __init__(self, world, f):
        self.world, self.f, self.torch = world, f, world.torch
        module = isinstance(f, self.torch.nn.Module)
        self.named = list(f.named_parameters()) if module else []
        self.parameters = [p for _, p in self.named]
        self.kept = [p.detach().clone() for p in self.parameters]
        self.buffers = [(b, b.detach().clone()) for b in f.buffers()] if module else []
        self.free = [p.requires_grad for p in self.parameters]

    def open(self, case):
        t = self.torch
        self.case = case
        self.given = [t.as_tensor(x) for x in case.inputs]
        self.like = self.given + self.parameters
        asked = [x.requires_grad for x in self.given]
        mask = case.mask or (asked if any(asked) else [True] * len(asked)) + self.free
        self.mask = [m and v.is_floating_point() for m, v in zip(mask, self.like)]
        return self.given + self.kept, [not m for m in self.mask]

    def outputs(self):
        return self._run([x.detach().clone() for x in self.given] + [k.clone() for k in self.kept])

    def _run(self, values):
        t, n = self.torch, len(self.given)
        with t.enable_grad():
            self.leaves = [v.requires_grad_(m) for v, m in zip(values[:n], self.mask)]
            with t.no_grad():
                for p, v, m in zip(self.parameters, values[n:], self.mask[n:]):
                    p.copy_(v)
                    p.requires_grad_(m)
            y = self.f(*self.case.before(self.leaves))
            ys = [self.case.after(o) for o in _tuple(y) if self.torch.is_tensor(o) and o.is_floating_point()]
        self.ys = ys
        return ys

    def forward(self, data, ins):
        return self._run(self.world.split(data, ins, self.like))

    def backward(self, data, ins, outs):
        t = self.torch
        gy = [self.case.cotangent(g) for g in self.world.split(data, outs, self.ys)]
        pairs = [(y, g) for y, g in zip(self.ys, gy) if y.requires_grad]
        want = [v for v, m in zip(self.leaves + self.parameters, self.mask) if m]
        if pairs and want:
            got = iter(t.autograd.grad([y for y, _ in pairs], want, [g for _, g in pairs], retain_graph=True, allow_unused=True))
        else:
            got = iter([None] * len(want))
        return [next(got) if m else None for m in self.mask]

    def close(self):
        with self.torch.no_grad():
            for p, k, free in zip(self.parameters, self.kept, self.free):
                p.copy_(k)
                p.requires_grad_(free)
            for b, k in self.buffers:
                b.copy_(k)


def _same(v):
    return v


class _Case:
    """Inputs of the region: a label, a mask of the inputs that want a gradient, and what stands between the row and f: before(inputs), after(output),
    cotangent(g)."""

    def __init__(self, label, inputs, mask=None, before=_same, after=_same, cotangent=_same):
        self.label, self.inputs, self.mask, self.before, self.after, self.cotangent = label, _tuple(inputs), mask, before, after, cotangent


def _layout_cases(world, inputs, mask, names):
    """The same values as views: every one here is a torch function, so that its own (right) backward pass is part of the box."""
    t = world.torch

    def each(view):
        return lambda xs: [view(x) if x.is_floating_point() else x for x in xs]

    def transposed(x):
        return x.transpose(-1, -2).contiguous().transpose(-1, -2) if x.dim() > 1 else x

    def last(x):
        return x.contiguous(memory_format=t.channels_last) if x.dim() == 4 else x

    def offset(x):
        flat = x.reshape(-1)
        return t.cat([flat[:1], flat])[1:].reshape(x.shape) if x.numel() else x

    def narrow(x):
        return x.detach()[:1].clone().requires_grad_(x.requires_grad) if x.is_floating_point() and x.dim() and x.shape[0] > 1 else x

    xs = [t.as_tensor(x) for x in inputs]
    shapes = [x.shape for x in xs]
    cases = [_Case("inputs transposed in memory", xs, before=each(transposed)), _Case("inputs with a storage offset", xs, before=each(offset)),
        _Case("inputs expanded, stride 0", [narrow(x) for x in xs], before=lambda v: [x.expand(s) for x, s in zip(v, shapes)]),
        _Case("cotangent expanded, stride 0", xs, after=lambda y: y.sum()), _Case("cotangent with a storage offset", xs, cotangent=offset),
        _Case("cotangent transposed in memory", xs, after=lambda y: y.transpose(-1, -2) if y.dim() > 1 else y)]
    if any(x.dim() == 4 for x in xs):
        cases += [_Case("inputs channels_last", xs, before=each(last)), _Case("cotangent channels_last", xs, cotangent=last)]
    return cases + _mask_cases(xs, mask, names)


def _mask_cases(inputs, mask, names):
    free = [i for i, m in enumerate(mask) if m]
    if len(free) < 2:
        return []
    if len(free) <= 4:
        sets = [[f for b, f in enumerate(free) if bits >> b & 1] for bits in range(1, 2 ** len(free) - 1)]
    else:
        sets = [[f] for f in free[:16]]
    return [_Case("gradient wanted of %s alone" % ", ".join(names[i] for i in chosen), inputs, mask=[i in chosen for i in range(len(mask))])
        for chosen in sets]


# ---- the box, as the protocol sees it ----

class _Refusal(Exception):
    pass


class _Box:
    def __init__(self, side, inputs, names, cases=(), sample=None, options="", box=None):
        self.side, self.world, self.names, self.options, self.box = side, side.world, names, options, box
        self.first, self.cases, self.sample, self.labels = _Case("", inputs), list(cases), sample, {}
        self.frozen, self.frames, self.error, self.hello, self.calls = None, False, None, None, 0
        self.given = self.describe(self.first)

    def describe(self, case):
        xs, fixed = self.side.open(case)
        held = [f or name in self.names.fixed or i in self.names.fixed for i, (f, name) in enumerate(zip(fixed, self.names.inputs))]
        self.ins = _row(self.names.inputs, [self.world.spec(x) for x in xs], held)
        ys = self.side.outputs()
        if not ys:
            raise ValueError("the function returned no floating-point output")
        self.outs = _row(["y"] if len(ys) == 1 else ["y%d" % (i + 1) for i in range(len(ys))], [self.world.spec(y) for y in ys], [False] * len(ys))
        words = ["in", *(s.spec() for s in self.ins), "out", *(s.spec() for s in self.outs), "binary", self.options]
        if self.box is not None:
            words += ["box", *("%r %r" % pair for pair in self._intervals())]
        words += ["at", *(repr(e) for x in xs for e in self.world.floats(x))]
        held = [s.name for s in self.ins if s.fixed]
        return " ".join(words + (["fixed"] + held if held else []))     # last: an input may be called "at"

    def _intervals(self):
        box = self.box
        if isinstance(box, dict):
            unknown = set(box) - {s.name for s in self.ins}
            if unknown:
                raise TypeError("box names no input: %s (there are %s)" % (", ".join(sorted(map(str, unknown))), ", ".join(s.name for s in self.ins)))
            box = [box.get(s.name, (-math.inf, math.inf)) for s in self.ins]
        elif not hasattr(box[0], "__len__"):
            box = [box] * len(self.ins)
        return [(float(lo), float(hi)) for lo, hi in box]

    def pick(self, seed):
        if self.cases and (self.sample is None or seed % 2):
            case = self.cases[(seed // 2 if self.sample else seed) % len(self.cases)]
        elif self.sample:
            case = _Case("", self.sample(seed))
        else:
            raise _Refusal("only the given point is meant")
        if case.label:
            self.labels[seed] = case.label
        return case

    def freeze(self):
        random.seed(self.frozen)
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(self.frozen % 2 ** 32)
        if "torch" in sys.modules:
            sys.modules["torch"].manual_seed(self.frozen)

    def forward(self, data):
        if self.frozen is not None:
            self.freeze()
        self.calls += 1
        ys = self.side.forward(data, self.ins)
        if len(ys) != len(self.outs):
            raise ValueError("the function returned %d outputs, %d before" % (len(ys), len(self.outs)))
        for y, s in zip(ys, self.outs):
            if self.world.shape(y) != s.shape:
                raise ValueError("the function returned the shape %s, %s before" % (tuple(self.world.shape(y)), s.shape))
        return self.world.join(ys, self.outs)

    def backward(self, data):
        self.calls += 1
        return self.world.join(self.side.backward(data, self.ins, self.outs), self.ins)

    def line(self, word, numbers):
        if word == "hello":
            return self.describe(self.first) if self.cases or self.sample else self.given
        if word == "sample":
            return self.describe(self.pick(int(float(numbers[0]))))
        if word == "seed":
            self.frozen = int(float(numbers[0]))
            return ""
        if word == "echo":
            return " ".join(numbers)
        if word == "binary":
            self.frames = True
            return "binary"
        if word in ("forward", "backward"):
            row = bytearray(array("d", map(float, numbers)).tobytes())
            return " ".join(map(repr, array("d", getattr(self, word)(row)).tolist()))
        raise _Refusal("no " + word)


class _Wire:
    """Requests from one descriptor, replies to another; lines and frames."""

    def __init__(self, box, read, write):
        self.box, self.read, self.write, self.buffer = box, read, write, bytearray()

    def _more(self):
        data = os.read(self.read, 1 << 20)
        self.buffer += data
        return bool(data)

    def _send(self, data):
        sent = os.write(self.write, data)
        while sent < len(data):
            data = memoryview(data)[sent:]
            sent = os.write(self.write, data)

    def _need(self, n):
        while len(self.buffer) < n:
            if not self._more():
                return False
        return True

    def _guard(self, error):
        if isinstance(error, _Refusal):
            return str(error)
        if self.box.error is None:
            self.box.error = error
        return "%s: %s" % (type(error).__name__, _one_line(error))

    def _frame(self):
        (count,) = struct.unpack_from("<Q", self.buffer, 1)
        end = 9 + 8 * count
        if not self._need(end):
            return False
        letter, data = self.buffer[0], self.buffer[9:end]
        del self.buffer[:end]
        try:
            if letter not in b"fb":
                raise _Refusal("no such frame")
            reply = self.box.forward(data) if letter == 102 else self.box.backward(data)
            self._send(b"=" + struct.pack("<Q", len(reply) // 8) + reply)
        except Exception as error:
            text = self._guard(error).encode()
            self._send(b"!" + struct.pack("<Q", len(text)) + text)
        return True

    def _line(self):
        while True:
            end = self.buffer.find(b"\n")
            if end >= 0:
                break
            if not self._more():
                return False
        words = self.buffer[:end].decode().split()
        del self.buffer[:end + 1]
        try:
            reply = "= " + self.box.line(words[0], words[1:]) if words else "! an empty line"
        except Exception as error:
            reply = "! " + self._guard(error)
        self._send(reply.rstrip().encode() + b"\n")
        return True

    def answer(self):
        """Everything that has been asked; False at the end of the requests.  A frame begins with a letter and a count below 2^32, so that
        byte 5 is 0; in a line it is a letter."""
        if not self._more():
            return False
        while self.buffer:
            frame = False
            if self.box.frames and self.buffer[0] in b"fbtnF":
                if not self._need(9):
                    return False
                frame = self.buffer[5] == 0
            if not (self._frame() if frame else self._line()):
                return False
        return True


# ---- the child ----

# Plumb starts its twin as a program: this one passes bytes on between it and the process that has the function.
RELAY = """import os, select, sys
came, go = int(sys.argv[1]), int(sys.argv[2])
way = {0: go, came: 1}
while True:
    for f in select.select(list(way), [], [])[0]:
        data = os.read(f, 1 << 20)
        if not data:
            sys.exit()
        while data:
            data = data[os.write(way[f], data):]
"""


def _find(plumb):
    found = plumb or os.environ.get("PLUMB") or shutil.which("plumb")
    if not found:
        raise FileNotFoundError("the program plumb was not found: give gradcheck(..., plumb=PATH), set PLUMB, or add it to PATH")
    return os.fspath(found)


def _serve(boxes, command):
    """Runs command with --fd and answers it from boxes: the subject and perhaps its twin.  Status, output, error text."""
    ends, wires, words = [], [], list(command)
    try:
        for box in boxes:
            (theirs_in, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
            ends += [theirs_in, theirs_out]
            wires.append(_Wire(box, ours_in, ours_out))
        words += ["--fd", "%d,%d" % (ends[0], ends[1])]
        if len(boxes) > 1:
            words += ["--twin-program", "%s -I -S -c %s %d %d" % (shlex.quote(sys.executable or "python3"), shlex.quote(RELAY), ends[2], ends[3])]
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as notes:
            child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=notes, pass_fds=ends)
            try:
                for fd in ends:
                    os.close(fd)
                ends = []
                _talk(wires)
                child.wait()
            finally:
                if child.poll() is None:
                    child.kill()
                    child.wait()
            out.seek(0), notes.seek(0)
            return child.returncode, out.read().decode("utf-8", "replace"), notes.read().decode("utf-8", "replace")
    finally:
        for fd in ends + [fd for w in wires for fd in (w.read, w.write)]:
            os.close(fd)


def _talk(wires):
    by_fd = {w.read: w for w in wires}
    try:
        while True:
            ready = select.select(list(by_fd), [], [])[0] if len(by_fd) > 1 else list(by_fd)
            for fd in ready:
                if not by_fd[fd].answer():
                    if by_fd[fd] is wires[0]:
                        return
                    del by_fd[fd]
    except BrokenPipeError:
        pass


# ---- names ----

class _Names:
    def __init__(self, f, n, parameters, fixed):
        names = ["x"] if n == 1 else ["x%d" % (i + 1) for i in range(n)]
        try:
            places = list(inspect.signature(getattr(f, "forward", f)).parameters.values())
            plain = [p.name for p in places if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
            names = plain[:n] if len(plain) >= n and plain else names
        except (TypeError, ValueError):
            pass
        self.inputs = []
        for name in names + parameters:
            name = "[%s]%s" % (name.partition(".")[0], name[len(name.partition(".")[0]):]) if name[:1].isdigit() else name
            name = name if len(name) < 48 else "~" + name[-46:]
            self.inputs.append(name + "'" if name in self.inputs else name)
        self.fixed = {fixed} if isinstance(fixed, (str, int)) else set(fixed)
        for one in self.fixed - set(self.inputs) - set(range(n)):
            raise ValueError("fixed: %r is none of the inputs %s" % (one, ", ".join(self.inputs)))


def _side(f, vjp, inputs, fixed):
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    if torch is not None and (isinstance(f, torch.nn.Module) or any(torch.is_tensor(x) for x in inputs)):
        if vjp is not None:
            raise TypeError("torch functions are differentiated by autograd; vjp must be None")
        return _Autograd(_Torch(), f)
    if vjp is None:
        raise TypeError("vjp is needed: vjp(xs, gy) returns the gradients of the inputs")
    world = _Numpy() if numpy is not None and any(isinstance(x, (numpy.ndarray, numpy.generic)) for x in inputs) else _Plain()
    return _Pair(world, f, vjp, [False] * len(inputs))


def _widened(v):
    """For a twin: the given values in double precision."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.is_tensor(v):
        return v.detach().double().requires_grad_(v.requires_grad) if v.is_floating_point() else v
    return v.astype("f8") if hasattr(v, "astype") and v.dtype.kind == "f" else v


class _Randomness:
    """The caller's generators are as they were when the check is over."""

    def __enter__(self):
        self.kept = random.getstate()
        self.numpy = sys.modules["numpy"].random.get_state() if "numpy" in sys.modules else None
        self.torch = sys.modules["torch"].random.get_rng_state() if "torch" in sys.modules else None

    def __exit__(self, *what):
        random.setstate(self.kept)
        if self.numpy is not None:
            sys.modules["numpy"].random.set_state(self.numpy)
        if self.torch is not None:
            sys.modules["torch"].random.set_rng_state(self.torch)


def gradcheck(f, x, vjp=None, *, twin=None, seed=1, quick=False, budget=None, raise_exception=True, name=None, sample=None, box=None, fixed=(),
        noisy=False, layouts=False, sizes=None, plumb=None, args=()):
    """Checks the backward pass of f at x, and in its region.

    x        one input, or a tuple of them
    vjp      vjp(xs, gy) -> one gradient for each input, None where there is none; for torch: None, autograd is asked, and the inputs that
             have requires_grad (all floating ones where none has; for a module also its parameters) are what is checked
    twin     the same function in higher precision, called with the inputs in float64; its forward is what differences are taken of (of
             a module: copy.deepcopy(module).double())
    quick    about ten forwards; budget: at most so many calls (300), or so long ("90s")
    sample   sample(seed) -> other inputs, of any shape, that the function is meant for
    box      the open interval in which f is defined: (lo, hi), a pair for each input, or {name: (lo, hi)}
    fixed    names or positions of inputs without gradient;  noisy: two calls may differ
    layouts  torch: also views of other strides and offsets, and every set of inputs that want a gradient
    sizes    sizes(n) -> inputs of size n, tried around powers of two
    args     more words for the command line of plumb
    """
    __tracebackhide__ = True
    result = _check(f, x, vjp, twin, seed, quick, budget, name, sample, box, fixed, noisy, layouts, sizes, plumb, args)
    if not result and raise_exception:
        raise GradientError(result) from result.error
    return result


def layouts(f, x, **options):
    """gradcheck(f, x, layouts=True): views of other strides, offsets and masks."""
    __tracebackhide__ = True
    return gradcheck(f, x, layouts=True, **options)


def _check(f, x, vjp, twin, seed, quick, budget, name, sample, box, fixed, noisy, layouts, sizes, plumb, args):
    inputs = tuple(x) if isinstance(x, tuple) else (x,)
    side = _side(f, vjp, inputs, fixed)
    torch_side = isinstance(side, _Autograd)
    names = _Names(f, len(inputs), [n for n, _ in side.named] if torch_side else [], fixed)
    command = [_find(plumb), "check", "--format", "json", "--seed", str(seed), *map(str, args)]
    if quick:
        command.append("--quick")
    if budget is not None:
        command += ["--budget", "%dcalls" % budget if isinstance(budget, int) else budget]
    cases = []
    with _Randomness():
        try:
            if layouts:
                if not torch_side:
                    raise TypeError("layouts are tried of torch functions")
                side.open(_Case("", inputs))
                cases += _layout_cases(side.world, inputs, side.mask, names.inputs)
            if sizes:
                cases += [_Case("size %d" % n, sizes(n)) for n in SIZES]
            boxes = [_Box(side, inputs, names, cases, sample, "noisy" if noisy else "", box)]
            if twin is not None:
                wide = tuple(map(_widened, inputs))
                boxes.append(_Box(_Autograd(side.world, twin) if torch_side else _Pair(side.world, twin, vjp, side.fixed), wide, names))
            status, out, notes = _serve(boxes, command)
        finally:
            if torch_side:
                side.close()
    try:
        report = json.loads(out)
    except ValueError:
        raise (ValueError if status == 2 else RuntimeError)(notes.strip() or "plumb ended with status %d and no report" % status) from None
    error = next((b.error for b in boxes if b.error is not None), None)
    return Result(name or getattr(f, "__name__", type(f).__name__), status, report, boxes[0].labels, error if status else None, notes)


# ---- pytest ----

if "pytest" in sys.modules:
    import pytest

    @pytest.fixture
    def plumb_gradcheck():
        """gradcheck, with the message of a failed one as the message of the test."""
        return gradcheck
