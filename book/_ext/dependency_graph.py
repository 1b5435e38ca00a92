"""The dependency graph of the claims as inline SVG: layers from left to right, each claim right of all it uses."""

from __future__ import annotations

from html import escape

CHARACTER = 7.3  # width of a monospaced character at 12 px, generously
HEIGHT = 26  # of a node
GAP_X, GAP_Y = 56, 12
MARGIN = 8
SWEEPS = 8  # passes of the barycentre heuristic; the order is stable after a few


def layers(uses: dict[str, list[str]]) -> dict[str, int]:
    """The layer of each claim: one past the last that it uses; what uses nothing stands next to its first user."""
    layer: dict[str, int] = {}

    def depth(id: str) -> int:
        if id not in layer:
            layer[id] = 1 + max((depth(used) for used in uses[id]), default=-1)
        return layer[id]

    for id in uses:
        depth(id)
    for id in uses:
        users = [layer[user] for user in uses if id in uses[user]]
        if not uses[id] and users:
            layer[id] = min(users) - 1
    return layer


def arrange(uses: dict[str, list[str]]) -> tuple[dict, list[list]]:
    """Rows of all nodes, and edges as chains of nodes.

    An edge that spans several layers passes through a placeholder in each, so that it keeps clear of the nodes there.
    """
    layer = layers(uses)
    chains = []
    for user in uses:
        for used in uses[user]:
            chains.append([used, *((used, user, k) for k in range(layer[used] + 1, layer[user])), user])
    columns: list[list] = [[] for _ in range(1 + max(layer.values(), default=0))]
    for id in uses:
        columns[layer[id]].append(id)
    for chain in chains:
        for placeholder in chain[1:-1]:
            columns[placeholder[2]].append(placeholder)
    neighbours: dict = {node: [] for column in columns for node in column}
    for chain in chains:
        for a, b in zip(chain, chain[1:]):
            neighbours[a].append(b)
            neighbours[b].append(a)
    height = max(map(len, columns))
    row = {}
    for _ in range(SWEEPS):
        for column in columns:
            centre = {node: _mean([row[other] for other in neighbours[node] if other in row], row.get(node, height / 2)) for node in column}
            column.sort(key=centre.__getitem__)
            gap = (height - len(column)) / 2  # columns are centred on each other
            row.update({node: gap + k for k, node in enumerate(column)})
    return row, chains


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def draw(claims: dict[str, dict], url: dict[str, str]) -> str:
    """The picture. Claims that neither use others nor are used have no place in it: the table lists them."""
    used = {id for claim in claims.values() for id in claim["uses"]}
    uses = {id: claim["uses"] for id, claim in claims.items() if claim["uses"] or id in used}
    if not uses:
        return ""
    row, chains = arrange(uses)
    width, bend = CHARACTER * max(map(len, uses)) + 16, GAP_X / 2
    column = {**layers(uses), **{node: node[2] for node in row if isinstance(node, tuple)}}

    def corner(node) -> tuple[float, float]:
        return MARGIN + (width + GAP_X) * column[node], MARGIN + (HEIGHT + GAP_Y) * row[node]

    parts = []
    for chain in chains:
        path = ""
        for a, b in zip(chain, chain[1:]):
            (xa, ya), (xb, yb) = corner(a), corner(b)
            xa, ya, yb = xa + width, ya + HEIGHT / 2, yb + HEIGHT / 2
            path += f"{'L' if path else 'M'}{xa:g} {ya:g}C{xa + bend:g} {ya:g} {xb - bend:g} {yb:g} {xb:g} {yb:g}"
        parts.append(f'<path d="{path}"><title>{escape(chain[-1])} uses {escape(chain[0])}</title></path>')
    for id in uses:
        x, y = corner(id)
        claim = claims[id]
        label = (
            f"<title>{escape(claim['title'])}: {claim['level']}</title>"
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{HEIGHT}" rx="5"/>'
            f'<text x="{x + width / 2:g}" y="{y + HEIGHT / 2:g}">{escape(id)}</text>'
        )
        link = f'<a href="{escape(url[id])}">{label}</a>' if id in url else label
        parts.append(f'<g class="level-{claim["level"]} verdict-{claim["verdict"]}">{link}</g>')
    right, bottom = (max(corner(node)[k] for node in row) for k in range(2))
    size = right + width + MARGIN, bottom + HEIGHT + MARGIN
    return (
        '<div class="dependency-graph" tabindex="0" role="group" aria-label="Which claim uses which, from left to right">'
        f'<svg width="{size[0]:g}" height="{size[1]:g}" xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg></div>'
    )
