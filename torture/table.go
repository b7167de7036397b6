package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/slipstream-go/slipstream/torture/round"
)

// A sum is what the rounds of one variant came to.
type sum struct {
	rounds, faults, inputs, decisions, violated, stuck, freed, extra int
}

func (s *sum) add(r round.Result) {
	s.rounds++
	s.inputs += r.Inputs
	s.decisions += r.Decisions
	s.extra += r.ExtraCalls
	for _, n := range r.Faults {
		s.faults += n
	}

	switch {
	case r.Verdict == round.Stuck:
		s.stuck++
	case r.Verdict == round.Violated:
		s.violated++
	case r.Hanging != "":
		s.freed++
	}
}

func (s *sum) extraPerFault() string {
	if s.faults == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", float64(s.extra)/float64(s.faults))
}

// table prints what rounds came to, by variant, how many faults of each kind there were, and where to find
// what failed rounds have left.
func table(out io.Writer, results []round.Result, took time.Duration) {
	sums, kinds := map[string]*sum{"all": {}}, map[string]int{}
	for _, r := range results {
		names := "named"
		if !r.Named {
			names = "nameless"
		}

		variant := r.Cluster + ", " + r.Guarantee + ", " + names
		if sums[variant] == nil {
			sums[variant] = &sum{}
		}
		sums[variant].add(r)
		sums["all"].add(r)

		for kind, n := range r.Faults {
			kinds[kind] += n
		}
	}

	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nvariant\trounds\tfaults\tinputs\tdecisions\tviolated\tstuck\tfreed\textra calls/fault")
	for _, variant := range sorted(sums) {
		s := sums[variant]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", variant, s.rounds, s.faults, s.inputs,
			s.decisions, s.violated, s.stuck, s.freed, s.extraPerFault())
	}
	_ = w.Flush()

	var faults []string
	for _, kind := range sorted(kinds) {
		faults = append(faults, fmt.Sprintf("%s %d", kind, kinds[kind]))
	}
	fmt.Fprintf(out, "faults: %s\n", strings.Join(faults, ", "))

	for _, r := range results {
		if r.Verdict != round.OK {
			fmt.Fprintf(out, "round %d: %s %v %s: %s\n", r.Seed, r.Verdict, r.Violations, r.Stuck, r.Folder)
		}
	}
	fmt.Fprintf(out, "took %v\n", took.Round(time.Second))
}

// sorted returns the keys of a map, "all" first.
func sorted[V any](m map[string]V) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if (a == "all") != (b == "all") {
			if a == "all" {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	return keys
}
