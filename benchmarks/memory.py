"""Peak memory of the packed Gaussian operator, built and used, beside the n m(m+1)/2 numbers that it must hold.

The full size (m=300, n=50000 in float32: 9.0 GB) needs that much memory and a minute: `python -m benchmarks.memory full`.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys

import numpy as np

from wnsense import packing, sensing


def peak(m: int, n: int, queue) -> None:
    """Build the operator, apply it and its adjoint; send the growth of the peak resident memory, in bytes."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    operator = sensing.gaussian(m, n, np.random.default_rng(0), np.float32)
    operator.normal(np.eye(m))
    queue.put(1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))  # Linux counts in KiB


def main(full: bool = False) -> None:
    """Print a row per size."""
    print("peak memory of the float32 Gaussian operator, built and used")
    print(f"{'m':>5}  {'n':>6}  {'peak':>8}  {'numbers':>8}  {'ratio':>6}  {'dense float64 / peak':>20}")
    for m, n in ((100, 6000), (300, 5000)) + (((300, 50_000),) if full else ()):
        context = multiprocessing.get_context("spawn")
        queue = context.Queue()
        process = context.Process(target=peak, args=(m, n, queue))
        process.start()
        used = queue.get()
        process.join()
        floor = 4 * n * packing.packed_size(m)
        print(f"{m:5d}  {n:6d}  {used / 1e9:6.2f}GB  {floor / 1e9:6.2f}GB  {used / floor:6.2f}  {8 * n * m * m / used:20.1f}")


if __name__ == "__main__":
    main(full="full" in sys.argv[1:])
