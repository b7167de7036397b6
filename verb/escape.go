package verb

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape returns a text from a record as a terminal may show it: what would move the cursor, change colours
// or the order of letters, or break the line, is written as Go would quote it. A command that prints texts of
// records needs it, also for those that a model wrote.
func Escape(s string) string {
	if strings.IndexFunc(s, isUnsafe) < 0 && utf8.ValidString(s) {
		return s
	}

	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if isUnsafe(r) || r == utf8.RuneError && n == 1 {
			q := strconv.Quote(s[:n])
			b.WriteString(q[1 : len(q)-1])
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}

	return b.String()
}

// keyText is a key as a terminal may show it.
func keyText(key string) string {
	if key == "" {
		return "(no key)"
	}
	return Escape(key)
}

// valueText is a value as a terminal may show it.
func valueText(v []byte) string {
	switch {
	case v == nil:
		return "(no value: a tombstone)"
	case len(v) == 0:
		return "(empty)"
	}
	return Escape(string(v))
}

// isUnsafe reports whether a rune is neither a letter to be seen nor a space. The joiner of emoji is safe.
func isUnsafe(r rune) bool { return !unicode.IsGraphic(r) && r != '\u200d' }

// escapeLines is Escape for a text that may have several lines.
func escapeLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = Escape(lines[i])
	}
	return strings.Join(lines, "\n")
}
