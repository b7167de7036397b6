package topologytest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A source is the text of one script, kept so that a failure can point into it.
type source struct {
	name  string
	lines []string
}

// A step is a verb with its arguments, and the indented lines below it.
type step struct {
	verb, args span
	block      []span
}

// A place is a line, and a byte of it; both count from 1.
type place struct{ line, col int }

// A text is a piece of a script; its i-th line stands at at[i].
type span struct {
	s  string
	at []place
}

func parse(name, src string) (*source, []step, error) {
	s := &source{name: name, lines: strings.Split(src, "\n")}
	var steps []step
	for i, line := range s.lines {
		line = strings.TrimRight(line, " \t\r")

		t := span{line, []place{{i + 1, 1}}}.trim()
		switch {
		case t.s == "" || t.s[0] == '#':
		case t.at[0].col == 1:
			verb, args := t.cut()
			steps = append(steps, step{verb: verb, args: args})
		case len(steps) == 0:
			return s, nil, t.errorf(0, "an indented line belongs to the step above, and there is none")
		default:
			last := &steps[len(steps)-1]
			last.block = append(last.block, t)
		}
	}

	return s, steps, nil
}

// join puts texts below each other.
func join(ts ...span) span {
	var all span
	var lines []string
	for _, t := range ts {
		lines = append(lines, t.s)
		all.at = append(all.at, t.at...)
	}
	all.s = strings.Join(lines, "\n")
	return all
}

// from is t without its first n bytes.
func (t span) from(n int) span {
	skipped := strings.Count(t.s[:n], "\n")
	return span{t.s[n:], append([]place{t.place(n)}, t.at[skipped+1:]...)}
}

func (t span) trim() span { return t.from(len(t.s) - len(strings.TrimLeft(t.s, " \t\n"))) }

// cut splits off the first word. A word in quotes may hold spaces.
func (t span) cut() (word, rest span) {
	n := strings.IndexAny(t.s, " \t\n")
	if quoted, err := strconv.QuotedPrefix(t.s); err == nil {
		n = len(quoted)
	}

	if n < 0 {
		n = len(t.s)
	}
	return span{t.s[:n], t.at}, t.from(n).trim()
}

// place is where byte n of t stands in the script.
func (t span) place(n int) place {
	before := t.s[:min(n, len(t.s))]
	p := t.at[strings.Count(before, "\n")]
	start := strings.LastIndex(before, "\n") + 1
	return place{p.line, p.col + len(before) - start}
}

// A syntaxError is a mistake in the script itself, found before its first step runs.
type syntaxError struct {
	place
	msg string
}

func (e *syntaxError) Error() string { return e.msg }

func (t span) errorf(n int, format string, args ...any) error {
	return &syntaxError{t.place(n), fmt.Sprintf(format, args...)}
}

// point adds to a syntaxError where it is, the line, and a caret below its column.
func (s *source) point(err error) error {
	var e *syntaxError
	if !errors.As(err, &e) {
		return err
	}
	line := s.lines[e.line-1]
	indent := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, line[:min(e.col-1, len(line))])

	return fmt.Errorf("%s:%d:%d: %s\n    %s\n    %s^", s.name, e.line, e.col, e.msg, line, indent)
}

// quote is a step as it stands in the script, up to six lines of it.
func (s *source) quote(st step) string {
	first, last := st.verb.at[0].line, st.verb.at[0].line
	if n := len(st.block); n > 0 {
		last = st.block[n-1].at[0].line
	}

	lines := s.lines[first-1 : last]
	if len(lines) > 6 {
		lines = append(lines[:6:6], "  …")
	}

	return strings.Join(lines, "\n    ")
}

// unquote is the word, without its quotes if it has any.
func (t span) unquote() (string, error) {
	if !strings.HasPrefix(t.s, `"`) {
		return t.s, nil
	}

	s, err := strconv.Unquote(t.s)
	if err != nil {
		return "", t.errorf(0, "a quote is not closed, or has an escape that Go does not know")
	}
	return s, nil
}
