#!/usr/bin/env python3
# museum.py - twelve gradients that were wrong in well-known libraries, each beside the right one, in numpy
# SPDX-License-Identifier: MIT
#
#   plumb check -- python3 museum.py P01 wrong
#   python3 museum.py list
#
# An exhibit has a forward pass of its inputs and two backward passes, right and wrong, which also get g, the cotangent of the
# output.  draw makes a point: of a case (trigger: the wrong one shows; plain: what a test usually draws; blind: nothing can
# show), or any of the region that the code is meant for.
import sys
import numpy as np

MASK = 2 ** 64 - 1


class Dice:
    """SplitMix64, as in museum.c: both draw the same points."""
    def __init__(self, seed, case):
        self.state, self.case, self.region = seed & MASK, case, case == "region"

    def bits(self):
        self.state = z = self.state + 0x9E3779B97F4A7C15 & MASK
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        return z ^ z >> 31

    def whole(self, lo, hi): return lo + self.bits() % (hi - lo + 1)
    def size(self, usual, lo, hi): return self.whole(lo, hi) if self.region else usual
    def between(self, lo, hi, *shape):
        return np.array([lo + (hi - lo) * ((self.bits() >> 11) * 2.0 ** -53) for _ in range(int(np.prod(shape)))]).reshape(shape)


class P01:
    """softmax: only the diagonal of the Jacobian"""
    source, where = "MXNet, 2016", "apache/mxnet@c594440f25"
    def draw(r): return {"s": r.between(-3, 3, r.size(3, 1, 4), r.size(5, 2, 6))}
    def forward(s):
        e = np.exp(s - s.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)
    def right(g, s):
        p = P01.forward(s)
        return p * (g - (g * p).sum(1, keepdims=True))
    def wrong(g, s):
        p = P01.forward(s)
        return g * p * (1 - p)


class P02:
    """backward of log, differentiated again: right where the gradient that came in is 1"""
    source, where, cases, box = "MXNet, 2019", "apache/mxnet@2b7fbc5f61", ("trigger", "plain"), "0 inf -inf inf"
    def draw(r):
        x = r.between(.5, 2, r.size(5, 1, 6))
        return {"x": x, "came_in": np.ones(x.shape) if r.case == "plain" else r.between(-2, 2, x.size)}
    def forward(x, c): return c / x
    def right(g, x, c): return -g * c / x ** 2, g / x
    def wrong(g, x, c): return -g * (c / x) ** 2, g * c / x


class P03:
    """sqrt: divides by the input, not by the output"""
    source, where, cases, box = "candle, 2023", "huggingface/candle@c60831aad", ("plain", "blind"), "0 inf"
    def draw(r): return {"x": np.ones(6) if r.case == "blind" else r.between(.1, 4, r.size(6, 1, 8))}
    def forward(x): return np.sqrt(x)
    def right(g, x): return g / (2 * np.sqrt(x))
    def wrong(g, x): return g / (2 * x)


class P04:
    """smooth L1: the sign turns where the error is 1 or more"""
    source, where, cases, fixed = "darknet, to this day", "pjreddie/darknet@f6afaab:src/blas.c", ("trigger", "plain"), ["t"]
    def draw(r):
        n, lo, hi = r.size(6, 1, 8), *{"trigger": (1.5, 3), "plain": (-.4, .4), "region": (-3, 3)}[r.case]
        return {"p": r.between(lo, hi, n), "t": r.between(-.4, .4, n)}
    def forward(p, t):
        d = np.abs(p - t)
        return np.where(d < 1, d * d, 2 * d - 1)
    def right(g, p, t): return g * np.where(np.abs(p - t) < 1, 2 * (p - t), 2 * np.sign(p - t)), None
    def wrong(g, p, t): return g * np.where(np.abs(p - t) < 1, 2 * (p - t), -2 * np.sign(p - t)), None


class P05:
    """hard sigmoid: slope 1 where it is saturated"""
    source, where, cases = "NNlib.jl, until 2026", "FluxML/NNlib.jl@49948ae", ("trigger", "plain")
    def draw(r):
        lo, hi = {"trigger": (3.5, 9), "plain": (-2.9, 2.9), "region": (-9, 9)}[r.case]
        return {"x": r.between(lo, hi, r.size(8, 1, 8))}
    def forward(x): return np.clip((x + 3) / 6, 0, 1)
    def right(g, x): return g * np.where(np.abs(x) < 3, 1 / 6, 0)
    def wrong(g, x): return g * np.where(np.abs(x) < 3, 1 / 6, 1)


class P06:
    """layer norm: gamma of the sample, not of the feature, in the slope of the variance"""
    source, where, cases = "dlib, until 2024", "davisking/dlib@253098eb1", ("trigger", "plain")
    def draw(r):
        n, d, plain = r.size(3, 1, 5), r.size(5, 2, 6), r.case == "plain"
        return {"x": r.between(-2, 2, n, d), "gamma": np.ones(d) if plain else r.between(-2, 2, d), "beta": np.zeros(d) if plain else r.between(-2, 2, d)}
    def normal(x):
        c = x - x.mean(1, keepdims=True)
        s = 1 / np.sqrt((c * c).mean(1, keepdims=True) + 1e-5)
        return c, s
    def forward(x, gamma, beta):
        c, s = P06.normal(x)
        return c * s * gamma + beta
    def backward(g, x, gamma, in_variance):
        c, s = P06.normal(x)
        slope = -.5 * s ** 3 * (g * in_variance * c).sum(1, keepdims=True)
        d = g * gamma * s + slope * 2 * c / x.shape[1]
        return d - (g * gamma * s).mean(1, keepdims=True), (g * c * s).sum(0), g.sum(0)
    def right(g, x, gamma, beta): return P06.backward(g, x, gamma, gamma)
    def wrong(g, x, gamma, beta): return P06.backward(g, x, gamma, gamma[np.arange(len(x)) % len(gamma)][:, None])


class P07:
    """adding a row to all rows: the mean over the rows, not the sum"""
    source, where, cases = "deeplearn.js, 2017", "tensorflow/tfjs@b4d488a3b", ("plain", "blind")
    def draw(r):
        n, d = 1 if r.case == "blind" else r.size(4, 1, 5), r.size(3, 1, 5)
        return {"a": r.between(-2, 2, n, d), "b": r.between(-2, 2, d)}
    def forward(a, b): return a + b
    def right(g, a, b): return g, g.sum(0)
    def wrong(g, a, b): return g, g.mean(0)


class P08:
    """remainder with the sign of x: the quotient was rounded down, not towards 0"""
    source, where, cases = "JAX, until 2022", "google/jax@daf6e3b06", ("trigger", "plain")
    def draw(r):
        n, lo, hi = r.size(3, 1, 6), *{"trigger": (-10, -5), "plain": (5, 10), "region": (-10, 10)}[r.case]
        x, y = r.between(lo, hi, n), r.between(1, 4, n)
        return {"x": x, "y": y * [1 - 2 * r.whole(0, 1) for _ in y] if r.region else y}
    def forward(x, y): return np.fmod(x, y)
    def right(g, x, y): return g, -g * np.trunc(x / y)
    def wrong(g, x, y): return g, -g * np.floor(x / y)


class P09:
    """concatenation: the place in g stays where it is at an input that needs no gradient"""
    source, where, cases, fixed = "burn, until 2025; kann", "tracel-ai/burn@2227d8d21", ("trigger", "plain"), []
    def draw(r):
        n, widths = r.size(3, 1, 4), [r.size(w, 1, 3) for w in (2, 3, 1)]
        need = r.whole(1, 7) if r.region else 7 if r.case == "plain" else 6
        P09.fixed = [name for k, name in enumerate("abc") if not need >> k & 1]
        return {name: r.between(-2, 2, n, w) for name, w in zip("abc", widths)}
    def forward(*x): return np.concatenate(x, 1)
    def backward(g, x, passes):
        at, d = 0, []
        for name, part in zip("abc", x):
            needed = name not in P09.fixed
            d.append(g[:, at:at + part.shape[1]] if needed else None)
            at += part.shape[1] if needed or passes else 0
        return tuple(d)
    def right(g, *x): return P09.backward(g, x, True)
    def wrong(g, *x): return P09.backward(g, x, False)


class P10:
    """cumulative product: divides by the input"""
    source, where, cases = "Theano, TensorFlow, burn", "tensorflow/tensorflow#3862", ("trigger", "plain")
    def draw(r):
        if r.case == "trigger":
            return {"x": np.array([2., 0, 3, -1, 4])}
        x = r.between(*(-2, 2) if r.region else (.2, 2), r.size(5, 1, 6))
        return {"x": np.array([0 if r.region and r.whole(0, 3) == 0 else v for v in x])}
    def forward(x): return np.cumprod(x)
    def right(g, x):
        return np.array([sum(g[j] * np.prod(x[:i]) * np.prod(x[i + 1:j + 1]) for j in range(i, len(x))) for i in range(len(x))])
    def wrong(g, x):
        with np.errstate(all="ignore"):
            return np.cumsum((g * np.cumprod(x))[::-1])[::-1] / x


class P11:
    """PReLU: asks the output on which side it is, so it errs once a slope is negative"""
    source, where, cases = "MXNet, 2016", "apache/mxnet@dd7f6e1580", ("trigger", "plain")
    def draw(r):
        n, d, lo, hi = r.size(4, 1, 5), r.size(3, 1, 4), *{"trigger": (-.4, -.1), "plain": (.1, .4), "region": (-.5, .5)}[r.case]
        return {"x": r.between(-2, 2, n, d), "a": r.between(lo, hi, d)}
    def forward(x, a): return np.where(x > 0, x, a * x)
    def right(g, x, a): return g * np.where(x > 0, 1, a), (g * np.where(x > 0, 0, x)).sum(0)
    def wrong(g, x, a): return g * np.where(P11.forward(x, a) > 0, 1, a), (g * np.where(x > 0, 0, x)).sum(0)


class P12:
    """squares averaged over rows and outputs, their gradient over rows alone, and a penalty that is right in both"""
    source, where, cases = "scikit-learn, open since 2017", "scikit-learn/scikit-learn#8349", ("trigger", "plain")
    dice = Dice(12, "constants")
    X, Y, alpha = dice.between(-2, 2, 7, 4), dice.between(-2, 2, 7, 3), 1.
    def draw(r): return {"W": r.between(-2, 2, 4, 1 if r.case == "plain" else r.size(3, 1, 3))}
    def forward(W): return (P12.error(W) ** 2).mean() / 2 + P12.alpha / 2 * (W ** 2).sum() / 7
    def error(W): return P12.X @ W - P12.Y[:, :W.shape[1]]
    def right(g, W): return g * (P12.X.T @ P12.error(W) / (7 * W.shape[1]) + P12.alpha * W / 7)
    def wrong(g, W): return g * (P12.X.T @ P12.error(W) / 7 + P12.alpha * W / 7)


EXHIBITS = {c.__name__: c for c in (P01, P02, P03, P04, P05, P06, P07, P08, P09, P10, P11, P12)}

# ---- answering plumb's requests ----


def text(arrays): return " ".join(repr(float(v)) for a in arrays for v in np.ravel(a))


def spec(name, a): return name + ":" + (",".join(map(str, np.shape(a))) or "1")


class Visit:
    def __init__(self, exhibit, side, case):
        self.exhibit, self.backward, self.case = exhibit, getattr(exhibit, side), case

    def describe(self, dice):
        e, point = self.exhibit, self.exhibit.draw(dice)
        y = e.forward(*point.values())
        self.shapes, self.out = [a.shape for a in point.values()], np.shape(y)
        fixed, box = getattr(e, "fixed", []), getattr(e, "box", "")
        return " ".join(["in", *map(spec, *zip(*point.items())), "out", spec("out", y), *["box " + box] * bool(box),
            *["fixed " + " ".join(fixed)] * bool(fixed), "where", e.where, "at", text(point.values())])

    def split(self, numbers):
        ends = np.cumsum([int(np.prod(s)) for s in self.shapes])
        if len(numbers) != ends[-1]:
            raise ValueError(f"{ends[-1]} inputs were expected, not {len(numbers)}")
        return [p.reshape(s) for p, s in zip(np.split(numbers, ends[:-1]), self.shapes)]

    def answer(self, word, v):
        if word == "hello":
            return self.describe(Dice(11, self.case))
        if word == "sample":
            return self.describe(Dice(int(v[0]), "region"))
        if word == "echo":
            return text([v])
        if word == "forward":
            self.x = self.split(v)
            return text([self.exhibit.forward(*self.x)])
        if word == "backward":
            d = self.backward(v.reshape(self.out) if self.out else v[0], *self.x)
            return text([np.zeros(x.shape) if a is None else a for x, a in zip(self.x, d if isinstance(d, tuple) else (d,))])
        raise ValueError(f"{word} is not known here")


def main(words):
    if words == ["list"]:
        for name, e in EXHIBITS.items():
            print(f"{name}  {e.__doc__}  ({e.source}: {e.where})")
        return
    e = EXHIBITS.get(words[0]) if words else None
    cases = getattr(e, "cases", ("plain",))
    if not e or len(words) not in (2, 3) or words[1] not in ("right", "wrong") or (words[2:] and words[2] not in cases):
        sys.exit(f"museum.py list; museum.py {words[0] if e else 'P01'} right|wrong [{'|'.join(cases)}]")
    visit = Visit(e, words[1], (words[2:] or cases)[0])
    for line in sys.stdin:
        word, *rest = line.split() or [""]
        try:
            print("=", visit.answer(word, np.array([float(v) for v in rest])), flush=True)
        except Exception as error:
            print("!", " ".join(str(error).split()) or type(error).__name__, flush=True)


main(sys.argv[1:])
