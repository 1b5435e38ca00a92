"""Text, registry and tests name the same claims: an orphan in any of the three fails.

In a chapter a claim is stated by a `prf:` directive whose label is its id, or by a target `(exp-…)=` or `(fig-…)=` (or the name
of a figure), and carries the badge {claim}`id`. Proofs, remarks and examples assert nothing of their own and need no claim;
neither do definitions, which say what words mean.
"""

import ast
import re
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from wnsense.claims.registry import all_claims

ROOT = Path(__file__).parents[2]
STATEMENT = re.compile(r"^[`:]{3,}\{prf:(theorem|lemma|proposition|corollary|algorithm|conjecture|definition)\}[^\n]*\n((?::[^\n]*\n)*)", re.M)
LABEL = re.compile(r"^:label:\s*(\S+)", re.M)
TARGET = re.compile(r"^\(((?:exp|fig)-[\w-]+)\)=", re.M)
BADGE = re.compile(r"\{claim\}`([^`]+)`")


def chapters() -> dict[str, nbformat.NotebookNode]:
    """Every chapter by name."""
    return {path.stem: nbformat.read(path, as_version=4) for path in sorted((ROOT / "book").glob("*.ipynb"))}


def text_problems(claims, chapters) -> list[str]:
    """What does not join between the registry and the text."""
    found = []
    for name, notebook in chapters.items():
        text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        figures = {cell.metadata["mystnb"]["figure"].get("name") for cell in notebook.cells if "figure" in cell.metadata.get("mystnb", {})}
        stated, badges = TARGET.findall(text), BADGE.findall(text)
        for kind, options in STATEMENT.findall(text):
            label = LABEL.search(options)
            if label and not label[1].startswith("def-"):
                stated.append(label[1])
            elif not label and kind != "definition":
                found.append(f"{name}: a {kind} has no label, so no claim stands behind it")
        for id in stated:
            if id not in claims:
                found.append(f"{name}: {id} is stated, but no claim has that id")
            elif claims[id].chapter != name:
                found.append(f"{name}: {id} is stated here, but registered for {claims[id].chapter}")
        for id in {id for id in stated if stated.count(id) > 1}:
            found.append(f"{name}: {id} is stated twice")
        for id in badges:
            if id not in claims:
                found.append(f"{name}: a badge names {id}, but no claim has that id")
        for id, claim in claims.items():
            if claim.chapter == name and id not in {*stated, *figures, *LABEL.findall(text)}:
                found.append(f"{name}: {id} is registered, but not stated")
            elif claim.chapter == name and id not in badges:
                found.append(f"{name}: {id} has no badge")
    found += [f"{id} is registered for {claim.chapter}, which is no chapter" for id, claim in claims.items() if claim.chapter not in chapters]
    return found


def mark_problems(claims, sources: dict[str, str]) -> list[str]:
    """Marks `pytest.mark.claim("id")` in the tests that name no claim."""
    return [
        f"{path}:{node.lineno}: a test supports {argument.value!r}, but no claim has that id"
        for path, source in sources.items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.claim"
        for argument in node.args
        if isinstance(argument, ast.Constant) and argument.value not in claims
    ]


def test_text_and_registry_join():
    assert text_problems(all_claims(), chapters()) == []


def test_tests_and_registry_join():
    sources = {str(path.relative_to(ROOT)): path.read_text() for path in sorted((ROOT / "tests").rglob("*.py"))}
    assert mark_problems(all_claims(), sources) == []


CLAIMS = {id: SimpleNamespace(chapter="geometry") for id in ("thm-gradient", "exp-slope")}
SOUND = """\
```{prf:definition} Tangent
:label: def-tangent
```

```{prf:theorem} Gradient
:label: thm-gradient
It is this. {claim}`thm-gradient`
```

```{prf:proof}
Clear.
```

(exp-slope)=
### The slope
{claim}`exp-slope`
"""


def chapter(text: str, figure: str = "") -> dict[str, nbformat.NotebookNode]:
    """One chapter of one text, and perhaps a figure."""
    cells = [nbformat.v4.new_markdown_cell(text)]
    if figure:
        cells.append(nbformat.v4.new_code_cell("", metadata={"mystnb": {"figure": {"name": figure}}}))
    return {"geometry": nbformat.v4.new_notebook(cells=cells)}


def test_sound_text_joins():
    assert text_problems(CLAIMS, chapter(SOUND)) == []


def test_name_of_a_figure_states_a_claim():
    claims = {**CLAIMS, "fig-decay": SimpleNamespace(chapter="geometry")}
    assert text_problems(claims, chapter(SOUND + "{claim}`fig-decay`", figure="fig-decay")) == []


@pytest.mark.parametrize(
    "expected, text",
    {
        "lem-orphan is stated, but no claim": SOUND + "\n```{prf:lemma} Orphan\n:label: lem-orphan\n```\n",
        "exp-orphan is stated, but no claim": SOUND + "\n(exp-orphan)=\n### Orphan\n",
        "a lemma has no label": SOUND + "\n```{prf:lemma}\nNameless.\n```\n",
        "thm-gradient is registered, but not stated": SOUND.replace(":label: thm-gradient\n", ":label: def-gradient\n"),
        "exp-slope is registered, but not stated": SOUND.replace("(exp-slope)=\n", ""),
        "thm-gradient has no badge": SOUND.replace("{claim}`thm-gradient`", ""),
        "a badge names thm-other": SOUND + "{claim}`thm-other`",
        "exp-slope is stated twice": SOUND + "\n(exp-slope)=\n### Again\n",
    }.items(),
)
def test_join_rejects_text(expected, text):
    assert any(expected in problem for problem in text_problems(CLAIMS, chapter(text)))


def test_join_rejects_claims_of_another_chapter():
    elsewhere = {**CLAIMS, "exp-slope": SimpleNamespace(chapter="elsewhere")}
    found = text_problems(elsewhere, chapter(SOUND))
    assert any("registered for elsewhere" in problem for problem in found) and any("is no chapter" in problem for problem in found)


def test_join_rejects_marks():
    source = 'import pytest\n@pytest.mark.claim("thm-typo")\ndef test(): ...\n@pytest.mark.claim("thm-gradient")\ndef test_2(): ...\n'
    assert mark_problems(CLAIMS, {"t.py": source}) == ["t.py:2: a test supports 'thm-typo', but no claim has that id"]
