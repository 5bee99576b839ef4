# make book   set up, run every chapter, build the site
# make test   set up, check and prove it all
# make check  what to run at every save: lint, and the quick tests of the library
# make lab    set up, open the chapters as live notebooks in JupyterLab
# make colab | lint | serve | bench | pairs | clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LAB := $(VENV)/.lab

.PHONY: book test check lab colab lint serve bench pairs clean

book: $(READY)
	$(BIN)/python book/build.py --preset cpu

test: lint $(LAB)
	$(BIN)/python -m pytest -n 2 --dist loadfile -q

check: lint
	$(BIN)/python -m pytest -n 2 --dist loadfile -q -m "not slow and not project"

# Part of make test: chapters on the kernel and the widgets that Colab has.
colab: $(READY)
	$(BIN)/python -m pytest -n 0 -q tests/project/test_colab.py

# JUPYTER_PREFER_ENV_PATH: this environment's kernel, whatever else is installed.
lab: $(LAB)
	JUPYTER_PREFER_ENV_PATH=1 $(BIN)/jupyter-lab --config lab/jupyter_lab_config.py book/index.md

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/zizmor --offline --quiet .github

serve: $(READY)
	@test -f _build/html/index.html || { echo "There is no book yet: run make book first."; exit 2; }
	@echo "Open http://localhost:8000 in a browser; Ctrl-C stops."
	@$(BIN)/python -m http.server --directory _build/html 8000

# COVERS_ORIGINALS names a folder of covers to measure on, and COVERS_DIR one of covers to damage
# and judge; without them, drawn ones are used.
bench: $(READY)
	$(BIN)/python benchmarks/data.py
	$(BIN)/python benchmarks/training.py --batch 16
	$(BIN)/python benchmarks/features.py
	$(BIN)/python benchmarks/measures.py
	$(BIN)/python benchmarks/explorer.py

# Chapters are written as .md. This lays each out as Jupytext writes it, so that saving it in
# JupyterLab changes nothing else, and brings its .ipynb up to date, without outputs.
CHAPTERS = book/index.md book/results.md $(wildcard book/[0-9]*.md)
pairs: $(READY)
	$(BIN)/jupytext --quiet --to md:myst $(CHAPTERS)
	$(BIN)/jupytext --quiet --to ipynb --update $(CHAPTERS)

clean:
	rm -rf _build .executed book/_static/vendor book/_static/explorer/models

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 book"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	@touch $(READY)

$(LAB): $(READY) lab/requirements.txt
	$(BIN)/python -m pip install --quiet --requirement lab/requirements.txt
	@touch $(LAB)
