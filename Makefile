# Everything starts from a fresh clone: each target prepares what it needs (tools/prepare.py says what, when it may not).
PYTHON ?= python3
PORT ?= 8000
ARGS ?=
VENV_PYTHON = .venv/bin/python

.PHONY: help run test quick mutants bench soak lint messages lock

# Checks that read the settings need no server: a database in memory will do.
IN_MEMORY = TEST_DATABASE_URL=sqlite://:memory:

help:
	@echo "make run       the portal on http://127.0.0.1:8000 (make run PORT=8001 for another port)"
	@echo "make test      the whole test suite (make test ARGS=tests/test_x.py for a part)"
	@echo "make quick     the tests of rules, texts and sources: no database, under a minute"
	@echo "make mutants   one line changed at a time: does a test notice? (make mutants ARGS=registration/rules/todo.py)"
	@echo "make bench     speed, each figure beside its floor"
	@echo "make soak      ten minutes of mixed traffic: memory, errors and speed at start and end (ARGS='--minutes 2')"
	@echo "make lint      style, types, missing migrations; CSS and JavaScript where node is installed"
	@echo "make messages  collect the strings to translate, compile the translations"
	@echo "make lock      pin every package with its hashes, from requirements.txt and requirements-dev.txt"

run:
	@PORT=$(PORT) exec $(PYTHON) tools/run.py

# The lint is part of the whole suite, and left out where ARGS asks for a part of it. Files are dealt out in the order of
# tests/conftest.py, the longest first: xdist's own order, by the number of tests, leaves the browsers for the end.
test:
	@$(PYTHON) tools/prepare.py tests
ifeq ($(ARGS),)
	@$(MAKE) --no-print-directory lint
endif
	@exec $(VENV_PYTHON) -m pytest $(or $(ARGS),-n auto --dist loadfile --no-loadscope-reorder)

quick:
	@$(PYTHON) tools/prepare.py tests
	@exec env $(IN_MEMORY) $(VENV_PYTHON) -m pytest --quick $(or $(ARGS),-n auto)

mutants:
	@$(PYTHON) tools/prepare.py tests
	@exec $(VENV_PYTHON) -m tools.mutants $(ARGS)

bench:
	@$(PYTHON) tools/prepare.py bench
	@exec $(VENV_PYTHON) -m benchmarks $(ARGS)

soak:
	@$(PYTHON) tools/prepare.py tests
	@exec $(VENV_PYTHON) -m benchmarks.soak $(ARGS)

lint:
	@$(PYTHON) tools/prepare.py lint
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m djlint templates --lint --quiet
	$(IN_MEMORY) $(VENV_PYTHON) -m mypy
	$(IN_MEMORY) DJANGO_SETTINGS_MODULE=tests.settings $(VENV_PYTHON) manage.py makemigrations --check --dry-run
	@if [ -x node_modules/.bin/biome ] && command -v node >/dev/null; then echo biome ci && node_modules/.bin/biome ci; \
	else echo "Left out: the CSS and JavaScript are checked (biome) only where node and npm are installed."; fi

messages:
	@$(PYTHON) tools/prepare.py tests
	DJANGO_SETTINGS_MODULE=tests.settings $(VENV_PYTHON) manage.py makemessages -l es --no-location --no-wrap -i .venv -i tests -i benchmarks -i tools -i node_modules
	@$(PYTHON) tools/prepare.py run

# The development packages are the same ones: constrained by the first file.
LOCK = $(VENV_PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --system-certs --custom-compile-command "make lock"

lock:
	@$(PYTHON) tools/prepare.py tests
	$(LOCK) requirements.txt -o requirements.lock
	$(LOCK) -c requirements.lock requirements-dev.txt -o requirements-dev.lock
