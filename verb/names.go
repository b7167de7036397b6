package verb

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

// near returns up to five names that may be meant by one that is not among them, the likeliest first.
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

// meant names what is there, or what is nearest to a name that is not.
func meant(name string, names []string) string {
	if alike := near(name, names); len(alike) > 0 {
		return "did you mean " + list(alike, "or") + "?"
	}
	if len(names) == 0 {
		return "there are none yet"
	}
	return "there are " + list(names, "and")
}
