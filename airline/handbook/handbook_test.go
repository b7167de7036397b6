package handbook

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipstream-go/slipstream/llm/index"
)

func TestThePagesAreWellFormed(t *testing.T) {
	all, err := Passages()
	if err != nil || len(all) < 60 {
		t.Fatalf("%d passages, %v", len(all), err)
	}

	for id := range all {
		if got := index.CitedIDs("[" + string(id) + "]"); len(got) != 1 || got[0] != id {
			t.Errorf("%s cannot be cited", id)
		}
	}

	want := index.Passage{Title: "The price of more checked bags", Source: "bags.md",
		Text: "Each checked bag above the free allowance costs 50 dollars."}
	if got := all["bags-extra"]; got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestWhatIsWrongWithAPage(t *testing.T) {
	for page, says := range map[string]string{
		"# Bags\n\n## bags-extra: More\nText.\n\n## bags-extra: Again\nText.": "bags-extra is there twice",
		"## bags-extra More\nText.":                            "## id: Title",
		"## bags-extra: More\n\n":                              "a title and a text",
		"## bags-extra: More\n" + strings.Repeat("word ", 200): "cut it",
		"nothing": "## id: Title",
	} {
		_, err := read(fstest.MapFS{"pages/bags.md": {Data: []byte(page)}})
		if err == nil || !strings.Contains(err.Error(), says) ||
			!strings.Contains(err.Error(), "pages/bags.md") {
			t.Errorf("%q: %v; want one that names the page and says %q", page, err, says)
		}
	}
}
