package exam

import (
	"strings"
	"unicode"
)

// stopWords are frequent words of each language, by which a reply of a few words can be told.
var stopWords = map[string]map[string]bool{
	"en": words("the is are you your i it to and of for a an that this there no not can will be have with " +
		"on at we my by from do or what which if"),
	"es": words("el la los las es son usted su tu yo lo y de para un una que este esta hay no puede con " +
		"en por desde o si al del se le me te ya más está su como pero"),
	"de": words("der die das ist sind sie ihr ihre ihren ich es und von für ein eine einen dass dieser " +
		"diese gibt nicht kein keine kann mit auf um wir mein zu oder wenn den dem des im am"),
	"fr": words("le la les est sont vous votre vos je il elle et de pour un une que ce cette y ne pas " +
		"peut avec sur à nous mon par ou si au du des se en dans c'est"),
	"pt": words("o a os as é são você seu sua eu e de para um uma que este esta há não pode com em por ou " +
		"se ao do da dos das no na lhe me mais está como mas"),
}

func words(list string) map[string]bool {
	all := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		all[w] = true
	}
	return all
}

// isIn reports whether a text is in a language rather than in another one, by its frequent words. A text
// without any is in every language.
func isIn(language, text string) bool {
	counts := map[string]int{}
	separates := func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }
	for w := range strings.FieldsFuncSeq(strings.ToLower(strings.ReplaceAll(text, "’", "'")), separates) {
		for l, frequent := range stopWords {
			if frequent[w] {
				counts[l]++
			}
		}
	}

	for l, n := range counts {
		if l != language && n > counts[language] {
			return false
		}
	}

	return true
}
