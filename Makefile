# Running and building need Go and its module registry, and nothing else; tools/setup installs what tests need beside.
# The benchmarks of measurements need Debian's python3-numpy, python3-scipy and python3-sklearn.

GO      ?= go
TOOL     = $(GO) tool -modfile=tools/go.mod
REPORT  ?= examples/reports/01-zero-click-mail-exfiltration.md
FUZZTIME ?= 60s
CASES   ?= ../shared/cases

.DEFAULT_GOAL := help
.PHONY: help run build setup test client lint conformance ssvc fuzz bench soak suggest-model

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Triage an example report (REPORT=FILE for yours), then serve a casebook with a made year of cases
	$(GO) run ./cmd/bugbar triage --no-input $(REPORT)
	$(GO) run ./cmd/bugbar serve --demo

build: ## Build bin/bugbar
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/bugbar ./cmd/bugbar

test: setup lint client ## Check and test everything
	$(GO) test ./...

setup: ## Install what tests need: PostgreSQL, Chromium and npm from Debian, axe-core from npm
	@tools/setup

client: ## Generate a client from the API's description, and run a case's life through it
	cd clients && $(GO) generate . && $(GO) vet ./... && $(GO) test ./...

lint: ## Vet, staticcheck, gofumpt
	$(GO) vet ./...
	$(GO) vet -tags conformance,ssvc_official,soak ./...
	$(TOOL) staticcheck -tags conformance,ssvc_official,soak ./...
	@unformatted=$$($(TOOL) gofumpt -l .); test -z "$$unformatted" || { echo "run gofumpt on:"; echo "$$unformatted"; exit 1; }

conformance: ## Test against the reference values in ../shared (or BUGBAR_SHARED)
	$(GO) test -tags conformance -run 'Conformance' ./...

ssvc: ## Hold SSVC exports to CERT/CC's own schemas in SSVC_SCHEMAS
	$(GO) test -tags ssvc_official -run Official ./internal/ssvc

fuzz: ## Fuzz each parser for FUZZTIME
	@set -e; for package in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
	    echo "$$package $$target"; $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$package; \
	  done; done

bench: ## Measure decisions, the batch mode and measurements beside their rivals
	cd bench && $(GO) run ./cmd/table && $(GO) run ./cmd/batch && ./measure/run.py

suggest-model: ## Train the embedded suggester anew from the labelled cases in CASES
	$(GO) run ./internal/suggest/train $(CASES) internal/suggest/msrc-ai.model

soak: fuzz bench ## The long proofs: fuzzing, benchmarks, coverage of intervals, large indexes
	$(GO) test -tags soak -timeout 60m ./...
	cd bench && $(GO) run ./cmd/dedupe
