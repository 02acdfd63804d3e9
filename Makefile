# The two commands are `make demo` and `make test`; each does all set-up on a fresh machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test check bench kill train-test clean

demo: $(STAMP)
	$(BIN)/minxin demo --port 8080 --smtp-port 8025 --data var/demo --letters 2000

# Two tests at a time, on two cores; the tests of a file share their servers, so that a file is one process's. Browsers
# come after: a page that another test holds up looks like one that is wrong.
test: $(STAMP) programs
	$(BIN)/python -m pytest --numprocesses 2 --max-worker-restart 0 --dist loadfile --ignore tests/browser
	$(BIN)/python -m pytest tests/browser

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Figures, one after another on an idle machine; docs/benchmarks.md says what each means. Needs Debian's wrk.
# LETTERS=FILE.csv (subject, body, label) adds those of the classifier on labelled letters, DATA=FOLDER those of
# `minxin evaluate --all`.
bench: $(STAMP)
	@for bench in store mime points point_offices places personal_data encoder judge intake city; do \
		echo "== $$bench"; $(BIN)/python tests/bench/bench_$$bench.py || exit 1; done
	@echo "== classifier"
	@if [ -n "$(LETTERS)" ]; then $(BIN)/python tests/bench/bench_classifier.py "$(LETTERS)"; \
		else echo "left out: make bench LETTERS=FILE.csv (subject, body, label)"; fi
	@echo "== evaluate"
	@if [ -n "$(DATA)" ]; then $(BIN)/minxin evaluate --all "$(DATA)"; \
		else echo "left out: make bench DATA=FOLDER (docs/running.md)"; fi

# Fifty rounds of kill -9 of each process under load, on SQLite or with STORE=mongodb; CI runs six on SQLite.
STORE ?= sqlite
ROUNDS ?= 50
kill: $(STAMP)
	MINXIN_KILL_STORE=$(STORE) MINXIN_KILL_ROUNDS=$(ROUNDS) \
		$(BIN)/python -m pytest -s -o faulthandler_timeout=0 tests/fault/test_kill.py

# Fine-tuning by torch (the extra `train`), in an environment of its own: nearly 1 GB that nothing else needs.
TRAIN := build/train
train-test: $(TRAIN)/.installed
	$(TRAIN)/bin/python -m pytest tests/training/fine_tuning_checks.py

$(TRAIN)/.installed: pyproject.toml
	$(PYTHON) -m venv $(TRAIN)
	$(TRAIN)/bin/pip install --quiet --disable-pip-version-check --editable '.[dev,train]'
	@touch $@

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,vectors,motor]'
	@touch $(STAMP)

# $(call debian,COMMAND,PACKAGES): without root the packages must be there already.
define debian
@command -v $(1) >/dev/null || { \
	if [ "$$(id -u)" = 0 ]; then \
		apt-get update -q && apt-get install -q -y --no-install-recommends $(2); \
	else \
		echo "$(1) is missing: install Debian's $(2)" >&2; exit 1; \
	fi; }
endef

# $(call unpacked,COMMAND,PACKAGE,FILE): taken out of Debian's package, for installing it would start a service. Whoever
# can't have it is told here, and at the end of the tests what was skipped for it.
PROGRAMS := build/programs
export PATH := $(CURDIR)/$(PROGRAMS):$(PATH)
define unpacked
@command -v $(1) >/dev/null || { \
	mkdir -p $(PROGRAMS) && cd $(PROGRAMS) && { [ "$$(id -u)" != 0 ] || apt-get update -q; } && \
	apt-get download -q $(2) && dpkg-deb --fsys-tarfile $(2)_*.deb | tar -x --transform='s,.*/,,' ./$(3) && \
	rm $(2)_*.deb; } || echo "$(1) could not be had (Debian's $(2)): what needs it is NOT CHECKED" >&2
endef

# A browser for its tests; strace watches the service's system calls, mbsync and swaks are mail programs, litmus one for
# WebDAV; nginx, promtool and systemd-analyze read the files for those who run it.
.PHONY: programs
programs:
	$(call debian,chromium,chromium fonts-noto-cjk)
	$(call debian,strace,strace)
	$(call debian,mbsync,isync)
	$(call debian,litmus,litmus)
	$(call debian,systemd-analyze,systemd)
	$(call unpacked,nginx,nginx,usr/sbin/nginx)
	$(call unpacked,promtool,prometheus,usr/bin/promtool)
	$(call debian,swaks,swaks libnet-ssleay-perl libnet-dns-perl libauthen-sasl-perl)

clean:
	rm -rf $(VENV) var artifacts build *.egg-info .pytest_cache .mypy_cache .ruff_cache
