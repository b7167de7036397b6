package agent

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// An Answer to a proposal.
type Answer int

// What a text can say to a proposal.
const (
	NoAnswer Answer = iota // it says something else
	Yes
	No
)

// ReadAnswer reads a text as a yes or a no, if it is nothing else: "yes please" or "👍", but not "yes, the
// later one", "ok?", "ok, no" or "ok, 15:40". It knows some words of English, Spanish, German and French. How
// a text is encoded makes no difference: composed or not, full-width, in capitals, with curly quotes, with
// characters that can't be seen.
func ReadAnswer(text string) Answer {
	text = cases.Fold().String(norm.NFKC.String(text))
	text = strings.Join(strings.FieldsFunc(strings.Map(simplify, text), isPause), " ")

	words, yes, no := cutSigns(text)
	switch {
	case yes && no:
		return NoAnswer
	case words == "" && yes || yesWords[words] && !no:
		return Yes
	case words == "" && no || noWords[words] && !yes:
		return No
	}

	return NoAnswer
}

// simplify drops what can't be seen, and makes one apostrophe of all.
func simplify(r rune) rune {
	switch {
	case strings.ContainsRune("’‘`´ʼ′", r):
		return '\''
	case unicode.IsSpace(r):
		return ' '
	case unicode.In(r, unicode.C, unicode.Variation_Selector),
		strings.ContainsRune("\u115f\u1160\u2800", r),
		strings.ContainsRune("🏻🏼🏽🏾🏿♀♂", r):
		return -1 // zero width, direction, blank; the form of an emoji
	}
	return r
}

// isPause reports whether a character stands between words and means nothing. A question mark means
// something.
func isPause(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(`.,;:!¡…-–—‐‑()"“”„«»‹›*_~。、，！`, r)
}

// Signs that mean yes or no, and those that mean neither beside words.
const (
	yesSigns  = "👍👌✅✔☑🆗🙆"
	noSigns   = "👎❌✖🚫🙅⛔"
	niceSigns = "🙂😊😀😃😄😁☺😉🤗🙏❤😍🥰🎉"
)

// cutSigns takes the signs before and after a text off it. Any other sign is left, and so are signs among
// words.
func cutSigns(text string) (words string, yes, no bool) {
	words = strings.TrimFunc(text, func(r rune) bool {
		isYes, isNo := strings.ContainsRune(yesSigns, r), strings.ContainsRune(noSigns, r)
		yes, no = yes || isYes, no || isNo
		return isYes || isNo || r == ' ' || r == '\'' || strings.ContainsRune(niceSigns, r)
	})
	return words, yes, no
}

// yesWords and noWords are what is nothing but an answer, without punctuation and capitals.
var (
	yesWords = phrases(yesPhrases, []string{"yes", "ok", "okay", "yeah", "yep", "sure"}, []string{"do it",
		"do that",
		"do so", "do", "go ahead", "i agree", "i confirm", "i accept", "confirm", "that's fine", "that's ok",
		"that is fine", "that works", "sounds good", "of course", "sure", "absolutely"})
	noWords = phrases(noPhrases, []string{"no"}, []string{"don't", "do not", "don't do it",
		"don't do that", "stop",
		"cancel", "cancel that", "never mind", "rather not", "better not", "not now", "leave it",
		"forget it", "no"})

	yesPhrases = []string{
		"yes", "y", "yep", "yup", "yeah", "yes yes", "of course", "absolutely", "certainly", "definitely",
		"ok", "okay", "sure", "all right", "alright", "do it", "do that", "please do", "go ahead",
		"confirm", "confirmed", "i confirm", "i agree", "agreed", "i accept", "accepted",
		"that's fine", "that's ok", "that's okay", "that is fine", "that works", "sounds good", "fine by me",
		"sí", "si", "sí por favor", "si por favor", "sí gracias", "si gracias", "claro que sí", "claro",
		"de acuerdo",
		"vale", "vale gracias", "por supuesto", "adelante",
		"ja", "ja bitte", "ja gerne", "gerne", "ja danke", "ok danke", "jawohl", "einverstanden",
		"in ordnung",
		"oui", "oui merci", "oui s'il vous plaît", "oui s'il te plaît", "oui volontiers", "d'accord",
		"bien sûr",
		"ok merci",
	}
	noPhrases = []string{
		"no", "n", "nope", "nah", "no no", "no way", "don't", "do not", "don't do it", "don't do that",
		"do not do that",
		"cancel", "cancel that", "never mind", "nevermind", "stop", "rather not", "i'd rather not",
		"better not",
		"not ok", "not okay", "not now", "not yet", "of course not", "absolutely not", "certainly not",
		"i don't agree", "i do not agree", "i disagree", "leave it", "forget it",
		"no gracias", "mejor no", "ahora no", "nein", "nein danke", "lieber nicht", "bitte nicht",
		"nein bitte nicht",
		"non", "non merci", "surtout pas", "pas maintenant",
	}
	courtesies = []string{"please", "thanks", "thank you", "thank you very much", "many thanks", "thx"}
)

// phrases are the answers alone, those that begin another one, and all of them with a courtesy before or
// after: "yes, please do it", "ok, thanks".
func phrases(alone, first, then []string) map[string]bool {
	all := map[string]bool{}
	for _, a := range alone {
		all[a] = true
	}

	for _, a := range first {
		for _, b := range then {
			all[a+" "+b] = true
			all[a+" please "+b] = true
		}
	}

	for _, a := range slices.Collect(maps.Keys(all)) {
		for _, polite := range courtesies {
			all[a+" "+polite] = true
		}
		all["please "+a] = true
	}

	return all
}
