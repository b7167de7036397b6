package progress

import (
	"strings"
	"testing"
)

func TestProgressIsThrottled(t *testing.T) {
	var said []string

	m := Func(func(line string) { said = append(said, line) }).Meter("pulling toy")
	for done := range int64(1001) {
		m(done*1_000_000, 1000_000_000)
	}

	if len(said) < 2 || len(said) > 21 ||
		!strings.HasPrefix(said[len(said)-1], "pulling toy: [####################] 1000 of 1000 MB, ") {
		t.Errorf("%d lines: %q", len(said), said)
	}
}

func TestLinesAreLinesWhereThereIsNoTerminal(t *testing.T) {
	var b strings.Builder

	say := Lines(&b)
	say("toy: 1 of 2 MB")
	say("toy: 2 of 2 MB")

	if b.String() != "toy: 1 of 2 MB\ntoy: 2 of 2 MB\n" {
		t.Errorf("%q", b.String())
	}
}
