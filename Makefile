# make run: the main job, from data/raw to reports/ · make test: everything CI runs
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test test-spark spark lint lab gallery reference docs pictures env lock clean

run: env
	$(BIN)/ruralkpi run

test: lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

# every case of every rule and of the standard, and the whole sample, on both engines
test-spark: spark
	RURALKPI_SPARK_TESTS=whole $(BIN)/python -m pytest -n 0 tests/engines tests/obligations/test_worked_cases.py

# Spark, where there is a Java for it to run on; without one its tests are skipped and say so
spark: env
	@if command -v java > /dev/null; then $(MAKE) .venv/.spark; else echo "no Java: tests of Spark are skipped"; fi

.venv/.spark: requirements-spark.lock .venv/.locked
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-spark.lock
	touch .venv/.spark

lint: env
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/nbstripout --verify --keep-id notebooks/*.ipynb

# calls nobody and is heard on this machine alone: no look for updates, news or extensions
lab: env
	@test -f data/marts/ruralkpi.duckdb || $(BIN)/ruralkpi run
	$(BIN)/jupyter lab --ServerApp.ip=127.0.0.1 --KernelManager.transport=ipc \
		--ServerApp.root_dir=notebooks --LabApp.default_url=/lab/tree/00_start.ipynb --LabApp.news_url= \
		--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate --LabApp.extension_manager=readonly

gallery: env
	@test -f data/marts/ruralkpi.duckdb || $(BIN)/ruralkpi run
	$(BIN)/python -m ruralkpi.figures.gallery --out reports

# the pages of docs/ that are made from rules, tables, commands, settings, texts and docstrings; a test says when they are stale
reference: env
	$(BIN)/python -m ruralkpi.reference docs

# docs/ as a site that needs no network: open reports/docs/index.html
docs: env
	$(BIN)/python docs/site/build.py reports/docs

# the pictures of docs/, from the sample
pictures: env
	$(BIN)/python docs/site/pictures.py docs/pictures

env: .venv/.locked

# every package at its locked version; the registry is whichever pip is set up for
.venv/.locked: requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; sys.exit('ruralkpi needs Python 3.11 or newer') if sys.version_info < (3, 11) else None"
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m ruralkpi.press.printing.fonts
	touch .venv/.locked

# the newest versions that pyproject.toml allows, as name==version
lock:
	rm -rf .venv/lock && $(PYTHON) -m venv .venv/lock
	.venv/lock/bin/python -m pip install --quiet --disable-pip-version-check "hatchling" "editables" ".[dev]"
	.venv/lock/bin/python -m pip freeze --exclude ruralkpi > requirements.lock
	rm -rf .venv/lock

clean:
	rm -rf .venv data/marts/*.duckdb reports/20*
