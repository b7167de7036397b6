package main

import (
	"errors"
	"testing"
)

// Only a test that says that it fails has noticed something: not one that isn't there, or hangs.
func TestJudge(t *testing.T) {
	exit := errors.New("exit status 1")
	for _, c := range []struct {
		output string
		err    error
		want   verdict
	}{
		{"=== RUN   TestX\n--- PASS: TestX (0.00s)\nPASS\n", nil, passed},
		{"=== RUN   TestX\n    x_test.go:1: bad\n--- FAIL: TestX (0.00s)\nFAIL\n", exit, failed},
		{"=== RUN   TestX\npanic: nil map\n", exit, failed},
		{"--- SKIP: TestX (0.00s)\nPASS\n", nil, skipped},
		{"testing: warning: no tests to run\nPASS\n", nil, notThere},
		{"--- PASS: TestXY (0.00s)\nPASS\n", nil, notThere},
		{"panic: test timed out after 1m0s\n\trunning tests:\n", exit, endless},
		{"=== RUN   TestX\n", errors.New("killed"), endless},
	} {
		if got := judge("TestX", c.output, c.err); got != c.want {
			t.Errorf("the test %s, want %s, if it prints\n%s", got, c.want, c.output)
		}
	}
}
