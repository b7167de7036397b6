package agent

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/slipstream-go/slipstream/llm"
)

// fresh calls tools of earlier steps of the turn again, where what they returned has become stale meanwhile: an answer
// that is made of it would not hold.
func (a asker[K, R]) fresh(ctx context.Context, c Case[K, R]) (fresh []llm.ToolResult, err error) {
	tools := a.byName(c)
	for _, l := range c.talk.Lines {
		if l.By != ByTool || l.Turn != c.Turn.Turn || !tools[l.Done.Tool].stale(ctx, *l.Done) {
			continue
		}
		is := llm.RunTools(ctx, []llm.Tool{tools[l.Done.Tool].Tool}, []llm.Call{l.Done.Call})
		fresh = append(fresh, is...)
	}
	return fresh, ctx.Err()
}

// stale says whether what a tool returned is no longer so.
func (t Tool) stale(ctx context.Context, was llm.ToolResult) bool {
	if t.Stale == nil || was.Error != "" {
		return false
	}
	is, err := t.Call(ctx, was.Args)
	return err != nil || t.Stale(was.Result, is)
}

// holds says which result of the turn is no longer so.
func (a asker[K, R]) holds(ctx context.Context, c Case[K, R], s Step) error {
	tools := a.byName(c)
	results := slices.Clone(s.Calls)
	for _, l := range c.talk.Lines {
		if l.By == ByTool && l.Turn == c.Turn.Turn {
			results = append(results, *l.Done)
		}
	}
	for _, was := range results {
		if tools[was.Tool].stale(ctx, was) {
			return fmt.Errorf("agent: what %s returned is no longer so", was.Tool)
		}
	}
	return nil
}

func (a asker[K, R]) byName(c Case[K, R]) map[string]Tool {
	tools := map[string]Tool{}
	for _, t := range a.tools(c) {
		tools[t.Name] = t
	}
	return tools
}

// renewed are lines in which calls of a turn have other results.
func renewed(lines []Line, turn int, fresh []llm.ToolResult) []Line {
	lines = slices.Clone(lines)
	for i, l := range lines {
		for _, is := range fresh {
			if l.By == ByTool && l.Turn == turn && l.Done.Tool == is.Tool && bytes.Equal(l.Done.Args, is.Args) {
				lines[i].Done = &is
			}
		}
	}
	return lines
}
