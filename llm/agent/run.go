package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/slipstream-go/slipstream/llm"
)

// The tools that every agent has.
const (
	remember = "remember"
	transfer = "transfer_to_human_agents"
	quiet    = "stop_unasked_messages"
)

type (
	fact struct {
		Fact string `json:"fact" jsonschema:"one thing that the customer said about themselves"`
	}
	summary struct {
		Summary string `json:"summary" jsonschema:"what the customer needs"`
	}
)

// own are they. What they do is done by the step that they become part of.
var own = []Tool{
	Read(remember, "Keep what the customer says about themselves for next time, such as a preference.",
		func(_ context.Context, f fact) (string, error) { return "noted", filled(f.Fact) }),
	Read(transfer, "Give the conversation to one of our people, because it is beyond your tools or because the customer asks for one.",
		func(_ context.Context, s summary) (string, error) { return "transferred", filled(s.Summary) }),
	Read(quiet, "Never write to the customer again unless they write first: only if they ask for that.",
		func(context.Context, struct{}) (string, error) { return "noted", nil }),
}

func filled(s string) error {
	if strings.TrimSpace(s) == "" {
		return errors.New("say what")
	}
	return nil
}

// tools of a case, those of every agent last.
func (a asker[K, R]) tools(c Case[K, R]) (tools []Tool) {
	if a.Tools != nil {
		tools = a.Tools(c)
	}
	if len(c.talk.Reasons) == 0 { // nobody has been written to unasked
		return append(tools, own[:2]...)
	}
	return append(tools, own...)
}

// run makes a step of what the model says: its calls are made, at once, or its text is the reply. Of calls that write only
// the first is made.
func (a asker[K, R]) run(ctx context.Context, c Case[K, R], m llm.Message) (Step, error) {
	s := Step{Turn: c.Turn.Turn, Step: c.Turn.Step}
	var (
		tools   []llm.Tool
		terms   Terms
		writing = -1
		writes  = map[string]bool{}
	)
	for _, t := range a.tools(c) {
		if writes[t.Name] = t.writes; t.writes {
			t.Tool = t.proposing(&terms)
		}
		tools = append(tools, t.Tool)
	}
	var calls, late []llm.Call
	for _, call := range m.Calls {
		switch {
		case writes[call.Tool] && writing >= 0:
			late = append(late, call)
			continue
		case writes[call.Tool]:
			writing = len(calls)
		}
		calls = append(calls, call)
	}
	s.Calls = llm.RunTools(ctx, tools, calls)
	if err := ctx.Err(); err != nil {
		return s, err
	}
	if writing >= 0 && writing < len(s.Calls) && s.Calls[writing].Error == "" {
		s.Proposal = a.proposal(c, s.Calls[writing].Call, terms)
	}
	for _, call := range late {
		s.Calls = append(s.Calls, llm.ToolResult{Call: call, Error: "one change at a time: propose this one when the other is done"})
	}
	return s.with(strings.TrimSpace(m.Text))
}

func (a asker[K, R]) proposal(c Case[K, R], call llm.Call, terms Terms) *Proposal {
	p := &Proposal{ID: fmt.Sprintf("%d.%d", c.Turn.Turn, c.Turn.Step), Tool: terms.Tool, Arguments: raw(terms.Arguments), Agreed: raw(terms.Agreed),
		Text: terms.Text, Call: call, Since: c.Message().Time, Expires: c.Turn.Time.Add(a.Bounds.Offer)}
	if p.Tool == "" {
		p.Tool = call.Tool
	}
	if p.Arguments == nil {
		p.Arguments = call.Args
	}
	return p
}

// with completes a step whose calls have been made: what some of them mean for it, and the text that came with them.
func (s Step) with(text string) (Step, error) {
	only := true // calls that need no further step
	for _, d := range s.Calls {
		var args struct{ Fact, Summary string }
		if d.Error != "" || json.Unmarshal(d.Args, &args) != nil {
			only = false
			continue
		}
		switch d.Tool {
		case remember:
			s.Learned = append(s.Learned, args.Fact)
		case transfer:
			s.Person = args.Summary
		case quiet:
			s.Quiet = true
		default:
			only = false
		}
	}
	if s.Proposal == nil && s.Person == "" && only {
		s.Reply = text
	}
	if s.Reply == "" && len(s.Calls) == 0 {
		return s, errors.New("agent: the model said nothing")
	}
	return s, nil
}
