package referee

import (
	"fmt"
	"io"
	"strings"
)

// A Score counts the verdicts of one suite. What is marked as a quirk is in Quirks alone.
type Score struct{ Cases, Calls, Finals, Quirks Count }

// A Card is the score of a run, by suite. It belongs to one goroutine.
type Card map[string]*Score

// Add takes in a verdict.
func (c Card) Add(v Verdict) {
	s, ok := c[v.Case.Suite]
	if !ok {
		s = &Score{}
		c[v.Case.Suite] = s
	}

	one := Count{All: 1}
	if v.Agrees() {
		one.Agree = 1
	}

	if v.Case.Quirk {
		s.Quirks.add(one)
		return
	}
	s.Cases.add(one)
	s.Calls.add(v.Calls)
	s.Finals.add(v.Final)
}

// Agrees reports whether all cases agree. Quirks may differ.
func (c Card) Agrees() bool {
	for _, s := range c {
		if s.Cases.Agree < s.Cases.All {
			return false
		}
	}
	return true
}

// String is the figures, in a line.
func (c Card) String() string {
	var parts []string
	var quirks Count
	for _, suite := range Suites {
		if s, ok := c[suite]; ok {
			parts = append(parts, s.of(suite))
			quirks.add(s.Quirks)
		}
	}

	if quirks.All > 0 {
		parts = append(parts, fmt.Sprintf("quirks %v (apart)", quirks))
	}

	return strings.Join(parts, " · ")
}

func (s Score) of(suite string) string {
	if suite == Calls {
		return fmt.Sprintf("%s %v", suite, s.Cases)
	}
	return fmt.Sprintf("%s %v (calls %v, rows in the end %v)", suite, s.Cases, s.Calls, s.Finals)
}

// maxDifferences is how many are printed of one call.
const maxDifferences = 8

// Print writes what differs in a case, nothing if all agrees, and a line of every quirk.
func (v Verdict) Print(out io.Writer) {
	title := fmt.Sprintf("%s %s, %s", v.Case.Suite, v.Case.ID, v.Case.Title)
	switch {
	case v.Case.Quirk && v.Agrees():
		fmt.Fprintf(out, "%s: a quirk, judged apart, agrees\n", title)
	case v.Case.Quirk:
		fmt.Fprintf(out, "%s: a quirk, judged apart, differs\n", title)
	case !v.Agrees():
		fmt.Fprintln(out, title)
	}

	for _, f := range v.Findings {
		fmt.Fprintf(out, "  %s\n", shorten(f.What))

		for i, d := range f.Differences {
			if i == maxDifferences {
				fmt.Fprintf(out, "    and %d more\n", len(f.Differences)-i)
				break
			}
			fmt.Fprintf(out, "    %v\n", d)
		}
	}
}
