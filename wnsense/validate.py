"""Checks of arguments: each raises a ValueError that names the argument, what is wrong and what was expected."""

from __future__ import annotations

import numbers

import numpy as np


def integer(name: str, value, *, low: int, high: int | None = None) -> int:
    """`value` as an int within [low, high], or ValueError."""
    wanted = f"an integer of at least {low}" if high is None else f"an integer between {low} and {high}"
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral):
        raise ValueError(f"{name} is {value!r}; expected {wanted}")
    if value < low or (high is not None and value > high):
        raise ValueError(f"{name} is {int(value)}; expected {wanted}")
    return int(value)


def positive(name: str, value) -> float:
    """`value` as a finite float above zero, or ValueError."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise ValueError(f"{name} is {value!r}; expected a positive finite number")
    if not np.isfinite(value) or value <= 0:
        raise ValueError(f"{name} is {float(value)}; expected a positive finite number")
    return float(value)


def array(name: str, value, shape: tuple[int | str, ...]) -> np.ndarray:
    """`value` as a finite real floating array of the given shape (strings stand for free lengths), or ValueError."""
    expected = "(" + ", ".join(str(s) for s in shape) + ("," if len(shape) == 1 else "") + ")"
    try:
        a = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} is not an array: {error}; expected shape {expected}") from None
    if a.dtype.kind not in "fiu":
        raise ValueError(f"{name} has dtype {a.dtype}; expected real numbers of shape {expected}")
    if a.ndim != len(shape) or any(isinstance(s, int) and s != n for s, n in zip(shape, a.shape)):
        raise ValueError(f"{name} has shape {a.shape}; expected {expected}")
    lengths: dict[str, int] = {}
    for s, n in zip(shape, a.shape):
        if isinstance(s, str) and lengths.setdefault(s, n) != n:
            raise ValueError(f"{name} has shape {a.shape}; expected {expected}")
    if a.dtype.kind != "f":
        a = a.astype(np.float64)
    if not np.isfinite(a).all():
        raise ValueError(f"{name} has {int((~np.isfinite(a)).sum())} entries that are not finite; expected finite numbers")
    return a


def symmetric(name: str, value, m: int | None = None) -> np.ndarray:
    """`value` as a finite symmetric (m, m) array (symmetric to 1e-8 of its largest entry), or ValueError."""
    a = array(name, value, ("m", "m") if m is None else (m, m))
    # 1e-8 of the scale: far above rounding in any way of forming S, far below a matrix that was meant otherwise
    gap = np.abs(a - a.T).max(initial=0.0)
    if gap > 1e-8 * np.abs(a).max(initial=0.0):
        raise ValueError(f"{name} is not symmetric: it differs from its transpose by {gap:.3g}; expected a symmetric matrix")
    return a


def orthonormal(name: str, value, shape: tuple[int | str, int | str]) -> np.ndarray:
    """`value` as a finite array of the given shape with orthonormal columns (to 1e-8), or ValueError."""
    X = array(name, value, shape)
    # 1e-8: rounding in any orthonormalisation is far smaller, a matrix that was never orthonormal far larger
    if np.abs(X.T @ X - np.eye(X.shape[1])).max(initial=0.0) > 1e-8:
        raise ValueError(f"{name} has columns that are not orthonormal; expected {name}.T @ {name} = I")
    return X


def spectrum(name: str, value, k: int) -> np.ndarray:
    """`value` as k positive numbers, largest first, or ValueError."""
    sigma = array(name, value, (k,))
    if (sigma <= 0).any() or (np.diff(sigma) > 0).any():
        raise ValueError(f"{name} is {sigma}; expected positive numbers, largest first")
    return sigma


def generator(name: str, value) -> np.random.Generator:
    """`value` if it is a numpy.random.Generator, or ValueError: nothing here touches the global generator."""
    if not isinstance(value, np.random.Generator):
        raise ValueError(f"{name} is {type(value).__name__}; expected a numpy.random.Generator, e.g. numpy.random.default_rng(0)")
    return value
