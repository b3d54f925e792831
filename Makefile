# Two commands: `make run` and `make test`. Everything else: `make help`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python -m signals_pipeline
PYTEST := $(BIN)/python -m pytest -n auto
# What is typed for these reaches a command as it is: a shell would run a part of it.
Q ?=
export Q N TOPIC YEAR WORDS FILE TO ISSUE
MEANING ?=
# What the commands below need: with MEANING=1 also the encoder of texts, which they then use.
RUNTIME := $(VENV)/$(if $(filter 1,$(MEANING)),.meaning,.runtime)
ifeq ($(MEANING),1)
export SIGNALS_MEANING := 1
endif
KILLS ?= 50
MINUTES ?= 20
SEQUENCES ?= 30
FOLDER ?= /tmp/signals

.DEFAULT_GOAL := help
.PHONY: help run ui ui-readonly sql ask search review rebuild clean test test-long test-full test-browser pictures bench \
	soak deployed calibration lint types check lock dictionary demo demo-vectors explain prune publish backup notebook baseline \
	dist audit

help: ## show this help
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUNTIME) ## ingest the cards and publish a snapshot (ACCEPT_DROP=1 accepts once that much is gone; ISSUE=2026-06-21 reads the cards of one issue again; MEANING=1 encodes what texts mean)
	@$(RUN) run $(if $(filter 1,$(ACCEPT_DROP)),--accept-drop) $(if $(ISSUE),--issue "$$ISSUE")

ui: $(RUNTIME) ## open the Dagster UI on this machine, with schedule and sensor running
	@$(RUN) ui

ui-readonly: $(RUNTIME) ## the same for one that is left running: nobody can change anything from it
	@$(RUN) ui --read-only

sql: $(VENV)/.runtime ## ask the published database: a prompt, or one query with Q="FROM trend('ai')"
	@$(RUN) sql $(if $(Q),"$$Q")

ask: $(VENV)/.runtime ## list twenty questions, or ask one: N=4 TOPIC=ai (or YEAR=2025, WORDS="heat pump")
	@$(RUN) ask $(if $(N),"$$N") $(if $(TOPIC),"topic=$$TOPIC") $(if $(YEAR),"year=$$YEAR") $(if $(WORDS),"words=$$WORDS")

search: $(RUNTIME) ## find cards and statements about Q="heat pumps", by their words and, with MEANING=1, by what they mean
	@$(RUN) search "$$Q"

rebuild: $(RUNTIME) ## like run, but read every card again
	@$(RUN) run --rebuild $(if $(filter 1,$(ACCEPT_DROP)),--accept-drop)

test: $(VENV)/.dev ## run the tests of every area, which takes three minutes
	@$(PYTEST) --dist loadscope --no-loadscope-reorder

test-long: $(VENV)/.dev $(VENV)/.duckdb1 $(VENV)/.wheel $(VENV)/.release ## run what these leave out, with all examples: a quarter of an hour
	@SIGNALS_TESTS=long $(PYTEST) -m "(long or hypothesis) and not full"

test-full: $(VENV)/.dev $(VENV)/.duckdb1 $(VENV)/.wheel $(VENV)/.release ## run all of it with KILLS=50 killed runs, SEQUENCES=30 of changes, many examples, then soak
	@SIGNALS_TESTS=full SIGNALS_KILLS=$(KILLS) SIGNALS_SEQUENCES=$(SEQUENCES) $(PYTEST) -m "not browser"
	@$(BIN)/python -m signals_pipeline_tests.soak $(MINUTES)

test-browser: $(VENV)/.dev ## drive the report (with axe-core from npm) and the Dagster UI in Chromium (Debian: chromium, chromium-driver)
	@$(BIN)/python -m pytest -m browser

pictures: $(VENV)/.dev ## take the pictures of the README anew
	@PICTURES=docs $(BIN)/python -m pytest -q -m browser -k "picture or graph_shows" \
		signals_pipeline_tests/publish/report/test_browser.py signals_pipeline_tests/defs/test_ui.py

bench: $(VENV)/.dev $(VENV)/.bench ## measure what runs cost, for some two hours, or WHAT=runs (parse, scale, engines, marts, parts, questions, peers)
	@$(BIN)/python -m signals_pipeline_tests.bench $(WHAT)

soak: $(VENV)/.dev ## MINUTES=20 of a busy folder, two readers and the sensor; prints figures
	@$(BIN)/python -m signals_pipeline_tests.soak $(MINUTES)

deployed: $(VENV)/.dev ## build the image and try the services of compose.yaml on this machine without Docker, as root, in FOLDER=/tmp/signals
	@$(BIN)/python -m signals_pipeline_tests.deployed $(FOLDER)

calibration: $(VENV)/.dev ## simulate topics that change and topics that do not, and see what the tests of trends say
	@$(BIN)/python -m signals_pipeline_tests.calibration
	@$(BIN)/python -m signals_pipeline_tests.calls_calibration

lint: $(VENV)/.dev ## check style and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/sqlfluff lint -q signals_pipeline/marts/sql signals_pipeline/marts/base

types: $(VENV)/.dev ## check types
	@$(BIN)/mypy

check: $(VENV)/.dev ## check that Dagster finds the definitions
	@$(BIN)/python -W "ignore:Function" -m dagster definitions validate -w workspace.yaml --log-level warning
	@$(BIN)/dg check defs

explain: $(VENV)/.runtime ## say line by line what is read from FILE=… and why not
	@$(RUN) explain $(if $(FILE),"$$FILE")

review: $(VENV)/.runtime ## decide on names that may be one idea, one pair after the other
	@$(RUN) review

prune: $(VENV)/.runtime ## remove old runs from the history of Dagster, as each run does at its end
	@$(RUN) prune

publish: $(VENV)/.runtime ## copy the snapshot to TO=folder, s3://bucket/path or gs://bucket/path; readers see a whole one
	@$(RUN) publish $(if $(TO),"$$TO")

backup: $(VENV)/.runtime ## copy data and settings to a new folder in TO=/backup/alpha, between two runs
	@$(RUN) backup $(if $(TO),"$$TO")

notebook: $(VENV)/.dev ## open the notebook with three topics and their bands in a browser
	@$(BIN)/python -m marimo edit --skip-update-check notebooks/trends.py

dictionary: $(VENV)/.runtime ## write data/DICTIONARY.md and data/QUESTIONS.md
	@$(RUN) dictionary

baseline: $(VENV)/.dev ## write down which tables and columns this version publishes, from the last snapshot: before a release
	@$(BIN)/python -m signals_pipeline_tests.publish.columns

dist: $(VENV)/.dev $(VENV)/.release ## build wheel, sdist and SBOM of the last commit into dist/, the same bytes each time
	@$(BIN)/python -m signals_pipeline_tests.dist
	@ls dist

audit: $(VENV)/.release ## ask PyPI whether a vulnerability is known of any version that is locked
	@for lock in requirements/*.lock; do echo "$$lock" >&2; PYTHONPATH=$(VENV)/release $(BIN)/python -m pip_audit \
		--strict --progress-spinner off --disable-pip -r "$$lock" || failed=1; done; test -z "$$failed"

demo: $(VENV)/.dev ## write the demonstration cards again, and their vectors
	@$(BIN)/python -m signals_pipeline_tests.corpus data/demo
	@$(BIN)/python -m signals_pipeline_tests.demo_vectors

demo-vectors: $(VENV)/.dev ## encode the texts of the demonstration again, after a change of data/concepts.csv or of the encoder
	@$(BIN)/python -m signals_pipeline_tests.demo_vectors

clean: ## remove what runs have made: store, snapshots, history, messages that wait
	@rm -rf data/build data/outbox data/published data/.dagster data/FAILURES.log* data/ALERTS.log* .tmp_dagster_home_*

# The development tools are resolved first: they name versions of Dagster that the others have to share.
lock: $(VENV)/.pip ## resolve all dependencies anew
	@$(BIN)/uv pip compile -q pyproject.toml --extra dev $(LOCK_OPTIONS) -o requirements/dev.lock
	@$(BIN)/uv pip compile -q pyproject.toml -c requirements/dev.lock $(LOCK_OPTIONS) -o requirements/runtime.lock
	@$(BIN)/uv pip compile -q pyproject.toml --extra postgres -c requirements/dev.lock $(LOCK_OPTIONS) -o requirements/postgres.lock
	@$(BIN)/uv pip compile -q pyproject.toml --extra meaning -c requirements/dev.lock $(LOCK_OPTIONS) -o requirements/meaning.lock
	@$(BIN)/uv pip compile -q pyproject.toml --extra notify -c requirements/dev.lock $(LOCK_OPTIONS) -o requirements/notify.lock
	@$(BIN)/uv pip compile -q pyproject.toml --extra publish -c requirements/dev.lock $(LOCK_OPTIONS) -o requirements/publish.lock
	@echo 'duckdb>=1.5,<2' | $(BIN)/uv pip compile -q - $(LOCK_OPTIONS) -o requirements/duckdb1.lock
	@printf 'dlt[duckdb]\npolars\n' | $(BIN)/uv pip compile -q - -c requirements/dev.lock $(LOCK_OPTIONS) -o requirements/bench.lock
	@echo 'uv' | $(BIN)/uv pip compile -q - $(LOCK_OPTIONS) -o requirements/uv.lock
	@printf 'cyclonedx-bom\npip-audit\n' | $(BIN)/uv pip compile -q - $(LOCK_OPTIONS) -o requirements/release.lock
	@printf 'hatchling\neditables\n' | $(BIN)/uv pip compile -q - -c requirements/dev.lock $(LOCK_OPTIONS) \
		-o requirements/build.lock

LOCK_OPTIONS := --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-strip-extras --no-emit-index-url

# uv installs in seconds; where it cannot be had, pip does the same in a minute.
define install
	@if [ -x $(BIN)/uv ]; then \
		$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes $(1); \
	else \
		$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes $(1); \
	fi
endef

$(VENV)/.pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "signals: $(PYTHON) is older than 3.11; say which to use: make run PYTHON=python3.12" >&2; exit 1; }
	@echo "making $(VENV)" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.lock \
		|| echo "uv is not available, using pip" >&2
	@touch $@

# The package itself is installed as it stands here, so that .venv/bin/signals and imports work from anywhere.
$(VENV)/.runtime: $(VENV)/.pip requirements/runtime.lock requirements/build.lock pyproject.toml
	@echo "installing what the job needs (once)" >&2
	$(call install,-r requirements/runtime.lock -r requirements/build.lock)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.meaning: $(VENV)/.runtime requirements/meaning.lock
	@echo "installing what encodes texts (once)" >&2
	$(call install,-r requirements/meaning.lock)
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.lock
	@echo "installing what the tests need (once)" >&2
	$(call install,-r requirements/dev.lock)
	@touch $@

# The wheel in an environment of its own, which knows nothing of the checkout; each time of the code as it stands.
$(VENV)/.wheel: $(VENV)/.dev
	@rm -rf $(VENV)/dist $(VENV)/wheel && $(PYTHON) -m venv $(VENV)/wheel
	@$(BIN)/python -m pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w $(VENV)/dist .
	@if [ -x $(BIN)/uv ]; then $(BIN)/uv pip install -q --python $(VENV)/wheel/bin/python $(VENV)/dist/*.whl; \
	else $(VENV)/wheel/bin/python -m pip install -q --disable-pip-version-check $(VENV)/dist/*.whl; fi

$(VENV)/.bench: $(VENV)/.pip requirements/bench.lock
	$(call install,--target $(VENV)/bench -r requirements/bench.lock)
	@touch $@

# The tools of a release need other versions of what the job needs, and so a folder of their own.
$(VENV)/.release: $(VENV)/.pip requirements/release.lock
	$(call install,--target $(VENV)/release -r requirements/release.lock)
	@touch $@

$(VENV)/.duckdb1: $(VENV)/.pip requirements/duckdb1.lock
	$(call install,--target $(VENV)/duckdb1 -r requirements/duckdb1.lock)
	@touch $@
