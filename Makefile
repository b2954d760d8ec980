# The few commands that people type. CI (.ci/run) calls the same ones.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help run test check dev dist bench bench-sync simulate fuzz e2e tools app server to-run

LISTEN ?= 127.0.0.1:8080
DATA ?= data
DIST ?= dist
# The number of seeds to simulate, the seconds to fuzz, and one seed to try again.
SEEDS ?= 5000
SECONDS ?= 600
SEED ?=
# The numbers of tablets in the storms of make bench-sync.
TABLETS ?=
# Options for the journeys, for example make e2e ARGS="-g 'two tablets'".
ARGS ?=

# Build tools are in a cache of their own, with one folder for each version. Clones share the cache,
# no tool of the user is overwritten, and two branches with different versions do not rebuild each
# other's tools. If PATH already has the right version, that one is used.
CALLOFF_TOOLS ?= $(HOME)/.cache/calloff/tools
# The tool must have exactly the library's version.
WASM_BINDGEN_VERSION := $(shell awk '$$0 == "name = \"wasm-bindgen\"" { getline; gsub(/[^0-9.]/, ""); print; exit }' Cargo.lock)
# Only `make dev` needs it. 0.22 needs a newer rustc than rust-toolchain.toml pins.
TRUNK_VERSION := 0.21.14
export CALLOFF_TOOLS WASM_BINDGEN_VERSION TRUNK_VERSION
export PATH := $(CALLOFF_TOOLS)/trunk-$(TRUNK_VERSION)/bin:$(CALLOFF_TOOLS)/wasm-bindgen-$(WASM_BINDGEN_VERSION)/bin:$(PATH)

TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))
export CALLOFF_BIN ?= $(TARGET_DIR)/debug/calloff
export CALLOFF_DIST ?= $(abspath $(DIST))
# The folder in which tests and benchmarks build the apps as they are shipped.
SHIPPED := $(TARGET_DIR)/shipped

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build and start Calloff with its demo organisation on http://127.0.0.1:8080 (LISTEN=, DATA=)
	@.ci/tools rust node
	@$(MAKE) to-run
	@exec "$(CALLOFF_BIN)" --data "$(DATA)" demo --app "$(DIST)" --listen "$(LISTEN)"

test: ## Run every test: Rust (on SQLite and PostgreSQL), our scripts, the journeys in Chromium
	@.ci/tools rust bundler e2e chromium postgres
	@node .ci/test.mjs

check: ## Check formatting, lints for both targets, and documentation; warnings are errors
	@.ci/tools rust lints
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked -p calloff-app -p calloff-core --target wasm32-unknown-unknown --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

dev: ## As run, and serve the tablet's app on http://127.0.0.1:8081 again after each change
	@.ci/tools rust node bundler trunk
	@$(MAKE) to-run
	@"$(CALLOFF_BIN)" --data "$(DATA)" demo --app "$(DIST)" --listen "$(LISTEN)" & server=$$!; \
	trap 'kill $$server 2>/dev/null' EXIT; \
	trunk serve --offline

# The core's benchmarks run natively and in Chromium, on the same releases. In Chromium, the core is
# built as in the shipped app.
bench: export CALLOFF_BENCH_DIR := $(TARGET_DIR)/bench
bench: ## Run all benchmarks, natively and in Chromium, in release builds
	@.ci/tools rust bundler e2e chromium
	@mkdir -p "$(CALLOFF_BENCH_DIR)"
	cargo bench -p calloff-server --bench catalogue --bench check --bench finance
	cargo build -p calloff-bench --profile wasm-release --target wasm32-unknown-unknown
	wasm-bindgen --target web --no-typescript --out-dir "$(CALLOFF_BENCH_DIR)" --out-name chromium \
		"$(TARGET_DIR)/wasm32-unknown-unknown/wasm-release/calloff_bench.wasm"
	cargo build --workspace --release --bin calloff
	@$(MAKE) dist DIST="$(SHIPPED)"
	CALLOFF_BIN="$(TARGET_DIR)/release/calloff" CALLOFF_DIST="$(SHIPPED)" node tests/e2e/bench.mjs
	@$(MAKE) bench-sync

dist: ## Build the apps as they are shipped into DIST=dist, and check their size
	@.ci/tools rust node
	@node app/build/build.mjs "$(DIST)" --release
	@node app/build/check-size.mjs "$(DIST)"

simulate: ## Simulate tablets, a faulty network and a crashing server (SEEDS=5000, or SEED=17)
	@CALLOFF_SEEDS="$(SEEDS)" CALLOFF_SEED="$(SEED)" cargo test -p calloff-tests --test simulation -- --nocapture seeds_chosen

fuzz: ## Push mutated changes to the validation for SECONDS=600; SEED=17 tries one again
	@FUZZ_SECONDS="$(SECONDS)" FUZZ_SEED="$(SEED)" cargo test -p calloff-tests --test fuzz -- --nocapture mutated_changes

bench-sync: ## Measure pushes, and storms of returning tablets, on both engines (TABLETS="50 200 500")
	@.ci/tools rust node postgres
	cargo bench -p calloff-server --bench sync
	node .ci/postgres.mjs --durable cargo bench -p calloff-server --bench sync
	cargo build --release -p calloff-server --bin calloff
	cargo build --release -p calloff-tests --bin bench-sync
	CALLOFF_BIN="$(TARGET_DIR)/release/calloff" "$(TARGET_DIR)/release/bench-sync" $(TABLETS)
	CALLOFF_BIN="$(TARGET_DIR)/release/calloff" \
		node .ci/postgres.mjs --durable "$(TARGET_DIR)/release/bench-sync" $(TABLETS)

e2e: ## Run only the journeys, in Chromium (ARGS="-g 'two tablets'")
	@.ci/tools rust node e2e chromium
	@$(MAKE) server app
	cd tests/e2e && npx --no-install playwright test $(ARGS)

tools: ## Install the missing tools for all of these commands
	@.ci/tools rust lints bundler e2e chromium postgres

# Builds only what `make run` needs: no tests, no dependencies of tests, and only the part of
# wasm-bindgen that builds the apps.
to-run:
	@echo "Calloff: building the server; the first time this takes some minutes"
	cargo build --locked -p calloff-server --bin calloff
	@echo "Calloff: building the apps for the browser; the first time this takes some minutes"
	@$(MAKE) app

# The features are those of the whole workspace with its tests, so that test and e2e share one build
# of each dependency.
server:
	cargo build --workspace --tests --bin calloff

app:
	@node app/build/build.mjs "$(DIST)"
