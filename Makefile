# `make help` lists what there is. Settings come from the environment or the command line: make run MODEL=policy SEED=7

GO ?= go

# demo flags: make run MODEL=… CUSTOMERS=… SEED=… SPEED=… PAUSE_AT=… DATA=… DIR=… JSON=1 STAY=1
DEMO = $(if $(MODEL),--model $(MODEL)) $(if $(CUSTOMERS),--customers $(CUSTOMERS)) $(if $(SEED),--seed $(SEED)) \
       $(if $(SPEED),--speed $(SPEED)) $(if $(PAUSE_AT),--pause-at $(PAUSE_AT)) $(if $(DATA),--data $(DATA)) $(if $(DIR),--dir $(DIR)) $(if $(JSON),--json) $(if $(STAY),--stay)

# The modules of this repository: the engine, the airline, the benchmark, the rounds of faults.
ALL = ./... ./airline/... ./bench/... ./torture/...

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

# A model is downloaded while Go compiles, unless an Ollama is there or rules alone decide. Without cgo a compiler of C
# is not needed, and the first build takes three quarters of the time.
run chat staleness eval: export CGO_ENABLED = 0
PREFETCH = $(if $(filter policy,$(MODEL)),,$(GO) build -o bin/prefetch ./devmodel/prefetch && { bin/prefetch $(MODEL) & } &&)

.PHONY: help run chat staleness views eval build test race test-kafka test-llm retrieval test-crash sabotage torture torture-sabotage referee bench bench-waiting compare lint tidy vuln shape

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 18

run: ## the demo: a winter storm becomes a stream of decisions (MODEL CUSTOMERS SEED SPEED PAUSE_AT DATA DIR JSON STAY)
	$(PREFETCH) $(GO) run ./airline/cmd/airline demo $(DEMO)

chat: ## talk to the concierge of a running `make run` (AS)
	$(GO) run ./airline/cmd/airline chat $(if $(AS),--as $(AS))

staleness: ## what a refreshed view costs beside a live one: a table, OUT/staleness.svg and .csv (OUT MODEL CUSTOMERS SEEDS SEED DATA)
	$(GO) run ./airline/cmd/airline staleness --out $(or $(OUT),bin) $(if $(MODEL),--model $(MODEL)) $(if $(CUSTOMERS),--customers $(CUSTOMERS)) \
	  $(if $(SEEDS),--seeds $(SEEDS)) $(if $(SEED),--seed $(SEED)) $(if $(DATA),--data $(DATA))

views: ## calls of a view over the share of rows changed: OUT/views.svg and .csv (OUT)
	mkdir -p $(or $(OUT),bin)
	$(GO) test ./topology/view -run TestCurve -count 1 -v -args -curve $(abspath $(or $(OUT),bin))

eval: ## labelled notes and conversations: how the agents read and talk; the last line is JSON (NOTES TALKS MODEL PART PROMPT EACH=1)
	@$(GO) build -o bin/airline ./airline/cmd/airline
	@bin/airline eval $(if $(MODEL),--model $(MODEL)) $(if $(NOTES),--notes $(NOTES)) $(if $(TALKS),--talks $(TALKS)) \
	  $(if $(PART),--part $(PART)) $(if $(PROMPT),--prompt $(PROMPT)) $(if $(EACH),--each)

build: ## the command, as bin/airline
	$(GO) build -o bin/airline ./airline/cmd/airline

test: ## all tests that need nothing but Go and a C compiler; the ten slowest come last
	$(GO) run ./scripts/gotest -parallel 4 $(ALL)

# The packages whose code runs in several goroutines. The airline's scripts run in memory here: its workers are the
# engine's, and whole days in one goroutine take ten times as long and find nothing.
RACE = ./processors/... ./internal/... ./state/... ./journal/... ./llm/... ./verb/... ./devkafka/... ./specs/...
RACE_SHORT = ./airline ./airline/cmd/... ./airline/concierge ./airline/examples/... ./airline/rebooking ./airline/simulate

race: ## the tests of packages with goroutines, with the race detector
	$(GO) run ./scripts/gotest -race -parallel 4 -timeout 20m $(RACE)
	$(GO) run ./scripts/gotest -race -short -timeout 20m $(RACE_SHORT)

tidy: ## go.mod and go.sum of each module are as `go mod tidy` leaves them
	scripts/tidy.sh

shape: ## lines by module, how long functions are, what package topology exports: of the working tree, or of COMMITS
	@$(GO) run ./scripts/shape $(COMMITS)

vuln: ## govulncheck over all modules, if its database can be reached
	scripts/vuln.sh

test-kafka: ## the scripts on a real Kafka, which is fetched, started and stopped (SLIPSTREAM_TEST_KAFKA names one of yours)
	scripts/test-kafka.sh

test-llm: ## the model's tests on a real Ollama, which is found or built (MODEL, by default the smallest)
	scripts/ollama.sh $(or $(MODEL),smollm2-135m) $(GO) test -count=1 -timeout 30m -v -run Real ./llm/...

retrieval: ## Recall@5 on the handbook, by words, vectors and both, on a real Ollama (MODEL also rewrites questions; EMBEDDER)
	scripts/ollama.sh $(or $(MODEL),qwen-coder-1.5b)+$(or $(EMBEDDER),all-minilm) $(GO) test -count=1 -v -timeout 30m -run 'RealRetrieval|RealOllamaEmbedder' ./airline/handbook ./llm

test-crash: ## ten kills of workers in the whole day, and the long rounds of crashes
	SLIPSTREAM_TEST_CRASH=10 $(GO) test -count=1 -v -timeout 30m -run 'Killed|Crash' ./airline/cmd/airline ./processors/...

sabotage: ## the named test of each of the engine's safeguards must fail without it (SAFEGUARDS: some of them)
	$(GO) run ./scripts/sabotage $(SAFEGUARDS)

# SHORT=1 starts no round after three minutes.
TORTURE = $(if $(ROUNDS),-rounds $(ROUNDS)) $(if $(SEED),-seed $(SEED)) $(if $(BROKERS),-brokers $(BROKERS)) $(if $(KAFKA),-kafka $(KAFKA)) \
          $(if $(FAULTS),-faults $(FAULTS)) $(if $(VARIANTS),-variants $(VARIANTS)) $(if $(SHORT),-budget 3m)

torture: ## rounds of faults against workers, judged from the topics alone (ROUNDS SEED BROKERS FAULTS VARIANTS KAFKA=1|3 SHORT=1)
	$(GO) build -o bin/torture ./torture
	bin/torture rounds $(TORTURE)

torture-sabotage: ## the same without one of the grave safeguards each: a round must fail
	$(GO) build -o bin/torture ./torture
	bin/torture sabotage $(TORTURE)

referee: ## tau2-bench's recorded calls through the desks and the agents' tools, also with kill -9 (DATA CASES RUNS: folders of the tables and of the cases; plain,kills,steps)
	$(GO) build -o bin/referee ./airline/cmd/referee
	bin/referee $(if $(RUNS),--runs $(RUNS)) $(if $(DATA),--data $(DATA)) $(if $(CASES),--cases $(CASES))

bench: ## update a row and emit an event, beside plain goka on the same broker
	$(GO) test -run '^$$' -bench UpdateAndEmit -benchtime 300000x ./bench

bench-waiting: ## a million waiting events, a hot key, bytes on the topics, decisions a second, catching up: 20 minutes
	$(GO) test -run '^$$' -bench 'Recovery|Bytes|CatchUp' -benchtime 1x -timeout 1h -v ./bench
	$(GO) test -run '^$$' -bench HotKey -benchtime 10x -timeout 1h ./bench
	$(GO) test -run '^$$' -bench Decisions -benchtime 10000x -timeout 1h ./bench

compare: ## benchmarks beside those of an earlier commit, in turns (COMMIT BENCH RUNS BENCHTIME)
	scripts/compare.sh $(COMMIT) $(or $(BENCH),Decisions) $(or $(RUNS),5) $(or $(BENCHTIME),1x)

lint: ## gofmt, vet and staticcheck
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt: $$unformatted"; exit 1; }
	$(GO) vet $(ALL)
	$(GO) run $(STATICCHECK) $(ALL)
