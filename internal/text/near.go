package text

import (
	"cmp"
	"slices"
	"strings"
)

// Near returns up to n of the names that may be meant by one that is not among them, the likeliest first: those that a slip
// or two turn into it, and those that contain it or are contained in it.
func Near(name string, names []string, n int) []string {
	away := map[string]int{}
	for _, other := range names {
		d := distance(name, other)
		switch {
		case name != "" && (strings.Contains(other, name) || strings.Contains(name, other)):
			away[other] = min(d, 1)
		case d <= max(min(2, len(name)/2), len(name)/3):
			away[other] = d
		}
	}

	near := slices.DeleteFunc(slices.Clone(names), func(other string) bool {
		_, ok := away[other]
		return !ok
	})
	slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(away[a], away[b]) })

	return near[:min(n, len(near))]
}

// distance is the Levenshtein distance: how many bytes must be inserted, removed or replaced to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}

	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}

			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}

	return row[len(b)]
}
