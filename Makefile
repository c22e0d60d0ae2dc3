# `make run` shows the product, `make test` proves it; both prepare .venv themselves. `make` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help run test both access screenshots faults soak security lint format messages extension bench sbom services lock clean

PYTHON ?= python3
UV_VERSION := 0.13.9

# Where Python is told to keep no compiled code, each of the many processes that start would compile everything: 2.5 s.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
UV := .venv/.uv-$(UV_VERSION)
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python -c requirements.lock
NODE_PACKAGES := $(patsubst %/package-lock.json,%/node_modules/.package-lock.json,$(wildcard tests/*/package-lock.json))

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

run: .venv/.runtime ## Start the whole product with demo data; nothing else is needed
	@$(BIN)/inbox run

test: .venv/.dev services $(NODE_PACKAGES) ## Check format, style and types, and run every test
	@$(BIN)/python -m tests

both: .venv/.dev services ## Run on both databases what `make test` runs on one of the two
	@$(BIN)/python -m pytest -q --both-databases tests/accounts tests/automation tests/hooks tests/provisioning tests/web

access: .venv/.dev services $(NODE_PACKAGES) ## Read every page with axe in all looks, of which `make test` takes one a page
	@$(BIN)/python -m pytest -q -m long tests/browser/test_accessibility.py

faults: .venv/.dev services ## Break everything in turn, also what takes long, and print what was measured
	@$(BIN)/python -m tests.services install faults
	@$(BIN)/python -m pytest -q -m "" --timeout=1800 tests/faults
	@$(BIN)/python -m pytest -q -m long --timeout=1800 tests/browser --ignore=tests/browser/test_accessibility.py

soak: .venv/.dev services ## Run under load with a fault each minute: make soak MINUTES=10 SEED=1
	@$(BIN)/python -m tests.faults.soak --minutes $(or $(MINUTES),10) --seed $(or $(SEED),1)

security: .venv/.dev services ## Look for what is unsafe: bandit, hostile names in a browser, a real nginx, large pictures
	@$(BIN)/python -m tests.services install security
	@$(BIN)/bandit --quiet --recursive inbox providers realtime --severity-level medium --confidence-level medium 2>/dev/null
	@$(BIN)/python -m pytest -q -m "" --timeout=600 tests/proxied tests/web/test_foreign_pages.py tests/browser/test_hostile_names.py tests/browser/test_other_sites.py tests/messaging/test_picture_memory.py

lint: .venv/.dev ## Check format, style and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: .venv/.dev ## Format the code and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

messages: .venv/.dev ## Bring what the interface says into the catalogues in inbox/locale
	@$(BIN)/python -m tests.messages

extension: .venv/.runtime ## Build Sourcing Companion: build/companion to load, build/companion.zip for the store
	@$(BIN)/python extension/build.py

bench: .venv/.dev services ## Measure beside peers and limits: make bench ROW=fanout, all rows without a name
	@$(BIN)/python -m bench $(ROW)

sbom: .venv/.dev ## Write what the product is made of to build/sbom.json (CycloneDX)
	@$(BIN)/python -m tests.bill_of_materials

screenshots: .venv/.dev services ## Take the pictures in docs/screenshots anew
	@$(BIN)/python -m tests.screenshots

lock: $(UV) ## Write requirements.lock again after a change in pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-annotate --extra dev pyproject.toml -o requirements.lock

clean: ## Remove what make and the tools made; the data in var/ stays
	@rm -rf .venv *.egg-info build dist tests/*/node_modules bench/peers/*/.venv bench/peers/*/node_modules .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# PostgreSQL, Redis and Chromium: found, or installed with apt-get, or named in one sentence.
services: .venv/.dev
	@$(BIN)/python -m tests.services install

# npm runs on the Node of .venv, so none has to be installed.
%/node_modules/.package-lock.json: %/package-lock.json | .venv/.dev
	@echo "Installing the Node packages of $*"
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix $* --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

.venv/.runtime: pyproject.toml requirements.lock $(UV)
	@echo "Installing what the product needs into .venv"
	@$(INSTALL) -e .
	@touch $@

.venv/.dev: pyproject.toml requirements.lock $(UV)
	@echo "Installing what the product and its tests need into .venv"
	@$(INSTALL) -e '.[dev]'
	@touch .venv/.runtime $@

$(UV):
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, this is %d.%d. Name a newer one: make PYTHON=python3.13 ..." % sys.version_info[:2])'
	@echo "Creating .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@
