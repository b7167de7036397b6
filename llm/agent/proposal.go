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

// Terms are what a tool that writes would do, computed by code from the rows as they are. The model does not word them.
type Terms struct {
	// Text tells all that the customer agrees to, and what it costs.
	Text string `json:"text"`
	// Tool and Arguments are the command's. Default to the tool that was called, and what it was called with.
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
	Call      llm.Call        `json:"call"`  // of the model, which made it
	Since     time.Time       `json:"since"` // a yes that was said before is to something else
	Expires   time.Time       `json:"expires"`
}

func raw(v any) json.RawMessage {
	if v == nil {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("agent: %T can't be written as JSON: %v", v, err)) // a mistake in a tool: it fails the step
	}
	return b
}

// An Answer to a proposal.
type Answer int

// What a text can say to a proposal.
const (
	Neither Answer = iota
	Yes
	No
)

// Answers reads a text as a yes or a no, if it is nothing but that: "yes please", not "yes, but the later one", and neither
// "ok?" nor "ok, 15:40". It knows some words of English, Spanish, German and French.
func Answers(text string) Answer {
	text = strings.ReplaceAll(strings.ToLower(text), "’", "'")
	words := strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(pauses, r) }), " ")
	switch {
	case slices.Contains(yes, words):
		return Yes
	case slices.Contains(no, words):
		return No
	}
	return Neither
}

// pauses stand between words, and mean nothing. A question mark does.
const pauses = `.,;:!¡…-–—()"`

var yes = []string{"yes", "y", "yes please", "yep", "yeah", "yes do it", "yes go ahead", "ok", "okay", "ok do it", "ok go ahead", "sure", "do it", "please do",
	"go ahead", "confirm", "confirmed", "i confirm", "i agree", "agreed", "yes i agree", "yes i confirm", "yes confirm", "yes that's fine", "that's fine", "sounds good", "yes thanks", "yes thank you",
	"sí", "si", "sí por favor", "si por favor", "de acuerdo", "vale", "ja", "ja bitte", "ja gerne", "einverstanden", "oui", "oui merci", "d'accord"}

var no = []string{"no", "n", "nope", "no thanks", "no thank you", "don't", "do not", "cancel that", "never mind", "stop", "no gracias", "nein", "nein danke", "non", "non merci"}
