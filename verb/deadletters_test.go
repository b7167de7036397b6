package verb_test

import (
	"strings"
	"testing"
	"time"

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

	// It is of interest when a record failed, not when its event was, years ago.
	if out := succeed(t, "", "dead-letters", "list", "--since", "1h"); strings.Count(out, "\n") != 2 ||
		strings.Count(out, "failed "+time.Now().Format("2006-")) != 2 {
		t.Errorf("of the last hour:\n%s", out)
	}

	if out := succeed(t, "", "dead-letters", "list", "--since", "2100-01-01T00:00:00Z"); out != "" {
		t.Errorf("of the future:\n%s", out)
	}

	for key, wants := range map[string][]string{
		"ann": {"record     orders/", "key        ann", "time       2013-03-08T", "failed     2",
			"stage      shop.totals", "reason     ",
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
		"dead-letters dismiss":                                 "dismiss: say which: TOPIC/",
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

// What a person has mended otherwise is put away, and is not redriven with the rest.
func TestDeadLettersAreDismissed(t *testing.T) {
	open(t)
	spoil(t)

	ann := record(t, "ann")
	if out := succeed(t, "", "dead-letters", "dismiss", ann, "--dry-run"); !strings.Contains(out, "ann") {
		t.Errorf("would be dismissed:\n%s", out)
	}

	out := succeed(t, "", "dead-letters", "dismiss", ann, "--why", "sent by hand")
	if out != "1 dismissed\n" {
		t.Fatal(out)
	}

	out = succeed(t, "", "dead-letters", "redrive", "--all", "--dry-run")
	if strings.Contains(out, "  ann  ") ||
		!strings.Contains(out, "  bob  ") {
		t.Errorf("what was dismissed would be redriven:\n%s", out)
	}

	_, out, told := run(t, "", "dead-letters", "redrive", ann)
	if out != "0 redriven\n" || !strings.HasPrefix(told, "1 of 1 were redriven or dismissed before") {
		t.Error(out, told)
	}

	if out := succeed(t, "", "dead-letters", "list"); strings.Contains(out, "  ann  ") {
		t.Errorf("what is left:\n%s", out)
	}

	for _, c := range []struct{ args, want string }{
		{"list --done", "(dismissed: sent by hand)"},
		{"list --done --json", `"dismissed":true,"why":"sent by hand"`},
		{"show " + ann, "done       dismissed: sent by hand"},
	} {
		out := succeed(t, "", append([]string{"dead-letters"}, strings.Fields(c.args)...)...)
		if strings.Count(out, c.want) != 1 {
			t.Errorf("%s: not once %q in\n%s", c.args, c.want, out)
		}
	}

	if out := succeed(t, "", "dead-letters", "dismiss", "--all"); out != "1 dismissed\n" {
		t.Error(out)
	}
}

// A record without a key or a value says so.
func TestWhatARecordLacksIsSaid(t *testing.T) {
	open(t)
	letters := start(t, "tail", "shop.dead-letters", "--from", "beginning", "--limit", "2")
	succeed(t, `{"tombstone":true}`+"\n"+`{"key":"ann","bytes":""}`+"\n", "send", "orders")
	letters.wait()

	out := succeed(t, "", "dead-letters", "list")
	if !strings.Contains(out, "  (no key)  the record has no key") {
		t.Errorf("list:\n%s", out)
	}

	for key, wants := range map[string][]string{
		"(no": {"key        (no key)\n", "value      (no value: a tombstone)\n"},
		"ann": {"key        ann\n", "value      (empty)\n"},
	} {
		out := succeed(t, "", "dead-letters", "show", record(t, key))
		for _, want := range wants {
			if !strings.Contains(out, want) {
				t.Errorf("show: no %q in\n%s", want, out)
			}
		}
	}

	out = succeed(t, "", "tail", "orders", "--stop")
	for _, want := range []string{"  (no key)  (no value: a tombstone)\n", "  ann  (empty)\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("tail: no %q in\n%s", want, out)
		}
	}
}

// record is where the dead letter of a key came from.
func record(t *testing.T, key string) string {
	t.Helper()

	for line := range strings.Lines(succeed(t, "", "dead-letters", "list")) {
		if fields := strings.Fields(line); fields[4] == key {
			return fields[3]
		}
	}
	t.Fatalf("there is no dead letter of %s", key)
	return ""
}
