package topologytest

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// UpdateEnv names the environment variable that has [Golden] write its files: UPDATE_GOLDEN=1 go test ./...
const UpdateEnv = "UPDATE_GOLDEN"

// mistakes matches what Describe prints instead of a plan.
var mistakes = regexp.MustCompile(`^topology [^\n]*: `)

// Golden compares got with what a file holds, such as the printout of Describe. It fails the test if they
// differ, and writes the file first if [UpdateEnv] is set. What Describe prints of a topology that is not
// valid fails the test, and is never written.
func Golden(tb testing.TB, file, got string) {
	tb.Helper()

	if mistakes.MatchString(got) {
		tb.Fatalf("%s: the topology is not valid, so there is no printout to compare:\n%s", file, got)
	}

	if os.Getenv(UpdateEnv) != "" {
		if err := write(file, got); err != nil {
			tb.Fatal(err)
		}
	}

	want, err := os.ReadFile(file)
	if err != nil {
		tb.Fatalf("%v (%s=1 writes it)", err, UpdateEnv)
	}

	if got != string(want) {
		tb.Errorf("%s differs (%s=1 writes it anew): got\n%s\nwant\n%s", file, UpdateEnv, got, want)
	}
}

func write(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}
