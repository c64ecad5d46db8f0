#!/usr/bin/env python3
# forms.py FOLDER - trainers written by hand, each with one mistake that people make, as .npz into FOLDER; prints NAME|FIRST WRONG STEP|WORDS
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Least squares, twin model:linear(batch=4). A rule is w, g, k, kept -> w; `see` chooses the rows and the state that the gradient is of.
import sys
import numpy as np

STEPS, B = 30, 4
X = np.sin(1 + np.arange(90.0)).reshape(30, 3)
T = np.cos(np.arange(30.0) * 0.7)[:, None]
INDEX = np.array([np.random.default_rng(k).choice(30, B, replace=False) for k in range(STEPS)])


def gradient(w, rows):
    e = X[rows] @ w[:3] + w[3] - T[rows, 0]
    return 2 * np.append(e @ X[rows], e.sum()) / len(rows)


def own(k, states):
    return gradient(states[k], INDEX[k])


def run(rule, see):
    states, kept = [np.array([0.5, -1, 0.25, 0.125])], {'m': np.zeros(4), 's': np.zeros(4), 'a': np.zeros(4)}
    for k in range(STEPS):
        states.append(rule(states[k], see(k, states), k + 1, kept))
    return np.array(states)


def fade(v, beta, g):
    return beta * v + (1 - beta) * g


def momentum(enter=1, first=1, mu=0.9, rate_inside=False, old=False, decay_outside=0.0):
    def rule(w, g, k, s):
        m = s['m']
        s['m'] = mu * m + (rate(k) if rate_inside else 1) * (first if k == 1 else enter) * g
        return w - (1 if rate_inside else rate(k)) * (m if old else s['m']) - rate(k) * decay_outside * w
    return rule


def rate(k):
    return 0.1 / (k + 1)


def adam(correct1=lambda k: k, correct2=lambda k: k, root=np.sqrt, inside=False, wd=0.0, wd_rate=True, behind=False):
    def rule(w, g, k, s):
        s['m'], s['s'] = fade(s['m'], 0.9, g), fade(s['s'], 0.999, g * g)
        m = s['m'] / (1 - 0.9 ** correct1(k)) if correct1 else s['m']
        v = s['s'] / (1 - 0.999 ** correct2(k)) if correct2 else s['s']
        d = 0.01 * m / (root(v + 1e-8) if inside else root(v) + 1e-8)
        shrink = 1 - (0.01 if wd_rate else 1) * wd
        return (w - d) * shrink if behind else w * shrink - d
    return rule


def adagrad(root=np.sqrt, inside=False, adds=True):
    def rule(w, g, k, s):
        s['s'] = (s['s'] if adds else 0) + g * g
        return w - 0.1 * g / (root(s['s'] + 1e-3) if inside else root(s['s']) + 1e-3)
    return rule


def rmsprop(root=np.sqrt, inside=False, swap=False, corrected=False):
    def rule(w, g, k, s):
        s['s'] = fade(s['s'], 0.01 if swap else 0.99, g * g)
        v = s['s'] / (1 - 0.99 ** k) if corrected else s['s']
        return w - 0.01 * g / (root(v + 1e-3) if inside else root(v) + 1e-3)
    return rule


def nesterov(enter=1, alone=False):
    def rule(w, g, k, s):
        s['m'] = 0.9 * s['m'] + enter * g
        return w - 0.05 * ((0 if alone else 1) * g + 0.9 * s['m'])
    return rule


def averaged(w, g, k, s):
    w = w - 0.1 * g
    s['a'] = s['a'] + (w - s['a']) / k
    return s['a']


def sgd(w, g, k, s):
    return w - 0.1 * g


def plain(x):
    return x


def same(k):
    return k


MOM, ADAM, RMS = 'momentum(rate=0.1/(k+1),mu=0.9%s)', 'adam(rate=0.01)', 'rmsprop(rate=0.01,eps=1e-3)'
table = [
    ('damped', MOM % ',damp=0.5', momentum(0.5, 0.5), own, 1, 'the damping holds at the first step, too'),
    ('inside', MOM % '', momentum(rate_inside=True), own, 2, 'the learning rate is inside the buffer'),
    ('outside', MOM % ',decay=0.01', momentum(decay_outside=0.01), own, 2, 'the weight decay is outside the buffer'),
    ('before', MOM % '', momentum(old=True), own, 1, 'with the buffer of the step before'),
    ('twice', MOM % '', momentum(mu=0.81), own, 2, 'the buffer fades twice'),
    ('alone', 'nesterov(rate=0.05,mu=0.9)', nesterov(alone=True), own, 1, 'the gradient is missing beside the buffer'),
    ('enters', 'nesterov(rate=0.05,mu=0.9)', nesterov(0.1), own, 1, 'the gradient enters the buffer times (1 - mu)'),
    ('ada-root', 'adagrad(rate=0.1,eps=1e-3)', adagrad(plain), own, 1, 'no root over the sum'),
    ('ada-inside', 'adagrad(rate=0.1,eps=1e-3)', adagrad(inside=True), own, 1, 'eps is inside the root'),
    ('ada-adds', 'adagrad(rate=0.1,eps=1e-3)', adagrad(adds=False), own, 2, 'the squares are not added up'),
    ('rms-root', RMS, rmsprop(plain), own, 1, 'no root over the mean'),
    ('rms-inside', RMS, rmsprop(inside=True), own, 1, 'eps is inside the root'),
    ('rms-swap', RMS, rmsprop(swap=True), own, 1, 'alpha and 1 - alpha are exchanged'),
    ('rms-free', RMS, rmsprop(corrected=True), own, 1, 'is freed of its zero start'),
    ('adam-first', ADAM, adam(None), own, 1, 'correction of the first moment is missing'),
    ('adam-zero', ADAM, adam(lambda k: max(k - 1, 1), lambda k: max(k - 1, 1)), own, 2, 'counts the steps from 0'),
    ('adam-root', ADAM, adam(root=plain), own, 1, 'no root over the second moment'),
    ('adamw-none', 'adamw(rate=0.01,decay=0.1)', adam(None, None, wd=0.1), own, 1, 'the bias correction is missing'),
    ('adamw-rate', 'adamw(rate=0.01,decay=0.1)', adam(wd=0.1, wd_rate=False), own, 1, 'the weight decay is not times the learning rate'),
    ('adamw-inside', 'adamw(rate=0.01,decay=0.1)', adam(wd=0.1, inside=True), own, 1, 'eps is inside the root'),
    ('adamw-behind', 'adamw(rate=0.01,decay=0.1)', adam(wd=0.1, behind=True), own, 1, 'applied behind the step'),
    ('mean', 'averaged(rate=0.1)', averaged, own, 2, 'the mean of the points is taken for the point'),
    ('decay', 'sgd(rate=0.1,decay=0.01)', lambda w, g, k, s: w - 0.1 * g - 0.01 * w, own, 1, 'the weight decay is not times the learning rate'),
    ('decay-behind', 'sgd(rate=0.1,decay=0.01)', lambda w, g, k, s: (w - 0.1 * g) * (1 - 0.001), own, 1, 'applied behind the step'),
    ('decay-sign', 'sgd(rate=0.1,decay=0.01)', lambda w, g, k, s: w - 0.1 * (g - 0.01 * w), own, 1, 'the weight decay has the other sign'),
    ('no-eps', 'adagrad(rate=0.1,eps=1e-3)', lambda w, g, k, s: (s.update(s=s['s'] + g * g), w - 0.1 * g / np.sqrt(s['s']))[1], own, 1, 'as if eps were 0, not 0.001'),
    ('rows-behind', 'sgd(rate=0.1)', sgd, lambda k, st: gradient(st[k], INDEX[min(k + 1, STEPS - 1)]), 1, 'the samples of the step behind it'),
    ('point-before', 'sgd(rate=0.1)', sgd, lambda k, st: gradient(st[max(k - 1, 0)], INDEX[k]), 2, 'the weights in it are stale'),
    ('gradient-before', 'sgd(rate=0.1)', sgd, lambda k, st: gradient(st[max(k - 1, 0)], INDEX[max(k - 1, 0)]), 2, 'it takes the gradient of the step before'),
    ('row-next', 'sgd(rate=0.1)', sgd, lambda k, st: gradient(st[k], (INDEX[k] + 1) % 30), 1, 'the one behind the row that is named'),
    ('row-last', 'sgd(rate=0.1)', sgd, lambda k, st: gradient(st[k], (INDEX[k] + 29) % 30), 1, 'the one before the row that is named'),
    ('two', 'sgd(rate=0.1)', sgd, lambda k, st: own(k, st) + (own(k - 1, st) if k else 0), 2, 'the gradient of the step before is added'),
    ('zero', 'sgd(rate=0.1,decay=0.01)', lambda w, g, k, s: w - 0.1 * 0.01 * w, own, 1, 'as if the gradient were zero'),
    ('rest', 'sgd(rate=0.1)', lambda w, g, k, s: w if k == 7 else w - 0.1 * g, own, 7, 'the state does not change'),
    ('early', 'sgd(rate=0.1/(k+1))', lambda w, g, k, s: w - rate(k + 1) * g, own, 1, 'the learning rate is that of the step behind it'),
    ('warm', 'sgd(rate=0.01*min(k,5))', lambda w, g, k, s: w - 0.01 * min(k - 1, 5) * g, own, 1, 'that of the step before'),
    ('eps', 'adam(rate=0.01,eps=1e-3)', lambda w, g, k, s: adam_eps(w, g, k, s, 1e-4), own, 1, 'or eps is 0.0001, not 0.001'),
]


def adam_eps(w, g, k, s, eps):
    s['m'], s['s'] = fade(s['m'], 0.9, g), fade(s['s'], 0.999, g * g)
    return w - 0.01 * s['m'] / (1 - 0.9 ** k) / (np.sqrt(s['s'] / (1 - 0.999 ** k)) + eps)


def save(name, step, w):
    np.savez('%s/%s.npz' % (sys.argv[1], name), W=w[:, None, :3], b=w[:, 3:], index=INDEX, data_x=X, data_t=T, step=step, twin='model:linear(batch=4)')


# a right one, whose last steps are lost in the rounding of the state
save('vanishing', 'sgd(rate=0.1*exp(-k))', run(lambda w, g, k, s: w - 0.1 * np.exp(-k) * g, own))
# right ones in float32 that divide by what is nearly nothing, or saturate
for beta2 in (0, 0.999):
    one, b2 = np.float32(1), np.float32(beta2)
    w, m, s, states = np.array([0.5, -1, 0.25, 0.125], np.float32), np.zeros(4, np.float32), np.zeros(4, np.float32), []
    x32, t32 = X.astype(np.float32), T.astype(np.float32)
    for k in range(1, 401):
        states.append(w)
        rows = INDEX[k % STEPS]
        e = x32[rows] @ w[:3] + w[3] - t32[rows, 0]
        g = np.float32(2) * np.append(e @ x32[rows], e.sum()) / np.float32(B)
        m, s = np.float32(0.9) * m + np.float32(0.1) * g, b2 * s + (one - b2) * g * g
        w = w - np.float32(0.01) * (m / np.float32(1 - 0.9 ** k)) / (np.sqrt(s / np.float32(1 - beta2 ** k)) + np.float32(1e-8))
    states = np.array(states + [w])
    np.savez('%s/adam32-%g.npz' % (sys.argv[1], beta2), W=states[:, None, :3], b=states[:, 3:], index=np.array([INDEX[k % STEPS] for k in range(1, 401)]), data_x=x32, data_t=t32,
             step='adam(rate=0.01,beta2=%g)' % beta2, twin='model:linear(batch=4)')
for name, step, rule, see, first, words in table:
    save(name, step, run(rule, see))
    print('%s|%d|%s' % (name, first, words))
