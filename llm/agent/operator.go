package agent

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/slipstream-go/slipstream/internal/text"
	"github.com/slipstream-go/slipstream/llm"
	"github.com/slipstream-go/slipstream/topology"
)

// An operator asks for one step of an agent. It is a topology.Operator and a topology.Warmer.
type operator[K ~string, R any] struct{ Agent[K, R] }

// Decide asks the model for the next step and makes the calls that it wants. A step that doesn't hold is
// shown to the model, which answers once more. A proposal that is to be repeated needs no model.
func (o operator[K, R]) Decide(ctx context.Context, c Case[K, R]) (Step, topology.Provenance, error) {
	if repeat := c.talk.Work.Repeat; repeat != nil {
		s, err := o.runCalls(ctx, c, llm.Message{Calls: []llm.Call{*repeat}})
		return s, topology.Provenance{llm.DecidedBy: llm.ByPolicy, llm.PromptVersion: o.version()}, err
	}

	refreshed, err := o.refresh(ctx, c)
	if err != nil {
		return Step{}, nil, err
	}
	c.talk.Lines = withResults(c.talk.Lines, c.Turn.Turn, refreshed)

	r, err := o.request(ctx, c)
	if err != nil {
		return Step{}, nil, err
	}

	usage := llm.Usage{Version: o.version()}
	for _, by := range []string{llm.ByModel, llm.ByRepair} {
		var s Step
		var reply llm.Reply

		s, reply, err = o.ask(ctx, c, r, &usage)
		if err == nil {
			s.Refreshed = refreshed
			s.Tokens = usage.In + usage.Out
			s.Took = usage.Took
			return s, usage.Provenance(by), nil
		}

		if !errors.Is(err, llm.ErrInvalid) || reply.InThoughts { // it would think as long again
			break
		}
		r.Messages = append(r.Messages, reply.Message, llm.Repair(err))
	}

	return Step{}, usage.Provenance(""), err
}

// ask makes a step of one answer of the model. An error that is llm.ErrInvalid is for the model to mend.
func (o operator[K, R]) ask(ctx context.Context, c Case[K, R], r llm.Request,
	usage *llm.Usage) (Step, llm.Reply, error) {
	reply, err := llm.OnRecord(o.Model).Chat(ctx, r)
	if err == nil {
		reply, err = llm.Interpret(reply, r.Tools)
	}

	if err == nil || errors.Is(err, llm.ErrInvalid) {
		usage.Add(reply)
	}

	if err != nil {
		return Step{}, reply, err
	}

	s, err := o.runCalls(ctx, c, reply.Message)
	if err == nil && o.Agent.Check != nil {
		err = o.Agent.Check(ctx, c, s)
	}

	if err != nil && ctx.Err() == nil {
		err = &llm.Error{Kind: llm.ErrInvalid, Err: err}
	}

	return s, reply, err
}

// Check returns why a step no longer holds: its tools would return something else now, or the terms of its
// proposal or Agent.Check would be others.
func (o operator[K, R]) Check(ctx context.Context, c Case[K, R], s Step) error {
	c.talk.Lines = withResults(c.talk.Lines, c.Turn.Turn, s.Refreshed)
	if err := o.checkResults(ctx, c, s); err != nil {
		return err
	}

	if s.Proposal != nil {
		if err := o.checkTerms(ctx, c, *s.Proposal); err != nil {
			return err
		}
	}

	if o.Agent.Check == nil {
		return nil
	}

	return o.Agent.Check(ctx, c, s)
}

// checkTerms returns why a proposal would be another one now.
func (o operator[K, R]) checkTerms(ctx context.Context, c Case[K, R], p Proposal) error {
	t := o.toolsByName(c)[p.Call.Tool]
	if !t.writes {
		return fmt.Errorf("agent: there is no longer a tool %q that could do it", p.Call.Tool)
	}

	var terms Terms
	if _, err := t.proposing(&terms).Call(ctx, p.Call.Args); err != nil {
		return fmt.Errorf("agent: what was to be proposed can't be done any more: %w", err)
	}

	now := o.proposal(c, p.Call, terms)
	same := now.Text == p.Text && now.Tool == p.Tool &&
		bytes.Equal(now.Arguments, p.Arguments) && bytes.Equal(now.Agreed, p.Agreed)
	if !same {
		return fmt.Errorf("agent: the terms of %s are no longer those", p.Tool)
	}

	return nil
}

// Warm has the model loaded, and has it evaluate what all steps begin with.
func (o operator[K, R]) Warm(ctx context.Context) error {
	var tools []llm.Tool
	for _, t := range o.tools(Case[K, R]{}) {
		tools = append(tools, t.Tool)
	}
	return llm.WarmUp(ctx, o.Model, o.Instructions, tools...)
}

// GiveUp leaves the turn to a person.
func (o operator[K, R]) GiveUp(c Case[K, R], cause error) (Step, error) {
	why := text.Truncate(cause.Error(), maxCause)
	return Step{Turn: c.Turn.Turn, Step: c.Turn.Step, Person: cmp.Or(why, "no answer")}, nil
}

func (o operator[K, R]) version() string {
	return cmp.Or(o.Version, llm.VersionOf(o.Instructions))
}
