"""The claim of "Finite samples, sharper" that is quoted: the published two-phase theorem."""

from __future__ import annotations

from wnsense.claims.registry import Claim, Level, add

CHAPTER = "finite_samples_sharp"

add(
    Claim(
        id="thm-published-two-phase",
        title="Two phases (published)",
        statement=r"r>r_A,\ (r+r_A+1,\delta)\text{-RIP with }\delta=O\Big(\tfrac{(r-r_A)^6}{\kappa^2m^3r^4r_A}\Big),\ "
        r"\eta=O\Big(\tfrac{(r-r_A)^4}{\kappa^2m^2r^2r_A}\Big),\ \mu=2,\ \lVert\Theta_0\rVert\le2,\ \sigma_1=1,\ "
        r"X_0\text{ uniform}:\ "
        r"\operatorname{tr}S_t\text{ rises to }r_A-\tfrac12\text{ within "
        r"}t_0=O\Big(\tfrac{\kappa^4m^4r^4r_A^2}{(r-r_A)^8}\Big),\text{ then }"
        r"\lVert X_t\Theta_tX_t^\top-A\rVert_F\le3\Big(1-c\tfrac{(r-r_A)^4}{\kappa^4m^2r^2r_A}\Big)^{t-t_0}",
        level=Level.CITED,
        source="wei2025, Theorem 3.2",
        uses=("alg-rgd",),
        chapter=CHAPTER,
    )
)
