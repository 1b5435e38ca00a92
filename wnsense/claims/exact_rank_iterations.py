"""Claims of "Exact rank: gradient descent is fast": the number of iterations."""

from __future__ import annotations

import numpy as np
import sympy
import z3

from wnsense import exact_rank_bounds as bounds
from wnsense import exact_rank_runs as runs
from wnsense.claims.exact_rank import CHAPTER
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof import smt
from wnsense.proof.step import classical


def iteration_steps(gain, slope, far, late, half, floor):
    """Steps of the summation, of the two counts and of the lower bound."""
    rho, w, h, k, x = z3.Reals("rho w h kappa x")
    faster = 1 + z3.RealVal(gain) * h
    near, whole = rho * (1 - h * (1 - 2 * rho)), w * (1 - h * (1 - w))
    allowed = x * (1 + rho * k) <= z3.RealVal("2/3")  # k is sigma_r/sigma_1 here
    price = 1 / h + z3.RealVal("1/2")
    return [
        smt.inequality(
            "1a the odds rho/(1 - 2 rho) shrink by 1 + h",
            faster * near * (1 - 2 * rho) <= rho * (1 - 2 * near),
            0 < rho,
            rho < z3.RealVal("1/2"),
            0 < h,
            h <= 1,
        ),
        smt.inequality(
            "1b the odds rho^2/(1 - rho^2) shrink by 1 + h",
            faster * whole * (1 - w) <= w * (1 - whole),
            0 < w,
            w < 1,
            0 < h,
            h <= 1,
        ),
        classical("2 1/log(1 + h) <= 1/h + 1/2", "sign of a derivative"),
        smt.inequality(
            "3 eta = 4/(9 sigma_1): 1/h + 1/2 = (9/4)kappa + 1/2",
            price <= z3.RealVal(slope) * k + z3.RealVal("1/2"),
            h == z3.RealVal("4/9") / k,
            k >= 1,
        ),
        smt.inequality(
            "4 eta(sigma_1 + rho_0 sigma_r) <= 2/3 at this step",
            allowed,
            x == z3.RealVal("4/9"),
            0 < rho,
            rho < z3.RealVal("1/2"),
            0 < k,
            k <= 1,
        ),
        smt.inequality(
            "5 eta = 1/(6 sigma_1): 1/h + 1/2 = 6 kappa + 1/2",
            price <= z3.RealVal(far) * k + z3.RealVal("1/2"),
            h == z3.RealVal("1/6") / k,
            k >= 1,
        ),
        smt.inequality(
            "6 rho > 1/4: the odds rho^2/(1 - rho^2) exceed 1/15",
            z3.RealVal(late) * w >= 1 - w,
            w > z3.RealVal("1/16"),
            w < 1,
        ),
        smt.inequality(
            "7 rho <= 1/4: the odds rho/(1 - 2 rho) are at most 1/2, and the step is allowed",
            z3.And(rho <= z3.RealVal(half) * (1 - 2 * rho), allowed),
            x == z3.RealVal("1/6"),
            0 < rho,
            rho <= z3.RealVal("1/4"),
            0 < k,
            k <= 1,
        ),
        classical("8 log(1/(1 - h)) <= h/(1 - h)", "log x <= x - 1"),
        smt.inequality(
            "9 eta sigma_1 <= 2/3: (1 - h)/h >= (3/2)kappa - 1",
            1 - h >= (z3.RealVal(floor) * k - 1) * h,
            0 < h,
            h * k <= z3.RealVal("2/3"),
            k >= 1,
        ),
    ]


def region_rows(far, late, half):
    """Part 4 as it is stated, and its slope: the steps it takes for each factor e of accuracy; kappa = 4."""
    price = float(sympy.Rational(far)) * 4 + 0.5
    rows = []
    for rho0 in (0.6, 0.95):
        first = max(np.log(float(sympy.Rational(late)) * rho0**2 / (1 - rho0**2)), 0.0)
        bound = price * (first + np.log(float(sympy.Rational(half)) / 1e-8)) + 1
        rows.append(Row(f"region, rho_0 = {rho0:g}, kappa = 4: t at 1e-8", runs.region_count(rho0), "upper", bound))
    measured = (runs.region_count(0.6) - runs.region_count(0.6, 1e-4)) / np.log(1e4)
    rows.append(Row("steps per factor e, 1e-4 to 1e-8", measured, "upper", price))
    return rows


@claim(
    id="cor-exact-rank-iterations",
    title="Number of iterations at exact rank",
    statement=r"h=\eta\sigma_{r_A}:\ \rho_0<\tfrac12,\ \eta(\sigma_1+\rho_0\sigma_{r_A})\le\tfrac23:\ "
    r"\rho_t\le\frac{\rho_0}{1-2\rho_0}(1+h)^{-t};\quad\rho_0<1,\ \eta\sigma_1\le\tfrac16:\ "
    r"\rho_t^2\le\frac{\rho_0^2}{1-\rho_0^2}(1+h)^{-t};\quad"
    r"\eta=\frac4{9\sigma_1},\ \rho_0<\tfrac12:\ \rho_T\le\varepsilon\text{ for }T\ge\big(\tfrac94\kappa+\tfrac12\big)"
    r"\log\frac{\rho_0}{(1-2\rho_0)\varepsilon};\quad"
    r"\eta=\frac1{6\sigma_1},\ \rho_0<1,\ \varepsilon\le\tfrac12:\ \rho_T\le\varepsilon\text{ for }"
    r"T\ge\big(6\kappa+\tfrac12\big)\big(\log^+\tfrac{15\rho_0^2}{1-\rho_0^2}+\log\tfrac1{2\varepsilon}\big)+1;\quad"
    r"m>r_A,\ \eta\sigma_1<\tfrac23:\ \text{some starts need }"
    r"T\ge\big(\tfrac32\kappa-1\big)\log\tfrac{C_1}\varepsilon,\ C_1>0",
    level=Level.PROVED,
    source="ours",
    uses=("thm-gd-exact-rank-rate", "thm-gd-exact-rank-region", "prop-exact-rank-rate-sharp"),
    chapter=CHAPTER,
    controls={
        "1 + h replaced by 1 + 1.1 h": dict(gain="1.1"),
        "9/4 replaced by 2": dict(slope="2"),
        "6 kappa replaced by 5.4 kappa in part 4": dict(far="5.4"),
        "15 replaced by 13.5 in part 4": dict(late="13.5"),
        "1/(2 eps) replaced by 0.45/eps in part 4": dict(half="0.45"),
        "3/2 replaced by 1.65 in the lower bound": dict(floor="1.65"),
        "counts that grow like kappa^2": dict(power=2.0),
        "one column more than the rank": dict(extra=1),
    },
)
def iterations(
    effort, *, gain="1", slope="9/4", far="6", late="15", half="1/2", floor="3/2", power=1.0, extra=0
):
    """The steps of the summation; counts of runs beside the bounds; the fitted exponent of kappa."""
    kappas = effort.pick((3.0, 10.0, 30.0), (3.0, 10.0, 30.0, 100.0, 300.0))
    counts = [runs.iterations_to(runs.experiment(kappa, extra=extra), kappa, 1e-8) for kappa in kappas]
    allowed = [
        bounds.near_iterations(0.25, 1e-8, kappa ** -np.linspace(0.0, 1.0, runs.RANK), runs.LONG_STEP)
        for kappa in kappas
    ]
    finite = np.isfinite(counts).all()
    exponent = float(np.polyfit(np.log(kappas), np.log(counts), 1)[0]) if finite else float("nan")
    excess = max(
        runs.excess_after_entry(runs.experiment(kappa, extra=extra), kappa, constant=float(sympy.Rational(gain)))
        for kappa in kappas
    )
    least = float(sympy.Rational(floor)) * 10 - 1
    rows = [
        *(
            Row(f"t at rho = 1e-8 from rho = 1/4, kappa = {kappa:g}", count, "upper", bound)
            for kappa, count, bound in zip(kappas, counts, allowed)
        ),
        Row("exponent of kappa fitted to them", exponent, "tight", power, 0.1, "h > 0"),
        Row("largest rho_t over its bound, all t of these runs", excess, "upper", 1.0),
        *region_rows(far, late, half),
        Row("steps per factor e, longest step, kappa = 10", runs.sharp_price(10.0), "lower", least),
    ]
    return Evidence(rows, iteration_steps(gain, slope, far, late, half, floor))
