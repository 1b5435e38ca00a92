"""Paired timings: what is compared is run in turn, so that a drift of the machine's speed cancels in the ratio."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median


def paired(a: Callable[[], object], b: Callable[[], object], repeats: int) -> tuple[float, float, float]:
    """Median seconds of a, of b, and the median of the ratios a/b of neighbouring runs."""
    a(), b()  # warm caches and lazy imports
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        a()
        middle = time.perf_counter()
        b()
        times.append((middle - start, time.perf_counter() - middle))
    return median(t for t, _ in times), median(t for _, t in times), median(ta / tb for ta, tb in times)
