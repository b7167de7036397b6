package topologytest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// unknown is an error for a name that nobody knows, with those that are near, or else all.
func unknown(t span, what string, names []string) error {
	slices.Sort(names)
	names = slices.Compact(names)
	if near := nearest(t.s, names); len(near) > 0 {
		return t.errorf(0, "no %s is called %q: did you mean %s?", what, t.s, strings.Join(near, " or "))
	}
	return t.errorf(0, "no %s is called %q: %s", what, t.s, known(names))
}

func known(names []string) string {
	if len(names) == 0 {
		return "there is none"
	}
	return fmt.Sprintf("there is %s", strings.Join(names, ", "))
}

// nearest is at most three names that a slip or two turns into name, or that name abbreviates.
func nearest(name string, names []string) (near []string) {
	for _, n := range names {
		if levenshtein.ComputeDistance(name, n) <= min(2, len(name)/2) || name != "" && strings.HasPrefix(n, name) {
			near = append(near, n)
		}
	}

	slices.SortStableFunc(near, func(a, b string) int {
		return cmp.Compare(levenshtein.ComputeDistance(name, a), levenshtein.ComputeDistance(name, b))
	})
	return near[:min(3, len(near))]
}
