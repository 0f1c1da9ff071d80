# Needs Python 3.11 and make; everything else is installed into .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
ARGS ?=
TORCH := 2.13.0
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
SERVE := $(VENV)/.serve-installed
TEST := $(VENV)/.test-installed

.PHONY: help serve test check fix bench clean install install-test

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(SERVE) ## Run the whole server: queue, API, workers, scheduler (ARGS="--port 9000")
	@exec $(BIN)/woodshed serve $(ARGS)

test: $(TEST) ## Lint, types, import rules and all tests (ARGS="-k cut")
	@PATH="$(abspath $(BIN)):$$PATH" scripts/check
	@PATH="$(abspath $(BIN)):$$PATH" scripts/test $(ARGS)

check: $(TEST) ## Lint, types and import rules; changes nothing
	@PATH="$(abspath $(BIN)):$$PATH" scripts/check

fix: $(TEST) ## Format, and mend what can be mended by itself
	@PATH="$(abspath $(BIN)):$$PATH" scripts/fix

bench: $(TEST) ## Compare with what a user would run instead; writes docs/benchmarks.md
	@$(BIN)/python -m bench.speed $(ARGS) --write docs/benchmarks.md

install: $(SERVE) ## Install what `make serve` needs

install-test: $(TEST) ## Install what `make test` needs

clean: ## Delete the virtual environment and caches; the data folder stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info

$(VENV)/pyvenv.cfg:
	@"$(PYTHON)" -c 'import sys; sys.exit(0 if sys.version_info[:2] == (3, 11) else 1)' 2>/dev/null || \
	  { echo "Woodshed needs Python 3.11; say where it is: make PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -m venv $(VENV)

# torch comes in a step of its own, so that a machine with a GPU gets its CUDA libraries.
# The pins come without their dependencies: the metadata of basic-pitch would bring TensorFlow, that of whisper triton.
$(SERVE): $(VENV)/pyvenv.cfg requirements.lock pyproject.toml
	@echo "Installing Woodshed into $(VENV); the first time this takes a few minutes …"
	@$(PIP) "torch==$(TORCH)"
	@$(PIP) --no-deps -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(TEST): $(SERVE) requirements-dev.lock
	@echo "Installing what the tests need …"
	@$(PIP) --no-deps -r requirements-dev.lock
	@touch $@
