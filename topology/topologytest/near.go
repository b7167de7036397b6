package topologytest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/internal/text"
)

// unknown is an error for a name that nobody knows, with those that are near, or else all.
func unknown(t span, what string, names []string) error {
	slices.Sort(names)

	names = slices.Compact(names)
	if near := text.Near(t.s, names, 3); len(near) > 0 {
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
