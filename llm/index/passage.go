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
	Source    string `json:"source,omitempty"`    // where it comes from, for people. Defaults to nothing.
	Withdrawn bool   `json:"withdrawn,omitempty"` // it no longer holds; a null event says the same
}

// Valid says why p can't be published. A text is at most as long as a prompt quotes: what is longer says more than one
// thing, and is found by none of them.
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

func (p Passage) gone() bool { return p.Withdrawn || p == Passage{} }

// version is the same for the same passage, and another one otherwise: an answer holds while what it cites says the same.
func (p Passage) version() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and a bool
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:4])
}

// searched is the text that is embedded, and whose words are counted.
func (p Passage) searched() string { return p.Title + ". " + p.Text }

// A Row is a passage in the table: as it is now, with its vector once there is one. The zero Row is no passage.
type Row struct {
	Passage
	Version    string `json:"version"`              // changes whenever title, text or source do
	Vector     Vector `json:"vector,omitempty"`     // of title and text; none: found by its words alone
	Model      string `json:"model,omitempty"`      // that made the vector
	Unembedded string `json:"unembedded,omitempty"` // why the last try failed. Publish the passage again to have it tried again.
}

// published replaces the row. What it says has to be embedded, even if it says the same: by a new model perhaps.
func (r Row) published(e topology.Event[ID, Passage]) (Row, []draft) {
	p := e.Value
	if p.gone() {
		return Row{}, nil
	}
	n := Row{Passage: p, Version: p.version()}
	if n.Version == r.Version {
		n = r
	}
	return n, []draft{{Version: n.Version, Text: p.searched()}}
}

// A draft is a text that waits for its vector.
type draft struct {
	Version string `json:"version"`
	Text    string `json:"text"`
}

// latest is the draft while the row still says what it says, else the zero draft.
func (d draft) latest(r Row) draft {
	if r.Version != d.Version {
		return draft{}
	}
	return d
}

func (d draft) needed() bool { return d != draft{} }

// An embedded draft is its vector.
type embedded struct {
	Vector Vector `json:"vector"`
	Model  string `json:"model"`
}

func (r Row) withVector(e embedded) Row {
	r.Vector, r.Model, r.Unembedded = e.Vector, e.Model, ""
	return r
}

// withoutVector keeps the one that there was, which is of the same text.
func (r Row) withoutVector(f topology.Failure[draft]) Row {
	r.Unembedded = f.Cause
	return r
}
