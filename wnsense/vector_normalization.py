r"""Weight normalization of a vector, :math:`w=g\,v/\lVert v\rVert` (Salimans and Kingma 2016).

The loss L(w) is a function of a vector w (m,); the magnitude g is a number, the direction v (m,) any nonzero vector.
Seen from v the loss is :math:`h(v)=L(gv/\lVert v\rVert)`, constant along rays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import numpy as np

from wnsense import validate

Gradient = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Quadratic:
    r"""The loss :math:`L(w)=\tfrac12w^\top Hw-b^\top w`.

    Attributes
    ----------
    H : ndarray (m, m)
        Symmetric, definite or not.
    b : ndarray (m,)
    """

    H: np.ndarray
    b: np.ndarray

    def __post_init__(self):
        object.__setattr__(self, "H", validate.symmetric("H", self.H))
        object.__setattr__(self, "b", validate.array("b", self.b, (len(self.H),)))

    def __call__(self, w: np.ndarray) -> float:
        """L(w)."""
        return float(w @ self.H @ w / 2 - self.b @ w)

    def gradient(self, w: np.ndarray) -> np.ndarray:
        """H w - b."""
        return self.H @ w - self.b

    def curvature(self, g: float) -> float:
        r"""K with :math:`\lVert\nabla^2h(v)\rVert\le K/\lVert v\rVert^2`.

        :math:`K=g^2(\lambda_{\max}-\lambda_{\min})(H)+\tfrac2{\sqrt3}|g|\lVert b\rVert`; each term alone is attained.
        """
        return g**2 * self._spread + 2 / np.sqrt(3) * abs(g) * float(np.linalg.norm(self.b))

    def slope(self, g: float) -> float:
        r"""Gamma with :math:`\lVert\nabla h(v)\rVert\le\Gamma/\lVert v\rVert`.

        :math:`\Gamma=\tfrac12g^2(\lambda_{\max}-\lambda_{\min})(H)+|g|\lVert b\rVert`; each term alone is attained.
        """
        return g**2 * self._spread / 2 + abs(g) * float(np.linalg.norm(self.b))

    @property
    def _spread(self) -> float:
        eigenvalues = np.linalg.eigvalsh(self.H)
        return float(eigenvalues[-1] - eigenvalues[0])


def weight(v: np.ndarray, g: float) -> np.ndarray:
    r"""The weight :math:`w=gv/\lVert v\rVert`."""
    return g * v / np.linalg.norm(v)


def gradients(gradient: Gradient, v: np.ndarray, g: float) -> tuple[float, np.ndarray]:
    r"""The gradients of :math:`L(gv/\lVert v\rVert)` in g and in v, from that of L.

    .. math::
       \nabla_g=\Big\langle\nabla L(w),\frac v{\lVert v\rVert}\Big\rangle,\qquad
       \nabla_v=\frac g{\lVert v\rVert}\Big(I-\frac{vv^\top}{\lVert v\rVert^2}\Big)\nabla L(w).
    """
    norm = np.linalg.norm(v)
    u = v / norm
    slope = gradient(g * u)
    along = u @ slope
    return float(along), (g / norm) * (slope - along * u)


def euclidean_step(gradient: Gradient, eta: float, v: np.ndarray, g: float) -> np.ndarray:
    r"""One step :math:`v_+=v-\eta\nabla_v` of gradient descent in v; nothing is normalised."""
    return v - eta * gradients(gradient, v, g)[1]


def riemannian_step(gradient: Gradient, eta: float, u: np.ndarray, g: float) -> np.ndarray:
    r"""One step on the unit sphere: :math:`u-\eta\,\mathrm{grad}`, normalised.

    The Riemannian gradient is :math:`\mathrm{grad}=g(I-uu^\top)\nabla L(gu)`.
    """
    slope = gradient(g * u)
    moved = u - eta * g * (slope - (u @ slope) * u)
    return moved / np.linalg.norm(moved)


def descend(gradient: Gradient, eta: float, v: np.ndarray, g: float, steps: int) -> np.ndarray:
    """The path v_0, ..., v_steps of Euclidean steps, shape (steps + 1, m).

    Raises
    ------
    ValueError
        If eta is not positive, steps is negative, or v is zero.
    """
    eta = validate.positive("eta", eta)
    steps = validate.integer("steps", steps, low=0)
    path = [validate.array("v", v, ("m",))]
    if not path[0].any():
        raise ValueError("v is zero; expected a vector with a direction")
    for _ in range(steps):
        path.append(euclidean_step(gradient, eta, path[-1], g))
    return np.array(path)
