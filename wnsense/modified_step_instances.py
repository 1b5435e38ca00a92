r"""Points near a solution, made to strain the bounds of the modified and the rebalanced step; runs from there.

A point is a truth A with factors of a product at the distance :math:`\lVert FG^\top-A\rVert_F=\rho\sigma_{r_A}`.
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp

from wnsense import asymmetric, stiefel
from wnsense.rectangular import RectangularTruth, random_rectangular_truth
from wnsense.rectangular_objective import Population


def near_point(rng: np.random.Generator, rho: float, kind: str, *, kappa: float | None = None):
    r"""A truth and balanced factors (F, G) of a product at the distance :math:`\rho\sigma_{r_A}`; r_A <= r <= n_1.

    kind says where the residual lies: "random" anywhere; "last" in the last singular value of A, which is missing in
    part; "over" in an overshoot of the first, which makes beta large; "turned" in the direction of the last left
    vector; "over+turned" in both, which strain the rate together: r = r_A >= 2, and kappa = 1 if none is given;
    "surplus" in a surplus column.
    """
    both = kind == "over+turned"
    k = int(rng.integers(1 + both, 4))
    n_1, n_2 = (int(side) for side in rng.integers(k + 1, k + 6, 2))
    r = k if both else int(rng.integers(k + (kind == "surplus"), n_1 + 1))
    if kappa is None:
        kappa = 1.0 if both else float(rng.choice([1.0, 2.0, 8.0]))
    truth = random_rectangular_truth(n_1, n_2, k, kappa=1.0 if k == 1 else kappa, rng=rng)
    size = rho * truth.sigma[-1]
    left, right = np.linalg.svd(truth.U)[0][:, k:], np.linalg.svd(truth.V)[0][:, k:]
    U, sigma, V = truth.U.copy(), truth.sigma.copy(), truth.V
    if kind == "last":
        sigma[-1] -= size
    elif kind == "over":
        sigma[0] += size
    elif kind in ("turned", "over+turned"):  # sigma_k |u' - u| = share * size for the unit vector u' = u cos + w sin
        share = rng.uniform(0.2, 0.7) if both else 1.0
        sigma[0] += np.sqrt(1 - share**2) * size
        angle = 2 * np.arcsin(share * rho / 2)
        U[:, -1] = np.cos(angle) * U[:, -1] + np.sin(angle) * left[:, 0]
    elif kind == "surplus":
        U, sigma, V = np.column_stack([U, left[:, 0]]), np.append(sigma, size), np.column_stack([V, right[:, 0]])
    F, G = U * np.sqrt(sigma), V * np.sqrt(sigma)
    F, G = (np.hstack([B, np.zeros((len(B), r - B.shape[1]))]) for B in (F, G))
    if kind == "random":  # shrunk until the distance is right
        noise, low, high = [rng.standard_normal(B.shape) for B in (F, G)], 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            far = truth.error(F + middle * noise[0], G + middle * noise[1]) > size
            low, high = (low, middle) if far else (middle, high)
        F, G = F + low * noise[0], G + low * noise[1]
    Q = stiefel.random_point(r, r, rng)  # nothing may depend on the basis
    return truth, F @ Q, G @ Q


KINDS = ("random", "last", "over", "turned", "surplus", "over+turned")


def decreases(truth: RectangularTruth, F, G, eta: float, steps: int):
    r"""Along a run: :math:`\rho_t` before each step, and the part of :math:`\lVert R\rVert_F^2` that the step takes.

    It ends early when the residual is rounding.
    """
    problem, parameters = Population(truth), asymmetric.Parameters(eta)
    state, rhos, parts = asymmetric.at(problem, F, G), [], []
    for _ in range(steps):
        before = state.residual.norm
        if before < 1e-9 * truth.norm:
            break
        state = asymmetric.step(problem, parameters, state)
        rhos.append(before / truth.sigma[-1])
        parts.append(1 - (state.residual.norm / before) ** 2)
    return np.array(rhos), np.array(parts)


def flow(truth: RectangularTruth, F, G, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""The flow :math:`\dot F=-RG,\ \dot G=-R^\top F` at the T times, the first of them 0.

    Returns F, shape (T, n_1, r), and G, shape (T, n_2, r).
    """
    A, (n_1, r) = truth.A, F.shape

    def slope(_, point):
        F, G = point[: n_1 * r].reshape(n_1, r), point[n_1 * r :].reshape(-1, r)
        R = F @ G.T - A
        return -np.concatenate([(R @ G).ravel(), (R.T @ F).ravel()])

    start = np.concatenate([F.ravel(), G.ravel()])
    found = solve_ivp(slope, (0.0, times[-1]), start, t_eval=times, rtol=1e-9, atol=1e-11).y.T
    return found[:, : n_1 * r].reshape(-1, n_1, r), found[:, n_1 * r :].reshape(len(found), -1, r)


def residual_operator(F: np.ndarray, G: np.ndarray) -> np.ndarray:
    r"""The nonzero eigenvalues of :math:`JJ^\top`, smallest first, J the derivative of :math:`(F,G)\mapsto FG^\top`.

    J column by column, from the definition :math:`J(dF,dG)=dF\,G^\top+F\,dG^\top`: an oracle for their closed form.
    """
    n_1, n_2, r = len(F), len(G), F.shape[1]
    columns = [np.kron(e_1, G[:, j]) for e_1 in np.eye(n_1) for j in range(r)]
    columns += [np.kron(F[:, j], e_2) for e_2 in np.eye(n_2) for j in range(r)]
    values = np.linalg.svd(np.array(columns), compute_uv=False) ** 2
    return np.sort(values[values > 1e-10 * values[0]])


def at_solution(rng: np.random.Generator, kappa: float, *, n_1=6, n_2=5, r=4, k=2):
    """A truth and factors with F G^T = A, of width r > k."""
    truth = random_rectangular_truth(n_1, n_2, k, kappa=kappa, rng=rng)
    Q = stiefel.random_point(r, r, rng)
    pad = np.zeros((n_1, r - k)), np.zeros((n_2, r - k))
    return truth, np.hstack([truth.U * truth.sigma, pad[0]]) @ Q, np.hstack([truth.V, pad[1]]) @ Q
