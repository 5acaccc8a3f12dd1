# Everything there is to run. On a Debian machine with a Rust toolchain each target installs what
# it misses (scripts/need); nothing else is downloaded but the dependencies of Cargo.lock.

FILES =
SECONDS = 60

FUZZ_TARGETS = envelope manifest event checkpoint bundle record mutate
# cargo-fuzz asks for unstable flags, which a stable compiler accepts in this way.
FUZZ = RUSTC_BOOTSTRAP=1 RUSTC_WRAPPER=$(CURDIR)/fuzz/own-code-only cargo fuzz
FUZZ_FLAGS = -timeout=20 -dict=fuzz/cbor.dict -verbosity=0 -print_final_stats=1

MSRV = $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

PREFIX = $(HOME)/.local

.PHONY: help demo install test lint doc deny msrv fuzz fuzz-seeds budgets coverage vectors mutants soak python

help:
	@echo 'make demo [FILES="a b"]   agencies of four countries seal and open files; a table of what held'
	@echo 'make install [PREFIX=~/.local]  vlec, its manual pages and completions'
	@echo 'make test                 format, lints, documentation, tests'
	@echo 'make python               of these, the Python package alone'
	@echo 'make deny                 licences, bans, sources and advisories of the dependencies'
	@echo 'make msrv                 builds everything with the oldest compiler that the workspace promises'
	@echo 'make fuzz [SECONDS=60]    replays the seeds, then fuzzes each target for so long'
	@echo 'make budgets              the measured budgets, also in target/budgets.json'
	@echo 'make coverage             line coverage for each folder of core'
	@echo 'make soak                 the vault stopped at every system call, killed 500 times; 10,000 schedules of centres'
	@echo 'make vectors              makes the test vectors again; they must not change'
	@echo 'make mutants              puts deliberate faults into a copy of the library: the vectors must find each of them'

demo:
	@scripts/need cc
	cargo run --release --locked -p vlec-examples --bin demo -- $(FILES)

install:
	@scripts/need cc
	cargo build --release --locked -p vlec-cli
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 755 $${CARGO_TARGET_DIR:-target}/release/vlec $(DESTDIR)$(PREFIX)/bin/vlec
	$(DESTDIR)$(PREFIX)/bin/vlec man -o $(DESTDIR)$(PREFIX)/share/man/man1
	$(DESTDIR)$(PREFIX)/bin/vlec completions bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/vlec
	$(DESTDIR)$(PREFIX)/bin/vlec completions zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_vlec
	$(DESTDIR)$(PREFIX)/bin/vlec completions fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/vlec.fish

test: lint doc python
	cargo test --workspace --locked
	@# Again, for the number of vectors that each suite ran, and whether Go was there. Of the workspace, as above:
	@# for one package alone Cargo chooses other features of its dependencies, and compiles them anew.
	cargo test --workspace --locked --test external_vectors --test own_vectors --test interop -- --nocapture

python:
	@scripts/need cc python
	scripts/python test

lint:
	@scripts/need cc rustfmt clippy
	cargo fmt --all --check
	cargo clippy --workspace --locked --all-targets -- -D warnings
	cargo clippy --workspace --locked --all-targets --all-features -- -D warnings
	@# Each feature alone, and none.
	cargo clippy -p vlec --locked --no-default-features -- -D warnings
	cargo clippy -p vlec --locked --no-default-features --features hazmat -- -D warnings

doc:
	@scripts/need cc
	@# There are no examples: with them Cargo chooses the features of --all-targets, which lint has compiled.
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --locked --no-deps --all-features --lib --bins --examples
	RUSTDOCFLAGS='-D warnings' cargo doc -p vlec --locked --no-deps

deny:
	@scripts/need cargo-deny
	cargo deny --locked check --hide-inclusion-graph licenses bans sources
	cargo deny --locked --manifest-path fuzz/Cargo.toml check --hide-inclusion-graph licenses bans sources
	@if timeout 120 cargo deny fetch db >/dev/null 2>&1; then \
		cargo deny --locked check --disable-fetch --hide-inclusion-graph advisories; \
	else \
		echo 'advisories: skipped, database not reachable'; \
	fi

msrv:
	@scripts/need cc
	@if cargo +$(MSRV) --version >/dev/null 2>&1 || rustup toolchain install $(MSRV) --profile minimal --no-self-update; then \
		cargo +$(MSRV) check --workspace --locked; \
	else \
		echo 'msrv: skipped, Rust $(MSRV) cannot be had here'; \
	fi

# The core has no unsafe code: without a sanitizer far more inputs are tried in the same time.
fuzz: fuzz-seeds
	@scripts/need cc c++ cargo-fuzz
	$(FUZZ) build --sanitizer none
	@set -e; for target in $(FUZZ_TARGETS); do \
		mkdir -p fuzz/corpus/$$target; \
		run="$(FUZZ) run --sanitizer none $$target fuzz/corpus/$$target fuzz/seeds/$$target --"; \
		echo "fuzz: $$target: replay"; env $$run -runs=0; \
		echo "fuzz: $$target: $(SECONDS) s"; env $$run -max_total_time=$(SECONDS) $(FUZZ_FLAGS); \
	done

fuzz-seeds:
	@scripts/need cc
	cargo run --release --locked -p vlec-examples --bin fuzz-seeds -- core/tests/vectors fuzz/seeds

budgets:
	@scripts/need cc python
	cargo build --release --locked -p vlec-cli
	scripts/python budgets
	cargo run --release --locked -p vlec-benches --bin budgets

soak:
	@scripts/need cc
	VLEC_SOAK=1 cargo test -p vlec --locked --test faults -- --nocapture
	VLEC_MODEL_SCHEDULES=10000 cargo test -p vlec --locked --test model -- --nocapture

# Builds the library a second time. The plain tests see only whether every fault still matches the sources.
mutants:
	@scripts/need cc
	cargo test -p vlec --locked --test mutants -- --include-ignored --nocapture

coverage:
	@scripts/need cc llvm-tools cargo-llvm-cov
	scripts/coverage

vectors:
	@scripts/need cc
	cargo run --release --locked -p vlec-examples --bin make-vectors -- core/tests/vectors
