package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// list is for people: "a, b or c".
func list(names []string, and string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " " + and + " " + names[last]
}

// near returns up to five names that may be meant by one that is none of them, the likeliest first.
func near(name string, names []string) []string {
	type guess struct {
		name string
		away int
	}
	var guesses []guess
	for _, n := range names {
		away := levenshtein.ComputeDistance(name, n)
		if strings.Contains(n, name) || strings.Contains(name, n) {
			away = 1
		}
		if away <= max(2, len(name)/3) {
			guesses = append(guesses, guess{n, away})
		}
	}
	slices.SortStableFunc(guesses, func(a, b guess) int { return cmp.Compare(a.away, b.away) })
	var out []string
	for _, g := range guesses[:min(5, len(guesses))] {
		out = append(out, g.name)
	}
	return out
}
