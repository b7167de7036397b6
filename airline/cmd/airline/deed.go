package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/slipstream-go/slipstream/airline/vocab"
	"github.com/slipstream-go/slipstream/journal"
	agents "github.com/slipstream-go/slipstream/llm/agent"
)

// A deed is what an answer comes to, so that two of them can be compared.
type deed struct {
	kind    string // of a change: "rebooked"
	exactly string // what must be the same for two to agree
	text    string // for people
	note    string // what it is about
}

// deeds reads answers, by the operator that has given them.
var deeds = map[string]func(journal.Bytes) deed{"rebook": rebooked, "concierge": turned}

// nobodys is the deed of no answer.
var nobodys = deed{kind: "nobody", text: "nobody decided"}

// to names a change: "rebooked -> kept".
func (d deed) to(other deed) string {
	if d.kind == other.kind {
		return d.kind + ", another"
	}
	return d.kind + " -> " + other.kind
}

func rebooked(b journal.Bytes) deed {
	var d vocab.Decision
	if err := json.Unmarshal(b, &d); err != nil || d.Outcome == "" {
		return nobodys
	}
	text := d.Text()
	if d.Reading != nil {
		text = fmt.Sprintf("%s (%s: %s)", text, d.Reading, d.Reason)
	}
	return deed{string(d.Outcome), fmt.Sprint(d.Outcome, " ", d.Trip.Flight), text, d.Note}
}

// turned is a step of a conversation. Two replies agree whatever their words are; two calls or proposals, if they are of the same
// tools with the same arguments.
func turned(b journal.Bytes) deed {
	var s agents.Step
	if err := json.Unmarshal(b, &s); err != nil {
		return nobodys
	}
	var calls []string
	for _, c := range s.Calls {
		calls = append(calls, fmt.Sprintf("%s %s", c.Tool, c.Args))
	}
	called := strings.Join(calls, ", ")
	switch {
	case s.Proposal != nil:
		return deed{kind: "proposal", exactly: fmt.Sprintf("%s; %s %s", called, s.Proposal.Tool, s.Proposal.Arguments), text: s.Proposal.Text}
	case s.Person != "":
		return deed{kind: "person", exactly: called + "; person", text: "a person takes over: " + s.Person}
	case s.Reply != "":
		return deed{kind: "reply", exactly: called + "; reply", text: s.Reply}
	}
	return deed{kind: "calls", exactly: called, text: called}
}
