# Everything a newcomer needs: `make refresh` and `make test`. Assumes CPython >= 3.11 and make, nothing else.
PYTHON ?= python3
# Modules are compiled once, when they are first imported.
unexport PYTHONDONTWRITEBYTECODE
export DIKLAT_HOME ?= $(CURDIR)/data
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
READY_TO_TEST := $(VENV)/ready-to-test
INSTALL := $(BIN)/python -m pip install --quiet --no-deps --no-compile

.PHONY: refresh test ui bench bench-peers bench-quick trust attack chaos docs pictures site sbom lock clean
.DEFAULT_GOAL := refresh

refresh: $(READY)  ## Set up, write a sample city if nothing was delivered, run the nightly refresh.
	@$(BIN)/diklat refresh --sample-if-empty; code=$$?; [ $$code -eq 3 ] && exit 0 || exit $$code

# Says nothing unless it fails.
quietly = @said=$$($(1) 2>&1) || { echo "$$said"; exit 1; }

test: $(READY_TO_TEST)  ## Lint, types, the order of the rooms, what Dagster loads, tests.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(call quietly,$(BIN)/lint-imports --no-cache)
	$(call quietly,DAGSTER_DISABLE_TELEMETRY=1 $(BIN)/dg check defs)
	$(call quietly,DAGSTER_DISABLE_TELEMETRY=1 $(BIN)/dagster definitions validate -w workspace.yaml)
	@tests/packages
	$(BIN)/pytest

ui: $(READY)  ## The Dagster UI with its daemon on http://127.0.0.1:3000.
	@$(BIN)/diklat ui

bench: $(READY)  ## Ratios against a bare DuckDB script; writes benchmarks/RESULTS.md.
	$(BIN)/python -m benchmarks.refresh

bench-peers: $(READY)  ## dbt-duckdb, SQLMesh and pandas on the same work, installed below build/peers; writes benchmarks/PEERS.md.
	$(BIN)/python -m benchmarks.peers

bench-quick: $(READY)  ## The same once, on a small city: fails where a night has become dear. Two minutes.
	$(BIN)/python -m benchmarks.refresh --quick

trust: $(READY)  ## Flags, intervals and effects on cities whose truth is planted; writes benchmarks/TRUST.md.
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.trust

attack: $(READY)  ## A linear program over all that wide circles get, against what is left out of the sample city (or of DIKLAT_HOME).
	@$(BIN)/diklat refresh --sample-if-empty; code=$$?; [ $$code -eq 3 ] || [ $$code -eq 0 ]
	$(BIN)/python -m benchmarks.attack $(DIKLAT_HOME)

chaos: $(READY_TO_TEST)  ## Kills, full disks, damaged files, readers and writers that meet: a table of what was survived.
	$(BIN)/python -m tests.chaos

docs: $(READY)  ## Regenerate the data dictionary and the ERD from the contracts.
	$(BIN)/diklat docs

comma := ,
pictures: SHOOT := chromium --headless --no-sandbox --disable-gpu --hide-scrollbars
pictures: REPORT := file://$(DIKLAT_HOME)/published/current/report
pictures: $(READY)  ## The README's pictures, of the report there is (wants chromium).
	$(call quietly,$(SHOOT) --window-size=1200$(comma)1100 --screenshot=docs/images/report.png $(REPORT)/index.html)
	$(call quietly,$(SHOOT) --window-size=1200$(comma)1250 --screenshot=docs/images/program.png $(REPORT)/program/TI-01.html)

site:  ## The pages of docs/ as a site that can be searched (build/site).
	@$(PYTHON) -m venv build/pages && build/pages/bin/python -m pip install --quiet mkdocs-material
	@NO_MKDOCS_2_WARNING=1 build/pages/bin/mkdocs build --quiet

sbom:  ## What it is made of (build/sbom.cdx.json, CycloneDX), and what is known against it, where the network allows to ask.
	@$(PYTHON) -m venv build/audit && build/audit/bin/python -m pip install --quiet cyclonedx-bom pip-audit
	$(call quietly,build/audit/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --output-file build/sbom.cdx.json requirements.lock)
	@build/audit/bin/pip-audit --requirement requirements.lock --disable-pip --require-hashes --progress-spinner off

lock: LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-annotate pyproject.toml
lock:  ## Resolve pyproject.toml anew: what runs, and what the tests need beside it.
	$(LOCK) --extra postgres --extra build --output-file requirements.lock
	$(LOCK) --extra dev --constraint requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf $(VENV)

# The locks hold every package with its hashes and no index address; pip verifies what it installs and resolves nothing.
$(READY): requirements.lock pyproject.toml
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "CPython 3.11 or later is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	$(call quietly,$(PYTHON) -m venv --upgrade-deps $(VENV))
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-build-isolation --editable .
	@touch $@

$(READY_TO_TEST): requirements-dev.lock $(READY)
	@echo "Adding the tools of the tests to $(VENV) ..."
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@
