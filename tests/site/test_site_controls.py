"""Pages with one fault each, which the checks of the site must name; and one without, which they must pass."""

import shutil

import pytest
from conftest import SITE
from inspection import dead_links, serving, visit

MATHJAX = SITE / "_static" / "mathjax" / "tex-svg-full.js"
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Specimen</title><link rel="icon" href="data:,">
<script>MathJax = {{tex: {{inlineMath: [["\\\\(", "\\\\)"]]}}, options: {{ignoreHtmlClass: "document", processHtmlClass: "math"}}}}</script>
<script defer src="mathjax.js"></script></head><body class="document"><main><h1>Specimen</h1>{}</main></body></html>"""

FAULTS = {
    "console: ": "<script>console.error('broken')</script>",
    "script error: ": "<script>undefinedFunction()</script>",
    "request failed: 404": '<img src="missing.png" alt="missing">',
    "asks the network: https://example.org/": '<img src="https://example.org/pixel.png" alt="remote">',
    "untypeset: ": "<p><span class='math'>x+1</span></p>",
    "MathJax error: ": r"<p><span class='math'>\(\frac{1}\)</span></p>",
    "unknown macro: ": r"<p><span class='math'>\(\nosuchmacro\)</span></p>",
    "raw TeX: $$": "<p>$$x^2$$</p>",
    "raw TeX: Let $x": "<p>Let $x^2$ be</p>",
    "scrolls sideways: ": "<p style='width: 900px'>wide</p>",
    "axe: image-alt": "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>",
    "axe: color-contrast": "<p style='color: #ccc; background: #fff'>faint</p>",
}


@pytest.fixture
def specimen(tmp_path):
    """Write a page around a body and serve it; returns its folder's URL."""
    shutil.copyfile(MATHJAX, tmp_path / "mathjax.js")
    with serving(tmp_path) as url:
        yield lambda body: (tmp_path / "page.html").write_text(PAGE.format(body), encoding="utf-8") and url


def test_sound_page_passes(browser, axe, specimen):
    url = specimen(r"<p>It costs $5. <code>$$</code> <span class='math'>\(x^2\)</span></p>")
    assert visit(browser, url, "page.html", axe=axe) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_named(browser, axe, specimen, fault):
    found = visit(browser, specimen(FAULTS[fault]), "page.html", axe=axe)
    assert any(problem.startswith(fault) for problem in found), found


def test_dead_links_are_named(tmp_path):
    (tmp_path / "other.html").write_text('<h1 id="here">x</h1>', encoding="utf-8")
    links = '<a href="other.html#here">good</a> <a href="#top">good</a> <a href="https://example.org">outside</a>'
    (tmp_path / "good.html").write_text(links, encoding="utf-8")
    (tmp_path / "bad.html").write_text(links + '<a href="gone.html">dead</a> <a href="other.html#gone">dead</a>', encoding="utf-8")
    assert dead_links(tmp_path, "good.html") == []
    assert dead_links(tmp_path, "bad.html") == ["dead link: gone.html", "dead anchor: other.html#gone"]
