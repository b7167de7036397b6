package verb

import (
	"strings"

	"github.com/slipstream-go/slipstream/internal/text"
)

// list is for people: "a, b or c".
func list(names []string, and string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " " + and + " " + names[last]
}

// meant names what is there, or what is nearest to a name that is not.
func meant(name string, names []string) string {
	if alike := text.Near(name, names, 5); len(alike) > 0 {
		return "did you mean " + list(alike, "or") + "?"
	}

	if len(names) == 0 {
		return "there are none yet"
	}
	return "there are " + list(names, "and")
}
