"""`python -m wnsense verify`: run the checks and controls of the book's claims and say how each fared."""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from joblib import Parallel, delayed
from tqdm import tqdm

from wnsense.claims.registry import Effort, Verdict, all_claims, verify
from wnsense.claims.report import as_dict, detail, summary, table


def add_parser(subparsers) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "verify",
        help="run every check and every control of the book's claims",
        description="Run checks and controls. Exit code 0 if every claim holds and every control is rejected, 1 if not, 2 for bad usage.",
    )
    parser.add_argument("--only", metavar="PATTERN", help='ids to verify, with wildcards: "thm-*"')
    parser.add_argument("--json", metavar="FILE", type=Path, help="write all the evidence to FILE")
    parser.add_argument("--effort", choices=[e.value for e in Effort], default=Effort.QUICK.value, help="how long a check may look (default quick)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="claims verified at the same time (default 2)")
    parser.set_defaults(run=run, parser=parser)


def _timed(id: str, effort: Effort) -> tuple[Verdict, float]:
    start = time.perf_counter()
    return verify(all_claims()[id], effort), time.perf_counter() - start


def run(arguments: argparse.Namespace) -> int:
    """Verify the claims asked for; see `add_parser` for the exit code."""
    claims = all_claims()
    ids = [id for id in claims if arguments.only is None or fnmatch.fnmatchcase(id, arguments.only)]
    if not ids:
        arguments.parser.error(f"--only is {arguments.only!r}, which no id matches; expected a pattern such as 'thm-*'")
    if arguments.jobs < 1:
        arguments.parser.error(f"--jobs is {arguments.jobs}; expected at least 1")
    if arguments.json is not None and not os.access(arguments.json.parent, os.W_OK):
        arguments.parser.error(f"--json is {arguments.json}, in a folder that does not exist or cannot be written; expected one that can")
    work = Parallel(n_jobs=min(arguments.jobs, len(ids)), return_as="generator")(delayed(_timed)(id, Effort(arguments.effort)) for id in ids)
    # a bar on a terminal only: in a log it would be noise
    timed = list(tqdm(work, total=len(ids), unit="claim", disable=not sys.stderr.isatty()))
    verdicts = [verdict for verdict, _ in timed]
    print(table([["claim", "level", "verdict", "controls", "measured", "theory", "ratio", "what is measured"], *map(summary, verdicts)]))
    for verdict in verdicts:
        if not verdict.sound:
            print("\n" + detail(verdict))
    levels = Counter(verdict.claim.level.value for verdict in verdicts)
    unsound = sum(not verdict.sound for verdict in verdicts)
    print(f"\n{len(verdicts)} claims ({', '.join(f'{count} {level}' for level, count in levels.items())}), "
          f"{sum(len(v.controls) for v in verdicts)} controls; {unsound or 'none'} in trouble")
    slowest = sorted(timed, key=lambda pair: -pair[1])[:3]
    print("slowest: " + ", ".join(f"{verdict.claim.id} {seconds:.1f} s" for verdict, seconds in slowest))
    if arguments.json is not None:
        _write(arguments.json, json.dumps([as_dict(verdict) for verdict in verdicts], indent=1))
    return 1 if unsound else 0


def _write(path: Path, text: str) -> None:
    """Replace the file whole."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)
