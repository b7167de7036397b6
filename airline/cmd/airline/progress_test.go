package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline/simulate"
)

func sample() snapshot {
	return snapshot{Calls: 1, Progress: simulate.Progress{
		Time: time.Date(2013, 3, 8, 18, 5, 0, 0, time.UTC), Done: 0.5, Affected: 12, Decisions: 3,
		Requests: 7, Refused: 2, Outstanding: 4, Latest: []string{"first", "second",
			strings.Repeat("long ", 100)},
	}}
}

// A line tells what has moved, below the newest decisions; nothing is printed when nothing has moved.
func TestProgressView(t *testing.T) {
	var out bytes.Buffer
	v := &progressView{w: &out}
	v.show(sample())
	v.show(sample())
	s := sample()
	s.Decisions++
	s.Latest = append(s.Latest, "fourth")
	v.show(s)

	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 6 || lines[0] != "first" || lines[4] != "  fourth" {
		t.Errorf("%d lines:\n%s", len(lines), out.String())
	}

	want := "18:05   50 % of the day · 12 parties affected · 3 decisions · 2 of 7 seat requests refused · 4 outstanding · 1 model calls"
	if lines[3] != want {
		t.Errorf("got  %s\nwant %s", lines[3], want)
	}
}
