# scikit-learn's SGDRegressor as a trainer: plumb descend -- python3 sklearn_sgd.py [ALPHA]
# SPDX-License-Identifier: MIT
#
# The width of an iris' petal from its other three measures. plumb sends a state and the row of one sample, partial_fit makes one step from there, and each
# step is compared with the one that a squared distance makes. SGDRegressor takes half of the squared distance, so its eta0 of 0.02 is a learning rate of 0.01.
# With an ALPHA above 0 it shrinks the weights but not the intercept, which a plain decay would, too: plumb says so.
import os
import sys
import tempfile
import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import SGDRegressor

iris = load_iris().data / 8
X, y = iris[:, :3], iris[:, 3]
data = os.path.join(tempfile.mkdtemp(), 'iris.npz')
np.savez(data, data_x=X, data_t=y[:, None])
alpha = float(sys.argv[1]) if len(sys.argv) > 1 else 0
model = SGDRegressor(alpha=alpha, eta0=0.02, learning_rate='constant')
model.partial_fit(X[:1], y[:1])                                         # once, so that it has weights

for line in sys.stdin:
    word, *v = line.split()
    v = [float(a) for a in v]
    if word == 'hello':
        print('= in W:1,3 b:1 out W:1,3 b:1 step sgd(rate=0.01) twin model:linear(batch=1) samples 1 data', data, flush=True)
    elif word == 'step':                                                # k, the size of the batch, its rows, the state
        size = int(v[1])
        rows, state = [int(r) for r in v[2:2 + size]], np.array(v[2 + size:])
        model.coef_, model.intercept_ = state[:3].copy(), state[3:].copy()
        model.partial_fit(X[rows], y[rows])
        print('=', *map(repr, model.coef_.tolist() + model.intercept_.tolist()), flush=True)
    else:
        print('! unknown', flush=True)
os.remove(data)
os.rmdir(os.path.dirname(data))
