package index_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/llm/index"
)

func TestVectorAsJSON(t *testing.T) {
	for _, v := range []index.Vector{{}, {1}, {0.5, -0.25, 1e-9}} {
		b, err := json.Marshal(v)
		var got index.Vector
		if err == nil {
			err = json.Unmarshal(b, &got)
		}

		if err != nil || !slices.Equal(got, v) {
			t.Errorf("%v became %s, and %v: %v", v, b, got, err)
		}
	}

	for _, bad := range []string{`"AAA="`, `"?"`, `[1]`} {
		if err := json.Unmarshal([]byte(bad), new(index.Vector)); err == nil {
			t.Errorf("%s is taken for a vector", bad)
		}
	}
}

func TestWhatIsAPassage(t *testing.T) {
	long := strings.Repeat("ü", llm.MaxQuote)
	for says, p := range map[string]index.Passage{
		"":          {Title: "Bags", Text: long},
		"a title":   {Text: "Each costs 50 dollars."},
		"a text":    {Title: "Bags"},
		"cut it":    {Title: "Bags", Text: long + "!"},
		"titles of": {Title: long, Text: "Each costs 50 dollars."},
	} {
		if err := p.Valid(); (err == nil) != (says == "") || err != nil &&
			!strings.Contains(err.Error(), says) {
			t.Errorf("%v; want one that says %q", err, says)
		}
	}
}

// A version is another when the passage says something else, and only then.
func TestVersions(t *testing.T) {
	a := index.Passage{Title: "Bags", Text: "Each costs 50 dollars.", Source: "bags.md"}
	if again := (index.Passage{Source: "bags.md", Text: "Each costs 50 dollars.",
		Title: "Bags"}); index.VersionOf(a) != index.VersionOf(again) {
		t.Error("the same passage has two versions")
	}

	seen := []string{index.VersionOf(a)}
	for _, change := range []func(*index.Passage){
		func(p *index.Passage) { p.Title = "Bag" }, func(p *index.Passage) { p.Text = "Each costs 60 dollars." }, func(p *index.Passage) { p.Source = "" },
	} {
		b := a
		change(&b)

		if v := index.VersionOf(b); slices.Contains(seen, v) {
			t.Errorf("%+v has version %s, like another", b, v)
		}
	}
}

func TestWhatIsCited(t *testing.T) {
	for text, want := range map[string][]index.ID{
		"No brackets.":                            nil,
		"One [bags-extra].":                       {"bags-extra"},
		"Twice [bags-extra] [bags-extra].":        {"bags-extra"},
		"Two [bags-extra, pets][ late ].":         {"bags-extra", "pets", "late"},
		"In capitals [Bags-Extra].":               {"bags-extra"},
		"A number [1] and a word [sic].":          {"1", "sic"}, // to be objected to
		"A phrase [of two words] is no citation.": nil,
		"Nor are [], [-], [a-] and [[pets]].":     {"pets"},
	} {
		if got := index.CitedIDs(text); !slices.Equal(got, want) {
			t.Errorf("%q cites %q, want %q", text, got, want)
		}
	}

	twice := []index.Hit{{ID: "bags", Version: "1"}, {ID: "pets", Version: "1"}, {ID: "bags", Version: "2"}}
	if cited, err := index.Cite("It is free [bags].", twice); err != nil ||
		!slices.Equal(cited, []index.Citation{{ID: "bags", Version: "2"}}) {
		t.Errorf("%v, %v: want the later version", cited, err)
	}

	if _, err := index.Cite("It is free [late].", twice); err == nil ||
		!strings.HasSuffix(err.Error(), "may stand bags, pets") {
		t.Error(err)
	}

	if _, err := index.Cite("It is free [bags].", nil); err == nil ||
		!strings.Contains(err.Error(), "nothing, as none was") {
		t.Error(err)
	}
}
