r"""Exact identities by SymPy: polynomials and functions of scalars, and words in matrices that do not commute.

Matrices of any size are noncommutative symbols. What is known of them is a list of rewriting rules, word -> expression,
applied until none fits: :math:`X^\top X=I` is ``{Xt * X: 1}``. Rules must shorten or order words, else they never end.

>>> X, Xt = matrices("X Xt")
>>> identity("P is idempotent", (X*Xt) * (X*Xt), X*Xt, rules={Xt*X: 1}).holds
True
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy

from wnsense.proof.step import Step

_MAX_REWRITES = 100_000
_MAX_LETTERS = 200


def matrices(names: str) -> tuple[sympy.Symbol, ...]:
    """Noncommutative symbols, named in one string."""
    return sympy.symbols(names, commutative=False, seq=True)


def scalar_identity(label: str, left, right) -> Step:
    """The step that two scalar expressions are equal: their difference simplifies to zero."""
    return Step(label, "identity", "SymPy", sympy.simplify(sympy.sympify(left) - right) == 0)


def identity(label: str, left, right, rules: Mapping | None = None) -> Step:
    """The step that two noncommutative polynomials are equal modulo the rules."""
    return Step(label, "identity", "SymPy", not _reduce(left - right, rules))


def trace_identity(label: str, left, right, rules: Mapping | None = None, transposes: Mapping | None = None) -> Step:
    """The step that two noncommutative polynomials have equal trace: words are equal up to rotation, and reversal.

    `transposes` maps each symbol to its transpose (a symmetric one to itself); without it words are not reversed.
    """
    total: dict = {}
    words = _reduce(left - right, rules)
    while words:
        word, coefficient = words.popitem()
        # a rotation may fit a rule that the word did not: rewrite until no rotation does
        for rotation in _rotations(word):
            rewritten = _rewrite_once(rotation, _as_rules(rules))
            if rewritten is not None:
                for new, factor in rewritten.items():
                    words[new] = sympy.expand(words.get(new, 0) + coefficient * factor)
                break
        else:
            candidates = list(_rotations(word))
            if transposes is not None:
                candidates += list(_rotations(tuple(transposes[letter] for letter in reversed(word))))
            key = min(candidates, key=lambda w: [letter.name for letter in w])
            total[key] = sympy.expand(total.get(key, 0) + coefficient)
    return Step(label, "identity", "SymPy", all(coefficient == 0 for coefficient in total.values()))


def transpose(expression, transposes: Mapping):
    """The transpose of a noncommutative polynomial; `transposes` maps each symbol to its transpose."""
    words = _words(sympy.sympify(expression))
    return sympy.Add(*(c * sympy.Mul(*(transposes[letter] for letter in reversed(w))) for w, c in words.items()))


def _words(expression) -> dict[tuple, sympy.Expr]:
    """A noncommutative polynomial as word -> commutative coefficient."""
    words: dict[tuple, sympy.Expr] = {}
    for term in sympy.Add.make_args(sympy.expand(expression)):
        scalars, letters = term.args_cnc()
        word = []
        for letter in letters:
            base, power = letter.as_base_exp()
            if not (base.is_Symbol and power.is_Integer and power > 0):
                raise ValueError(f"{letter} is no power of a symbol; expected a polynomial (give inverses a symbol and rules)")
            word += [base] * int(power)
        word = tuple(word)
        words[word] = sympy.expand(words.get(word, 0) + sympy.Mul(*scalars))
    return {word: coefficient for word, coefficient in words.items() if coefficient != 0}


def _as_rules(rules: Mapping | None) -> list[tuple[tuple, dict]]:
    as_rules = []
    for left, right in (rules or {}).items():
        (word, coefficient), = _words(sympy.sympify(left)).items()
        if coefficient != 1 or not word:
            raise ValueError(f"rule {left} is no word; expected a product of symbols with coefficient 1")
        as_rules.append((word, _words(sympy.sympify(right))))
    return as_rules


def _rewrite_once(word: tuple, rules) -> dict[tuple, sympy.Expr] | None:
    for left, right in rules:
        for i in range(len(word) - len(left) + 1):
            if word[i : i + len(left)] == left:
                return {word[:i] + middle + word[i + len(left) :]: c for middle, c in right.items()}
    return None


def _rotations(word: tuple):
    return (word[i:] + word[:i] for i in range(max(len(word), 1)))


def _reduce(expression, rules: Mapping | None) -> dict[tuple, sympy.Expr]:
    as_rules = _as_rules(rules)
    open_words, final = _words(sympy.sympify(expression)), {}
    for _ in range(_MAX_REWRITES):
        if not open_words:
            return {word: coefficient for word, coefficient in final.items() if coefficient != 0}
        word, coefficient = open_words.popitem()
        if len(word) > _MAX_LETTERS:
            break
        rewritten = _rewrite_once(word, as_rules)
        target, parts = (final, {word: 1}) if rewritten is None else (open_words, rewritten)
        for new, factor in parts.items():
            target[new] = sympy.expand(target.get(new, 0) + coefficient * factor)
    raise ValueError(f"rules {rules} did not end ({_MAX_REWRITES} rewrites or {_MAX_LETTERS} letters); expected rules that shorten or order words")
