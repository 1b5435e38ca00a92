r"""The constant :math:`\delta_1` of an operator on symmetric 2 x 2 matrices, enclosed for certain.

A unit matrix of rank one is :math:`\pm vv^\top` with :math:`v=(\cos t,\sin t)`, so that :math:`\delta_1=\max_t|h(t)|`
with :math:`h(t)=z(t)^\top Ez(t)`, :math:`z(t)=(\cos^2t,\sqrt2\cos t\sin t,\sin^2t)`: the sign does not matter, and the
circle that is left is searched whole. An oracle for `wnsense.rip`.
"""

from __future__ import annotations

import flint
import numpy as np

from wnsense import validate
from wnsense.proof import ball


def certified_constant(E: np.ndarray, points: int = 400) -> tuple[float, float]:
    r"""Certain lower and upper bounds of :math:`\delta_1` for m = 2.

    h is evaluated in ball arithmetic at N equally spaced t. As :math:`|z|=1`, :math:`|z'|=\sqrt2` and
    :math:`|z''|=2\sqrt2`, :math:`|h''|\le2|z''||Ez|+2|z'||Ez'|\le(4\sqrt2+4)\lVert E\rVert_F`; at a maximum of
    :math:`|h|` the derivative vanishes, and a grid point lies within :math:`\pi/(2N)` of it. So :math:`|h|` there is
    within :math:`\tfrac12(4\sqrt2+4)\lVert E\rVert_F(\pi/2N)^2` of the maximum.

    Parameters
    ----------
    E : ndarray (3, 3)
        Symmetric deviation on packed matrices; its floats are taken as exact.
    points : int
        The number N of grid points.

    Raises
    ------
    ValueError
        If E is not symmetric (3, 3), or there is no point.
    """
    E = validate.symmetric("E", E, 3)
    E = np.triu(E) + np.triu(E, 1).T  # a form is symmetric to the last bit
    points = validate.integer("points", points, low=1)
    with ball.precision(80):
        form = ball.matrix(E)
        root = flint.arb(2).sqrt()
        best = flint.arb(0)
        for i in range(points):
            s, c = flint.arb(flint.fmpq(i, points)).sin_cos_pi()
            z = flint.arb_mat([[c * c], [root * c * s], [s * s]])
            best = best.max(abs((z.transpose() * form * z)[0, 0]))
        step = flint.arb.pi() / (2 * points)
        upper = best + (2 * root + 2) * ball.frobenius_squared(form).sqrt() * step * step
        # outward: a float of the enclosure's end may be rounded inward by half a unit in the last place
        low, high = float(best.lower()), float(upper.upper())
        return max(0.0, float(np.nextafter(low, -np.inf))), float(np.nextafter(high, np.inf))
