package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/slipstream-go/slipstream/internal/text"
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

// These tools do nothing by themselves. The step that they become part of does, when it settles.
var (
	rememberTool = Read(remember,
		"Keep what the customer says about themselves for next time, such as a preference.",
		func(_ context.Context, f fact) (string, error) { return "noted", checkFilled(f.Fact) })

	transferTool = Read(transfer,
		"Give the conversation to one of our people, because it is beyond your tools or because "+
			"the customer asks for one.",
		func(_ context.Context, s summary) (string, error) { return "transferred", checkFilled(s.Summary) })

	quietTool = Read(quiet,
		"Never write to the customer again unless they write first: only if they ask for that.",
		func(context.Context, struct{}) (string, error) { return "noted", nil })
)

func checkFilled(s string) error {
	if strings.TrimSpace(s) == "" {
		return errors.New("say what")
	}
	return nil
}

// tools are those of a case, then those that every agent has. A customer who has never been written to
// unasked can't ask for an end of that.
func (o operator[K, R]) tools(c Case[K, R]) (tools []Tool) {
	if o.Tools != nil {
		tools = o.Tools(c)
	}

	tools = append(tools, rememberTool, transferTool)
	if len(c.talk.Reasons) > 0 {
		tools = append(tools, quietTool)
	}

	return tools
}

// runCalls makes a step of a message of the model: it makes the message's calls, all at once, or takes its
// text as the reply. Of calls that write it makes the first one only.
func (o operator[K, R]) runCalls(ctx context.Context, c Case[K, R], m llm.Message) (Step, error) {
	var (
		terms  Terms
		tools  []llm.Tool
		writes = map[string]bool{}
	)
	for _, t := range o.tools(c) {
		writes[t.Name] = t.writes
		if t.writes {
			t.Tool = t.proposing(&terms)
		}
		tools = append(tools, t.Tool)
	}

	asked, refused := within(m.Calls)
	calls, write, late := firstWrite(asked, writes)

	s := Step{Turn: c.Turn.Turn, Step: c.Turn.Step}
	s.Calls = llm.RunTools(ctx, tools, calls)
	if err := ctx.Err(); err != nil {
		return s, err
	}

	if write >= 0 && s.Calls[write].Error == "" {
		s.Proposal = o.proposal(c, s.Calls[write].Call, terms)
	}

	for _, call := range late {
		const why = "one change at a time: propose this one when the other is done"
		s.Calls = append(s.Calls, llm.ToolResult{Call: call, Error: why})
	}

	s.Calls = o.Bounds.cut(append(s.Calls, refused...), c.bytesOfTurn())

	return s.complete(strings.TrimFunc(m.Text, isInvisible))
}

// isInvisible reports whether a character at the beginning or end of a reply shows nothing. A reply of such
// characters alone says nothing.
func isInvisible(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.C, r) }

// firstWrite splits calls into those to make and the writes beyond the first. write is the place of the
// first one, or -1.
func firstWrite(all []llm.Call, writes map[string]bool) (calls []llm.Call, write int, late []llm.Call) {
	write = -1
	for _, call := range all {
		if writes[call.Tool] && write >= 0 {
			late = append(late, call)
			continue
		}

		if writes[call.Tool] {
			write = len(calls)
		}
		calls = append(calls, call)
	}

	return calls, write, late
}

func (o operator[K, R]) proposal(c Case[K, R], call llm.Call, terms Terms) *Proposal {
	p := &Proposal{
		ID:        fmt.Sprintf("%d.%d", c.Turn.Turn, c.Turn.Step),
		Tool:      cmp.Or(terms.Tool, call.Tool),
		Arguments: asJSON(terms.Arguments),
		Agreed:    asJSON(terms.Agreed),
		Text:      terms.Text,
		Call:      call,
		Since:     c.Message().Time,
		Expires:   c.Turn.Time.Add(o.Bounds.Offer),
	}
	if p.Arguments == nil {
		p.Arguments = call.Args
	}

	return p
}

// complete adds to a step, whose calls have been made, what some of them mean for it, and the text that
// came with them.
func (s Step) complete(said string) (Step, error) {
	done := true // no call needs another step
	for _, call := range s.Calls {
		var args struct{ Fact, Summary string }
		if call.Error != "" || json.Unmarshal(call.Args, &args) != nil {
			done = false
			continue
		}

		switch call.Tool {
		case remember:
			s.Learned = append(s.Learned, text.Truncate(args.Fact, maxFact))
		case transfer:
			s.Person = text.Truncate(args.Summary, maxCause)
		case quiet:
			s.Quiet = true
		default:
			done = false
		}
	}

	if s.Proposal == nil && s.Person == "" && done {
		s.Reply = said
	}

	switch n := len(s.Reply); {
	case n == 0 && len(s.Calls) == 0:
		return s, errors.New("agent: the model said nothing")
	case n > MaxReply:
		return s, fmt.Errorf("agent: the reply has %d bytes, at most %d can be told: be brief", n, MaxReply)
	}

	return s, nil
}
