# Everything runs from a bare clone: the first target that needs it makes the environment.
# Python 3.11 or newer; choose another with `make PYTHON=python3.12 book`.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin

# Nothing is downloaded unasked: without a mirror or fetched files the chapters use simulated
# ECGs, and say so. `ECGBOOK_OFFLINE=0 make book` lets them fetch real ones.
export ECGBOOK_OFFLINE ?= 1
# One thread a process: two notebooks with all threads each are several times slower.
export OMP_NUM_THREADS ?= 1

.PHONY: book test serve lint bench lock clean
.DELETE_ON_ERROR:

book: $(VENV)/ready
	$(RUN)/ecgbook run --profile smoke --data auto
	$(RUN)/ecgbook build

test: lint
	$(RUN)/pytest -n 2

lint: $(VENV)/ready
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/codespell
	$(RUN)/nbstripout --verify --keep-id book/chapters/*.ipynb book/assignments/*.ipynb
	$(RUN)/ecgbook lint

serve: $(VENV)/ready
	$(RUN)/ecgbook serve

bench: $(VENV)/ready
	for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(RUN)/python $$file || exit 1; done

lock:
	$(PYTHON) tools/lock.py

clean:
	rm -rf _build .pytest_cache .ruff_cache .hypothesis

$(VENV)/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(RUN)/python -m pip install --quiet --requirement requirements.lock
	$(RUN)/python -m pip install --quiet --no-deps --editable .
	touch $@
