package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/slipstream-go/slipstream/airline/vocab"
	agents "github.com/slipstream-go/slipstream/llm/agent"
	"github.com/slipstream-go/slipstream/verb"
)

// outcome is what an answer of the airline's operators comes to.
func outcome(operator string, answer []byte) verb.Outcome {
	if operator == "concierge" {
		return turned(answer)
	}
	return rebooked(answer)
}

// noAnswer is the outcome of a case that nobody decided.
var noAnswer = verb.Outcome{Kind: "nobody", Text: "nobody decided"}

func rebooked(b []byte) verb.Outcome {
	var d vocab.Decision
	if err := json.Unmarshal(b, &d); err != nil || d.Outcome == "" {
		return noAnswer
	}

	text := d.Text()
	if d.Reading != nil {
		text = fmt.Sprintf("%s (%s: %s)", text, d.Reading, d.Reason)
	}

	return verb.Outcome{Kind: string(d.Outcome), Same: fmt.Sprint(d.Outcome, " ", d.Trip.Flight), Text: text,
		Note: d.Note}
}

// turned is a step of a conversation. Two replies agree whatever their words are; two calls or proposals, if
// they are of the same tools with the same arguments.
func turned(b []byte) verb.Outcome {
	var s agents.Step
	if err := json.Unmarshal(b, &s); err != nil {
		return noAnswer
	}

	var calls []string
	for _, c := range s.Calls {
		calls = append(calls, fmt.Sprintf("%s %s", c.Tool, c.Args))
	}

	called := strings.Join(calls, ", ")
	switch {
	case s.Proposal != nil:
		return verb.Outcome{Kind: "proposal", Same: fmt.Sprintf("%s; %s %s", called, s.Proposal.Tool,
			s.Proposal.Arguments), Text: s.Proposal.Text}
	case s.Person != "":
		return verb.Outcome{Kind: "person", Same: called + "; person",
			Text: "a person takes over: " + s.Person}
	case s.Reply != "":
		return verb.Outcome{Kind: "reply", Same: called + "; reply", Text: s.Reply}
	}

	return verb.Outcome{Kind: "calls", Same: called, Text: called}
}

// sentence is a decision as a line for people.
func sentence(topic, _ string, value []byte) string {
	var d vocab.Decision
	if topic != string(vocab.Decisions) || json.Unmarshal(value, &d) != nil {
		return ""
	}
	return d.String()
}
