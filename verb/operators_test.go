package verb_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/verb"
)

func TestOperators(t *testing.T) {
	open(t)

	if out := succeed(t, "", "operators", "list"); !strings.Contains(out, "shop  advise  asking") {
		t.Errorf("before any mode is set:\n%s", out)
	}

	out := succeed(t, "", "operators", "pause", "advise", "--why", "it raves \x1b[2J")
	if !strings.Contains(out, `shop  advise  paused  since `) || !strings.Contains(out, `it raves \x1b[2J`) {
		t.Errorf("paused:\n%s", out)
	}

	if out := succeed(t, "", "operators", "list", "--json"); !strings.Contains(out, `"operator":"advise"`) ||
		!strings.Contains(out, `"mode":"paused"`) || !strings.Contains(out, `"why":"it raves`) {
		t.Errorf("as JSON:\n%s", out)
	}

	// What comes waits until it is resumed. A worker obeys a moment later.
	waits := func() bool { return strings.Contains(succeed(t, "", "waiting"), "c-") }
	for n := 0; !waits(); n++ {
		succeed(t, "", "send", "orders", fmt.Sprint("c-", n), `{"tea":3}`)
	}

	succeed(t, "", "operators", "resume", "--all")
	for waits() {
		time.Sleep(10 * time.Millisecond)
	}

	// Candidates.
	for want, args := range map[string][]string{
		"shop  advise  shadow brief, 50 % of the keys  since ": {"shadow", "advise", "brief",
			"--share", "0.5"},
		"shop  advise  canary brief, 12.5 % of the keys  since ": {"canary", "advise", "brief", "--share",
			"0.125", "--why", "a try"},
		"shop  advise  promoted brief  since ": {"promote", "advise", "brief"},
		"shop  advise  rolled back  since ":    {"roll-back", "advise"},
		"shop  advise  shadow brief  since ":   {"shadow", "advise", "brief"},
	} {
		if out := succeed(t, "", append([]string{"operators"}, args...)...); !strings.HasPrefix(out, want) {
			t.Errorf("%v: %s", args, out)
		}
	}

	succeed(t, "", "operators", "promote", "advise", "brief")
	decides := func() bool {
		said := succeed(t, "", "tail", "advice", "--stop", "--json")
		return strings.Contains(said, `"ce_candidate":"brief"`)
	}
	for n := 0; !decides(); n++ {
		succeed(t, "", "send", "orders", fmt.Sprint("b-", n), `{"tea":3}`)
	}

	if out := succeed(t, "", "operators", "list"); !strings.Contains(out, "shop  advise  promoted brief ") ||
		!strings.Contains(out, "shop  advise  asking ") {
		t.Errorf("a candidate decides:\n%s", out)
	}

	for want, args := range map[string][]string{
		`no candidate "bref": did you mean brief?`: {"operators", "promote", "advise", "bref"},
		"CANDIDATE is missing":                     {"operators", "canary", "advise", "--share", "0.1"},
		"not from 0 to 1": {"operators", "canary", "advise", "brief",
			"--share", "10"},
		`"share" not set`: {"operators", "canary", "advise", "brief"},
		`no operator "advice": did you mean advise?`: {"operators", "pause", "advice"},
		"say which":            {"operators", "pause"},
		"there is no \"stop\"": {"operators", "stop"},
		"--topology":           {"operators", "list", "--topology", "shops"},
	} {
		status, _, errs := run(t, "", args...)
		if status == verb.StatusOK || !strings.Contains(errs, want) {
			t.Errorf("%v: status %d, want %q: %s", args, status, want, errs)
		}
	}
}
