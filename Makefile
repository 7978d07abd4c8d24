# Two commands are enough: `make run` writes, `make test` tests. Each sets up what it needs, once.

VENV := .venv
PY := $(VENV)/bin/python
# Written last, so its presence means that everything of that list is installed.
RUN_READY := $(VENV)/.ready-run
DEV_READY := $(VENV)/.ready-dev
PAGE_TOOLS := tests/browser/node_modules
# python3.12 may be a name that leads nowhere, so each is tried.
FIND_PYTHON = for name in python3.12 python3.11 python3; do \
	if $$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; \
	then echo $$name; break; fi; done

.PHONY: run test check check-page bench pictures starter-report

run: $(RUN_READY)
	$(PY) app.py $(ARGS)

# All of them: two at a time, then those in a browser, which need both cores to themselves.
test: $(DEV_READY)
ifdef ARGS
	$(PY) -m pytest $(ARGS)
else
	$(PY) -m pytest -n 2 --dist loadfile -m "not browser"
	$(PY) -m pytest -m browser
endif

check: $(DEV_READY)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory check-page; \
	else echo "There is no npm here: the page's scripts and style were not checked."; fi

check-page: $(PAGE_TOOLS)/.ready
	$(PAGE_TOOLS)/.bin/biome lint --config-path=tests/browser --error-on-warnings creative/ui/assets tests/ui/js

bench: $(RUN_READY)
	$(PY) -m benchmarks $(ARGS)

pictures: $(DEV_READY)
	$(PY) -m tests.browser.pictures $(ARGS)

starter-report: $(RUN_READY)
	$(PY) -m creative.starter.recipe.report $(ARGS)

$(PAGE_TOOLS)/.ready: tests/browser/package.json
	npm install --prefix tests/browser --no-audit --no-fund
	@touch $@

$(PY):
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then echo "Python 3.11 or 3.12 is needed, and none was found."; exit 1; fi; \
	echo "Setting up $(VENV) with $$python"; $$python -m venv $(VENV)

$(RUN_READY): requirements.txt | $(PY)
	$(PY) -m pip install -r requirements.txt
	@touch $@

$(DEV_READY): requirements-dev.txt $(RUN_READY)
	$(PY) -m pip install -r requirements-dev.txt
	@touch $@
