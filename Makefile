# Everything runs in .venv, which `make` builds from pyproject.toml; nothing needs to be installed by hand.
RECENT := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for one in python3 python3.13 python3.12 python3.11; do \
	$$one -c '$(RECENT)' 2>/dev/null && echo $$one && break; done)
BIN := .venv/bin
VENV = $(or $(PYTHON),$(error Python 3.11 or later is needed: set PYTHON to where it is)) -m venv .venv

# Tests wait for processes and windows of time as much as for the processor: two of them share one.
WORKERS = $(shell $(BIN)/python -c 'import os; print(2 * (os.cpu_count() or 1))')

.PHONY: demo test lint types docs bench check clean
demo: .venv/ready
	$(BIN)/trayimport apply mappings/ --sandbox --sandbox-state .trayimport/demo

test: .venv/dev-ready
	$(BIN)/pytest -n $(WORKERS)

lint: .venv/dev-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev-ready
	$(BIN)/mypy

docs: .venv/dev-ready
	$(BIN)/zensical build --strict --clean

bench: .venv/dev-ready
	$(BIN)/python bench/plan.py
	$(BIN)/python bench/validate.py

check: lint types test

.venv/ready: pyproject.toml
	$(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/dev-ready: pyproject.toml
	$(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch .venv/ready $@

clean:
	rm -rf .venv .trayimport site
