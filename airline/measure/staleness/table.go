package staleness

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"text/tabwriter"
)

// Trials are days with all views, of several sets of customers.
type Trials []*Trial

// A measure is what is counted of a day: a column of the table, and a panel of the figure.
type measure struct {
	column string
	title  string
	note   string // below the title
	of     func(*Trial) float64
}

var measures = []measure{
	{"refused", "Proposals refused", "by the rows that own the seats",
		func(t *Trial) float64 { return float64(t.Report.Refused) }},
	{"contradicted", "Answers contradicted", "by the live rows, when given",
		func(t *Trial) float64 { return float64(t.Report.Contradicted) }},
	{"with people", "Cases with people", "for want of seats, or of a way",
		func(t *Trial) float64 { return float64(t.Report.Escalated) }},
	{"later, min", "Minutes later there", "than without a lag, a party's mean",
		func(t *Trial) float64 { return t.Cost.Mean() }},
}

// ErrViolated is the error of trials in which an invariant was violated.
var ErrViolated = errors.New("an invariant is violated")

// Err returns an error if an invariant was violated, whatever the view.
func (ts Trials) Err() error {
	for _, t := range ts {
		if t.Violations > 0 {
			return fmt.Errorf("%w: %d violations with seed %d, %s", ErrViolated, t.Violations, t.Seed, t.View)
		}
	}
	return nil
}

// by returns the trials of one view.
func (ts Trials) by(view string) (of Trials) {
	for _, t := range ts {
		if t.View == view {
			of = append(of, t)
		}
	}
	return of
}

// A spread is the range of a measure over several trials.
type spread struct{ least, median, most float64 }

func (ts Trials) spread(of func(*Trial) float64) spread {
	if len(ts) == 0 {
		return spread{}
	}

	var all []float64
	for _, t := range ts {
		all = append(all, of(t))
	}
	slices.Sort(all)
	n := len(all)

	return spread{least: all[0], median: (all[(n-1)/2] + all[n/2]) / 2, most: all[n-1]}
}

func (s spread) String() string {
	return fmt.Sprintf("%s (%s to %s)", number(s.median), number(s.least), number(s.most))
}

// number formats v with one decimal, or none if it is large.
func number(v float64) string {
	if math.Abs(v) >= 9.95 {
		return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	}
	return strconv.FormatFloat(math.Round(10*v)/10+0, 'f', -1, 64) // + 0: no -0
}

// Print writes a table of all trials, for people.
func (ts Trials) Print(w io.Writer) {
	first := ts[0]
	fmt.Fprintf(w, "%d days of %d parties each with every view. Medians, and in parentheses the least and the most.\n\n",
		len(ts.by(first.View)), first.Parties)

	columns := []string{"answers"}
	for _, m := range measures {
		columns = append(columns, m.column)
	}
	printTable(w, columns, func(view, column string) string {
		if column == "answers" {
			return number(ts.by(view).spread(func(t *Trial) float64 { return float64(t.Report.Answers) }).median)
		}
		i := slices.IndexFunc(measures, func(m measure) bool { return m.column == column })
		return ts.by(view).spread(measures[i].of).String()
	})

	ts.printKinds(w, "Why proposals were refused: the flight was",
		func(t *Trial) map[string]int { return t.Report.Refusals })
	ts.printKinds(w, "Why answers were contradicted: the flight was, or there was",
		func(t *Trial) map[string]int { return t.Report.Contradictions })
	ts.printLag(w)
}

// printTable prints a line for each view.
func printTable(w io.Writer, columns []string, cell func(view, column string) string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "view\t")

	for _, c := range columns {
		fmt.Fprintf(t, "%s\t", c)
	}

	for _, v := range Views {
		fmt.Fprintf(t, "\n%s\t", v.Name)

		for _, c := range columns {
			fmt.Fprintf(t, "%s\t", cell(v.Name, c))
		}
	}
	fmt.Fprintln(t)
	_ = t.Flush() // to the program's output, like all else
}

// printKinds prints the medians of counts by kind.
func (ts Trials) printKinds(w io.Writer, title string, of func(*Trial) map[string]int) {
	kinds := map[string]bool{}
	for _, t := range ts {
		for k := range of(t) {
			kinds[k] = true
		}
	}

	fmt.Fprintf(w, "\n%s (medians)\n", title)
	printTable(w, slices.Sorted(maps.Keys(kinds)), func(view, kind string) string {
		return number(ts.by(view).spread(func(t *Trial) float64 { return float64(of(t)[kind]) }).median)
	})
}

// printLag prints how far behind the copies of the engine were.
func (ts Trials) printLag(w io.Writer) {
	live := ts.by("live")
	of := func(measure func(Lag) float64) spread {
		return live.spread(func(t *Trial) float64 { return measure(t.Lag) })
	}

	fmt.Fprintln(w, "\nThe lag of the live view's copies, on Kafka")
	fmt.Fprintf(w, "  offers shown to the agent  %v\n", of(func(l Lag) float64 { return float64(l.Reads) }))
	fmt.Fprintf(w, "  behind the flight's row    %v %%\n",
		of(func(l Lag) float64 { return 100 * float64(l.Behind) / float64(max(1, l.Reads)) }))
	fmt.Fprintf(w, "  by milliseconds            %v, of 99 in 100 below %v\n",
		of(func(l Lag) float64 { return l.MedianMS }), of(func(l Lag) float64 { return l.P99MS }))
	fmt.Fprintf(w, "  by events                  %v in the mean, %v at most\n",
		of(func(l Lag) float64 { return l.Events }), of(func(l Lag) float64 { return float64(l.Most) }))
}
