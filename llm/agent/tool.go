package agent

import (
	"context"
	"encoding/json"

	"github.com/slipstream-go/slipstream/llm"
)

// A Tool is what an agent may call: one that reads, made by [Read] or of any llm.Tool, or one that writes, made by
// [Write].
type Tool struct {
	llm.Tool
	// Stale says whether what the tool returned has changed so much that an answer made of it no longer holds: it is run
	// again when the step settles. It must be a tool that reads tables only. Defaults to never, and to not being run.
	Stale func(was, is json.RawMessage) bool

	writes bool // Run returns Terms
}

// Read is a tool that looks something up. It runs inside the step; topology.Get and Scan read the tables that
// [Agent.Reads] names. Its errors are shown to the model.
func Read[Args, Result any](name, description string, look func(context.Context, Args) (Result, error)) Tool {
	return Tool{Tool: llm.NewTool(name, description, look)}
}

// Write is a tool that changes something, once the customer has agreed: propose computes what that would be, from the
// rows as they are, or says why it can't be done, which is shown to the model. It runs again when the step settles, and
// for a proposal that is made anew.
func Write[Args any](name, description string, propose func(context.Context, Args) (Terms, error)) Tool {
	return Tool{Tool: llm.NewTool(name, description, propose), writes: true}
}

// proposing is the tool, as the model sees it: its result is the text of the terms, which are kept in into.
func (t Tool) proposing(into *Terms) llm.Tool {
	run := t.Run
	t.Run = func(ctx context.Context, args json.RawMessage) (any, error) {
		v, err := run(ctx, args)
		if err != nil {
			return nil, err
		}
		*into = v.(Terms)
		return into.Text, nil
	}
	return t.Tool
}
