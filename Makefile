# Trimestre's commands. `make help` lists them; every one sets up .venv by itself when it has to.
.DEFAULT_GOAL := help
.PHONY: help demo test test-slow screenshots lint hooks docs bench lock audit clean
SHELL := /bin/bash

BIN := .venv/bin

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.installed ## set everything up and run the quarter 2020-Q2; Ctrl-C stops it (ONCE=1: it stops by itself)
	@$(BIN)/trimestre demo $(if $(ONCE),--once)

test: .venv/.installed ## run the tests (on a real PostgreSQL and a real Airflow)
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

test-slow: .venv/.installed ## run the tests that are marked slow, and every property with many more examples
	$(BIN)/pytest -m slow
	$(BIN)/pytest -m "hypothesis and not slow" --hypothesis-profile many -n auto --dist loadfile

screenshots: .venv/.installed ## take the guide's pictures anew (needs Chromium; pngquant keeps them small)
	TRIMESTRE_REQUIRE_BROWSER=1 TRIMESTRE_SCREENSHOTS=docs/img $(BIN)/pytest tests/integration/test_in_the_browser.py

lint: .venv/.installed ## check code, types and SQL
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/sqlfluff lint sql

hooks: .venv/.installed ## let git check every commit as `make lint` would (pre-commit)
	$(BIN)/pre-commit install

docs: export NO_MKDOCS_2_WARNING = 1
docs: .venv/.installed ## write the documentation as a site to site/ (SERVE=1: show it on 127.0.0.1:8000)
	@# Not --quiet: it would swallow the warnings that --strict counts, and a broken link would pass.
	$(BIN)/mkdocs $(if $(SERVE),serve,build --strict)

bench: .venv/.installed $(if $(PEERS),.venv-peers/.installed) ## measure the night at N learners (N="10000 100000" REPEAT=2; STEPS=1: where one goes; PEERS=1: beside dlt + dbt and pandas)
	@$(BIN)/python benchmarks/$(if $(STEPS),steps.py --statements,bench.py --repeat $(or $(REPEAT),1) \
		$(if $(PEERS),--peers .venv-peers/bin/python)) $(or $(N),10000)

# The peers of the benchmark have their own lock: they are no part of the product.
.venv-peers/.installed: benchmarks/peers/requirements.lock .venv/.installed
	rm -rf .venv-peers
	$(BIN)/python -m venv .venv-peers
	.venv-peers/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	touch $@

lock: ## resolve both requirements.lock anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra dev --extra docs --extra server pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		benchmarks/peers/requirements.in -o benchmarks/peers/requirements.lock

audit: .venv/.installed ## ask for known vulnerabilities of every locked package (needs PyPI itself; a mirror may have none)
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements.lock

clean: ## remove .venv and what tools left; .trimestre (database, landed files, secrets) stays
	rm -rf .venv .venv-peers build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis src/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Made from nothing each time, so that a killed installation or a package that left the lock leaves no trace.
# A python3.x found on the PATH need not work: pyenv has a shim for every version, chosen or not, and Debian's
# python3 comes without venv. Byte code is compiled at once (pip does it anyway): Airflow starts five processes,
# which would all compile the same files. What an editable installation leaves in src/ goes: its entry points would be
# found twice, and Airflow would tell its users of a plugin that is there already.
.venv/.installed: requirements.lock pyproject.toml
	@set -euo pipefail; \
	uv=$$(command -v uv || true); \
	if [ -n "$$uv" ] && ! "$$uv" --version >/dev/null 2>&1; then uv=; fi; \
	needs=$$([ -n "$$uv" ] && echo sys || echo ensurepip); python=; \
	for name in python3.13 python3.12 python3.11 python3; do \
		found=$$("$$name" -c "import sys, venv, $$needs; assert (3, 11) <= sys.version_info < (3, 14); \
			print(sys.executable)" 2>/dev/null) && python=$$found && break; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Python: found none on the PATH that works, expected version 3.11, 3.12 or 3.13 with the module venv." \
			"Install one (Debian: python3 and python3-venv) and run make again." >&2; exit 1; \
	fi; \
	echo "Setting up .venv with $$($$python --version) and $$([ -n "$$uv" ] && echo uv || echo 'pip (about two minutes)')"; \
	rm -rf .venv; \
	if [ -n "$$uv" ]; then \
		"$$uv" venv --quiet --python "$$python" .venv; \
		install=("$$uv" pip install --quiet --python $(BIN)/python); compile=--compile-bytecode; \
	else \
		"$$python" -m venv .venv; \
		install=($(BIN)/python -m pip install --quiet --disable-pip-version-check); compile=--compile; \
	fi; \
	"$${install[@]}" $$compile --no-deps --require-hashes -r requirements.lock; \
	"$${install[@]}" --no-deps --no-build-isolation -e .; \
	rm -rf src/*.egg-info; \
	touch $@
