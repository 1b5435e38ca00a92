"""Build the formal proofs, ask the kernel what they rest on, and see that it rejects the controls: `make formal`.

    python formal/check.py            writes the record formal/verified.json
    python formal/check.py --compare  fails if the record that is there says anything else

The record is what the book's claims of level *formal* read (wnsense.proof.kernel): the hash of every source, and for every
theorem of Theorems.v its statement as Coq prints it and the axioms it rests on. Needs coqc and MathComp, and only Python's
standard library.

A control is a file in controls/ with one passage that should not pass, marked

    (* wrong: *) ... (* instead of: ... *)

It must be rejected: by coqc, or because its last theorem rests on an axiom. With each marked passage replaced by what stands
after "instead of" the same file must be accepted, so that it is rejected for nothing else.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FORMAL = Path(__file__).resolve().parent
BUILD = FORMAL.parent / "_build" / "formal"  # compiled here, so that the sources stay alone
RECORD = FORMAL / "verified.json"
THEOREMS = "Theorems.v"
NOTATION = """From mathcomp Require Import all_ssreflect all_algebra.
From WNSense Require Import Definitions Theorems.
Unset Printing Implicit Defensive.
Local Open Scope ring_scope."""
CLOSED = "Closed under the global context"
MARKED = re.compile(r"\(\* wrong: \*\)(.*?)\(\* instead of:(.*?)\*\)", re.DOTALL)
DECLARED = re.compile(r"^\s*(?:Theorem|Lemma|Corollary)\s+(\w+)", re.MULTILINE)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="build and check the formal proofs")
    parser.add_argument("--compare", action="store_true", help="compare with the record instead of writing it")
    compare = parser.parse_args(arguments).compare
    if shutil.which("coqc") is None or shutil.which("coq_makefile") is None:
        print("coqc is not installed, so the formal proofs cannot be checked here. On Debian:\n"
              "  apt-get install coq libcoq-mathcomp-algebra libcoq-mathcomp-algebra-tactics", file=sys.stderr)
        return 1
    build()
    record = {
        "coq": run(["coqc", "--print-version"], BUILD).stdout.split()[0],
        "sources": {path: sha256(FORMAL / path) for path in sources()},
        "theorems": theorems(),
        "controls": {path.name: control(path) for path in sorted((FORMAL / "controls").glob("*.v"))},
    }
    open_theorems = {name: entry["assumptions"] for name, entry in record["theorems"].items() if entry["assumptions"] != "closed"}
    faults = [f"{name} rests on {', '.join(axioms)}" for name, axioms in open_theorems.items()]
    faults += [f"control {name}: {entry['fate']}, {entry['because']}" for name, entry in record["controls"].items()
               if entry["fate"] != "rejected"]
    if not record["theorems"] or not record["controls"]:
        faults.append("there are no theorems, or no controls")
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    if not compare:
        RECORD.write_text(text, encoding="utf-8")
    elif not RECORD.exists() or json.loads(RECORD.read_text(encoding="utf-8")) != record:
        faults.append("formal/verified.json says something else than this build: run make formal")
    for name, entry in record["theorems"].items():
        print(f"{'no axioms' if entry['assumptions'] == 'closed' else 'AXIOMS   '}  {name}")
    for name, entry in record["controls"].items():
        print(f"{entry['fate']:9}  control {name}: {entry['because']}")
    for fault in faults:
        print(f"FAULT: {fault}")
    if not faults:
        print(f"{len(record['theorems'])} theorems checked by Coq {record['coq']}, none rests on an axiom.")
    return int(bool(faults))


def sources() -> list[str]:
    """Every Coq file, the controls too, relative to this folder."""
    return sorted(path.relative_to(FORMAL).as_posix() for path in [*FORMAL.glob("*.v"), *(FORMAL / "controls").glob("*.v")])


def sha256(path: Path) -> str:
    """The hash of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess:
    """Run a command in a folder and keep what it prints."""
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def build() -> None:
    """Compile what is out of date; exit where a file does not compile."""
    listed = {line for line in (FORMAL / "_CoqProject").read_text().split("\n") if line.endswith(".v")}
    if listed != {path.name for path in FORMAL.glob("*.v")}:
        sys.exit("formal/_CoqProject does not list exactly the .v files of its folder")
    BUILD.mkdir(parents=True, exist_ok=True)
    for old in BUILD.glob("*.v"):
        if old.name not in listed:
            old.unlink()
    for name in [*listed, "_CoqProject"]:
        if not (BUILD / name).exists() or (BUILD / name).read_bytes() != (FORMAL / name).read_bytes():
            shutil.copyfile(FORMAL / name, BUILD / name)
    made = run(["coq_makefile", "-f", "_CoqProject", "-o", "CoqMakefile"], BUILD)
    if made.returncode or subprocess.run(["make", "--no-print-directory", "-j2", "-f", "CoqMakefile"], cwd=BUILD).returncode:
        sys.exit(made.stderr or "the formal proofs do not compile")


def theorems() -> dict[str, dict]:
    """Every theorem of Theorems.v: where it is, its statement as Coq prints it, and what it rests on."""
    names = DECLARED.findall((FORMAL / THEOREMS).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        statements, assumptions = ask(Path(folder), NOTATION, names)
    return {name: {"file": THEOREMS, "statement": statements[name], "assumptions": assumptions[name]} for name in names}


def ask(folder: Path, start: str, names: list[str]) -> tuple[dict, dict]:
    """Print the statement and the assumptions of every name, after the commands of `start`."""
    queries = [start, "Set Printing Width 110."]
    for name in names:
        queries += [f'Redirect "{name}.statement" Check {name}.', f'Redirect "{name}.assumptions" Print Assumptions {name}.']
    (folder / "query.v").write_text("\n".join(queries) + "\n", encoding="utf-8")
    answer = run(["coqc", "-w", "-all", "-R", str(BUILD), "WNSense", "query.v"], folder)
    if answer.returncode:
        sys.exit(f"Coq does not answer for the theorems:\n{answer.stderr}")
    statements, assumptions = {}, {}
    for name in names:
        printed = (folder / f"{name}.statement.out").read_text(encoding="utf-8")
        statements[name] = " ".join(printed.partition(":")[2].split())
        assumptions[name] = rests_on((folder / f"{name}.assumptions.out").read_text(encoding="utf-8"))
    return statements, assumptions


def rests_on(printed: str) -> str | list[str]:
    """What Print Assumptions printed, as "closed" or the names of the axioms and of the unsafe definitions."""
    if printed.strip() == CLOSED:
        return "closed"
    lines = [line for line in printed.splitlines() if line and not line[0].isspace() and line.strip() != "Axioms:"]
    return [" ".join(line.partition(" :")[0].split()).rstrip(".") for line in lines] or ["what Coq did not print as expected"]


def control(path: Path) -> dict[str, str]:
    """The fate of a control, as it stands and mended, and why."""
    text = path.read_text(encoding="utf-8")
    if not MARKED.search(text):
        return {"fate": "accepted", "because": "no passage is marked as wrong"}
    mended = verdict(MARKED.sub(r"\2", text), path.stem)
    if mended:
        return {"fate": "unsound", "because": f"rejected even when mended: {mended}"}
    reason = verdict(text, path.stem)
    return {"fate": "rejected" if reason else "accepted", "because": reason or "Coq found nothing wrong"}


def verdict(text: str, module: str) -> str:
    """Why a file is rejected; empty if coqc compiles it and its last theorem rests on nothing."""
    name = DECLARED.findall(text)[-1]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"{module}.v").write_text(text, encoding="utf-8")
        compiled = run(["coqc", "-w", "-all", "-R", str(BUILD), "WNSense", f"{module}.v"], Path(folder))
        if compiled.returncode:
            message = compiled.stderr.partition("Error:")[2].strip() or "coqc failed"
            line = re.search(r"line (\d+)", compiled.stderr)
            return f"coqc, line {line[1] if line else '?'}: {message.splitlines()[0].strip()}"
        _, assumptions = ask(Path(folder), f"Require Import {module}.", [name])
    return "" if assumptions[name] == "closed" else f"{name} rests on {', '.join(assumptions[name])}"


if __name__ == "__main__":
    sys.exit(main())
