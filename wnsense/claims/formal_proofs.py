"""Claims of the page on formal proofs: the steps that the formal theorems speak of exist, and are unique."""

import numpy as np
import sympy

from wnsense import stiefel
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof import kernel
from wnsense.proof.symbolic import identity, matrices

ROUNDING = "rounding of eigenvectors"


@claim(
    id="lem-polar-step-exists",
    title="The algorithm is a function",
    statement=r"X\in\St(m,r),\ G\in T_X\St(m,r),\ B=X-\eta G\ \Longrightarrow\ B^\top B=I+\eta^2G^\top G\succeq I,\text{ and exactly one symmetric }"
    r"H\succeq0\text{ has }(BH)^\top BH=I",
    level=Level.FORMAL,
    source="higham2008, ch. 8",
    uses=("lem-tangent-projection",),
    chapter="formal_proofs",
    controls={
        "H not semidefinite": dict(semidefinite=False),
        "a direction that is not tangent": dict(tangent=False),
        "a theorem that is not in the record": dict(formal="polar_step_of_any_matrix"),
    },
)
def polar_step_exists(effort, *, semidefinite=True, tangent=True, formal="polar_step_exists"):
    """The kernel's verdict; H by eigenvalues of the Gram matrix against the polar factor by the singular value decomposition."""
    rng = np.random.default_rng(80)
    apart, gram, smallest = 0.0, 0.0, np.inf
    for _ in range(effort.pick(60, 2000)):
        m = int(rng.integers(2, 12))
        r = int(rng.integers(1, m + 1))
        X = stiefel.random_point(m, r, rng)
        G = rng.standard_normal((m, r))
        if tangent:
            G = stiefel.tangent_projection(X, G)
        eta = 10 ** rng.uniform(-2, 1)
        B = X - eta * G
        values, Q = np.linalg.eigh(B.T @ B)
        signs = 1.0 if semidefinite else rng.choice([-1.0, 1.0], size=r)
        H = (Q * (signs / np.sqrt(values))) @ Q.T
        left, _, right = np.linalg.svd(B, full_matrices=False)
        apart = max(apart, np.linalg.norm(B @ H - left @ right))
        gram = max(gram, np.linalg.norm(B.T @ B - np.eye(r) - eta**2 * G.T @ G) / np.linalg.norm(B.T @ B))
        smallest = min(smallest, values[0])
    X, Xt, G, Gt = matrices("X Xt G Gt")
    eta = sympy.Symbol("eta")
    rules = {Xt * X: 1, Gt * X: -Xt * G if tangent else Xt * G}
    return Evidence(
        rows=(
            Row("smallest eigenvalue of B'B", smallest, "lower", 1.0, 1e-12, ROUNDING),
            Row("B H against the polar factor by the SVD, largest distance", apart, "tight", 0.0, 1e-10, ROUNDING),
            Row("B'B against I + eta^2 G'G, largest relative distance", gram, "tight", 0.0, 1e-12, ROUNDING),
        ),
        steps=(
            identity("(1) B'B = I + eta^2 G'G", (Xt - eta * Gt) * (X - eta * G), 1 + eta**2 * Gt * G, rules),
            kernel.theorem("(2) the spectral theorem", "spectral_theorem"),
            kernel.theorem("(3) and (4) exactly one polar step", formal),
            kernel.theorem("exactly one trajectory from every start", "trajectory_exists"),
        ),
    )
