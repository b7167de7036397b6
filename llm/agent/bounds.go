package agent

import (
	"encoding/json"
	"fmt"

	"github.com/slipstream-go/slipstream/internal/text"
	"github.com/slipstream-go/slipstream/llm"
)

// What a conversation keeps of what models and desks write has bounds, so that its row can always take in the
// next step.
const (
	maxArgs  = 8 << 10 // bytes of the arguments of a call
	maxName  = 128     // bytes of the name of a tool, and of the id of a call
	maxFact  = 500     // characters
	maxCause = 1000    // characters of why a person has the conversation
	maxTerms = 32 << 10
)

// within bounds the calls that a model asks for, before they are made. Those beyond llm.MaxCalls, of which
// there may be very many, are one that is not made, and so are calls with too many arguments.
func within(calls []llm.Call) (ok []llm.Call, late []llm.ToolResult) {
	for _, c := range calls[:min(len(calls), llm.MaxCalls+1)] {
		c.Tool, c.ID = text.TruncateBytes(c.Tool, maxName), text.TruncateBytes(c.ID, maxName)
		if n := len(c.Args); n > maxArgs {
			c.Args = json.RawMessage("{}")
			why := fmt.Sprintf("not called: the arguments have %d bytes, at most %d are taken", n, maxArgs)
			late = append(late, llm.ToolResult{Call: c, Error: why})
			continue
		}
		ok = append(ok, c)
	}
	return ok, late
}

// cut bounds the results of a step, of a turn whose earlier results have used bytes already. What is left is
// shared out among them.
func (b Bounds) cut(results []llm.ToolResult, used int) []llm.ToolResult {
	left := max(0, min(b.StepBytes, b.TurnBytes-used))
	for i := range results {
		r := &results[i]
		share := left / (len(results) - i)
		cutResult(r, max(0, min(b.CallBytes, share-len(r.Args))))
		left = max(0, left-sizeOf(*r))
	}
	return results
}

// cutResult keeps the first bytes of a result. They are no JSON any more, so they become a JSON string.
func cutResult(r *llm.ToolResult, most int) {
	if n := len(r.Error); n > most {
		r.Error = text.TruncateBytes(r.Error, most) + mark(n, most)
		r.Failure = nil
	}

	n := len(r.Result)
	if n <= most {
		return
	}

	// In a string, quotes and backslashes take two bytes.
	kept := text.TruncateBytes(string(r.Result), most/2)
	r.Result, _ = json.Marshal(kept + mark(n, len(kept))) // a string always has JSON
	r.Cut = n
}

// cutMark begins the mark behind what was cut.
const cutMark = " (cut off: "

func mark(n, kept int) string {
	return fmt.Sprintf(cutMark+"the first %d of %d bytes are shown; ask for less)", kept, n)
}

func sizeOf(r llm.ToolResult) int { return len(r.Args) + len(r.Result) + len(r.Error) }

// bytesOfTurn are those of the results of a turn's earlier steps.
func (c Case[K, R]) bytesOfTurn() (n int) {
	for _, call := range c.callsOfTurn() {
		n += sizeOf(call)
	}
	return n
}

// within bounds what a desk says of a command.
func (r Result) within(b Bounds) Result {
	result := llm.ToolResult{Result: r.Result, Error: r.Error}
	cutResult(&result, b.CallBytes)
	r.Result, r.Error = result.Result, result.Error
	r.Text, r.Code = text.TruncateBytes(r.Text, MaxReply), text.TruncateBytes(r.Code, maxName)

	return r
}

// check returns why terms are too large to be proposed.
func (t Terms) check() error {
	if n := len(asJSON(t)); n > maxTerms {
		return fmt.Errorf("the proposal has %d bytes, at most %d can be told: do less at once", n, maxTerms)
	}
	return nil
}
