"""Claims of the chapter on weight normalization: polar decomposition, merged magnitude, invariance."""

from __future__ import annotations

import numpy as np
import sympy

from wnsense import column_normalization, sensing, stiefel, weight_normalization
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.objective import Measured, Population
from wnsense.polar_decomposition import polar_decomposition
from wnsense.problem import random_ground_truth
from wnsense.proof import symbolic
from wnsense.proof.step import classical
from wnsense.stiefel import sym

CHAPTER = "weight_normalization"


def _newton_polar(Y):
    """The direction of a Y of full column rank, without a singular value decomposition (Higham 2008, sec. 8.3)."""
    Q, R = np.linalg.qr(Y)
    for _ in range(60):
        R = (R + np.linalg.inv(R).T) / 2
    return Q @ R


@claim(
    id="lem-polar-decomposition",
    title="Polar decomposition",
    statement=r"Every $Y\in\mathbb R^{m\times r}$, $r\le m$, is $X\tilde\Theta$ with $X\in\mathrm{St}(m,r)$,"
    r" $\tilde\Theta=(Y^\top Y)^{1/2}\succeq0$; $\tilde\Theta$ is unique, $X$ exactly if $\mathrm{rank}\,Y=r$.",
    level=Level.PROVED,
    source="higham2008, Theorem 8.1",
    chapter=CHAPTER,
    controls={
        "magnitude Y'Y, root forgotten": dict(root=False),
        "direction V, rotation forgotten": dict(rotated=False),
        "QR factor as direction": dict(direction="qr"),
        "X claimed unique whatever the rank": dict(unique_always=True),
    },
)
def polar_decomposition_lemma(effort, *, root=True, rotated=True, direction="svd", unique_always=False):
    V, Vt, Q, Qt, Omega, T, Y, Yt = symbolic.matrices("V V' Q Q' Omega T Y Y'")
    rules = {Vt * V: 1, Qt * Q: 1, Q * Qt: 1}
    X, Xt = (V * Qt, Q * Vt) if rotated else (V, Vt)
    magnitude, x = Q * (Omega if root else Omega * Omega) * Qt, sympy.Symbol("x")
    steps = (
        classical(
            "1. Y = V Omega Q' with V'V = I, Q orthogonal, Omega >= 0 diagonal", by="singular value decomposition"
        ),
        symbolic.identity("2. X'X = I", Xt * X, 1, rules),
        symbolic.identity("2. X Theta~ = Y", X * magnitude, V * Omega * Qt, rules),
        symbolic.identity("3. Theta~^2 = Y'Y", magnitude * magnitude, (Q * Omega * Vt) * (V * Omega * Qt), rules),
        symbolic.identity("4. T^2 - x^2 = (T + x)(T - x)", (T + x) * (T - x), T * T - x**2),
        classical("4. Y'Y has an orthonormal basis of eigenvectors", by="spectral theorem"),
    )
    worst_Y = worst_X = worst_newton = 0.0
    least, apart = np.inf, np.inf
    for seed in range(effort.pick(30, 500)):
        rng = np.random.default_rng(seed)
        r = int(rng.integers(1, 6))
        m, rank = int(rng.integers(r, 9)), r if seed % 2 else int(rng.integers(0, r))
        left, right = stiefel.random_point(m, r, rng), stiefel.random_point(r, r, rng)
        s = np.where(np.arange(r) < rank, 10 ** rng.uniform(-4, 0, r), 0.0)
        Y_ = (left * s) @ right.T
        X_, T_ = polar_decomposition(Y_)
        if not root:
            T_ = T_ @ T_
        if not rotated:
            X_ = np.linalg.svd(Y_, full_matrices=False)[0]
        if direction == "qr":
            X_ = np.linalg.qr(Y_)[0]
        worst_Y = max(worst_Y, np.linalg.norm(X_ @ T_ - Y_))
        worst_X = max(worst_X, np.linalg.norm(X_.T @ X_ - np.eye(r)))
        least = min(least, np.linalg.eigvalsh(T_)[0])
        if rank == r:
            worst_newton = max(worst_newton, np.linalg.norm(X_ - _newton_polar(Y_)))
        if rank < r or unique_always:  # turn round one direction that Theta~ annihilates: is it another direction of Y?
            z = right[:, -1]
            other = X_ - 2 * np.outer(X_ @ z, z)
            if np.linalg.norm(other @ T_ - Y_) <= 1e-12:
                apart = min(apart, np.linalg.norm(other - X_))
            elif not unique_always:
                apart = 0.0
    rows = (
        Row("worst |X Theta~ - Y|, |Y| of order 1", worst_Y, "tight", 0, 1e-12, "rounding"),
        Row("worst |X'X - I|", worst_X, "tight", 0, 1e-12, "rounding"),
        Row("most negative eigenvalue of Theta~", min(round(least, 12), 0.0) + 0.0, "lower", 0, 1e-12, "rounding"),
        Row(
            "full rank: worst distance of X from Newton's iteration",
            worst_newton,
            "tight",
            0,
            1e-9,
            "rounding times the condition number, up to 1e4",
        ),
        Row(
            "rank below r: distance between two directions X of one Y",
            apart,
            "upper" if unique_always else "lower",
            0 if unique_always else 1,
        ),
    )
    return Evidence(rows, steps)


@claim(
    id="lem-magnitude-merge",
    title="The merged magnitude",
    statement=r"$YY^\top=X\Theta X^\top$ with $\Theta=\tilde\Theta\tilde\Theta^\top$, and $\{YY^\top\}=\{X\Theta"
    r" X^\top:X\in\mathrm{St}(m,r),\Theta\succeq0\}=\{Z\succeq0:\mathrm{rank}\,Z\le r\}$; $f(X,\cdot)$ is a"
    r" convex quadratic.",
    level=Level.PROVED,
    source="wei2025, sec. 2",
    chapter=CHAPTER,
    uses=("lem-polar-decomposition",),
    controls={
        "Theta~ itself, not merged": dict(merged="single"),
        "Theta~'Theta~ for a magnitude that is not symmetric": dict(merged="wrong order"),
        "rank r + 1 claimed reachable": dict(excess=1),
        "f quadratic in Theta~ too": dict(variable="factor"),
    },
)
def magnitude_merge(effort, *, merged="right", excess=0, variable="merged"):
    X, Xt, T, Tt = symbolic.matrices("X X' T T'")
    Theta = {"right": T * Tt, "single": T, "wrong order": Tt * T}[merged]
    steps = (
        symbolic.identity("1. (X T)(X T)' = X (T T') X'", (X * T) * (Tt * Xt), X * Theta * Xt),
        classical(
            "2. Z >= 0 of rank at most r is X Theta X', X orthonormal, Theta >= 0 diagonal of size r",
            by="spectral theorem",
        ),
        classical("3. f(X, .) is the squared norm of an affine map", by="definition of f"),
    )
    worst_merge = worst_reach = worst_eigen = worst_second = 0.0
    for seed in range(effort.pick(30, 500)):
        rng = np.random.default_rng(seed)
        m = int(rng.integers(2, 9))
        r = int(rng.integers(1, m))
        X_, T_ = stiefel.random_point(m, r, rng), rng.standard_normal((r, r))
        Theta_ = {"right": T_ @ T_.T, "single": T_, "wrong order": T_.T @ T_}[merged]
        worst_merge = max(worst_merge, np.linalg.norm((X_ @ T_) @ (X_ @ T_).T - X_ @ Theta_ @ X_.T))
        B = rng.standard_normal((m, min(r + excess, m)))
        Z = B @ B.T / m
        w, V = np.linalg.eigh(Z)
        worst_reach = max(worst_reach, np.linalg.norm(V[:, -r:] * w[-r:] @ V[:, -r:].T - Z))
        direction, magnitude = polar_decomposition(B[:, :r])
        merged_eigenvalues = np.linalg.eigvalsh(magnitude @ magnitude)
        worst_eigen = max(
            worst_eigen, np.max(np.abs(merged_eigenvalues - np.linalg.eigvalsh(B[:, :r] @ B[:, :r].T)[-r:]))
        )
        operator = sensing.gaussian(m, 2 * m, rng)
        objective = Measured(operator, rng.standard_normal(2 * m))
        Delta = sym(rng.standard_normal((r, r)))
        Delta /= np.linalg.norm(operator.forward(X_ @ Delta @ X_.T))

        def f(t):
            Theta_t = sym(T_) + t * Delta
            return objective.residual(X_, Theta_t @ Theta_t if variable == "factor" else Theta_t).norm ** 2 / 4

        # the second difference of t -> f(X, Theta + t Delta), |M(X Delta X')| = 1, is 1/2 everywhere
        worst_second = max(worst_second, *(abs(f(t + 1) - 2 * f(t) + f(t - 1) - 0.5) for t in (-2.0, 0.0, 3.0)))
    rows = (
        Row("worst |YY' - X Theta X'|", worst_merge, "tight", 0, 1e-11, "rounding"),
        Row("worst distance of a PSD matrix of rank <= r from the set", worst_reach, "tight", 0, 1e-12, "rounding"),
        Row("worst |eigenvalue of Theta - that of YY'|", worst_eigen, "tight", 0, 1e-11, "rounding"),
        Row("worst |second difference of f(X, .) - 1/2|", worst_second, "tight", 0, 1e-10, "rounding"),
    )
    return Evidence(rows, steps)


@claim(
    id="prop-column-normalization",
    title="Equal columns stay equal under column-wise normalization",
    statement=r"If two columns of $V_0$ and their magnitudes are equal, they stay equal: $\mathrm{rank}\,Y_t<r$"
    r" and, for"
    r" $r=r_A$, $\lVert Y_tY_t^\top-A\rVert_F\ge\sigma_{r_A}$ for all $t$.",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    uses=("lem-vector-gradient-orthogonal",),
    controls={
        "columns that differ by 1e-3": dict(gap=1e-3),
        "magnitudes that differ by 1 %": dict(magnitude_gap=0.01),
        "orthonormal columns": dict(orthonormal=True),
    },
)
def column_normalization_proposition(effort, *, gap=0.0, magnitude_gap=0.0, orthonormal=False):
    E, x, xt = symbolic.matrices("E x x'")
    g, h, c, d, eta = sympy.symbols("g h c d eta", positive=True)

    def step_of(g, c):  # of one column v = c x, |x| = 1, with magnitude g
        return c * x - eta * g / c * (1 - x * xt) * E * x * g

    same = step_of(h if magnitude_gap else g, d if gap else c)
    steps = (
        symbolic.identity("1. equal columns with equal magnitudes take equal steps", step_of(g, c), same, {xt * x: 1}),
        classical("2. no matrix of rank r_A - 1 is nearer to A than sigma_{r_A}", by="Eckart and Young"),
    )
    least, difference = np.inf, 0.0
    for seed in range(effort.pick(3, 20)):
        rng = np.random.default_rng(seed)
        r = 3
        truth = random_ground_truth(8, r, kappa=2.0, rng=rng)
        objective = Population(truth)
        V = rng.standard_normal((8, r))
        V[:, 1] = V[:, 0] + gap * V[:, 1]
        if orthonormal:
            V = stiefel.random_point(8, r, rng)
        g_ = np.array([0.5, 0.5 * (1 + magnitude_gap), 0.5])
        state, parameters = column_normalization.at(objective, V, g_), column_normalization.Parameters(eta=0.6, mu=0.3)
        for _ in range(600):  # equality is unstable: one rounding that differs grows 1e8-fold in that time
            state = column_normalization.step(objective, parameters, state)
            least = min(least, state.residual.norm / truth.sigma[-1])
        Y = state.factors[0]
        difference = max(difference, np.linalg.norm(Y[:, 0] - Y[:, 1]))
    rows = (
        Row("least |YY' - A| / sigma_{r_A} along the runs", least, "lower", 1, 1e-6, "rounding, amplified"),
        Row("worst distance of the two columns at the end", difference, "tight", 0, 1e-6, "rounding, amplified"),
    )
    return Evidence(rows, steps)


@claim(
    id="prop-orthogonal-invariance",
    title="Orthogonal invariance",
    statement=r"$(X,\Theta)\mapsto(XQ,Q^\top\Theta Q)$, $Q\in O(r)$, leaves $f$ unchanged and commutes with the step"
    r" under the polar and the Cayley retraction; under QR for signed $Q=\mathrm{diag}(\pm1)$, and $X\Theta"
    r" X^\top$ is unchanged in the population with $\mu=2$.",
    level=Level.PROVED,
    source="ours",
    chapter=CHAPTER,
    controls={
        "QR retraction in place of polar": dict(first=stiefel.qr),
        "QR in the population, mu = 1.8": dict(mu=1.8),
        "QR with finite samples, mu = 2": dict(population=False),
        "Q Theta Q' in place of Q'Theta Q": dict(order="wrong"),
        "Q 1 % off orthogonal": dict(scale=1.01),
        "a magnitude kept diagonal": dict(diagonal=True),
    },
)
def orthogonal_invariance(
    effort, *, first=stiefel.polar, mu=2.0, population=True, order="right", scale=1.0, diagonal=False
):
    X, Xt, Th, E, Q, Qt, G, Gt, H = symbolic.matrices("X X' Theta E Q Q' G G' H")
    s = sympy.nsimplify(scale) ** 2
    rules = {Qt * Q: s, Q * Qt: s}
    eta = sympy.Symbol("eta")
    Th_Q = Q * Th * Qt if order == "wrong" else Qt * Th * Q
    gradient, gradient_t = E * X * Th, Th * Xt * E

    def tangent(X, Xt, Z, Zt):
        return Z - X * (Xt * Z + Zt * X) / 2

    at_Q = tangent(X * Q, Qt * Xt, E * X * Q * Th_Q, Th_Q * Qt * Xt * E)
    W = G * Xt - X * Gt - (X * Xt * G * Xt - X * Gt * X * Xt) / 2
    W_Q = (
        (G * Q * Qt * Xt)
        - (X * Q * Qt * Gt)
        - ((X * Q * Qt * Xt) * G * Q * Qt * Xt - X * Q * Qt * Gt * (X * Q * Qt * Xt)) / 2
    )
    steps = [
        symbolic.identity("1. the product X Theta X' is unchanged", X * Q * Th_Q * Qt * Xt, X * Th * Xt, rules),
        symbolic.identity("2. G(XQ, Q'Theta Q) = G(X, Theta) Q", at_Q, tangent(X, Xt, gradient, gradient_t) * Q, rules),
        symbolic.identity(
            "3. polar: if H^2 (I + eta^2 G'G) = I, then (Q'HQ)^2 (I + eta^2 Q'G'GQ) = I",
            (Qt * H * Q) * (Qt * H * Q) * (1 + eta**2 * Qt * Gt * G * Q),
            1,
            {**rules, H * H * Gt * G: (1 - H * H) / eta**2},
        ),
        classical(
            "3. polar: Q'HQ is the root, for it is positive definite", by="uniqueness of the positive definite root"
        ),
        symbolic.identity("4. Cayley: W is unchanged", W_Q, W, rules),
        symbolic.identity("5. magnitude: Q'X'EXQ = Q'(X'EX)Q", (Qt * Xt) * E * (X * Q), Qt * (Xt * E * X) * Q, rules),
        classical(
            "6. QR: qf(YQ) = qf(Y) qf(RQ), so signs pass through and the span is the same",
            by="uniqueness of the QR factorization",
        ),
    ]
    worst = {"polar": 0.0, "cayley": 0.0, "signs": 0.0, "population": 0.0}
    apart, product_gap = [], []
    for seed in range(effort.pick(4, 40)):
        rng = np.random.default_rng(seed)
        m, r = 7, 4
        truth = random_ground_truth(m, 2, kappa=3.0, rng=rng)
        operator = sensing.gaussian(m, 60, rng)
        measured = Measured(operator, operator.forward(truth.A))
        X0, Theta0 = stiefel.random_point(m, r, rng), sym(rng.standard_normal((r, r)))
        Q_ = scale * stiefel.random_point(r, r, rng)
        signs = np.diag(rng.choice([-1.0, 1.0], r))

        def worst_gap(objective, retraction, Q, mu):
            parameters = weight_normalization.Parameters(eta=0.4, mu=mu, retraction=retraction)
            turned = Q @ Theta0 @ Q.T if order == "wrong" else Q.T @ Theta0 @ Q
            a, b = _plain_state(objective, X0, Theta0), _plain_state(objective, X0 @ Q, turned)
            X_gap = Z_gap = 0.0
            for _ in range(30):
                a, b = (weight_normalization.step(objective, parameters, state) for state in (a, b))
                if diagonal:
                    a, b = (_plain_state(objective, state.X, np.diag(np.diag(state.Theta))) for state in (a, b))
                X_gap = max(X_gap, np.linalg.norm(b.X - a.X @ Q))
                Z_gap = max(Z_gap, np.linalg.norm(b.X @ b.Theta @ b.X.T - a.X @ a.Theta @ a.X.T))
            return X_gap, Z_gap

        worst["polar"] = max(worst["polar"], *worst_gap(measured, first, Q_, 1.5))
        worst["cayley"] = max(worst["cayley"], *worst_gap(measured, stiefel.cayley, Q_, 1.5))
        worst["signs"] = max(worst["signs"], *worst_gap(measured, stiefel.qr, signs, 1.5))
        worst["population"] = max(
            worst["population"], worst_gap(Population(truth) if population else measured, stiefel.qr, Q_, mu)[1]
        )
        X_gap, Z_gap = worst_gap(measured, stiefel.qr, Q_, 1.5)
        apart.append(X_gap)
        product_gap.append(Z_gap)
    rounding = dict(relation="tight", theory=0, tolerance=1e-9, because="rounding over 30 steps")
    rows = (
        Row("polar: worst gap of X and of X Theta X' over 30 steps", worst["polar"], **rounding),
        Row("Cayley: the same", worst["cayley"], **rounding),
        Row("QR and signs: the same", worst["signs"], **rounding),
        Row("QR, population, mu = 2: worst gap of X Theta X'", worst["population"], **rounding),
        Row("QR, any Q: least gap of X, so it does not commute", min(apart), "lower", 0.01),
        Row("QR, any Q: least gap of X Theta X' when mu = 1.5", min(product_gap), "lower", 0.001),
    )
    return Evidence(rows, steps)


def _plain_state(objective, X, Theta):
    """A state without the test that X is orthonormal, which a control violates."""
    return weight_normalization.State(X, Theta, objective.residual(X, Theta))
