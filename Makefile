# Everything runs in .venv, which `make` builds from pyproject.toml; nothing needs to be installed by hand.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint types check clean
demo: .venv/ready
	$(BIN)/trayimport apply mappings/ --sandbox --sandbox-state .trayimport/demo

test: .venv/dev-ready
	$(BIN)/pytest -n auto

lint: .venv/dev-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev-ready
	$(BIN)/mypy

check: lint types test

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/dev-ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch .venv/ready $@

clean:
	rm -rf .venv .trayimport
