package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/verb"

	"github.com/slipstream-go/slipstream/airline/measure/audit"
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

	checked := map[int]int{}
	for _, c := range r.Invariants {
		checked[c.Checked]++
		if c.Violations > 0 {
			t.Errorf("%s: %d checked, %d violations: %v", c.Name, c.Checked, c.Violations, c.Examples)
		}
	}

	// A small day may have no refusal, no escalation; but each decision is checked, and each affected party.
	if checked[r.Decisions] == 0 || checked[r.Affected] == 0 || checked[0] > 3 {
		t.Errorf("%d decisions of %d affected parties, but these were checked: %+v", r.Decisions, r.Affected,
			r.Invariants)
	}

	return r
}

// boston is a small day: 47 departures in the same four files.
const boston = "../../simulate/testdata/boston"

// The whole of a demo, on another day's folder: what make run does.
func TestDemo(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())

	status, out, errs := run(t, "", "demo", "--model", "policy", "--data", boston, "--customers", "150",
		"--json", "--seed", "7")
	if status != verb.StatusOK || strings.Contains(errs, "WARN") {
		t.Errorf("status %d: %s", status, errs)
	}

	r := sound(t, out)
	if r.Customers != 150 || r.Seed != 7 || r.Model != "policy" || r.Data != boston || r.Affected == 0 ||
		r.DecidedBy["policy"] == 0 {
		t.Errorf("the last line says %+v", r)
	}

	for _, want := range []string{"2013-03-08: 47 departures", "% of the day", "party of", "decisions: ",
		"What must hold"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// A violation is an exit status, and still leaves the line of JSON: here one is planted.
func TestViolation(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())
	real := invariants
	t.Cleanup(func() { invariants = real })
	invariants = func(a *audit.Auditor) []audit.Invariant {
		return append(real(a), audit.Invariant{Name: "planted", Checked: 2, Violations: 1,
			Examples: []string{"a seat sold twice"}})
	}

	status, out, errs := run(t, "", "demo", "--model", "policy", "--data", boston, "--customers", "50",
		"--json")
	if status != exitViolated || !strings.Contains(errs, "planted (1 of 2)") ||
		!strings.Contains(out, "planted: a seat sold twice") {
		t.Errorf("status %d: %s\n%s", status, errs, out)
	}

	lines := strings.Split(strings.TrimSpace(out), "\n")
	var r result
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil ||
		r.Invariants[len(r.Invariants)-1].Violations != 1 {
		t.Errorf("the last line: %v: %s", err, lines[len(lines)-1])
	}
}

// A second demo in the same folder finds the day already done, and does nothing twice.
func TestDemoAgain(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())

	args := []string{"demo", "--model", "policy", "--data", boston, "--customers", "50", "--json", "--dir",
		t.TempDir()}
	first, second := sound(t, succeed(t, "", args...)), sound(t, succeed(t, "", args...))
	if first.Decisions != second.Decisions || first.Requests != second.Requests {
		t.Errorf("a day that came twice: first %+v, then %+v", first, second)
	}
}

// Others find a demo while it stays, and an interrupt ends it cleanly, in the middle too.
func TestDemoInterrupted(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())
	stays := start(t, "demo", "--model", "policy", "--data", boston, "--customers", "50", "--stay")
	stays.until("What must hold")

	if out := succeed(t, "", "query", "flights", "--limit", "2"); strings.Count(out, "\n") != 2 {
		t.Errorf("two flights:\n%s", out)
	}

	if out := succeed(t, "", "tail", "decisions", "--stop", "--provenance"); !strings.Contains(out,
		"by policy") {
		t.Errorf("decisions:\n%s", out)
	}

	if s := stays.end(); s != verb.StatusOK {
		t.Errorf("after the day: status %d: %s", s, stays.errs.text())
	}

	slow := start(t, "demo", "--model", "policy", "--data", boston, "--customers", "50", "--speed", "1")
	slow.until("queries on")

	if s := slow.end(); s != verb.StatusStopped {
		t.Errorf("in the middle: status %d, want %d: %s", s, verb.StatusStopped, slow.errs.text())
	}
}

func TestDemoUsage(t *testing.T) {
	for line, want := range map[string]string{
		"demo --model policy --data /none": "--data /none",
		"demo --model policy --no-worker":  "--no-worker needs --brokers",
		"demo --customers many":            "customers",
	} {
		status, _, errs := run(t, "", strings.Fields(line)...)
		if status == verb.StatusOK || !strings.Contains(errs, want) {
			t.Errorf("%s: status %d, want %q: %s", line, status, want, errs)
		}
	}
}

// A day that is paused stands still with nothing open, and says so.
func TestDemoPaused(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())

	paused := start(t, "demo", "--model", "policy", "--data", boston, "--customers", "150", "--pause-at",
		"12:00")
	out := paused.until("the day stands still")
	if !strings.Contains(out, " 0 outstanding ") || strings.Contains(out, "What must hold") {
		t.Errorf("a day that stands still:\n%s", out)
	}

	events := succeed(t, "", "tail", "flight-events", "--stop", "--json")
	for _, want := range []string{`"time":"2013-03-08T11:`, `"time":"2013-03-08T16:`} { // 11:00 there, 16:00 in London
		if !strings.Contains(events, want) {
			t.Errorf("no event at %s", want)
		}
	}

	if strings.Contains(events, `"time":"2013-03-08T17:3`) {
		t.Error("an event of half past twelve, on a day that was paused at noon")
	}

	if status, _, errs := run(t, "hello?", "chat"); status != verb.StatusFailed ||
		!strings.Contains(errs, "no agent to talk with") {
		t.Errorf("a chat with rules alone: status %d: %s", status, errs)
	}

	if s := paused.end(); s != verb.StatusStopped {
		t.Errorf("status %d, want %d: %s", s, verb.StatusStopped, paused.errs.text())
	}

	if status, _, errs := run(t, "", "demo", "--model", "policy", "--pause-at",
		"noon"); status != verb.StatusUsage || !strings.Contains(errs, "--pause-at") {
		t.Errorf("no time of day: status %d: %s", status, errs)
	}
}
