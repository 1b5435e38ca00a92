"""The .npz files of the command line: measurements in, a recovered matrix out."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from wnsense import sensing, storage, validate
from wnsense.recover import Recovery


def read(path: str | os.PathLike) -> tuple[sensing.Packed, np.ndarray]:
    """Read measurements: the arrays `y` (n,) and `measurements`, (n, m, m) symmetric or (n, m(m+1)/2) packed.

    Parameters
    ----------
    path : path of an .npz file
        Packed as in `wnsense.packing`: the upper triangle row by row, off-diagonal entries times the square root of
        2. float32 measurements stay float32.

    Returns
    -------
    operator : Packed
    y : ndarray (n,), float64

    Raises
    ------
    ValueError
        If the file is missing, unreadable, truncated, no .npz or holds pickled objects; if an array is missing, of
        wrong shape, not real, not finite, or not symmetric. One line that says what was wrong and what was expected.
    """
    path = Path(path)
    wanted = "expected an .npz file with the arrays 'y' and 'measurements'"
    if not path.exists():
        raise ValueError(f"{path} does not exist; {wanted}")
    try:
        with np.load(path, allow_pickle=False) as file:
            missing = [name for name in ("y", "measurements") if name not in file.files]
            if not missing:
                y, measurements = file["y"], file["measurements"]
    # decoding a file from outside fails in a dozen ways (zipfile, zlib, numpy, the file system), and all mean the
    # same
    except Exception as error:
        raise ValueError(f"{path} cannot be read: {_one_line(error)}; {wanted}, no pickled objects") from None
    if missing:
        raise ValueError(f"{path} has no array {' and no array '.join(map(repr, missing))}; {wanted}")
    operator = sensing.from_matrices(measurements)
    return operator, validate.array("y", y, (operator.n,)).astype(np.float64)


def check_output(path: str | os.PathLike, source: str | os.PathLike) -> Path:
    """The path of a result that can be written and is not its own source, or ValueError."""
    path = Path(path)
    folder = path.parent
    if path.is_dir():
        raise ValueError(f"output {path} is a folder; expected the name of a file")
    if not folder.is_dir():
        raise ValueError(f"output folder {folder} does not exist; expected a folder that can be written to")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ValueError(f"output folder {folder} cannot be written to; expected one that can")
    if path.resolve() == Path(source).resolve() or (path.exists() and Path(source).exists() and path.samefile(source)):
        raise ValueError(f"output {path} is the input file; expected another name")
    return path


def write(path: str | os.PathLike, recovery: Recovery) -> None:
    """Write `estimate`, `X`, `Theta`, `rank`, `stop_reason` and `history` of a recovery, atomically."""
    storage.write_npz(
        path,
        estimate=recovery.estimate,
        X=recovery.X,
        Theta=recovery.Theta,
        rank=recovery.rank,
        stop_reason=recovery.stop_reason.value,
        history=recovery.history,
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
