"""Claims of the chapter on the population dynamics: the law of the initial alignment, its moments."""

from __future__ import annotations

import functools

import numpy as np
import scipy.stats
import sympy

from wnsense import population, stiefel
from wnsense.claims.registry import Evidence, Level, Row, claim
from wnsense.proof import symbolic
from wnsense.proof.step import classical
from wnsense.two_sample import energy_test

CHAPTER = "population_dynamics"
LEVEL = 0.01  # of each test of a law: a true law fails one test in a hundred seeds, and the seed is fixed


@functools.cache  # controls share the samples they leave as they are
def direct_alignments(m, r, k, count, seed):
    """S = U'XX'U of uniform directions, from the definition, for a range that is not along the axes: (count, k, k)."""
    rng = np.random.default_rng(seed)
    U = stiefel.random_point(m, k, rng)
    Phi = U.T @ np.linalg.qr(rng.standard_normal((count, m, r)))[0]  # any basis of range(Z), Z Gaussian
    return Phi @ Phi.transpose(0, 2, 1)


def cholesky_alignment(m, r, k, rng):
    """What the sampler would give with the Cholesky factor G_1 = TT' in the place of the symmetric root."""
    T = np.linalg.cholesky(population.wishart(r, k, rng))
    W = np.linalg.solve(T, np.linalg.solve(T, population.wishart(m - r, k, rng)).T)
    return population.Alignment(stiefel.sym(W))


@functools.cache
def sampled_alignments(m, r, k, count, seed, *, extra=0, root="symmetric"):
    """S from Wishart matrices: (count, k, k); extra degrees of freedom in G_1 are for a control."""
    rng = np.random.default_rng(seed)
    draw = population.random_alignment if root == "symmetric" else cholesky_alignment
    return np.array([draw(m + extra, r + extra, k, rng).S for _ in range(count)])


def entries(S):
    """Independent entries of each matrix, (count, k(k+1)/2)."""
    return S[:, *np.triu_indices(S.shape[1])]


FUNCTIONALS = {
    "first diagonal entry": lambda S: S[:, 0, 0],
    "last diagonal entry": lambda S: S[:, -1, -1],
    "an off-diagonal entry": lambda S: S[:, 0, 1],
    "1 / (S^-1)_11": lambda S: 1 / np.linalg.inv(S)[:, 0, 0],
    "lambda_min": lambda S: np.linalg.eigvalsh(S)[:, 0],
    "determinant": lambda S: np.linalg.det(S),
}


@functools.cache
def root_identities():
    """The spectrum of the sampler is that of the definition; the symmetric root turns with its argument."""
    H, Hi, R, G1, G2, Gi, Q, Qt = symbolic.matrices("H Hi R G1 G2 Gi Q Qt")  # H = (G1+G2)^{1/2}, R = G1^{-1/2}
    one = sympy.Integer(1)
    roots = {R * G1 * R: one, R * R: Gi, H * H: G1 + G2, H * Hi: one, Hi * H: one, G1 * Gi: one, Gi * G1: one}
    turned = {Q * Qt: one, Qt * Q: one, R * G1 * R: one}
    return (
        classical("1 St(m, r) has one invariant probability law", by="Haar measure"),
        symbolic.identity("4 S BB' = I, B = HR", (Hi * G1 * Hi) * (H * R) * (R * H), 1, roots),
        symbolic.identity(
            "4 B'B = I + G1^{-1/2} G2 G1^{-1/2}", R * (H * H) * R, 1 + R * G2 * R, {H * H: G1 + G2, R * G1 * R: one}
        ),
        classical("4 BB' and B'B have the same spectrum", by="SVD"),
        symbolic.identity("5 (Q'G1Q)^{-1/2} = Q'G1^{-1/2}Q", (Qt * R * Q) * (Qt * G1 * Q) * (Qt * R * Q), 1, turned),
    )


@claim(
    id="thm-initial-alignment-law",
    title="The law of the initial alignment",
    statement=r"X_0\text{ uniform on }\mathrm{St}(m,r),\ G_1\sim\mathcal W_{r_A}(r),\ G_2\sim\mathcal W_{r_A}"
    r"(m-r)\text{ independent}:\quad"
    r"S_0\overset d=(G_1+G_2)^{-1/2}G_1(G_1+G_2)^{-1/2}\sim\mathrm{Beta}_{r_A}(\tfrac r2,\tfrac{m-r}2),\quad"
    r"r\ge r_A:\ S_0^{-1}-I\overset d=G_1^{-1/2}G_2G_1^{-1/2};\quad S_0\overset d=Q^\top S_0Q",
    level=Level.PROVED,
    source="ours",
    uses=("prop-only-alignment",),
    chapter=CHAPTER,
    controls={
        "r + 1 degrees of freedom in G_1": dict(extra=1),
        "Cholesky factor for the symmetric root": dict(root="cholesky"),
    },
)
def initial_alignment(effort, *, extra=0, root="symmetric"):
    """The root argument in words; the sampler against the definition, by tests of fixed level; exact marginal laws."""
    m, r, k = 10, 3, 2
    count = effort.pick(400, 3000)
    direct = direct_alignments(m, r, k, count, 41)
    sampled = sampled_alignments(m, r, k, count, 44, extra=extra, root=root)
    rows = [
        Row(
            "p-value, energy test, sampler and definition",
            energy_test(entries(direct), entries(sampled), 199, np.random.default_rng(46)),
            "lower",
            LEVEL,
        )
    ]
    p = {name: scipy.stats.ks_2samp(value(direct), value(sampled)).pvalue for name, value in FUNCTIONALS.items()}
    worst = min(p, key=p.get)
    rows.append(
        Row(
            f"least of {len(p)} KS p-values, times {len(p)} ({worst})",
            min(1, len(p) * p[worst]),
            "lower",
            LEVEL,
        )
    )
    many = sampled_alignments(m, r, k, effort.pick(1500, 40000), 45, extra=extra, root=root)
    exact = {
        "first diagonal entry": scipy.stats.beta(r / 2, (m - r) / 2),
        "1 / (S^-1)_11": scipy.stats.beta((r - k + 1) / 2, (m - r) / 2),
    }
    for name, law in exact.items():
        rows.append(
            Row(
                f"p-value, {name} and its Beta law",
                scipy.stats.kstest(FUNCTIONALS[name](many), law.cdf).pvalue,
                "lower",
                LEVEL,
            )
        )
    rows.append(
        Row(
            "m - r < r_A: forced eigenvalues 1 of S",
            edge_cases(),
            "tight",
            0,
            1e-9,
            "rounding",
        )
    )
    return Evidence(rows, root_identities())


def edge_cases():
    """Where m - r < k the span must meet range(A): the largest distance from 1 of eigenvalues of S that must be 1."""
    worst = 0.0
    for m, r, k in ((5, 5, 3), (5, 4, 3), (6, 4, 4), (3, 3, 3)):
        forced = k - (m - r)
        for S in (*sampled_alignments(m, r, k, 20, 47), *direct_alignments(m, r, k, 20, 47)):
            worst = max(worst, np.abs(1 - np.linalg.eigvalsh(S)[-forced:]).max())
    return worst


@functools.cache
def both_roots(m, r, k, count):
    """Alignments through the symmetric and through the Cholesky root of the same G_1, with the same G_2."""
    rng, pairs = np.random.default_rng(42), []
    for _ in range(count):
        G1, G2 = population.wishart(r, k, rng), population.wishart(m - r, k, rng)
        w, V = np.linalg.eigh(G1)
        roots = (V / np.sqrt(w)) @ V.T, np.linalg.inv(np.linalg.cholesky(G1))
        pairs.append([population.Alignment(stiefel.sym(B @ G2 @ B.T)) for B in roots])
    return pairs


@claim(
    id="prop-root-matters",
    title="Which root: the same spectrum, another law",
    statement=r"G_1=TT^\top\text{ (Cholesky)},\ W'=T^{-1}G_2T^{-\top}:\ W'\text{ has the spectrum of }"
    r"W=G_1^{-1/2}G_2G_1^{-1/2},"
    r"\text{ but for }r_A\ge2,\ r<m\ \text{another law; runs from both have the same }"
    r"\lambda_t\text{ for }\Sigma\propto I,\text{ not in general}",
    level=Level.PROVED,
    source="ours",
    uses=("thm-initial-alignment-law",),
    chapter=CHAPTER,
    controls={
        "the same runs claimed for any Sigma": dict(kappa=4.0),
        "the Cholesky sample claimed to have exchangeable diagonal entries": dict(exchangeable=True),
        "degrees of freedom off by one in W'_11": dict(shift=1),
    },
)
def root_matters(effort, *, kappa=1.0, exchangeable=False, shift=0):
    """The same Wishart matrices through both roots: spectra, runs, laws of single entries."""
    T, Ti, Tt, Tit, G1, G2, R = symbolic.matrices("T Ti Tt Tit G1 G2 R")
    rules = {Ti * T: 1, T * Ti: 1, Tt * Tit: 1, Tit * Tt: 1, R * T * Tt * R: 1}
    O, Ot = R * T, Tt * R  # orthogonal: W = O W' O'
    steps = (
        symbolic.identity("1 O = G1^{-1/2} T is orthogonal", O * Ot, 1, rules),
        symbolic.identity("1 G1^{-1/2} G2 G1^{-1/2} = O W' O'", R * G2 * R, O * (Ti * G2 * Tit) * Ot, rules),
        classical("2 T_11^2 ~ chi^2_r, T_kk^2 ~ chi^2_{r-k+1}", by="Bartlett"),
    )
    m, r = 9, 3
    pairs = both_roots(m, r, 2, effort.pick(1500, 20000))
    W = np.array([[alignment.W[(0, 1), (0, 1)] for alignment in pair] for pair in pairs])
    spectra = runs = 0.0
    for pair in pairs[:50]:
        spectra = max(spectra, np.abs(np.subtract(*(np.linalg.eigvalsh(alignment.S) for alignment in pair))).max())
        for _ in range(8):
            pair = [population.step(np.array([1.0, 1 / kappa]), 0.5, alignment) for alignment in pair]
        runs = max(runs, abs(pair[0].smallest - pair[1].smallest))
    ratio = scipy.stats.f(m - r, r + shift)  # (chi^2_{m-r}/(m-r)) / (chi^2_r/r) has Fisher's law
    law = scipy.stats.kstest(W[:, 1, 0] * (r + shift) / (m - r), ratio.cdf).pvalue
    equal = [scipy.stats.ks_2samp(W[::2, root, 0], W[1::2, root, 1]).pvalue for root in (0, 1)]
    rows = (
        Row(
            "spectra of S, difference",
            spectra,
            "tight",
            0,
            1e-11,
            "rounding",
        ),
        Row("lambda_8, difference, kappa as claimed", runs, "tight", 0, 1e-11, "rounding"),
        Row("Cholesky: p-value of the law of W'_11", law, "lower", LEVEL),
        Row("symmetric: p-value, W_11 and W_kk alike", equal[0], "lower", LEVEL),
        Row(
            "Cholesky: p-value, W'_11 and W'_kk alike",
            equal[1],
            *(("lower", LEVEL) if exchangeable else ("upper", 1e-6)),
        ),
    )
    return Evidence(rows, steps)


@claim(
    id="lem-alignment-moments",
    title="Mean and covariance of the initial alignment",
    statement=r"\mathbb ES_0=\tfrac rmI;\quad v=\frac{r(m-r)}{m(m-1)(m+2)}:\ \operatorname{Var}S_{ij}=v,"
    r"\ \operatorname{Var}S_{ii}=2v\big(1-\tfrac1m\big)=\frac{2r(m-r)}{m^2(m+2)},"
    r"\ \operatorname{Cov}(S_{ii},S_{jj})=-\tfrac{2v}m;\quad"
    r"\mathbb E\lVert S_0-\tfrac rmI\rVert_F^2=v\,r_A\big(r_A+1-\tfrac2m\big)",
    level=Level.PROVED,
    source="ours",
    uses=("thm-initial-alignment-law",),
    chapter=CHAPTER,
    controls={
        "m + 1 for m + 2": dict(two=1),
        "variance of S_ii 10 % too large": dict(stretch=1.1),
        "rotation invariance not used: diagonal entries taken independent": dict(independent=True),
    },
)
def alignment_moments(effort, *, two=2, stretch=1.0, independent=False):
    """Three linear equations solved; sample moments of the definition within four standard errors."""
    m, r, a, b, c = sympy.symbols("m r a b c", positive=True)
    mean_square = sympy.Eq(b, r**2 / m**2) if independent else sympy.Eq(2 * c, a - b)
    (solved,) = sympy.solve(
        [sympy.Eq(m * a + m * (m - 1) * b, r**2), sympy.Eq(a + (m - 1) * c, r / m), mean_square], [a, b, c], dict=True
    )
    v = r * (m - r) / (m * (m - 1) * (m + two))
    k = sympy.Symbol("k", positive=True)
    scale = sympy.nsimplify(stretch)
    steps = (
        symbolic.scalar_identity("3 E P_12^2 = v", solved[c], v),
        symbolic.scalar_identity("3 Var P_11 = 2v(1 - 1/m)", solved[a] - r**2 / m**2, scale * 2 * v * (1 - 1 / m)),
        symbolic.scalar_identity(
            "3 that is the variance of Beta(r/2, (m-r)/2)",
            solved[a] - r**2 / m**2,
            2 * r * (m - r) / (m**2 * (m + 2)),
        ),
        symbolic.scalar_identity("3 Cov(P_11, P_22) = -2v/m", solved[b] - r**2 / m**2, -2 * v / m),
        symbolic.scalar_identity(
            "4 E|S - (r/m) I|^2 = v k (k + 1 - 2/m)",
            k * (solved[a] - r**2 / m**2) + k * (k - 1) * solved[c],
            v * k * (k + 1 - 2 / m),
        ),
    )
    size, columns, rank = 6, 2, 3
    S = direct_alignments(size, columns, rank, effort.pick(20000, 200000), 43)
    value = float(v.subs({m: size, r: columns}))
    d = S - columns / size * np.eye(rank)
    squares = d[:, 0, 0] ** 2, d[:, 0, 1] ** 2, d[:, 0, 0] * d[:, 1, 1], np.sum(d**2, axis=(1, 2))
    theory = stretch * 2 * value * (1 - 1 / size), value, -2 * value / size, value * rank * (rank + 1 - 2 / size)
    names = "Var S_11", "Var S_12", "Cov(S_11, S_22)", "E|S - (r/m)I|_F^2"
    rows = [
        Row(
            "mean of S - (r/m)I, in standard errors",
            np.abs(d.mean(0) / d.std(0)).max() * len(d) ** 0.5,
            "upper",
            4,
        )
    ]
    for name, x, t in zip(names, squares, theory):
        rows.append(
            Row(
                name,
                x.mean(),
                "tight",
                t,
                4 * x.std() / len(x) ** 0.5,
                "sampling",
            )
        )
    return Evidence(rows, steps)
