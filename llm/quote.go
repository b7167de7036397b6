package llm

import (
	"strings"
	"unicode"
)

// MaxQuote is how many characters of a text Quote keeps.
const MaxQuote = 600

// Quote makes what people wrote into a piece of a prompt: one line in double quotes, of at most MaxQuote
// characters and an ellipsis. It cannot end its quotes, start a line that looks like instructions or facts, hide
// anything in invisible characters, or spell one of the marks by which chat templates tell the turns apart.
//
// That keeps the text in its place; a model can still be talked into things, so what it may choose is bounded by
// Choices and Validate.
func Quote(text string) string {
	line := []rune(strings.Join(strings.Fields(strings.Map(harmless, text)), " "))
	if len(line) > MaxQuote {
		line = append(line[:MaxQuote], '…')
	}
	return `"` + string(line) + `"`
}

// harmless drops or replaces a character that could do more than be read.
func harmless(r rune) rune {
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
