package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"text/tabwriter"
)

// trials are days by all views, of several crowds.
type trials []*trial

// A measure is what is counted of a day.
type measure struct {
	column, title string
	note          string // below the title in the figure
	of            func(*trial) float64
}

// measures are the columns of the table, and the panels of the figure.
var measures = []measure{
	{"refused", "Proposals refused", "by the rows that own the seats", func(t *trial) float64 { return float64(t.Report.Refused) }},
	{"contradicted", "Answers contradicted", "by the live rows, when given", func(t *trial) float64 { return float64(t.Report.Contradicted) }},
	{"with people", "Cases with people", "for want of seats, or of a way", func(t *trial) float64 { return float64(t.Report.Escalated) }},
	{"later, min", "Minutes later there", "than without a lag, a party's mean", func(t *trial) float64 { return t.Cost.Mean() }},
}

// by are the trials of one view.
func (ts trials) by(view string) (of trials) {
	for _, t := range ts {
		if t.View == view {
			of = append(of, t)
		}
	}
	return of
}

// A spread is what a measure was over the seeds.
type spread struct{ least, median, most float64 }

func (ts trials) spread(of func(*trial) float64) spread {
	if len(ts) == 0 {
		return spread{}
	}
	var all []float64
	for _, t := range ts {
		all = append(all, of(t))
	}
	slices.Sort(all)
	n := len(all)
	return spread{all[0], (all[(n-1)/2] + all[n/2]) / 2, all[n-1]}
}

// number is short: whole where it is large.
func number(v float64) string {
	if math.Abs(v) >= 9.95 {
		return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	}
	return strconv.FormatFloat(math.Round(10*v)/10+0, 'f', -1, 64) // + 0: no -0
}

func (s spread) String() string {
	return fmt.Sprintf("%s (%s to %s)", number(s.median), number(s.least), number(s.most))
}

// print writes what came of all trials, for people.
func (ts trials) print(w io.Writer) {
	first := ts[0]
	fmt.Fprintf(w, "Crowds: %d, of %d parties each. Medians, and the least and most.\n\n", len(ts.by(first.View)), first.Customers)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "view\tanswers\t")
	for _, m := range measures {
		fmt.Fprintf(t, "%s\t", m.column)
	}
	for _, v := range views {
		fmt.Fprintf(t, "\n%s\t%s\t", v.name, number(ts.by(v.name).spread(func(t *trial) float64 { return float64(t.Report.Answers) }).median))
		for _, m := range measures {
			fmt.Fprintf(t, "%v\t", ts.by(v.name).spread(m.of))
		}
	}
	fmt.Fprintln(t)
	_ = t.Flush() // to the program's output, like all else
	ts.kinds(w, "Refused, because the flight was", func(t *trial) map[string]int { return t.Report.Refusals })
	ts.kinds(w, "Contradicted, because the flight was, or there was", func(t *trial) map[string]int { return t.Report.Contradictions })
	ts.lags(w)
}

// kinds prints the medians of counts by kind.
func (ts trials) kinds(w io.Writer, title string, of func(*trial) map[string]int) {
	names := map[string]bool{}
	for _, t := range ts {
		for k := range of(t) {
			names[k] = true
		}
	}
	columns := slices.Sorted(maps.Keys(names))
	fmt.Fprintf(w, "\n%s (medians)\n", title)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "view\t")
	for _, k := range columns {
		fmt.Fprintf(t, "%s\t", k)
	}
	for _, v := range views {
		fmt.Fprintf(t, "\n%s\t", v.name)
		for _, k := range columns {
			fmt.Fprintf(t, "%s\t", number(ts.by(v.name).spread(func(t *trial) float64 { return float64(of(t)[k]) }).median))
		}
	}
	fmt.Fprintln(t)
	_ = t.Flush()
}

// lags prints how far behind the copies of the engine were.
func (ts trials) lags(w io.Writer) {
	live := ts.by("live")
	s := func(of func(lag) float64) string {
		return live.spread(func(t *trial) float64 { return of(t.Lag) }).String()
	}
	fmt.Fprintf(w, "\nThe copies of the live view, on the engine: of %s offers that the agent was shown, %s %% were behind the flight's row:\n",
		s(func(l lag) float64 { return float64(l.Reads) }), s(func(l lag) float64 { return 100 * float64(l.Behind) / float64(max(1, l.Reads)) }))
	fmt.Fprintf(w, "by %s ms (99 of 100 by less than %s ms), and by %s events in the mean, at most %s.\n",
		s(func(l lag) float64 { return l.Median }), s(func(l lag) float64 { return l.P99 }), s(func(l lag) float64 { return l.Events }), s(func(l lag) float64 { return float64(l.Most) }))
}

// violated is the error of trials in which something did not hold that must.
func (ts trials) violated() error {
	for _, t := range ts {
		if t.Violations > 0 {
			return fmt.Errorf("%w: %d violations with seed %d, %s", errViolated, t.Violations, t.Seed, t.View)
		}
	}
	return nil
}
