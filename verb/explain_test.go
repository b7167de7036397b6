package verb_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/topology"
	"github.com/slipstream-go/slipstream/verb"
)

// advised waits for the shop's first n answers, and returns the id of the last.
func advised(t *testing.T, n string) (id string) {
	t.Helper()

	tail := start(t, "tail", "advice", "--from", "beginning", "--limit", n, "--json")
	if s := tail.wait(); s != verb.StatusOK {
		t.Fatal(s)
	}

	var r struct {
		Headers struct {
			ID string `json:"ce_id"`
		}
	}
	lines := strings.Split(strings.TrimSpace(tail.out.text()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil {
		t.Fatal(err)
	}

	return r.Headers.ID
}

func TestExplain(t *testing.T) {
	open(t)
	succeed(t, "", "send", "orders", "ann", `{"tea":2}`)

	id := advised(t, "1")
	out := succeed(t, "", "explain", id)
	for _, want := range []string{id + ", attempt 1: taken", "decided by     advise, for ann",
		"event          orders/", "saw            totals/ann, version 1",
		`answered       {"say":"thank you for 2"}`, "checked        it held", "took  "} {
		if !strings.Contains(out, want) {
			t.Errorf("explain: no %q in\n%s", want, out)
		}
	}

	if out := succeed(t, "", "explain", id, "--rows"); !strings.Contains(out, `{"tea":2}`) {
		t.Errorf("explain --rows:\n%s", out)
	}

	if out := succeed(t, "", "explain", id, "--json"); !strings.HasPrefix(out, `{"id":"`+id) {
		t.Errorf("explain --json:\n%s", out)
	}

	succeed(t, "", "send", "orders", "ann", `{"tea":3}`)
	advised(t, "2")

	if out := succeed(t, "", "explain", "ann"); !strings.Contains(out, "taken        "+id+"#1\n") ||
		!strings.Contains(out, "thank you for 5") {
		t.Errorf("explain a key:\n%s", out)
	}

	for args, want := range map[string]string{
		"explain nobody":                   "nothing is on record of nobody",
		"explain library/lend/loans/0/1":   "topology library has put nothing on record",
		"explain " + id + " --since early": `--since: "early"`,
	} {
		if status, _, errs := run(t, "", strings.Fields(args)...); status == verb.StatusOK ||
			!strings.Contains(errs, want) {
			t.Errorf("%s: status %d, want %q: %s", args, status, want, errs)
		}
	}
}

// What is on record is decided again: by the same program, and by one that says something else.
func TestReplay(t *testing.T) {
	open(t)
	succeed(t, `{"key":"ann","value":{"tea":2}}`+"\n"+`{"key":"bob","value":{"tea":1}}`, "send", "orders")
	advised(t, "2")

	if out := succeed(t, "", "replay", "--operator", "advise"); !strings.HasPrefix(out,
		"2 decisions on record, made again\nagree    2 of 2 (100.0 %)") {
		t.Errorf("by the same:\n%s", out)
	}

	p := shop()
	p.Topologies = []*topology.Topology{shopOf("%d? More!")}

	_, out, errs := runOf(t, p, "", "replay", "-n", "1", "--json")
	for _, want := range []string{"agree    0 of 1", "changed  1 answered, another",
		`then  {"say":"thank you for`, `now   {"say":"`, `"changes":{"answered, another":1}`} {
		if !strings.Contains(out, want) {
			t.Errorf("by one that says something else: no %q in\n%s%s", want, out, errs)
		}
	}

	p.Outcome = func(operator string, answer []byte) verb.Outcome { return verb.Outcome{Kind: operator} }
	if _, out, errs := runOf(t, p, "", "replay"); !strings.Contains(out, "agree    2 of 2") {
		t.Errorf("where words don't matter:\n%s%s", out, errs)
	}

	if out := succeed(t, "", "tail", "advice", "--stop"); strings.Count(out, "\n") != 2 {
		t.Errorf("replay has written:\n%s", out)
	}
}

// Keys that are no text, such as longs of Java, are named by the JSON that tail prints of them.
func TestKeysOfAnyBytes(t *testing.T) {
	open(t)
	const key = `{"base64":"AAAAAAAACv8="}`
	succeed(t, "", "send", "orders", key, `{"tea":2}`)

	id := advised(t, "1")
	if out := succeed(t, "", "explain", key); !strings.Contains(out, id+", attempt 1: taken") ||
		!strings.Contains(out, `for \x00\x00\x00\x00\x00\x00\n\xff`) {
		t.Errorf("explain:\n%s", out)
	}

	if out := succeed(t, "", "query", "totals", key); !strings.Contains(out, `"tea": 2`) {
		t.Errorf("query:\n%s", out)
	}

	lines := succeed(t, "", "tail", "orders", "--stop", "--json")
	if !strings.Contains(lines, `"key":`+key) {
		t.Errorf("tail:\n%s", lines)
	}
	succeed(t, lines, "send", "orders")
	advised(t, "2")

	if out := succeed(t, "", "query", "totals"); strings.Count(out, "\n") != 1 ||
		!strings.Contains(out, `\x00\x00\x00\x00\x00\x00\n\xff  {"tea":4`) {
		t.Errorf("after tail | send:\n%s", out)
	}

	status, _, errs := run(t, "", "send", "orders", "ann", `{"tea":1}`, "--time", "2400-01-01T00:00:00Z")
	if status == verb.StatusOK || !strings.Contains(errs, "1970 to April 2262") {
		t.Errorf("send at a time that no record has: %d, %s", status, errs)
	}
}
