package verb_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/verb"
)

// One record from the command line, one from the standard input, and lines; what tail prints, send takes.
func TestSendAndTail(t *testing.T) {
	open(t)
	succeed(t, "", "send", "orders", "ann", `{"tea":2}`)
	succeed(t, `{"tea":3}`, "send", "orders", "ann", "-")
	advised := start(t, "tail", "advice", "--provenance", "--from", "beginning", "--limit", "3")
	advised.until("thank you for 5")
	succeed(t, "\n"+`{"key":"bob","value":{"tea":1}}`+"\n", "send", "orders")

	if s := advised.wait(); s != verb.StatusOK {
		t.Fatalf("tail --limit ends with %d", s)
	}

	for _, want := range []string{`ann  {"say":"thank you for 2"}`, "bob", "saw totals/ann@",
		"id shop/advise/", "at advice/"} {
		if !strings.Contains(advised.out.text(), want) {
			t.Errorf("tail advice: no %q in\n%s", want, advised.out.text())
		}
	}

	lines := succeed(t, "", "tail", "orders", "--stop", "--json")
	var l struct {
		Key, Topic string
		Value      order
	}
	first, _, _ := strings.Cut(lines, "\n")
	if err := json.Unmarshal([]byte(first), &l); err != nil || l.Topic != "orders" || l.Value.Tea == 0 {
		t.Errorf("tail --json: %v in %s", err, lines)
	}
	succeed(t, lines, "send", "orders")

	if out := succeed(t, "", "tail", "orders", "--stop", "--json"); strings.Count(out, "\n") != 6 {
		t.Errorf("the lines were not sent again:\n%s", out)
	}
}

func TestTailEndsWhenInterrupted(t *testing.T) {
	open(t)
	tail := start(t, "tail", "orders", "--from", "beginning")
	succeed(t, "", "send", "orders", "ann", `{"tea":2}`)
	tail.until("ann")

	if s := tail.end(); s != verb.StatusOK {
		t.Errorf("an interrupted tail ends with %d", s)
	}
}

func TestSendRefuses(t *testing.T) {
	open(t)

	for _, c := range []struct{ in, line, want string }{
		{"", "send order k {}", `there is no topic "order": did you mean orders`},
		{"", "send zzz k {}", "there are advice"},
		{"", "tail advise", "did you mean advice"},
		{"", "send orders k {]", `JSON: "{]" is not JSON`},
		{"oops", "send orders k -", `JSON: "oops" is not JSON`},
		{"{}\n", "send orders", `line 1 of the standard input: it has no "value"`},
		{`{"key":"k","value":{"tea":1}}` + "\n[]\n", "send orders", "1 sent to orders\n"},
		{`{"key":"k","value":{"tea":1}}` + "\n\n[]\n", "send orders", "line 3 of the standard input"},
	} {
		status, _, errs := run(t, c.in, strings.Fields(c.line)...)
		if status != verb.StatusUsage || !strings.Contains(errs, c.want) {
			t.Errorf("%s: status %d, want %q: %s", c.line, status, c.want, errs)
		}
	}
}

// A line is sent when it comes, whatever comes later. One that can't be sent is named, with how many were.
func TestSendSendsLinesAsTheyCome(t *testing.T) {
	addr := open(t)
	in, lines := io.Pipe()
	var errs output
	status := make(chan int, 1)
	go func() {
		args := []string{"shop", "send", "orders", "--brokers", addr}
		status <- shop().Run(t.Context(), args, in, io.Discard, &errs)
	}()

	advised := start(t, "tail", "advice", "--from", "beginning")
	for i, want := range []string{"thank you for 2", "thank you for 5"} {
		fmt.Fprintf(lines, `{"key":"ann","value":{"tea":%d}}`+"\n", i+2)
		advised.until(want)
	}
	fmt.Fprintln(lines, `{"key":"ann","value":{"tea":1},"time":"2400-01-01T00:00:00Z"}`)

	if s := <-status; s == verb.StatusOK {
		t.Error("a line that can't be sent is no failure")
	}

	for _, want := range []string{"2 sent to orders\n", "line 3 of the standard input: ", "2400-01-01"} {
		if !strings.Contains(errs.text(), want) {
			t.Errorf("no %q in %s", want, errs.text())
		}
	}
}

// Anything can be sent on purpose, and is told apart from JSON.
func TestSendRaw(t *testing.T) {
	addr := open(t)
	succeed(t, "", "send", "orders", "k", "{]", "--raw", "--header", "traceparent=00-1", "--time",
		"2013-03-08T18:00:00-05:00")

	out := succeed(t, "", "tail", "orders", "--stop", "--json", "--brokers", addr)
	if want := `"time":"2013-03-08T23:00:00Z","key":"k","headers":{"traceparent":"00-1"},"value":null,"bytes":"e10="`; !strings.Contains(out, want) {
		t.Errorf("no %s in %s", want, out)
	}
	letters := start(t, "tail", "shop.dead-letters", "--from", "beginning", "--provenance")
	letters.until("from topic orders")
}
