package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// sound checks the last line of a demo: it is whole, much was checked, and nothing is violated.
func sound(t *testing.T, out string) (r result) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil {
		t.Fatalf("the last line is no JSON: %v\n%s", err, out)
	}
	by := 0
	for _, n := range r.DecidedBy {
		by += n
	}
	if r.Decisions == 0 || by != r.Decisions {
		t.Errorf("%d decisions, of which %d by someone", r.Decisions, by)
	}
	if len(r.Invariants) == 0 {
		t.Error("nothing was checked")
	}
	for _, c := range r.Invariants {
		if c.Violations > 0 || c.Checked == 0 {
			t.Errorf("%s: %d checked, %d violations", c.Name, c.Checked, c.Violations)
		}
	}
	return r
}
