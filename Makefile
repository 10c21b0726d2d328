# `make help` lists the commands. Each sets up what it needs.

# Without PYTHON=... an environment that exists keeps its interpreter.
PYTHON ?= $(or $(wildcard .venv/bin/python),python3)
MATRIX ?= python3.8 python3.11 python3.12

help:
	@echo 'make env [PYTHON=python3.11]  set up .venv; Python 3.8: torch 2.0, 3.9 - 3.11: 2.1, 3.12: 2.11'
	@echo 'make test                     run the tests'
	@echo 'make lint                     check the style alone; the tests do it too'
	@echo 'make matrix                   run the tests of the last commit with Python 3.8, 3.11 and 3.12'
	@echo 'make demo                     train with and without the constraint on rendered data, compare'
	@echo 'make demo-real DATA=DIR       the same on photographs in the FLD layout'
	@echo 'make bench                    time each part against its stock counterpart, 15 minutes'
	@echo 'make docs                     make the site of the documents, in docs/_build/html'
	@echo 'make docs-links               check their links into the web'
	@echo 'make clean                    remove .venv and the builds, keep trainings'

env:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 6))' 2>/dev/null || \
	  { echo 'make env: $(PYTHON) does not run as a Python 3; name a Python 3.8 - 3.12, if need be by its path, as in `make env PYTHON=/usr/bin/python3.11`.' >&2; exit 1; }
	@$(PYTHON) tools/setup_env.py

# A process a core, each with one thread: the work is in many small pieces.
# The longest test takes a few minutes; one that hangs is named after twenty.
test: env
	OMP_NUM_THREADS=1 .venv/bin/python -m pytest -n auto --dist loadfile --timeout 1200

lint: env
	PATH="$(CURDIR)/.venv/bin:$$PATH" .venv/bin/pre-commit run --all-files

# Each in a clone of its own, which keeps its environment for the next time.
matrix:
	@mkdir -p .matrix; test ! -d ../shared || ln -sfn "$(abspath ../shared)" .matrix/shared
	@for python in $(MATRIX); do \
	  test -d .matrix/$$python || git clone -q . .matrix/$$python; \
	  git -C .matrix/$$python pull -q --ff-only && \
	  { $(MAKE) -C .matrix/$$python test PYTHON=$$python 2>&1; echo "exit status $$?"; } | tee .matrix/$$python.log; \
	done
	@for python in $(MATRIX); do echo "$$python: $$(tail -2 .matrix/$$python.log | tr '\n' ' ')"; done
	@! grep -L '^exit status 0' $(MATRIX:%=.matrix/%.log) | grep .

demo: env
	.venv/bin/python tools/demo.py

demo-real: has-data env
	.venv/bin/python tools/demo.py --real "$(DATA)"

bench: env
	.venv/bin/python -W ignore benchmarks/speed.py

docs: env
	.venv/bin/python -m sphinx -W --keep-going docs docs/_build/html

docs-links: env
	.venv/bin/python -m sphinx -b linkcheck docs docs/_build/links

has-data:
	@test -n "$(DATA)" || \
	  { echo 'make demo-real: name the folder of photographs in the FLD layout, as in `make demo-real DATA=path/to/garments`.' >&2; exit 1; }

clean:
	rm -rf .venv .matrix build dist *.egg-info pcloss_mmpose/.mim docs/_build docs/site .pytest_cache .mypy_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help env test lint matrix demo demo-real docs docs-links has-data bench clean
.NOTPARALLEL:
