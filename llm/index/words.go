package index

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/kljensen/snowball/english"
)

// The usual settings of BM25: how soon a word that is repeated counts no more, and how much length is held against a text.
const (
	saturation = 1.2
	lengthness = 0.75
)

// byWords scores each row by how much of the question its words cover, the rarer the better: BM25, as a share of what
// a row could have at most. 0: no word; 1: each of them, over and over.
func byWords(question string, rows []Row) []float64 {
	asked := words(question, nil)
	each, mean := count(asked, rows)
	scores := make([]float64, len(rows))
	var most float64
	for _, w := range asked {
		rarity := rarity(w, each)
		most += rarity * (saturation + 1)
		for i, c := range each {
			times, length := float64(c.times[w]), float64(c.all)/mean
			scores[i] += rarity * times * (saturation + 1) / (times + saturation*(1-lengthness+lengthness*length))
		}
	}
	for i := range scores {
		scores[i] /= max(most, math.SmallestNonzeroFloat64)
	}
	return scores
}

// rarity is how much it says that a row has the word.
func rarity(word string, each []counted) float64 {
	var having float64
	for _, c := range each {
		if c.times[word] > 0 {
			having++
		}
	}
	return math.Log(1 + (float64(len(each))-having+0.5)/(having+0.5))
}

// counted is how often a row has each word that was asked for, and how many words it has.
type counted struct {
	times map[string]int
	all   int
}

func count(asked []string, rows []Row) (each []counted, mean float64) {
	for _, r := range rows {
		c := counted{times: map[string]int{}}
		for _, w := range words(r.searched(), asked) {
			if c.all++; w != "" {
				c.times[w]++
			}
		}
		each = append(each, c)
		mean += float64(c.all) / float64(len(rows))
	}
	return each, max(mean, 1)
}

// words are the terms of a text: what its letters and digits spell, in lower case, as English stems (other languages
// mostly keep their words), without the words that every sentence has. If only some are asked for, all others are "":
// a stem begins as its word does, so most need not be taken.
func words(text string, asked []string) (terms []string) {
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		switch {
		case english.IsStopWord(w):
		case asked == nil:
			terms = append(terms, english.Stem(w, true))
		default:
			terms = append(terms, among(asked, w))
		}
	}
	return terms
}

// among is the stem of a word if it is asked for, else "".
func among(asked []string, word string) string {
	alike := func(a string) bool { return a[0] == word[0] }
	if !slices.ContainsFunc(asked, alike) {
		return ""
	}
	if stem := english.Stem(word, true); slices.Contains(asked, stem) {
		return stem
	}
	return ""
}
