# One default for every build, so that what one target compiled serves the next:
# without C, and without the paths of the machine.
export CGO_ENABLED := 0
export GOFLAGS := $(strip $(filter-out -trimpath,$(shell go env GOFLAGS)) -trimpath)

SDK     := github.com/cosmos/cosmos-sdk/version
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
COMMIT  := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X $(SDK).Name=dmdl -X $(SDK).AppName=dmdld -X $(SDK).Version=$(VERSION) -X $(SDK).Commit=$(COMMIT)

# Tools of "make check", pinned. They are built into build/tools.
TOOLS       := $(CURDIR)/build/tools
GOLANGCI    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.12.2
AGE         := filippo.io/age/cmd/age@v1.3.1
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.3.0

KEEP ?=
NAME ?=

.DEFAULT_GOAL := help
.PHONY: help build build/dmdld-rehearsal proto fmt test check lint race interop vulnerabilities licences demo bench soak clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z\/-]+:.*## / { printf "  make %-24s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build/dmdld, the one binary, static
	go build -ldflags '$(LDFLAGS)' -o build/dmdld ./cmd/dmdld

build/dmdld-rehearsal: ## the binary that knows one more upgrade
	go build -tags rehearsal -ldflags '$(LDFLAGS)' -o build/dmdld-rehearsal ./cmd/dmdld

proto: ## turn proto/ into Go, REST gateways, app/openapi.json and docs/data-on-chain.md
	go run ./tools/protogen
	go run ./tools/inventory

fmt: $(TOOLS)/golangci-lint ## format the sources
	$(TOOLS)/golangci-lint fmt

test: ## what needs only Go and git: fresh generated code and data inventory, import rules, vet, tests
	go run ./tools/protogen -check
	go run ./tools/inventory -check
	go run ./tools/depcheck
	go vet ./...
	go test -timeout 40m ./...

check: lint race interop vulnerabilities licences demo ## what needs more: lint, race, other programs, advisories, licences, the demo
	cd bench/kvstore && go vet ./... && go test ./... && go build -o ../../build/kvstore .
	cd bench/tessera && go vet ./... && go test ./... && go build -o ../../build/tessera .

# A cache of its own: in one that clones share, findings name files of other clones.
lint: export GOLANGCI_LINT_CACHE = $(CURDIR)/build/lint
lint: $(TOOLS)/golangci-lint ## golangci-lint with .golangci.yml
	$(TOOLS)/golangci-lint run ./...

race: ## the race detector where concurrency lives; needs a C compiler
	CGO_ENABLED=1 go test -race -timeout 40m -run 'WhilePeersConnect|WhileBlocksCommit' ./app
	CGO_ENABLED=1 go test -race -timeout 40m ./app/lanes/... ./hospital/... ./bench/... ./cmd/dmdld

interop: $(TOOLS)/age ## our canonical forms, age files, ODRL and PROV against other programs, which it installs where it may
	scripts/interop-tools
	PATH="$(TOOLS):$$PATH" go test -tags interop -timeout 40m ./hospital/... ./rights

vulnerabilities: $(TOOLS)/govulncheck ## known advisories in what is called
	scripts/vulnerabilities $(TOOLS)/govulncheck ./cmd/dmdld

licences: ## the licence of every module that is linked
	go run ./tools/licences ./cmd/dmdld

demo: build build/dmdld-rehearsal ## the whole story on loopback, on the files of DATA=dir; KEEP=dir keeps genesis and bundles
	build/dmdld demo $(if $(DATA),--data "$(DATA)") $(if $(KEEP),--keep "$(KEEP)")

bench: build ## measure, to bench/results/latest.json; NAME=... for one benchmark
	build/dmdld bench $(if $(NAME),--name "$(NAME)") --out bench/results/latest.json

soak: ## long runs of races, property tests and fuzz targets; FUZZTIME=10m, CHECKS=20000, REVOCATIONS=1000
	scripts/soak

clean: ## delete what was built
	rm -rf build

$(TOOLS)/golangci-lint: Makefile
	GOBIN=$(TOOLS) go install $(GOLANGCI)

$(TOOLS)/age: Makefile
	GOBIN=$(TOOLS) go install $(AGE)

$(TOOLS)/govulncheck: Makefile
	GOBIN=$(TOOLS) go install $(GOVULNCHECK)
