"""Execute chapters in place, so that executing twice gives the same bytes.

    python book/execute.py                                   every chapter
    python book/execute.py book/geometry.ipynb               one or more of them
    python book/execute.py --from draft.md book/geometry.ipynb   from a draft in MyST Markdown (jupytext's text format)

A chapter whose cell raises, or writes to stderr, is reported and left as it was; the exit code is then 1.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

# the kernel inherits this; `make test` sets it for nbval too, since thread counts change the last bits of a sum
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},  # without the version, which differs between machines
}
CELL_METADATA = {"tags", "mystnb"}  # what the book reads; editors leave the rest behind


def normalized(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The same notebook with fixed metadata, positional cell ids, and no empty cells."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.cells = [cell for cell in notebook.cells if cell.source.strip()]
    for position, cell in enumerate(notebook.cells):
        cell.id = f"cell-{position:03d}"
        cell.source = cell.source.strip("\n")
        cell.metadata = nbformat.from_dict({key: value for key, value in cell.metadata.items() if key in CELL_METADATA})
    return notebook


def execute(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    """Run every cell in a fresh kernel in `folder`, as nbval does; ValueError for an exception or text on stderr."""
    notebook = normalized(notebook)
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=600,
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],  # the kernel would note on every start that it listens on localhost
        coalesce_streams=True,  # how printed text arrives in pieces depends on timing
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute()
    except (CellExecutionError, DeadKernelError, TimeoutError) as error:
        raise ValueError(str(error)) from None
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                raise ValueError(f"{cell.id} writes to stderr; expected nothing there:\n{output.text}")
    return normalized(notebook)  # nbclient notes the version of the interpreter


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", type=Path, help="chapters; all in this folder if none is named")
    parser.add_argument("--from", dest="draft", type=Path, metavar="DRAFT.md", help="take the cells of the one chapter named from here")
    arguments = parser.parse_args()
    if arguments.draft and len(arguments.notebooks) != 1:
        parser.error("--from takes exactly one notebook to write")
    failed = False
    for path in arguments.notebooks or sorted(Path(__file__).parent.glob("*.ipynb")):
        try:
            notebook = jupytext.read(arguments.draft) if arguments.draft else nbformat.read(path, as_version=4)
            notebook = execute(notebook, path.resolve().parent)
            nbformat.validate(notebook)
        except (ValueError, OSError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            failed = True
            continue
        nbformat.write(notebook, path)
        print(f"{path}: {sum(cell.cell_type == 'code' for cell in notebook.cells)} cells executed")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
