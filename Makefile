# Two commands need nothing but python3 and make: `make scan` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
REPORT ?= report
# Files stay together, so that each lab is built once.
TEST_ARGS ?= --numprocesses 2 --dist loadfile

.PHONY: scan test lab lint bench docs technologies tables schemas completion deb clean

scan: $(VENV)/.run
	@$(BIN)/python tools/scan.py --output $(REPORT) $(SCAN_ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest $(TEST_ARGS)

lab: $(VENV)/.dev
	$(BIN)/python -m tests.lab score
	$(BIN)/python -m tests.kernel score

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/interrogate -q auditor probes reports

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

docs: $(VENV)/.dev
	$(BIN)/python -m tests.lab report docs/pictures

technologies: $(VENV)/.dev
	$(BIN)/python -m auditor.cli.handbook > docs/technologies.md

tables: $(VENV)/.dev
	$(BIN)/python -m auditor.tables

schemas: $(VENV)/.dev
	$(BIN)/python -m auditor.config.schema
	$(BIN)/python -m auditor.guidance.schema

$(VENV)/.run: pyproject.toml
	@$(PYTHON) tools/environment.py $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,lint]'
	@touch $@

completion: $(VENV)/.dev
	$(BIN)/python -c 'import shtab; from auditor.cli import whole_parser; print(shtab.complete(whole_parser(), "bash"))' > deploy/completion/auditor.bash

deb:
	./tools/build_deb.sh dist

clean:
	rm -rf $(VENV) $(REPORT) build dist
