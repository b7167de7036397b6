package verb

import (
	"bytes"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/journal"
	"github.com/slipstream-go/slipstream/journal/replay"
)

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":"b é 日本 👩‍💻"}`:          `{"a":"b é 日本 👩‍💻"}`,
		"red \x1b[31m and back \r up": `red \x1b[31m and back \r up`,
		"two\nlines\tof text":         `two\nlines\tof text`,
		"C1 \u009b31m":                `C1 \u009b31m`,
		"turned \u202e around":        `turned \u202e around`,
		"no \xff text":                `no \xff text`,
		"":                            "",
	} {
		if got := Escape(in); got != want {
			t.Errorf("%q is shown as %s, want %s", in, got, want)
		}
	}
}

// Whatever is printed of records, a terminal shows it and does not obey it.
func TestNothingPrintedIsObeyed(t *testing.T) {
	const evil = "\x1b[2J\u202e\u009b31m"
	r := journal.Record{ID: evil, Attempt: 1, Operator: evil, Key: evil,
		Outcome: journal.Outcome(evil), Why: evil,
		Event: journal.Event{Topic: evil, Value: journal.Bytes(evil)},
		Rows:  []journal.Ref{journal.Ref("t/" + evil + "@1#00")},
		Reads: []journal.Read{{Scan: evil}}, Notes: []journal.Note{{Name: evil, Text: evil + "\n" + evil}},
		Headers: map[string]string{evil: evil}, Answer: journal.Bytes(evil),
		Error: evil, Instead: journal.Bytes(evil)}
	other := r
	other.ID = "other" + evil

	var out bytes.Buffer
	var l journal.Log
	e := explainer{w: &out, rows: true, instructions: true}
	e.list([]journal.Entry{l.Entry(r), l.Entry(other)}, other.ID)
	e.entry(l.Entry(r))

	c := comparison{maxDiffs: 1, outcome: func(_ string, b []byte) Outcome {
		return Outcome{Kind: evil + string(b), Same: string(b), Text: evil, Note: evil}
	}}
	c.add(l.Entry(r), replay.Outcome{Answer: journal.Bytes("1" + evil)}, nil)
	if err := c.print(&out, false); err != nil {
		t.Fatal(err)
	}

	if i := strings.IndexAny(out.String(), "\x1b\u202e\u009b"); i >= 0 {
		t.Errorf("printed raw: %q", out.String()[max(0, i-60):i+10])
	}

	if n := strings.Count(out.String(), `\x1b[2J`); n < 20 {
		t.Errorf("%d escaped texts in %s", n, &out)
	}
}
