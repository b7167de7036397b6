package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew):\n%s", file, got)
	}
}

func TestHelp(t *testing.T) {
	golden(t, "help/slipstream", succeed(t, ""))
	if succeed(t, "", "help") != succeed(t, "") {
		t.Error("help, and no command at all, print different things")
	}
	for _, c := range rootCommand().Commands {
		golden(t, "help/"+c.Name, succeed(t, "", c.Name, "--help"))
	}
}

func TestUsage(t *testing.T) {
	for line, want := range map[string]string{
		"tial":                         "did you mean tail?",
		"frobnicate":                   `no command "frobnicate"`,
		"tail":                         "tail: TOPIC is missing",
		"send":                         "send: TOPIC is missing",
		"tail a b":                     `"b" is one argument too many`,
		"version x":                    `"x" is one argument too many`,
		"tail --form end":              "-form",
		"tail --from middle decisions": `--from: "middle"`,
		"run --guarantee maybe --model policy --brokers h:1":         `--guarantee: "maybe"`,
		"run --model policy --brokers h:1 --sasl-user u":             "--sasl-mechanism is missing",
		"run --model policy --brokers h:1 --sasl-mechanism PLAIN":    "--sasl-password-file is missing, and SLIPSTREAM_SASL_PASSWORD is empty",
		"run --model policy --brokers h:1 --tls-ca /none":            "--tls-ca: open /none",
		"run --model policy --brokers h:1 --tls-ca root_test.go":     "root_test.go has no certificate",
		"run --model policy --brokers h:1 --tls-key k":               "--tls-cert and --tls-key: one needs the other",
		"run --model policy --brokers h:1 --tls-key k --tls-cert c":  "--tls-cert, --tls-key: open c",
		"run --model policy --brokers h:1 --session-timeout quickly": "quickly",
	} {
		status, out, errs := run(t, "", strings.Fields(line)...)
		if status != exitUsage || !strings.Contains(errs, want) {
			t.Errorf("%s: status %d, want %d and %q:\n%s%s", line, status, exitUsage, want, out, errs)
		}
	}
}

func TestNothingRuns(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())
	for line, want := range map[string]string{
		"tail decisions":     "nothing is running: start `slipstream demo`",
		"query flights":      "nothing is running",
		"run --model policy": "start `slipstream broker` in another terminal",
	} {
		status, _, errs := run(t, "", strings.Fields(line)...)
		if status != exitFailed || !strings.Contains(errs, want) {
			t.Errorf("%s: status %d, want %q: %s", line, status, want, errs)
		}
	}
}

func TestVersion(t *testing.T) {
	out := succeed(t, "", "version")
	for _, want := range []string{"slipstream ", "go1.", "ollama, if one is built"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}

func TestDescribe(t *testing.T) {
	out := succeed(t, "", "describe")
	for _, want := range []string{"topology airline", "stage airline.customers", "8 in flight", "decisions"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}
