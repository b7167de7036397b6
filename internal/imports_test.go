package internal_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/slipstream-go/slipstream"

// may says which packages of this module each folder may import directly, in code that is not a test. A folder stands
// for those below it too, unless these are named themselves; "" is what every folder may import.
var may = map[string][]string{
	"budget":           {},
	"topology":         {"internal/plan", "budget"},
	"topology/rollout": {"topology"},
	"topology/view":    {"topology", "internal/plan"},
	"journal":          {"internal/plan", "internal/exact"},
	"journal/replay":   {"topology", "internal/stage", "internal/plan", "journal"}, // it runs a step again
	"journal/erasure":  {"topology", "journal", "internal/exact"},
	"topology/topologytest": {"topology", "state", "internal/plan", "internal/stage", "internal/text",
		"internal/murmur2", "internal/ledger"},
	"state": {"topology", "internal/exact"},
	"llm": {"internal/text", "internal/allowance", "internal/servers", "budget",
		"journal"}, // it puts chats on record
	"llm/openai":           {"llm", "budget", "internal/servers", "internal/text"},
	"llm/llmtest":          {"llm", "budget"},
	"llm/mcp":              {"llm"},
	"llm/agent":            {"topology", "llm", "internal/text"},
	"llm/index":            {"topology", "llm"},
	"journal/transcript":   {"llm"},
	"airline":              {"topology", "llm", "airline"},
	"airline/internal":     {},
	"airline/vocab":        {"topology", "llm/agent"},
	"airline/flights":      {"airline/vocab", "airline/internal", "topology", "llm/agent"},
	"airline/reservations": {"airline/vocab", "topology"},
	"airline/payments":     {"airline/vocab", "airline/internal", "topology"},
	"airline/waitlist":     {"airline/vocab", "airline/internal", "topology", "llm/agent"},
	"airline/journeys":     {"airline/vocab", "airline/internal", "airline/reservations", "topology", "llm/agent"}, // it orders
	"airline/rebooking":    {"airline/vocab", "airline/flights", "airline/journeys", "topology", "llm"},
	"airline/lookup": {"airline/vocab", "airline/flights", "airline/reservations",
		"airline/payments", "topology"},
	"airline/rehearse": {"airline/vocab", "airline/flights", "airline/reservations",
		"airline/payments", "airline/lookup"},
	"airline/cmd": {"slipstream", "airline", "topology", "journal", "llm", "processors",
		"state", "verb", "devkafka", "devmodel"},
	"airline/simulate":      {"airline", "topology", "llm/agent", "processors"},
	"airline/measure":       {"airline", "topology", "processors", "state", "devkafka"},
	"airline/examples":      {"topology", "llm", "processors", "state"},
	"airline/measure/audit": {"topology"}, // it judges the desks, so it must not share their code
	"airline/measure/exam": {"airline", "topology", "state", "llm", "llm/agent",
		"llm/index"},
	"airline/tau2": {"airline", "airline/vocab", "airline/rebooking", "airline/lookup",
		"topology"},
	"airline/tau2/referee": {"llm"}, // it judges the desks, too
	"verb": {"topology", "journal", "processors", "state", "internal/discover",
		"internal/text", "internal/exact"},
	"processors": {"topology", "state", "internal/plan", "internal/stage", "internal/store",
		"internal/testhook", "internal/murmur2", "internal/text", "internal/ledger"},
	"processors/processorstest": {"processors", "internal/testhook", "topology", "topology/topologytest",
		"state", "devkafka"},
	"internal/stage": {"journal", "internal/plan", "internal/exact", "internal/text", "internal/murmur2",
		"internal/testhook", "internal/allowance", "internal/ledger", "budget"},
	"internal/plan":            {"budget"},
	"internal/ledger":          {"internal/testhook"},
	"internal/murmur2":         {},
	"internal/text":            {},
	"internal/allowance":       {},
	"internal/exact":           {},
	"internal/servers":         {"internal/text"},
	"internal/store":           {"internal/testhook"},
	"internal/store/storetest": {"internal/store"},
	"devkafka":                 {"verb", "processors", "internal/discover"},
	"devmodel":                 {"llm", "llm/openai", "devmodel/llamacpp", "devmodel/internal"},
	"devmodel/internal":        {},
	"devmodel/llamacpp":        {"devmodel/internal"},
	"devmodel/prefetch":        {"devmodel/llamacpp", "devmodel/internal"},
	"internal":                 {"internal"},
	"slipstream":               {"topology", "verb"}, // the root
	"cmd":                      {"slipstream", "devkafka"},
	"examples":                 {"slipstream", "topology", "llm", "journal", "devkafka"},
	"bench":                    {"topology", "processors", "state", "devkafka", "internal/murmur2"},
	"torture":                  {"torture/round", "torture/worker", "internal/testhook", "devkafka"},
	"torture/check":            {}, // it judges the engine, so it must not share its code
	"torture/round":            {"torture/check", "torture/worker"},
	"torture/worker":           {"torture/workload", "processors", "internal/testhook"},
	"torture/workload":         {"topology"},
	"specs":                    {},
	"docs":                     {},
	"scripts":                  {"internal/testhook"},
}

// only says which folders may import what is not of this module and comes with a weight or a contract.
var only = map[string][]string{
	"github.com/lovoo/goka":         {"processors", "internal/store", "processors/processorstest", "bench"},
	"github.com/IBM/sarama":         {"processors", "processors/processorstest", "bench"},
	"github.com/ollama/ollama":      {"llm", "llm/llmtest", "devmodel"},
	"github.com/cockroachdb/pebble": {"internal/store", "bench"},
	"github.com/twmb/franz-go":      {"devkafka", "torture/check", "torture/round"},

	"github.com/modelcontextprotocol/go-sdk": {"llm/mcp"},
	"github.com/openai/openai-go":            {"llm/openai"},
	"github.com/hashicorp/golang-lru":        {"llm"},
	"github.com/santhosh-tekuri/jsonschema":  {"llm"},
}

type pkg struct {
	ImportPath, Dir string
	GoFiles         []string
	Imports         []string
}

func packages(t *testing.T) (all []pkg) {
	t.Helper()

	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", module+"/...",
		module+"/airline/...", module+"/bench/...", module+"/torture/...").Output()
	if err != nil {
		t.Fatal(err)
	}

	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}

	return all
}

// folder is the entry of may that stands for a package.
func folder(name string) string {
	for ; name != "."; name = path.Dir(name) {
		if _, ok := may[name]; ok {
			return name
		}
	}
	return ""
}

// inModule is a package's name within the module, and whether it is of it. The root is called as its package is.
func inModule(importPath string) (name string, ok bool) {
	if importPath == module {
		return path.Base(module), true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// below reports whether a package is one of the folders, or within.
func below(name string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return name == f || strings.HasPrefix(name, f+"/") })
}

// Who imports whom is the shape of the project: one verb per folder, and arrows that point one way.
func TestImports(t *testing.T) {
	all := packages(t)
	if len(all) < 15 {
		t.Fatalf("only %d packages", len(all))
	}

	for _, p := range all {
		name, _ := inModule(p.ImportPath)
		at := folder(name)
		if at == "" {
			t.Errorf("package %s is in no folder that this test knows", name)
		}

		for _, i := range p.Imports {
			own, isOwn := inModule(i)
			if isOwn && own != name && !below(own, may[at]) {
				t.Errorf("%s imports %s; %s may import %v", name, own, at, may[at])
			}

			for heavy, who := range only {
				if (i == heavy || strings.HasPrefix(i, heavy+"/")) && !slices.Contains(who, name) {
					t.Errorf("%s imports %s; only %v may", name, i, who)
				}
			}
		}
	}
}

// A declaration and its plan need nothing but Go.
func TestTopologyNeedsTheStandardLibraryAlone(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", module+"/topology").Output()
	if err != nil {
		t.Fatal(err)
	}

	own := []string{module + "/topology", module + "/internal/plan", module + "/budget"}
	for _, dep := range strings.Fields(string(out)) {
		if strings.Contains(strings.Split(dep, "/")[0], ".") && !slices.Contains(own, dep) {
			t.Errorf("topology needs %s", dep)
		}
	}
}

// linksNoFake are the packages of which production programs are made: none may link the fake broker of package devkafka,
// or a worker could start one by itself and lose what it is told.
var linksNoFake = []string{"", "topology", "state", "processors", "verb", "internal/testdata/production"}

func TestProductionLinksNoFakeBroker(t *testing.T) {
	for _, name := range linksNoFake {
		for _, dep := range dependencies(t, name) {
			if dep == module+"/devkafka" || strings.HasPrefix(dep, "github.com/twmb/franz-go/pkg/kfake") {
				t.Errorf("package %s links %s", name, dep)
			}
		}
	}

	if !slices.Contains(dependencies(t, "processors/processorstest"), "github.com/twmb/franz-go/pkg/kfake") {
		t.Error("the test does not see the fake where it is")
	}
}

// dependencies lists the packages that one of this module links.
func dependencies(t *testing.T, name string) []string {
	t.Helper()

	out, err := exec.Command("go", "list", "-deps", path.Join(module, name)).Output()
	if err != nil {
		t.Fatalf("go list -deps %s: %v", name, err)
	}
	return strings.Fields(string(out))
}

// A package is named by what it is for.
func TestNoPackageOfEverything(t *testing.T) {
	for _, p := range packages(t) {
		if name := path.Base(p.ImportPath); slices.Contains([]string{"util", "utils", "common", "helpers",
			"misc"}, name) {
			t.Errorf("%s: %s says nothing", p.ImportPath, name)
		}
	}
}

// Of the stores, one file knows goka.
func TestOneFileOfTheStoresKnowsGoka(t *testing.T) {
	out, err := exec.Command("grep", "-l", "github.com/lovoo/goka", "-r", "store", "--include=*.go",
		"--exclude=*_test.go").Output()
	if err != nil || strings.TrimSpace(string(out)) != "store/goka.go" {
		t.Errorf("%v: %s", err, out)
	}
}

// What runs in production links no fake Kafka: only a program that names devkafka does.
func TestProductionLinksNoBroker(t *testing.T) {
	program := filepath.Join(t.TempDir(), "main.go")
	source := `package main

import (
	"` + module + `"
	"` + module + `/topology"
)

func main() { slipstream.Main(topology.New("nothing")) }
`
	if err := os.WriteFile(program, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}

	for name, links := range map[string]bool{
		module: false, module + "/verb": false, module + "/processors": false, program: false,
		module + "/examples/fraud": true, // which has dev: the test would see it
	} {
		out, err := exec.Command("go", "list", "-deps", name).Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}

		if strings.Contains(string(out), "/kfake") != links {
			t.Errorf("%s links the broker for development: %v, want %v", name, !links, links)
		}
	}
}

// What a user has to know of topology fits on a page.
func TestTopologyHasAtMostFortyNames(t *testing.T) {
	const maxNames = 40

	out, err := exec.Command("go", "doc", "-short", module+"/topology").Output()
	if err != nil {
		t.Fatal(err)
	}

	names := 0
	for line := range strings.Lines(string(out)) {
		switch strings.Fields(line)[0] {
		case "func", "type", "var", "const":
			names++
		}
	}

	if names == 0 || names > maxNames {
		t.Errorf("topology exports %d names, at most %d are for users:\n%s", names, maxNames, out)
	}
}
