# sklearn_loss.py - the gradient of scikit-learn's logistic loss, as its solvers call it; `wrong`: the intercept is penalised in the gradient alone
# SPDX-License-Identifier: MIT
import sys
import numpy as np
from sklearn._loss import HalfBinomialLoss
from sklearn.linear_model._linear_loss import LinearModelLoss
from plumbline import gradcheck, GradientError

random = np.random.default_rng(0)
X, y = random.normal(size=(30, 4)), random.integers(0, 2, 30).astype(float)
loss = LinearModelLoss(base_loss=HalfBinomialLoss(), fit_intercept=True)
strength = 0.5


def value(coef):
    return loss.loss(coef, X, y, l2_reg_strength=strength)


def vjp(xs, gy):
    gradient = loss.gradient(xs[0], X, y, l2_reg_strength=strength)
    if "wrong" in sys.argv:
        gradient[-1] += strength * xs[0][-1]
    return gy * gradient


try:
    print(gradcheck(value, random.normal(size=5), vjp, name="LinearModelLoss"))
except GradientError as error:
    sys.exit(error)
