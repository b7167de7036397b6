package index

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// The usual settings of BM25: how soon a word that is repeated counts no more, and how much the length of a
// text counts against it.
const (
	saturation   = 1.2
	lengthWeight = 0.75
)

// byWords scores each row by how much of the question its words cover, the rarer the better. The score is
// that of BM25, as a share of what a row could have at most: 0 for no word, 1 for each of them, over and
// over.
func byWords(l Language, question string, rows []Row) []float64 {
	asked := termsOf(l, question)
	counts, mean := countAll(l, asked, rows)

	scores := make([]float64, len(rows))
	var maxScore float64
	for _, word := range asked {
		weight := rarity(word, counts)
		maxScore += weight * (saturation + 1)

		for i, c := range counts {
			times := float64(c.times[word])
			length := float64(c.words) / mean
			damping := saturation * (1 - lengthWeight + lengthWeight*length)
			scores[i] += weight * times * (saturation + 1) / (times + damping)
		}
	}

	for i := range scores {
		scores[i] /= max(maxScore, math.SmallestNonzeroFloat64)
	}

	return scores
}

// rarity is how much it says that a row has the word.
func rarity(word string, counts []wordCount) float64 {
	var with float64
	for _, c := range counts {
		if c.times[word] > 0 {
			with++
		}
	}
	return math.Log(1 + (float64(len(counts))-with+0.5)/(with+0.5))
}

// A wordCount is how often a row has each word that was asked for, and how many words it has.
type wordCount struct {
	times map[string]int
	words int
}

func countAll(l Language, asked []string, rows []Row) (counts []wordCount, mean float64) {
	for _, r := range rows {
		c := count(l, asked, r.searchText())
		counts = append(counts, c)
		mean += float64(c.words) / float64(len(rows))
	}
	return counts, max(mean, 1)
}

func count(l Language, asked []string, text string) wordCount {
	c := wordCount{times: map[string]int{}}
	for w := range words(text) {
		if l.Common(w) {
			continue
		}

		c.words++

		// A stem begins as its word does, so most words need no stem.
		if !slices.ContainsFunc(asked, func(a string) bool { return a[0] == w[0] }) {
			continue
		}

		if stem := l.Stem(w); slices.Contains(asked, stem) {
			c.times[stem]++
		}
	}

	return c
}

// termsOf are the stems of a question's words, except for common ones.
func termsOf(l Language, question string) (terms []string) {
	for w := range words(question) {
		if !l.Common(w) {
			terms = append(terms, l.Stem(w))
		}
	}
	return terms
}

// words are what letters and digits spell, in lower case.
func words(text string) func(yield func(string) bool) {
	return strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}
