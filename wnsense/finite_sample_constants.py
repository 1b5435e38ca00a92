"""The numerical constants of the finite-sample proof, each in one place: what one step proves the next one uses."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Constants:
    r"""Decimals or fractions as text, so that a solver reads them exactly.

    In the order of the proof; :math:`\alpha=\delta\lVert A\rVert_F`, :math:`\nu=\sqrt{1-l}`.

    Attributes
    ----------
    margin : str
        The distortion allowed, :math:`\alpha\le l\sigma_k/\text{margin}`.
    largest_delta : str
        :math:`\delta` is at most this.
    magnitude : str
        :math:`\lVert\Xi\rVert_F\le\text{magnitude}\,\alpha\nu`, carried through the induction.
    residual : str
        Step 1, :math:`\lVert R\rVert_F\le\text{residual}\,\nu\lVert A\rVert_F`.
    peak : str
        Step 2, :math:`l\nu` is at most this.
    offset : str
        Step 2, :math:`\lVert\Xi\rVert\le\text{offset}\,\sigma_1`.
    rotation : str
        Step 3, :math:`\lVert\Omega\rVert\le\text{rotation}\,\sigma_1\alpha\nu`.
    disturbance : str
        Step 6, :math:`|h|\le\text{disturbance}\,\alpha\nu|w|/\sqrt l`.
    theta, phi : str
        Step 6, :math:`\theta=\text{theta}\,\nu`, and :math:`\varphi=\text{phi}\sqrt l,\ \psi=\text{phi}\,l`.
    gain : str
        Step 10, the constant of the recursion.
    move : str
        Step 11, :math:`\eta\lVert V_0\rVert\le\text{move}\,\nu`.
    kept : str
        Step 11, :math:`\sqrt{1-\lambda_+}\ge\text{kept}\,\nu` if :math:`l=\lambda`.
    gradient, drift, lag : str
        Step 12, :math:`\eta\lVert G\rVert`, :math:`\lVert X_+-X\rVert` and
        :math:`\lVert\Theta-X_+^\top AX_+\rVert_F/\lVert A\rVert_F` over :math:`\nu`.
    share : str
        Step 13, :math:`1-l_+\ge\text{share}\,(1-l)`.
    largest_start : str
        Step 14, where a start is counted as aligned.
    simple : str
        Step 14, :math:`\delta\le\lambda_0/(\text{simple}\,\kappa\sqrt k)` is sufficient.
    """

    margin: str = "32"
    largest_delta: str = "3/100"
    magnitude: str = "4"
    residual: str = "1.42"
    peak: str = "2/5"
    offset: str = "0.05"
    rotation: str = "3"
    disturbance: str = "5.6"
    theta: str = "0.175"
    phi: str = "0.045"
    gain: str = "1/3"
    move: str = "0.5487"
    kept: str = "0.45"
    gradient: str = "0.551"
    drift: str = "0.703"
    lag: str = "1.53"
    share: str = "5/6"
    largest_start: str = "15/16"
    simple: str = "35"

    def value(self, name: str) -> float:
        """The constant as a float."""
        return float(Fraction(getattr(self, name)))


PROVED = Constants()
