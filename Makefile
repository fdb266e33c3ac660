# One command each; everything is installed into .venv on first use.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
# Tests for which one database is enough: they hardly touch the records, or are about processes, SDKs, pages in a browser
# and other servers.
ONE_DATABASE := tests/api/test_openapi.py tests/blobs tests/capture tests/charts tests/demo tests/eventstore \
	tests/hogql tests/insights tests/outgoing tests/processes tests/queries tests/reliability tests/sdk tests/spool \
	tests/sso/test_single_sign_on_browser.py tests/tenancy tests/actions tests/api/test_first_calls.py \
	tests/cohorts/test_on_a_server.py tests/cohorts/test_criteria_counted.py \
	tests/dashboards/test_on_a_server.py tests/exports/test_in_s3.py tests/exports/test_on_a_server.py \
	tests/loader/test_full_disk.py tests/loader/test_over_http.py tests/recordings/test_crashes.py \
	tests/recordings/test_filming.py tests/recordings/test_over_http.py tests/scim/test_conformance.py \
	tests/taxonomy/codegen tests/web

.PHONY: run test check format bench lock docs screenshot clean

run: .venv/installed hedgerow/capture/sdk/array.js  ## a server on http://127.0.0.1:8000 with demo data
	$(BIN)/hedgerow serve --demo

test: .venv/installed-dev  ## every test, on SQLite and then on PostgreSQL
	sh scripts/install_test_tools.sh
	$(MAKE) hedgerow/capture/sdk/array.js
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder
	$(BIN)/python scripts/with_postgres.py $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(ONE_DATABASE:%=--ignore=%)

check: .venv/installed-dev  ## format, lint, types, layering, tests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

format: .venv/installed-dev
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: .venv/installed-dev  ## prints a table and writes benchmarks/results.md
	$(BIN)/python -m benchmarks

docs: .venv/installed  ## the pages that are printed from the settings and the list of functions
	$(BIN)/python -m hedgerow.settings > docs/configuration.md
	$(BIN)/python -m hedgerow.hogql.functions.documentation > docs/hogql-functions.md

lock: .venv/installed-dev  ## after a change of the dependencies in pyproject.toml
	$(BIN)/uv pip compile -q --generate-hashes --no-header --no-emit-index-url --universal pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --generate-hashes --no-header --no-emit-index-url --universal --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

# The browser SDK that the server hands out; npm fetches it. Without npm everything else works.
hedgerow/capture/sdk/array.js: scripts/vendor_frontend.py | .venv/installed
	@if command -v npm >/dev/null; then $(BIN)/python scripts/vendor_frontend.py sdk; \
	else echo "npm is not installed: /static/array.js will be missing (see HEDGEROW_SDK_DIST_DIR)"; fi

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.venv/bin/python:
	$(PYTHON) -m venv .venv || { rm -rf .venv; sh scripts/apt_install.sh python3-venv && $(PYTHON) -m venv .venv; }

.venv/installed: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install -q --disable-pip-version-check --no-deps -e .
	touch $@

.venv/installed-dev: requirements-dev.lock .venv/installed
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@
