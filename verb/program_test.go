package verb_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/devkafka"
	"github.com/slipstream-go/slipstream/topology/topologytest"
	"github.com/slipstream-go/slipstream/verb"
)

func golden(t *testing.T, name, got string) {
	t.Helper()
	topologytest.Golden(t, filepath.Join("testdata", name+".golden"), got)
}

func TestHelp(t *testing.T) {
	golden(t, "help/program", succeed(t, ""))

	if succeed(t, "", "help") != succeed(t, "") {
		t.Error("help, and no command at all, print different things")
	}

	for _, name := range []string{"run", "describe", "send", "query", "tail", "waiting", "explain", "replay",
		"eval", "dead-letters", "operators", "budget", "repartition", "version"} {
		golden(t, "help/"+name, succeed(t, "", name, "--help"))
	}
}

func TestUsage(t *testing.T) {
	for line, want := range map[string]string{
		"tial":                                "did you mean tail?",
		"frobnicate":                          `no command "frobnicate"`,
		"tail":                                "tail: TOPIC is missing",
		"send":                                "send: TOPIC is missing",
		"tail a b":                            `"b" is one argument too many`,
		"version x":                           `"x" is one argument too many`,
		"tail --form end":                     "-form",
		"tail --from middle t":                `--from: "middle"`,
		"run --guarantee maybe --brokers h:1": `--guarantee: "maybe"`,
		"run --brokers h:1 --sasl-user u":     "--sasl-mechanism is missing",
		"run --brokers h:1 --sasl-mechanism PLAIN":    "--sasl-password-file is missing, and SLIPSTREAM_SASL_PASSWORD is empty",
		"run --brokers h:1 --tls-ca /none":            "--tls-ca: open /none",
		"run --brokers h:1 --tls-ca program_test.go":  "program_test.go has no certificate",
		"run --brokers h:1 --tls-key k":               "--tls-cert and --tls-key: one needs the other",
		"run --brokers h:1 --tls-key k --tls-cert c":  "--tls-cert, --tls-key: open c",
		"run --brokers h:1 --session-timeout quickly": "quickly",
		"repartition --brokers h:1":                   "--partitions is missing",
		"repartition --partitions 3":                  "--brokers is missing",
		"replay --topology sop":                       `--topology: there is no "sop": did you mean shop?`,
		"replay --operator advice":                    `--operator: there is no "advice": did you mean advise?`,
	} {
		status, out, errs := run(t, "", strings.Fields(line)...)
		if status != verb.StatusUsage || !strings.Contains(errs, want) {
			t.Errorf("%s: status %d, want %d and %q:\n%s%s", line, status, verb.StatusUsage, want, out, errs)
		}
	}
}

// A worker never guesses where its brokers are.
func TestRunNeedsBrokers(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())

	status, _, errs := run(t, "", "run")
	if status != verb.StatusUsage {
		t.Errorf("status %d", status)
	}

	for _, want := range []string{"a worker needs brokers", "--brokers", "SLIPSTREAM_BROKERS",
		"`slipstream broker`"} {
		if !strings.Contains(errs, want) {
			t.Errorf("no %q in %s", want, errs)
		}
	}
}

func TestNothingRuns(t *testing.T) {
	t.Setenv("SLIPSTREAM_CACHE", t.TempDir())

	for _, line := range []string{"tail advice", "query totals"} {
		status, _, errs := run(t, "", strings.Fields(line)...)
		if status != verb.StatusFailed || !strings.Contains(errs,
			"nothing is running: start `shop run` in another terminal") {
			t.Errorf("%s: status %d: %s", line, status, errs)
		}
	}
}

func TestVersion(t *testing.T) {
	out := succeed(t, "", "version")
	for _, want := range []string{"shop ", "go1."} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}

func TestDescribe(t *testing.T) {
	out := succeed(t, "", "describe")
	for _, want := range []string{"topology shop", "stage shop.totals", "16 in flight", "orders"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}

func TestRepartitionNeedsInputsThatHaveGrown(t *testing.T) {
	b, err := devkafka.Start(devkafka.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()

	status, _, errs := run(t, "", "repartition", "--brokers", b.Addr(), "--partitions", "3")
	if status != verb.StatusFailed || !strings.Contains(errs, "no stage has inputs with 3 partitions") {
		t.Errorf("status %d: %s", status, errs)
	}
}
