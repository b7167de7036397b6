package verb_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/verb"
)

// What was decided is asked again of the operator, which agrees with itself, and of its candidate, which does
// not.
func TestEvalOnRecord(t *testing.T) {
	open(t)
	for n := range 5 {
		succeed(t, "", "send", "orders", fmt.Sprint("c-", n), `{"tea":3}`)
	}
	decided(t, 5)

	file := filepath.Join(t.TempDir(), "figures.json")
	out := succeed(t, "", "eval", "--out", file)
	for _, want := range []string{"ASKED", "advise  5 of 5  100.0 %  56.6 to 100.0 %",
		"brief   0 of 5  0.0 %"} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q:\n%s", want, out)
		}
	}

	var figures []map[string]any
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, &figures)
	}

	if err != nil || len(figures) != 2 || figures[0]["asked"] != "advise" || figures[0]["right"] != 5.0 ||
		figures[1]["measure"] != "agreement" {
		t.Errorf("%v: %s", err, b)
	}

	out = succeed(t, "", "eval", "advise", "--candidate", "advise", "--at-least", "1", "-n", "2")
	if !strings.Contains(out, "advise  2 of 2") || strings.Contains(out, "brief") {
		t.Errorf("of one alone:\n%s", out)
	}

	status, _, errs := run(t, "", "eval", "--at-least", "0.9")
	if status != verb.StatusBelow || !strings.Contains(errs, "brief: the agreement of 0 of 5 is below 0.9") ||
		strings.Contains(errs, "advise: ") {
		t.Errorf("status %d: %s", status, errs)
	}
}

// Labels name the fields that matter. Without a worker nor a broker, they can be asked about in CI.
func TestEvalByLabels(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cases.jsonl")
	cases := `{"case":{"tea":1},"want":{"say":"thank you for 1"}}

{"case":{"tea":2},"want":{"say":"thanks"}}
{"case":{"tea":3},"want":{}}
`
	if err := os.WriteFile(file, []byte(cases), 0o600); err != nil {
		t.Fatal(err)
	}

	figures := filepath.Join(t.TempDir(), "figures.csv")
	out := succeed(t, "", "eval", "--cases", file, "--out", figures, "--at-least", "0.6")
	for _, want := range []string{"RIGHT", "advise  2 of 3  66.7 %  20.8 to 93.9 %", "brief   2 of 3"} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q:\n%s", want, out)
		}
	}

	if b, err := os.ReadFile(figures); err != nil ||
		!strings.Contains(string(b), "\nshop,advise,brief,accuracy,3,2,0.666667,0.20766,0.938508,") {
		t.Errorf("%v: %s", err, b)
	}

	status, _, errs := run(t, "", "eval", "--cases", file, "--at-least", "0.7")
	if status != verb.StatusBelow || !strings.Contains(errs, "advise: the accuracy of 2 of 3 is below 0.7") {
		t.Errorf("status %d: %s", status, errs)
	}

	bad := filepath.Join(t.TempDir(), "bad.jsonl")
	for want, line := range map[string]string{
		"bad.jsonl:1: a line has":  `{"case":{}}`,
		"unknown field":            `{"case":{"coffee":1},"want":{}}`,
		"bad.jsonl has no case":    "\n",
		"a line has":               `tea`,
		"--out: x ends neither":    `{"case":{},"want":{}}`,
		`there is no operator "b"`: `{"case":{},"want":{} }`,
		`"advise" has no "bref"`:   `{"case":{},"want": {}}`,
	} {
		if err := os.WriteFile(bad, []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{"eval", "--cases", bad}
		switch {
		case strings.HasPrefix(want, "--out"):
			args = append(args, "--out", "x")
		case strings.HasPrefix(want, "there"):
			args = append(args, "b")
		case strings.HasPrefix(want, `"advise"`):
			args = append(args, "--candidate", "bref")
		}
		if status, _, errs := run(t, "", args...); status == verb.StatusOK || !strings.Contains(errs, want) {
			t.Errorf("%s: status %d, want %q: %s", line, status, want, errs)
		}
	}
}

// A share that no run could have is a mistake, and no verdict.
func TestEvalRefusesSharesThatAreNone(t *testing.T) {
	for _, share := range []string{"90", "-1", "NaN"} {
		status, _, errs := run(t, "", "eval", "--at-least="+share)
		if status != verb.StatusUsage || !strings.Contains(errs, "is not from 0 to 1") {
			t.Errorf("%s: status %d: %s", share, status, errs)
		}
	}
}

// Where a candidate was a shadow, what it answered is compared with what took effect, and explained.
func TestAgreement(t *testing.T) {
	open(t)
	if _, _, errs := run(t, "", "operators", "agreement"); !strings.Contains(errs, "no shadow is on record") {
		t.Errorf("before any is: %s", errs)
	}

	succeed(t, "", "operators", "shadow", "advise", "brief")
	shadows := func() (n int) {
		return strings.Count(succeed(t, "", "tail", "shop.journal", "--stop", "--json"), `"outcome":"shadow"`)
	}
	for n := 0; shadows() < 3; n++ {
		succeed(t, "", "send", "orders", fmt.Sprint("c-", n), `{"tea":3}`)
	}

	out := succeed(t, "", "operators", "agreement", "--json")
	var r struct {
		Operator, Candidate string
		Cases, Right        int
	}
	err := json.Unmarshal([]byte(out), &r)
	if err != nil || r.Operator != "advise" || r.Candidate != "brief" || r.Cases < 3 || r.Right != 0 {
		t.Errorf("%v: %s", err, out)
	}

	if out := succeed(t, "", "operators", "agreement", "advise", "--fields", "none"); !strings.Contains(out,
		"  100.0 %  ") {
		t.Errorf("by no field:\n%s", out)
	}

	key := ""
	for line := range strings.Lines(succeed(t, "", "tail", "shop.journal", "--stop", "--json")) {
		var rec struct{ Value struct{ Outcome, ID string } }
		if json.Unmarshal([]byte(line), &rec) == nil && rec.Value.Outcome == "shadow" {
			key = rec.Value.ID
		}
	}

	if out := succeed(t, "", "explain", key); !strings.Contains(out, "advise, candidate brief") ||
		!strings.Contains(out, "thank you for 3") || !strings.Contains(out, `{"say":"thanks"}`) {
		t.Errorf("explained:\n%s", out)
	}
}

// decided waits until so many decisions are on record.
func decided(t *testing.T, n int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if strings.Count(succeed(t, "", "tail", "shop.journal", "--stop"), "\n") >= n {
			return
		}

		if time.Now().After(end) {
			t.Fatal("not decided")
		}
	}
}
