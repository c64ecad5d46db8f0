#!/usr/bin/env python3
# record.py FOLDER - records trainers of PyTorch on the irises, right ones and ones with a planted bug, as small .npz
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The net is 4-5-3 with tanh and cross-entropy: twin model:mlp(sizes=4:5:3,batch=6). A bug is a change of the training loop that people make.
# Recorded with Debian 12's PyTorch 1.13: ./record.py .
import os
import sys
import numpy as np
import torch

STEPS, BATCH = 24, 6
here = os.path.dirname(os.path.abspath(__file__))
table = np.loadtxt(os.path.join(here, '../../models/data/iris.csv'), delimiter=',', skiprows=1)
X, T = table[:, :4] / 8, table[:, 4].astype(np.int64)


def net(dtype):
    torch.manual_seed(3)
    m = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3)).to(dtype)
    return m


def run(step, make, dtype=torch.float64, loop=None, schedule=None, batch=BATCH, seed=5):
    m = net(dtype)
    x, t = torch.tensor(X.astype(np.float32)).to(dtype), torch.tensor(T)
    opt = make(list(m.parameters()))
    order = np.random.default_rng(seed)
    index = np.array([order.choice(len(X), batch, replace=False) for _ in range(STEPS)])
    names = ['W0', 'b0', 'W1', 'b1']
    states = {n: [p.detach().numpy().copy()] for n, p in zip(names, m.parameters())}
    loss = torch.nn.CrossEntropyLoss()
    for k in range(STEPS):
        if schedule:
            for g in opt.param_groups:
                g['lr'] = schedule(k + 1)
        if loop:
            loop(k, m, opt, loss, x, t, index)
        else:
            opt.zero_grad()
            loss(m(x[index[k]]), t[index[k]]).backward()
            opt.step()
        for n, p in zip(names, m.parameters()):
            states[n].append(p.detach().numpy().copy())
    out = {n: np.array(s) for n, s in states.items()}
    # the twin stores its weights as (out, in), as PyTorch does
    out.update(data_x=X.astype(np.float32), data_t=T.astype(np.int32), index=index.astype(np.int32), step=np.array(step),
               twin=np.array('model:mlp(sizes=4:5:3,batch=%d)' % batch))
    return out


O = torch.optim
right = {
    'sgd': ('sgd(rate=0.3,decay=0.01)', lambda p: O.SGD(p, 0.3, weight_decay=0.01)),
    'momentum': ('momentum(rate=0.1,mu=0.9)', lambda p: O.SGD(p, 0.1, momentum=0.9)),
    'damped': ('momentum(rate=0.1,mu=0.9,damp=0.5,decay=0.001)', lambda p: O.SGD(p, 0.1, momentum=0.9, dampening=0.5, weight_decay=0.001)),
    'nesterov': ('nesterov(rate=0.1,mu=0.9,decay=0.001)', lambda p: O.SGD(p, 0.1, momentum=0.9, nesterov=True, weight_decay=0.001)),
    'adagrad': ('adagrad(rate=0.1)', lambda p: O.Adagrad(p, 0.1)),
    'rmsprop': ('rmsprop(rate=0.01)', lambda p: O.RMSprop(p, 0.01)),
    'adam': ('adam(rate=0.05,decay=0.001)', lambda p: O.Adam(p, 0.05, weight_decay=0.001)),
    'adamw': ('adamw(rate=0.05)', lambda p: O.AdamW(p, 0.05)),
}


def plain(k, m, opt, loss, x, t, rows, point=None):
    opt.zero_grad()
    loss(m(x[rows]), t[rows]).backward()
    opt.step()


def sum_for_mean(k, m, opt, loss, x, t, index):
    opt.zero_grad()
    torch.nn.functional.cross_entropy(m(x[index[k]]), t[index[k]], reduction='sum').backward()
    opt.step()


def not_zeroed(k, m, opt, loss, x, t, index):
    loss(m(x[index[k]]), t[index[k]]).backward()
    opt.step()


def stale(k, m, opt, loss, x, t, index):
    plain(k, m, opt, loss, x, t, index[k - 1 if k == 9 else k])


def stale_always(k, m, opt, loss, x, t, index):
    plain(k, m, opt, loss, x, t, index[max(k - 1, 0)])


def repeated(k, m, opt, loss, x, t, index):
    rows = index[k].copy()
    if k == 11:
        rows[4] = rows[1]
    plain(k, m, opt, loss, x, t, rows)


def short(k, m, opt, loss, x, t, index):
    plain(k, m, opt, loss, x, t, index[k][:-1])


def frozen(k, m, opt, loss, x, t, index):
    opt.zero_grad()
    loss(m(x[index[k]]), t[index[k]]).backward()
    list(m.parameters())[3].grad = None
    opt.step()


def up(k, m, opt, loss, x, t, index):
    opt.zero_grad()
    (-loss(m(x[index[k]]), t[index[k]])).backward()
    opt.step()


def clipped(k, m, opt, loss, x, t, index):
    opt.zero_grad()
    loss(m(x[index[k]]), t[index[k]]).backward()
    torch.nn.utils.clip_grad_norm_(m.parameters(), 0.25)
    opt.step()


def single(k, m, opt, loss, x, t, index):
    plain(k, m, opt, loss, x, t, index[k])
    with torch.no_grad():
        for p in m.parameters():
            p.copy_(p.float().double())


class ByHand(O.Optimizer):
    """An optimizer that somebody wrote: rule(state, p, g, k) -> displacement."""
    def __init__(self, params, rule):
        super().__init__(params, {'lr': 0})
        self.rule, self.k = rule, 0

    def step(self):
        self.k += 1
        with torch.no_grad():
            for group in self.param_groups:
                for p in group['params']:
                    p -= self.rule(self.state[p], p, p.grad, self.k)


def adam(rate, correct=(True, True), inside=False, late=0):
    def rule(s, p, g, k):
        k += late
        s['m'] = 0.9 * s.get('m', 0 * g) + 0.1 * g
        s['v'] = 0.999 * s.get('v', 0 * g) + 0.001 * g * g
        m = s['m'] / (1 - 0.9 ** k) if correct[0] else s['m']
        v = s['v'] / (1 - 0.999 ** k) if correct[1] else s['v']
        return rate * m / ((v + 1e-8).sqrt() if inside else v.sqrt() + 1e-8)
    return rule


def fading(s, p, g, k):
    s['m'] = 0.9 * s.get('m', 0 * g) + 0.1 * g
    return 0.1 * s['m']


S = lambda rate=0.3, **more: lambda p: O.SGD(p, rate, **more)
# name: what it says that it does, what it does, the loop, the schedule; the first wrong step, words that must be said
wrong = {
    'rate': ('sgd(rate=0.3)', S(0.315), None, None, 1, '1.05 times what is due'),
    'sum': ('sgd(rate=0.01)', S(0.01), sum_for_mean, None, 1, 'a sum over the batch of 6'),
    'no-decay': ('sgd(rate=0.3,decay=0.01)', S(), None, None, 1, 'the weight decay of 0.01 is missing'),
    'extra-decay': ('momentum(rate=0.1,mu=0.9)', S(0.1, momentum=0.9, weight_decay=1e-4), None, None, 1, 'a weight decay of 0.0001 that nobody asked for'),
    'not-nesterov': ('nesterov(rate=0.1,mu=0.9)', S(0.1, momentum=0.9), None, None, 1, 'of momentum, not of nesterov'),
    'fading': ('momentum(rate=0.1,mu=0.9)', lambda p: ByHand(p, fading), None, None, 1, 'enters the buffer times (1 - mu)'),
    'mu': ('momentum(rate=0.1,mu=0.9)', S(0.1, momentum=0.95), None, None, 2, 'as if mu were 0.95, not 0.9'),
    'no-correction': ('adam(rate=0.05)', lambda p: ByHand(p, adam(0.05, (False, False))), None, None, 1, 'the bias correction is missing'),
    'no-second-correction': ('adam(rate=0.05)', lambda p: ByHand(p, adam(0.05, (True, False))), None, None, 1, 'the bias correction of the second moment is missing'),
    'count': ('adam(rate=0.05)', lambda p: ByHand(p, adam(0.05, late=1)), None, None, 1, 'one step too many'),
    'eps-inside': ('adam(rate=0.05)', lambda p: ByHand(p, adam(0.05, inside=True)), None, None, 1, 'eps is inside the root'),
    'adam-for-adamw': ('adamw(rate=0.05,decay=0.01)', lambda p: O.Adam(p, 0.05, weight_decay=0.01), None, None, 1, 'adam'),
    'amsgrad': ('adam(rate=0.05)', lambda p: O.Adam(p, 0.05, amsgrad=True), None, None, 2, 'amsgrad'),
    'stale': ('sgd(rate=0.3)', S(), stale, None, 10, 'samples of the step before'),
    'stale-always': ('adam(rate=0.05)', lambda p: O.Adam(p, 0.05), stale_always, None, 2, 'samples of the step before'),
    'repeated': ('sgd(rate=0.3)', S(), repeated, None, 12, 'is repeated'),
    'short': ('sgd(rate=0.3)', S(), short, None, 1, 'is left out'),
    'not-zeroed': ('sgd(rate=0.03)', S(0.03), not_zeroed, None, 2, 'not zeroed'),
    'frozen': ('sgd(rate=0.3)', S(), frozen, None, 1, '(in b1 alone)'),
    'up': ('sgd(rate=0.03)', S(0.03), up, None, 1, 'it goes up'),
    'late-schedule': ('sgd(rate=3/(k+9))', S(), None, lambda k: 3 / (max(k - 1, 1) + 9), 2, 'learning rate is that of the step before'),
    'clipped': ('momentum(rate=0.1,mu=0.9)', S(0.1, momentum=0.9), clipped, None, 1, 'the gradient is cut to a length of 0.25'),
    'single': ('sgd(rate=0.3)', S(), single, None, 1, 'single precision'),
    'plain': ('momentum(rate=0.1,mu=0.9)', S(0.1), None, None, 2, 'of sgd, not of momentum'),
}

if __name__ == '__main__':
    to = sys.argv[1]
    for name, (step, make) in right.items():
        for short_name, dtype in (('f64', torch.float64), ('f32', torch.float32)):
            np.savez_compressed(os.path.join(to, 'right-%s-%s.npz' % (name, short_name)), **run(step, make, dtype))
    with open(os.path.join(to, 'wrong.txt'), 'w') as f:
        for name, (step, make, loop, schedule, first, words) in wrong.items():
            np.savez_compressed(os.path.join(to, 'wrong-%s.npz' % name), **run(step, make, torch.float64, loop, schedule))
            f.write('%s|%s|%s\n' % (name, first or '', words))
