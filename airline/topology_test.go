package airline_test

import (
	"flag"
	"os"
	"testing"

	"github.com/slipstream-go/slipstream/airline"
	"github.com/slipstream-go/slipstream/airline/rebooking"
	"github.com/slipstream-go/slipstream/topology"
)

var update = flag.Bool("update", false, "write golden files anew")

// What the airline declares is what its printout says: stages, topics, tables, copies and bounds.
func TestDescribe(t *testing.T) {
	topo := airline.New(rebooking.Policy, topology.Policy[rebooking.Case]{})
	if err := topo.Validate(); err != nil {
		t.Fatal(err)
	}
	got := topo.Describe()
	if *update {
		if err := os.WriteFile("testdata/airline.golden", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/airline.golden")
	if err != nil || got != string(want) {
		t.Errorf("%v: got\n%s\nwant\n%s", err, got, want)
	}
}
