"""Everything that is checked, stage by stage: `make test`. Says where the time went, and names what was not run.

Every stage runs, whatever happened before it; the exit code is 1 if any of them failed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "_build" / "tests"
PYTEST = [sys.executable, "-m", "pytest", "-q"]
TWO = ["-n", "2"]

STAGES = {
    "formal proofs": [sys.executable, "formal/check.py", "--compare"],
    "claims and their controls": ["make", "verify"],
    "unit, properties, claims": [*PYTEST, *TWO, "tests/unit", "tests/properties", "tests/claims"],
    "lint of the chapters": [*PYTEST, "tests/notebooks"],
    # loadfile: the cells of one chapter share a kernel, so they stay together
    "chapters re-executed": [*PYTEST, *TWO, "--dist", "loadfile", "--nbval", "--nbval-current-env", "book"],
    "book built": ["make", "book"],
    "site in the browser": [*PYTEST, *TWO, "tests/site"],
}


def main() -> int:
    shutil.rmtree(RESULTS, ignore_errors=True)
    counts = dict.fromkeys(("passed", "failed", "errors", "skipped"), 0)
    lines, not_run = [], []
    start = time.perf_counter()
    for number, (name, command) in enumerate(STAGES.items(), 1):
        print(f"\n--- {number} of {len(STAGES)}: {name}", flush=True)
        if name == "formal proofs" and not shutil.which("coqc") and os.environ.get("CI") != "true":
            not_run.append("formal proofs: coqc is not installed; the committed record formal/verified.json stands in for them")
            lines.append(f"{0:8.1f} s  not run {name}")
            continue
        report = RESULTS / f"{number}.xml"
        pytest = command[: len(PYTEST)] == PYTEST
        began = time.perf_counter()
        code = subprocess.run([*command, f"--junit-xml={report}"] if pytest else command, cwd=ROOT).returncode
        seconds = time.perf_counter() - began
        if report.exists():
            for suite in ElementTree.parse(report).iter("testsuite"):
                total, failed, errors, skipped = (int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped"))
                for key, value in zip(counts, (total - failed - errors - skipped, failed, errors, skipped)):
                    counts[key] += value
                not_run += [f"{case.get('name')}: {case.find('skipped').get('message')}" for case in suite.iter("testcase") if case.find("skipped") is not None]
        elif code:  # a stage that is no pytest run, or one that did not come to its end
            counts["errors"] += 1
        lines.append(f"{seconds:8.1f} s  {'ok    ' if code == 0 else 'FAILED'}  {name}")
    print("\n" + "\n".join(lines))
    if not_run:
        print("\n*** NOT RUN ***\n" + "\n".join(not_run))
    failed = any("FAILED" in line for line in lines)
    summary = ", ".join(f"{value} {key}" for key, value in counts.items() if value or key == "passed")
    print(f"\n===== {summary}, {len(STAGES)} stages in {time.perf_counter() - start:.2f}s =====", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
