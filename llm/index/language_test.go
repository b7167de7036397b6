package index_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/llm/index"
)

func TestEnglishKnowsPlurals(t *testing.T) {
	for word, want := range map[string]string{
		"bags": "bag", "fares": "fare", "fees": "fee", "policies": "policy", "classes": "classe",
		"class": "class", "status": "status", "gas": "gas", "bag": "bag", "maletas": "maleta", "s": "s",
	} {
		if got := (index.English{}).Stem(word); got != want {
			t.Errorf("the stem of %s is %s, want %s", word, got, want)
		}
	}
}

// An Index for texts in Spanish, by a rule that will do for an example.
func ExampleLanguage() {
	ctx := rows(map[index.ID]index.Row{"maletas": {Version: "1", Passage: index.Passage{
		Title: "Equipaje", Text: "Cada maleta más cuesta 50 dólares.",
	}}})
	hits, err := index.Index{Language: spanish{}}.Search(ctx, "¿Cuánto cuestan las maletas?", 1)
	fmt.Println(hits[0].ID, err)
	// Output: maletas <nil>
}

type spanish struct{}

func (spanish) Common(word string) bool {
	return strings.Contains(" el la los las de y a en ", " "+word+" ")
}

func (spanish) Stem(word string) string {
	return strings.TrimRight(strings.TrimSuffix(word, "n"), "s")
}
