# The only commands that a newcomer needs are `make run` and `make test`; both install what is missing first.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: help run test slow ci check airflow drills proofs bench clean setup system

QUALITY_HOME ?= $(CURDIR)/var
DATE ?=
ENGINE ?= auto
SIZE ?=
RECORDS ?= 2000000
VENV := .venv
BIN := $(VENV)/bin
RULES := tests/unit/test_rooms.py tests/unit/test_structure.py tests/unit/test_definitions.py tests/unit/test_words.py tests/unit/test_glossary.py tests/unit/test_contributing.py
# As many processes as processors, up to four: each reads all tests, which takes a minute of a processor. In order: the short files of tests/unit come last.
WORKERS := -n $(shell n=$$(getconf _NPROCESSORS_ONLN); echo $$((n < 4 ? n : 4))) --dist loadfile --no-loadscope-reorder --ignore=tests/benchmarks
SUITABLE := import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))
PYTHON := $(shell for p in python3 python3.12 python3.11; do if $$p -c '$(SUITABLE)' 2>/dev/null; then echo $$p; break; fi; done)
export QUALITY_ENGINE ?= $(ENGINE)
export QUALITY_HOME GX_ANALYTICS_ENABLED := False

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: setup ## a synthetic country up to yesterday, then the nightly DAG over it; prints where the site is (RECORDS=2000000, DATE=yyyy-mm-dd, ENGINE=auto|embedded|spark)
	@if [ ! -e "$$QUALITY_HOME/truth/country.json" ]; then # written last: the country is whole
	  $(BIN)/quality simulate --out "$$QUALITY_HOME/inbox" --truth "$$QUALITY_HOME/truth" --records $(RECORDS) --seed 7
	fi
	$(BIN)/python -m jobs.upkeep.bill_of_materials "$$QUALITY_HOME/sbom.cdx.json"
	echo "== the night: files in $$QUALITY_HOME/inbox to a site, as the Airflow DAG quality_nightly"
	code=0; $(BIN)/python -m jobs.orchestration.local night $(DATE) || code=$$?
	if [ $$code -ne 0 ]; then echo "error: the night failed (exit $$code): see the lines above" >&2; exit $$code; fi
	echo "== done; the site:"
	echo "$$QUALITY_HOME/site/index.html"
	echo "== what anyone may see of it:"
	echo "$$QUALITY_HOME/published/site/index.html"

test: check ## the check, then the tests
	@$(BIN)/python -m pytest $(WORKERS) $(RULES:%=--ignore=%) -m "not slow and not proof and not bench"

slow: setup ## long tests of rules that quicker ones hold in part
	@$(BIN)/python -m pytest $(WORKERS) -m "slow and not proof"

ci: check ## what CI runs: the check, then the tests of `make test` and `make slow` at once, which share what they set up
	@$(BIN)/python -m pytest $(WORKERS) $(RULES:%=--ignore=%) -m "not proof and not bench"

check: setup ## format, lint, types, contracts, imports, citations and words: a minute or two
	@$(BIN)/mypy & # as long as all others together without its cache: beside them
	types=$$!; trap 'kill "$$types" 2>/dev/null || true' EXIT
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/quality contracts check
	$(BIN)/python -m pytest --durations=0 --durations-min=60 $(RULES)
	wait "$$types"; trap - EXIT

airflow: setup ## Airflow's UI and scheduler on 127.0.0.1:8080, with a login
	@exec $(BIN)/python -m jobs.orchestration.local serve

drills: setup ## the drill book: each fault, its invariant and whether it held, the long drills too
	@$(BIN)/python -m pytest $(WORKERS) -m drill --drill-book

proofs: setup ## long proofs, the long drills among them
	@$(BIN)/python -m pytest -m proof

bench: setup ## the speed table, printed and kept below QUALITY_HOME/bench (SIZE=--large or --huge for 10 or 100 million records)
	@PYTHONPATH=tests/benchmarks $(BIN)/python tests/benchmarks/speed.py $(SIZE)
	$(BIN)/python -m pytest -m bench -s

clean: ## removes the environment and caches; data (QUALITY_HOME) is left alone
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache *.egg-info spark-warehouse metastore_db derby.log
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup: $(VENV)/.installed
	@$(BIN)/python -m jobs.engine.jars

# Debian packages, only those that are missing: with root by apt-get, without by one line that names them.
system:
	@missing=()
	if [ -z "$(PYTHON)" ]; then echo "error: Python 3.11 or 3.12 is needed, and not found" >&2; exit 2; fi
	if [ ! -x $(BIN)/pip ] && ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then missing+=(python3-venv); fi
	if [ -n "$${JAVA_HOME:-}" ]; then java="$$JAVA_HOME/bin/java"; else java=java; fi
	major=$$({ "$$java" -version 2>&1 || true; } | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
	if [ "$${major:-0}" -lt 17 ]; then
	  if [ -n "$${JAVA_HOME:-}" ]; then echo "error: JAVA_HOME ($$JAVA_HOME) holds no Java 17 or later" >&2; exit 2; fi
	  missing+=(openjdk-17-jre-headless)
	fi
	if ! command -v chromium-headless-shell >/dev/null; then missing+=(chromium-headless-shell); fi
	if ! ls /usr/share/fonts/*/noto/NotoSansCJK* >/dev/null 2>&1; then missing+=(fonts-noto-cjk); fi
	if [ $${#missing[@]} -eq 0 ]; then exit 0; fi
	if [ "$$(id -u)" -ne 0 ]; then
	  echo "error: these Debian packages are missing; have root install them: $${missing[*]}" >&2; exit 2
	fi
	if ! command -v apt-get >/dev/null; then echo "error: these packages are missing, and apt-get too: $${missing[*]}" >&2; exit 2; fi
	echo "== installing Debian packages: $${missing[*]}"
	log="$$QUALITY_HOME/logs/setup.log"; mkdir -p "$$(dirname "$$log")"
	export DEBIAN_FRONTEND=noninteractive
	if ! { apt-get update && apt-get install -y --no-install-recommends "$${missing[@]}"; } >"$$log" 2>&1; then
	  tail -n 15 "$$log" >&2; echo "error: apt-get failed; all of its output: $$log" >&2; exit 2
	fi

# `system` is order-only: it runs each time, and does not make the environment out of date.
$(VENV)/.installed: requirements.txt pyproject.toml | system
	@if [ ! -x $(BIN)/pip ]; then
	  echo "== making $(VENV)"
	  $(PYTHON) -m venv --clear $(VENV)
	fi
	echo "== installing the pinned Python packages (a minute or two the first time)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r <(sed -n '/^uv==/,/[^\\]$$/p' requirements.txt)
	if ! $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements.txt; then
	  echo "== uv cannot install here; pip does, which takes longer" # an index that only pip's settings name
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
	fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	# Bytecode once: uv writes none, and where PYTHONDONTWRITEBYTECODE is set no process keeps what it compiled.
	$(BIN)/python -m compileall -q -j 0 -x '/tests?/' "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" || true # a file that this Python cannot compile costs nothing
	$(BIN)/python -m compileall -q jobs dags
	touch $@
