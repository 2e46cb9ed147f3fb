# Everything that can be run. `make` alone lists it. Works from any folder with `make -C <here>`.

# The Python that makes .venv; any 3.11 or newer.
PYTHON ?= python3
# Test processes. Two keep two cores busy; more only help where there are more.
WORKERS ?= 2
# Seeds for `make simulate`.
SEEDS ?= 20000

VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check --no-input -qq
PACKAGES := $(sort $(wildcard libs/*/pyproject.toml services/*/pyproject.toml))
RUNNING := $(filter-out libs/testkit/%,$(PACKAGES))
CHECKED := libs services tests bench chaos typings
PYTEST := $(RUN) -m pytest
PARALLEL := -n $(WORKERS) --dist loadgroup

.DEFAULT_GOAL := help
.PHONY: help run test check lint format format-check types imports generated generate tree \
	conformance bench chaos simulate planted-bugs browser lock clean FORCE
.DELETE_ON_ERROR:

help: ## list what can be run
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

run: $(VENV)/packages ## start the whole system: register, terminals, API
	@RENKEI_PARENT_PID=$$PPID exec $(RUN) -m supervisor

test: $(VENV)/packages-dev ## all tests that need no browser
	$(PYTEST) tests $(PARALLEL) -m "not browser and not slow"

check: lint format-check types imports generated test ## what CI runs, but for the browser

lint: $(VENV)/packages-dev ## ruff, all rules
	$(RUN) -m ruff check $(CHECKED)

format: $(VENV)/packages-dev ## put code into its one form
	$(RUN) -m ruff check --fix-only --exit-zero $(CHECKED)
	$(RUN) -m ruff format $(CHECKED)

format-check: $(VENV)/packages-dev
	$(RUN) -m ruff format --check $(CHECKED)

types: $(VENV)/packages-dev ## pyright, strict
	$(RUN) -m pyright

imports: $(VENV)/packages-dev ## who may import whom
	$(VENV)/bin/lint-imports

generate: $(VENV)/packages-dev ## write the files that are made from code
	$(RUN) -m contracts.generate
	$(RUN) -m testkit.conformance generate

generated: $(VENV)/packages-dev ## is every generated file up to date?
	$(RUN) -m contracts.generate --check
	$(RUN) -m testkit.conformance check

tree: $(VENV)/packages-dev ## the rules of the house alone: paths, lengths, imports, waivers
	$(PYTEST) tests/architecture -q

browser: $(VENV)/packages-dev ## pay in a real browser; keeps docs/screens
	RENKEI_SCREENSHOTS=docs/screens $(PYTEST) tests/e2e -m browser
	RENKEI_SCREENSHOTS=docs/screens $(PYTEST) tests/unit/receipts/test_pictures.py -q

conformance: $(VENV)/packages-dev ## the manual's table, row by row, with the tests that show it
	-$(PYTEST) tests/e2e -q -m "not slow" --conformance-results $(VENV)/conformance.json
	$(RUN) -m testkit.conformance table $(VENV)/conformance.json

simulate: $(VENV)/packages-dev ## whole stores in virtual time, everything going wrong (SEEDS=20000, SEED=7 replays)
	RENKEI_SEEDS=$(SEEDS) $(PYTEST) tests/simulation $(PARALLEL) -m "not slow"

planted-bugs: $(VENV)/packages-dev ## bugs planted into source, rows and refusals taken away: all are noticed
	$(PYTEST) tests/simulation/test_planted_bugs.py $(PARALLEL)
	$(RUN) tests/planted/run.py --workers $(WORKERS)

bench: $(VENV)/packages-dev ## our speed beside its floor (PARTS="payments fleet connected"); writes bench.json
	$(RUN) -m bench $(PARTS)

chaos: $(VENV)/packages-dev ## kill, pause and cut off real processes under load (CHAOS_SECONDS=300, CHAOS_SEED)
	$(RUN) -m chaos

lock: ## pin anew what the pyproject.toml files ask for (needs uv)
	uv export --quiet --no-emit-workspace --no-header --no-annotate --no-dev -o requirements.lock
	uv export --quiet --no-emit-workspace --no-header --no-annotate --only-group dev \
		-o requirements-dev.lock

clean: ## remove .venv, the data in .renkei and every cache
	@if [ -x $(RUN) ]; then $(RUN) -m supervisor remove; fi
	rm -rf $(VENV) .renkei .pytest_cache .ruff_cache .hypothesis .import_linter_cache .grimp_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment: made once, then nothing is asked of the network again ---

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Renkei needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -V 2>&1)." >&2; \
		echo "Name another one: make PYTHON=/path/to/python3.11 run" >&2; exit 1; }
	@echo "Setting up .venv, once; the next start needs no network."
	@if $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null; then $(PYTHON) -m venv $(VENV); \
	elif $(PYTHON) -c 'import venv, pip' 2>/dev/null; then \
		$(PYTHON) -m venv --without-pip $(VENV) && \
		$(PYTHON) -m pip --quiet --python $(RUN) install pip; \
	else \
		echo "This Python can make no environments; on Debian: apt-get install python3-venv" >&2; \
		exit 1; fi
	@touch $@

$(VENV)/locked: requirements.lock $(VENV)/made
	@$(PIP) install --require-hashes --requirement requirements.lock
	@touch $@

$(VENV)/locked-dev: requirements-dev.lock $(VENV)/locked
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

# Our own packages are linked to by absolute path: a folder that was moved is linked anew.
$(VENV)/place: FORCE | $(VENV)/made
	@[ "$$(cat $@ 2>/dev/null)" = "$$PWD" ] || printf '%s\n' "$$PWD" > $@

$(VENV)/packages: $(RUNNING) $(VENV)/locked $(VENV)/place
	@$(PIP) install --no-deps --no-build-isolation --no-index \
		$(foreach package,$(RUNNING),--editable ./$(dir $(package)))
	@touch $@

$(VENV)/packages-dev: libs/testkit/pyproject.toml $(VENV)/locked-dev $(VENV)/packages
	@$(PIP) install --no-deps --no-build-isolation --no-index --editable ./libs/testkit
	@touch $@
