# Only python3 (>= 3.11) and make are assumed. `make` alone lists what there is.
PORT ?= 5000
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/parcours
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: help install start test check bench lock clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

install: $(VENV)/.installed ## Prepare the environment, nothing else

start: $(VENV)/.installed ## Prepare everything and serve on http://localhost:5000 (PORT=5001 chooses the port)
	@$(RUN) init --silencieux
	@$(RUN) demo --si-vide
	@exec $(RUN) serve --port $(PORT) --avec-planificateur

test: $(VENV)/.installed-dev ## Install what is missing and pass the whole suite
	@sh .ci/tests $(BIN)/python

check: $(VENV)/.installed-dev ## Lint, format and architecture contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@PYTHONPATH=. $(BIN)/lint-imports --no-cache

bench: $(VENV)/.installed-bench ## Measure against floors and peers, on this machine
	@$(BIN)/python -m bench

lock: ## Make the lock files again (needs uv)
	@echo setuptools | $(LOCK) pyproject.toml - -o requirements.lock
	@echo setuptools | $(LOCK) --extra dev pyproject.toml - -o requirements-dev.lock
	@echo setuptools | $(LOCK) --extra dev --extra bench pyproject.toml - -o requirements-bench.lock
	@echo setuptools | $(LOCK) --extra pdf pyproject.toml - -o requirements-pdf.lock

clean: ## Remove the environment (never the instance)
	rm -rf $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml .ci/environment
	@PYTHON="$(PYTHON)" sh .ci/environment $(VENV) requirements.lock
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock pyproject.toml .ci/environment
	@PYTHON="$(PYTHON)" sh .ci/environment $(VENV) requirements-dev.lock
	@touch $(VENV)/.installed $@

$(VENV)/.installed-bench: requirements-bench.lock pyproject.toml .ci/environment
	@PYTHON="$(PYTHON)" sh .ci/environment $(VENV) requirements-bench.lock
	@touch $(VENV)/.installed $(VENV)/.installed-dev $@
