"""Claims in the text: what the registry says and what verification found, never typed by hand.

``{claim}`thm-monotone-loss` `` is a badge, level and verdict, that links to the claim's row in the ledger.
``{ledger}`` is the ledger: counts by level, the table of claims, and the graph of what rests on what.

Both read `wnsense.claims` and `_build/verify.json`, which `python -m wnsense verify --json` writes. A missing or stale
file, an unknown id, and a claim without its statement in the text each fail the build.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

from dependency_graph import draw
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.nodes import make_refnode
from wnsense.claims.registry import LEVEL_MEANING, all_claims

logger = logging.getLogger(__name__)
VERIFIED = Path("_build", "verify.json")
REMEDY = f"run `make book`, or `python -m wnsense verify --json {VERIFIED}`"


class statement_link(nodes.Inline, nodes.TextElement):
    """A link to the statement of a claim, resolved when all pages are read."""


class ledger_link(nodes.Inline, nodes.TextElement):
    """A link to the row of a claim in the ledger."""


class graph(nodes.General, nodes.Element):
    """The dependency graph, drawn when all pages are read, since its nodes are links."""


def load(app) -> None:
    """Join the registry with what verification found, into `env.claims`: id to the object that the JSON has."""
    registered = {
        id: {"id": id, "title": claim.title, "level": claim.level.value, "source": claim.source, "uses": list(claim.uses), "chapter": claim.chapter}
        for id, claim in all_claims().items()
    }
    try:
        found = {claim["id"]: claim for claim in json.loads(Path(app.srcdir, VERIFIED).read_text())}
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("%s cannot be read (%s): %s", VERIFIED, type(error).__name__, REMEDY)
        found = {}
    else:
        changed = [id for id, claim in registered.items() if not claim.items() <= found.get(id, {}).items()]
        if stale := sorted({*changed, *(found.keys() - registered.keys())}):
            logger.warning("%s and the registry disagree on %s: %s", VERIFIED, ", ".join(stale), REMEDY)
    unverified = {"verdict": "unverified", "controls": []}
    app.env.claims = {id: {**unverified, **found.get(id, {}), **claim} for id, claim in registered.items()}


def badge(claim: dict) -> nodes.inline:
    """Level and verdict. The classes sit on a node around the link, whose own would be lost."""
    verdict = "" if claim["verdict"] == "cited" else f" · {claim['verdict']}"
    link = ledger_link("", claim["level"] + verdict, claim=claim["id"])
    return nodes.inline("", "", link, classes=["claim", f"level-{claim['level']}", f"verdict-{claim['verdict']}"])


class ClaimRole(SphinxRole):
    """``{claim}`id` ``."""

    def run(self):
        claim = self.env.claims.get(self.text)
        if claim is None:
            logger.warning("no claim has the id %r", self.text, location=self.get_location())
            return [nodes.literal("", self.text)], []
        return [badge(claim)], []


class LedgerDirective(SphinxDirective):
    """``{ledger}``."""

    def run(self):
        self.env.ledger_page = self.env.docname
        return [self.counts(), graph(), self.table()]

    def counts(self) -> nodes.Node:
        found = Counter(claim["level"] for claim in self.env.claims.values())
        rows = [[str(found[level.value]), level.value, meaning] for level, meaning in LEVEL_MEANING.items() if found[level.value]]
        return table("Claims by level", "levels", ["Claims", "Level", "Meaning"], [[nodes.inline("", cell) for cell in row] for row in rows])

    def table(self) -> nodes.Node:
        chapters = [Path(page).name for page in self.config.external_site_map]  # in the order of the book
        rows = []
        for claim in sorted(self.env.claims.values(), key=lambda claim: chapters.index(claim["chapter"]) if claim["chapter"] in chapters else -1):
            rejected = sum(control["fate"] == "rejected" for control in claim["controls"])
            controls = f"{rejected} of {len(claim['controls'])} rejected" if claim["controls"] else "–"
            statement = statement_link("", claim["title"], claim=claim["id"])
            row = nodes.inline("", "", statement, nodes.Text(" "), nodes.literal("", claim["id"]), ids=[f"ledger-{claim['id']}"])
            chapter = claim["chapter"].replace("_", " ")
            rows.append([row, badge(claim), nodes.inline("", controls), self.source(claim["source"]), nodes.inline("", chapter)])
        return table("All claims", "claims", ["Statement", "Level and verdict", "Controls", "Source", "Chapter"], rows)

    def source(self, text: str) -> nodes.Node:
        """A source with its bibliography keys, such as wei2025, as citations."""
        cited = re.sub(r"\b([a-z]+\d{4}[a-z]?)\b", r"{cite:t}`\1`", text)
        return nodes.inline("", "", *self.state.inline_text(cited, self.lineno)[0])


def table(caption: str, name: str, header: list[str], rows: list[list[nodes.Node]]) -> nodes.Node:
    """A table of inline nodes."""

    def line(cells):
        return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells))

    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in header), cols=len(header))
    group += nodes.thead("", line(nodes.inline("", name) for name in header))
    group += nodes.tbody("", *map(line, rows))
    return nodes.table("", nodes.title("", caption), group, classes=["ledger", name, "colwidths-auto"])


def place(env, id: str) -> tuple[str, str] | None:
    """Page and anchor of a statement: a sphinx-proof label, or an ordinary target `(exp-…)=`."""
    if id in getattr(env, "proof_list", {}):
        return env.proof_list[id]["docname"], id
    return env.get_domain("std").anonlabels.get(id)


def check_places(app, env) -> None:
    """Every claim is stated, and there is a ledger to link to."""
    if not hasattr(env, "ledger_page"):
        raise ExtensionError("no page has the {ledger} directive, to which claims link")
    for id, claim in env.claims.items():
        if place(env, id) is None:
            logger.warning("%s is stated nowhere: expected a prf directive with `:label: %s`, or a target `(%s)=`, in book/%s", id, id, id, claim["chapter"])


def resolve(app, doctree, docname: str) -> None:
    """Turn links to statements and to rows into references, and draw the graph."""
    env = app.env
    for link in [*doctree.findall(statement_link), *doctree.findall(ledger_link)]:
        claim = env.claims[link["claim"]]
        target = place(env, claim["id"]) if isinstance(link, statement_link) else (env.ledger_page, f"ledger-{claim['id']}")
        link.replace_self(make_refnode(app.builder, docname, *target, link.children, claim["title"]) if target else link.children)
    for node in list(doctree.findall(graph)):
        places = {id: place(env, id) for id in env.claims}
        urls = {id: f"{app.builder.get_relative_uri(docname, at[0])}#{at[1]}" for id, at in places.items() if at}
        node.replace_self(nodes.raw("", draw(env.claims, urls), format="html"))


def setup(app):
    """Register the role, the directive and their nodes."""
    for node in (statement_link, ledger_link, graph):
        app.add_node(node)
    app.add_role("claim", ClaimRole())
    app.add_directive("ledger", LedgerDirective)
    app.connect("builder-inited", load)
    app.connect("env-check-consistency", check_places)
    app.connect("doctree-resolved", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "env_version": 1}
