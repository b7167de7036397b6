package llm

import (
	"strings"
	"unicode"

	"github.com/slipstream-go/slipstream/internal/text"
)

// MaxQuote is how many characters of a text Quote keeps.
const MaxQuote = 600

// Quote makes what people wrote into a piece of a prompt: one line in double quotes, of at most MaxQuote
// characters and an ellipsis. It cannot end its quotes, start a line that looks like instructions or facts,
// hide anything in invisible characters, or spell one of the marks by which chat templates tell the turns
// apart.
//
// That keeps the text in its place. A model can still be talked into things, so Choices and Validate bound
// what it may choose.
func Quote(s string) string {
	line := strings.Join(strings.Fields(strings.Map(neutralize, s)), " ")
	return `"` + Truncate(line, MaxQuote+1) + `"`
}

// Truncate keeps at most n characters of s: if there are more, the last one that it keeps is an ellipsis.
func Truncate(s string, n int) string { return text.Truncate(s, n) }

// neutralize replaces or drops a character that could do more than be read.
func neutralize(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case r == '"' || r == '“' || r == '”' || r == '„' || r == '`':
		return '\''
	case r == '<' || r == '[' || r == '{': // <|im_start|>, [INST], {{
		return '('
	case r == '>' || r == ']' || r == '}':
		return ')'
	case r == '|' || r == '\\':
		return '/'
	case r == unicode.ReplacementChar || unicode.In(r, unicode.C, unicode.Variation_Selector):
		return -1 // control, format (zero width, direction), private use, not a character
	}

	return r
}
