package testhook_test

import (
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/internal/testhook"
)

// Every safeguard works unless it is named, and a name that is misspelt turns off nothing in silence.
func TestSabotage(t *testing.T) {
	for _, s := range testhook.Safeguards() {
		if testhook.IsOff(s) {
			t.Errorf("%s is off from the start", s)
		}
	}

	err := testhook.Sabotage("leese")
	if err == nil || !strings.Contains(err.Error(), string(testhook.Lease)) {
		t.Errorf("a safeguard that does not exist: %v; want the names of those that do", err)
	}

	if err := testhook.Sabotage(" lease, positions,"); err != nil {
		t.Fatal(err)
	}

	for _, s := range testhook.Safeguards() {
		want := s == testhook.Lease || s == testhook.Positions
		if testhook.IsOff(s) != want {
			t.Errorf("%s is off: %v, want %v", s, !want, want)
		}
	}
}

// Each safeguard has one test, and a name of its own.
func TestEachSafeguardHasATest(t *testing.T) {
	seen := map[testhook.Safeguard]bool{}
	for _, test := range testhook.Tests() {
		if seen[test.Safeguard] || test.Package == "" || !strings.HasPrefix(test.Name, "Test") {
			t.Errorf("%+v", test)
		}
		seen[test.Safeguard] = true
	}

	if len(seen) < 20 {
		t.Errorf("%d safeguards", len(seen))
	}
}
