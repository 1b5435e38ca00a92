"""`python -m wnsense recover`: recover a low-rank positive semidefinite matrix from a file of measurements."""

from __future__ import annotations

import argparse
import sys

from wnsense import measurement_file
from wnsense.iterate import StopReason
from wnsense.recover import METHODS, recover

DESCRIPTION = """\
Find the positive semidefinite matrix A of low rank with <M_i, A> = y_i, i = 1..n.

input arrays:
  y             (n,)
  measurements  (n, m, m) symmetric, or packed (n, m(m+1)/2): the upper triangle row by row,
                off-diagonal entries times the square root of 2:
                M11, sqrt(2) M12, .., sqrt(2) M1m, M22, sqrt(2) M23, .., Mmm
output arrays:
  estimate      (m, m), X Theta X^T
  X, Theta      (m, a) with orthonormal columns, (a, a) symmetric
  rank          the number of eigenvalues that the data resolve
  stop_reason   converged, stalled (the residual stopped falling: noise, float32 rounding, or a
                rank bound too small), budget or interrupted
  history       relative residual |M(Z) - y| / |y|, at the start and after each iteration

exit code: 0 converged; 3 stalled, or out of budget, result written; 2 bad input or usage,
nothing written; 1 the result could not be written; 130 interrupted, result written
"""

EXIT_CODES = {StopReason.CONVERGED: 0, StopReason.INTERRUPTED: 130}


def add_parser(subparsers) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "recover",
        help="recover a low-rank positive semidefinite matrix from its measurements",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.error = _refuse  # one line, as for every other bad input
    parser.add_argument("input", metavar="measurements.npz", help="the arrays y and measurements")
    parser.add_argument(
        "-o", "--output", required=True, metavar="result.npz", help="written atomically, whatever its suffix"
    )
    parser.add_argument(
        "--method",
        default="cg",
        metavar="|".join(METHODS),
        help="conjugate gradients (default), or the paper's Riemannian gradient descent",
    )
    parser.add_argument(
        "--rank-bound",
        type=int,
        metavar="R",
        help="default: the largest r <= m with r(2m-r+1)/2 <= n, which n measurements determine",
    )
    parser.add_argument(
        "--tol", type=float, default=1e-10, metavar="T", help="relative residual to reach (default 1e-10)"
    )
    parser.add_argument(
        "--max-passes", type=int, default=5000, metavar="K", help="budget of operator passes (default 5000)"
    )
    parser.add_argument(
        "--noisy",
        action="store_true",
        help="y carries noise: do not fit it; a residual that has settled counts as converged (cg)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read, recover, write; returns the exit code."""
    try:
        output = measurement_file.check_output(arguments.output, arguments.input)
        operator, y = measurement_file.read(arguments.input)
        recovery = recover(
            operator,
            y,
            rank_bound=arguments.rank_bound,
            method=arguments.method,
            tolerance=arguments.tol,
            max_passes=arguments.max_passes,
            noisy=arguments.noisy,
            progress=sys.stderr.isatty(),
        )
    except ValueError as error:
        _refuse(str(error))
    try:
        measurement_file.write(output, recovery)
    except OSError as error:
        print(f"wnsense recover: {output} could not be written: {error}", file=sys.stderr)
        return 1
    print(
        f"{recovery.stop_reason.value}: rank {recovery.rank}, relative residual {recovery.history[-1]:.1e} "
        f"after {len(recovery.history) - 1} iterations and {recovery.passes} operator passes; written to {output}"
    )
    return EXIT_CODES.get(recovery.stop_reason, 3)


def _refuse(message: str):
    """Exit with code 2 and one line on stderr."""
    print(f"wnsense recover: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(2)
