package index

import "strings"

// A Language knows which words of a text count, and which mean the same. It is safe for use by several
// goroutines. Words are in lower case, and made of letters and digits.
type Language interface {
	// Common reports whether a word is in every other sentence, like "the", so that it finds nothing.
	Common(word string) bool
	// Stem returns what is the same for words that mean the same, such as bag for bags. It is not empty,
	// and begins with the first letter of the word. Words of other languages should stay as they are.
	Stem(word string) string
}

// English knows common words and regular plurals. That is enough for texts that use the words of their
// readers; a stemmer, such as one of the Snowball project, also knows that "flying" and "fly" mean the
// same.
type English struct{}

// Common implements Language.
func (English) Common(word string) bool { return common[word] }

// Stem implements Language: it takes off the s of a plural, by the three rules of Harman's S-stemmer.
func (English) Stem(word string) string {
	stem, plural := strings.CutSuffix(word, "s")
	if !plural || len(word) <= 3 {
		return word
	}

	switch {
	case hasSuffix(word, "ies") && !hasSuffix(word, "eies", "aies"):
		return strings.TrimSuffix(stem, "ie") + "y"
	case hasSuffix(word, "es") && !hasSuffix(word, "aes", "ees", "oes"):
		return stem
	case hasSuffix(word, "us", "ss"):
		return word
	}

	return stem
}

func hasSuffix(word string, suffixes ...string) bool {
	for _, s := range suffixes {
		if strings.HasSuffix(word, s) {
			return true
		}
	}
	return false
}

// common words are articles, pronouns, prepositions, conjunctions and auxiliary verbs, and what is left of
// "don't" and "it's".
var common = set(`
	a an the this that these those
	i me my myself we our ours ourselves you your yours yourself yourselves
	he him his himself she her hers herself
	it its itself they them their theirs themselves who whom which what
	am is are was were be been being have has had having do does did doing can will should don s t
	and but if or because as until while than so nor not no only own same too very just now then
	of at by for with about against between into through during before after above below to from
	up down in out on off over under again further once here there when where why how
	all any both each few more most other some such`)

func set(words string) map[string]bool {
	all := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		all[w] = true
	}
	return all
}
