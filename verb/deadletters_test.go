package verb_test

import (
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/verb"
)

// spoil sends what a shop can't process, and waits until it is a dead letter.
func spoil(t *testing.T) {
	t.Helper()
	letters := start(t, "tail", "shop.dead-letters", "--from", "beginning", "--limit", "2")
	succeed(t, "", "send", "orders", "ann", `{"tea":0}`, "--time", "2013-03-08T18:00:00-05:00")
	succeed(t, "", "send", "orders", "bob", "--raw", "\x1b[2Jno JSON")

	if s := letters.wait(); s != verb.StatusOK {
		t.Fatal(s)
	}
}

func TestDeadLetters(t *testing.T) {
	open(t)
	spoil(t)

	out := succeed(t, "", "dead-letters", "list")
	for _, want := range []string{"orders/", "/0  ann  ", "an order is of some tea", "  bob  "} {
		if !strings.Contains(out, want) {
			t.Errorf("list: no %q in\n%s", want, out)
		}
	}

	if out := succeed(t, "", "dead-letters", "list", "-n", "1"); strings.Count(out, "\n") != 1 ||
		!strings.Contains(out, "bob") {
		t.Errorf("the newest:\n%s", out)
	}

	if out := succeed(t, "", "dead-letters", "list", "--since", "1h"); strings.Contains(out, "ann  ") ||
		!strings.Contains(out, "bob") {
		t.Errorf("of the last hour:\n%s", out)
	}

	for key, wants := range map[string][]string{
		"ann": {"record     orders/", "key        ann", "stage      shop.totals", "reason     ",
			"an order is of some tea", "at         shop.dead-letters/", `value      {"tea":0}`},
		"bob": {`value      \x1b[2Jno JSON`},
	} {
		out := succeed(t, "", "dead-letters", "show", record(t, key))
		for _, want := range wants {
			if !strings.Contains(out, want) {
				t.Errorf("show %s: no %q in\n%s", key, want, out)
			}
		}

		if strings.Contains(out, "\x1b") {
			t.Errorf("a record moves the cursor: %q", out)
		}
	}

	for args, want := range map[string]string{
		"dead-letters show orders/7/7":                         "there is no dead letter of orders/7/7: `shop dead-letters list` prints those that there are",
		"dead-letters lits":                                    `dead-letters: there is no "lits"`,
		"dead-letters list --topology sop":                     "did you mean shop?",
		"dead-letters redrive":                                 "redrive: say which: TOPIC/PARTITION/OFFSET, --reason or --all",
		"dead-letters redrive orders/7/7":                      "there is no dead letter of orders/7/7",
		"dead-letters show":                                    "show: TOPIC/PARTITION/OFFSET is missing",
		"dead-letters list --since yesterday --topology  shop": `--since: "yesterday"`,
	} {
		if status, _, errs := run(t, "", strings.Fields(args)...); status == verb.StatusOK ||
			!strings.Contains(errs, want) {
			t.Errorf("%s: status %d, want %q: %s", args, status, want, errs)
		}
	}
}

// What is printed as JSON can be sent again, once its cause is mended.
func TestDeadLettersAreSentAgain(t *testing.T) {
	open(t)
	spoil(t)
	lines := succeed(t, "", "dead-letters", "list", "--json")
	succeed(t, strings.ReplaceAll(lines, `{"tea":0}`, `{"tea":4}`), "send", "orders")
	advised := start(t, "tail", "advice", "--from", "beginning", "--limit", "1")
	advised.until("thank you for 4")

	if out := succeed(t, "", "tail", "orders", "--stop", "--json"); strings.Count(out, `"bytes":`) != 2 {
		t.Errorf("what is no JSON was not sent as it came:\n%s", out)
	}
}

// A dead letter is redriven once. One whose cause is not mended is a dead letter again.
func TestDeadLettersAreRedriven(t *testing.T) {
	open(t)
	spoil(t)

	out := succeed(t, "", "dead-letters", "redrive", "--reason", "some tea", "--dry-run")
	if !strings.Contains(out, "ann") || strings.Contains(out, "bob") {
		t.Errorf("would be redriven:\n%s", out)
	}

	again := start(t, "tail", "shop.dead-letters", "--limit", "1", "--from", "beginning", "--key", "ann")
	again.wait()
	if out := succeed(t, "", "dead-letters", "redrive", record(t, "ann")); out != "1 redriven\n" {
		t.Fatal(out)
	}

	more := start(t, "tail", "shop.dead-letters", "--limit", "2", "--from", "beginning", "--key", "ann")
	more.wait()
	out = succeed(t, "", "dead-letters", "list", "--redriven")
	if strings.Count(out, "  ann  ") != 2 || strings.Count(out, "  bob  ") != 1 {
		t.Errorf("all:\n%s", out)
	}

	if out := succeed(t, "", "dead-letters", "list"); strings.Count(out, "  ann  ") != 1 {
		t.Errorf("what is left:\n%s", out)
	}

	if out := succeed(t, "", "dead-letters", "redrive", "--all"); out != "2 redriven\n" {
		t.Error(out)
	}
}

// record is where the dead letter of a key came from.
func record(t *testing.T, key string) string {
	t.Helper()

	for line := range strings.Lines(succeed(t, "", "dead-letters", "list")) {
		if fields := strings.Fields(line); fields[3] == key {
			return fields[2]
		}
	}
	t.Fatalf("there is no dead letter of %s", key)
	return ""
}
