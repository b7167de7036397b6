package main

import (
	"strings"
	"testing"
)

// testQuery asks the worker of TestCommandsTogether.
func testQuery(t *testing.T) {
	t.Helper()
	for args, want := range map[string]string{
		"query":                       "flights\n",
		"query flights":               flight + `  {"flight_number":"UA1"`,
		"query flights " + flight:     `"status": "cancelled"`,
		"query customers c-1":         "version ",
		"query customers --prefix c-": "c-1  {",
	} {
		if out := succeed(t, "", strings.Fields(args)...); !strings.Contains(out, want) {
			t.Errorf("%s: no %q in\n%s", args, want, out)
		}
	}
	if status, _, errs := run(t, "", "query", "flights", "nobody"); status != exitFailed || !strings.Contains(errs, "404") {
		t.Errorf("a row never written: status %d: %s", status, errs)
	}
	if status, _, errs := run(t, "", "query", "fights"); status != exitFailed || !strings.Contains(errs, "fights") {
		t.Errorf("no such table: status %d: %s", status, errs)
	}
}
