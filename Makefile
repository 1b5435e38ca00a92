# Everything a reader or a contributor runs. Needed: Python 3.11 or newer, and make.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
VERIFIED := _build/verify.json

# several processes share the cores; and the last bits of a sum depend on how many threads add it up
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1

.DELETE_ON_ERROR:
.PHONY: help book test lab chapters verify formal clean

help:
	@echo "make book      build the book: _build/html/index.html"
	@echo "make test      run everything that is checked"
	@echo "make lab       open the chapters in JupyterLab"
	@echo "make chapters  execute the chapters in place"
	@echo "make verify    run every claim and its controls"
	@echo "make formal    check the formal proofs (needs Coq)"
	@echo "make clean     remove what was built (and keep .venv)"

# -n: a reference to nothing is a warning; -W: a warning is an error; from an empty folder, so that no dead page stays
book: $(INSTALLED) $(VERIFIED)
	@rm -rf _build/html
	$(BIN)/jupyter-book build . --all -W -n --keep-going
	@echo "The book is built. Open it: file://$(CURDIR)/_build/html/index.html"
	@echo "Searching it needs a server: $(BIN)/python -m http.server -b 127.0.0.1 -d _build/html"

test: $(INSTALLED)
	$(BIN)/python tests/run.py

lab: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --editable ".[lab]"
	$(BIN)/jupyter lab --notebook-dir=book

chapters: $(INSTALLED)
	$(BIN)/python book/execute.py

verify: $(VERIFIED)

formal:
	$(PYTHON) formal/check.py

$(VERIFIED): $(INSTALLED) $(shell find wnsense -name "*.py") $(shell find formal -name "*.v") formal/verified.json
	@mkdir -p _build
	$(BIN)/python -m wnsense verify --json $@

$(INSTALLED): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit(f"$(PYTHON) is Python {v[0]}.{v[1]}; expected 3.11 or newer. Name another: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt --editable .
	@touch $@

clean:
	rm -rf _build build *.egg-info .pytest_cache .hypothesis
	find . -name __pycache__ -not -path "./.venv/*" -prune -exec rm -rf {} +
