package main

import (
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/verb"
)

// The airline's has all its agents, and each role is somebody's.
func TestDescribeDrawsTheAgents(t *testing.T) {
	out := succeed(t, "", "describe")
	for _, want := range []string{"rebooking agent and concierge (table customers), asks concierge and rebook", "messages", "notifier (decisions)", "topology airline\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}

	chart := succeed(t, "", "describe", "--format", "mermaid")
	for stage, role := range roles {
		if !strings.Contains(chart, role) {
			t.Errorf("there is no stage %s, of the %s", stage, role)
		}
	}

	if status, _, errs := run(t, "", "describe", "--format", "svg"); status != verb.StatusUsage ||
		!strings.Contains(errs, "svg") {
		t.Errorf("an unknown format: status %d: %s", status, errs)
	}
}
