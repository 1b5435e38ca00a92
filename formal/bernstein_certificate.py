"""Print the certificate in ScalarInequality.v: 3 br - den^2 at x = 1/2 in the Bernstein basis of degree 6 on [0, 1].

    python formal/bernstein_certificate.py

A polynomial is nonnegative on [0, 1] when its Bernstein coefficients, those of v^i (1 - v)^(6 - i), are. They are printed
over one denominator, in the notation of MathComp, in chunks of three digits: it has numerals only in unary. Needs SymPy.
"""

from sympy import Poly, Rational, binomial, expand, symbols

DEGREE, DENOMINATOR = 6, 256 * 10**6


def polynomial(v):
    """3 br - den^2 of Steps 9 and 10 at x = 1/2, with the formal constants theta, phi, psi."""
    x, l = Rational(1, 2), 1 - v**2
    theta, psi = Rational(7, 40) * v, Rational(9, 200)
    phi = psi * (1 - v**2 / 2)
    bracket = 2 * (1 - theta - phi * (1 + theta)) - x * (1 + theta) ** 2 * (1 + l * (1 + psi) ** 2)
    return expand(3 * bracket - (1 + x * v**2 * (1 + psi) * (1 + theta)) ** 2)


def coefficients() -> list[int]:
    """The coefficients of v^i (1 - v)^(6 - i), times the denominator."""
    v = symbols("v")
    powers = Poly(polynomial(v), v).all_coeffs()[::-1]
    bernstein = [binomial(DEGREE, i) * sum(Rational(binomial(i, j), binomial(DEGREE, j)) * powers[j] for j in range(i + 1)) for i in range(DEGREE + 1)]
    scaled = [DENOMINATOR * b for b in bernstein]
    if not all(c.is_integer and c > 0 for c in scaled):
        raise ValueError(f"the coefficients {scaled} are no certificate; expected positive integers")
    return [int(c) for c in scaled]


def numeral(number: int) -> str:
    """A natural number in chunks of three digits."""
    if number < 1000:
        return f"{number}%:R"
    thousands, rest = divmod(number, 1000)
    return f"({numeral(thousands)} * 1000%:R + {rest}%:R)"


if __name__ == "__main__":
    for i, coefficient in enumerate(coefficients()):
        powers = ([f"v ^+ {i}"] if i else []) + ([f"w ^+ {DEGREE - i}"] if DEGREE - i else [])
        print(" * ".join([numeral(coefficient), *powers]))
