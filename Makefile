# make book   set up, run every chapter, build the site
# make test   set up, check and prove it all
# make lint | serve | bench | pairs | clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: book test lint serve bench pairs clean

book: $(READY)
	$(BIN)/python book/build.py --preset cpu

test: lint
	$(BIN)/python -m pytest -n 2 --dist loadfile -q

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

# Chapters are written as .md; this brings each .ipynb up to date, without outputs.
pairs: $(READY)
	for file in book/index.md book/results.md book/[0-9]*.md; do \
	  $(BIN)/jupytext --quiet --to ipynb --update $$file || exit 1; done

clean:
	rm -rf _build .executed book/_static/vendor book/_static/explorer/models

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 book"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	@touch $(READY)
