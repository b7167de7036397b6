package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/airline/measure/staleness"
)

// The whole command on a small day: the live view on Kafka with its lag, and all others.
func TestStaleness(t *testing.T) {
	out := t.TempDir()
	printed := succeed(t, "", "staleness", "--data", boston, "--customers", "60", "--seeds", "1", "--out",
		out)
	for _, want := range []string{"1 days of 60 parties each", "no lag", "60 min",
		"The lag of the live view"} {
		if !strings.Contains(printed, want) {
			t.Errorf("no %q in\n%s", want, printed)
		}
	}

	b, err := os.ReadFile(filepath.Join(out, "staleness.csv"))
	if err != nil {
		t.Fatal(err)
	}

	rows, err := csv.NewReader(strings.NewReader(string(b))).ReadAll()
	if err != nil || len(rows) != 1+len(staleness.Views) {
		t.Fatalf("%v, %d rows:\n%s", err, len(rows), b)
	}

	lagReads := slices.Index(rows[0], "lag_reads")
	for _, r := range rows[1:] {
		if engine := r[0] == "live"; (r[lagReads] != "0") != engine {
			t.Errorf("%s: the lag was measured on %s reads", r[0], r[lagReads])
		}
	}

	if svg, err := os.ReadFile(filepath.Join(out, "staleness.svg")); err != nil ||
		!strings.HasPrefix(string(svg), "<svg") {
		t.Errorf("%v: %.20s", err, svg)
	}
}
