package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/slipstream-go/slipstream/airline/vocab"
)

func sample() standing {
	return standing{Now: time.Date(2013, 3, 8, 18, 5, 0, 0, time.UTC), Done: 0.5, Affected: 12, Decisions: 3, Requests: 7, Refused: 2, Open: 4, Calls: 1,
		Outcomes: map[vocab.Outcome]int{vocab.Rebooked: 2, vocab.Kept: 1}, Latest: []string{"first", "second", strings.Repeat("long ", 100)}}
}

func TestPlainView(t *testing.T) {
	var out bytes.Buffer
	p := newView(&out)
	p.show(sample())
	p.show(sample()) // nothing has moved
	s := sample()
	s.Decisions++
	s.Latest = append(s.Latest, "fourth")
	p.show(s)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 6 || lines[0] != "first" || lines[4] != "  fourth" {
		t.Errorf("%d lines:\n%s", len(lines), out.String())
	}
	if want := "18:05   50 % of the day · 12 affected · 3 decided · 2 of 7 seat requests refused · 4 open · 1 calls in flight"; lines[3] != want {
		t.Errorf("got  %s\nwant %s", lines[3], want)
	}
}

func TestBlock(t *testing.T) {
	var out bytes.Buffer
	height := 30
	b := &block{w: &out, size: func() (int, int) { return 40, height }}
	b.show(sample())
	want := "\r\x1b[J" +
		"18:05 |████████████············|  50 %\n" +
		"12 affected · 3 decided (0.0/s) · 4 op…\n" +
		"1 kept, 2 rebooked · 2 of 7 seat reque…\n" +
		"first\nsecond\n" + "long long long long long long long lon…\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	out.Reset()
	height = 3
	b.show(sample())
	if !strings.HasPrefix(out.String(), "\x1b[6A\r\x1b[J") || strings.Count(out.String(), "\n") != 2 {
		t.Errorf("drawn again, on 3 lines: %q", out.String())
	}
}

func TestMeter(t *testing.T) {
	var m meter
	at := time.Now()
	if r := m.add(at, 10); r != 0 {
		t.Errorf("at once: %v", r)
	}
	if r := m.add(at.Add(time.Second), 30); r != 20 {
		t.Errorf("after a second: %v", r)
	}
	m.add(at.Add(time.Minute), 30)
	if r := m.add(at.Add(time.Minute+time.Second), 31); r != 1 {
		t.Errorf("after a minute without any: %v", r)
	}
}
