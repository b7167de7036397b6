package agent

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// asker is the operator of an agent: it asks for one step.
type asker[K ~string, R any] struct{ Agent[K, R] }

// Decide asks the model for the next step, makes the calls that it wants, and lets it answer once more if its answer
// doesn't hold. A proposal that is to be made anew needs no model.
func (a asker[K, R]) Decide(ctx context.Context, c Case[K, R]) (Step, topology.Provenance, error) {
	if again := c.talk.Work.Again; again != nil {
		s, err := a.run(ctx, c, llm.Message{Calls: []llm.Call{*again}})
		return s, map[string]string{llm.DecidedBy: llm.ByPolicy, llm.PromptVersion: a.version()}, err
	}
	fresh, err := a.fresh(ctx, c)
	if err != nil {
		return Step{}, nil, err
	}
	c.talk.Lines = renewed(c.talk.Lines, c.Turn.Turn, fresh)
	r, err := a.request(ctx, c)
	if err != nil {
		return Step{}, nil, err
	}
	b := llm.Usage{Version: a.version()}
	for _, by := range []string{llm.ByModel, llm.ByRepair} {
		var s Step
		var reply llm.Reply
		if reply, err = a.Model.Chat(ctx, r); err == nil || errors.Is(err, llm.ErrInvalid) {
			b.Add(reply)
		}
		if err == nil {
			s, err = a.answer(ctx, c, reply.Message)
		}
		if err == nil {
			s.Fresh, s.Tokens, s.Took = fresh, b.In+b.Out, b.Took
			return s, b.Provenance(by), nil
		}
		if !errors.Is(err, llm.ErrInvalid) {
			break
		}
		r.Messages = append(r.Messages, reply.Message, llm.Repair(err))
	}
	return Step{}, b.Provenance(""), err
}

// answer makes a step of an answer; an error that is llm.Invalid is for the model to mend.
func (a asker[K, R]) answer(ctx context.Context, c Case[K, R], m llm.Message) (Step, error) {
	s, err := a.run(ctx, c, m)
	if err == nil && a.Agent.Check != nil {
		err = a.Agent.Check(ctx, c, s)
	}
	if err != nil && ctx.Err() == nil {
		err = &llm.Error{Kind: llm.ErrInvalid, Err: err}
	}
	return s, err
}

// Check returns why a step no longer holds: what its tools return, its proposal's terms, or Agent.Check would be others now.
func (a asker[K, R]) Check(ctx context.Context, c Case[K, R], s Step) error {
	c.talk.Lines = renewed(c.talk.Lines, c.Turn.Turn, s.Fresh)
	if err := a.holds(ctx, c, s); err != nil {
		return err
	}
	if s.Proposal != nil {
		if err := a.stands(ctx, c, a.byName(c)[s.Proposal.Call.Tool], *s.Proposal); err != nil {
			return err
		}
	}
	if a.Agent.Check == nil {
		return nil
	}
	return a.Agent.Check(ctx, c, s)
}

// stands says why a proposal would be another one now.
func (a asker[K, R]) stands(ctx context.Context, c Case[K, R], t Tool, p Proposal) error {
	var terms Terms
	if !t.writes {
		return fmt.Errorf("agent: there is no longer a tool %q that could do it", p.Call.Tool)
	}
	if _, err := t.proposing(&terms).Call(ctx, p.Call.Args); err != nil {
		return fmt.Errorf("agent: what was to be proposed can't be done any more: %w", err)
	}
	is := a.proposal(c, p.Call, terms)
	if is.Text != p.Text || is.Tool != p.Tool || !bytes.Equal(is.Arguments, p.Arguments) || !bytes.Equal(is.Agreed, p.Agreed) {
		return fmt.Errorf("agent: the terms of %s are no longer those", p.Tool)
	}
	return nil
}

// Warm has the model loaded, and evaluate what all steps begin with.
func (a asker[K, R]) Warm(ctx context.Context) error {
	var tools []llm.Tool
	for _, t := range a.tools(Case[K, R]{}) {
		tools = append(tools, t.Tool)
	}
	return llm.WarmUp(ctx, a.Model, a.Instructions, tools...)
}

// GiveUp leaves the turn to a person.
func (a asker[K, R]) GiveUp(c Case[K, R], cause error) (Step, error) {
	return Step{Turn: c.Turn.Turn, Step: c.Turn.Step, Person: cause.Error()}, nil
}

func (a asker[K, R]) version() string {
	return cmp.Or(a.Version, llm.VersionOf(a.Instructions))
}
