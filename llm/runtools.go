package llm

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// MaxCalls is how many calls of one answer RunTools makes. A model that asks for more has lost its way.
const MaxCalls = 8

// A ToolResult is what became of a call: a Result, or an Error for the model to read.
type ToolResult struct {
	Call
	Result  json.RawMessage `json:"result,omitempty"`
	Error   string          `json:"error,omitempty"`
	AsOf    time.Time       `json:"as_of"` // when the result was so, by the tool, or when it was called
	Took    time.Duration   `json:"took"`
	Cut     int             `json:"cut,omitempty"` // bytes of the Result before it was cut
	Failure error           `json:"-"`             // an ArgumentError, a PanicError, or the tool's own
}

// Message shows the result to a model.
func (r ToolResult) Message() Message {
	text := string(r.Result)
	if r.Error != "" {
		text = "error: " + r.Error
	}
	return Message{Role: ToolRole, Text: text, Calls: []Call{r.Call}}
}

// RunTools makes the calls, all at once, and returns their results in the order of the calls. What goes
// wrong with one, from a tool that isn't there to one that hangs or panics, is its result and disturbs no
// other. Calls beyond MaxCalls are not made, and their results say so. When ctx ends, what has no result by
// then has the error of ctx.
func RunTools(ctx context.Context, tools []Tool, calls []Call) []ToolResult {
	byName := make(map[string]Tool, len(tools))
	for _, t := range tools {
		byName[t.Name] = t
	}

	results := make([]ToolResult, len(calls))
	var all sync.WaitGroup
	for i, c := range calls {
		r := &results[i]
		*r = ToolResult{Call: c, AsOf: time.Now().UTC()}

		t, known := byName[c.Tool]
		switch {
		case i >= MaxCalls:
			r.fail(fmt.Errorf("not called: at most %d calls at once", MaxCalls))
		case !known:
			r.fail(unknownTool(c.Tool, tools))
		default:
			all.Go(func() { r.run(ctx, t) })
		}
	}
	all.Wait()

	return results
}

func unknownTool(tool string, tools []Tool) error {
	var names []string
	for _, t := range tools {
		names = append(names, t.Name)
	}
	return fmt.Errorf("there is no tool %q; there are %q", excerpt(tool), names)
}

func (r *ToolResult) fail(err error) {
	r.Error = err.Error()
	r.Failure = err
}

func (r *ToolResult) run(ctx context.Context, t Tool) {
	began := r.AsOf
	v, err := t.call(ctx, r.Args)
	r.Took = time.Since(began)
	if err == nil {
		r.Result, err = t.encode(v)
	}

	if err == nil {
		r.AsOf, err = t.asOf(v, began)
	}

	if err != nil {
		r.Result = nil
		r.fail(err)
	}
}

// asOf is when a result was so: as it says itself, if that is a time that can be told, or else when the tool
// was called.
func (t Tool) asOf(v any, called time.Time) (at time.Time, err error) {
	defer recoverTo(t.Name, &err)

	at = called
	if dated, ok := v.(interface{ AsOf() time.Time }); ok {
		at = dated.AsOf()
	}

	if _, err := at.MarshalJSON(); err != nil {
		at = called
	}
	return at, nil
}
