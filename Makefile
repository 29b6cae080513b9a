# Two commands do everything on a machine with Python 3.11, Node 20, npm, make and apt:
#   make demo   sets up, synthesizes an example operator offline, prints the diff and the check's verdict
#   make test   sets up everything, and runs every test
# And for people:
#   make vscode opens VS Code's workbench in a browser, with the extension and the examples

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test vscode setup setup-dev lint fast-test bench screenshots clean

demo: setup
	@$(BIN)/python examples/demo.py

test: setup-dev
	@$(BIN)/python tests/run.py

vscode: setup-dev
	@$(BIN)/python tests/workbench/serve.py

# the environment: what users get; then what developers need besides

setup: .venv/.ready

setup-dev: .venv/.ready-dev

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "steplang needs Python 3.11 or later: make PYTHON=/path/to/python3.11 demo")'
	@$(PYTHON) -m venv .venv

.venv/.ready: .venv/bin/python pyproject.toml constraints.txt
	@echo "installing steplang into .venv …"
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

.venv/.ready-dev: .venv/.ready pyproject.toml constraints.txt
	@echo "installing what the tests need into .venv …"
	@$(PIP) install --constraint constraints.txt --editable ".[dev]"
	@touch $@

# parts of the tests, for work in between

lint: setup-dev
	@$(BIN)/python tests/run.py --only lint

fast-test: setup-dev
	@$(BIN)/python -m pytest -q -m "not workbench"

bench: setup-dev
	@for one in tests/bench/bench_*.py; do echo "== $$one"; $(BIN)/python $$one || exit 1; done

screenshots: setup-dev
	@$(BIN)/python tests/workbench/screenshots.py

clean:
	rm -rf .venv .cache out build dist vscode-extension/node_modules vscode-extension/dist vscode-extension/*.vsix
