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

	for want, args := range map[string][]string{
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
