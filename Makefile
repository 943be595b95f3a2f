# Everything a person runs here. `make` alone prints this list, from the ## comments.
.DEFAULT_GOAL := help
SHELL := /bin/bash
tools := go tool -modfile=infra/tools/go.mod

# PORT=9000 moves the whole house there; DATA keeps a second one.
PORT ?= 8787
DATA ?= .stagedoor

##@ Run
.PHONY: up smoke reset
up: setup build ## start the whole house: PORT=8787 DATA=.stagedoor; Ctrl-C stops it
	@exec build/stagedoor up --port $(PORT) --data $(DATA)

smoke: setup build ## buy a ticket through a running `make up`, waiting for it if it is still starting
	@exec build/stagedoor smoke --port $(PORT) --data $(DATA)

reset: build ## empty the data folder; refuses while the house runs
	@exec build/stagedoor reset --data $(DATA)

##@ Test
.PHONY: test check chaos
test: setup-test ## everything: vet, repository checks and all tests with -race on real servers, workerd and Chromium
	@exec go run ./infra/runtests

chaos: setup-test ## every fault there is a test for: what was injected, what users saw, what the audit found
	@go run ./infra/chaos

check: ## the repository's own rules: imports, package docs, file sizes, links, generated code
	@go test -count=1 ./infra/check

##@ Measure
.PHONY: bench-edge bench-room bench-booking bench-catalogue
bench-edge: setup ## the edge against bare JavaScript, Hono and a Wasm instance per request; writes bench/edge.json
	@go run ./infra/benchedge

bench-room: setup ## the waiting room: ten million simulated visitors, polls through workerd, 5,000 real visitors; writes bench/room.json
	@go run ./infra/benchroom

bench-booking: setup ## holds, a race for 16 seats, a house sold out by the best seats, reads, 20,000 open seat maps; writes bench/booking.json
	@go run ./infra/benchbooking

bench-catalogue: setup ## webhooks, the outbox, performances folded into shows, search up to a million documents, a swap under load; writes bench/catalogue.json
	@go run ./infra/benchcatalogue

##@ Build
.PHONY: build edge generate fmt
build: ## build/stagedoor, the one binary
	@infra/setup/compile.sh

edge: setup ## build/edge.wasm and build/room.wasm with TinyGo, the compiler first if need be
	@go run ./infra/tinygo/edgewasm

generate: ## templ, sqlc and oapi-codegen, after a change to a page, a query or the API description
	@infra/setup/generate.sh

fmt: ## gofmt on every Go file, templ fmt on every page
	@gofmt -l -w $$(git ls-files --cached --others --exclude-standard -- '*.go')
	@if git ls-files --cached --others --exclude-standard -- '*.templ' | grep -q .; then $(tools) templ fmt origin; fi

##@ Prepare
.PHONY: setup setup-test help
setup: ## find or install what `make up` needs (quick when nothing is missing)
	@infra/setup/setup.sh

setup-test: ## the same, and a browser for the tests
	@infra/setup/setup.sh test

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
