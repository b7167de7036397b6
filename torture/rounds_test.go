package main

import (
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/torture/check"
	"github.com/slipstream-go/slipstream/torture/round"
)

// A misspelt fault or variant would leave out what it was meant to try.
func TestFlagsAreChecked(t *testing.T) {
	for args, want := range map[string]string{
		"":                         "",
		"-faults kill9,zombie":     "",
		"-faults kil9":             `no fault "kil9"`,
		"-variants named,nameless": "",
		"-variants unnamed":        `no variant "unnamed"`,
		"-rounds 0":                "there must be a round",
	} {
		var c campaign
		if err := c.flags("rounds", 200, time.Minute).Parse(strings.Fields(args)); err != nil {
			t.Fatal(err)
		}

		got := ""
		if err := c.check(); err != nil {
			got = err.Error()
		}

		if !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%q: %q, want %q", args, got, want)
		}
	}
}

// The table counts each round under its variant, and names the folders of those that failed.
func TestTable(t *testing.T) {
	results := []round.Result{
		{Seed: 1, Cluster: "embedded", Named: true, Guarantee: "exactly once", Verdict: round.OK,
			Faults: map[string]int{"kill9": 3, "cut": 1},
			Counts: check.Counts{Inputs: 10, Decisions: 4, ExtraCalls: 6}},
		{Seed: 2, Cluster: "embedded", Guarantee: "exactly once", Verdict: round.Violated, Folder: "kept/2",
			Violations: map[string]int{"entry lost": 2}, Faults: map[string]int{"kill9": 4}},
	}
	var out strings.Builder
	table(&out, results, 90*time.Second)

	for _, want := range []string{
		"all                               2       8       10      4          1         0      0      0.75",
		"embedded, exactly once, named     1       4       10      4          0         0      0      1.50",
		"embedded, exactly once, nameless  1       4       0       0          1         0      0      0.00",
		"faults: cut 1, kill9 7",
		"round 2: violated map[entry lost:2] : kept/2",
		"took 1m30s",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q in\n%s", want, &out)
		}
	}

	if got := (&campaign{results: results}).status(); got != exitFailed {
		t.Errorf("a round has failed, and the exit status is %d", got)
	}

	if got := (&campaign{results: results[:1]}).status(); got != exitOK {
		t.Errorf("no round has failed, and the exit status is %d", got)
	}
}
