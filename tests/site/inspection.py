"""What is looked at on a page, and how: each check returns what is wrong, one line each."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlparse

PHONE = {"width": 390, "height": 844}

# MathJax writes what it cannot read as an error node, and a macro that it does not know as red text
UNTYPESET = r"""
() => {
  const found = [];
  for (const node of document.querySelectorAll(".math"))
    if (!node.querySelector("mjx-container")) found.push("untypeset: " + node.textContent.trim().slice(0, 80));
  for (const node of document.querySelectorAll('mjx-merror, [data-mml-node="merror"], mjx-assistive-mml merror'))
    found.push("MathJax error: " + (node.dataset.mjxError || node.textContent).slice(0, 80));
  for (const node of document.querySelectorAll('mjx-assistive-mml [mathcolor="red"]'))
    found.push("unknown macro: " + node.textContent.slice(0, 80));
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (parent.closest("pre, code, script, style, noscript, mjx-container")) continue;
    const raw = walker.currentNode.data.match(/\$\$|\\\(|\\\[|\\begin\{|\$[^\s$][^$]*\$/);
    if (raw) found.push("raw TeX: " + walker.currentNode.data.trim().slice(0, 80));
  }
  return found;
}
"""

TOO_WIDE = """
() => document.documentElement.scrollWidth > window.innerWidth
  ? [`scrolls sideways: ${document.documentElement.scrollWidth} px wide on a screen of ${window.innerWidth} px`] : []
"""

# formulas become words: axe looks at every node, and nine in ten are strokes of letters; and without preload, which would fetch
# style sheets from wrong addresses
INACCESSIBLE = """
async () => {
  document.querySelectorAll("mjx-container").forEach(node => node.replaceWith("formula"));
  const {violations} = await axe.run({resultTypes: ["violations"], preload: false});
  return violations.map(v => `axe: ${v.id} (${v.impact}), ${v.nodes.length} times, first ${v.nodes[0].html.slice(0, 120)}`);
}
"""


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and logs nothing."""

    def log_message(self, *arguments):
        """Nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on localhost; yields its URL."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def visit(browser, base: str, page: str, *, scheme: str = "light", axe: str | None = None) -> list[str]:
    """Open a page on a phone's screen and say what is wrong with it; `axe` is the source of axe-core, to check accessibility too."""
    context = browser.new_context(viewport=PHONE, color_scheme=scheme)
    tab = context.new_page()
    found: list[str] = []

    def route(request_route):
        url = request_route.request.url
        if url.startswith((base, "data:", "blob:")):
            request_route.continue_()
        else:
            found.append(f"asks the network: {url}")
            request_route.abort()

    tab.route("**/*", route)
    tab.on("console", lambda message: message.type == "error" and found.append(f"console: {message.text}"))
    tab.on("pageerror", lambda error: found.append(f"script error: {error}"))
    tab.on("requestfailed", lambda request: request.url.startswith(base) and found.append(f"request failed: {request.url}"))
    tab.on("response", lambda response: response.status >= 400 and found.append(f"request failed: {response.status} {response.url}"))
    tab.goto(urljoin(base, page), wait_until="load")
    tab.evaluate("async () => { if (window.MathJax && MathJax.startup) await MathJax.startup.promise; }")
    tab.wait_for_load_state("networkidle")
    found += tab.evaluate(UNTYPESET) + tab.evaluate(TOO_WIDE)
    if axe:
        tab.evaluate(axe)
        found += tab.evaluate(INACCESSIBLE)
    context.close()
    return found


def search(browser, base: str, word: str) -> int:
    """How many pages the site's own search finds."""
    tab = browser.new_page()
    tab.goto(urljoin(base, f"search.html?q={word}"))
    # Sphinx says so when it is done
    tab.wait_for_function("document.querySelector('#search-results p.search-summary')?.textContent.match(/finished|did not match|found/)", timeout=20_000)
    hits = tab.locator("#search-results ul.search > li").count()
    tab.close()
    return hits


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.anchors, self.targets = {"", "top"}, []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors |= {attributes[key] for key in ("id", "name") if attributes.get(key)}
        if tag == "a" and attributes.get("href"):
            self.targets.append(attributes["href"])


@functools.cache
def _parsed(path: Path) -> _Links:
    links = _Links()
    links.feed(path.read_text(encoding="utf-8"))
    return links


def dead_links(folder: Path, page: str) -> list[str]:
    """Links from a page to a file or an anchor of the site that does not exist."""
    found = []
    for href in _parsed(folder / page).targets:
        url, anchor = urldefrag(urljoin("http://site/" + page, href))
        parts = urlparse(url)
        if parts.netloc != "site" or parts.scheme != "http":
            continue
        target = folder / unquote(parts.path).lstrip("/")
        if not target.is_file():
            found.append(f"dead link: {href}")
        elif target.suffix == ".html" and unquote(anchor) not in _parsed(target).anchors:
            found.append(f"dead anchor: {href}")
    return found
