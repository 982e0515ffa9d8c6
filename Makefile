# Everything one runs in this project; `make` alone lists it.
# Needs only make and Python 3.11 or newer; the rest goes into .venv.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

# The first interpreter that is new enough and can make a virtual environment.
# A name on the PATH is not proof (version managers put stand-ins there), so each is run.
USABLE := import sys, ensurepip, sqlite3, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3 python3.11 python3.12 python3.13 python3.14; do \
	"$$name" -c '$(USABLE)' 2>/dev/null && echo "$$name" && break; done)

# Most of a start is compiling where bytecode may not be kept, and the tests start many processes.
unexport PYTHONDONTWRITEBYTECODE

# 0 runs the tests in one process, N or `auto` in several. Many tests wait for other processes, so
# more than the cores pay off.
WORKERS ?= 4
# The project's own environment has uv; `make lock UV=uv` takes another one.
UV ?= $(BIN)/uv
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-strip-extras $(if $(UPGRADE),--upgrade) --all-extras

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format serve bench lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(STAMP) ## Make .venv with every development dependency and the `booking` command (PYTHON=…)

$(STAMP): requirements/dev.txt pyproject.toml
	@test -x $(BIN)/python || test -n "$(PYTHON)" || { echo >&2 \
		"No Python 3.11 or newer with venv and sqlite3 was found. Install one (on Debian and Ubuntu" \
		"also python3-venv), or name it: make setup PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python || { echo "Making $(VENV) with $(PYTHON)"; "$(PYTHON)" -m venv $(VENV); }
	@echo "Installing the pinned packages of requirements/dev.txt"
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input -qq \
		--only-binary :all: --require-hashes --requirement requirements/dev.txt
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input -qq \
		--no-build-isolation --no-deps --editable .
	@touch $@

demo: setup ## Run the demo: import a timetable, sell it in a rush, check it (GTFS=feed.zip)
	@$(BIN)/booking demo $(if $(GTFS),--gtfs "$(GTFS)")

# Each process begins with a stretch of its own, so that what the tests of a file share is made once.
test: setup ## Run the tests (WORKERS=2 for fewer processes, ARGS="-k seats" or ARGS=--thorough)
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --durations 15 $(ARGS)

lint: setup ## Check style, format, types and import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## Put imports and layout in order
	$(BIN)/ruff check --select I --fix
	$(BIN)/ruff format

serve: setup ## Start the server with demo data
	@$(BIN)/booking serve --demo

bench: setup ## Measure holds per second against the baselines (DATABASE=postgresql+psycopg://…)
	@$(BIN)/booking bench hold --compare $(if $(DATABASE),--database "$(DATABASE)")

lock: $(if $(filter $(BIN)/uv,$(UV)),setup) ## Pin the requirements of pyproject.toml anew (UPGRADE=1 for newer versions)
	$(COMPILE) pyproject.toml --output-file requirements/base.txt >/dev/null
	$(COMPILE) --group dev pyproject.toml --output-file requirements/dev.txt >/dev/null

clean: ## Remove caches and build products (.venv stays)
	rm -rf build dist .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
