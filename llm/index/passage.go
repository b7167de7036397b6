package index

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// An ID names a passage: lower-case letters, digits and dashes, so that a model can repeat it in brackets.
type ID string

// A Passage is what may be found and cited: a rule, an answer to a common question, a paragraph of a policy.
type Passage struct {
	Title     string `json:"title"`
	Text      string `json:"text"`
	Source    string `json:"source,omitempty"`    // where it comes from, for people
	Withdrawn bool   `json:"withdrawn,omitempty"` // it no longer holds; a null event means the same
}

// Valid returns why p can't be published. A text is at most as long as a prompt quotes: a longer one says
// several things, and is found by none of them.
func (p Passage) Valid() error {
	switch n := utf8.RuneCountInString(p.Text); {
	case p.Title == "" || p.Text == "":
		return errors.New("index: a passage needs a title and a text")
	case n > llm.MaxQuote || utf8.RuneCountInString(p.Title) > MaxTitle:
		return fmt.Errorf("index: the passage %q has %d characters; cut it into some of at most %d, with titles of at most %d", p.Title, n, llm.MaxQuote, MaxTitle)
	}
	return nil
}

// MaxTitle is how many characters a title may have.
const MaxTitle = 100

func (p Passage) isWithdrawn() bool { return p.Withdrawn || p == Passage{} }

// version identifies what a passage says. An answer holds while the passages that it cites have the same
// versions.
func (p Passage) version() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and a bool
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:4])
}

// searchText is embedded, and its words are counted.
func (p Passage) searchText() string { return p.Title + ". " + p.Text }

// A Row is a passage in the table: as it is now, with its vector once there is one. The zero Row is no
// passage.
type Row struct {
	Passage
	Version    string `json:"version"`              // changes whenever title, text or source do
	Vector     Vector `json:"vector,omitempty"`     // of title and text; may be missing
	Model      string `json:"model,omitempty"`      // that made the vector
	EmbedError string `json:"unembedded,omitempty"` // of the last try; publish again to repeat it
}

// publish replaces the row. A passage that says the same is embedded again, too: there may be a new model.
func (r Row) publish(e topology.Event[ID, Passage]) (Row, []draft) {
	p := e.Value
	if p.isWithdrawn() {
		return Row{}, nil
	}

	if version := p.version(); version != r.Version {
		r = Row{Passage: p, Version: version}
	}

	return r, []draft{{Version: r.Version, Text: p.searchText()}}
}

// A draft is a text that waits for its vector.
type draft struct {
	Version string `json:"version"`
	Text    string `json:"text"`
}

// ifCurrent returns the draft if the row still says the same, or else the zero draft.
func (d draft) ifCurrent(r Row) draft {
	if r.Version != d.Version {
		return draft{}
	}
	return d
}

func (d draft) isSet() bool { return d != draft{} }

// An embedded draft is its vector.
type embedded struct {
	Vector Vector `json:"vector"`
	Model  string `json:"model"`
}

func (r Row) withVector(e embedded) Row {
	r.Vector = e.Vector
	r.Model = e.Model
	r.EmbedError = ""
	return r
}

// withoutVector keeps the vector of before, which is that of the same text.
func (r Row) withoutVector(f topology.Failure[draft]) Row {
	r.EmbedError = f.Cause
	return r
}
