package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/slipstream-go/slipstream/llm"
)

// refresh repeats calls of the turn's earlier steps whose results have become stale: an answer made of
// those would not hold.
func (o operator[K, R]) refresh(ctx context.Context, c Case[K, R]) (refreshed []llm.ToolResult, err error) {
	tools := o.toolsByName(c)
	for _, call := range c.callsOfTurn() {
		t := tools[call.Tool]
		if t.isStale(ctx, call) {
			refreshed = append(refreshed, llm.RunTools(ctx, []llm.Tool{t.Tool}, []llm.Call{call.Call})...)
		}
	}
	return o.Bounds.cut(refreshed, 0), ctx.Err()
}

// checkResults returns which result of the turn is no longer so.
func (o operator[K, R]) checkResults(ctx context.Context, c Case[K, R], s Step) error {
	tools := o.toolsByName(c)
	for _, call := range slices.Concat(s.Calls, c.callsOfTurn()) {
		if tools[call.Tool].isStale(ctx, call) {
			return fmt.Errorf("agent: what %s returned is no longer so", call.Tool)
		}
	}
	return nil
}

// isStale reports whether what a tool returned is no longer so.
func (t Tool) isStale(ctx context.Context, call llm.ToolResult) bool {
	if t.Stale == nil || call.Error != "" {
		return false
	}

	now, err := t.Tool.Call(ctx, call.Args)
	if err != nil || call.Cut == 0 {
		return err != nil || t.Stale(call.Result, now)
	}

	// Of a result that was cut, only what the model was shown can be compared.
	var shown string
	isString := json.Unmarshal(call.Result, &shown) == nil
	kept := shown[:max(0, strings.LastIndex(shown, cutMark))]
	return !isString || len(now) != call.Cut || !strings.HasPrefix(string(now), kept)
}

func (o operator[K, R]) toolsByName(c Case[K, R]) map[string]Tool {
	tools := map[string]Tool{}
	for _, t := range o.tools(c) {
		tools[t.Name] = t
	}
	return tools
}

// callsOfTurn are those that earlier steps of the turn have made.
func (c Case[K, R]) callsOfTurn() (calls []llm.ToolResult) {
	for _, l := range c.talk.Lines {
		if l.By == ByTool && l.Turn == c.Turn.Turn {
			calls = append(calls, *l.Call)
		}
	}
	return calls
}

// withResults returns lines in which calls of a turn have other results.
func withResults(lines []Line, turn int, results []llm.ToolResult) []Line {
	lines = slices.Clone(lines)
	for i, l := range lines {
		if l.By != ByTool || l.Turn != turn {
			continue
		}

		for _, r := range results {
			if l.Call.Tool == r.Tool && bytes.Equal(l.Call.Args, r.Args) {
				lines[i].Call = &r
			}
		}
	}

	return lines
}
