# `make` lists what it can do. Every step leaves a stamp, so a second run does only what changed.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Without compiled files every one of our programs would compile all of Django at its start.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help up test check bench bundle lock city clean ready ready-dev tools

ifndef PYTHON
PYTHON := $(firstword $(foreach python,python3 python3.14 python3.13 python3.12 python3.11,$(shell command -v $(python) >/dev/null 2>&1 && $(python) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(python))))
endif
NODE := $(shell node -e 'process.exit(+(process.versions.node.split(".")[0] < 18))' 2>/dev/null && command -v npm >/dev/null 2>&1 && echo fits)
# A bundle brings its packages along: then nothing is fetched, and Node is not needed.
BUNDLED := $(wildcard wheels)
VENDORED := $(if $(BUNDLED),,pol137/web/vendor/copied.stamp)
MISSING := $(if $(PYTHON),,[Python 3.11 or newer with venv: python3 python3-venv]) $(if $(NODE)$(BUNDLED),,[Node 18 or newer with npm: nodejs npm])

DATA := $(or $(POL137_DATA),var)
BIN := .venv/bin
PACK ?= $(or $(POL137_CITY),mashhad)
WORKERS ?= 2
TESTS ?= tests
SPOKEN := $(wildcard locale/*/LC_MESSAGES)
CATALOGUES := $(addsuffix /django.mo,$(SPOKEN))
STATIC_FILES := $(shell find pol137 -path '*/static/*' -type f 2>/dev/null)

help: ## this list
	@echo "make TARGET, where TARGET is one of:"
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | awk -F '\t' '{printf "  %-8s %s\n", $$1, $$2}'

up: ready $(DATA)/static.stamp ## set up what is missing and run the centre (POL137_PORT, POL137_CITY, POL137_DATA ...)
	@POL137_DEMO=$${POL137_DEMO:-on} exec $(BIN)/pol137 up

test: ready-dev ## run the tests on a database of their own (TESTS=tests/lib, WORKERS=2)
	@$(BIN)/pytest -n $(WORKERS) $(TESTS)

check: ready-dev ## look over the code: style, types, walls between rooms, pages, migrations, texts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint pol137
	$(BIN)/python manage.py check
	scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && \
		POL137_DATA="$$scratch" $(BIN)/pol137 manage makemigrations --check --dry-run
	$(BIN)/python -m pol137.commands.catalogues --check

bench: ready ## measure the intake, the clock among five million promises, and pages among a million cases
	@$(BIN)/python -m bench.intake
	@$(BIN)/python -m bench.clock
	@$(BIN)/python -m bench.pages
	@$(BIN)/python -m bench.history

city: ready ## check a city pack as a whole (PACK=mashhad)
	@$(BIN)/pol137 city check $(PACK)

bundle: ready ## one file under build/ from which `make up` works without a network
	@$(BIN)/python -m pol137.machine.bundle

lock: .venv/dev.stamp ## choose the versions of the Python packages anew
	$(BIN)/python -m pol137.machine.bootstrap lock

clean: ## remove everything that was built; the data under var/ stays
	rm -rf .venv node_modules build pol137/web/vendor $(CATALOGUES) $(DATA)/static $(DATA)/static.stamp
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find pol137 tests -name __pycache__ -type d -prune -exec rm -rf {} +

ready: .venv/run.stamp $(VENDORED) $(CATALOGUES)

ready-dev: .venv/dev.stamp node_modules/dev.stamp ready

tools:
	@$(if $(strip $(MISSING)),echo "missing: $(strip $(MISSING))" >&2; exit 1,:)

.venv/made.stamp: | tools
	@echo "  محیط پایتون · Python environment"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/run.stamp: requirements.lock requirements-uv.lock .venv/made.stamp
	@echo "  بسته‌های پایتون · Python packages"
	@$(BIN)/python -m pol137.machine.bootstrap install requirements.lock
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	@echo "  بسته‌های آزمون · packages for tests"
	@$(BIN)/python -m pol137.machine.bootstrap install requirements-dev.lock
	@touch $@

node_modules/run.stamp: package-lock.json | tools
	@echo "  بسته‌های صفحه‌ها · front-end packages"
	@test node_modules/dev.stamp -nt package-lock.json || npm ci --omit=dev --silent
	@touch $@

node_modules/dev.stamp: package-lock.json | tools
	@echo "  بسته‌های آزمون مرورگر · packages for browser tests"
	@npm ci --silent
	@touch $@ node_modules/run.stamp

pol137/web/vendor/copied.stamp: node_modules/run.stamp pol137/web/assets.py | .venv/run.stamp
	@$(BIN)/python -m pol137.web.assets
	@touch $@

locale/%/LC_MESSAGES/django.mo: pol137/commands/catalogues.py | .venv/run.stamp
	@$(BIN)/python -m pol137.commands.catalogues

$(foreach folder,$(SPOKEN),$(eval $(folder)/django.mo: $(wildcard $(folder)/*.po)))

$(DATA)/static.stamp: .venv/run.stamp $(VENDORED) pol137/wiring/settings.py $(STATIC_FILES)
	@echo "  پرونده‌های ثابت · static files"
	@mkdir -p $(DATA)
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@touch $@
