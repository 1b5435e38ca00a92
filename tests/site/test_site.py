"""Every built page, on a phone's screen, with the network closed. test_site_controls.py shows that each check can fail."""

import pytest
from conftest import SITE
from inspection import dead_links, search, visit

FRONT_DOOR = "index.html"  # leads to the landing page
PAGES = sorted({str(path.relative_to(SITE)) for path in SITE.rglob("*.html") if not path.relative_to(SITE).parts[0].startswith("_")} - {FRONT_DOOR})


def test_site_is_built():
    assert {"book/index.html", "book/ledger.html", "search.html"} <= set(PAGES), "expected the site in _build/html: run `make book`"


def test_front_door(browser, site):
    tab = browser.new_page()
    tab.goto(site + FRONT_DOOR)
    tab.wait_for_url(site + "book/index.html")
    tab.close()


@pytest.mark.parametrize("page", PAGES)
def test_page(browser, site, axe, page):
    assert visit(browser, site, page, axe=axe) == []


@pytest.mark.parametrize("page", ["book/ledger.html", "book/index.html"])
def test_page_in_the_dark(browser, site, axe, page):
    assert visit(browser, site, page, scheme="dark", axe=axe) == []


@pytest.mark.parametrize("page", PAGES)
def test_links(page):
    assert dead_links(SITE, page) == []


def test_search(browser, site):
    assert search(browser, site, "retraction") > 0
    assert search(browser, site, "xylophone") == 0
