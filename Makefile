# Needs Python 3.11 and make; everything else is installed into .venv.
PYTHON ?= $(shell for name in python3.11 python3 python; do \
  $$name -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && echo $$name && break; done)
VENV ?= .venv
ARGS ?=
TORCH := 2.13.0
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
WITH_VENV := PATH="$(abspath $(BIN)):$$PATH"
SERVE := $(VENV)/.serve-installed
TEST := $(VENV)/.test-installed
QUALITY := $(VENV)/.quality-installed

.PHONY: help serve test check fix bench quality pages install install-test clean
.DELETE_ON_ERROR:

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(SERVE) ## Run the whole server: queue, API, workers, scheduler (ARGS="--port 9000")
	@exec $(BIN)/woodshed serve $(ARGS)

test: $(TEST) ## Lint, types, import rules and all tests (ARGS="-k cut")
	@failed=0; $(WITH_VENV) scripts/check || failed=1; $(WITH_VENV) scripts/test $(ARGS) || failed=1; exit $$failed

check: $(TEST) ## Lint, types and import rules; changes nothing
	@$(WITH_VENV) scripts/check

fix: $(TEST) ## Format, and mend what can be mended by itself
	@$(WITH_VENV) scripts/fix

bench: $(TEST) ## Compare with what a user would run instead; writes docs/benchmarks.md
	@$(BIN)/python -m bench.speed $(ARGS) --write docs/benchmarks.md

quality: $(QUALITY) ## Measure the engines on sound whose truth is known; writes docs/benchmarks.md (ARGS="denoise")
	@$(BIN)/python -m bench.quality $(ARGS) --write docs/benchmarks.md

pages: $(TEST) ## Write the pages that are made from the code: settings, endpoints, openapi.json
	@$(WITH_VENV) scripts/pages

install: $(SERVE) ## Install what `make serve` needs

install-test: $(TEST) ## Install what `make test` needs

clean: ## Delete the virtual environment and caches; the data folder stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info

$(VENV)/pyvenv.cfg:
	@test "$$("$(PYTHON)" -c 'import sys; print(sys.version_info[:2])' 2>/dev/null)" = "(3, 11)" || { \
	  echo "Woodshed needs Python 3.11; say where it is: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV)

# torch comes in a step of its own, with its dependencies, so that a machine with a GPU gets its CUDA libraries.
# The pins come without theirs: the metadata of basic-pitch would bring TensorFlow, that of whisper triton.
$(SERVE): $(VENV)/pyvenv.cfg requirements.lock pyproject.toml
	@echo "Installing torch into $(VENV) …"
	@$(PIP) "torch==$(TORCH)"
	@echo "Installing the other packages; the first time this takes about two minutes …"
	@$(PIP) --no-deps -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(TEST): $(SERVE) requirements-dev.lock
	@echo "Installing what the tests need …"
	@$(PIP) --no-deps -r requirements-dev.lock
	@touch $@

$(QUALITY): $(TEST) requirements-quality.lock
	@echo "Installing what 'make quality' measures with; one package is compiled …"
	@$(PIP) --no-deps -r requirements-quality.lock
	@touch $@
