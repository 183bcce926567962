# Everything starts from a fresh clone: each target prepares what it needs (tools/prepare.py says what, when it may not).
PYTHON ?= python3
PORT ?= 8000
ARGS ?=
VENV_PYTHON = .venv/bin/python

.PHONY: help run test bench lint messages

help:
	@echo "make run       the portal on http://127.0.0.1:8000 (make run PORT=8001 for another port)"
	@echo "make test      the whole test suite (make test ARGS=tests/test_x.py for a part)"
	@echo "make bench     speed, each figure beside its floor"
	@echo "make lint      style, types of mistakes, missing migrations; CSS and JavaScript where node is installed"
	@echo "make messages  collect the strings to translate, compile the translations"

run:
	@PORT=$(PORT) exec $(PYTHON) tools/run.py

test:
	@$(PYTHON) tools/prepare.py tests
	@exec $(VENV_PYTHON) -m pytest $(or $(ARGS),-n auto --dist loadfile)

bench:
	@$(PYTHON) tools/prepare.py bench
	@exec $(VENV_PYTHON) -m benchmarks $(ARGS)

lint:
	@$(PYTHON) tools/prepare.py lint
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m djlint templates --lint --quiet
	DJANGO_SETTINGS_MODULE=tests.settings $(VENV_PYTHON) manage.py makemigrations --check --dry-run
	@if [ -x node_modules/.bin/biome ] && command -v node >/dev/null; then echo biome ci && node_modules/.bin/biome ci; \
	else echo "Left out: the CSS and JavaScript are checked (biome) only where node and npm are installed."; fi

messages:
	@$(PYTHON) tools/prepare.py tests
	DJANGO_SETTINGS_MODULE=tests.settings $(VENV_PYTHON) manage.py makemessages -l es --no-location --no-wrap -i .venv -i tests -i benchmarks -i tools
	@$(PYTHON) tools/prepare.py run
