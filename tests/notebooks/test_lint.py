"""Chapters as files: executed whole and in order, nothing skipped, nothing that differs from machine to machine.

nbval re-executes the chapters and compares outputs, but passes a cell that was never executed; so this is checked here.
Below, every rule has a specimen that it must reject.
"""

import ast
import copy
import re
from pathlib import Path

import nbformat
import pytest

CHAPTERS = sorted((Path(__file__).parents[2] / "book").glob("*.ipynb"))
IMPORTS = {"wnsense", "numpy", "matplotlib", "sympy"}  # everything else a chapter needs is a function of the package
LONGEST = 15  # lines of a cell
METADATA = {  # as book/execute.py leaves it
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
VOLATILE = {
    "an address": re.compile(r"\bat 0x[0-9a-fA-F]{4,}|\b0x[0-9a-f]{8,}"),
    "a path of a machine": re.compile(r"(?<![\w.])/(?:tmp|home|root|Users|var)/"),
}


def problems(notebook: nbformat.NotebookNode) -> list[str]:
    """What is wrong with a notebook, one line each: the cell, then what it did."""
    found = [] if notebook.metadata == METADATA else ["the notebook has other metadata than book/execute.py writes"]
    executed = 0
    for position, cell in enumerate(notebook.cells):
        for problem in _cell_problems(cell):
            found.append(f"cell {position} {problem}")
        if cell.get("id") != f"cell-{position:03d}":
            found.append(f"cell {position} has the id {cell.get('id')!r}, which is not positional")
        if cell.cell_type == "code":
            executed += 1
            if cell.execution_count is None:
                found.append(f"cell {position} was never executed")
            elif cell.execution_count != executed:
                found.append(f"cell {position} has the execution count {cell.execution_count}, out of order: expected {executed}")
    return found


def _cell_problems(cell):
    if extra := set(cell.metadata) - {"tags", "mystnb"}:
        yield f"has volatile metadata: {', '.join(sorted(extra))}"
    if cell.cell_type != "code":
        return
    for tag in cell.metadata.get("tags", []):
        if tag.startswith(("nbval-", "skip-", "raises-")):
            yield f"is ignored or skipped: tag {tag}"
    if "NBVAL_" in cell.source:
        yield "is ignored or skipped: NBVAL comment"
    if len(cell.source.splitlines()) > LONGEST:
        yield f"has {len(cell.source.splitlines())} lines: expected at most {LONGEST}"
    if cell.source.rstrip().endswith(";"):
        yield "ends with a semicolon, which nbval does not honour: end a figure with plt.show()"
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:
        yield "is not plain Python"
    else:
        for name in sorted({name.partition(".")[0] for node in ast.walk(tree) for name in _imported(node)} - IMPORTS):
            yield f"imports {name}: expected only {', '.join(sorted(IMPORTS))}"
    for output in cell.outputs:
        if output.output_type == "error":
            yield "raised an error"
        elif output.output_type == "stream" and output.name == "stderr":
            yield "wrote to stderr"
        for text in [output.get("text", ""), *(v for k, v in output.get("data", {}).items() if k.startswith("text/"))]:
            for what, pattern in VOLATILE.items():
                if pattern.search(text):
                    yield f"shows {what}: {pattern.search(text)[0]}"


def _imported(node) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def test_there_are_chapters():
    assert CHAPTERS


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert not problems(notebook)


def sound() -> nbformat.NotebookNode:
    """A notebook without a fault."""
    v4 = nbformat.v4
    cells = [
        v4.new_markdown_cell("# Title"),
        v4.new_code_cell("import numpy as np\nprint(np.eye(2)[0, 0])", execution_count=1, outputs=[v4.new_output("stream", text="1.0\n")]),
        v4.new_code_cell("1 + 1", execution_count=2, outputs=[v4.new_output("execute_result", {"text/plain": "2"}, execution_count=2)]),
    ]
    for position, cell in enumerate(cells):
        cell.id = f"cell-{position:03d}"
    return v4.new_notebook(cells=cells, metadata=copy.deepcopy(METADATA))


SABOTAGE = {
    "was never executed": lambda nb: nb.cells[2].update(execution_count=None, outputs=[]),
    "out of order": lambda nb: nb.cells[2].update(execution_count=7),
    "expected 1": lambda nb: (nb.cells[1].update(execution_count=2), nb.cells[2].update(execution_count=1)),
    "wrote to stderr": lambda nb: nb.cells[1].outputs.append(nbformat.v4.new_output("stream", name="stderr", text="warning")),
    "raised an error": lambda nb: nb.cells[1].outputs.append(nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])),
    "tag nbval-skip": lambda nb: nb.cells[1].metadata.update(tags=["nbval-skip"]),
    "tag nbval-ignore-output": lambda nb: nb.cells[1].metadata.update(tags=["hide-input", "nbval-ignore-output"]),
    "tag raises-exception": lambda nb: nb.cells[1].metadata.update(tags=["raises-exception"]),
    "NBVAL comment": lambda nb: nb.cells[1].update(source="# NBVAL_IGNORE_OUTPUT\n1"),
    "volatile metadata: execution": lambda nb: nb.cells[1].metadata.update(execution={"iopub.execute_input": "2026-01-01T00:00:00Z"}),
    "other metadata": lambda nb: nb.metadata.language_info.update(version="3.11.7"),
    "not positional": lambda nb: nb.cells[0].update(id="3f2a9c"),
    "shows an address": lambda nb: nb.cells[2].outputs[0].data.update({"text/plain": "<Axes object at 0x7f3a52c1d0>"}),
    "shows a path": lambda nb: nb.cells[1].outputs[0].update(text="saved to /tmp/x.npz\n"),
    "has 16 lines": lambda nb: nb.cells[1].update(source="\n".join(["1"] * 16)),
    "imports scipy": lambda nb: nb.cells[1].update(source="from scipy.linalg import qr"),
    "imports os": lambda nb: nb.cells[1].update(source="import numpy, os.path"),
    "not plain Python": lambda nb: nb.cells[1].update(source="%matplotlib inline"),
    "semicolon": lambda nb: nb.cells[2].update(source="plt.plot(x);"),
}


def test_sound_notebook_passes():
    assert problems(sound()) == []


@pytest.mark.parametrize("expected", SABOTAGE)
def test_lint_rejects(expected):
    notebook = sound()
    SABOTAGE[expected](notebook)
    assert any(expected in problem for problem in problems(notebook))
