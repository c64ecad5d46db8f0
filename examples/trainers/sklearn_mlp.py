# scikit-learn's MLPClassifier as a trainer: plumb descend -- python3 sklearn_mlp.py [sgd|momentum|nesterov|adam] [STEP]
# SPDX-License-Identifier: MIT
#
# A net 4-5-3 with tanh on the irises, its own solver, one call of partial_fit a step. Its buffers (velocities, moments) stay inside it: plumb sends back the state
# that the last step has made. Adam is written there with eps added before the bias correction, so plumb finds it to be another step than that of Kingma and Ba.
import os
import sys
import tempfile
import numpy as np
from sklearn.datasets import load_iris
from sklearn.neural_network import MLPClassifier

solvers = {
    'sgd': (dict(solver='sgd', momentum=0), 'sgd(rate=0.1)'),
    'momentum': (dict(solver='sgd', momentum=0.9, nesterovs_momentum=False), 'momentum(rate=0.1,mu=0.9)'),
    'nesterov': (dict(solver='sgd', momentum=0.9, nesterovs_momentum=True), 'nesterov(rate=0.1,mu=0.9)'),
    'adam': (dict(solver='adam'), 'adam(rate=0.1)'),
}
options, step = solvers[sys.argv[1] if len(sys.argv) > 1 else 'momentum']
step = sys.argv[2] if len(sys.argv) > 2 else step
X, t = load_iris(return_X_y=True)
X = X / 8
data = os.path.join(tempfile.mkdtemp(), 'iris.npz')
np.savez(data, data_x=X, data_t=t)
model = MLPClassifier((5,), activation='tanh', alpha=0, learning_rate_init=0.1, batch_size=6, shuffle=False, **options)
started = False

for line in sys.stdin:
    word, *v = line.split()
    v = [float(a) for a in v]
    if word == 'hello':
        shapes = 'W0:5,4 b0:5 W1:3,5 b1:3'
        print('= in', shapes, 'out', shapes, 'step', step, 'twin model:mlp(sizes=4:5:3,batch=6) samples 6 data', data, flush=True)
    elif word == 'step':
        size = int(v[1])
        rows, w = [int(r) for r in v[2:2 + size]], np.array(v[2 + size:])
        if not started:                                                 # it makes its arrays and its optimizer at the first call ...
            model.partial_fit(X[rows], t[rows], classes=[0, 1, 2])
            del model._optimizer
            model.n_iter_ = model.t_ = 0
            started = True
        for to, value in zip(model.coefs_ + model.intercepts_, (w[:20].reshape(5, 4).T, w[25:40].reshape(3, 5).T, w[20:25], w[40:])):
            to[...] = value                                             # ... which keeps them by reference
        model.partial_fit(X[rows], t[rows])
        (W0, W1), (b0, b1) = model.coefs_, model.intercepts_
        print('=', *map(repr, np.concatenate([W0.T.ravel(), b0, W1.T.ravel(), b1]).tolist()), flush=True)
    else:
        print('! unknown', flush=True)
os.remove(data)
os.rmdir(os.path.dirname(data))
