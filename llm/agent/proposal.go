package agent

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/slipstream-go/slipstream/llm"
)

// Terms are what a tool that writes would do. Code computes them from the rows as they are, and words them;
// the model does neither.
type Terms struct {
	// Text tells all that the customer agrees to, and what it costs.
	Text string `json:"text"`
	// Tool and Arguments are those of the command. They default to the tool that was called and its
	// arguments.
	Tool      string `json:"tool,omitempty"`
	Arguments any    `json:"arguments,omitempty"`
	// Agreed is what the desk is held to, such as a price. Defaults to nothing.
	Agreed any `json:"agreed,omitempty"`
}

// A Proposal waits for a yes.
type Proposal struct {
	ID        string          `json:"id"`
	Tool      string          `json:"tool"`
	Arguments json.RawMessage `json:"arguments"`
	Agreed    json.RawMessage `json:"agreed,omitempty"`
	Text      string          `json:"text"`
	Call      llm.Call        `json:"call"`  // of the model, which led to it
	Since     time.Time       `json:"since"` // a yes from before answers something else
	Expires   time.Time       `json:"expires"`
}

// asJSON panics for what can't be written as JSON, which is a mistake in a tool: it fails the step.
func asJSON(v any) json.RawMessage {
	if v == nil {
		return nil
	}

	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("agent: %T can't be written as JSON: %v", v, err))
	}

	return b
}

// An Answer to a proposal.
type Answer int

// What a text can say to a proposal.
const (
	NoAnswer Answer = iota // it says something else
	Yes
	No
)

// ReadAnswer reads a text as a yes or a no, if it is nothing else: "yes please", but not "yes, the later
// one", "ok?" or "ok, 15:40". It knows some words of English, Spanish, German and French.
func ReadAnswer(text string) Answer {
	text = strings.ReplaceAll(strings.ToLower(text), "’", "'")

	words := strings.Join(strings.FieldsFunc(text, isPause), " ")
	switch {
	case slices.Contains(yesWords, words):
		return Yes
	case slices.Contains(noWords, words):
		return No
	}

	return NoAnswer
}

// isPause reports whether a character stands between words and means nothing. A question mark means
// something.
func isPause(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(`.,;:!¡…-–—()"`, r)
}

var yesWords = []string{
	"yes", "y", "yep", "yeah", "yes please", "yes thanks", "yes thank you", "yes do it", "yes go ahead",
	"yes i agree", "yes i confirm", "yes confirm", "yes that's fine",
	"ok", "okay", "ok do it", "ok go ahead", "sure", "do it", "please do", "go ahead",
	"confirm", "confirmed", "i confirm", "i agree", "agreed", "that's fine", "sounds good",
	"sí", "si", "sí por favor", "si por favor", "de acuerdo", "vale",
	"ja", "ja bitte", "ja gerne", "einverstanden",
	"oui", "oui merci", "d'accord",
}

var noWords = []string{
	"no", "n", "nope", "no thanks", "no thank you", "don't", "do not", "cancel that", "never mind", "stop",
	"no gracias", "nein", "nein danke", "non", "non merci",
}
