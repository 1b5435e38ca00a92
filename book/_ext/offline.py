"""Make the built site ask nothing of the network: MathJax comes from an installed package, Thebe goes."""

from __future__ import annotations

import shutil
from importlib.metadata import distribution
from pathlib import Path

# "full": the smaller build fetches an extension when it meets \boldsymbol
MATHJAX = "sphinx-mathjax-offline/static/mathjax/tex-svg-full.js"


def copy_mathjax(app, exception) -> None:
    """Copy the one file out of the package: used as an extension, it would copy 21 MB."""
    if exception is None and app.builder.format == "html":
        source = distribution("sphinx-mathjax-offline").locate_file(MATHJAX)
        target = Path(app.outdir, "_static", app.config.mathjax_path)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def strip_thebe(app, pagename, templatename, context, doctree) -> None:
    """Jupyter Book loads sphinx-thebe unasked: a script that names a CDN, and a second one that declares it twice."""
    for key in ("script_files", "css_files"):
        context[key] = [file for file in context.get(key, []) if "thebe" not in f"{file.filename} {file.attributes}".lower()]


def setup(app):
    """Connect both."""
    app.connect("html-page-context", strip_thebe, priority=900)  # after all who add files
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
