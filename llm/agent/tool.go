package agent

import (
	"context"
	"encoding/json"

	"github.com/slipstream-go/slipstream/llm"
)

// A Tool is what an agent may call. [Read] makes one that reads, as any llm.Tool is; [Write] makes one that
// writes.
type Tool struct {
	llm.Tool

	// Stale reports whether what the tool returned has changed so much that an answer made of it no longer
	// holds. To find out, the tool runs again when the step settles, so it must read tables only. Defaults
	// to never, without running it.
	Stale func(was, is json.RawMessage) bool

	writes bool // Run returns Terms
}

// Read makes a tool that looks something up. It runs inside the step: topology.Get and Scan read the tables
// that [Agent.Reads] names. Its errors are shown to the model.
func Read[Args, Result any](
	name, description string, look func(context.Context, Args) (Result, error),
) Tool {
	return Tool{Tool: llm.NewTool(name, description, look)}
}

// Write makes a tool that changes something, once the customer has agreed. propose computes what that would
// be, from the rows as they are, or returns why it can't be done, which is shown to the model. It runs
// again when the step settles, and when the proposal is repeated.
func Write[Args any](
	name, description string, propose func(context.Context, Args) (Terms, error),
) Tool {
	return Tool{Tool: llm.NewTool(name, description, propose), writes: true}
}

// proposing is the tool as the model sees it. Its result is the text of the terms; the terms themselves go
// into terms.
func (t Tool) proposing(terms *Terms) llm.Tool {
	run := t.Run
	t.Run = func(ctx context.Context, args json.RawMessage) (any, error) {
		v, err := run(ctx, args)
		if err != nil {
			return nil, err
		}
		if err := v.(Terms).check(); err != nil {
			return nil, err
		}
		*terms = v.(Terms)
		return terms.Text, nil
	}

	return t.Tool
}
